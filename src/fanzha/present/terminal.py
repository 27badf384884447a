"""Results for a person at a terminal: short tables, money right-aligned, the next step last."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import show
from fanzha.model.payment import Refusal, Theft
from fanzha.model.vocabulary import label
from fanzha.money.holds import HoldPlan
from fanzha.money.returns import ReturnPlan
from fanzha.money.survival import ENOUGH, Survival
from fanzha.money.trace import Trace
from fanzha.present.case_files import Written
from fanzha.present.money_json import refusal_text
from fanzha.services.hold import HoldResult
from fanzha.services.result import CaseResult
from fanzha.services.trace import TraceResult

MOST_ROWS = 12  # of a table on the screen; the files have them all
MOST_REFUSALS = 10


def print_case(
    console: Console, result: CaseResult, written: Written, lang: Lang, seconds: float
) -> None:
    """What the main job found, where it wrote it, and what to do next."""
    console.print(
        Text(say("terminal.case", lang, case=result.case_id, as_of=iso(result.as_of, result.tz)))
    )
    found = result.traces[result.plan.method.partition("/")[0]]
    console.print(_thefts(found, list(result.movements.thefts.values()), lang))
    console.print(_holds(result.plan, lang, result))
    console.print(_returns(result.returns, result.returns_basis, lang))
    _print_lines(console, _case_lines(result, written, lang, seconds))


def print_trace(console: Console, result: TraceResult, lang: Lang) -> None:
    """Every method side by side, one row for each theft and account."""
    table = _table(say("terminal.methods", lang))
    for name in ("theft", "account", "level", "state"):
        table.add_column(say(f"terminal.{name}", lang), no_wrap=True)
    for method in result.traces:
        table.add_column(label_of(method, lang), justify="right", no_wrap=True)
    for row in _trace_rows(result, lang):
        table.add_row(*row)
    console.print(table)


def print_holds(console: Console, plan: HoldPlan, lang: Lang) -> None:
    """The ranking, and what was taken for how long money stays."""
    console.print(_holds(plan, lang))
    _print_lines(console, _survivals(plan, lang))


def print_returns(console: Console, plans: Sequence[ReturnPlan], lang: Lang) -> None:
    """The rules side by side."""
    console.print(_returns(plans, "held", lang))


def print_hold(console: Console, result: HoldResult, lang: Lang) -> None:
    """Where the hold now stands."""
    now = result.standing
    lines = [
        say(
            "terminal.hold_moved",
            lang,
            hold=result.hold.hold_id,
            account=result.hold.account.number,
            state=label("hold_state", now.state, lang),
            record=result.record,
        )
    ]
    if now.expires_at:
        lines.append(say("terminal.hold_expires", lang, at=iso(now.expires_at)))
    if now.next:
        lines.append(say("terminal.hold_next", lang, next=", ".join(now.next)))
    _print_lines(console, lines)


def print_refusals(console: Console, refusals: Sequence[Refusal], lang: Lang) -> None:
    """The first refused rows with their remedies."""
    lines = []
    for refusal in refusals[:MOST_REFUSALS]:
        key = "terminal.refused" if refusal.row else "terminal.refused_file"
        lines.append(
            say(
                key,
                lang,
                file=refusal.file,
                row=refusal.row,
                field=refusal.field,
                reason=refusal_text("refusal", refusal, lang),
                remedy=refusal_text("remedy", refusal, lang),
            )
        )
    if len(refusals) > MOST_REFUSALS:
        rest = len(refusals) - MOST_REFUSALS
        lines.append(say("terminal.more_rows", lang, count=rest, where="refused.csv / --json"))
    _print_lines(console, lines)


def label_of(method: str, lang: Lang) -> str:
    """A method's name for a reader."""
    return say(f"page.{method}", lang)


def _case_lines(result: CaseResult, written: Written, lang: Lang, seconds: float) -> Iterable[str]:
    statements = [s for s in result.sources if s.kind == "statement"]
    yield say(
        "terminal.took",
        lang,
        payments=f"{len(result.movements.payments):,}",
        files=len(statements),
        refused=len(result.refusals),
        seconds=f"{seconds:.1f}",
    )
    if result.reopened:
        yield say("terminal.reopened", lang, thefts=", ".join(result.reopened))
    if written.refused_drafts:
        yield say("terminal.no_draft", lang, holds=", ".join(written.refused_drafts))
    yield say("terminal.report_at", lang, path=written.folder / "case.html")
    if result.plan.holds:
        worst = max(result.plan.holds, key=lambda hold: hold.excess)
        yield say(
            "terminal.next",
            lang,
            program="fanzha" if shutil.which("fanzha") else os.path.relpath(sys.argv[0]),
            out=written.folder,
            hold=result.plan.holds[0].hold_id,
            account=worst.account.number,
            casebook=Path(written.folder) / "casebook.db",
        )


