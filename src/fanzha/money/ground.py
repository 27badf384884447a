"""What a search walks on: the segments of an index, and what lay in an account when.

Plain Python that `setup.py` compiles with the types in `ground.pxd`; where no compiler is, this
very file runs, slower and with the same results.
"""

from __future__ import annotations

from array import array
from typing import Any, TypeAlias

from fanzha.money.flat import longs

try:
    import cython  # type: ignore[import-untyped,unused-ignore]
except ImportError:  # plain Python needs none
    from types import SimpleNamespace

    cython = SimpleNamespace(compiled=False)

Views: TypeAlias = "tuple[memoryview[int], ...]"
ROW = (1 << 32) - 1
LONG = 1024  # rows of one account from which on block minima are worth making


if not cython.compiled:

    def touch(s: Stretch, place: int) -> None:
        """Ask for what stands at a place before it is needed; plain Python has no use for it."""


class Stretch:
    """One segment as the kernel reads it."""

    def __init__(self, segment: Any, buckets: tuple[memoryview[int], ...]) -> None:
        self.first: int = segment.first
        self.rows = len(segment.amount)
        self.booked_at: memoryview[int] = memoryview(segment.booked_at)
        self.debtor: memoryview[int] = memoryview(segment.debtor)
        self.creditor: memoryview[int] = memoryview(segment.creditor)
        self.out: memoryview[int] = memoryview(segment.out)
        self.out_accounts: memoryview[int] = memoryview(segment.out_accounts)
        self.out_starts: memoryview[int] = memoryview(segment.out_starts)
        self.low: memoryview[int] = memoryview(segment.low)
        self.into: memoryview[int] = memoryview(segment.into)
        self.into_accounts: memoryview[int] = memoryview(segment.into_accounts)
        self.into_starts: memoryview[int] = memoryview(segment.into_starts)
        self.ends: memoryview[int] = memoryview(segment.ends)
        self.out_buckets, self.into_buckets = buckets
        self.ends_buckets: array[int] = longs(0)  # made when first needed
        self.minima = 0  # whether the block minima are made
        self.low32 = longs(0)
        self.low1024 = longs(0)

    def payer(self, account: int) -> int:
        """The place of an account among those that pay here, or -1."""
        return listed(self.out_accounts, self.out_buckets, account)

    def payee(self, account: int) -> int:
        """The place of an account among those that are paid here, or -1."""
        return listed(self.into_accounts, self.into_buckets, account)

    def ask(self, account: int) -> None:
        """Ask memory for what is known of an account as payer, soon to be needed."""
        bucket = account >> 6
        if bucket + 1 < len(self.out_buckets):
            touch(self, self.out_buckets[bucket] + (account & 63))

    def end_of(self, account: int) -> int:
        """The place of an account in `ends`, or -1."""
        if len(self.ends_buckets) == 0:
            self.make_buckets()
        bucket = account >> 6
        if bucket + 1 >= len(self.ends_buckets):
            return -1
        low = self.ends_buckets[bucket]
        guess = low + (account & 63)  # no place is beyond: ids below are different
        if guess < self.ends_buckets[bucket + 1] and self.ends[guess, 0] == account:
            return guess
        low = self.lower_end(account, low, min(guess, self.ends_buckets[bucket + 1]))
        if low < self.ends_buckets[bucket + 1] and self.ends[low, 0] == account:
            return low
        return -1

    def lower_end(self, account: int, low: int, high: int) -> int:
        """The first place in a part of `ends` whose account is not below this one."""
        while low < high:
            middle = (low + high) >> 1
            if self.ends[middle, 0] < account:
                low = middle + 1
            else:
                high = middle
        return low

    def make_buckets(self) -> None:
        """Where the ids from each multiple of 64 on begin in `ends`: at most 64 places on."""
        count = len(self.ends)
        largest = self.ends[count - 1, 0]
        buckets = longs((largest >> 6) + 2)
        for bucket in range(1, (largest >> 6) + 1):
            before = buckets[bucket - 1]
            buckets[bucket] = self.lower_end(bucket << 6, before, min(before + 64, count))
        buckets[(largest >> 6) + 1] = count
        self.ends_buckets = buckets

    def make_minima(self) -> None:
        """The lowest balance of every 32 and every 1024 rows, to skip what stays high."""
        low32 = longs(self.rows >> 5)
        low1024 = longs(self.rows >> 10)
        for block in range(self.rows >> 5):
            least = self.low[block << 5]
            for i in range(block << 5, (block + 1) << 5):
                least = min(least, self.low[i])
            low32[block] = least
        for block in range(self.rows >> 10):
            least = low32[block << 5]
            for i in range(block << 5, (block + 1) << 5):
                least = min(least, low32[i])
            low1024[block] = least
        self.low32 = low32
        self.low1024 = low1024
        self.minima = 1

    def next_lower(self, at: int, stop: int, height: int) -> int:
        """The first row from `at` on that leaves less than `height`, or -1."""
        if stop - at > LONG and self.minima == 0:
            self.make_minima()
        while at < stop:
            if self.minima and at & 31 == 0 and at + 32 <= stop:
                if at & 1023 == 0 and at + 1024 <= stop and self.low1024[at >> 10] >= height:
                    at += 1024
                    continue
                if self.low32[at >> 5] >= height:
                    at += 32
                    continue
            if self.low[at] < height:
                return at
            at += 1
        return -1

    def last_lower(self, start: int, at: int, height: int) -> int:
        """The last row before `at` that leaves less than `height`, or -1."""
        if at - start > LONG and self.minima == 0:
            self.make_minima()
        while at > start:
            if self.minima and at & 31 == 0 and at - 32 >= start:
                if at & 1023 == 0 and at - 1024 >= start and self.low1024[at // 1024 - 1] >= height:
                    at -= 1024
                    continue
                if self.low32[(at >> 5) - 1] >= height:
                    at -= 32
                    continue
            at -= 1
            if self.low[at] < height:
                return at
        return -1

    def covering_out(self, start: int, stop: int, place: int) -> int:
        """The last of an account's rows that begins at or before a place of its axis, or -1."""
        return covering(self.out, start, stop, place)

    def covering_into(self, start: int, stop: int, place: int) -> int:
        """The same among the payments that it got."""
        return covering(self.into, start, stop, place)

    def lower_row(self, instant: int, row: int) -> int:
        """The first row at an instant, given one of its rows."""
        low = row if row == 0 or self.booked_at[row - 1] != instant else 0
        while low < row:
            middle = (low + row) >> 1
            if self.booked_at[middle] < instant:
                low = middle + 1
            else:
                row = middle
        return low

    def first_out(self, start: int, stop: int, row: int) -> int:
        """The first of an account's rows whose payment is at `row` of the segment or later."""
        return first_from(self.out, start, stop, row)

    def first_into(self, start: int, stop: int, row: int) -> int:
        """The same among the payments that it got."""
        return first_from(self.into, start, stop, row)


def listed(accounts: memoryview[int], buckets: memoryview[int], account: int) -> int:
    """The place of an id among sorted ids, or -1."""
    bucket = account >> 6
    if bucket + 1 >= len(buckets):
        return -1
    low = buckets[bucket]
    high = buckets[bucket + 1]
    guess = low + (account & 63)  # no place is beyond: ids below are different
    if guess < high:
        if accounts[guess] == account:
            return guess
        high = guess
    while low < high:
        middle = (low + high) >> 1
        if accounts[middle] < account:
            low = middle + 1
        else:
            high = middle
    if low < buckets[bucket + 1] and accounts[low] == account:
        return low
    return -1


def covering(rows: memoryview[int], start: int, stop: int, place: int) -> int:
    """The last of an account's rows that begins at or before a place of its axis, or -1."""
    low = start
    while low < stop:
        middle = (low + stop) >> 1
        if rows[middle, 0] <= place:
            low = middle + 1
        else:
            stop = middle
    return low - 1 if low > start else -1


def first_from(rows: memoryview[int], start: int, stop: int, row: int) -> int:
    """The first of an account's rows whose payment is at `row` of the segment or later."""
    while start < stop:
        middle = (start + stop) >> 1
        if rows[middle, 3] & ROW < row:
            start = middle + 1
        else:
            stop = middle
    return start


class Ground:
    """All segments up to a point, with what is known of the accounts.

    `stated` are opening balances by account id, `terminal` is 1 where money does not leave again,
    `carried` the totals (in, out, lowest) of accounts before the first segment. Payments from
    position `limit` on have not happened.
    """

    def __init__(self, stretches: list[Stretch], known: Views, carried: Views, limit: int) -> None:
        self.stretches = stretches
        self.stated, self.terminal = known
        self.carried_in, self.carried_out, self.carried_lowest = carried
        self.limit = limit
        self.final = -1  # the last segment in which anything has happened
        for number in range(len(stretches)):
            if stretches[number].first < limit and stretches[number].rows:
                self.final = number

    def where(self, position: int) -> int:
        """The segment that holds a payment, or -1."""
        for number in range(self.final, -1, -1):
            if self.stretches[number].first <= position:
                return number
        return -1

    def keeps(self, account: int) -> bool:
        """Whether money never leaves this account again."""
        return self.terminal[account] != 0

    def opening(self, account: int) -> int:
        """What the account held before its first payment: as stated, or what it must have been."""
        lowest = self.lowest(account)
        return max(self.stated[account], -lowest)

    def lowest(self, account: int) -> int:
        """The lowest balance of an account up to the limit, opening left out, never above 0."""
        if self.final < 0:
            return self.lowest_before(account, 0)
        s = self.stretches[self.final]
        if s.first + s.rows <= self.limit:
            return self.lowest_before(account, self.final + 1)
        lowest = self.lowest_before(account, self.final)
        place = s.payer(account)
        if place < 0 or s.ends[s.end_of(account), 3] == lowest:
            return lowest
        at = s.out_starts[place]
        stop = s.first_out(at, s.out_starts[place + 1], self.limit - s.first)
        while True:
            at = s.next_lower(at, stop, lowest)
            if at < 0:
                return lowest
            lowest = s.low[at]

    def lowest_before(self, account: int, seg: int) -> int:
        """The same before the first payment of a segment."""
        for number in range(seg - 1, -1, -1):
            s = self.stretches[number]
            place = s.end_of(account)
            if place >= 0:
                return s.ends[place, 3]
        return self.carried_lowest[account] if account < len(self.carried_lowest) else 0

    def got(self, account: int, seg: int, row: int) -> int:
        """What had come in before a row of a segment."""
        for number in range(seg, -1, -1):
            s = self.stretches[number]
            place = s.payee(account)
            if place >= 0:
                start = s.into_starts[place]
                at = s.into_starts[place + 1]
                if number == seg:
                    at = s.first_into(start, at, row)
                if at > start:
                    return s.into[at - 1, 0] + s.into[at - 1, 1]
                return s.into[start, 0]
        return self.carried_in[account] if account < len(self.carried_in) else 0

    def paid(self, account: int, seg: int, row: int) -> int:
        """What had gone out before a row of a segment."""
        for number in range(seg, -1, -1):
            s = self.stretches[number]
            place = s.payer(account)
            if place >= 0:
                start = s.out_starts[place]
                at = s.out_starts[place + 1]
                if number == seg:
                    at = s.first_out(start, at, row)
                if at > start:
                    return s.out[at - 1, 0] + s.out[at - 1, 1]
                return s.out[start, 0]
        return self.carried_out[account] if account < len(self.carried_out) else 0

    def total(self, account: int, side: int) -> int:
        """What had come in (`side` 0) or gone out (1) by the limit."""
        row = 0
        if self.final >= 0:
            row = self.limit - self.stretches[self.final].first
        if side:
            return self.paid(account, self.final, row)
        return self.got(account, self.final, row)
