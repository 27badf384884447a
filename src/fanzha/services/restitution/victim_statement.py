"""Use case: what one victim is told of their own stolen money, and of nobody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import UnknownRecord
from fanzha.model.payment import Account, Theft
from fanzha.money.hold_state import IN_FORCE, standing
from fanzha.money.restitution import ASIDE, DUE, PAID, RELEASED, Books, Entry, Leg
from fanzha.money.trace import Holding, Trace
from fanzha.services.contents import HOLD
from fanzha.services.money_inputs import moment
from fanzha.services.recorded import CaseRef, find_case, recorded_holds
from fanzha.services.recorded_money import recorded_money
from fanzha.services.restitution import Desk
from fanzha.services.restitution.record import recorded_books

NAMED = ("objected", "late_claim")  # these move no money, and name a theft
SHARED = (DUE, ASIDE, PAID)  # the boxes that make a victim's share


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """The victim's own money in one account: never what lies there besides."""

    account: Account
    traced: int
    state: str  # resting, last_seen, terminal; empty where nothing of it is there any more
    stopped: bool = False  # a hold on this account is in force
    share: int = 0
    set_aside: int = 0
    paid: int = 0
    due: int = 0


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """A step of the return that concerned this victim, and how much of theirs it moved."""

    at: datetime
    kind: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimStatement:
    """All that a victim is told. Held, set aside and paid are three numbers; only `paid` is back.

    `disputed` is the part that a later theft carried off and another claim stands against. `rule`
    is empty while no split was chosen, `reopened` says that it is being made anew.
    """

    case_id: str
    tz: ZoneInfo
    made_at: datetime
    theft: Theft
    method: str
    parts: tuple[OwnPart, ...]
    disputed: int
    rule: str
    notice_until: datetime | None
    reopened: bool
    events: tuple[OwnEvent, ...]

    @property
    def net(self) -> int:
        """The most that may come back: what was stolen less what the scammers paid back."""
        return max(0, self.theft.amount - self.theft.refunded)

    def total(self, name: str) -> int:
        """The sum of a field over all parts."""
        return sum(getattr(part, name) for part in self.parts)

    @property
    def in_reach(self) -> int:
        """What lies, or was last seen, in accounts where it can be held."""
        return sum(p.traced for p in self.parts if p.state in ("resting", "last_seen"))


def victim_statement(desk: Desk, theft_id: str, tz: str | None = None) -> VictimStatement:
    """What became of one theft, from the recorded files and the restitution ledger."""
    (statement,) = victim_statements(desk, tz, theft_id)
    return statement


def victim_statements(
    desk: Desk, tz: str | None = None, theft_id: str = ""
) -> Iterator[VictimStatement]:
    """A statement for every theft of the case (or for one), traced once for all of them."""
    ref = find_case(desk.case, desk.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        yield from statements_in(casebook, ref, desk, tz, theft_id)


def statements_in(
    casebook: Casebook, ref: CaseRef, desk: Desk, tz: str | None, theft_id: str = ""
) -> Iterator[VictimStatement]:
    """The same from an open casebook."""
    money = recorded_money(casebook, ref.case_id, tz)
    books = recorded_books(casebook, ref.case_id).books
    stopped = _stopped(casebook, ref.case_id, desk.now)
    thefts = [t for t in money.thefts if theft_id in ("", t.theft_id)]
    if not thefts:
        known = ", ".join(t.theft_id for t in money.thefts)
        raise UnknownRecord("unknown_theft", case=ref.case_id, theft=theft_id, known=known)
    found = money.trace(books.method.partition("/")[0] or "fifo")
    own = _by_theft(found, books)
    for theft in thefts:
        mine = own.get(theft.theft_id, _Own())
        yield VictimStatement(
            case_id=ref.case_id,
            tz=ref.tz,
            made_at=moment(desk.at, ref.tz) or desk.now,
            theft=theft,
            method=found.method,
            parts=tuple(_parts(mine, stopped)),
            disputed=mine.disputed,
            rule=books.rule,
            notice_until=books.notice_until,
            reopened=bool(books.late),
            events=tuple(_events(books, mine, theft.theft_id)),
        )


@dataclass(slots=True)
class _Own:
    """What the trace and the ledger hold of one theft, and nothing else of them."""

    holdings: list[Holding] = field(default_factory=list)
    disputed: int = 0
    boxes: dict[tuple[Account, str], int] = field(default_factory=dict)
    legs: dict[int, list[Leg]] = field(default_factory=dict)  # by the place of their entry


def _by_theft(found: Trace, books: Books) -> Mapping[str, _Own]:
    own: dict[str, _Own] = defaultdict(_Own)
    for holding in found.holdings:
        own[holding.theft_id].holdings.append(holding)
    for part in found.disputed:
        own[part.theft_id].disputed += part.amount
    for (account, box, theft_id), amount in books.boxes.items():
        own[theft_id].boxes[account, box] = amount
    for place, entry in enumerate(books.entries):
        for leg in entry.legs:
            own[leg.theft_id].legs.setdefault(place, []).append(leg)
    return own


def _stopped(casebook: Casebook, case_id: str, now: datetime) -> set[Account]:
    return {
        hold.account
        for hold in recorded_holds(casebook, case_id)
        if standing(casebook.actions_on(case_id, hold.hold_id, HOLD), now).state in IN_FORCE
    }


def _parts(own: _Own, stopped: Collection[Account]) -> Iterator[OwnPart]:
    holdings = {h.account: h for h in own.holdings}
    shared = (a for (a, box), amount in own.boxes.items() if amount and box in SHARED)
    for account in dict.fromkeys((*holdings, *shared)):
        due, aside, paid = (own.boxes.get((account, box), 0) for box in SHARED)
        holding = holdings.get(account)
        yield OwnPart(
            account=account,
            traced=holding.amount if holding else 0,
            state=holding.state if holding else "",
            stopped=account in stopped,
            share=due + aside + paid,
            set_aside=aside,
            paid=paid,
            due=due,
        )


def _events(books: Books, own: _Own, theft_id: str) -> Iterator[OwnEvent]:
    for place, entry in enumerate(books.entries):
        amount = _moved(entry, own.legs.get(place, ()))
        named = entry.kind == "noticed" or (entry.kind in NAMED and entry.theft_id == theft_id)
        if amount or named:
            yield OwnEvent(entry.at, entry.kind, amount)


def _moved(entry: Entry, own: Sequence[Leg]) -> int:
    """How much of this victim's the entry moved: into a box of theirs, or back out of it."""
    into = sum(leg.amount for leg in own if leg.amount > 0)
    if entry.kind == "released":
        return sum(leg.amount for leg in own if leg.box == RELEASED)
    return into or -sum(leg.amount for leg in own)
