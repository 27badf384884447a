"""Tracing against the plain oracle, and what must hold whatever the ledger."""

from __future__ import annotations

import dataclasses
import random
from fractions import Fraction
from itertools import groupby, permutations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.money import oracle
from tests.money.ledgers import START, Ledger, ledgers, pay, theft_of

from fanzha.errors import UsageError
from fanzha.model.payment import Account, Carrier, Payment
from fanzha.money.movements import Known, Movements, Opening, gather
from fanzha.money.pots import METHODS
from fanzha.money.trace import Trace, trace

EXACT = ("fifo", "lifo")
SHARED = ("pro_rata", "libr")
CLAIMS = EXACT + SHARED


def moved(ledger: Ledger) -> Movements:
    return gather(ledger.payments, ledger.thefts, Known(openings=ledger.known))


def held(found: Trace) -> dict[tuple[str, Account], int]:
    return {(h.theft_id, h.account): h.amount for h in found.holdings}


def disputed(found: Trace) -> dict[tuple[str, Account], int]:
    sums: dict[tuple[str, Account], int] = {}
    for d in found.disputed:
        sums[d.theft_id, d.account] = sums.get((d.theft_id, d.account), 0) + d.amount
    return sums


@pytest.mark.parametrize("method", EXACT)
@given(ledger=ledgers())
def test_exact_methods_agree_with_coins(method: str, ledger: Ledger) -> None:
    found = trace(moved(ledger), method)
    coins, open_claims = oracle.coins(method, ledger.payments, ledger.stolen, ledger.known)
    assert held(found) == coins
    assert disputed(found) == open_claims


@pytest.mark.parametrize("method", SHARED)
@given(ledger=ledgers())
def test_shares_agree_with_fractions(method: str, ledger: Ledger) -> None:
    compare_with_fractions(method, ledger)


@pytest.mark.parametrize("method", SHARED)
@pytest.mark.parametrize("seed", [1, 2])
def test_shares_agree_with_fractions_on_long_ledgers(method: str, seed: int) -> None:
    chance = random.Random(seed)
    numbers = [f"N{i}" for i in range(60)]
    pairs = [chance.sample(numbers, 2) for _ in range(2000)]
    payments = tuple(
        pay(debtor, creditor, chance.randint(1, 10**6), second)
        for second, (debtor, creditor) in enumerate(pairs)
    )
    stolen = {i: f"T{i}" for i in chance.sample(range(600), 8)}
    compare_with_fractions(method, Ledger(payments, stolen, {}))


def compare_with_fractions(method: str, ledger: Ledger) -> None:
    found = trace(moved(ledger), method)
    exact, exact_disputed = oracle.mixture(method, ledger.payments, ledger.stolen, ledger.known)
    for ours, theirs in ((held(found), exact), (disputed(found), exact_disputed)):
        for key in ours.keys() | theirs.keys():
            assert abs(ours.get(key, 0) - theirs.get(key, Fraction(0))) <= 1


@given(ledger=ledgers())
def test_poison_agrees_and_is_an_upper_bound(ledger: Ledger) -> None:
    movements = moved(ledger)
    bound = held(trace(movements, "poison"))
    assert bound == oracle.poison(ledger.payments, ledger.stolen, ledger.known)
    for method in CLAIMS:
        for key, amount in held(trace(movements, method)).items():
            assert amount <= bound[key]


@given(ledger=ledgers(distinct=False))
def test_every_theft_is_conserved_and_no_holding_is_above_its_balance(ledger: Ledger) -> None:
    movements = moved(ledger)
    for method in CLAIMS:
        found = trace(movements, method)
        for theft in movements.thefts.values():
            parts = [h.amount for h in found.holdings if h.theft_id == theft.theft_id]
            parts += [d.amount for d in found.disputed if d.theft_id == theft.theft_id]
            assert sum(parts) == theft.amount
            assert all(part > 0 for part in parts)
        for account, balance in found.balances.items():
            here = [h.amount for h in found.holdings if h.account == account]
            assert max(here) <= balance
            assert sum(here) <= balance + (len(here) - 1 if method in SHARED else 0)


@given(ledger=ledgers(), chance=st.randoms(use_true_random=False))
def test_the_order_of_input_rows_changes_nothing(ledger: Ledger, chance: random.Random) -> None:
    turned = list(ledger.payments)
    chance.shuffle(turned)
    again = gather(turned, ledger.thefts, Known(openings=ledger.known))
    for method in METHODS:
        before, after = trace(moved(ledger), method), trace(again, method)
        assert before == after


