"""The restitution ledger in the casebook: each step is one action, and they replay to the books."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fanzha.casebook import Casebook
from fanzha.errors import CasebookBroken, NotAllowed
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money.restitution import Books, Entry, Leg, replay

KIND = SUBJECT = "restitution"


@dataclass(frozen=True, slots=True)
class RecordedBooks:
    """The ledger as the casebook has it, and the number that its next step takes."""

    books: Books
    next_step: int


def recorded_books(casebook: Casebook, case_id: str) -> RecordedBooks:
    """The ledger of the case, replayed from its actions.

    Steps are numbered. Where two people entered a step at the same moment, both have the same
    number and the one recorded first stands: the other changed nothing, and was told so.
    """
    books, step = Books(), 1
    for action in casebook.actions_on(case_id, SUBJECT, KIND):
        number, entries = _read(action)
        if number == step:
            books, step = replay(entries, books), step + 1
    return RecordedBooks(books, step)


def record_step(
    casebook: Casebook,
    case_id: str,
    before: RecordedBooks,
    entries: Sequence[Entry],
    now: datetime,
) -> tuple[Books, int]:
    """Record the entries of one step that follow from the books before, all or none.

    Gives the books after it and the number of the record. Raises `NotAllowed` when somebody else
    entered a step in between.
    """
    replay(entries, before.books)  # refuses what does not follow, before anything is recorded
    (record,) = casebook.append(case_id, [_action(entries, before.next_step)], now)
    books = recorded_books(casebook, case_id).books
    place = len(before.books.entries)
    if books.entries[place : place + len(entries)] != tuple(entries):
        raise NotAllowed("restitution_overtaken", kind=entries[-1].kind)
    return books, record.seq


def _action(entries: Sequence[Entry], number: int) -> Action:
    last = entries[-1]
    currency = next((leg.account.currency for e in entries for leg in e.legs), "")
    return Action(
        kind=KIND,
        on=SUBJECT,
        who=last.who,
        at=last.at,
        legal_basis=last.basis,
        state=last.kind,
        amount=last.amount if last.legs else None,
        currency=currency,
        note=json.dumps(
            {"step": number, "entries": [_plain(e) for e in entries]}, ensure_ascii=False
        ),
    )


def _plain(entry: Entry) -> dict[str, Any]:
    said = {f.name: getattr(entry, f.name) for f in dataclasses.fields(entry)}
    said["at"] = entry.at.isoformat()
    said["until"] = entry.until and entry.until.isoformat()
    said["legs"] = [[*leg.account, leg.box, leg.theft_id, leg.amount] for leg in entry.legs]
    return {name: value for name, value in said.items() if value}


def _read(action: Action) -> tuple[int, Iterable[Entry]]:
    try:
        said = json.loads(action.note)
        return int(said["step"]), [_entry(one) for one in said["entries"]]
    except (ValueError, KeyError, TypeError) as broken:
        raise CasebookBroken("restitution_unreadable", record=0) from broken


def _entry(said: dict[str, Any]) -> Entry:
    until = said.get("until")
    return Entry(
        **{
            **said,
            "at": datetime.fromisoformat(said["at"]),
            "until": datetime.fromisoformat(until) if until else None,
            "legs": tuple(
                Leg(Account(number, currency), box, theft_id, int(amount))
                for number, currency, box, theft_id, amount in said.get("legs", ())
            ),
        }
    )
