"""Where the money that each payment carried ended, by the method that carried it.

A trace says how much of a theft each payment carried and where the theft's money lies now. For a
picture one wants to know of *this* payment's money what became of it. Within one account and one
theft that follows from the method alone: under FIFO and LIFO what came first (last) leaves first,
under pro rata and LIBR everything there leaves in equal shares.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fanzha.model.payment import Account, Payment, Theft
from fanzha.money.movements import Movements
from fanzha.money.trace import Trace

DISPUTED = "disputed"
BOUND = "bound"  # under poison: how far suspicion reaches, not how much money went where

Parts = list[tuple[str, float]]  # what became of it, and how much, in the order of arrival


class Leg(NamedTuple):
    """What one payment carried of one theft; `parts` (for widths, never for figures) say what
    became of it: `resting`, `last_seen`, a kind of terminal, `disputed` or, under poison, `bound`.
    """

    payment: Payment
    source: Account
    target: Account
    theft_id: str
    amount: int
    theft: Theft | None  # the theft that this payment is, if it is one
    parts: tuple[tuple[str, float], ...]


def legs(found: Trace, movements: Movements) -> list[Leg]:
    """Every carried part of every payment with its fate, oldest first."""
    thefts = {id(movements.payments[i]): theft for i, theft in movements.thefts.items()}
    starts = [thefts.get(id(c.payment)) for c in found.carried]
    if found.rule == "poison":
        parts: Sequence[Parts] = [[(BOUND, c.amount)] for c in found.carried]
    elif found.rule in ("fifo", "lifo"):
        parts = _queued(found, movements, starts)
    else:
        parts = _shared(found, movements, starts)
    result = []
    payment, ends = None, (Account("", ""), Account("", ""))
    for carried, start, part in zip(found.carried, starts, parts, strict=True):
        if carried.payment is not payment:
            payment = carried.payment
            ends = payment.debtor, payment.creditor
        amount, became = carried.amount, tuple(part) if len(part) == 1 else _summed(part)
        result.append(Leg(payment, *ends, carried.theft_id, amount, start, became))
    return result


def fate_in(movements: Movements, account: Account) -> str:
    """What money that stays in this account is."""
    kind = movements.known.terminal(account)
    seen = movements.known.seen
    return kind or ("resting" if seen is None or account in seen else "last_seen")


_Starts = Sequence[Theft | None]
_Piece = tuple[int, int, int]  # carried entry, where in it, how much


def _disputes(found: Trace) -> Mapping[str, list[tuple[str, int]]]:
    by: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for disputed in found.disputed:
        by[disputed.by].append((disputed.theft_id, disputed.amount))
    return by


def _queued(found: Trace, movements: Movements, starts: _Starts) -> list[Parts]:
    """FIFO and LIFO: exact, by keeping which unit of which entry lies where in the queue."""
    lots: dict[tuple[str, Account], deque[_Piece]] = defaultdict(deque)
    went: list[list[tuple[int, int, int, int]]] = [[] for _ in found.carried]
    disputes = _disputes(found)
    for index, carried in enumerate(found.carried):
        payment, here = carried.payment, (carried.theft_id, carried.payment.creditor)
        start = starts[index]
        if start is None:
            pieces = _take(lots[carried.theft_id, payment.debtor], carried.amount, found.rule)
            offset = 0
            for entry, at, size in pieces:
                went[entry].append((at, size, index, offset))
                offset += size
        else:
            for theft_id, amount in disputes.get(start.theft_id, ()):
                for entry, at, size in _take(lots[theft_id, payment.debtor], amount, found.rule):
                    went[entry].append((at, size, -1, 0))
        lots[here].append((index, 0, carried.amount))
    return _followed(found, movements, went)


def _take(lot: deque[_Piece], amount: int, rule: str) -> list[_Piece]:
    """What leaves the queue, oldest first."""
    taken: list[_Piece] = []
    while amount and lot:
        entry, at, size = lot.popleft() if rule == "fifo" else lot.pop()
        part = min(size, amount)
        amount -= part
        if rule == "fifo":
            taken.append((entry, at, part))
            if part < size:
                lot.appendleft((entry, at + part, size - part))
        else:
            taken.append((entry, at + size - part, part))
            if part < size:
                lot.append((entry, at, size - part))
    return taken if rule == "fifo" else taken[::-1]


def _followed(
    found: Trace, movements: Movements, went: Sequence[list[tuple[int, int, int, int]]]
) -> list[Parts]:
    """From the last entry back: each is made of what became of its pieces, and of what stayed."""
    result: list[Parts] = [[] for _ in went]
    for index in reversed(range(len(went))):
        carried = found.carried[index]
        stays = fate_in(movements, carried.payment.creditor)
        parts: Parts = []
        done = 0
        for at, size, target, offset in sorted(went[index]):
            _add(parts, at - done, stays)
            if target < 0:
                _add(parts, size, DISPUTED)
            for fate, length in _cut(result[target], offset, size) if target >= 0 else ():
                _add(parts, length, fate)
            done = at + size
        _add(parts, carried.amount - done, stays)
        result[index] = parts
    return result


def _add(parts: Parts, length: float, fate: str) -> None:
    if length <= 0:
        return
    if parts and parts[-1][0] == fate:
        length += parts.pop()[1]
    parts.append((fate, length))


def _cut(parts: Parts, offset: int, size: int) -> Parts:
    cut: Parts = []
    at: float = 0
    for fate, length in parts:
        low, high = max(at, offset), min(at + length, offset + size)
        if high > low:
            cut.append((fate, high - low))
        at += length
    return cut


def _shared(found: Trace, movements: Movements, starts: _Starts) -> list[Parts]:
    """Pro rata and LIBR: from the end back, every unit of a theft in an account fares alike."""
    later: dict[tuple[str, Account], dict[str, float]] = defaultdict(dict)
    for h in found.holdings:
        later[h.theft_id, h.account] = {fate_in(movements, h.account): float(h.amount)}
    disputes = _disputes(found)
    result: list[Parts] = [[] for _ in found.carried]
    for index in reversed(range(len(found.carried))):
        carried, start = found.carried[index], starts[index]
        here = later[carried.theft_id, carried.payment.creditor]
        parts = _share_of(here, carried.amount, fate_in(movements, carried.payment.creditor))
        result[index] = list(parts.items())
        if start is None:
            _pour(later[carried.theft_id, carried.payment.debtor], parts)
        else:
            for theft_id, amount in disputes.get(start.theft_id, ()):
                _pour(later[theft_id, carried.payment.debtor], {DISPUTED: float(amount)})
    return result


def _share_of(here: dict[str, float], amount: int, stays: str) -> dict[str, float]:
    whole = sum(here.values())
    if whole <= 0:
        return {stays: float(amount)}
    parts = {fate: amount * size / whole for fate, size in here.items()}
    for fate, size in parts.items():
        here[fate] = max(0.0, here[fate] - size)
    return parts


def _pour(into: dict[str, float], parts: Mapping[str, float]) -> None:
    for fate, size in parts.items():
        into[fate] = into.get(fate, 0.0) + size


def _summed(parts: Parts) -> tuple[tuple[str, float], ...]:
    sums: dict[str, float] = {}
    for fate, length in parts:
        sums[fate] = sums.get(fate, 0.0) + length
    return tuple(sums.items())