@given(
    amounts=st.lists(st.integers(1, 50), min_size=1, max_size=6),
    chance=st.randoms(use_true_random=False),
)
def test_methods_agree_where_nothing_is_mixed(amounts: list[int], chance: random.Random) -> None:
    """Each account gets one sum, all of it stolen, and passes some of it on."""
    payments = [pay("V", "M0", 1000, 0)]
    for hop, amount in enumerate(amounts):
        keep = chance.randint(1, amount)
        total = payments[-1].amount
        payments.append(pay(f"M{hop}", f"M{hop + 1}", max(1, total - keep), hop + 1))
    movements = gather(payments, [theft_of(payments[0], "T")])
    results = [held(trace(movements, method)) for method in CLAIMS]
    assert all(result == results[0] for result in results)


def orders(ledger: Ledger) -> list[list[Payment]]:
    """Every order in which the rows may have happened."""
    groups = [list(g) for _, g in groupby(ledger.payments, key=lambda p: p.booked_at)]
    assume(all(len(group) <= 4 for group in groups))
    choices = [list(permutations(group)) for group in groups]
    count = 1
    for choice in choices:
        count *= len(choice)
    assume(count <= 150)
    return [[p for group in chosen for p in group] for chosen in product(*choices)]


@pytest.mark.parametrize("method", METHODS)
@given(ledger=ledgers(distinct=False, most=7, largest=6))
@settings(max_examples=60, deadline=None)
def test_a_result_that_another_order_would_change_is_flagged(method: str, ledger: Ledger) -> None:
    base = trace(moved(ledger), method)
    differing: set[tuple[str, Account]] = set()
    for payments in orders(ledger):
        other = held(trace(gather(payments, ledger.thefts, Known(openings=ledger.known)), method))
        mine = held(base)
        differing |= {k for k in mine.keys() | other.keys() if mine.get(k, 0) != other.get(k, 0)}
    flagged = {(h.theft_id, h.account) for h in base.holdings if h.tie}
    if differing:
        assert base.ties
    assert flagged <= differing


def test_a_tie_that_matters_marks_what_it_changes_and_serials_settle_it() -> None:
    paid = [pay("V", "A", 10, 0), pay("A", "B", 10, 1), pay("X", "A", 10, 1), pay("A", "C", 10, 1)]
    found = trace(gather(paid, [theft_of(paid[0], "T")]), "fifo")
    assert [(h.account.number, h.tie) for h in found.holdings] == [("B", True)]
    assert len(found.ties) == 1
    numbered = [
        dataclasses.replace(p, serial=str(n), serial_bank="bank") for n, p in enumerate(paid, 9)
    ]
    settled = trace(gather(numbered, [theft_of(paid[0], "T")]), "fifo")
    assert (settled.ties, [h.tie for h in settled.holdings]) == ((), [False])


def test_serials_order_rows_of_one_instant_by_number_and_only_within_a_bank() -> None:
    rows = [
        pay("V", "A", 10, 1, serial="10", serial_bank="x"),
        pay("A", "B", 10, 1, serial="9", serial_bank="y"),
        pay("O", "A", 10, 1, serial="9", serial_bank="x"),
    ]
    ordered = gather(rows, [theft_of(rows[0], "T")]).payments
    assert ordered == (rows[2], rows[1], rows[0])


def test_tie_of_a_debit_before_its_credit_is_noticed() -> None:
    """In the other order the account would need no money of its own."""
    rows = [pay("V", "A", 10, 0), pay("A", "B", 15, 1), pay("X", "A", 5, 1), pay("A", "C", 4, 2)]
    found = trace(gather(rows, [theft_of(rows[0], "T")]), "lifo")
    assert found.ties


def test_a_later_theft_takes_what_an_earlier_one_left_and_says_so() -> None:
    rows = [pay("V", "W", 100, 0), pay("W", "A", 100, 1), pay("A", "B", 40, 2)]
    thefts = [theft_of(rows[0], "T1"), theft_of(rows[1], "T2")]
    found = trace(gather(rows, thefts), "fifo")
    assert held(found) == {("T2", Account("A", "CNY")): 60, ("T2", Account("B", "CNY")): 40}
    (open_claim,) = found.disputed
    assert (open_claim.theft_id, open_claim.by, open_claim.amount) == ("T1", "T2", 100)
    assert open_claim.account == Account("A", "CNY")


