"""The made-up town of the generator: who lives there, when they pay, and amounts by kind.

Every number here is an assumption, not a measurement; `docs/reference/generator.md` says which way
they lean. Tables are worked out in decimals, so that every machine gets the same ones.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Context, Decimal
from itertools import accumulate, pairwise

STEPS = 256  # of a row of the table of amounts, from the smallest to the largest
GAP_STEPS = 1024

CASH, BILLERS, RAMPS, ABROAD = 0, 1, 5, 9  # where these accounts begin; each has a name, no bank
OUTSIDE = 12  # so many accounts have no bank
TRANSFER, QR, PAYROLL, BILL, ATM, TRADE, EXCHANGE, REMITTANCE, REVERSAL = range(9)
# Kinds of payments, by their place in a mix and in the table of amounts.
WAGE, SHOP, PEER, BILLED, DRAWN, PAID_IN, SUPPLY, SOLD, SENT, FOREIGN, RETURNED = range(11)

CURRENCIES = ("CNY", "HKD", "USD", "PHP")  # all with two decimals
CHANNELS = (
    "transfer", "qr", "payroll", "bill", "atm", "trade", "exchange", "remittance", "reversal",
)  # fmt: skip
NAMED = (
    "CASH", "UTILITY1", "UTILITY2", "UTILITY3", "UTILITY4", "OFFRAMP1", "OFFRAMP2", "OFFRAMP3",
    "OFFRAMP4", "ABROAD1", "ABROAD2", "ABROAD3",
)  # fmt: skip
MOST_SERIAL = 99_999_989  # the largest prime of eight digits: a number times 48,271 hits each once
LEAST_ACCOUNTS, MOST_ACCOUNTS = 200, 90_000_000

SECOND, CELL = 1_000_000, 900 * 1_000_000  # microseconds; a cell is a quarter of an hour
DAY_CELLS = 96
LOCAL = timezone(timedelta(hours=8))
BUSY = (10, 5, 3, 2, 2, 5, 15, 40, 60, 80, 80, 80, 90, 70, 60, 60, 60, 70, 80, 80, 70, 50, 30, 20)
WEEKEND = 85  # of a hundred
PAYDAYS, PAY_HOURS = (5, 10, 15, 25), (9, 10)
# How many of 1,024 payments are wages, purchases, between people, bills, cash out, cash in, to
# suppliers, to off-ramps, sent abroad, in foreign currency, returned.
ORDINARY = (0, 480, 300, 60, 52, 22, 50, 6, 6, 32, 16)
PAYDAY = (512, 240, 150, 30, 26, 11, 25, 3, 3, 16, 8)
# Median and spread of the log-normal, in minor units; then what thefts need: the amount stolen,
# seconds to the next hop, seconds that who holds and mixes waits, seconds to the report; and what
# lies in an account at first.
STOLEN, DELAY, WAIT, REPORT, OPENING = 11, 12, 13, 14, 15
BELLS = (
    (650_000, "0.45"), (4_200, "0.9"), (22_000, "1.1"), (13_000, "0.6"), (90_000, "0.6"),
    (150_000, "0.6"), (800_000, "1.2"), (300_000, "1"), (500_000, "1"), (30_000, "1"), (1, "0"),
    (2_000_000, "1.2"), (240, "1.3"), (50_000, "0.8"), (21_600, "1.2"), (300_000, "1.5"),
)  # fmt: skip
_DIGITS = Context(prec=25)
_MIDDLE, _SPREAD = Decimal(131_070), Decimal(37_837)  # of four 16-bit draws added up


@dataclass(frozen=True, slots=True)
class Cell:
    """A quarter of an hour: how busy it is, and which kinds of payments it sees."""

    begin: int
    weight: int
    shares: array[int]


@dataclass(frozen=True, slots=True)
class Town:
    """How many accounts of each sort there are; ids follow `OUTSIDE` in this order.

    >>> town = Town.of(10_000)
    >>> town.people, town.shops, town.companies, town.mules, town.foreign, town.accounts
    (8802, 400, 100, 500, 66, 10012)
    """

    people: int
    shops: int
    companies: int
    mules: int
    foreign: int  # in each of three currencies

    @classmethod
    def of(cls, accounts: int) -> Town:
        """A town with that many accounts at banks."""
        shops, companies, mules = accounts // 25, accounts // 100, max(24, accounts // 20)
        foreign = max(3, accounts // 150)
        people = accounts - shops - companies - mules - 3 * foreign
        return cls(people, shops, companies, mules, foreign)

    @property
    def accounts(self) -> int:
        """One more than the largest account id."""
        return OUTSIDE + sum(self.sizes) + 2 * self.foreign

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """As `Traffic` takes them."""
        return self.people, self.shops, self.companies, self.mules, self.foreign

    @property
    def first_mule(self) -> int:
        """The first fresh account that only mules use."""
        return OUTSIDE + self.people + self.shops + self.companies

    def currency(self, account: int) -> int:
        """The place in `CURRENCIES` of an account's currency."""
        beyond = account - self.first_mule - self.mules
        return 0 if beyond < 0 else 1 + beyond // self.foreign


def calendar(begin: int, days: int) -> tuple[Cell, ...]:
    """The quarters of an hour of a period that begins at this instant (microseconds, UTC)."""
    usual, payday = (array("i", accumulate(shares)) for shares in (ORDINARY, PAYDAY))
    return tuple(
        Cell(at, weight * 2 if pays else weight, payday if pays else usual)
        for at, weight, pays in _cells(begin, days)
    )


def _cells(begin: int, days: int) -> Iterator[tuple[int, int, bool]]:
    for at in range(begin, begin + days * DAY_CELLS * CELL, CELL):
        local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(LOCAL)
        hour, quarter = local.hour, local.minute // 15
        weight = BUSY[hour] * (4 - quarter) + BUSY[(hour + 1) % 24] * quarter
        weight *= WEEKEND if local.weekday() > 4 else 100
        yield at, weight, local.day in PAYDAYS and hour in PAY_HOURS


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """A total over cells by weight, whole, and none lost."""
    whole = sum(weights)
    edges = [total * reached // whole for reached in accumulate(weights, initial=0)]
    return [after - before for before, after in pairwise(edges)]


def bells() -> array[int]:
    """The table that `Random.of` reads: a row of `STEPS + 1` amounts for each bell."""
    table = array("q")
    for median, spread in BELLS:
        for step in range(STEPS + 1):
            place = _DIGITS.divide(step * 1024 - _MIDDLE, _SPREAD)
            grown = _DIGITS.exp(_DIGITS.multiply(Decimal(spread), place))
            table.append(max(1, int(_DIGITS.multiply(median, grown))))
    return table


def gaps() -> array[int]:
    """Quantiles of the exponential distribution with mean 1,024; the last step ends the tail."""
    left = [Decimal(GAP_STEPS - step) / GAP_STEPS for step in range(GAP_STEPS)]
    left.append(Decimal(1) / (4 * GAP_STEPS))
    return array("q", (int(-1024 * _DIGITS.ln(share)) for share in left))
