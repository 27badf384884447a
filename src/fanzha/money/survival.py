"""How likely money is still where it arrived."""

from __future__ import annotations

import math
from datetime import datetime

from fanzha.model.vocabulary.entries import Rail


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
    start = survival(rail, (confirmed - credited).total_seconds())
    at_hold = survival(rail, (max(hold, confirmed) - credited).total_seconds())
    return at_hold / start if start else 0.0