def test_a_terminal_keeps_what_it_got() -> None:
    rows = [pay("V", "A", 100, 0), pay("A", "SHOP", 100, 1), pay("SHOP", "B", 100, 2)]
    known = Known(terminals={"SHOP": "merchant"})
    found = trace(gather(rows, [theft_of(rows[0], "T")], known), "fifo")
    assert [(h.account.number, h.state) for h in found.holdings] == [("SHOP", "terminal")]
    assert found.balances[Account("SHOP", "CNY")] == 100


def test_currencies_never_mix() -> None:
    rows = [pay("V", "A", 100, 0), pay("A", "B", 100, 1, currency="USD")]
    found = trace(gather(rows, [theft_of(rows[0], "T")]), "poison")
    assert held(found) == {("T", Account("A", "CNY")): 100}


def test_opening_balances_known_and_inferred() -> None:
    rows = [pay("A", "B", 30, 0), pay("X", "A", 50, 1), pay("A", "B", 25, 2)]
    movements = gather(rows, [], Known(openings={Account("A", "CNY"): 10}))
    assert movements.openings[Account("A", "CNY")] == Opening(30, 20)
    assert movements.balances[Account("A", "CNY")] == 25


def test_an_overdrawn_account_has_unknown_own_funds() -> None:
    rows = [pay("X", "A", 50, 0)]
    movements = gather(rows, [], Known(openings={Account("A", "CNY"): -30}))
    assert movements.openings[Account("A", "CNY")] == Opening(0, 30)
    assert movements.balances[Account("A", "CNY")] == 50


def test_thefts_are_found_by_their_four_marks_nearest_in_time() -> None:
    rows = [pay("V", "A", 10, 0), pay("V", "A", 10, 100), pay("V", "A", 10, 200)]
    near = dataclasses.replace(theft_of(rows[1], "near"), booked_at=START.replace(minute=1))
    middle = theft_of(pay("V", "A", 10, 150), "middle")
    far = theft_of(pay("V", "A", 10, 200 + 86_401), "far")
    other = theft_of(pay("V", "A", 11, 0), "other")
    again = theft_of(rows[1], "again")
    movements = gather(rows, [near, middle, far, other, again, near])
    assert {t.theft_id: i for i, t in movements.thefts.items()} == {"near": 1, "middle": 2}
    assert [r.code for r in movements.refusals] == [
        "theft_not_found",
        "theft_not_found",
        "theft_claimed",
        "theft_repeated",
    ]


def test_equally_near_payments_take_the_first_and_say_so() -> None:
    rows = [pay("V", "A", 10, 0), pay("V", "A", 10, 100)]
    movements = gather(rows, [theft_of(pay("V", "A", 10, 50), "T")])
    assert list(movements.thefts) == [0]
    assert [r.code for r in movements.reasons] == ["theft_ambiguous"]


def test_as_of_includes_that_very_instant() -> None:
    rows = [pay("V", "A", 10, 0), pay("A", "B", 10, 1), pay("B", "C", 10, 2)]
    thefts = [theft_of(rows[0], "T"), theft_of(rows[2], "late")]
    movements = gather(rows, thefts, as_of=rows[1].booked_at)
    assert held(trace(movements, "fifo")) == {("T", Account("B", "CNY")): 10}
    assert [r.code for r in movements.reasons] == ["theft_after_as_of"]


def test_levels_belong_to_theft_and_account() -> None:
    rows = [pay("V", "A", 10, 0), pay("A", "B", 10, 1), pay("W", "B", 5, 2), pay("V", "B", 7, 3)]
    thefts = [theft_of(rows[0], "T"), theft_of(rows[2], "U"), theft_of(rows[3], "S")]
    levels = {h.theft_id: h.level for h in trace(gather(rows, thefts), "fifo").holdings}
    assert levels == {"T": 2, "U": 1, "S": 1}


def test_an_alternative_carrier_stands_beside_the_claim_and_adds_nothing() -> None:
    rows = [pay("V", "A", 100, 0), pay("W", "A", 50, 1)]
    carrier = Carrier(
        booked_at=START,
        account="A",
        amount=120,
        currency="CNY",
        carrier="wallet",
        carrier_amount=16,
        carrier_currency="USDT",
    )
    thefts = [theft_of(rows[0], "T"), theft_of(rows[1], "U")]
    found = trace(gather(rows, thefts), "fifo", [carrier])
    assert found.alternatives[0].claims == (("T", 80), ("U", 40))
    assert found.total() == {"T": 100, "U": 50}


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UsageError, match="method_unknown"):
        trace(gather([pay("V", "A", 1, 0)], []), "guess")
