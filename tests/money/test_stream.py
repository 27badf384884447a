"""The stream against the batch trace: the same rows, the same answers, one payment at a time."""

from __future__ import annotations

import dataclasses
from array import array
from collections import defaultdict
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.ledgers import START, Ledger, ledgers

from fanzha.model.payment import Account
from fanzha.money import stream as built
from fanzha.money.kernel import kernel
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.pots import METHODS
from fanzha.money.walk import Walk, whole_amounts

EXACT = ("fifo", "lifo")
CLAIMS = (*EXACT, "pro_rata", "libr")
HOUR = 3_600_000_000


@pytest.fixture(scope="module", params=["as built", "plain"])
def module(request: pytest.FixtureRequest) -> ModuleType:
    """The kernel as it was built, and the same file as plain Python."""
    if request.param == "as built":
        return built
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FANZHA_PURE", "1")
        return kernel(built)


class Run:
    """A ledger fed to a stream, with the openings that a batch trace of the same rows finds."""

    def __init__(self, module: ModuleType, method: str, ledger: Ledger, **more: Any) -> None:
        self.movements = moved(ledger)
        self.numbers = {a: i for i, a in enumerate(sorted(self.movements.openings))}
        self.accounts = {i: a for a, i in self.numbers.items()}
        self.stream = module.Stream(method, **more)
        self.stream.grow(len(self.numbers))
        self.names: list[str] = []

    def know(self, *, ahead: bool = True) -> None:
        """State openings (as a batch trace or as people know them), terminals and thefts."""
        known = self.movements.known
        for account, number in self.numbers.items():
            stated = known.openings.get(account, 0)
            opening = self.movements.openings[account].amount if ahead else stated
            self.stream.open(number, opening)
            if known.terminal(account):
                self.stream.end(number)
        for position, theft in self.movements.thefts.items():
            p = self.movements.payments[position]
            ends = self.numbers[p.debtor], self.numbers[p.creditor]
            self.stream.want(*ends, p.amount, micros(p))
            self.names.append(theft.theft_id)

    def feed(self, step: int | None = None) -> list[Any]:
        rows = self.movements.payments
        columns = (
            array("q", [micros(p) for p in rows]),
            array("i", [self.numbers[p.debtor] for p in rows]),
            array("i", [self.numbers[p.creditor] for p in rows]),
            array("q", [p.amount for p in rows]),
        )
        self.stream.spend_room(sum(columns[3]))
        step = step or len(rows)
        hits = []
        for begin in range(0, len(rows), step):
            hits += self.stream.feed(*columns, begin, min(begin + step, len(rows)))
        return hits

    def carried(self, hits: list[Any]) -> dict[tuple[int, str], int]:
        return {(h.row, self.names[t]): amount for h in hits for t, amount in h.traced}

    def held(self) -> dict[tuple[str, Account], Any]:
        found = {
            (self.names[t], account): amount
            for account, number in self.numbers.items()
            for t, amount in self.stream.inside(number).items()
        }
        for (t, number), amount in self.stream.ended.items():
            found[self.names[t], self.accounts[number]] = amount
        return found


def micros(payment: Any) -> int:
    return int((payment.booked_at - START).total_seconds()) * 1_000_000


def moved(ledger: Ledger) -> Movements:
    known = Known(openings=ledger.known, terminals={"E": "merchant"})
    return gather(ledger.payments, ledger.thefts, known)


def walked(movements: Movements, method: str) -> tuple[Walk, dict[tuple[int, str], int]]:
    """The batch trace: what each row carries of each theft, in whole minor units."""
    walk = Walk(movements, method)
    walk.run()
    carried: dict[tuple[int, str], int] = defaultdict(int)
    for position, theft, amount in walk.carried:
        carried[position, theft] += (
            amount if isinstance(amount, int) else int(amount.to_integral_value())
        )
    return walk, {key: amount for key, amount in carried.items() if amount}


