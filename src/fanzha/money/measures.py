"""What a centre publishes of its own work: money, times and mistakes, by the month of report."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, tzinfo
from fractions import Fraction

from fanzha.money.hold_facts import (
    PAID,
    RECOVERED,
    RETURNED,
    HoldFacts,
    appeal_seconds,
    between,
    held,
    innocent_seconds,
    overturned,
)
from fanzha.money.hold_state import IN_FORCE

VERSION = "1"  # of the definitions; they stand in docs/reference/measures.md
DEFINED_ON = "2026-11-24"
SMALL = 30  # fewer than these and a share says little: shown with a warning
Z95 = 1.959963984540054  # standard normal quantile for a two-sided 95 % interval
P50, P90 = Fraction(1, 2), Fraction(9, 10)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one case adds to its month and to all months together."""

    began_at: datetime
    amounts: tuple[tuple[str, Mapping[str, int]], ...]  # by currency and measure
    report_delay: int | None
    order_time: int | None
    hold_time: int | None
    appeals: tuple[int | None, ...]  # seconds until each was answered, None while it is open
    in_force: int
    overturned: int


def measure(cases: Iterable[CaseFacts], as_of: datetime, tz: tzinfo) -> Measures:
    """Count the cases by the month, in the zone `tz`, in which each was first reported.

    Money that is returned in June for a report of May counts in May, so the newest cohorts still
    grow. What happened after `as_of` is not counted. Currencies are kept apart; counts and times
    are of all cases. An amount is what people recorded, not what a bank confirmed.
    """
    return gather((count(case, as_of) for case in cases if case.opened_at <= as_of), as_of, tz)


def count(case: CaseFacts, as_of: datetime) -> Counted:
    """One case by itself, as it stood at `as_of`."""
    case = _until(case, as_of)
    in_force = [h for h in case.holds if any(s.state in IN_FORCE for s in h.steps)]
    parts = [(c, {"loss": amount}) for c, amount in case.loss.items()]
    parts += [(c, {"averted": amount}) for c, amount in case.averted.items()]
    parts += [(hold.currency, _of_hold(hold, as_of)) for hold in case.holds]
    return Counted(
        began_at=case.reported_at or case.opened_at,
        amounts=tuple(parts),
        report_delay=case.delay_seconds,
        order_time=_order_seconds(case),
        hold_time=_hold_seconds(case),
        appeals=tuple(appeal_seconds(h) for h in case.holds if h.appeals),
        in_force=len(in_force),
        overturned=sum(map(overturned, in_force)),
    )


def gather(cases: Iterable[Counted], as_of: datetime, tz: tzinfo) -> Measures:
    """Counted cases by month, and together."""
    known = list(cases)
    by_month: dict[str, list[Counted]] = {}
    for case in known:
        by_month.setdefault(f"{case.began_at.astimezone(tz):%Y-%m}", []).append(case)
    return Measures(
        as_of=as_of,
        cohorts=tuple(_cohort(m, by_month[m]) for m in sorted(by_month)),
        together=_cohort("", known),
    )


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


def _until(case: CaseFacts, as_of: datetime) -> CaseFacts:
    return replace(case, holds=tuple(_hold_until(hold, as_of) for hold in case.holds))


def _hold_until(hold: HoldFacts, as_of: datetime) -> HoldFacts:
    return replace(
        hold,
        steps=tuple(sorted((s for s in hold.steps if s.at <= as_of), key=lambda s: s.at)),
        appeals=tuple(sorted(a for a in hold.appeals if a.at <= as_of)),
    )


def _cohort(month: str, cases: Sequence[Counted]) -> Cohort:
    appeals = [seconds for case in cases for seconds in case.appeals]
    answered = sorted(seconds for seconds in appeals if seconds is not None)
    in_force = sum(case.in_force for case in cases)
    return Cohort(
        month=month,
        cases=len(cases),
        sums=_sums(cases),
        report_delay=_spread(case.report_delay for case in cases),
        order_time=_spread(case.order_time for case in cases),
        hold_time=_spread(case.hold_time for case in cases),
        appeal_time=Spread(tuple(answered)),
        appeals_open=len(appeals) - len(answered),
        wrong_holds=Share(sum(case.overturned for case in cases), in_force),
    )


def _sums(cases: Iterable[Counted]) -> tuple[Sums, ...]:
    found: dict[str, Counter[str]] = {}
    seen: Counter[str] = Counter()
    for case in cases:
        for currency, amounts in case.amounts:
            found.setdefault(currency, Counter()).update(amounts)
        seen.update({currency for currency, _ in case.amounts})
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


def _spread(seconds: Iterable[int | None]) -> Spread:
    return Spread(tuple(sorted(s for s in seconds if s is not None and s >= 0)))


def _first(case: CaseFacts, states: Sequence[str]) -> datetime | None:
    return min((s.at for h in case.holds for s in h.steps if s.state in states), default=None)


def _order_seconds(case: CaseFacts) -> int | None:
    return between(case.reported_at, _first(case, ("sent",)))


def _hold_seconds(case: CaseFacts) -> int | None:
    return between(_first(case, ("sent",)), _first(case, IN_FORCE))
