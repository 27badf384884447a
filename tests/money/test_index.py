"""Packing by account: every row where it belongs, whatever the cuts, and nothing that overflows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.money.indexed import Names, index_of
from tests.money.ledgers import Ledger, ledgers

from fanzha.errors import UnreadableInput
from fanzha.money.index import LIMIT, ROW, Index, Segment, Totals, build_segment

CUTS = st.lists(st.integers(1, 20), max_size=4)


def build(
    times: list[int], debtors: list[int], creditors: list[int], amounts: list[int], totals: Totals
) -> Segment:
    ends = np.array(debtors, np.int32), np.array(creditors, np.int32)
    return build_segment(0, np.array(times, np.int64), *ends, np.array(amounts, np.int64), totals)


@given(ledger=ledgers(distinct=False, most=20), cuts=CUTS)
def test_every_row_says_what_had_come_in_and_gone_out(ledger: Ledger, cuts: list[int]) -> None:
    names = Names(ledger.payments)
    index = index_of(ledger.payments, names, cuts)
    got, paid, lowest = (dict.fromkeys(names.accounts, 0) for _ in range(3))
    seen = 0
    for position, p in enumerate(ledger.payments):
        number = index.segment_of(position)
        segment = index.segments[number]
        (at,) = (
            i
            for n, start, stop in index.rows_out(names.number[p.debtor])
            for i in range(start, stop)
            if n == number and segment.first + (int(segment.out[i, 3]) & ROW) == position
        )
        before, amount, arrives, word = segment.out[at].tolist()
        assert (before, amount, arrives) == (paid[p.debtor], p.amount, got[p.creditor])
        assert word >> 32 == names.number[p.creditor]
        (back,) = (
            i
            for n, start, stop in index.rows_into(names.number[p.creditor])
            for i in range(start, stop)
            if n == number and segment.first + (int(segment.into[i, 3]) & ROW) == position
        )
        assert segment.into[back].tolist()[:3] == [got[p.creditor], p.amount, paid[p.debtor]]
        paid[p.debtor] += p.amount
        left = got[p.debtor] - paid[p.debtor]
        assert segment.low[at] == left
        lowest[p.debtor] = min(lowest[p.debtor], left)
        got[p.creditor] += p.amount
        seen += 1
    assert index.size == seen
    for account, number in names.number.items():
        assert index.totals(number) == (got[account], paid[account], lowest[account])


@given(ledger=ledgers(distinct=False, most=20), cuts=CUTS)
def test_an_instant_ends_where_its_last_payment_does(ledger: Ledger, cuts: list[int]) -> None:
    index = index_of(ledger.payments, Names(ledger.payments), cuts)
    for at in {int(t) for s in index.segments for t in s.booked_at}:
        assert index.position_after(at) == sum(
            int(t) <= at for s in index.segments for t in s.booked_at
        )


@given(ledger=ledgers(most=20), cuts=CUTS)
def test_totals_of_dropped_segments_are_carried(ledger: Ledger, cuts: list[int]) -> None:
    names = Names(ledger.payments)
    index = index_of(ledger.payments, names, cuts)
    before = Totals.nothing(len(names))
    before.follow(index.segments[0].ends)
    kept = Index(index.segments[1:], len(names), before)
    for number in range(len(names)):
        assert kept.totals(number) == index.totals(number)


@pytest.mark.parametrize(
    ("times", "debtors", "amounts", "code"),
    [
        ([2, 1], [0, 0], [1, 1], "payments_out_of_order"),
        ([1, 2], [0, -1], [1, 1], "account_id_negative"),
        ([1, 2], [0, 0], [1, 0], "amount_not_positive"),
        ([1, 2], [0, 0], [LIMIT - 1, 1], "total_too_large"),
    ],
)
def test_what_cannot_be_packed_is_refused_and_changes_nothing(
    times: list[int], debtors: list[int], amounts: list[int], code: str
) -> None:
    totals = Totals.nothing(2)
    with pytest.raises(UnreadableInput) as refused:
        build(times, debtors, [1, 1], amounts, totals)
    assert refused.value.code == code
    assert not totals.total_in.any()
    assert not totals.total_out.any()


def test_totals_grow_towards_the_limit_over_segments() -> None:
    totals = Totals.nothing()
    build([1], [0], [1], [LIMIT - 2], totals)
    with pytest.raises(UnreadableInput):
        build([2], [0], [1], [2], totals)


def test_a_segment_may_be_empty() -> None:
    segment = build([], [], [], [], Totals.nothing())
    index = Index([segment], 3)
    assert index.size == 0
    assert index.totals(2) == (0, 0, 0)
