"""The kernel that makes ordinary payments up, in the order in which they happen.

Nobody in it is real. A seed gives the same payments on every machine: only whole numbers are used,
and no draw depends on a clock, a library or the size of a batch. What is modelled and what is not
stands in `docs/reference/generator.md`. Plain Python that `setup.py` compiles with the types in
`generator.pxd`; where no compiler is, this very file runs, slower and with the same results.
"""

from __future__ import annotations

from array import array
from typing import Any

from fanzha.money.town import (
    ABROAD,
    ATM,
    BILL,
    BILLED,
    BILLERS,
    CASH,
    DRAWN,
    EXCHANGE,
    FOREIGN,
    OUTSIDE,
    PAID_IN,
    PAYROLL,
    PEER,
    QR,
    RAMPS,
    REMITTANCE,
    RETURNED,
    REVERSAL,
    SENT,
    SHOP,
    SOLD,
    STEPS,
    SUPPLY,
    TRADE,
    TRANSFER,
    WAGE,
)

WORD = (1 << 64) - 1
GOLDEN, MIX_A, MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # splitmix64
EVEN = 1 << 25  # keeps the busiest people from being busier still
EVEN_SQUARED, SPOTS = EVEN * EVEN, (1 << 31) + 2 * EVEN
RING = 1024  # purchases that may still be returned
STAFF = 128  # of one company, paid in runs of 16


