"""What a centre publishes of its own work: money, times and mistakes, by the month of report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, tzinfo
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from fanzha.money.hold_state import IN_FORCE

VERSION = "1"  # of the definitions; they stand in docs/reference/measures.md
DEFINED_ON = "2026-11-24"
LET_GO = ("released", "partial_release")
RETURNED, PAID, RECOVERED, ANSWERED = "returned", "paid", "recovered", "answered"
BESIDE = (PAID, RECOVERED, ANSWERED)  # steps that leave what is in force as it is
DECIDED = (*LET_GO, "frozen", "active", RETURNED, ANSWERED)
SMALL = 30  # fewer than these and a share says little: shown with a warning
Z95 = 1.959963984540054  # standard normal quantile for a two-sided 95 % interval
P50, P90 = Fraction(1, 2), Fraction(9, 10)


class HoldStep(NamedTuple):
    """One recorded step of a hold; `amount` is what is in force from now on, or was paid out.

    `state` is a code of `hold_state`, or one of `BESIDE`: by the ledger of returns `recovered`
    (secured for return; below zero what was let go again) and `paid` (out to a victim); `answered`
    (an appeal was decided and the hold stays as it is).
    """

    at: datetime
    state: str
    amount: int | None = None
    expires_at: datetime | None = None


class Appealed(NamedTuple):
    """An appeal against a hold; `excess` is what was held beyond the traced amount."""

    at: datetime
    excess: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFacts:
    """What is recorded of one hold: its steps and the appeals against it, each oldest first.

    `first_hop` is the part of the planned amount that victims paid in directly; None where no plan
    says so.
    """

    hold_id: str
    currency: str
    first_hop: int | None = None
    steps: tuple[HoldStep, ...] = ()
    appeals: tuple[Appealed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What is recorded of a case: `reported_at` of its first report, `opened_at` of any record.

    `delay_seconds` runs from the caller's latest transfer to that report, None where its hour was
    not said. `loss` and `averted` are minor units by currency.
    """

    case_id: str
    opened_at: datetime
    reported_at: datetime | None = None
    delay_seconds: int | None = None
    loss: Mapping[str, int] = field(default_factory=dict)
    averted: Mapping[str, int] = field(default_factory=dict)
    holds: tuple[HoldFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: seconds, shortest first. Quantiles interpolate linearly.

    p50 of an even number of values lies between the middle two; p90 of fewer than ten values is
    hardly more than the longest one. (Hyndman and Fan 1996, rule 7.)

    >>> float(Spread((6, 7, 12, 35)).p50)
    9.5
    """

    values: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many cases (or appeals) it is known of."""
        return len(self.values)

    @property
    def p50(self) -> Fraction | None:
        """Half took no longer than this."""
        return quantile(self.values, P50)

    @property
    def p90(self) -> Fraction | None:
        """Nine in ten took no longer than this."""
        return quantile(self.values, P90)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with how far chance alone could move the share (Wilson score, 95 %)."""

    count: int
    of: int

    @property
    def value(self) -> Fraction | None:
        """The share, or None of nothing."""
        return Fraction(self.count, self.of) if self.of else None

    @property
    def small(self) -> bool:
        """Whether it rests on too few to be compared with another month's."""
        return self.of < SMALL

    @property
    def interval(self) -> tuple[float, float]:
        """From where to where the share may truly lie.

        >>> low, high = Share(1, 9).interval
        >>> round(low, 3), round(high, 3)
        (0.02, 0.435)
        """
        if not self.of:
            return 0.0, 1.0
        p, z2 = self.count / self.of, Z95 * Z95 / self.of
        middle, reach = p + z2 / 2, Z95 * math.sqrt(p * (1 - p) / self.of + z2 / self.of / 4)
        return max(0.0, (middle - reach) / (1 + z2)), min(1.0, (middle + reach) / (1 + z2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The money of some cases in one currency, minor units: six numbers that are never added up.

    `held`, `recovered` and `returned` each include the later steps (what was returned was held
    before). `averted` is an estimate of money that was never paid. `first_hop` is the part of
    `placed`, which is what is held where a plan says how the money came. `innocent_seconds` is
    money wrongly held times the seconds it was held.
    """

    currency: str
    loss: int = 0
    held: int = 0
    recovered: int = 0
    returned: int = 0
    averted: int = 0
    first_hop: int = 0
    placed: int = 0
    innocent_seconds: int = 0

    def share(self, name: str) -> Fraction | None:
        """`held`, `recovered` or `returned` of the loss; `first_hop` of what is `placed`."""
        part, whole = getattr(self, name), self.placed if name == "first_hop" else self.loss
        return Fraction(part, whole) if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The cases reported in one month, as they stand at the instant of counting."""

    month: str  # 2024-05, or empty for all months together
    cases: int
    sums: tuple[Sums, ...]  # one for each currency, that of most cases first
    report_delay: Spread
    order_time: Spread
    hold_time: Spread
    appeal_time: Spread
    appeals_open: int
    wrong_holds: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Every cohort, oldest first, and all of them together, as counted at `as_of`."""

    as_of: datetime
    cohorts: tuple[Cohort, ...]
    together: Cohort

    def cohort(self, month: str) -> Cohort | None:
        """The cases reported in that month, None where there were none."""
        return next((c for c in self.cohorts if c.month == month), None)


def measure(cases: Sequence[CaseFacts], as_of: datetime, tz: tzinfo) -> Measures:
    """Count the cases by the month, in the zone `tz`, in which each was first reported.

    Money that is returned in June for a report of May counts in May, so the newest cohorts still
    grow. What happened after `as_of` is not counted. Currencies are kept apart; counts and times
    are of all cases. An amount is what people recorded, not what a bank confirmed.
    """
    known = [_until(case, as_of) for case in cases if case.opened_at <= as_of]
    by_month: dict[str, list[CaseFacts]] = {}
    for case in known:
        by_month.setdefault(month_of(case, tz), []).append(case)
    return Measures(
        as_of=as_of,
        cohorts=tuple(_cohort(m, by_month[m], as_of) for m in sorted(by_month)),
        together=_cohort("", known, as_of),
    )


def month_of(case: CaseFacts, tz: tzinfo) -> str:
    """The month whose cohort a case belongs to; one without a report counts when it was opened."""
    return f"{(case.reported_at or case.opened_at).astimezone(tz):%Y-%m}"


def quantile(values: Sequence[int], p: Fraction) -> Fraction | None:
    """The p-quantile of sorted values, exact: linear between the two nearest.

    >>> quantile([960, 1500, 11400, 259200], P50)
    Fraction(6450, 1)
    """
    if not values:
        return None
    place = (len(values) - 1) * p
    below = place.numerator // place.denominator
    above = min(below + 1, len(values) - 1)
    return values[below] + (place - below) * (values[above] - values[below])


def held(hold: HoldFacts) -> int:
    """The most that ever stood in force, less what was let go on appeal."""
    peak = max((s.amount or 0 for s in hold.steps if s.state in IN_FORCE), default=0)
    return max(0, peak - let_go(hold))


def overturned(hold: HoldFacts) -> bool:
    """Whether all or part of it was let go after its holder appealed."""
    return _reversal(hold) is not None


def let_go(hold: HoldFacts) -> int:
    """What was released after an appeal."""
    first = _reversal(hold)
    if first is None:
        return 0
    before = _in_force_before(hold, first)
    left = [s for s in hold.steps if s.at >= first.at and s.state in LET_GO]
    return max(0, before - _kept(left[-1]))


def innocent_seconds(hold: HoldFacts, as_of: datetime) -> int:
    """Minor units × seconds for which money was held that had to be let go, or is in excess.

    What lay above the amount that stayed after an appeal counts from the first stop until the
    release; while an appeal is open, what is beyond the traced amount counts.
    """
    kept = _kept_at_last(hold)
    if kept is None:
        return 0
    return sum(
        max(0, amount - kept) * int((end - start).total_seconds())
        for start, end, amount in _stretches(hold, as_of)
    )


def _until(case: CaseFacts, as_of: datetime) -> CaseFacts:
    return replace(case, holds=tuple(_hold_until(hold, as_of) for hold in case.holds))


def _hold_until(hold: HoldFacts, as_of: datetime) -> HoldFacts:
    return replace(
        hold,
        steps=tuple(sorted((s for s in hold.steps if s.at <= as_of), key=lambda s: s.at)),
        appeals=tuple(sorted(a for a in hold.appeals if a.at <= as_of)),
    )


def _cohort(month: str, cases: Sequence[CaseFacts], as_of: datetime) -> Cohort:
    holds = [h for case in cases for h in case.holds]
    in_force = [h for h in holds if any(s.state in IN_FORCE for s in h.steps)]
    appealed = [h for h in holds if h.appeals]
    answered = [s for s in map(_appeal_seconds, appealed) if s is not None]
    return Cohort(
        month=month,
        cases=len(cases),
        sums=_sums(cases, as_of),
        report_delay=_spread(cases, lambda case: case.delay_seconds),
        order_time=_spread(cases, _order_seconds),
        hold_time=_spread(cases, _hold_seconds),
        appeal_time=Spread(tuple(sorted(answered))),
        appeals_open=len(appealed) - len(answered),
        wrong_holds=Share(sum(map(overturned, in_force)), len(in_force)),
    )


def _sums(cases: Iterable[CaseFacts], as_of: datetime) -> tuple[Sums, ...]:
    found: dict[str, Counter[str]] = {}
    seen: Counter[str] = Counter()
    for case in cases:
        parts = [(c, {"loss": amount}) for c, amount in case.loss.items()]
        parts += [(c, {"averted": amount}) for c, amount in case.averted.items()]
        parts += [(hold.currency, _of_hold(hold, as_of)) for hold in case.holds]
        for currency, amounts in parts:
            found.setdefault(currency, Counter()).update(amounts)
        seen.update({currency for currency, _ in parts})
    sums = (Sums(currency=currency, **amounts) for currency, amounts in found.items())
    return tuple(sorted(filter(_any, sums), key=lambda s: (-seen[s.currency], s.currency)))


def _any(sums: Sums) -> bool:
    return any(getattr(sums, f.name) for f in fields(Sums) if f.name != "currency")


def _of_hold(hold: HoldFacts, as_of: datetime) -> dict[str, int]:
    returned = max(_total(hold, PAID), _total(hold, RETURNED))
    return {
        "held": held(hold),
        "recovered": max(_total(hold, RECOVERED), returned),
        "returned": returned,
        "first_hop": min(held(hold), hold.first_hop or 0),
        "placed": 0 if hold.first_hop is None else held(hold),
        "innocent_seconds": innocent_seconds(hold, as_of),
    }


def _total(hold: HoldFacts, state: str) -> int:
    return sum(s.amount or 0 for s in hold.steps if s.state == state)


def _spread(cases: Iterable[CaseFacts], seconds: Callable[[CaseFacts], int | None]) -> Spread:
    known = (seconds(case) for case in cases)
    return Spread(tuple(sorted(s for s in known if s is not None and s >= 0)))


def _first(case: CaseFacts, states: Sequence[str]) -> datetime | None:
    return min((s.at for h in case.holds for s in h.steps if s.state in states), default=None)


def _order_seconds(case: CaseFacts) -> int | None:
    return _between(case.reported_at, _first(case, ("sent",)))


def _hold_seconds(case: CaseFacts) -> int | None:
    return _between(_first(case, ("sent",)), _first(case, IN_FORCE))


def _between(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else int((end - start).total_seconds())


def _appeal_seconds(hold: HoldFacts) -> int | None:
    first = hold.appeals[0].at
    return _between(first, next((s.at for s in _after(hold) if s.state in DECIDED), None))


def _after(hold: HoldFacts) -> list[HoldStep]:
    return [s for s in hold.steps if hold.appeals and s.at >= hold.appeals[0].at]


def _reversal(hold: HoldFacts) -> HoldStep | None:
    return next((s for s in _after(hold) if s.state in LET_GO), None)


def _kept(step: HoldStep) -> int:
    return 0 if step.state == "released" else step.amount or 0


def _in_force_before(hold: HoldFacts, step: HoldStep) -> int:
    amount = 0
    for earlier in hold.steps[: hold.steps.index(step)]:
        if earlier.state in IN_FORCE:
            amount = earlier.amount or 0
    return amount


def _kept_at_last(hold: HoldFacts) -> int | None:
    """What rightly stays: as decided, or by the traced amount while nobody has decided yet."""
    decided = [s for s in _after(hold) if s.state in LET_GO]
    if decided:
        return _kept(decided[-1])
    excess = max((a.excess for a in hold.appeals), default=0)
    amounts = [s.amount or 0 for s in hold.steps if s.state in IN_FORCE]
    return max(0, amounts[-1] - excess) if excess and amounts else None


def _stretches(hold: HoldFacts, as_of: datetime) -> Iterable[tuple[datetime, datetime, int]]:
    """From when to when how much was in force."""
    ends = [*(s for s in hold.steps if s.state not in BESIDE), HoldStep(as_of, "")]
    for step, following in pairwise(ends):
        if step.state in IN_FORCE:
            end = min(following.at, step.expires_at or following.at)
            yield step.at, max(end, step.at), step.amount or 0