def _thefts(found: Trace, thefts: Sequence[Theft], lang: Lang) -> RenderableType:
    table = _table(say("terminal.thefts", lang, method=label_of(found.rule, lang)))
    table.add_column(say("terminal.theft", lang), no_wrap=True)
    for name in ("stolen", "resting", "last_seen", "gone", "disputed"):
        table.add_column(say(f"terminal.{name}", lang), justify="right", no_wrap=True)
    for theft in thefts:
        by_state = {"resting": 0, "last_seen": 0, "terminal": 0}
        for holding in found.holdings:
            if holding.theft_id == theft.theft_id:
                by_state[holding.state] += holding.amount
        disputed = sum(d.amount for d in found.disputed if d.theft_id == theft.theft_id)
        amounts = (theft.amount, *by_state.values(), disputed)
        table.add_row(Text(theft.theft_id), *(_money(a, theft.currency) for a in amounts))
    return table


def _holds(plan: HoldPlan, lang: Lang, result: CaseResult | None = None) -> RenderableType:
    table = _table(say("terminal.holds", lang))
    table.add_column(say("terminal.rank", lang), justify="right")
    for name in ("hold", "account", "institution"):
        table.add_column(say(f"terminal.{name}", lang), no_wrap=True)
    for name in ("cap", "excess", "net", "per_minute"):
        table.add_column(say(f"terminal.{name}", lang), justify="right", no_wrap=True)
    table.add_column(say("terminal.flags", lang))
    for hold in plan.holds[:MOST_ROWS]:
        currency = hold.account.currency
        words = [say(f"hold_flag.{flag}", lang) for flag in hold.flags]
        table.add_row(
            str(hold.rank),
            hold.hold_id,
            Text(hold.account.number),
            Text(hold.institution),
            _money(hold.cap, currency),
            _money(hold.excess, currency),
            _money(hold.net_expected, currency),
            _money(hold.per_minute, currency),
            ", ".join(words),
        )
    if len(plan.holds) > MOST_ROWS:
        rest = len(plan.holds) - MOST_ROWS
        where = "holds.csv" if result else "--json"
        table.caption = say("terminal.more_rows", lang, count=rest, where=where)
    return table


def _survivals(plan: HoldPlan, lang: Lang) -> Iterable[str]:
    """A line for each rail, as of the best hold on it."""
    best = {hold.survival.rail: hold.survival for hold in reversed(plan.holds)}
    return (survival_line(found, lang) for found in best.values())


def survival_line(found: Survival, lang: Lang) -> str:
    """What was taken for how long money stays on a rail: prior or own holds, interval and n."""
    key = "prior_beside" if found.used == "prior" and found.n else found.used
    return say(
        f"survival.{key}",
        lang,
        rail=label("rail", found.rail, lang),
        n=found.n,
        at_risk=found.at_risk,
        enough=ENOUGH,
        low=f"{100 * (found.low or 0):.0f} %",
        high=f"{100 * (found.high or 0):.0f} %",
    )


def _returns(plans: Sequence[ReturnPlan], basis: str, lang: Lang) -> RenderableType:
    """Totals by rule and theft over all accounts: the plan of each account is in the report."""
    title = say("terminal.returns", lang, basis=say(f"terminal.basis_{basis}", lang))
    table = _table(title)
    thefts = list(dict.fromkeys(s.theft_id for p in plans for s in p.shares))
    currency = {s.theft_id: p.account.currency for p in plans for s in p.shares}
    table.add_column(say("terminal.rule", lang))
    for theft_id in thefts[:MOST_ROWS]:
        table.add_column(Text(theft_id), justify="right", no_wrap=True)
    table.add_column(say("terminal.undistributed", lang), justify="right", no_wrap=True)
    for rule in dict.fromkeys(plan.rule for plan in plans):
        of_rule = [p for p in plans if p.rule == rule]
        row: list[str | Text] = [label("return_rule", rule, lang)]
        for theft_id in thefts[:MOST_ROWS]:
            got = sum(s.amount for p in of_rule for s in p.shares if s.theft_id == theft_id)
            row.append(_money(got, currency[theft_id]))
        rest: dict[str, int] = {}
        for p in of_rule:
            rest[p.account.currency] = rest.get(p.account.currency, 0) + p.undistributed
        row.append(" ".join(show(amount, code) for code, amount in rest.items()))
        table.add_row(*row)
    return table


def _trace_rows(result: TraceResult, lang: Lang) -> Iterable[list[str | Text]]:
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    about: dict[tuple[str, str, str], tuple[str, str]] = {}
    for method, found in result.traces.items():
        for h in found.holdings:
            key = (h.theft_id, h.account.number, h.account.currency)
            cells.setdefault(key, {})[method] = show(h.amount, h.account.currency)
            about.setdefault(key, (str(h.level), say(f"state.{h.state}", lang)))
    for (theft_id, number, currency), amounts in cells.items():
        level, state = about[theft_id, number, currency]
        yield [
            Text(theft_id),
            Text(number),
            level,
            state,
            *(amounts.get(method, "") for method in result.traces),
        ]


def _money(amount: int, currency: str) -> Text:
    return Text(show(amount, currency) if amount else "–", style="" if amount else "dim")


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _print_lines(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(line), soft_wrap=True)
