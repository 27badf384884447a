"""The generator's kernel: the same seed the same payments, compiled or not; nothing is lost."""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.money import generator as built
from fanzha.money.kernel import kernel
from fanzha.money.laundering import SHAPES, Launderer, Leg, Loot
from fanzha.money.town import (
    CELL,
    OUTSIDE,
    REVERSAL,
    SECOND,
    Town,
    bells,
    calendar,
    gaps,
    shared_out,
)

BEGIN = 1_714_492_800 * SECOND  # 2024-05-01T00:00+08:00
LONG = 10 * 86_400 * SECOND
TOWN = Town.of(1_000)


def views(*arrays: Any) -> list[memoryview]:
    return [memoryview(array) for array in arrays]


def payments(module: ModuleType, seed: int, count: int, legs: list[Leg] | None = None) -> Any:
    """Ordinary payments over ten days with these stolen ones between; columns and balances."""
    cells = calendar(BEGIN, 10)
    own, sales = np.zeros((TOWN.accounts, 2), np.int64), np.zeros(TOWN.shops, np.int64)
    tables, state = views(bells(), gaps()), views(own, sales)
    traffic = module.Traffic(seed, TOWN.sizes, (BEGIN, LONG), tables, state)
    laid = sorted(legs or [], key=lambda leg: leg.at)
    names = ("at", "debtor", "creditor", "amount", "own", "stolen", "channel")
    traffic.laid_on_top(
        views(*(np.array([getattr(leg, n) for leg in laid], np.int64) for n in names))
    )
    rows = count + len(laid)
    kinds = (np.int64, np.int32, np.int32, np.int64, np.int8)
    columns = [np.zeros(rows, kind) for kind in kinds]
    traffic.into(views(*columns))
    counts = shared_out(count, [cell.weight for cell in cells])
    for number, (cell, each) in enumerate(zip(cells, counts, strict=True)):
        traffic.fill(number, (cell.begin, CELL), each, memoryview(cell.shares))
    assert traffic.row == rows
    return columns, own


def thefts(seed: int, many: int) -> Loot:
    banks = [number % 5 for number in range(TOWN.accounts)]
    launderer = Launderer(seed, TOWN, banks, BEGIN + LONG, 2)
    for number in range(many):
        launderer.steal(number, BEGIN + (number + 1) * LONG // (many + 1))
    return launderer.loot


def test_compiled_and_plain_make_the_same_payments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANZHA_PURE", "1")
    plain = kernel(built)
    assert (plain.__file__ or "").endswith(".py")
    legs = thefts(3, 20).legs
    ours, balances = payments(built, 11, 3_000, legs)
    theirs, others = payments(plain, 11, 3_000, legs)
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert np.array_equal(balances, others)


def test_the_published_numbers_of_splitmix64() -> None:
    lot = built.Random(0)
    assert [lot.draw() for _ in range(2)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]


def test_payments_come_in_order_and_another_seed_gives_others() -> None:
    (at, debtor, creditor, amount, _), _ = payments(built, 1, 5_000)
    assert np.all(np.diff(at) >= 0)
    assert at[0] >= BEGIN
    assert at[-1] < BEGIN + LONG
    assert amount.min() > 0
    assert not np.any(debtor == creditor)
    assert not np.array_equal(amount, payments(built, 2, 5_000)[0][3])


def test_night_is_quieter_than_noon_and_a_few_accounts_are_busy() -> None:
    (at, debtor, _, _, _), _ = payments(built, 1, 20_000)
    hours = (at // SECOND // 3600 + 8) % 24
    assert np.sum(hours == 12) > 8 * np.sum(hours == 3)
    people = np.sort(np.bincount(debtor, minlength=TOWN.accounts)[OUTSIDE:])[::-1]
    assert people[:20].mean() > 5 * people[: TOWN.people].mean()


def test_a_returned_purchase_goes_back_whole_and_once() -> None:
    (_, debtor, creditor, amount, channel), _ = payments(built, 4, 20_000)
    rows = list(zip(debtor.tolist(), creditor.tolist(), amount.tolist(), strict=True))
    bought: dict[tuple[int, int, int], int] = defaultdict(int)
    returned = 0
    for (payer, payee, much), how in zip(rows, channel.tolist(), strict=True):
        if how == REVERSAL:
            bought[payee, payer, much] -= 1
            assert bought[payee, payer, much] >= 0
            returned += 1
        else:
            bought[payer, payee, much] += 1
    assert returned > 50


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_every_coin_of_a_theft_is_somewhere_and_was_there_before_it_left(seed: int) -> None:
    loot = thefts(seed, 12)
    rests: dict[int, int] = defaultdict(int)
    for number, _, left, _ in loot.rests:
        assert left > 0
        rests[number] += left
    assert rests == {theft.number: theft.amount for theft in loot.thefts}
    lying: dict[int, int] = defaultdict(int)
    for leg in sorted(loot.legs, key=lambda each: each.at):
        assert leg.at < BEGIN + LONG
        assert leg.debtor != leg.creditor
        if leg.own != leg.stolen:  # of the theft itself both are the whole
            assert leg.own + leg.stolen == leg.amount
        if not (leg.own == leg.stolen == leg.amount):
            lying[leg.debtor] -= leg.stolen
            assert lying[leg.debtor] >= 0
        lying[leg.creditor] += leg.stolen
    assert {a: left for a, left in lying.items() if left} == _by_account(loot)


def _by_account(loot: Loot) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for _, account, left, _ in loot.rests:
        found[account] += left
    return dict(found)


def test_all_shapes_and_all_ends_occur() -> None:
    loot = thefts(1, 200)
    assert {theft.shape for theft in loot.thefts} == set(SHAPES)
    assert {state for *_, state in loot.rests} == {
        "resting", "cash", "offramp", "abroad", "seller",
    }  # fmt: skip
    assert len(loot.changed) == sum(1 for leg in loot.legs if 5 <= leg.creditor < 9)


def test_a_total_is_shared_out_whole() -> None:
    assert sum(shared_out(10_007, [cell.weight for cell in calendar(BEGIN, 3)])) == 10_007
