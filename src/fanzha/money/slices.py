"""Whose money lies where in accounts: slices under FIFO and LIFO, cut as payments leave.

Plain Python that `setup.py` compiles with the types in `slices.pxd`; where no compiler is, this
very file runs, slower and with the same results. Only accounts that hold stolen money have slices:
a slot, with a list of them from the oldest money to the newest, on the account's axis under FIFO
and at the height of its balance under LIFO.
"""

from __future__ import annotations

from array import array
from typing import Any


class Slices:
    """The slices of all accounts, and the pieces of the payment in hand."""

    def __init__(self, fifo: bool) -> None:
        self.fifo = fifo
        self.slot: Any = array("i")  # where an account's slices hang; 0: it has none
        self.start: Any = array("q", [0])  # slices, in lists by account
        self.stop: Any = array("q", [0])
        self.owner: Any = array("i", [0])
        self.after: Any = array("i", [0])
        self.before: Any = array("i", [0])
        self.slices = 1
        self.free_slice = 0
        self.first: Any = array("i", [0])  # of each slot: its first slice, its last, what has left
        self.last: Any = array("i", [0])
        self.gone: Any = array("q", [0])
        self.slots = 1
        self.free_slot = 0
        self.took_from: Any = array("q", bytes(8 * 64))  # pieces of the payment in hand
        self.took: Any = array("q", bytes(8 * 64))
        self.took_owner: Any = array("i", bytes(4 * 64))
        self.pieces = 0

    def grow(self, accounts: int) -> None:
        """Make room for account numbers below `accounts`."""
        self.slot = longer(self.slot, "i", accounts)

    def take(self, debtor: int, amount: int, short: int, left: int) -> bool:
        """Cut what a payment takes out of an account; unknown own funds lie oldest.

        `left` is the balance then. Gives whether anything stolen lies there still.
        """
        slot = self.slot[debtor]
        if self.fifo:
            base = self.gone[slot] - short
            self.gone[slot] += amount - short
            self.take_oldest(slot, base, base + amount)
        else:
            self.take_newest(slot, left - short)
        if self.first[slot]:
            return True
        self.slot[debtor] = 0
        self.first[slot] = self.free_slot
        self.free_slot = slot
        return False

    def take_oldest(self, slot: int, base: int, until: int) -> None:
        """What lies before `until` on the account's axis, as it lies in the payment."""
        here = self.first[slot]
        while here and self.start[here] < until:
            stop = self.stop[here]
            if stop > until:
                stop = until
            self.add_piece(self.start[here] - base, stop - self.start[here], self.owner[here])
            if stop < self.stop[here]:
                self.start[here] = stop
                break
            after = self.after[here]
            self.free(here)
            here = after
        self.first[slot] = here
        if here:
            self.before[here] = 0
        else:
            self.last[slot] = 0

    def take_newest(self, slot: int, base: int) -> None:
        """What lies above `base` in the account's balance; gathered from the top, then turned."""
        here = self.last[slot]
        while here and self.stop[here] > base:
            start = self.start[here]
            if start < base:
                start = base
            self.add_piece(start - base, self.stop[here] - start, self.owner[here])
            if start > self.start[here]:
                self.stop[here] = start
                break
            before = self.before[here]
            self.free(here)
            here = before
        self.last[slot] = here
        if here:
            self.after[here] = 0
        else:
            self.first[slot] = 0
        self.turn()

    def turn(self) -> None:
        """Put the pieces in hand the other way round."""
        low = 0
        high = self.pieces - 1
        while low < high:
            one, other = self.took_from[low], self.took_from[high]
            self.took_from[low], self.took_from[high] = other, one
            one, other = self.took[low], self.took[high]
            self.took[low], self.took[high] = other, one
            whose, whose_other = self.took_owner[low], self.took_owner[high]
            self.took_owner[low], self.took_owner[high] = whose_other, whose
            low += 1
            high -= 1

    def put(self, creditor: int, balance: int) -> None:
        """Lay the pieces in hand on top of what lies in an account."""
        slot = self.slot[creditor]
        if not slot:
            slot = self.new_slot()
            self.slot[creditor] = slot
        base = balance + self.gone[slot] if self.fifo else balance
        for i in range(self.pieces):
            start = base + self.took_from[i]
            last = self.last[slot]
            if last and self.stop[last] == start and self.owner[last] == self.took_owner[i]:
                self.stop[last] = start + self.took[i]
            else:
                self.lay(slot, start, start + self.took[i], self.took_owner[i])

    def lay(self, slot: int, start: int, stop: int, owner: int) -> None:
        """A new slice at the end of a slot's list."""
        new = self.free_slice
        if new:
            self.free_slice = self.after[new]
        else:
            new = self.slices
            self.slices += 1
            if new >= len(self.start):
                self.more_slices()
        last = self.last[slot]
        self.start[new] = start
        self.stop[new] = stop
        self.owner[new] = owner
        self.after[new] = 0
        self.before[new] = last
        if last:
            self.after[last] = new
        else:
            self.first[slot] = new
        self.last[slot] = new

    def free(self, here: int) -> None:
        """Give a slice back to the pool."""
        self.after[here] = self.free_slice
        self.free_slice = here

    def new_slot(self) -> int:
        """An empty list of slices."""
        slot = self.free_slot
        if slot:
            self.free_slot = self.first[slot]
        else:
            slot = self.slots
            self.slots += 1
            if slot >= len(self.first):
                self.first = longer(self.first, "i", 2 * slot + 64)
                self.last = longer(self.last, "i", 2 * slot + 64)
                self.gone = longer(self.gone, "q", 2 * slot + 64)
        self.first[slot] = 0
        self.last[slot] = 0
        self.gone[slot] = 0
        return slot

    def more_slices(self) -> None:
        """Room for twice as many slices."""
        room = 2 * len(self.start) + 64
        self.start = longer(self.start, "q", room)
        self.stop = longer(self.stop, "q", room)
        self.owner = longer(self.owner, "i", room)
        self.after = longer(self.after, "i", room)
        self.before = longer(self.before, "i", room)

    def add_piece(self, start: int, size: int, owner: int) -> None:
        """One more piece of the payment in hand: where in it, how much, whose."""
        if self.pieces >= len(self.took):
            room = 2 * self.pieces
            self.took_from = longer(self.took_from, "q", room)
            self.took = longer(self.took, "q", room)
            self.took_owner = longer(self.took_owner, "i", room)
        self.took_from[self.pieces] = start
        self.took[self.pieces] = size
        self.took_owner[self.pieces] = owner
        self.pieces += 1

    def of_thefts(self) -> list[tuple[int, int]]:
        """The pieces in hand added up by theft."""
        sums: dict[int, int] = {}
        for i in range(self.pieces):
            whose = self.took_owner[i]
            sums[whose] = sums.get(whose, 0) + self.took[i]
        return list(sums.items())

    def inside(self, account: int) -> dict[int, int]:
        """What lies in an account now, by theft."""
        found: dict[int, int] = {}
        here = self.first[self.slot[account]] if self.slot[account] else 0
        while here:
            whose = self.owner[here]
            found[whose] = found.get(whose, 0) + self.stop[here] - self.start[here]
            here = self.after[here]
        return found

    def listed(self, account: int) -> list[tuple[int, int, int]]:
        """The slices of an account: where each begins from the oldest money, its size, whose."""
        slot = self.slot[account]
        found = []
        here = self.first[slot] if slot else 0
        while here:
            start = self.start[here] - (self.gone[slot] if self.fifo else 0)
            found.append((start, self.stop[here] - self.start[here], self.owner[here]))
            here = self.after[here]
        return found

    def lay_all(self, account: int, slices: Any) -> None:
        """Give an account without slices those that `listed` said."""
        slot = self.new_slot()
        self.slot[account] = slot
        for start, size, owner in slices:
            self.lay(slot, start, start + size, owner)


def longer(old: Any, kind: str, room: int) -> Any:
    """The same numbers with room for more."""
    new = array(kind, bytes(array(kind).itemsize * room))
    view = memoryview(new)
    view[: len(old)] = memoryview(old)[: len(old)]
    return new
