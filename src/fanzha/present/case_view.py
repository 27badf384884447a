"""What the case report page says, worked out of a result and not yet written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fanzha.model.payment import Account, Refusal, Theft
from fanzha.money.hold_state import IN_FORCE
from fanzha.money.holds import Hold
from fanzha.money.returns import ReturnPlan
from fanzha.money.trace import Holding, Trace
from fanzha.present.fate import DISPUTED, fate_in
from fanzha.services.result import CaseResult

MAX_LINES = 240  # lines of the side-by-side table; case.json has all
REACHABLE = ("resting", "last_seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class TheftLine:
    """One theft at a glance; the four parts add up to the stolen amount."""

    theft: Theft
    name: str = field(repr=False)
    resting: int
    last_seen: int
    gone: Mapping[str, int]  # by kind of terminal
    disputed: int

    @property
    def parts(self) -> list[tuple[str, int]]:
        """What is not nothing, as the bar shows it."""
        listed = [
            ("resting", self.resting),
            ("last_seen", self.last_seen),
            *self.gone.items(),
            (DISPUTED, self.disputed),
        ]
        return [(fate, amount) for fate, amount in listed if amount]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account of one theft, with what each method says; None where a method sees nothing."""

    account: Account
    name: str = field(repr=False)
    level: int
    fate: str
    cells: tuple[Holding | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TheftTable:
    """One theft under every method; the sums do not hold for poison."""

    theft: Theft
    lines: list[Line]
    disputed: list[tuple[str, Account, tuple[int, ...]]]  # by, account, by method
    sums: tuple[int, ...]
    left_out: int
    left_out_amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One account's held money under every rule."""

    account: Account
    held: int
    theft_ids: tuple[str, ...]
    plans: tuple[ReturnPlan, ...]

    def share(self, plan: ReturnPlan, theft_id: str) -> int:
        """What this rule gives this theft."""
        return sum(s.amount for s in plan.shares if s.theft_id == theft_id)

    @property
    def differ(self) -> bool:
        """Whether it matters which rule is chosen."""
        return len({(p.shares, p.undistributed) for p in self.plans}) > 1


def thefts_of(result: CaseResult) -> list[Theft]:
    """The thefts that were found, in the order of their payments."""
    return [result.movements.thefts[i] for i in sorted(result.movements.thefts)]


def plan_trace(result: CaseResult) -> Trace | None:
    """The trace that the plans follow."""
    return result.traces.get(result.plan.method.partition("/")[0])


def names(result: CaseResult) -> dict[str, str]:
    """Holders' names by account number, as payments that carried stolen money state them."""
    found: dict[str, str] = {}
    for trace in result.traces.values():
        for carried in trace.carried:
            p = carried.payment
            if p.creditor_name:
                found.setdefault(p.creditor_account, p.creditor_name)
            if p.debtor_name:
                found.setdefault(p.debtor_account, p.debtor_name)
    return found


def theft_lines(result: CaseResult, known: Mapping[str, str]) -> list[TheftLine]:
    """Every theft at a glance, by the method of the plans."""
    trace = plan_trace(result)
    return [_theft_line(result, trace, t, known) for t in thefts_of(result)] if trace else []


def _theft_line(
    result: CaseResult, trace: Trace, theft: Theft, known: Mapping[str, str]
) -> TheftLine:
    sums: dict[str, int] = {}
    for h in trace.holdings:
        if h.theft_id == theft.theft_id:
            fate = fate_in(result.movements, h.account)
            sums[fate] = sums.get(fate, 0) + h.amount
    return TheftLine(
        theft=theft,
        name=known.get(theft.debtor_account, ""),
        resting=sums.pop("resting", 0),
        last_seen=sums.pop("last_seen", 0),
        gone=sums,
        disputed=sum(d.amount for d in trace.disputed if d.theft_id == theft.theft_id),
    )


def by_currency(amounts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Sums, each in its own currency, in the order of their codes."""
    sums: dict[str, int] = {}
    for currency, amount in sorted(amounts):
        sums[currency] = sums.get(currency, 0) + amount
    return sums


def totals(result: CaseResult) -> dict[str, dict[str, int]]:
    """The numbers at the top, each by currency; what nobody recorded is empty."""
    holds = result.plan.holds

    def standing(states: Sequence[str]) -> list[Hold]:
        found = ((h, result.standings.get(h.hold_id)) for h in holds)
        return [h for h, s in found if s is not None and s.state in states]

    return {
        "stolen": by_currency([(t.currency, t.amount) for t in thefts_of(result)]),
        "may_hold": by_currency([(h.account.currency, h.cap) for h in holds]),
        "expected": by_currency([(h.account.currency, h.expected) for h in holds]),
        "held": by_currency([(h.account.currency, h.cap) for h in standing(IN_FORCE)]),
        "returned": by_currency([(h.account.currency, h.cap) for h in standing(["returned"])]),
    }


def counted(result: CaseResult, states: Sequence[str]) -> int:
    """How many holds stand in one of these states."""
    return sum(s.state in states for s in result.standings.values())


def delays(result: CaseResult) -> list[timedelta]:
    """From each report's theft to the report."""
    return [
        timedelta(seconds=r.report_delay_seconds)
        for r in result.reports
        if r.report_delay_seconds is not None
    ]


def side_by_side(result: CaseResult, known: Mapping[str, str]) -> list[TheftTable]:
    """Every theft's accounts under every method."""
    thefts = thefts_of(result)
    cells: dict[str, dict[Account, dict[str, Holding]]] = {t.theft_id: {} for t in thefts}
    for rule, trace in result.traces.items():
        for h in trace.holdings:
            cells[h.theft_id].setdefault(h.account, {})[rule] = h
    each = max(6, MAX_LINES // max(1, len(thefts)))
    return [_theft_table(result, t, cells[t.theft_id], known, each) for t in thefts]


def _theft_table(
    result: CaseResult,
    theft: Theft,
    cells: Mapping[Account, Mapping[str, Holding]],
    known: Mapping[str, str],
    most: int,
) -> TheftTable:
    rules, used = list(result.traces), result.plan.method.partition("/")[0]

    def weight(account: Account) -> tuple[int, int, int, Account]:
        found = cells[account]
        at_plan = found[used].amount if used in found else 0
        others = [h.amount for r, h in found.items() if r != "poison"]
        return -at_plan, -max(others, default=0), -max(h.amount for h in found.values()), account

    ordered = sorted(cells, key=weight)
    lines = [_line(result, a, cells[a], rules, known) for a in ordered[:most]]
    rest = [cells[a][used].amount for a in ordered[most:] if used in cells[a]]
    disputed = _disputed(result, theft)
    sums = tuple(
        sum(h[r].amount for h in cells.values() if r in h) + sum(d[2][i] for d in disputed)
        for i, r in enumerate(rules)
    )
    return TheftTable(
        theft=theft,
        lines=lines,
        disputed=disputed,
        sums=sums,
        left_out=len(ordered) - len(lines),
        left_out_amount=sum(rest),
    )


def _line(
    result: CaseResult,
    account: Account,
    found: Mapping[str, Holding],
    rules: Sequence[str],
    known: Mapping[str, str],
) -> Line:
    return Line(
        account=account,
        name=known.get(account.number, ""),
        level=min(h.level for h in found.values()),
        fate=fate_in(result.movements, account),
        cells=tuple(found.get(rule) for rule in rules),
    )


def _disputed(result: CaseResult, theft: Theft) -> list[tuple[str, Account, tuple[int, ...]]]:
    rules = list(result.traces)
    found: dict[tuple[str, Account], dict[str, int]] = {}
    for rule, trace in result.traces.items():
        for d in trace.disputed:
            if d.theft_id == theft.theft_id:
                found.setdefault((d.by, d.account), {})[rule] = d.amount
    return [
        (by, account, tuple(amounts.get(r, 0) for r in rules))
        for (by, account), amounts in sorted(found.items())
    ]


def splits(result: CaseResult) -> list[Split]:
    """The return plans by account, largest first."""
    by_account: dict[Account, list[ReturnPlan]] = {}
    for plan in result.returns:
        by_account.setdefault(plan.account, []).append(plan)
    found = [
        Split(
            account=account,
            held=plans[0].held,
            theft_ids=tuple(dict.fromkeys(s.theft_id for p in plans for s in p.shares)),
            plans=tuple(plans),
        )
        for account, plans in by_account.items()
    ]
    return sorted(found, key=lambda s: (not s.differ, -s.held, s.account))


def all_refusals(result: CaseResult) -> list[Refusal]:
    """Refused rows and files, and thefts that no payment matched."""
    known = [*result.refusals]
    known += [r for r in result.movements.refusals if r not in known]
    return known
