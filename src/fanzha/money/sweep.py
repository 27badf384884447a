"""Who could have received money, where that is nearly everybody: one look at every payment.

Plain Python that `setup.py` compiles with the types in `sweep.pxd`; where no compiler is, this
very file runs, slower and with the same results. The same answer as `reach`, which looks only at
the payments of those who are reached: quicker while these are few.
"""

from __future__ import annotations

from typing import Any

from fanzha.money.flat import Sheet, longs
from fanzha.money.ground import Ground, Stretch, Views

ROW = (1 << 32) - 1
PAYS, REACHED, KEEPS = 1, 2, 4  # marks of an account
SHORT, LONG = 64, 8192  # payments after which those newly reached are looked at: from, to


class Sweep(Ground):
    """Marks accounts payment by payment, in order; rows of one instant count in any order.

    `arrivals` are (from where on it pays, account, position of the first payment that leads to it
    or -1), in order. `marks` has one byte for each account, KEEPS where it is a terminal. Gives the
    first `count` of `order` (accounts), and `first` by account.
    """

    def __init__(
        self, stretches: list[Stretch], known: Views, carried: Views, limit: int, room: Views
    ) -> None:
        Ground.__init__(self, stretches, known, carried, limit)
        self.marks, self.order, self.first, self.since = room
        self.came = longs(LONG + 8)  # the rows of those newly reached
        self.count = 0
        self.row = 0  # of a segment: up to where `blocks` has come
        self.arrivals = longs(0)
        self.next = 0
        self.todo = Sheet()

    def spread(self, arrivals: Any) -> None:
        """Mark all whom money can reach from those who have it."""
        self.arrivals = arrivals
        while self.next < len(arrivals):
            at = arrivals[self.next]
            if at >= self.limit or self.final < 0:
                self.arrive(self.limit)
                return
            seg = self.where(at) if at > self.stretches[0].first else 0
            at = self.instant(seg, max(0, at - self.stretches[seg].first))
            until = self.limit
            at = self.together(at)
            if self.next < len(arrivals):
                until = min(until, arrivals[self.next])
                if until < self.limit:
                    seg = self.where(until)
                    until = self.instant(seg, until - self.stretches[seg].first)
            if at < until:
                self.run(at, until)

    def arrive(self, until: int) -> None:
        """Mark those who have money from before `until` on."""
        while self.next < len(self.arrivals) and (
            self.arrivals[self.next] < until or until == self.limit
        ):
            i = self.next
            self.next += 3
            self.come(self.arrivals[i + 1], self.arrivals[i], self.arrivals[i + 2])

    def come(self, account: int, since: int, position: int) -> None:
        """Note that money can be in an account from a position on."""
        mark = self.marks[account]
        if mark & REACHED == 0:
            self.order[self.count] = account
            self.count += 1
            self.first[account] = position
            self.since[account] = since
            self.marks[account] = mark | REACHED if mark & KEEPS else mark | REACHED | PAYS
        else:
            if position < self.first[account]:
                self.first[account] = position
            if since >= self.since[account]:
                return
            self.since[account] = since
        if mark & KEEPS == 0:
            self.todo.add(account, since, 0, 0, 0)

    def instant(self, seg: int, row: int) -> int:
        """The first position of the instant of a row."""
        s = self.stretches[seg]
        at = s.booked_at[row]
        while True:
            row = s.lower_row(at, row)
            if row or seg == 0:
                return s.first + row
            t = self.stretches[seg - 1]
            if t.rows == 0 or t.booked_at[t.rows - 1] != at:
                return s.first
            seg -= 1
            s = t
            row = t.rows - 1

    def instant_end(self, seg: int, row: int) -> int:
        """One after the last position of the instant of a row, at most the limit."""
        s = self.stretches[seg]
        at = s.booked_at[row]
        while seg <= self.final:
            s = self.stretches[seg]
            while row < s.rows:
                if s.booked_at[row] != at:
                    return min(s.first + row, self.limit)
                row += 1
            seg += 1
            row = 0
        return self.limit

    def together(self, start: int) -> int:
        """Take all payments of the instant that begins here, in any order; gives its end."""
        seg = self.where(start)
        s = self.stretches[seg]
        row = start - s.first
        end = self.instant_end(seg, row)
        self.arrive(end)
        self.settle(start, end)
        for position in range(start, end):
            while position >= s.first + s.rows:
                seg += 1
                s = self.stretches[seg]
            debtor = s.debtor[position - s.first]
            if self.marks[debtor] & PAYS and self.since[debtor] <= position:
                self.come(s.creditor[position - s.first], start, position)
                self.settle(start, end)
        return end

    def settle(self, start: int, end: int) -> None:
        """Let those newly reached pay in an instant."""
        while self.todo.count:
            account = self.todo.pop()
            since = self.since[account]
            for seg in range(max(0, self.where(since)), self.final + 1):
                s = self.stretches[seg]
                if s.first >= end:
                    break
                place = s.payer(account)
                if place < 0:
                    continue
                stop = s.out_starts[place + 1]
                at = s.first_out(s.out_starts[place], stop, max(0, since - s.first))
                while at < stop and s.first + (s.out[at, 3] & ROW) < end:
                    self.come(s.out[at, 3] >> 32, start, s.first + (s.out[at, 3] & ROW))
                    at += 1

    def run(self, start: int, end: int) -> None:
        """Take all payments of whole instants, of which none is waited for.

        Blocks grow until an instant of several rows is met, for what comes after it is done again.
        """
        width = SHORT
        while start < end:
            seg = self.where(start)
            s = self.stretches[seg]
            stop = min(end, s.first + s.rows) - s.first
            row = start - s.first
            while row < stop:
                new = self.blocks(s, row, stop, width)
                row = self.row
                if new:
                    width = min(2 * width, LONG)
                    after = self.keep(seg, new)
                    if after >= 0:
                        width = SHORT
                        row = after - s.first
            start = s.first + row

    def blocks(self, s: Stretch, row: int, until: int, width: int) -> int:
        """Mark creditors of those who have money; without a branch, for it is half and half.

        A few payments that change nothing are passed over together: most do not, early on because
        nobody has money, late because everybody has. Stops after a block in which somebody was
        newly reached, at `row`.
        """
        marks = self.marks
        order = self.order
        came = self.came
        debtors = s.debtor
        creditors = s.creditor
        count = self.count
        late = 2 * count > len(marks)
        new = 0
        end = row + width
        while row < until:
            if row >= end:
                if new:
                    break
                end = row + width
            stop = min(row + 8, until)
            if stop == row + 8 and (
                nothing_new(marks, creditors, row) if late else nobody_pays(marks, debtors, row)
            ):
                row = stop
            while row < stop:
                creditor = creditors[row]
                pays = marks[debtors[row]] & 1
                mark = marks[creditor]
                more = pays << 1 | pays & ~(mark >> 2)
                order[count + new] = creditor
                came[new] = row
                new += (more & ~mark) >> 1
                marks[creditor] = mark | more
                row += 1
        self.row = row
        return new

    def keep(self, seg: int, new: int) -> int:
        """Note who was newly reached; from the first in an instant of several rows on, again.

        Gives the position after that instant, or -1.
        """
        s = self.stretches[seg]
        for i in range(new):
            row = self.came[i]
            at = s.booked_at[row]
            shared = row > 0 and s.booked_at[row - 1] == at
            shared = shared or (row + 1 < s.rows and s.booked_at[row + 1] == at)
            if shared or (row == 0 and seg > 0) or row + 1 == s.rows:
                for j in range(i, new):
                    self.marks[self.order[self.count + j - i]] &= KEEPS
                return self.together(self.instant(seg, row))
            account = self.order[self.count]
            self.first[account] = s.first + row
            self.since[account] = s.first + row
            self.count += 1
        return -1


def nothing_new(marks: Any, creditors: Any, row: int) -> bool:
    """Whether the creditors of a few payments are all reached."""
    every = REACHED
    for i in range(8):
        every &= marks[creditors[row + i]]
    return every != 0


def nobody_pays(marks: Any, debtors: Any, row: int) -> bool:
    """Whether no debtor of a few payments has money."""
    some = 0
    for i in range(8):
        some |= marks[debtors[row + i]]
    return some & PAYS == 0
