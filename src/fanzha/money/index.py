"""Payments packed by account, so that following money is a search and not a replay.

Every account has an axis: each payment in occupies the stretch from what had come in before it,
each payment out the stretch from what had gone out before it. Where the two overlap, first in,
first out, the one paid for the other. All numbers are int64; what could overflow is refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fanzha.errors import UnreadableInput
from fanzha.money import ground, packing
from fanzha.money.kernel import kernel

Longs: TypeAlias = npt.NDArray[np.int64]
Ints: TypeAlias = npt.NDArray[np.int32]

LIMIT = 1 << 62  # no total may reach it
MOST_ROWS = 1 << 31  # of one segment
ROW = (1 << 32) - 1  # the low half of the last number of a row: which payment of its segment
BUCKET = 64  # account ids that share one entry of a look-up
LINE = 8  # numbers of a cache line

_packing = kernel(packing)
_ground = kernel(ground)
WRONG = {
    _packing.TIME_BACK: "payments_out_of_order",
    _packing.NO_ACCOUNT: "account_id_negative",
    _packing.NO_AMOUNT: "amount_not_positive",
    _packing.TOO_MUCH: "total_too_large",
}


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The payments of one stretch of a ledger in order, and the same packed by account.

    Arrays may lie in memory or be mapped from disk. A row of `out` is what had left the debtor
    before, the amount, what had come in to the creditor before, and `creditor << 32 | row`; a row
    of `into` what had come in to the creditor before, the amount, what had left the debtor before,
    and `debtor << 32 | row`. `low` is the debtor's balance after each row of `out`, opening left
    out. `ends` holds, for each account touched, its id and its totals in, out and lowest balance
    (never above 0, opening left out) from the beginning of the ledger to the end of this stretch.
    """

    first: int
    booked_at: Longs
    debtor: Ints
    creditor: Ints
    amount: Longs
    out: Longs
    out_accounts: Ints
    out_starts: Longs
    low: Longs
    into: Longs
    into_accounts: Ints
    into_starts: Longs
    ends: Longs


@dataclass(slots=True, eq=False)
class Totals:
    """What every account got and paid, and its lowest balance without its opening, at one point."""

    total_in: Longs
    total_out: Longs
    lowest: Longs

    @classmethod
    def nothing(cls, accounts: int = 0) -> Totals:
        """Before the first payment."""
        return cls(*(np.zeros(accounts, np.int64) for _ in range(3)))

    def grow(self, accounts: int) -> None:
        """Make room for account ids below `accounts`; new ones begin at nothing."""
        more = accounts - len(self.total_in)
        if more > 0:
            room = np.zeros(more, np.int64)
            self.total_in = np.concatenate((self.total_in, room))
            self.total_out = np.concatenate((self.total_out, room))
            self.lowest = np.concatenate((self.lowest, room))

    def follow(self, ends: Longs) -> None:
        """Take over what a segment says of its accounts, as if its payments had been read."""
        if len(ends):
            self.grow(int(ends[-1, 0]) + 1)
        ids = ends[:, 0]
        self.total_in[ids] = ends[:, 1]
        self.total_out[ids] = ends[:, 2]
        self.lowest[ids] = ends[:, 3]


def build_segment(
    first: int, booked_at: Longs, debtor: Ints, creditor: Ints, amount: Longs, totals: Totals
) -> Segment:
    """Pack payments that are in order; `totals` are brought up to their end, in place.

    Linear in payments and accounts. Raises `UnreadableInput` when times go back, an amount is not
    positive, or a total would reach 2^62; `totals` are then as they were.

    >>> totals = Totals.nothing()
    >>> seg = build_segment(
    ...     0, np.array([1, 2]), np.array([0, 1], np.int32), np.array([1, 2], np.int32),
    ...     np.array([500, 300]), totals,
    ... )
    >>> seg.out.tolist()
    [[0, 500, 0, 4294967296], [0, 300, 0, 8589934593]]
    >>> seg.ends.tolist()
    [[0, 0, 500, -500], [1, 500, 300, 0], [2, 300, 0, 0]]
    """
    payments = views(_plain(debtor), _plain(creditor), _plain(amount))
    totals.grow(1 + _largest(views(_plain(booked_at)), payments, totals))
    rows, share = len(amount), len(amount) // 2
    out, low, into = _room(rows, 4), _room(rows, 1)[:, 0], _room(rows, 4)
    with ThreadPoolExecutor(1) as other:
        coming = other.submit(_counted, payments[1], totals)
        counts = _counted(payments[0], totals), coming.result()
        starts = [np.cumsum(count, dtype=np.int64) - count for count in counts]
        moved = totals.total_in, totals.total_out
        payees = views(_lines(*moved, *starts), into, low)
        laying = other.submit(lambda: _packing.lay_into(payments, *payees, share))
        listing = other.submit(lambda: [_starts(count) for count in counts])
        lines = _lines(*moved, totals.lowest, starts[0])
        _packing.lay_out(payments, *views(lines, out, low), share)
        laying.result()
    ends = _ends(lines, np.flatnonzero(counts[0] + counts[1]), totals)
    outs, ins = listing.result()
    return Segment(first, booked_at, debtor, creditor, amount, out, *outs, low, into, *ins, ends)


def _ends(lines: Longs, touched: Any, totals: Totals) -> Longs:
    """Bring the totals up to what the lines say; gives them for each account touched."""
    ends = np.empty((len(touched), 4), np.int64)
    ends[:, 0] = touched
    for side, total in enumerate((totals.total_in, totals.total_out, totals.lowest)):
        total[:] = lines[:, side]
        ends[:, 1 + side] = total[touched]
    return ends


