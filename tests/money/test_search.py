"""Following by search: what a plain walk finds, its inverse, and who is in reach."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import engine_equality
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.indexed import Names, facts_of, index_of
from tests.money.ledgers import Ledger, ledgers, pay

from fanzha.money import search
from fanzha.money.follow import ENDINGS, Bounds, follow, micros, origins, reachable
from fanzha.money.kernel import compiled, kernel
from fanzha.money.movements import Known, Movements, assemble, gather
from fanzha.money.walk import Walk, whole_amounts

METHODS = ("fifo", "lifo")
PURE = bool(os.environ.get("FANZHA_PURE")) or not compiled(search)
CUTS = st.lists(st.integers(1, 23), max_size=3)
TERMINALS = st.lists(st.sampled_from("ABCDE"), max_size=1)
several = settings(max_examples=30 if PURE else 150, deadline=None)


class Case:
    """A ledger up to some instant, as movements and as an index with a limit."""

    def __init__(self, ledger: Ledger, cuts: list[int], upto: int, terminals: list[str]) -> None:
        known = Known(openings=ledger.known, terminals=dict.fromkeys(terminals, "merchant"))
        whole = gather(ledger.payments, ledger.thefts, known)
        as_of = whole.payments[min(upto, len(whole.payments) - 1)].booked_at
        self.movements = gather(ledger.payments, ledger.thefts, known, as_of)
        self.names = Names(whole.payments, known.openings)
        self.index = index_of(whole.payments, self.names, cuts)
        self.facts = facts_of(self.names, known)
        self.limit = self.index.position_after(micros(as_of))
        self.positions = list(whole.thefts)
        self.ids = [t.theft_id for t in whole.thefts.values()]


CASES = st.builds(
    Case, ledgers(distinct=False, most=24, largest=9), CUTS, st.integers(0, 24), TERMINALS
)


@pytest.mark.parametrize("method", METHODS)
@given(case=CASES)
@several
def test_a_search_finds_what_a_walk_finds(method: str, case: Case) -> None:
    walk = Walk(case.movements, method)
    walk.run()
    amounts, disputed = whole_amounts(walk)
    found = follow(case.index, case.facts, case.positions, method, case.limit)
    ids, accounts = case.ids, case.names.accounts
    resting = {(ids[t], accounts[a]): n for t, a, n, _, _ in found.resting.tolist()}
    assert resting == {key: n for key, n in amounts.items() if n}
    for t, a, _, level, last in found.resting.tolist():
        assert level == walk.level[ids[t], accounts[a]]
        booked_at = case.movements.payments[last].booked_at
        assert booked_at == walk.last_credit[ids[t], accounts[a]]
    assert [(p, ids[t], n) for p, _, t, n, _ in found.carried.tolist()] == walk.carried
    sums: dict[tuple[str, object, str], int] = {}
    for t, a, n, by, _ in found.disputed.tolist():
        key = (ids[t], accounts[a], ids[by])
        sums[key] = sums.get(key, 0) + n
    assert sums == {(d.theft_id, d.account, d.by): d.amount for d in disputed}


@pytest.mark.parametrize("method", METHODS)
@given(case=CASES)
@several
def test_backward_is_the_inverse_of_forward(method: str, case: Case) -> None:
    found = follow(case.index, case.facts, case.positions, method, case.limit)
    left = {(t, a): n for t, a, n, _, _ in found.resting.tolist()}
    for account, name in enumerate(case.names.accounts):
        if name not in case.movements.balances:
            continue
        stops = Bounds(stops=case.positions)
        back = origins(case.index, case.facts, account, method, case.limit, bounds=stops)
        assert back.sources[:, 2].sum() == back.held
        if not case.facts.terminal[account]:
            assert back.held == case.movements.balances[name]
        fed: dict[tuple[int, int], int] = {}
        for how, _, n, position, _ in back.sources.tolist():
            if ENDINGS[how] == "stopped":
                key = (case.positions.index(position), account)
                fed[key] = fed.get(key, 0) + n
        assert fed == {key: n for key, n in left.items() if key[1] == account}


@pytest.mark.parametrize("method", METHODS)
@given(case=CASES, amount=st.integers(0, 12), deepest=st.integers(0, 3), budget=st.integers(0, 4))
@several
def test_a_bounded_walk_back_adds_up(
    method: str, case: Case, amount: int, deepest: int, budget: int
) -> None:
    bounds = Bounds(deepest=deepest, budget=budget)
    for account in range(len(case.names)):
        back = origins(case.index, case.facts, account, method, case.limit, amount, bounds)
        assert back.held <= amount
        assert back.sources[:, 2].sum() == back.held
        assert all(hops <= max(1, deepest) for *_, hops in back.sources.tolist())


@given(case=CASES)
@several
def test_reach_is_where_money_can_have_come(case: Case) -> None:
    found = reachable(case.index, case.facts, case.positions, case.limit)
    reached = {case.names.accounts[a] for a in found.accounts.tolist()}
    assert reached == case.movements.reach
    assert found.cut == 0


@pytest.mark.parametrize("method", METHODS)
@given(case=CASES, budget=st.integers(0, 3))
@several
def test_what_is_cut_short_is_counted_and_stays_where_it_lay(
    method: str, case: Case, budget: int
) -> None:
    found = follow(case.index, case.facts, case.positions, method, case.limit, budget)
    for theft, position in enumerate(case.positions):
        if position < case.limit:
            parts = found.resting[found.resting[:, 0] == theft][:, 2].sum()
            parts += found.disputed[found.disputed[:, 0] == theft][:, 2].sum()
            assert parts == case.movements.payments[position].amount
    for theft, account, n, _, _ in found.cut.tolist():
        here = found.resting[(found.resting[:, 0] == theft) & (found.resting[:, 1] == account)]
        assert here[0, 2] >= n


def through_a_hub(count: int) -> Movements:
    """Everybody pays into one account and is paid by it."""
    chance = random.Random(5)
    payments = [pay("X", "HUB", 3000, 0)]
    for second in range(1, count):
        ends = ("HUB", f"N{chance.randrange(40)}")
        debtor, creditor = ends if chance.random() < 0.5 else ends[::-1]
        payments.append(pay(debtor, creditor, chance.randint(1, 50), second))
    stolen = chance.sample(range(count), 20)
    thefts = engine_equality.stolen(payments, sorted(stolen))
    return assemble(payments, thefts, Known(), payments[-1].booked_at)


@pytest.mark.parametrize("method", METHODS)
def test_an_account_of_thousands_of_payments_is_skipped_through_rightly(method: str) -> None:
    movements = through_a_hub(1500 if PURE else 6000)
    names = Names(movements.payments)
    index = index_of(movements.payments, names, [700])
    facts = facts_of(names, Known())
    walk = Walk(movements, method)
    walk.run()
    amounts, _ = whole_amounts(walk)
    found = follow(index, facts, list(movements.thefts), method)
    ids = [t.theft_id for t in movements.thefts.values()]
    resting = {(ids[t], names.accounts[a]): n for t, a, n, _, _ in found.resting.tolist()}
    assert resting == {key: n for key, n in amounts.items() if n}
    hub = next(i for a, i in names.number.items() if a.number == "HUB")
    back = origins(index, facts, hub, method)
    assert back.sources[:, 2].sum() == back.held


@pytest.mark.skipif(PURE, reason="a hundred thousand payments are for the compiled kernel")
def test_a_thousand_thefts_in_a_hundred_thousand_payments() -> None:
    made = engine_equality.ledger(100_000)
    index = engine_equality.indexed(made, 17_000)
    payments = list(engine_equality.plain(made))
    positions = engine_equality.some(len(payments), 1000)
    stolen = engine_equality.stolen(payments, positions)
    movements = assemble(payments, stolen, Known(), payments[-1].booked_at)
    for method in METHODS:
        assert engine_equality.same_by_search(index, movements, method)


def test_the_source_gives_the_same_as_what_was_built() -> None:
    if PURE:
        assert not compiled(kernel(search))
        return
    here = Path(__file__)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(here)]
    environment = {**os.environ, "FANZHA_PURE": "1"}
    root = here.parents[2]
    ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout.decode()