class Random:
    """Numbers that look drawn by lot, and are the same for the same seed everywhere (splitmix64).

    >>> lot = Random(7)
    >>> lot.below(100), lot.below(100), Random(7).below(100)
    (52, 30, 52)
    """

    def __init__(self, seed: int) -> None:
        self.state = mix(seed & WORD)

    def draw(self) -> int:
        """The next 64 bits."""
        self.state = (self.state + GOLDEN) & WORD
        return mix(self.state)

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, not including, `limit` (below 2^32)."""
        return ((self.draw() >> 32) * limit) >> 32

    def of(self, table: Any, row: int) -> int:
        """An amount (or a delay) of a bell-shaped row of a table: four uniform draws added up."""
        bits = self.draw()
        spot = (bits & 65535) + (bits >> 16 & 65535) + (bits >> 32 & 65535) + (bits >> 48)
        at = row * (STEPS + 1) + (spot >> 10)
        low: int = table[at]
        high: int = table[at + 1]
        return low + ((high - low) * (spot & 1023) >> 10)


def mix(bits: int) -> int:
    """64 bits stirred: equal in, equal out, neighbours far apart."""
    bits = ((bits ^ (bits >> 30)) * MIX_A) & WORD
    bits = ((bits ^ (bits >> 27)) * MIX_B) & WORD
    return bits ^ (bits >> 31)


class Traffic:
    """Ordinary people, shops and companies paying each other, and what lies in every account.

    `sizes` are the numbers of people, shops, companies, fresh accounts that only mules use, and
    accounts in each of three foreign currencies; ids follow `OUTSIDE` in that order. `period` is
    the first instant and the length in microseconds. `own` is, for each account, what lies there
    without its opening and the least that ever did: stolen money under way is nobody's own.
    """

    def __init__(self, seed: int, sizes: Any, period: Any, tables: Any, state: Any) -> None:
        self.lot, self.gap_lot = Random(seed), Random(seed + 1)
        self.seed = seed & WORD
        self.people, self.shops, self.companies, mules, self.foreign = sizes
        self.first_shop = OUTSIDE + self.people
        self.first_company = self.first_shop + self.shops
        self.first_foreign = self.first_company + self.companies + mules
        self.begin, self.length = period
        self.amounts, self.gaps = tables
        self.own, self.sales = state
        self.ring_debtor = array("q", bytes(8 * RING))
        self.ring_creditor = array("q", bytes(8 * RING))
        self.ring_amount = array("q", bytes(8 * RING))
        self.sold = self.at = self.wages = self.row = self.leg = 0
        self.debtor = self.creditor = self.amount = self.channel = 0

    def into(self, columns: Any) -> None:
        """Write the next payments here: times, debtors, creditors, amounts, channels."""
        self.out_at, self.out_debtor, self.out_creditor, self.out_amount, self.out_channel = columns
        self.row = 0

    def laid_on_top(self, legs: Any) -> None:
        """Payments with stolen money in order of time.

        Columns as `write` takes them, and of each amount: how much the debtor gives of their own,
        and how much is stolen.
        """
        (
            self.leg_at, self.leg_debtor, self.leg_creditor, self.leg_amount, self.leg_own,
            self.leg_stolen, self.leg_channel,
        ) = legs  # fmt: skip
        self.leg = 0

    def fill(self, cell: int, span: Any, count: int, shares: Any) -> None:
        """The payments of one stretch of time: `count` ordinary ones and the stolen ones between.

        `span` is where it begins and how long it is, `shares` how many of 1,024 payments belong to
        each kind, added up. Instants are those of a Poisson process of which `count` are known.
        """
        begin, width = span
        kinds = shares
        self.lot.state = mix(self.seed ^ mix(2 * cell))
        self.gap_lot.state = start = mix(self.seed ^ mix(2 * cell + 1))
        self.cell = cell
        self.wages = 0
        whole = 0
        for _ in range(count + 1):
            whole += self.gap()
        self.gap_lot.state = start
        passed = 0
        for _ in range(count):
            passed += self.gap()
            at = begin + passed * width // whole
            self.lay_stolen(at)
            self.at = at
            self.make(kinds)
            self.write(self.amount, self.amount)
        self.lay_stolen(begin + width - 1)

    def gap(self) -> int:
        """The time to the next payment, in no unit: exponential, by a table of its quantiles."""
        bits = self.gap_lot.draw()
        at = bits >> 54
        low: int = self.gaps[at]
        high: int = self.gaps[at + 1]
        return low + ((high - low) * (bits >> 22 & 1023) >> 10) + 1

    def lay_stolen(self, until: int) -> None:
        """Write the stolen payments that happened by now."""
        while self.leg < len(self.leg_at) and self.leg_at[self.leg] <= until:
            k = self.leg
            self.at = self.leg_at[k]
            self.debtor = self.leg_debtor[k]
            self.creditor = self.leg_creditor[k]
            self.amount = self.leg_amount[k]
            self.channel = self.leg_channel[k]
            self.write(self.leg_own[k], self.amount - self.leg_stolen[k])
            self.leg = k + 1

    def write(self, given: int, got: int) -> None:
        """The payment at hand into the columns; what of it is the parties' own into balances."""
        row = self.row
        debtor = self.debtor
        creditor = self.creditor
        self.out_at[row] = self.at
        self.out_debtor[row] = debtor
        self.out_creditor[row] = creditor
        self.out_amount[row] = self.amount
        self.out_channel[row] = self.channel
        self.row = row + 1
        left = self.own[debtor, 0] - given
        self.own[debtor, 0] = left
        if left < self.own[debtor, 1]:
            self.own[debtor, 1] = left
        self.own[creditor, 0] += got
        if self.first_shop <= creditor < self.first_company:
            self.sales[creditor - self.first_shop] += 1

    def make(self, shares: Any) -> None:
        """Who pays whom how much: a kind by the mix, then the parties that go with it."""
        bits = self.lot.draw()
        kind = 0
        while bits & 1023 >= shares[kind]:
            kind += 1
        if kind == RETURNED and self.give_back(bits):
            return
        if kind == WAGE:
            self.pay_wage()
        elif kind == FOREIGN:
            self.pay_in_foreign(bits)
        elif kind == SUPPLY:
            self.debtor = self.first_shop + self.popular(bits, self.shops)
            self.creditor = self.first_company + self.popular(self.lot.draw(), self.companies)
            self.settle(SUPPLY, 100, TRADE)
        else:
            self.pay_as_person(kind, self.person(bits))

    def pay_as_person(self, kind: int, person: int) -> None:
        """What people do: buy, pay each other and bills, draw cash, change money, send it off."""
        bits = self.lot.draw()
        self.debtor = person
        if kind == PEER:
            self.creditor = self.contact(person, bits)
            if bits & 3 == 0:  # a friend pays back
                self.debtor, self.creditor = self.creditor, person
            self.settle(PEER, 1 if bits & 12 == 0 else 100, TRANSFER)
        elif kind == BILLED:
            self.creditor = BILLERS + (bits & 3)
            self.settle(BILLED, 1, BILL)
        elif kind == DRAWN:
            self.creditor = CASH
            self.settle(DRAWN, 10_000, ATM)
        elif kind == PAID_IN:
            self.debtor, self.creditor = CASH, person
            self.settle(PAID_IN, 10_000, ATM)
        elif kind == SOLD:
            self.creditor = RAMPS + (bits & 3)
            self.settle(SOLD, 100, EXCHANGE)
        elif kind == SENT:
            self.creditor = ABROAD + bits % 3
            self.settle(SENT, 100, REMITTANCE)
        else:
            self.creditor = self.first_shop + self.usual_shop(person, bits)
            self.settle(SHOP, 1, QR)
            self.remember()

    def pay_wage(self) -> None:
        """Companies pay in runs: 16 of their people one after the other, the same every month."""
        run = mix(self.seed ^ mix(self.cell << 20 ^ self.wages >> 4))
        company = ((run >> 32) * self.companies) >> 32
        place = (self.wages & 15) + 16 * (run & 7)
        self.wages += 1
        self.debtor = self.first_company + company
        self.creditor = self.person(mix(company * STAFF + place))
        self.settle(WAGE, 100, PAYROLL)

    def pay_in_foreign(self, bits: int) -> None:
        """Two accounts of one foreign currency."""
        first = self.first_foreign + (bits >> 10) % 3 * self.foreign
        one = ((bits >> 32) * self.foreign) >> 32
        other = ((self.lot.draw() >> 32) * (self.foreign - 1)) >> 32
        self.debtor = first + one
        self.creditor = first + (other + 1 if other >= one else other)
        self.settle(FOREIGN, 1, TRANSFER)

    def settle(self, kind: int, unit: int, channel: int) -> None:
        """The amount of this kind, in whole `unit`s, at least one."""
        amount = self.lot.of(self.amounts, kind)
        self.amount = (amount // unit) * unit if amount >= unit else unit
        self.channel = channel

    def remember(self) -> None:
        """Keep a purchase that may be returned."""
        spot = self.sold & (RING - 1)
        self.ring_debtor[spot] = self.debtor
        self.ring_creditor[spot] = self.creditor
        self.ring_amount[spot] = self.amount
        self.sold += 1

    def give_back(self, bits: int) -> bool:
        """A recent purchase is returned, once; False where there is none."""
        spot = bits >> 54
        if self.ring_amount[spot] == 0:
            return False
        self.debtor = self.ring_creditor[spot]
        self.creditor = self.ring_debtor[spot]
        self.amount = self.ring_amount[spot]
        self.channel = REVERSAL
        self.ring_amount[spot] = 0
        return True

    def person(self, bits: int) -> int:
        """Somebody whose account is open by now; busy people more often."""
        rank = self.active(bits)
        while not self.is_open(rank):
            rank = rank + 1 if rank + 1 < self.people else 0
        return OUTSIDE + rank

    def contact(self, person: int, bits: int) -> int:
        """Somebody whom this person often pays: one of up to 16, the first ones mostly."""
        one = bits >> 8 & 15
        two = bits >> 12 & 15
        rank = self.active(mix(person << 4 ^ (one if one < two else two)))
        while OUTSIDE + rank == person or not self.is_open(rank):
            rank = rank + 1 if rank + 1 < self.people else 0
        return OUTSIDE + rank

    def usual_shop(self, person: int, bits: int) -> int:
        """Every second time one of eight shops that this person likes, else any, by popularity."""
        if bits & 1:
            bits = mix(person << 3 ^ (bits >> 1 & 7))
        return self.popular(bits, self.shops)

    def active(self, bits: int) -> int:
        """A person's rank: activity falls with the root of it; the first is 32 times the mean."""
        spot = (bits >> 33) + EVEN
        rank: int = ((spot * spot - EVEN_SQUARED) >> 31) * self.people // SPOTS
        return rank

    def popular(self, bits: int, many: int) -> int:
        """A rank of which the popularity falls with its power of two thirds."""
        spot = bits >> 43
        return ((spot * spot * spot) >> 31) * many >> 32

    def is_open(self, rank: int) -> bool:
        """One account in 32 is opened within the period; the first of all never is."""
        bits = mix(self.seed + rank)
        if bits & 31 or rank == 0:
            return True
        opened: int = self.begin + (bits >> 44) * (self.length >> 20)
        return opened <= self.at
