"""Survival from one's own holds, against published figures, and how it joins the prior."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.model.vocabulary import entry
from fanzha.money.kaplan_meier import Watched, estimate, stayed
from fanzha.money.survival import ENOUGH, likely_there

RAIL = entry("rail", "retail_instant")
# Weeks of remission under 6-mercaptopurine (Freireich and others 1963), + censored: the example
# by which Kaplan-Meier is taught. Figures as R's survfit gives them with conf.type="log-log".
EVENTS = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CENSORED = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
SIX_MP = [
    *(Watched(rail="r", entered=0, ended=2 * t, left=1) for t in EVENTS),
    *(Watched(rail="r", entered=0, ended=t, left=0) for t in CENSORED),
]


@pytest.mark.parametrize(
    ("week", "share", "low", "high"),
    [
        (6, 0.857, 0.6197, 0.9516),
        (7, 0.807, 0.5631, 0.9228),
        (10, 0.753, 0.5032, 0.8894),
        (22, 0.538, 0.2678, 0.7468),
        (23, 0.448, 0.1881, 0.6801),
    ],
)
def test_the_textbook_example(week: int, share: float, low: float, high: float) -> None:
    curve = estimate(SIX_MP)["r"]
    assert (curve.n, curve.events) == (21, 9)
    found = stayed(curve, 0, week)
    assert found.share == pytest.approx(share, abs=0.0006)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.0006)


def test_money_that_had_gone_before_the_confirmation_was_never_watched() -> None:
    late = [Watched(rail="r", entered=100, ended=200, left=0)] * 9
    curve = estimate([*late, Watched(rail="r", entered=0, ended=40, left=1)])["r"]
    assert stayed(curve, 0, 30).share == 0.0  # one alone was watched then, and it lost its money
    assert stayed(curve, 0, 60).at_risk == 0  # nobody at 40 to 100: the prior stands
    assert stayed(curve, 110, 190).share == 1.0
    assert stayed(curve, 110, 190).at_risk == 9


def test_nothing_lost_and_everything_lost_have_intervals_too() -> None:
    kept = estimate([Watched(rail="r", entered=0, ended=100, left=0)] * 10)["r"]
    assert stayed(kept, 0, 50).low == pytest.approx(0.025**0.1)
    gone = estimate([Watched(rail="r", entered=0, ended=100, left=1)] * 10)["r"]
    assert stayed(gone, 0, 99).share == 0.0
    assert stayed(gone, 0, 99).high == pytest.approx(1 - 0.025**0.1)
    nobody = stayed(kept, 500, 600)
    assert (nobody.low, nobody.high, nobody.at_risk) == (0.0, 1.0, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(-5, 50), st.sampled_from((0, 0.25, 0.5, 1))),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 40),
    st.integers(0, 60),
)
def test_a_share_lies_in_its_interval_and_only_falls(
    seen: list[tuple[int, int, float]], start: int, more: int
) -> None:
    watched = [Watched(rail="r", entered=a, ended=a + b, left=c) for a, b, c in seen]
    curves = estimate(watched)
    assert bool(curves) == any(b > 0 for _, b, _ in seen)
    for curve in curves.values():
        one, later = stayed(curve, start, start + more), stayed(curve, start, start + more + 5)
        assert 0 <= one.low <= one.share + 1e-9
        assert one.share <= one.high + 1e-9 <= 1 + 2e-9
        assert later.share <= one.share
        assert later.at_risk <= curve.n


def holds(count: int, left: float) -> list[Watched]:
    return [Watched(rail=RAIL.code, entered=0, ended=600, left=left) for _ in range(count)]


def test_the_prior_stands_alone_until_enough_own_holds_have_landed() -> None:
    prior = likely_there(RAIL, 0, 400)
    assert (prior.used, prior.n, prior.low) == ("prior", 0, None)
    few = likely_there(RAIL, 0, 400, estimate(holds(ENOUGH - 1, 0))[RAIL.code])
    assert (few.used, few.n, few.share) == ("prior", ENOUGH - 1, prior.share)
    assert few.low is not None
    own = likely_there(RAIL, 0, 400, estimate(holds(ENOUGH, 0.5))[RAIL.code])
    assert (own.used, own.n, own.at_risk) == ("blended", ENOUGH, ENOUGH)
    assert math.isclose(own.share, (0.5 + prior.share) / 2)
    beyond = likely_there(RAIL, 0, 4000, estimate(holds(ENOUGH, 0))[RAIL.code])
    assert (beyond.used, beyond.at_risk) == ("prior", 0)  # nobody was watched for so long


def test_cash_is_gone_whatever_was_counted() -> None:
    cash = entry("rail", "cash")
    curve = estimate([Watched(rail="cash", entered=0, ended=9, left=0)] * ENOUGH)["cash"]
    assert likely_there(cash, 0, 5, curve).share == 0.0
