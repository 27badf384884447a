"""Many cases, one ranking: limits always hold, order means nothing, and a step is the whole."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.ledgers import START, pay, theft_of
from tests.money.test_stories import C1_SLOW, TIMING, V1, V2, case

from fanzha.model.payment import Account
from fanzha.model.vocabulary import entry
from fanzha.money.conflicts import Loss, Stake, gave_way, settle
from fanzha.money.holds import MINUTES, Desk, Terms, Timing, plan_holds
from fanzha.money.movements import gather
from fanzha.money.replan import Board, Stolen, View, replan, view_of
from fanzha.money.sites import Moment, Site
from fanzha.money.trace import trace

ACCOUNTS = [Account(n, "CNY") for n in "ABC"]
VICTIMS = ("v", "w", "x")
HOLD_AT = START + timedelta(hours=2)


@st.composite
def views(draw: st.DrawFn, case_id: str) -> View:
    """One case: a theft or two of each victim, and what of them lies where."""
    stolen = {
        f"{victim}{number}": Stolen(
            theft=f"{victim}{number}",
            victim=victim,
            amount=draw(st.integers(1, 30)),
            refunded=draw(st.integers(0, 10)),
        )
        for victim, number in draw(
            st.sets(st.tuples(st.sampled_from(VICTIMS), st.integers(1, 2)), max_size=4)
        )
    }
    places = draw(
        st.sets(st.tuples(st.sampled_from(sorted(stolen)), st.sampled_from(ACCOUNTS)), max_size=8)
        if stolen
        else st.just(set())
    )
    stakes = tuple(
        Stake(
            theft=theft,
            victim=stolen[theft].victim,
            account=account,
            amount=draw(st.integers(1, 30)),
            credited_at=START + timedelta(minutes=draw(st.integers(0, 3))),
            cases=((case_id, theft),),
            worth=draw(st.sampled_from((0.6, 0.95))),
        )
        for theft, account in sorted(places)
    )
    sites = tuple(
        Site(
            account=account,
            balance=draw(st.integers(0, 40)),
            confirmed_at=START + timedelta(minutes=draw(st.integers(3, 4))),
            rail=entry("rail", "retail_instant"),
            institution="",
            terms=Terms(),
            minutes=MINUTES,
        )
        for account in sorted({s.account for s in stakes})
    )
    return View(case_id=case_id, stolen=tuple(stolen.values()), stakes=stakes, sites=sites)


CASES = st.tuples(views("1"), views("2"), views("3"))


@given(CASES)
def test_holds_exceed_neither_a_balance_nor_a_victims_loss(cases: tuple[View, ...]) -> None:
    board = replan(Board(), cases, Moment(hold_at=HOLD_AT))
    for_victim: dict[str, int] = defaultdict(int)
    for spot in board.spots.values():
        assert spot.cap <= max(0, spot.site.balance)
        for stake, amount in spot.given:
            assert 0 < amount <= stake.amount
            for_victim[stake.victim] += amount
    for victim, amount in for_victim.items():
        thefts: dict[str, list[Stolen]] = defaultdict(list)
        for theft in (t for c in cases for t in c.stolen if t.victim == victim):
            thefts[theft.theft].append(theft)
        net = sum(
            max(0, max(t.amount for t in same) - max(t.refunded for t in same))
            for same in thefts.values()
        )
        assert amount <= net


@given(CASES)
def test_nobody_could_be_given_more_and_who_gave_way_is_named(cases: tuple[View, ...]) -> None:
    board = replan(Board(), cases, Moment(hold_at=HOLD_AT))
    for spot in board.spots.values():
        given_here = {s.theft: amount for s, amount in spot.given}
        cut = {one.stake.theft: one for one in spot.gave_way}
        for stake in (s for c in cases for s in c.stakes if s.account == spot.site.account):
            if given_here.get(stake.theft, 0) < stake.amount:
                assert cut[stake.theft].why  # a limit that is met: no more could be given
                assert (stake.cases[0][0], stake.theft) in cut[stake.theft].stake.cases


@settings(max_examples=150)
@given(CASES, st.permutations([0, 1, 2]), views("2"))
def test_step_by_step_in_any_order_is_the_same_as_all_at_once(
    cases: tuple[View, ...], order: list[int], earlier: View
) -> None:
    whole = replan(Board(), cases, Moment(hold_at=HOLD_AT))
    board = replan(
        Board(), [earlier], Moment(hold_at=HOLD_AT - timedelta(minutes=9))
    )  # an older view of case 2
    for place in order:
        board = replan(board, [cases[place]], Moment(hold_at=HOLD_AT))
    assert board == whole


@given(CASES)
def test_a_closed_case_leaves_nothing_behind(cases: tuple[View, ...]) -> None:
    board = replan(Board(), cases, Moment(hold_at=HOLD_AT))
    closed = replan(board, [View(case_id=c.case_id) for c in cases], Moment(hold_at=HOLD_AT))
    assert closed == Board()


def test_one_case_alone_is_ranked_as_its_own_plan() -> None:
    found = trace(case(V1, V2), "fifo")
    terms = {**C1_SLOW, "B3": Terms(good_faith=Decimal("0.7"))}
    plan = plan_holds(found, TIMING, terms)
    view = view_of("c", found, [V1, V2], TIMING, (terms, Desk()))
    board = replan(Board(), [view], Moment(hold_at=TIMING.hold_at))
    assert [t.account for t in board.best()] == [h.account for h in plan.holds]
    for target, hold in zip(board.best(), plan.holds, strict=True):
        assert target.cap == hold.cap
        for name in ("expected", "net_expected", "per_minute"):
            assert abs(getattr(target, name) - getattr(hold, name)) <= 1
    assert not any(spot.gave_way for spot in board.spots.values())


def test_a_payment_that_two_cases_name_is_held_once() -> None:
    rows = [pay("V", "A", 100, 0)]
    theft = theft_of(rows[0], "T")
    found = trace(gather(rows, [theft]), "fifo")
    timing = Timing(confirmed_at=START + timedelta(hours=1), hold_at=HOLD_AT)
    twice = [view_of(name, found, [theft], timing) for name in ("one", "two")]
    (spot,) = replan(Board(), twice, Moment(hold_at=HOLD_AT)).spots.values()
    assert spot.cap == 100
    assert spot.given[0][0].cases == (("one", "T"), ("two", "T"))


def stake(victim: str, account: str, amount: int, minute: int = 0) -> Stake:
    return Stake(
        theft=f"T{victim}",
        victim=victim,
        account=Account(account, "CNY"),
        amount=amount,
        credited_at=START + timedelta(minutes=minute),
        cases=((f"case {victim}", "T"),),
    )


def test_two_victims_share_a_balance_by_gross_loss_and_the_one_who_gave_way_gets_room() -> None:
    stakes = [stake("v", "A", 60), stake("w", "A", 60), stake("v", "B", 50, minute=1)]
    balances = {Account("A", "CNY"): 60, Account("B", "CNY"): 50}
    losses = {"v": Loss(300, 70), "w": Loss(100, 100)}
    held = settle(stakes, balances, losses)
    # v keeps the newer money in B and 20 in A; w gets the other 40 there.
    assert {(a.number, t): n for (a, t), n in held.items()} == {
        ("B", "Tv"): 50,
        ("A", "Tv"): 20,
        ("A", "Tw"): 40,
    }
    why = {(g.stake.victim, g.stake.account.number): g.why for g in _cut(stakes, held, balances)}
    assert why == {("v", "A"): ("balance", "loss"), ("w", "A"): ("balance",)}


def _cut(stakes: list[Stake], held, balances):  # type: ignore[no-untyped-def]
    return gave_way(stakes, held, balances, {"v": Loss(300, 70), "w": Loss(100, 100)})


def test_minutes_of_an_institution_or_a_rail_change_the_order() -> None:
    found = trace(case(V1), "fifo")
    usual = plan_holds(found, TIMING, C1_SLOW)
    assert {h.minutes for h in usual.holds} == {MINUTES}
    assert usual.holds[0].per_minute == round(usual.holds[0].net_expected / MINUTES)
    terms = {**C1_SLOW, "C2": Terms(institution="Slow Bank")}
    desk = Desk(minutes={"Slow Bank": Decimal(60), "retail_instant": Decimal(5)})
    plan = plan_holds(found, TIMING, terms, desk)
    assert [h.account.number for h in plan.holds][:2] == ["B3", "B1"]
    by_number = {h.account.number: h.minutes for h in plan.holds}
    assert (int(by_number["C2"]), int(by_number["B3"])) == (60, 5)


def test_a_board_cannot_be_changed_by_the_next() -> None:
    found = trace(case(V1), "fifo")
    view = view_of("c", found, [V1], TIMING)
    board = replan(Board(), [view], Moment(hold_at=TIMING.hold_at))
    before = dataclasses.replace(board)
    replan(board, [View(case_id="c")], Moment(hold_at=TIMING.hold_at))
    assert board == before
    assert len(board.by_account) == len(board.spots) == 9
