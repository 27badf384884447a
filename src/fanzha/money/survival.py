"""How likely money is still where it arrived."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from datetime import datetime

from fanzha.model.vocabulary.entries import Rail
from fanzha.money.kaplan_meier import Curve, stayed

# How many of one's own holds on a rail must have landed before they are heard at all, and how many
# holds under watch weigh as much as the prior from then on. A convention (the usual least sample
# for a normal interval), not a measurement: it keeps a handful of holds from deciding.
ENOUGH = 30


def survival(rail: Rail, seconds: float) -> float:
    """The share of money that is still in an account `seconds` after it arrived there.

    A prior by rail, not a measurement of this account: S(t) = w·e^(−t/fast) + (1 − w)·e^(−t/slow).

    >>> from fanzha.model.vocabulary import entry
    >>> round(survival(entry("rail", "retail_instant"), 600), 2)
    0.26
    """
    if not rail.survives or rail.fast_weight is None:
        return 0.0
    if rail.fast_seconds is None or rail.slow_seconds is None:
        return 0.0
    weight = float(rail.fast_weight)
    age = max(0.0, seconds)
    return weight * math.exp(-age / rail.fast_seconds) + (1 - weight) * math.exp(
        -age / rail.slow_seconds
    )


def still_there(rail: Rail, credited: datetime, confirmed: datetime, hold: datetime) -> float:
    """P(still there when the hold lands), given that the balance was confirmed in between.

    A credit after the confirmation is taken as confirmed by itself.
    """
    return likely_there(rail, *ages(credited, confirmed, hold)).share


def ages(credited: datetime, confirmed: datetime, hold: datetime) -> tuple[float, float]:
    """How many seconds after its last credit money was confirmed, and will be held."""
    start = (confirmed - credited).total_seconds()
    return start, max(start, (hold - credited).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """How likely money is still there when a hold lands, and what that rests on.

    `used` is `prior` (the vocabulary's, unmeasured, so without an interval) or `blended`: own
    holds and prior together. `n` own holds of the rail were counted, at least `at_risk` of them
    under watch at the ages asked; `low` to `high` is the 95 % interval of the own holds alone.
    """

    rail: str
    share: float
    used: str = "prior"
    n: int = 0
    at_risk: int = 0
    low: float | None = None
    high: float | None = None


def likely_there(rail: Rail, start: float, end: float, curve: Curve | None = None) -> Survival:
    """P(still there at age `end` | there at age `start`), ages in seconds since the last credit.

    The prior is used alone until `ENOUGH` own holds of the rail have landed. From then on

        share = (at_risk × own + ENOUGH × prior) ÷ (at_risk + ENOUGH)

    so that own experience counts by how many holds it rests on *at these ages*, and the prior
    stands wherever nobody was watched. Source: credibility weighting (Bühlmann 1967).
    """
    start, end = max(0.0, start), max(0.0, start, end)
    before = survival(rail, start)
    prior = survival(rail, end) / before if before else 0.0
    if curve is None or not rail.survives:
        return Survival(rail=rail.code, share=prior)
    own = stayed(curve, start, end)
    seen = Survival(
        rail=rail.code, share=prior, n=curve.n, at_risk=own.at_risk, low=own.low, high=own.high
    )
    if curve.n < ENOUGH or not own.at_risk:
        return seen
    share = (own.at_risk * own.share + ENOUGH * prior) / (own.at_risk + ENOUGH)
    return dataclasses.replace(seen, share=share, used="blended")
