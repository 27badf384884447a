"""Who could have received money: the accounts that payments in order of time lead to.

Plain Python that `setup.py` compiles with the types in `reach.pxd`; where no compiler is, this
very file runs, slower and with the same results.
"""

from __future__ import annotations

from fanzha.money.flat import Sheet, Visited
from fanzha.money.ground import Ground, Stretch, Views

ROW = (1 << 32) - 1


class Reach(Ground):
    """Who could have received money: the accounts that payments in order of time lead to.

    Rows of one instant count in any order when `loose`. Gives the sheet `found` (account, position
    of the first payment that leads to it); `budget` bounds how many payments are looked at, and
    `cut` says how many accounts were then not looked into.
    """

    def __init__(self, stretches: list[Stretch], known: Views, carried: Views, limit: int) -> None:
        Ground.__init__(self, stretches, known, carried, limit)
        self.loose = 1
        self.budget = 1 << 62
        self.cut = 0
        self.here = Visited()  # last: from where on it pays; level: up to where that is done
        self.todo = Sheet()

    def start(self, account: int, position: int) -> None:
        """Begin with an account, from a position on."""
        self.come(account, position, -1)

    def begin(self, position: int) -> None:
        """Begin with whoever got a payment."""
        seg = self.where(position)
        if seg < 0 or position >= self.limit:
            return
        s = self.stretches[seg]
        row = position - s.first
        place = s.payer(s.debtor[row])
        at = s.first_out(s.out_starts[place], s.out_starts[place + 1], row)
        self.come(s.out[at, 3] >> 32, self.after(seg, row), position)

    def after(self, seg: int, row: int) -> int:
        """From where on the one paid by this payment can pay it on."""
        s = self.stretches[seg]
        if not self.loose:
            return s.first + row + 1
        instant = s.booked_at[row]
        while True:
            low = 0
            if row == 0 or s.booked_at[row - 1] != instant:
                low = row
            while low < row:
                middle = (low + row) >> 1
                if s.booked_at[middle] < instant:
                    low = middle + 1
                else:
                    row = middle
            if low or seg == 0:
                return s.first + low
            t = self.stretches[seg - 1]
            if t.rows == 0 or t.booked_at[t.rows - 1] != instant:
                return s.first + low
            seg -= 1
            s = t
            row = t.rows - 1

    def come(self, account: int, since: int, position: int) -> None:
        """Note that money can be in an account from a position on."""
        i = self.here.at(account)
        if self.here.opening[i] < 0:
            self.here.opening[i] = 0
            self.here.level[i] = self.limit + 1
            self.here.last[i] = self.limit + 1
            self.here.resting[i] = position
        self.here.resting[i] = min(self.here.resting[i], position)
        if since >= self.here.last[i]:
            return
        queued = self.here.last[i] < self.here.level[i]
        self.here.last[i] = since
        if queued or self.keeps(account):
            return
        self.todo.add(i, 0, 0, 0, 0)

    def spread(self) -> None:
        """Look into every account that was come to."""
        left = self.budget
        while self.todo.count:
            i = self.todo.pop()
            if left <= 0:
                self.cut += 1
                continue
            since = self.here.last[i]
            until = self.here.level[i]
            self.here.level[i] = since
            left -= self.pay(self.here.key[i], since, min(until, self.limit))

    def pay(self, account: int, since: int, until: int) -> int:
        """Come to all whom an account pays in a stretch of positions; gives how many rows."""
        looked = 0
        for seg in range(max(0, self.where(since)), self.final + 1):
            s = self.stretches[seg]
            if s.first >= until:
                break
            place = s.payer(account)
            if place < 0:
                continue
            stop = s.out_starts[place + 1]
            at = s.first_out(s.out_starts[place], stop, max(0, since - s.first))
            while at < stop:
                row = s.out[at, 3] & ROW
                if s.first + row >= until:
                    break
                self.come(s.out[at, 3] >> 32, self.after(seg, row), s.first + row)
                looked += 1
                at += 1
        return looked

    def found(self) -> Sheet:
        """All accounts come to, with the first payment that leads there (-1 for a start)."""
        sheet = Sheet()
        for i in range(self.here.count):
            sheet.add(self.here.key[i], self.here.resting[i], 0, 0, 0)
        return sheet
