"""How long money stayed where it arrived, counted from holds that landed."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959964  # of a two-sided 95 % interval
MISSED = 0.025  # on each side of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one hold that landed says: from when to when its money was watched, and what had left.

    Ages count from the newest payment that brought the money. Watching begins at the age at which
    its balance was confirmed (`entered`; what had gone before then was never up for a hold) and
    ends when the hold landed (`ended`). `left` is the share of the planned amount that was not
    there any more.

    The **event** is money leaving. Nobody saw the moment, so it is put in the middle of the time
    watched. The share that was still there is **censored** at the landing: from then on it could
    not leave. A hold counts as one whatever its amount, so that one great case does not decide.
    """

    rail: str
    entered: float  # seconds
    ended: float  # seconds
    left: float  # 0 to 1

    @property
    def middle(self) -> float:
        """The age at which what left is taken to have left."""
        return (self.entered + self.ended) / 2


@dataclass(frozen=True, slots=True)
class Step:
    """At this age, of `at_risk` holds under watch, so many lost their money."""

    age: float
    at_risk: float
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The steps of one rail's estimate. `n` holds were counted, `events` of them lost their money.

    Do not take it for the truth about all money: only money for which somebody asked a hold in
    time was watched, holds of one case resemble each other, and an amount that an officer chose
    to leave free looks like money that left.
    """

    rail: str
    n: int
    events: float
    steps: tuple[Step, ...]
    entries: tuple[float, ...]  # ages at which watching began, and ended, each in order
    ends: tuple[float, ...]

    def watched_at(self, age: float) -> int:
        """How many holds were under watch at that age."""
        return bisect_right(self.entries, age) - bisect_right(self.ends, age)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval, and the fewest holds that any of its steps rests on."""

    share: float
    low: float
    high: float
    at_risk: int


def estimate(watched: Iterable[Watched]) -> dict[str, Curve]:
    """The Kaplan–Meier estimate for each rail, with delayed entry.

    Source: Kaplan and Meier 1958; delayed entry as in Klein and Moeschberger 2003, section 4.6.
    """
    by_rail: dict[str, list[Watched]] = {}
    for one in watched:
        if one.ended > one.entered:  # else nobody watched
            by_rail.setdefault(one.rail, []).append(one)
    return {rail: _curve(rail, seen) for rail, seen in sorted(by_rail.items())}


def _curve(rail: str, seen: Sequence[Watched]) -> Curve:
    lost: dict[float, float] = {}
    gone: list[tuple[float, float]] = []  # when a hold stops being at risk, and how much of it
    for one in seen:
        if one.left > 0:
            lost[one.middle] = lost.get(one.middle, 0.0) + one.left
            gone.append((one.middle, one.left))
        gone.append((one.ended, 1.0 - one.left))
    entries = sorted(one.entered for one in seen)
    gone.sort()
    return Curve(
        rail=rail,
        n=len(seen),
        events=math.fsum(one.left for one in seen),
        steps=tuple(_steps(sorted(lost.items()), entries, gone)),
        entries=tuple(entries),
        ends=tuple(sorted(one.ended for one in seen)),
    )


def _steps(
    lost: Sequence[tuple[float, float]],
    entries: Sequence[float],
    gone: Sequence[tuple[float, float]],
) -> Iterable[Step]:
    place, out = 0, 0.0
    for age, left in lost:
        while place < len(gone) and gone[place][0] < age:  # what ends at this very age is at risk
            out += gone[place][1]
            place += 1
        yield Step(age, bisect_left(entries, age) - out, left)


def stayed(curve: Curve, start: float, end: float) -> Estimate:
    """The share of money there at age `start` that is still there at age `end`.

    Greenwood's variance with a log-log interval, which stays between 0 and 1. Where no hold lost
    anything, or every one did, the interval is that of a share counted as 0 or 1 of `at_risk`
    (Clopper and Pearson); where nobody was watched it says nothing: 0 to 1.

    >>> times = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0)]
    >>> seen = [Watched(rail="r", entered=0, ended=t * (1 + gone), left=gone) for t, gone in times]
    >>> round(stayed(estimate(seen)["r"], 0, 6).share, 3)
    0.625
    """
    first = bisect_right(curve.steps, start, key=_age)
    inside = curve.steps[first : bisect_right(curve.steps, end, key=_age)]
    fewest = min(curve.watched_at(start), curve.watched_at(end), *(s.at_risk for s in inside))
    at_risk = max(0, math.floor(fewest + 1e-9))
    share, variance = 1.0, 0.0
    for step in inside:
        kept = max(0.0, step.at_risk - step.left)
        share *= kept / step.at_risk
        variance += step.left / (step.at_risk * kept) if kept > 1e-9 else math.inf
    low, high = _interval(share, variance, at_risk)
    return Estimate(share, low, high, at_risk)


def _age(step: Step) -> float:
    return step.age


def _interval(share: float, variance: float, at_risk: int) -> tuple[float, float]:
    if not at_risk:
        return 0.0, 1.0
    if share >= 1.0:
        return float(MISSED ** (1 / at_risk)), 1.0
    if share <= 1e-12 or math.isinf(variance):
        return 0.0, float(1 - MISSED ** (1 / at_risk))
    spread = math.exp(Z * math.sqrt(variance) / abs(math.log(share)))
    return float(share**spread), float(share ** (1 / spread))
