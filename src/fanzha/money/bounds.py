"""How much and how little it could be: the answer under other orders and other opening balances."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from fanzha.model.payment import Account
from fanzha.money.movements import Movements, assemble
from fanzha.money.order import other_orders
from fanzha.money.tie import Tie
from fanzha.money.walk import Walk, whole_amounts

AMPLE = 1 << 60  # an opening balance that no payment of the ledger can use up
ALONE = 16  # ties, and accounts of unknown opening, of which each is also changed by itself
AT_ONCE = 6  # other orders that are tried in all ties at once
WORK = 30_000  # rows that are walked through for all that is tried
ROWS = 5_000  # of which other answers are worked out by walking through them again
FEWEST = 4  # answers that are tried however many rows there are

Amounts: TypeAlias = Mapping[tuple[str, Account], int]
Range: TypeAlias = tuple[int, int]


def bounds(
    movements: Movements, method: str, amounts: Amounts, ties: Sequence[Tie] = ()
) -> dict[tuple[str, Account], Range]:
    """The lowest and the highest amount of each holding over what nobody can say.

    Tried beside the stated answer: other orders of the rows of each tie, and, of accounts that
    must have held money that nobody stated, an opening balance without limit; all at once, and
    each of the first `ALONE` by itself, as far as `WORK` allows. The true amount may lie outside
    where more than that is unknown. Nothing is said of more than `ROWS` payments.
    """
    found = {key: (amount, amount) for key, amount in amounts.items() if amount}
    if len(movements.payments) > ROWS:
        return {}
    most = max(FEWEST, WORK // max(1, len(movements.payments)))
    for other in islice(_others(movements, ties), most):
        walk = Walk(other, method)
        walk.run()
        widen(found, whole_amounts(walk)[0])
    return found


def near(walk: Walk) -> Movements:
    """The payments that can matter to a finished walk: those of all accounts in reach, or, where
    these are many, of the accounts that the money came to."""
    movements = walk.movements
    accounts: Collection[Account] = movements.reach
    rows = _touching(movements, accounts)
    if len(rows) > ROWS:
        rows = _touching(movements, {account for _, account in walk.level})
    return assemble(
        [movements.payments[i] for i in rows],
        {at: movements.thefts[i] for at, i in enumerate(rows) if i in movements.thefts},
        movements.known,
        movements.as_of,
    )


def _touching(movements: Movements, accounts: Collection[Account]) -> list[int]:
    """The rows of these accounts, with all rows of their instants that hang together with them."""
    found = {i for i, (a, b) in enumerate(movements.ends) if a in accounts or b in accounts}
    for component in movements.tied:
        if not found.isdisjoint(component):
            found.update(component)
    return sorted(found)


def widen(found: dict[tuple[str, Account], Range], amounts: Amounts) -> None:
    """Take one more answer into account; only holdings of the stated one are bounded."""
    for key, (low, high) in found.items():
        amount = amounts.get(key, 0)
        found[key] = min(low, amount), max(high, amount)


def _others(movements: Movements, ties: Sequence[Tie]) -> Iterator[Movements]:
    places = {id(payment): at for at, payment in enumerate(movements.payments)}
    ties = [tie for tie in ties if id(tie.payments[0]) in places]
    tied = [[places[id(payment)] for payment in tie.payments] for tie in ties]
    orders = [list(other_orders(tie.payments)) for tie in ties]
    unknown = unstated(movements)
    if unknown:
        yield _ample(movements, unknown)
    for turn in range(min(AT_ONCE, max(map(len, orders), default=0))):
        yield _reordered(movements, tied, [o[min(turn, len(o) - 1)] for o in orders])
    for account in unknown[:ALONE]:
        yield _ample(movements, [account])
    for component, each in zip(tied[:ALONE], orders, strict=False):
        for order in each:
            yield _reordered(movements, [component], [order])


def unstated(movements: Movements) -> list[Account]:
    """The accounts in reach that must have held money that nobody stated."""
    return sorted(
        account
        for account in movements.reach
        if movements.openings[account].unknown and not movements.known.terminal(account)
    )


def _reordered(
    movements: Movements, tied: Sequence[Sequence[int]], orders: Sequence[Sequence[int]]
) -> Movements:
    places = list(range(len(movements.payments)))
    for component, order in zip(tied, orders, strict=True):
        for place, index in zip(component, order, strict=True):
            places[place] = component[index]
    return assemble(
        [movements.payments[i] for i in places],
        {at: movements.thefts[i] for at, i in enumerate(places) if i in movements.thefts},
        movements.known,
        movements.as_of,
    )


def _ample(movements: Movements, accounts: Sequence[Account]) -> Movements:
    openings = {**movements.known.openings, **dict.fromkeys(accounts, AMPLE)}
    known = dataclasses.replace(movements.known, openings=openings)
    return assemble(movements.payments, movements.thefts, known, movements.as_of)
