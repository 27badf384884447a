"""One run of the generator: a town, the thefts laid on top, and payments batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fanzha.money import generator as built
from fanzha.money.kernel import kernel
from fanzha.money.laundering import THEFTS_A_CREW, Launderer, Loot
from fanzha.money.town import CELL, OPENING, STEPS, Cell, Town, bells, calendar, gaps, shared_out

ROWS = 1 << 20  # of one batch, and of one row group
COLUMNS = (np.int64, np.int32, np.int32, np.int64, np.int8)
BANKS_BY_DEFAULT = 6
TERMINAL_SALES = 2_000  # purchases after which a shop counts as a merchant, where tracing ends
FRESH_PART = 100  # of a fresh account's opening balance only one part in so many is there
_SIGN = np.uint64(0x9E3779B97F4A7C15)

_generator = kernel(built)
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Payments in order: microseconds UTC, account ids, minor units, places in `CHANNELS`."""

    booked_at: Longs
    debtor: npt.NDArray[np.int32]
    creditor: npt.NDArray[np.int32]
    amount: Longs
    channel: npt.NDArray[np.int8]


class Run:
    """Everything about the made-up payments that a seed decides; `batches` may be asked again.

    `own` and `sales` are what the last run through all batches left: each account's own money
    and its least, without its opening, and how many purchases each shop saw.
    """

    def __init__(self, payments: int, thefts: int, seed: int, banks: int, town: Town) -> None:
        self.seed, self.town = seed, town
        self.payments, self.thefts = payments, thefts
        self.bells, self.gaps = bells(), gaps()
        self.banks = _banks(seed, banks, town.accounts)
        self.cells: tuple[Cell, ...] = ()
        self.loot = Loot()

    def plan(self, begin: int, days: int) -> None:
        """Lay the thefts; the ordinary payments are what is left of the number wanted."""
        self.cells = calendar(begin, days)
        self.period = begin, days * 96 * CELL
        self.loot = self._steal()
        legs = sorted(self.loot.legs, key=lambda leg: leg.at)
        names = ("at", "debtor", "creditor", "amount", "own", "stolen", "channel")
        self.legs = [
            np.fromiter((getattr(leg, name) for leg in legs), np.int64, len(legs)) for name in names
        ]

    def _steal(self) -> Loot:
        lot = _generator.Random(self.seed + 2)
        crews = max(1, self.thefts // THEFTS_A_CREW)
        end = sum(self.period)
        launderer = Launderer(self.seed + 3, self.town, self.banks.tolist(), end, crews)
        reached = np.cumsum([cell.weight for cell in self.cells])
        for number in range(1, self.thefts + 1):
            spot = lot.below(1 << 31) * int(reached[-1]) >> 31
            cell = self.cells[int(np.searchsorted(reached, spot, side="right"))]
            launderer.steal(number, cell.begin + lot.below(CELL))
        return launderer.loot

    def batches(self) -> Iterator[Batch]:
        """All payments, about `ROWS` at a time; memory is bounded by that and by the accounts."""
        counts = shared_out(self.payments - len(self.legs[0]), [cell.weight for cell in self.cells])
        edges = np.fromiter((cell.begin for cell in self.cells[1:]), np.int64)
        reached = np.searchsorted(self.legs[0], edges)
        laid = np.diff(reached, prepend=0, append=len(self.legs[0]))
        traffic = self._traffic()
        for first, last, rows in _groups([c + int(n) for c, n in zip(counts, laid, strict=True)]):
            columns: list[Any] = [np.empty(rows, kind) for kind in COLUMNS]
            traffic.into(_views(*columns))
            for number in range(first, last):
                cell = self.cells[number]
                traffic.fill(number, (cell.begin, CELL), counts[number], memoryview(cell.shares))
            yield Batch(*columns)

    def _traffic(self) -> Any:
        self.own = np.zeros((self.town.accounts, 2), np.int64)
        self.sales = np.zeros(self.town.shops, np.int64)
        traffic = _generator.Traffic(
            self.seed,
            self.town.sizes,
            self.period,
            _views(self.bells, self.gaps),
            _views(self.own, self.sales),
        )
        traffic.laid_on_top(_views(*self.legs))
        return traffic

    def openings(self) -> Longs:
        """What lay in each account at first, so that nobody's own money ever runs out."""
        bits = _stirred(np.arange(self.town.accounts, dtype=np.uint64), self.seed + 4)
        spot = sum(
            (bits >> np.uint64(16 * k) & np.uint64(65535)).astype(np.int64) for k in range(4)
        )
        table = np.array(self.bells[OPENING * (STEPS + 1) : (OPENING + 1) * (STEPS + 1)])
        at = spot >> 10
        drawn = table[at] + ((table[at + 1] - table[at]) * (spot & 1023) >> 10)
        drawn[self.town.first_mule : self.town.first_mule + self.town.mules] //= FRESH_PART
        return np.asarray(drawn - self.own[:, 1])

    def merchants(self) -> Longs:
        """The ids of shops at which tracing ends: many buy there."""
        first = self.town.first_mule - self.town.companies - self.town.shops
        return first + np.flatnonzero(self.sales >= TERMINAL_SALES)


def _groups(rows: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Neighbouring cells that make a batch: the first, one after the last, how many payments."""
    first = whole = 0
    for number, more in enumerate(rows):
        if whole and whole + more > ROWS:
            yield first, number, whole
            first, whole = number, 0
        whole += more
    yield first, len(rows), whole


def _banks(seed: int, banks: int, accounts: int) -> npt.NDArray[np.int8]:
    """Each account's bank, the first ones being larger."""
    bits = _stirred(np.arange(accounts, dtype=np.uint64), seed + 5)
    one, other = bits % np.uint64(banks), (bits >> np.uint64(32)) % np.uint64(banks)
    chosen: npt.NDArray[np.int8] = np.minimum(one, other).astype(np.int8)
    return chosen


def _views(*arrays: Any) -> list[memoryview]:
    """What a kernel takes: plain Python finds plain numbers in them."""
    return [memoryview(array) for array in arrays]


def _stirred(numbers: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.uint64]:
    """`generator.mix` of many numbers at once."""
    bits = numbers * _SIGN + np.uint64(_generator.mix(seed))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))
