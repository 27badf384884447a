"""Who fed an account: its money followed back by search, under FIFO or LIFO.

Plain Python that `setup.py` compiles with the types in `origin.pxd`; where no compiler is, this
very file runs, slower and with the same results.
"""

from __future__ import annotations

from fanzha.money.flat import Pending, Sheet, Visited
from fanzha.money.ground import Ground, Stretch, Views

LIFO = 1
ROW = (1 << 32) - 1
OPENING, TERMINAL, STOPPED, TOO_DEEP, CUT_SHORT, BEFORE = range(6)  # how a walk back ended


class Backward(Ground):
    """Who fed an account: its money followed back, under FIFO or LIFO, to where it came from.

    Gives sheets: `passed` (position, where in the payment it begins, amount, depth, creditor) and
    `sources` (how it ended, account, amount, position, depth); the sources add up to what was
    asked for. A branch ends at opening money, at a terminal, at a payment that was marked, at
    `deepest` hops, before the first segment, and when `budget` payments have been passed.
    """

    def __init__(
        self, stretches: list[Stretch], known: Views, carried: Views, limit: int, rule: int
    ) -> None:
        Ground.__init__(self, stretches, known, carried, limit)
        self.rule = rule
        self.budget = 1 << 62
        self.deepest = 1 << 62
        self.stops = Visited()
        self.waiting = Pending()
        self.passed = Sheet()
        self.sources = Sheet()

    def mark(self, position: int) -> int:
        """End every branch at this payment."""
        return self.stops.at(position)

    def follow(self, account: int, amount: int) -> int:
        """Follow the last `amount` of an account back (all if negative); gives how much it was."""
        got = self.total(account, 0)
        paid = self.total(account, 1)
        if self.keeps(account):
            held = got
            start = 0
        else:
            held = max(0, got + self.opening(account) - paid)
            start = got - held
        if amount >= 0 and amount < held:
            start += held - amount
            held = amount
        row = self.limit - self.stretches[self.final].first if self.final >= 0 else 0
        if self.rule == LIFO and not self.keeps(account):
            self.dig(account, self.final, row, start - paid, start - paid + held, 0)
        else:
            self.draw(account, self.final, start, start + held, 0)
        left = self.budget
        while self.waiting.count:
            self.step(left > 0)
            left -= 1
        return held

    def step(self, further: bool) -> None:
        """Let the latest payment give back its slices; those that touch go back as one."""
        w = self.waiting
        p = w.pop()
        key = w.key[p]
        seg = w.seg[p]
        at = w.at[p]
        depth = w.stop[p]
        start = w.start[p]
        end = w.end[p]
        while w.count and w.key[w.order[0]] == key:
            p = w.pop()
            low = w.start[p]
            high = w.end[p]
            hops = w.stop[p]  # read before anything is added: `p` is free by now
            if low != end:
                self.give_back(seg, at, start, end, depth, further)
                start = low
                depth = hops
            end = high
            depth = min(depth, hops)
        self.give_back(seg, at, start, end, depth, further)

    def give_back(self, seg: int, at: int, start: int, end: int, depth: int, further: bool) -> None:
        """Take a slice of a payment back to the account that paid it."""
        s = self.stretches[seg]
        debtor = s.into[at, 3] >> 32
        row = s.into[at, 3] & ROW
        position = s.first + row
        self.passed.add(position, start, end - start, depth, debtor)
        if self.stops.find(position) >= 0:
            self.sources.add(STOPPED, debtor, end - start, position, depth)
        elif self.keeps(debtor):
            self.sources.add(TERMINAL, debtor, end - start, position, depth)
        elif depth >= self.deepest:
            self.sources.add(TOO_DEEP, debtor, end - start, position, depth)
        elif not further:
            self.sources.add(CUT_SHORT, debtor, end - start, position, depth)
        elif self.rule == LIFO:
            place = s.payer(debtor)
            paid = s.first_out(s.out_starts[place], s.out_starts[place + 1], row)
            low = s.low[paid]
            self.dig(debtor, seg, row, low + start, low + end, depth)
        else:
            base = s.into[at, 2] - self.opening(debtor)
            self.draw(debtor, seg, base + start, base + end, depth)

    def dig(self, account: int, seg: int, row: int, start: int, end: int, depth: int) -> None:
        """LIFO: what came in between these heights, and still lay there before a row."""
        latest = seg
        while seg >= 0 and start < end:
            s = self.stretches[seg]
            place = s.payer(account)
            if place >= 0:
                first = s.out_starts[place]
                at = s.out_starts[place + 1]
                if row >= 0:
                    at = s.first_out(first, at, row)
                while start < end:
                    at = s.last_lower(first, at, end)
                    if at < 0:
                        break
                    low = max(start, s.low[at])
                    paid = s.out[at, 0] + s.out[at, 1]
                    self.draw(account, latest, low + paid, end + paid, depth)
                    end = low
            seg -= 1
            row = -1
        if start < end:
            paid = self.carried_out[account] if account < len(self.carried_out) else 0
            self.draw(account, latest, start + paid, end + paid, depth)

    def draw(self, account: int, seg: int, start: int, end: int, depth: int) -> None:
        """Find the payments in that brought this stretch; below 0 is opening money."""
        while seg >= 0 and max(start, 0) < end:
            s = self.stretches[seg]
            place = s.payee(account)
            if place >= 0:
                first = s.into_starts[place]
                at = s.covering_into(first, s.into_starts[place + 1], end - 1)
                while at >= first and max(start, 0) < end:
                    before = s.into[at, 0]
                    low = max(start, before)
                    if end > before:
                        row = s.into[at, 3] & ROW
                        p = self.waiting.add(-(s.first + row), low - before, end - before, seg, at)
                        self.waiting.stop[p] = depth + 1
                        end = low
                    at -= 1
            seg -= 1
        if start < end:
            old = account < len(self.carried_in) and self.carried_in[account] > 0
            self.sources.add(BEFORE if old else OPENING, account, end - start, -1, depth)
