"""The rules that mix, over an index: nothing is lost, and what is let go is booked."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.indexed import Names, facts_of, index_of
from tests.money.ledgers import Ledger, ledgers, pay, theft_of

from fanzha.model.payment import Payment
from fanzha.money.frontier import EXACT, Frontier, Frugal
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.pots import DIGITS
from fanzha.money.walk import Walk

SHARED = ("pro_rata", "libr")


def spread(movements: Movements, method: str, frugal: Frugal = EXACT) -> Frontier:
    names = Names(movements.payments)
    known = Known(openings={a: o for a, o in movements.known.openings.items() if a in names.number})
    index = index_of(movements.payments, names, [4, 9])
    found = Frontier(index, facts_of(names, known), movements.thefts, method, index.size)
    found.frugal = frugal
    found.run()
    return found


def moved(ledger: Ledger) -> Movements:
    return gather(ledger.payments, ledger.thefts, Known(openings=ledger.known))


@pytest.mark.parametrize("method", [*SHARED, "poison"])
@given(ledger=ledgers(distinct=False, most=20))
@settings(max_examples=40, deadline=None)
def test_every_digit_is_that_of_the_walk(method: str, ledger: Ledger) -> None:
    movements = moved(ledger)
    walk = Walk(movements, method)
    walk.run()
    assert spread(movements, method).carried == walk.carried


@pytest.mark.parametrize("method", SHARED)
@given(ledger=ledgers(most=20), floor=st.sampled_from(["0.01", "0.5", "3"]))
@settings(max_examples=40, deadline=None)
def test_what_is_let_go_is_booked(method: str, ledger: Ledger, floor: str) -> None:
    movements = moved(ledger)
    found = spread(movements, method, dataclasses.replace(EXACT, floor=Decimal(floor)))
    with localcontext(prec=DIGITS):
        check_conserved(movements, found)


def check_conserved(movements: Movements, found: Frontier) -> None:
    for theft in movements.thefts.values():
        held = sum(Decimal(pot.content().get(theft.theft_id, 0)) for pot in found.pots.values())
        open_claim = sum(
            Decimal(n) for (t, _, _), n in found.disputed.items() if t == theft.theft_id
        )
        gone = found.dropped.get(theft.theft_id, Decimal(0))
        assert abs(held + open_claim + gone - theft.amount) < Decimal(
            "1e-20"
        )  # the walk adds up disputed parts in 28 digits


def chain(gap: int) -> list[Payment]:
    return [pay("V", "A", 10, 0), pay("A", "B", 10, gap), pay("B", "C", 10, 2 * gap)]


def test_poison_is_followed_for_so_long_and_no_longer() -> None:
    payments = chain(3600)
    movements = gather(payments, [theft_of(payments[0], "T")])
    hour = dataclasses.replace(EXACT, horizon=timedelta(hours=1))
    assert [position for position, _, _ in spread(movements, "poison", hour).carried] == [0, 1]
    assert [position for position, _, _ in spread(movements, "poison").carried] == [0, 1, 2]
