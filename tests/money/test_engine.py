"""A trace over an index is the trace over the same payments, and says what it did not do."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.indexed import Names, facts_of, index_of
from tests.money.ledgers import START, Ledger, ledgers, pay, theft_of

from fanzha.errors import UsageError
from fanzha.model.payment import Account, Carrier, Payment, Theft
from fanzha.money.bounds import bounds
from fanzha.money.engine import Effort, trace_index
from fanzha.money.follow import micros
from fanzha.money.frontier import EXACT
from fanzha.money.locate import Source, locate
from fanzha.money.movements import Known, gather
from fanzha.money.pots import METHODS
from fanzha.money.trace import trace

PURE = bool(os.environ.get("FANZHA_PURE"))
EVERYTHING = Effort(frugal=EXACT)
several = settings(max_examples=20 if PURE else 60, deadline=None)


def source_of(ordered: Sequence[Payment], known: Known, cuts: Sequence[int] = ()) -> Source:
    names = Names(ordered, known.openings)
    seen = known.seen
    return Source(
        index=index_of(ordered, names, cuts),
        names=names,
        payments=lambda positions: [ordered[p] for p in positions],
        facts=facts_of(names, known),
        known=known,
        seen=None if seen is None else np.array([a in seen for a in names.accounts]),
    )


def in_two_currencies(ledger: Ledger, foreign: Sequence[int]) -> Ledger:
    payments = [
        dataclasses.replace(p, currency="USD") if i in foreign else p
        for i, p in enumerate(ledger.payments)
    ]
    return Ledger(tuple(payments), ledger.stolen, ledger.known)


LEDGERS = st.builds(
    in_two_currencies,
    ledgers(distinct=False, most=20, largest=9),
    st.lists(st.integers(0, 19), max_size=4),
)


@pytest.mark.parametrize("method", METHODS)
@given(
    ledger=LEDGERS,
    cuts=st.lists(st.integers(1, 19), max_size=3),
    upto=st.integers(0, 20),
    terminals=st.lists(st.sampled_from("ABCDE"), max_size=1),
    seen=st.lists(st.sampled_from("ABCDE")),
)
@several
def test_a_trace_over_an_index_is_the_trace(
    method: str,
    ledger: Ledger,
    cuts: list[int],
    upto: int,
    terminals: list[str],
    seen: list[str],
) -> None:
    known = Known(
        openings=ledger.known,
        terminals=dict.fromkeys(terminals, "merchant"),
        seen={Account(a, "CNY") for a in seen} or None,
    )
    ordered = gather(ledger.payments, ledger.thefts, known).payments
    as_of = ordered[min(upto, len(ordered) - 1)].booked_at
    carriers = [Carrier(booked_at=START, account="B", amount=5, currency="CNY", carrier="wallet",
                        carrier_amount=7, carrier_currency="USDT")]  # fmt: skip
    expected = trace(gather(ledger.payments, ledger.thefts, known, as_of), method, carriers)
    source = source_of(ordered, known, cuts)
    located = locate(source, ledger.thefts, as_of)
    answer = trace_index(source, located, method, as_of, EVERYTHING, carriers)
    assert answer.trace == expected
    for holding in expected.holdings:
        assert holding.low is not None
        assert holding.high is not None
        assert holding.low <= holding.amount <= holding.high
        assert holding.low < holding.high or not holding.tie


def test_repeated_thefts_are_refused_as_ever() -> None:
    payments = [pay("V", "A", 10, 0), pay("V", "A", 10, 5)]
    theft = theft_of(payments[0], "T")
    thefts = [theft, theft, theft_of(payments[0], "U"), theft_of(pay("V", "Z", 1, 0), "W")]
    expected = gather(payments, thefts)
    located = locate(source_of(payments, Known()), thefts)
    assert dict(located.thefts) == dict(expected.thefts)
    assert located.refusals == expected.refusals
    assert located.reasons == expected.reasons


def mixed() -> tuple[list[Payment], list[Theft]]:
    """A holds 5 that nobody stated; two rows of one instant meet there."""
    payments = [
        pay("V", "A", 10, 0),
        pay("A", "B", 5, 1),
        pay("X", "A", 5, 1),
        pay("A", "C", 15, 2),
    ]
    return payments, [theft_of(payments[0], "T")]


def test_bounds_cover_unknown_openings() -> None:
    payments, thefts = mixed()
    movements = gather(payments, thefts)
    found = bounds(
        movements, "fifo", {("T", Account("C", "CNY")): 10, ("T", Account("A", "CNY")): 0}
    )
    (c,) = (r for (_, account), r in found.items() if account.number == "C")
    assert c[0] <= 10 <= c[1]
    short = [*payments, pay("A", "D", 4, 3)]
    movements = gather(short, thefts)
    stated = {(h.theft_id, h.account): h.amount for h in trace(movements, "fifo").holdings}
    wide = bounds(movements, "fifo", stated)
    assert all(low == 0 for low, _ in wide.values())  # with much of its own, A paid nothing stolen


@pytest.mark.parametrize("method", METHODS)
def test_too_many_rows_for_other_orders_are_said(method: str) -> None:
    payments, thefts = mixed()
    source = source_of(payments, Known())
    effort = dataclasses.replace(EVERYTHING, tied_rows=1)
    answer = trace_index(source, locate(source, thefts), method, effort=effort)
    assert [r.code for r in answer.trace.reasons if r.code.startswith("ties_")] == [
        "ties_not_tried"
    ]
    assert answer.trace.ties == ()


def test_a_walk_cut_short_is_said() -> None:
    payments, thefts = mixed()
    source = source_of(payments, Known())
    effort = dataclasses.replace(EVERYTHING, budget=0)
    answer = trace_index(source, locate(source, thefts), "fifo", effort=effort)
    (cut,) = (r for r in answer.trace.reasons if r.code == "trace_cut_short")
    assert 0 < int(str(cut.values["amount"])) <= 10
    assert sum(h.amount for h in answer.trace.holdings) == 10


def test_an_unknown_method_is_refused() -> None:
    payments, thefts = mixed()
    source = source_of(payments, Known())
    with pytest.raises(UsageError):
        trace_index(source, locate(source, thefts), "guess")


def test_a_theft_after_the_instant_is_said() -> None:
    payments, thefts = mixed()
    source = source_of(payments, Known())
    located = locate(source, thefts, START - timedelta(seconds=1))
    assert not located.thefts
    assert [r.code for r in located.reasons] == ["theft_after_as_of"]
    assert micros(START) == int(source.index.segments[0].booked_at[0])