def _room(rows: int, width: int) -> Longs:
    """Room for rows of numbers that begins where a cache line does."""
    size = rows * width
    room = np.empty(size + LINE, np.int64)
    skip = -room.ctypes.data // room.itemsize % LINE
    return room[skip : skip + size].reshape(rows, width)


def _counted(accounts: Any, totals: Totals) -> Ints:
    """How many payments each account has on one side."""
    counts = np.zeros(len(totals.lowest), np.int32)
    _packing.count(accounts, *views(counts))
    return counts


def _lines(*numbers: Longs) -> Longs:
    """What is known of the accounts as a packing kernel takes it: a line for each account."""
    lines = _room(len(numbers[0]), len(numbers))
    for place, column in enumerate(numbers):
        lines[:, place] = column
    return lines


def _largest(booked_at: tuple[memoryview[int], ...], payments: Any, totals: Totals) -> int:
    """The largest account id of payments that can be packed."""
    if len(payments[2]) > MOST_ROWS:
        raise UnreadableInput("segment_too_large", rows=len(payments[2]), limit=MOST_ROWS)
    before = max(int(t.max(initial=0)) for t in (totals.total_in, totals.total_out))
    wrong, row, largest = _packing.weigh(*booked_at, payments, LIMIT - before)
    if wrong:
        raise UnreadableInput(WRONG[wrong], row=row, value=payments[2][row])
    return int(largest)


def _starts(counts: Ints) -> tuple[Ints, Longs]:
    accounts = np.flatnonzero(counts)
    starts = np.zeros(len(accounts) + 1, np.int64)
    np.cumsum(counts[accounts], out=starts[1:])
    return accounts.astype(np.int32), starts


def _plain(array: Any) -> Any:
    return np.ascontiguousarray(array)


def distinct(values: Longs) -> Longs:
    """The same in order, each once, without what `np.unique` imports for it.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def views(*arrays: Any) -> tuple[memoryview[int], ...]:
    """Arrays as kernels take them."""
    return tuple(memoryview(a) for a in arrays)


def _buckets(accounts: Ints, size: int) -> memoryview[int]:
    """Where the ids from each multiple of `BUCKET` on begin, among sorted ids below `size`."""
    edges = np.arange(0, size + BUCKET, BUCKET, dtype=np.int32)
    (view,) = views(np.searchsorted(accounts, edges).astype(np.int32))
    return view


class Index:
    """All segments of a ledger, oldest first, and where each account has its rows in them.

    `accounts` is one more than the largest account id. `carried` are the totals of dropped
    segments before the first one here. Positions count payments from the ledger's beginning.
    """

    __slots__ = ("accounts", "carried", "first", "segments", "size", "starts", "stretches")

    def __init__(
        self, segments: Sequence[Segment], accounts: int, carried: Totals | None = None
    ) -> None:
        self.segments = tuple(s for s in segments if len(s.amount))
        self.accounts = accounts
        self.carried = carried or Totals.nothing()
        self.starts = [s.first for s in self.segments]
        self.first = self.starts[0] if self.segments else 0
        last = self.segments[-1] if self.segments else None
        self.size = last.first + len(last.amount) if last else self.first  # one after the last
        self.stretches: list[Any] = [
            _ground.Stretch(
                s, (_buckets(s.out_accounts, accounts), _buckets(s.into_accounts, accounts))
            )
            for s in self.segments
        ]

    def segment_of(self, position: int) -> int:
        """Which segment holds a payment."""
        return bisect_right(self.starts, position) - 1

    def position_after(self, booked_at: int) -> int:
        """One after the last payment at or before an instant (microseconds, UTC)."""
        for segment in reversed(self.segments):
            if segment.booked_at[0] <= booked_at:
                rows = np.searchsorted(segment.booked_at, booked_at, side="right")
                return segment.first + int(rows)
        return self.first

    def rows_out(self, account: int) -> Iterator[tuple[int, int, int]]:
        """Where an account's payments stand: segment, first row of `out`, one after its last."""
        for number, (segment, stretch) in enumerate(
            zip(self.segments, self.stretches, strict=True)
        ):
            at = stretch.payer(account)
            if at >= 0:
                yield number, int(segment.out_starts[at]), int(segment.out_starts[at + 1])

    def rows_into(self, account: int) -> Iterator[tuple[int, int, int]]:
        """The same for the payments that it got, in `into`."""
        for number, (segment, stretch) in enumerate(
            zip(self.segments, self.stretches, strict=True)
        ):
            at = stretch.payee(account)
            if at >= 0:
                yield number, int(segment.into_starts[at]), int(segment.into_starts[at + 1])

    def totals(self, account: int) -> tuple[int, int, int]:
        """What an account got, paid, and its lowest balance without its opening, at the end."""
        return self.totals_before(account, len(self.segments))

    def totals_before(self, account: int, segment: int) -> tuple[int, int, int]:
        """The same before the first payment of a segment."""
        for number in range(segment - 1, -1, -1):
            at = self.stretches[number].end_of(account)
            if at >= 0:
                _, got, paid, lowest = self.segments[number].ends[at].tolist()
                return got, paid, lowest
        if account < len(self.carried.lowest):
            c = self.carried
            return int(c.total_in[account]), int(c.total_out[account]), int(c.lowest[account])
        return 0, 0, 0
