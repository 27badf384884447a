"""Where stolen money lies: thefts followed forward by search, under FIFO or LIFO.

Plain Python that `setup.py` compiles with the types in `search.pxd`; where no compiler is, this
very file runs, slower and with the same results.
Amounts and places are int64 throughout, and nothing is rounded. Money is a *slice* of an account:
under FIFO of its axis (what came in, opening first), under LIFO of the height of its balance. A
payment takes the slices that its own stretch overlaps. Slices wait in a heap for the payment that
takes them, so that everything happens in order.
"""

from __future__ import annotations

from fanzha.money.flat import Pending, Sheet, Visited
from fanzha.money.ground import Ground, Stretch, Views

FIFO, LIFO = 0, 1
ROW = (1 << 32) - 1


class Forward(Ground):
    """Follows thefts, each by itself, under FIFO or LIFO.

    Gives sheets: `carried` (position, where in the payment it begins, theft, amount, creditor),
    `resting` (theft, account, amount, level, last credit's position), `disputed` (theft, account,
    amount, by, position) and `cut` (theft, account, amount, position of the next payment): what
    lies where it lay when a theft had been followed through `budget` payments.
    """

    def __init__(
        self, stretches: list[Stretch], known: Views, carried: Views, limit: int, rule: int
    ) -> None:
        Ground.__init__(self, stretches, known, carried, limit)
        self.rule = rule
        self.budget = 1 << 62
        self.thefts = Visited()
        self.here = Visited()
        self.waiting = Pending()
        self.clear()

    def clear(self) -> None:
        """Begin new sheets."""
        self.carried = Sheet()
        self.resting = Sheet()
        self.disputed = Sheet()
        self.cut = Sheet()

    def mark(self, position: int) -> int:
        """Say that a payment is a theft; gives the theft's number."""
        return self.thefts.at(position)

    def follow_all(self) -> None:
        """Follow every theft."""
        for theft in range(self.thefts.count):
            self.follow(theft)

    def follow(self, theft: int) -> None:
        """Follow one theft to where its money lies."""
        position = self.thefts.key[theft]
        seg = self.where(position)
        if seg < 0 or position >= self.limit:
            return
        self.here.clear()
        self.waiting.count = 0
        s = self.stretches[seg]
        place = s.payer(s.debtor[position - s.first])
        at = s.first_out(s.out_starts[place], s.out_starts[place + 1], position - s.first)
        self.arrive(theft, seg, at, 0, s.out[at, 1], 1)
        left = self.budget
        while self.waiting.count and left > 0:
            self.step(theft)
            left -= 1
        while self.waiting.count:
            self.abandon(theft)
        for i in range(self.here.count):
            if self.here.resting[i]:
                self.resting.add(
                    theft,
                    self.here.key[i],
                    self.here.resting[i],
                    self.here.level[i],
                    self.here.last[i],
                )

    def abandon(self, theft: int) -> None:
        """Leave a slice where it lies, and say so."""
        p = self.waiting.pop()
        account = self.waiting.account[p]
        size = self.waiting.end[p] - self.waiting.start[p]
        self.rest(account, size)
        self.cut.add(theft, account, size, self.waiting.key[p], 0)

    def step(self, theft: int) -> None:
        """Let the next payment take its slices; those that touch go on as one."""
        w = self.waiting
        p = w.pop()
        position = w.key[p]
        seg = w.seg[p]
        at = w.at[p]
        account = w.account[p]
        s = self.stretches[seg]
        edge = s.low[at] if self.rule else s.out[at, 0]
        by = self.thefts.find(position)
        level = self.here.level[self.here.at(account)] + 1
        start = max(w.start[p], edge)
        end = min(w.end[p], edge + s.out[at, 1])
        self.leave_rest(p, start, end)
        while w.count and w.key[w.order[0]] == position:
            p = w.pop()
            low = max(w.start[p], edge)
            high = min(w.end[p], edge + s.out[at, 1])
            self.leave_rest(p, low, high)  # before anything is added: `p` is free by now
            if low != end:
                self.pass_on(theft, by, seg, at, start - edge, end - start, level)
                start = low
            end = high
        self.pass_on(theft, by, seg, at, start - edge, end - start, level)

    def leave_rest(self, p: int, start: int, end: int) -> None:
        """What a payment leaves of a slice waits for a later one."""
        w = self.waiting
        seg = w.seg[p]
        at = w.at[p] + 1
        account = w.account[p]
        stop = w.stop[p]
        if w.start[p] < start:  # below: LIFO
            self.find_height(seg, at, stop, account, w.start[p], start)
        elif end < w.end[p]:  # beyond: FIFO
            if at < stop:
                self.wait(seg, at, stop, account, end, w.end[p])
            else:
                self.find_place(seg + 1, account, end, w.end[p])

    def pass_on(
        self, theft: int, by: int, seg: int, at: int, offset: int, size: int, level: int
    ) -> None:
        """Let a slice arrive, unless its payment is itself a theft: then it is disputed."""
        s = self.stretches[seg]
        if by >= 0:
            position = s.first + (s.out[at, 3] & ROW)
            self.disputed.add(theft, s.out[at, 3] >> 32, size, by, position)
        else:
            self.arrive(theft, seg, at, offset, size, level)

    def arrive(self, theft: int, seg: int, at: int, offset: int, size: int, level: int) -> None:
        """Note a slice of a payment, and find the payment that takes it on."""
        s = self.stretches[seg]
        creditor = s.out[at, 3] >> 32
        row = s.out[at, 3] & ROW
        i = self.here.at(creditor)
        if self.here.level[i] == 0 or level < self.here.level[i]:
            self.here.level[i] = level
        self.here.last[i] = s.first + row
        self.carried.add(s.first + row, offset, theft, size, creditor)
        start = s.out[at, 2] + offset
        if self.keeps(creditor):
            self.here.resting[i] += size
        elif self.rule:
            self.stack(seg, row, creditor, start, size)
        else:
            if self.here.opening[i] < 0:
                self.here.opening[i] = self.opening(creditor)
            start += self.here.opening[i]
            self.find_place(seg, creditor, start, start + size)

    def stack(self, seg: int, row: int, account: int, start: int, size: int) -> None:
        """LIFO: lay a slice on what lies in the account after a row."""
        while seg <= self.final:
            s = self.stretches[seg]
            place = s.payer(account)
            if place >= 0:
                first = s.out_starts[place]
                stop = s.out_starts[place + 1]
                at = s.first_out(first, stop, row + 1)
                if at > first:
                    start -= s.out[at - 1, 0] + s.out[at - 1, 1]
                else:
                    start -= s.out[first, 0]
                self.find_height(seg, at, stop, account, start, start + size)
                break
            seg += 1
            row = -1
        else:
            self.rest(account, size)

    def find_place(self, seg: int, account: int, start: int, end: int) -> None:
        """FIFO: find the first payment that overlaps this stretch of the axis."""
        while seg <= self.final:
            s = self.stretches[seg]
            place = s.payer(account)
            if place >= 0:
                stop = s.out_starts[place + 1]
                at = s.covering_out(s.out_starts[place], stop, start)
                if at >= 0 and start < s.out[at, 0] + s.out[at, 1]:
                    self.wait(seg, at, stop, account, start, end)
                    break
            seg += 1
        else:
            self.rest(account, end - start)

    def find_height(self, seg: int, at: int, stop: int, account: int, start: int, end: int) -> None:
        """LIFO: find the next payment that leaves less than the top of a slice."""
        s = self.stretches[seg]
        at = s.next_lower(at, stop, end)
        while at < 0 and seg < self.final:
            seg += 1
            s = self.stretches[seg]
            place = s.payer(account)
            if place >= 0:
                at = s.next_lower(s.out_starts[place], s.out_starts[place + 1], end)
                stop = s.out_starts[place + 1]
        if at >= 0:
            self.wait(seg, at, stop, account, start, end)
        else:
            self.rest(account, end - start)

    def wait(self, seg: int, at: int, stop: int, account: int, start: int, end: int) -> None:
        """Let a slice wait for a payment, if that has happened."""
        s = self.stretches[seg]
        position = s.first + (s.out[at, 3] & ROW)
        if position >= self.limit:
            self.rest(account, end - start)
        else:
            s.ask(s.out[at, 3] >> 32)
            p = self.waiting.add(position, start, end, seg, at)
            self.waiting.stop[p] = stop
            self.waiting.account[p] = account

    def rest(self, account: int, size: int) -> None:
        """Let a slice lie where it is."""
        self.here.resting[self.here.at(account)] += size
