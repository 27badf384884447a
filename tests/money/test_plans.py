"""Hold plans, hold states, returns and rounding beyond the stories."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.money.ledgers import START, Ledger, ledgers, pay, theft_of

from fanzha.errors import NotAllowed, UsageError
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.model.vocabulary import entry
from fanzha.money.hold_state import advance, standing
from fanzha.money.holds import Timing, plan_holds
from fanzha.money.movements import Known, gather
from fanzha.money.returns import plan_return
from fanzha.money.rounding import largest_remainder, share_out
from fanzha.money.survival import still_there, survival
from fanzha.money.trace import trace

CNY_A = Account("A", "CNY")
SOON = Timing(confirmed_at=START + timedelta(hours=1), hold_at=START + timedelta(hours=2))


@given(ledger=ledgers(distinct=False), refunded=st.integers(0, 5), held=st.integers(0, 60))
def test_shares_add_up_and_never_exceed_the_loss(ledger: Ledger, refunded: int, held: int) -> None:
    thefts = [dataclasses.replace(t, refunded=refunded) for t in ledger.thefts]
    movements = gather(ledger.payments, thefts, Known(openings=ledger.known))
    accounts = dict.fromkeys(sorted(movements.reach), held)
    for method in ("fifo", "pro_rata"):
        plans = plan_return(trace(movements, method), thefts, accounts)
        for plan in plans:
            assert sum(s.amount for s in plan.shares) + plan.undistributed == held
            assert plan.undistributed >= 0
        for rule in {p.rule for p in plans}:
            for theft in thefts:
                got = [
                    s.amount
                    for p in plans
                    for s in p.shares
                    if (p.rule, s.theft_id) == (rule, theft.theft_id)
                ]
                assert sum(got) <= max(0, theft.amount - refunded)


def test_what_one_victim_may_not_get_goes_to_the_others() -> None:
    rows = [pay("V", "A", 100, 0), pay("W", "A", 100, 1)]
    thefts = [theft_of(rows[0], "T", refunded=80), theft_of(rows[1], "U")]
    plans = plan_return(trace(gather(rows, thefts), "fifo"), thefts, {CNY_A: 100}, "pro_rata_loss")
    assert [(s.theft_id, s.amount) for s in plans[0].shares] == [("T", 20), ("U", 80)]


def test_a_late_victim_changes_the_split() -> None:
    rows = [pay("V", "A", 100, 0), pay("W", "A", 100, 1), pay("X", "A", 200, 2)]
    thefts = [theft_of(r, r.debtor_account) for r in rows]
    split = []
    for known in (thefts[:2], thefts):
        found = trace(gather(rows, known), "fifo")
        (plan,) = plan_return(found, known, {CNY_A: 100}, "pro_rata_account")
        split.append({s.theft_id: s.amount for s in plan.shares})
    assert split == [{"V": 50, "W": 50}, {"V": 25, "W": 25, "X": 50}]


def test_an_account_that_no_stolen_money_reached_returns_nothing() -> None:
    rows = [pay("V", "A", 100, 0)]
    thefts = [theft_of(rows[0], "T")]
    plans = plan_return(trace(gather(rows, thefts), "fifo"), thefts, {Account("Z", "CNY"): 70})
    assert {(p.shares, p.undistributed) for p in plans} == {((), 70)}


def test_an_unknown_rule_is_refused() -> None:
    rows = [pay("V", "A", 100, 0)]
    with pytest.raises(UsageError, match="return_rule_unknown"):
        plan_return(trace(gather(rows, []), "fifo"), [], {CNY_A: 1}, "fair")


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=9), st.integers(0, 10**15))
def test_rounding_conserves_and_moves_no_share_by_a_unit(weights: list[int], total: int) -> None:
    parts = share_out(total, weights)
    if not sum(weights):
        assert set(parts) == {0}
        return
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_rounding_takes_back_what_the_last_digits_added() -> None:
    assert largest_remainder([Decimal("2.0001"), Decimal("3.0001")], 4) in ([1, 3], [2, 2])


def test_survival_is_a_falling_share_and_cash_is_gone() -> None:
    rail = entry("rail", "retail_instant")
    shares = [survival(rail, seconds) for seconds in (0, 60, 600, 86_400)]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert survival(entry("rail", "cash"), 0) == 0.0
    assert still_there(entry("rail", "cash"), START, START, START) == 0.0
    assert still_there(rail, START, START - timedelta(hours=1), START) == 1.0


def test_missing_match_fields_and_statements_to_ask_for() -> None:
    dated = dataclasses.replace(pay("A", "B", 60, 5), precision_seconds=86_400)
    rows = [pay("V", "A", 100, 0), dated]
    known = Known(seen={CNY_A})
    plan = plan_holds(trace(gather(rows, [theft_of(rows[0], "T")], known), "fifo"), SOON)
    b = next(h for h in plan.holds if h.account.number == "B")
    assert b.missing == ("payee_name", "time")
    assert not b.draftable
    assert {"last_seen", "no_addressee"} <= set(b.flags)
    assert plan.ask_next == ((Account("B", "CNY"), 60),)


def step(state: str, hours: float, **more: object) -> Action:
    said: dict[str, object] = {"who": "officer 7", "legal_basis": "art. 20", **more}
    return Action(kind="hold", on="H", at=START + timedelta(hours=hours), state=state, **said)  # type: ignore[arg-type]


def walked(*steps: Action) -> list[Action]:
    history: list[Action] = []
    for one in steps:
        history.append(advance(history, one))
    return history


IN_FORCE = [step(s, 0) for s in ("fields_ok", "sent", "ack", "active")]


def test_a_hold_lives_48_hours_warns_and_never_renews_by_itself() -> None:
    history = walked(*IN_FORCE)
    assert history[-1].expires_at == START + timedelta(hours=48)
    standings = [standing(history, START + timedelta(hours=h)) for h in (41, 42, 48)]
    assert [(s.state, s.alert) for s in standings] == [
        ("active", ""),
        ("active", "expiring"),
        ("expired", ""),
    ]
    with pytest.raises(NotAllowed, match="hold_step_refused"):
        advance(history, step("active", 49))


def test_a_hold_is_renewed_once_by_a_person_and_not_twice() -> None:
    history = walked(*IN_FORCE, step("active", 40))
    assert history[-1].expires_at == START + timedelta(hours=88)
    with pytest.raises(NotAllowed, match="hold_too_often"):
        advance(history, step("active", 80))


def test_a_freeze_takes_the_date_in_its_order_and_a_part_release_keeps_it() -> None:
    ordered = START + timedelta(days=180)
    history = walked(*IN_FORCE, step("frozen", 1, expires_at=ordered), step("partial_release", 2))
    assert history[-1].expires_at == ordered
    assert walked(*history[:-1], step("released", 3))[-1].expires_at is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (step("active", 1), "hold_step_refused"),
        (step("melted", 1), "hold_state_unknown"),
        (step("fields_ok", 1, who=" "), "hold_needs_basis"),
        (step("drafted", 1, legal_basis=""), "hold_needs_basis"),
    ],
)
def test_steps_that_are_not_allowed(wrong: Action, code: str) -> None:
    with pytest.raises(NotAllowed, match=code):
        advance([], wrong)


def test_a_step_before_the_last_one_is_refused() -> None:
    with pytest.raises(NotAllowed, match="hold_before_last"):
        advance(walked(step("fields_ok", 5)), step("sent", 1))
