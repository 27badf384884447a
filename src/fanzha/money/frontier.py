"""Pro rata, LIBR and poison over an index: only accounts that hold stolen money are looked at.

These rules mix everybody's money, so all thefts go together: a heap gives the next payment of any
account that holds some, and the pots of the plain walk say what it carries, their balances read
from the index. With no floor and no horizon the result is the plain walk's, digit for digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Context, Decimal
from heapq import heappop, heappush

from fanzha.model.payment import Theft
from fanzha.money import ground
from fanzha.money.follow import Facts, micros, standing_on
from fanzha.money.index import ROW, Index
from fanzha.money.kernel import kernel
from fanzha.money.pots import DIGITS, METHODS, Amount, Poison, Pot, ProRata, Slice

FLOOR = Decimal("0.01")  # minor units: what is let go at once could never be held
HORIZON = timedelta(hours=72)  # beyond, nearly every account has touched nearly every theft

_ground = kernel(ground)
_exact = Context(prec=DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frugal:
    """What is not followed: under pro rata and LIBR a theft's part of a payment, or of what is
    left after one, below `floor` minor units (0: nothing is let go); under poison a theft after
    `horizon` (None: for ever).
    """

    floor: Decimal = FLOOR
    horizon: timedelta | None = HORIZON


EXACT = Frugal(floor=Decimal(0), horizon=None)

_Next = tuple[
    int, int, int, int
]  # position, then of the payer's rows: segment, row, where they end


class Frontier:
    """All thefts at once through the payments before position `limit`, by account id.

    After `run`: `pots` by account, `level` and `last` (position of the last credit) by theft and
    account, `disputed` by theft, account and later theft, `carried` rows in order, and what was
    `dropped` of each theft.
    """

    def __init__(
        self, index: Index, facts: Facts, thefts: Mapping[int, Theft], method: str, limit: int
    ) -> None:
        self.index, self.facts, self.thefts, self.method = index, facts, thefts, method
        self.limit = limit
        self.frugal = EXACT
        self.ground = _ground.Ground(*standing_on(index, facts, limit))
        self.stolen_at = {t.theft_id: t.booked_at for t in thefts.values()}
        self.pots: dict[int, Pot] = {}
        self.level: dict[tuple[str, int], int] = {}
        self.last: dict[tuple[str, int], int] = {}
        self.disputed: dict[tuple[str, int, str], Amount] = {}
        self.carried: list[tuple[int, str, Amount]] = []
        self.dropped: dict[str, Decimal] = {}
        self._coming: list[_Next] = []
        self._spending: set[int] = set()  # who has a payment in `coming`
        self._openings: dict[int, int] = {}

    def run(self) -> None:
        """Take every payment of an account that holds stolen money, and every theft."""
        for position in self.thefts:
            if self.index.first <= position < self.limit:
                heappush(self._coming, (position, -1, 0, 0))
        while self._coming:
            coming = heappop(self._coming)
            while self._coming and self._coming[0][0] == coming[0]:
                coming = max(coming, heappop(self._coming))  # the payer's row, not the mere theft
            self._pay(coming)

    def _pay(self, coming: _Next) -> None:
        position, number, at, stop = coming
        home = self.index.segment_of(position)
        segment = self.index.segments[home]
        row = position - segment.first
        debtor, creditor = int(segment.debtor[row]), int(segment.creditor[row])
        amount = int(segment.amount[row])
        carried: list[Slice] = []
        if number >= 0:
            carried = self._take(
                debtor, amount, int(segment.low[at]) + amount, int(segment.booked_at[row])
            )
            self._spending.discard(debtor)
            if _tainted(self.pots[debtor]):
                self._await(debtor, number, at + 1, stop)
        theft = self.thefts.get(position)
        if theft is not None:
            self._dispute(carried, creditor, theft.theft_id)
            carried = [(theft.theft_id, amount)]
        if carried:
            pot = self.pots.setdefault(creditor, METHODS[self.method]())
            pot.put(carried, amount)
            self._arrive(position, (debtor, creditor), carried, theft is not None)
            if creditor not in self._spending and not self.facts.terminal[creditor]:
                self._look(creditor, home, row + 1)

    def _take(self, debtor: int, amount: int, raw: int, now: int) -> list[Slice]:
        pot = self.pots[debtor]
        if debtor not in self._openings:
            self._openings[debtor] = self.ground.opening(debtor)
        pot.balance = self._openings[debtor] + raw
        if isinstance(pot, Poison) and self.frugal.horizon is not None:
            span = micros_of(self.frugal.horizon)
            pot.thefts = frozenset(t for t in pot.thefts if now - micros(self.stolen_at[t]) <= span)
        taken = pot.take(amount)
        if isinstance(pot, ProRata) and self.frugal.floor:
            taken = [(t, part) for t, part in taken if not self._let_go(t, part)]
            pot.shares = {t: left for t, left in pot.shares.items() if not self._let_go(t, left)}
        return taken

    def _let_go(self, theft_id: str | None, part: Amount) -> bool:
        if theft_id is None or part >= self.frugal.floor:
            return False
        before = self.dropped.get(theft_id, Decimal(0))
        self.dropped[theft_id] = _exact.add(before, Decimal(part))
        return True

    def _dispute(self, slices: list[Slice], creditor: int, by: str) -> None:
        for owner, amount in slices:
            if owner is not None:
                key = (owner, creditor, by)
                self.disputed[key] = self.disputed.get(key, 0) + amount

    def _arrive(
        self, position: int, ends: tuple[int, int], slices: list[Slice], stolen: bool
    ) -> None:
        debtor, creditor = ends
        for owner, amount in slices:
            if owner is not None and amount:
                here = (owner, creditor)
                level = 1 if stolen else self.level[owner, debtor] + 1
                self.level[here] = min(level, self.level.get(here, level))
                self.last[here] = position
                self.carried.append((position, owner, amount))

    def _look(self, account: int, number: int, row: int) -> None:
        """Await the first payment of an account from a row of a segment on."""
        stretch = self.index.stretches[number]
        place = stretch.payer(account)
        if place < 0:
            self._await(account, number, 0, 0)
            return
        starts = self.index.segments[number].out_starts
        start, stop = int(starts[place]), int(starts[place + 1])
        self._await(account, number, stretch.first_out(start, stop, row), stop)

    def _await(self, account: int, number: int, at: int, stop: int) -> None:
        """Await the payment at this row of an account, or its first in a later segment."""
        while at >= stop:
            number += 1
            if number >= len(self.index.segments):
                return
            place = self.index.stretches[number].payer(account)
            if place >= 0:
                starts = self.index.segments[number].out_starts
                at, stop = int(starts[place]), int(starts[place + 1])
        segment = self.index.segments[number]
        position = segment.first + (int(segment.out[at, 3]) & ROW)
        if position < self.limit:
            heappush(self._coming, (position, number, at, stop))
            self._spending.add(account)


def micros_of(span: timedelta) -> int:
    """A length of time as the index counts it."""
    return span // timedelta(microseconds=1)


def _tainted(pot: Pot) -> bool:
    return bool(pot.thefts if isinstance(pot, Poison) else pot.content())
