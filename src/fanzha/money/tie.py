"""Where the order of rows of one instant is unknown and another order would tell another story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from fanzha.model.payment import Account, Payment
from fanzha.money.movements import Movements, assemble
from fanzha.money.order import other_orders
from fanzha.money.pots import Fifo, Pot
from fanzha.money.walk import Walk, whole_amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Rows of one instant whose order changes what a later row carries, or might."""

    payments: tuple[Payment, ...]


_FINE = Decimal("1e-20")  # shares that differ by less differ in their last digits only
_EQUAL = Context(prec=80)

Held = Mapping[tuple[str, Account], int]


def find_ties(
    movements: Movements, method: str, amounts: Held
) -> tuple[tuple[Tie, ...], frozenset[tuple[str, Account]]]:
    """The ties that matter under `method`, and the holdings that another order changes.

    A tie is listed when any other order of its rows leaves something else in the accounts that
    they touch, right then: without such a tie no order can change anything. To see what changes
    in the end, the whole trace is run again with each listed tie in another order. Of more than
    `order.ALL_ORDERS_UP_TO` rows only a few telling orders are tried.
    """
    if not movements.tied:
        return (), frozenset()
    found: list[tuple[tuple[int, ...], list[list[int]]]] = []
    walk = Walk(movements, method)
    todo = {component[0]: component for component in movements.tied}
    for position, (debtor, creditor) in enumerate(movements.ends):
        component = todo.get(position)
        if component:
            given = _after(walk, component)
            differing = [o for o in _orders(walk, component) if _after(walk, o) != given]
            if differing:
                found.append((component, differing))
        if debtor in movements.reach or creditor in movements.reach:
            walk.step(position)
    listed = tuple(Tie(payments=tuple(movements.payments[i] for i in c)) for c, _ in found)
    return listed, frozenset(_changed(movements, method, amounts, found))


def _orders(walk: Walk, component: tuple[int, ...]) -> list[list[int]]:
    tied = [walk.movements.payments[i] for i in component]
    return [[component[i] for i in order] for order in other_orders(tied)]


def _after(walk: Walk, order: Sequence[int]) -> object:
    """What lies in the accounts after these rows in this order, and what the order asked for."""
    pots: dict[Account, Pot] = {}
    short: dict[Account, int] = {}
    for position in order:
        debtor = walk.movements.ends[position][0]
        if walk.spends(debtor):
            balance = (pots[debtor] if debtor in pots else walk.pot(debtor)).balance
            left = balance - walk.movements.payments[position].amount
            short[debtor] = min(left, short.get(debtor, left))
            if left < 0:
                return "short"
        walk.move(position, pots)
    unknown = {a: low for a, low in short.items() if walk.movements.openings[a].unknown and not low}
    return {a: _inside(pot) for a, pot in pots.items()}, unknown


def _inside(pot: Pot) -> object:
    if isinstance(pot, Fifo):
        return list(pot.slices)
    return {
        owner: _EQUAL.quantize(Decimal(amount), _FINE) for owner, amount in pot.content().items()
    }


def _changed(
    movements: Movements,
    method: str,
    amounts: Held,
    found: Sequence[tuple[tuple[int, ...], list[list[int]]]],
) -> set[tuple[str, Account]]:
    changed: set[tuple[str, Account]] = set()
    for pick in (0, -1) if found else ():
        order = list(range(len(movements.payments)))
        for component, differing in found:
            for place, position in zip(component, differing[pick], strict=True):
                order[place] = position
        other = assemble(
            [movements.payments[i] for i in order],
            {at: movements.thefts[i] for at, i in enumerate(order) if i in movements.thefts},
            movements.known,
            movements.as_of,
        )
        walk = Walk(other, method)
        walk.run()
        again, _ = whole_amounts(walk)
        keys = amounts.keys() | again.keys()
        changed |= {key for key in keys if amounts.get(key, 0) != again.get(key, 0)}
    return changed