@pytest.mark.parametrize("method", METHODS)
@given(ledger=ledgers(most=24, distinct=False), step=st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_every_row_carries_what_a_batch_trace_says(
    module: ModuleType, method: str, ledger: Ledger, step: int
) -> None:
    run = Run(module, method, ledger)
    run.know()
    hits = run.feed(step)
    walk, carried = walked(run.movements, method)
    assert run.carried(hits) == carried
    disputed = {
        (run.names[t], run.accounts[a], run.names[by]): amount
        for (t, a, by), amount in run.stream.disputed.items()
    }
    assert disputed == walk.disputed
    if method in EXACT:
        assert run.held() == whole_amounts(walk)[0]
    assert not any(h.short for h in hits)


@pytest.mark.parametrize("method", CLAIMS)
@given(ledger=ledgers(most=24))
@settings(max_examples=40, deadline=None)
def test_nothing_is_lost_without_openings_and_above_a_floor(
    module: ModuleType, method: str, ledger: Ledger
) -> None:
    floor = Decimal("0.5") if method not in EXACT else 0
    run = Run(module, method, ledger, floor=floor)
    run.know(ahead=False)
    hits = run.feed()
    sums: dict[str, Any] = defaultdict(Decimal)
    for (name, _), amount in run.held().items():
        sums[name] += Decimal(amount)
    for (t, *_), amount in run.stream.disputed.items():
        sums[run.names[t]] += amount
    for t, amount in run.stream.dropped.items():
        sums[run.names[t]] += amount
    for theft in run.movements.thefts.values():
        assert abs(sums[theft.theft_id] - theft.amount) < Decimal("1e-20")
    rows = run.movements.payments
    for h in hits:
        assert sum(amount for _, amount in h.traced) <= rows[h.row].amount + len(h.traced)
        assert 0 <= h.short <= rows[h.row].amount


@given(ledger=ledgers(most=24))
@settings(max_examples=40, deadline=None)
def test_lifo_needs_no_openings_at_all(module: ModuleType, ledger: Ledger) -> None:
    """Unknown own funds lie at the bottom: newest first, they leave last, known ahead or not."""
    run = Run(module, "lifo", ledger)
    run.know(ahead=False)
    assert run.carried(run.feed()) == walked(run.movements, "lifo")[1]


@given(ledger=ledgers(most=24))
@settings(max_examples=40, deadline=None)
def test_fifo_without_openings_never_calls_money_clean_too_early(
    module: ModuleType, ledger: Ledger
) -> None:
    """Of each account's money, what has left tainted is never less than a batch trace says."""
    stolen = dict(list(ledger.stolen.items())[:1])
    run = Run(module, "fifo", dataclasses.replace(ledger, stolen=stolen))
    run.know(ahead=False)
    if not stolen:
        assert run.feed() == []
        return
    (first,) = run.movements.thefts
    victim = run.movements.payments[first].creditor
    left = out_of(victim, run.movements, run.carried(run.feed()))
    batch = out_of(victim, run.movements, walked(run.movements, "fifo")[1])
    came_back = any(p.creditor == victim for p in run.movements.payments[first + 1 :])
    if not came_back:
        assert all(a >= b for a, b in zip(left, batch, strict=True))


def out_of(
    account: Account, movements: Movements, carried: dict[tuple[int, str], int]
) -> list[int]:
    """The running total of stolen money that left an account."""
    total, totals = 0, []
    for row, p in enumerate(movements.payments):
        if p.debtor == account and row not in movements.thefts:
            total += sum(n for (r, _), n in carried.items() if r == row)
        totals.append(total)
    return totals


@pytest.mark.parametrize("method", EXACT)
@given(ledger=ledgers(most=30), cut=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_slices_can_be_written_down_and_laid_again(
    module: ModuleType, method: str, ledger: Ledger, cut: int
) -> None:
    """A stream that is stopped and built anew from what it says goes on as if never stopped."""
    run = Run(module, method, ledger)
    run.know()
    rows = run.movements.payments
    before: list[Any] = []
    after: list[Any] = []
    for row, p in enumerate(rows):
        if row == cut:
            run.stream = again(module, run.stream, len(run.numbers))
        given = (row, run.numbers[p.debtor], run.numbers[p.creditor], p.amount, micros(p))
        hit = run.stream.pay(*given, -1)
        (before if row < cut else after).extend([hit] if hit else [])
    assert run.carried(before + after) == walked(run.movements, method)[1]


def again(module: ModuleType, old: Any, accounts: int) -> Any:
    _, terminal, robbed = module.MARKS
    new = module.Stream(old.method)
    new.grow(accounts)
    for account in range(accounts):
        new.open(account, old.balance[account])
        if old.mark[account] & terminal:
            new.end(account)
        if slices := old.slices_of(account):
            new.lay_slices(account, slices)
    new.stated.extend(old.stated)
    new.wanted.update(old.wanted)
    for debtor, *_ in old.wanted:
        new.mark[debtor] |= robbed
    return new


def test_a_payment_beyond_what_is_known_takes_all_that_was_stolen(module: ModuleType) -> None:
    stream = module.Stream("fifo")
    stream.grow(3)
    assert stream.want(0, 1, 500, 0) == 0
    assert stream.pay(1, 0, 1, 500, 0, -1).begun == 0
    assert stream.pay(2, 0, 1, 100, 1, -1) is None  # own money, after the theft
    hit = stream.pay(3, 1, 2, 900, 2, -1)
    assert (hit.traced, hit.short) == ([(0, 500)], 300)
    assert stream.inside(1) == {}
    assert stream.inside(2) == {0: 500}
    assert stream.missing[1] == 300


def test_a_late_payment_is_taken_where_it_comes_and_says_so(module: ModuleType) -> None:
    stream = module.Stream("lifo")
    stream.grow(3)
    stream.want(0, 1, 500, 10)
    stream.pay(1, 0, 1, 500, 10, -1)
    assert stream.pay(2, 1, 2, 100, 9, -1).late
    assert not stream.pay(3, 1, 2, 100, 10, -1).late


def test_a_theft_is_the_first_payment_like_it_within_a_day(module: ModuleType) -> None:
    stream = module.Stream("fifo")
    stream.grow(2)
    stream.want(0, 1, 500, 30 * HOUR)
    stream.want(0, 1, 500, 50 * HOUR)
    begun = [stream.pay(h, 0, 1, 500, h * HOUR, -1) for h in (5, 40.5, 41, 42)]
    assert [hit.begun if hit else None for hit in begun[:1]] == [None]  # 25 hours too early
    assert [hit.begun for hit in begun[1:3]] == [1, 0]  # the nearer one first
    assert begun[3].begun == -1 if begun[3] else True


def test_poison_is_followed_for_so_long_and_no_longer(module: ModuleType) -> None:
    stream = module.Stream("poison", horizon=HOUR)
    stream.grow(3)
    stream.want(0, 1, 500, 0)
    stream.pay(0, 0, 1, 500, 0, -1)
    assert stream.pay(1, 1, 2, 10, HOUR, -1).traced == [(0, 10)]
    assert stream.pay(2, 1, 2, 10, HOUR + 1, -1) is None


def test_too_much_money_is_refused(module: ModuleType) -> None:
    stream = module.Stream("fifo")
    stream.spend_room(2**61)
    with pytest.raises(OverflowError):
        stream.spend_room(2**61)


@pytest.mark.parametrize("method", METHODS)
@given(ledger=ledgers(most=20))
@settings(max_examples=40, deadline=None)
def test_a_silent_stream_tells_of_thefts_alone_and_ends_alike(
    module: ModuleType, method: str, ledger: Ledger
) -> None:
    loud, silent = Run(module, method, ledger), Run(module, method, ledger, silent=True)
    loud.know()
    silent.know()
    begun = [(h.row, h.begun, h.traced) for h in loud.feed() if h.begun >= 0]
    assert [(h.row, h.begun, h.traced) for h in silent.feed()] == begun
    assert silent.held() == loud.held()
    assert silent.stream.disputed == loud.stream.disputed
