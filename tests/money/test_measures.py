"""Measures: story S12 to the digit, and what must hold for any cases."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from fanzha.money.hold_facts import Appealed, HoldFacts, HoldStep
from fanzha.money.measures import CaseFacts, Share, Spread, measure, quantile

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)
NOW = datetime(2024, 6, 30, 16, tzinfo=UTC)
DAY = 86_400
ids = itertools.count()


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hold(
    *, ordered: datetime, after: float = 0, held: int = 0, returned: int = 0, let_go: int = 0
) -> HoldFacts:
    """A hold that came into force `after` minutes; the amounts in yuan."""
    landed = ordered + minutes(after)
    steps = [HoldStep(ordered, "sent", held * 100), HoldStep(landed, "active", held * 100)]
    appeals: tuple[Appealed, ...] = ()
    if let_go:
        steps = [*steps, HoldStep(landed + timedelta(days=3), "released")]
        appeals = (Appealed(landed + timedelta(days=1)),)
    if returned:
        steps.append(HoldStep(landed + timedelta(days=30), "returned", returned * 100))
    return HoldFacts(
        hold_id=f"H-{next(ids):08x}", currency="CNY", steps=tuple(steps), appeals=appeals
    )


def story() -> list[CaseFacts]:
    """S12: K1 to K4 with nine holds, one of them overturned, and K5 stopped before payment."""
    figures = {  # loss, delay, hold, each hold's (held, returned, let go)
        "K1": (300_000, 16, 7, ((120_000, 100_000, 0), (68_000, 50_000, 0))),
        "K2": (50_000, 190, 12, ((6_000, 6_000, 0), (4_000, 4_000, 0))),
        "K3": (8_000, 25, 6, ((5_000, 5_000, 0), (3_000, 3_000, 0), (9_300, 0, 9_300))),
        "K4": (1_200_000, 4_320, 35, ((0, 0, 0), (0, 0, 0))),
    }
    cases = [
        CaseFacts(
            case_id=name,
            opened_at=START,
            reported_at=START,
            delay_seconds=delay * 60,
            loss={"CNY": loss * 100},
            holds=tuple(
                hold(ordered=START + minutes(2), after=after, held=h, returned=r, let_go=wrong)
                for h, r, wrong in holds
            ),
        )
        for name, (loss, delay, after, holds) in figures.items()
    ]
    stopped = CaseFacts(
        case_id="K5", opened_at=START, reported_at=START, averted={"CNY": 9_000_000}
    )
    return [*cases, stopped]


def test_s12_monthly_figures() -> None:
    (may,) = measure(story(), NOW, ZONE).cohorts
    (sums,) = may.sums
    assert (may.month, may.cases, sums.currency) == ("2024-05", 5, "CNY")
    assert sums.loss == 155_800_000
    assert round(100 * float(sums.share("held") or 0), 1) == 13.2
    assert round(100 * float(sums.share("returned") or 0), 1) == 10.8
    assert may.report_delay.p50 == Fraction(1075, 10) * 60
    assert may.hold_time.p50 == Fraction(95, 10) * 60
    assert sums.averted == 9_000_000
    assert (may.wrong_holds.count, may.wrong_holds.of) == (1, 9)
    assert round(100 * float(may.wrong_holds.value or 0), 1) == 11.1
    assert may.wrong_holds.small


def test_averted_is_in_no_other_figure() -> None:
    without = measure(story()[:-1], NOW, ZONE).together.sums[0]
    (withit,) = measure(story(), NOW, ZONE).together.sums
    names = ("loss", "held", "recovered", "returned", "first_hop", "placed", "innocent_seconds")
    assert [getattr(withit, n) for n in names] == [getattr(without, n) for n in names]


def test_money_wrongly_held_counts_by_the_day() -> None:
    """9,300 yuan for the three days until they were let go."""
    (sums,) = measure(story(), NOW, ZONE).together.sums
    assert sums.innocent_seconds == 930_000 * 3 * DAY


def test_what_is_in_excess_counts_while_an_appeal_is_open() -> None:
    frozen = HoldFacts(
        hold_id="H-1",
        currency="CNY",
        steps=(HoldStep(START, "frozen", 9_330_000),),
        appeals=(Appealed(START + timedelta(days=1), 4_350_000),),
    )
    case = CaseFacts(case_id="C", opened_at=START, holds=(frozen,))
    counted = measure([case], START + timedelta(days=9), ZONE).together
    assert counted.sums[0].innocent_seconds == 4_350_000 * 9 * DAY
    assert (counted.appeals_open, counted.wrong_holds.count) == (1, 0)


def test_a_stop_that_ran_out_holds_nobody_any_more() -> None:
    ended = HoldStep(START, "active", 100, START + timedelta(days=2))
    wrong = HoldFacts(
        hold_id="H-1", currency="CNY", steps=(ended,), appeals=(Appealed(START, 100),)
    )
    case = CaseFacts(case_id="C", opened_at=START, holds=(wrong,))
    assert measure([case], NOW, ZONE).together.sums[0].innocent_seconds == 100 * 2 * DAY


def test_a_partial_release_on_appeal_lowers_what_is_held() -> None:
    steps = (
        HoldStep(START, "active", 9_330_000),
        HoldStep(START + timedelta(days=2), "partial_release", 4_980_000),
    )
    kept = HoldFacts(
        hold_id="H-1", currency="CNY", steps=steps, appeals=(Appealed(START + minutes(5)),)
    )
    counted = measure([CaseFacts(case_id="C", opened_at=START, holds=(kept,))], NOW, ZONE).together
    assert counted.sums[0].held == 4_980_000
    assert counted.sums[0].innocent_seconds == 4_350_000 * 2 * DAY
    assert counted.appeal_time.values == (2 * DAY - 300,)


def test_a_release_that_nobody_appealed_is_no_wrong_hold() -> None:
    steps = (HoldStep(START, "active", 500), HoldStep(NOW, "released"))
    case = CaseFacts(
        case_id="C",
        opened_at=START,
        holds=(HoldFacts(hold_id="H-1", currency="CNY", steps=steps),),
    )
    counted = measure([case], NOW, ZONE).together
    assert (counted.wrong_holds.count, counted.sums[0].held) == (0, 500)


def test_cohorts_are_months_of_the_report_in_the_zone_asked() -> None:
    at = datetime(2024, 5, 31, 16, 30, tzinfo=UTC)  # 1 June in Shanghai
    case = CaseFacts(case_id="C", opened_at=at, reported_at=at, loss={"CNY": 1})
    assert [c.month for c in measure([case], NOW, ZONE).cohorts] == ["2024-06"]
    assert [c.month for c in measure([case], NOW, UTC).cohorts] == ["2024-05"]


def test_what_comes_later_is_not_counted_yet() -> None:
    counted = measure(story(), START + timedelta(days=10), ZONE).together
    assert (counted.sums[0].returned, counted.sums[0].held) == (0, 20_600_000)
    assert measure(story(), START - timedelta(days=1), ZONE).together.cases == 0


amounts = st.integers(0, 10**15)


@st.composite
def holds(draw: st.DrawFn) -> HoldFacts:
    states = ("active", "frozen", "partial_release", "released", "returned", "recovered")
    steps = draw(
        st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(states), amounts), max_size=6)
    )
    return HoldFacts(
        hold_id="H",
        currency=draw(st.sampled_from(("CNY", "USDT"))),
        first_hop=draw(st.none() | amounts),
        steps=tuple(HoldStep(START + timedelta(seconds=s), state, a) for s, state, a in steps),
        appeals=tuple(
            Appealed(START + timedelta(seconds=s), a)
            for s, a in draw(st.lists(st.tuples(st.integers(0, 10**6), amounts), max_size=2))
        ),
    )


@given(st.lists(st.tuples(holds(), st.integers(0, 400)), max_size=6))
def test_months_add_up_and_nothing_is_negative(found: list[tuple[HoldFacts, int]]) -> None:
    cases = [
        CaseFacts(case_id=str(i), opened_at=START + timedelta(days=d), loss={"CNY": d}, holds=(h,))
        for i, (h, d) in enumerate(found)
    ]
    counted = measure(cases, NOW + timedelta(days=400), ZONE)
    for name in (
        "loss",
        "held",
        "recovered",
        "returned",
        "first_hop",
        "placed",
        "innocent_seconds",
    ):
        for whole in counted.together.sums:
            parts = [s for c in counted.cohorts for s in c.sums if s.currency == whole.currency]
            assert sum(getattr(s, name) for s in parts) == getattr(whole, name) >= 0
    for sums in counted.together.sums:
        assert sums.returned <= sums.recovered
        assert sums.first_hop <= sums.placed <= sums.held


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_quantiles_lie_among_the_values(values: list[int]) -> None:
    spread = Spread(tuple(sorted(values)))
    assert spread.p50 is not None
    assert spread.p90 is not None
    assert min(values) <= spread.p50 <= spread.p90 <= max(values)
    assert quantile(spread.values, Fraction(1)) == max(values)


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_its_share(count: int, rest: int) -> None:
    share = Share(count, count + rest)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.value is not None:
        assert low - 1e-9 <= float(share.value) <= high + 1e-9
