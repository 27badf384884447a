"""Flat structures of kernels: a sheet of rows, a table of keys, and a heap of waiting slices.

Plain Python that `setup.py` compiles with the types in `flat.pxd`; where no compiler is, this
very file runs, slower and with the same results.
"""

from __future__ import annotations

from array import array

FIELDS = 5  # of a row of a sheet
SPREAD, BITS = 0x9E3779B1, (1 << 48) - 1  # of the hash; named, so that they are C numbers


def longs(size: int) -> array[int]:
    """Room for `size` numbers, all 0."""
    return array("q", bytes(8 * size))


def grown(old: array[int], size: int) -> array[int]:
    """The same numbers with more room."""
    new = longs(size)
    for i in range(len(old)):
        new[i] = old[i]
    return new


class Sheet:
    """Rows of numbers that are found, as many as there are."""

    def __init__(self) -> None:
        self.count = 0
        self.room = 64
        self.rows = longs(FIELDS * 64)

    def add(self, a: int, b: int, c: int, d: int, e: int) -> None:
        """One more row."""
        if self.count == self.room:
            self.room *= 2
            self.rows = grown(self.rows, FIELDS * self.room)
        at = FIELDS * self.count
        self.rows[at] = a
        self.rows[at + 1] = b
        self.rows[at + 2] = c
        self.rows[at + 3] = d
        self.rows[at + 4] = e
        self.count += 1

    def pop(self) -> int:
        """Take out the last row; gives its first number."""
        self.count -= 1
        return self.rows[FIELDS * self.count]

    def numbers(self) -> bytes:
        """All rows, one after the other, as int64."""
        return bytes(memoryview(self.rows)[: FIELDS * self.count])


class Visited:
    """The keys that a walk has come to, in that order, with four numbers each: a hash table."""

    def __init__(self) -> None:
        self.count = 0
        self.room = 64
        self.make_slots()
        self.key = longs(64)
        self.home = longs(64)  # its slot
        self.level = longs(64)  # fewest hops to here; 0: none yet
        self.last = longs(64)  # the last payment that came here
        self.resting = longs(64)
        self.opening = longs(64)  # -1: not worked out yet

    def make_slots(self) -> None:
        """Slots for all keys, at most half of them used."""
        self.mask = 2 * self.room - 1
        self.slots = longs(self.mask + 1)  # which key, counted from 1

    def clear(self) -> None:
        """Forget all keys."""
        for i in range(self.count):
            self.slots[self.home[i]] = 0
        self.count = 0

    def slot(self, key: int) -> int:
        """Where a key stands or would stand."""
        at = (key * SPREAD & BITS) >> 16 & self.mask
        while self.slots[at] > 0 and self.key[self.slots[at] - 1] != key:
            at = at + 1 & self.mask
        return at

    def find(self, key: int) -> int:
        """The number of a key, or -1."""
        return self.slots[self.slot(key)] - 1

    def at(self, key: int) -> int:
        """The number of a key, which is made when it is new."""
        slot = self.slot(key)
        if self.slots[slot] > 0:
            return self.slots[slot] - 1
        if self.count == self.room:
            self.grow()
            slot = self.slot(key)
        i = self.count
        self.slots[slot] = i + 1
        self.key[i] = key
        self.home[i] = slot
        self.level[i] = 0
        self.last[i] = -1
        self.resting[i] = 0
        self.opening[i] = -1
        self.count = i + 1
        return i

    def grow(self) -> None:
        """Twice the room."""
        self.room *= 2
        self.key = grown(self.key, self.room)
        self.home = grown(self.home, self.room)
        self.level = grown(self.level, self.room)
        self.last = grown(self.last, self.room)
        self.resting = grown(self.resting, self.room)
        self.opening = grown(self.opening, self.room)
        self.make_slots()
        for i in range(self.count):
            self.home[i] = self.slot(self.key[i])
            self.slots[self.home[i]] = i + 1


class Pending:
    """Slices that wait for their payment, the smallest key first, then the lowest start: a heap.

    `order` is a permutation of the places for slices: a heap up to `count`, behind it free ones.
    """

    def __init__(self) -> None:
        self.count = 0
        self.room = 0
        self.order = longs(0)
        self.key = longs(0)  # position of the payment, turned round for a walk back
        self.start = longs(0)
        self.end = longs(0)
        self.seg = longs(0)  # the segment of the payment
        self.at = longs(0)  # its row there, by account
        self.stop = longs(0)  # where the rows of that account end
        self.account = longs(0)  # where the slice lies (forward) or lay (backward)
        self.grow()

    def grow(self) -> None:
        """More room."""
        room = 2 * self.room + 64
        self.order = grown(self.order, room)
        self.key = grown(self.key, room)
        self.start = grown(self.start, room)
        self.end = grown(self.end, room)
        self.seg = grown(self.seg, room)
        self.at = grown(self.at, room)
        self.stop = grown(self.stop, room)
        self.account = grown(self.account, room)
        for i in range(self.room, room):
            self.order[i] = i
        self.room = room

    def sooner(self, a: int, b: int) -> bool:
        """Whether place `a` comes before place `b`."""
        if self.key[a] != self.key[b]:
            return self.key[a] < self.key[b]
        return self.start[a] < self.start[b]

    def add(self, key: int, start: int, end: int, seg: int, at: int) -> int:
        """One more slice; gives its place, where `stop` and `account` are still to be set."""
        if self.count == self.room:
            self.grow()
        place = self.order[self.count]
        self.key[place] = key
        self.start[place] = start
        self.end[place] = end
        self.seg[place] = seg
        self.at[place] = at
        hole = self.count
        self.count += 1
        while hole > 0:
            above = (hole - 1) >> 1
            if not self.sooner(place, self.order[above]):
                break
            self.order[hole] = self.order[above]
            hole = above
        self.order[hole] = place
        return place

    def pop(self) -> int:
        """Take out the first; its place keeps its fields until the next `add`."""
        first = self.order[0]
        self.count -= 1
        count = self.count
        place = self.order[count]
        self.order[count] = first
        hole = 0
        while 2 * hole + 1 < count:
            below = 2 * hole + 1
            if below + 1 < count and self.sooner(self.order[below + 1], self.order[below]):
                below += 1
            if not self.sooner(self.order[below], place):
                break
            self.order[hole] = self.order[below]
            hole = below
        if count:
            self.order[hole] = place
        return first
