"""In which order payments happened, and where nobody can say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, permutations
from operator import attrgetter

from fanzha.model.payment import Account, Payment

ALL_ORDERS_UP_TO = 4  # rows whose every order is tried (24); of more, a few telling ones

_instant = attrgetter("booked_at")


def in_order(payments: Sequence[Payment]) -> list[Payment]:
    """The payments by instant, then by the bank's serial, then as they were given.

    Within one instant the rows that carry a serial of the same bank are put in the order of that
    serial, in the places that those rows hold; all other rows stay where they are. Where two rows
    share an instant and no serial tells them apart, the order given decides: see `ties`.
    """
    result: list[Payment] = []
    for _, group in groupby(sorted(payments, key=_instant), key=_instant):
        result.extend(_by_serial(list(group)))
    return result


Ends = tuple[Account, Account]  # of a payment: its debtor, its creditor


def ties(
    ordered: Sequence[Payment], ends: Sequence[Ends], accounts: Collection[Account]
) -> Iterator[tuple[int, ...]]:
    """Rows of one instant that meet in an account: their order is a rule's, not a fact.

    Gives the positions of each set of rows that hang together through shared accounts, where one
    of these is among `accounts`.
    """
    start = 0
    for _, group in groupby(ordered, key=_instant):
        size = sum(1 for _ in group)
        if size > 1:
            for component in _components(ends, range(start, start + size)):
                touched = (a for i in component for a in ends[i])
                if len(component) > 1 and any(a in accounts for a in touched):
                    yield component
        start += size


def other_orders(tied: Sequence[Payment]) -> Iterator[list[int]]:
    """Other orders in which tied rows may have happened, as indexes into `tied`.

    Every order of up to `ALL_ORDERS_UP_TO` rows; of more: turned round, money in first, money out
    first. What the bank's serials settle stays settled.
    """
    given = list(range(len(tied)))
    tried = {tuple(given)}
    for order in permutations(given) if len(tied) <= ALL_ORDERS_UP_TO else _telling(tied):
        kept = tuple(_restore_serials(tied, order))
        if kept not in tried:
            tried.add(kept)
            yield list(kept)


def _telling(tied: Sequence[Payment]) -> Iterator[Sequence[int]]:
    given = range(len(tied))
    paying = {p.debtor for p in tied}
    receiving = {p.creditor for p in tied}
    yield given[::-1]
    yield sorted(given, key=lambda i: tied[i].debtor in receiving)  # outside money first
    yield sorted(given, key=lambda i: tied[i].creditor in paying)  # last hops first


def _restore_serials(tied: Sequence[Payment], order: Sequence[int]) -> list[int]:
    result = list(order)
    for held in _places([tied[i] for i in order]).values():
        found = sorted((order[place] for place in held), key=lambda i: _serial_key(tied[i]))
        for place, index in zip(held, found, strict=True):
            result[place] = index
    return result


def _by_serial(group: list[Payment]) -> list[Payment]:
    if len(group) == 1:
        return group
    return [group[i] for i in _restore_serials(group, range(len(group)))]


def _places(group: Sequence[Payment]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, payment in enumerate(group):
        if payment.serial:
            places.setdefault(payment.serial_bank, []).append(place)
    return places


def _serial_key(payment: Payment) -> tuple[int, str]:
    digits = payment.serial.lstrip("0") if payment.serial.isdigit() else payment.serial
    return len(digits), digits


def _components(ends: Sequence[Ends], positions: range) -> list[tuple[int, ...]]:
    parent: dict[Account, Account] = {}

    def root(account: Account) -> Account:
        parent.setdefault(account, account)
        while parent[account] != account:
            parent[account] = parent[parent[account]]
            account = parent[account]
        return account

    for position in positions:
        debtor, creditor = ends[position]
        parent[root(debtor)] = root(creditor)
    found: dict[Account, list[int]] = {}
    for position in positions:
        found.setdefault(root(ends[position][0]), []).append(position)
    return [tuple(component) for component in found.values()]
