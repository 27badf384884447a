"""The restitution ledger for a program and for a person at a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import show
from fanzha.model.vocabulary import label
from fanzha.money.restitution import Entry, Tally
from fanzha.present.money_json import account_json, return_plan_json
from fanzha.present.terminal import MOST_ROWS, print_returns
from fanzha.services.restitution import RestitutionResult
from fanzha.services.restitution.victim_statement import VictimStatement

Json = dict[str, Any]
COLUMNS = ("held", "paid", "released", "set_aside", "undistributed", "allotted")


def restitution_json(result: RestitutionResult) -> Json:
    """The object that `fanzha restitution … --json` prints: the whole ledger, and the plans."""
    books = result.books
    return {
        "case_id": result.case_id,
        "rule": books.rule,
        "method": books.method,
        "notice_until": books.notice_until and iso(books.notice_until),
        "late_claims": sorted(books.late),
        "accounts": [
            {**account_json(account), **dataclasses.asdict(tally)}
            for account, tally in sorted(books.by_account().items())
        ],
        "thefts": [
            {"theft_id": theft_id, **_share(tally)}
            for theft_id, tally in sorted(books.by_theft().items())
        ],
        "entries": [_entry_json(entry) for entry in books.entries],
        "recorded": [entry.kind for entry in result.entries],
        "plans": [return_plan_json(plan) for plan in result.plans],
        "record": result.record,
    }


def statement_json(statement: VictimStatement) -> Json:
    """A victim's own figures."""
    return {
        "case_id": statement.case_id,
        "theft_id": statement.theft.theft_id,
        "currency": statement.theft.currency,
        "stolen": statement.theft.amount,
        "net": statement.net,
        "in_reach": statement.in_reach,
        "share": statement.total("share"),
        "set_aside": statement.total("set_aside"),
        "paid": statement.total("paid"),
        "disputed": statement.disputed,
        "rule": statement.rule,
        "method": statement.method,
    }


def print_restitution(console: Console, result: RestitutionResult, lang: Lang) -> None:
    """The plans where there are some, the ledger by account and theft, and what was recorded."""
    books = result.books
    if result.plans:
        print_returns(console, result.plans, lang)
    accounts = sorted(books.by_account().items())
    if accounts:
        title = say("restitution.title", lang, case=result.case_id)
        rows = [(a.number, a.currency, tally) for a, tally in accounts]
        console.print(_table(title, "account", rows, lang))
        currency = {theft_id: account.currency for account, _, theft_id in books.boxes}
        shares = [(t, currency[t], tally) for t, tally in sorted(books.by_theft().items())]
        if shares:
            console.print(_table(say("restitution.victims", lang), "theft", shares, lang))
    for line in _lines(result, lang):
        console.print(Text(line), soft_wrap=True)


def _lines(result: RestitutionResult, lang: Lang) -> Iterable[str]:
    books = result.books
    if books.rule:
        rule = label("return_rule", books.rule, lang)
        until = books.notice_until
        yield (
            say("restitution.notice_until", lang, rule=rule, until=iso(until, result.tz))
            if until
            else say("restitution.notice_missing", lang, rule=rule)
        )
    if books.late:
        yield say("restitution.late", lang, thefts=", ".join(sorted(books.late)))
    if result.record is not None:
        comma = ", " if lang == "en" else "、"
        kinds = comma.join(say(f"restitution.{e.kind}_kind", lang) for e in result.entries)
        yield say("restitution.recorded", lang, record=result.record, kinds=kinds)
    elif result.plans:
        yield say("restitution.nothing_recorded", lang)


def _table(title: str, first: str, rows: Sequence[tuple[str, str, Tally]], lang: Lang) -> Table:
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(say(f"restitution.{first}", lang), no_wrap=True)
    for name in COLUMNS:
        shown = "share" if (name, first) == ("held", "theft") else name
        table.add_column(say(f"restitution.{shown}", lang), justify="right", no_wrap=True)
    for name, currency, tally in rows[:MOST_ROWS]:
        table.add_row(Text(name), *(show(getattr(tally, c), currency) for c in COLUMNS))
    if len(rows) > MOST_ROWS:
        rest = len(rows) - MOST_ROWS
        table.caption = say("terminal.more_rows", lang, count=rest, where="--json")
    return table


def _share(tally: Tally) -> Json:
    said = dataclasses.asdict(tally)
    return {"share": said.pop("held"), **said}


def _entry_json(entry: Entry) -> Json:
    return {
        "kind": entry.kind,
        "at": iso(entry.at),
        "by": entry.who,
        "legal_basis": entry.basis,
        "amount": entry.amount,
        "theft_id": entry.theft_id,
        "accounts": sorted({leg.account.number for leg in entry.legs}),
        "notice_until": entry.until and iso(entry.until),
        "proof_sha256": entry.proof,
        "rule": entry.rule,
        "note": entry.note,
    }
