"""Thefts made up, with where every coin truly goes: eight shapes over two to five tiers.

The truth is the launderer's intent: *these* coins went on, *those* stayed as a commission. No legal
rule decides it, so no method of tracing is right by construction. Only whole numbers are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fanzha.money import generator as built
from fanzha.money.kernel import kernel
from fanzha.money.town import (
    ABROAD,
    ATM,
    CASH,
    DELAY,
    EXCHANGE,
    OUTSIDE,
    QR,
    RAMPS,
    REMITTANCE,
    REPORT,
    REVERSAL,
    SECOND,
    STOLEN,
    TRANSFER,
    WAIT,
    Town,
    bells,
)

_generator = kernel(built)

SHAPES = (
    "fan_out", "chain", "peel_chain", "cycle", "scatter_gather", "gather_scatter", "layering",
    "quick_cash",
)  # fmt: skip
THEFTS_A_CREW = 12
CREW = 24  # fresh accounts of one crew of mules
RECRUITED = 48  # people of one crew who also live from these accounts
LEAST = 50_000  # minor units: no theft is smaller, and a tenth of it is not passed on
YUAN = 100  # minor units; launderers send whole yuan
MOST_CASH = 20_000 * YUAN  # at one machine at once
USDT = 10**6  # smallest units
RATE = 7_200  # yuan for 1,000 USDT


@dataclass(slots=True)
class Pot:
    """Stolen money of one theft in one account from one instant on."""

    account: int
    left: int
    at: int


@dataclass(frozen=True, slots=True)
class Stolen:
    """One theft: who paid what to whom, when, when it is reported, and what shape follows."""

    number: int
    debtor: int
    creditor: int
    amount: int
    at: int
    reported_at: int
    shape: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One payment that carries stolen money: `stolen` of its `amount`, `own` is the payer's part.

    Of the theft itself both are the whole amount.
    """

    at: int
    debtor: int
    creditor: int
    amount: int
    own: int
    stolen: int
    channel: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Stolen money that bought a crypto-asset: what was paid when to whom, and what came for it."""

    at: int
    ramp: int
    amount: int
    bought: int


@dataclass(slots=True)
class Loot:
    """All thefts: what was stolen, the payments that carried it, and where it truly is at the end.

    `rests` are theft number, account, amount and state; they add up to each theft.
    """

    thefts: list[Stolen] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    rests: list[tuple[int, int, int, str]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)


class Launderer:
    """Steals and launders, one theft after the other, all by one seed.

    `banks` tells each account's bank; what would happen at `end` or later does not happen.
    """

    def __init__(self, seed: int, town: Town, banks: Sequence[int], end: int, crews: int) -> None:
        self.lot = _generator.Random(seed)
        self.bells = memoryview(bells())
        self.town, self.banks, self.end, self.crews = town, banks, end, crews
        self.loot = Loot()
        self.number = self.crew = 0
        self.rests: dict[tuple[int, str], int] = {}
        self.shapes: tuple[Callable[[Pot, int], None], ...] = (
            self.fan_out, self.chain, self.peel_chain, self.cycle, self.scatter_gather,
            self.gather_scatter, self.layering, self.quick_cash,
        )  # fmt: skip

    def steal(self, number: int, at: int) -> None:
        """One theft at that instant, and all that follows from it."""
        self.number, self.rests = number, {}
        self.crew = self.below(self.crews)
        amount = max(LEAST, self.bell(STOLEN) // YUAN * YUAN)
        victim = OUTSIDE + self.below(self.town.people)
        shape = self.below(len(SHAPES))
        first = self.mule(victim) if shape != SHAPES.index("gather_scatter") else self.collector()
        if first == victim:
            first = self.mule(victim)
        self.loot.legs.append(Leg(at, victim, first, amount, amount, amount, TRANSFER))
        self.rest(first, amount)
        reported_at = at + self.bell(REPORT) * SECOND
        self.loot.thefts.append(
            Stolen(number, victim, first, amount, at, reported_at, SHAPES[shape])
        )
        self.shapes[shape](Pot(first, amount, at), 2 + self.below(4))
        self.loot.rests.extend(
            (number, account, left, state) for (account, state), left in self.rests.items()
        )

    # The shapes.

    def fan_out(self, pot: Pot, tiers: int) -> None:
        """Split among several mules, and again at the next tiers."""
        level = [pot]
        for tier in range(min(tiers, 3)):
            level = [
                one for p in level for one in self.split(p, (3 if tier == 0 else 2) + self.below(3))
            ]
        self.cash_in(level)

    def chain(self, pot: Pot, tiers: int) -> None:
        """From mule to mule, each keeping a little, some keeping more."""
        for _ in range(tiers):
            pot = self.hop(pot, self.mule(pot.account), self.passed_on(pot))
        self.cash_in([pot])

    def peel_chain(self, pot: Pot, tiers: int) -> None:
        """From mule to mule, and at each a tenth to a third leaves for good."""
        for _ in range(tiers):
            peeled = pot.left * (10 + self.below(21)) // 100
            self.leave(Pot(pot.account, peeled, pot.at))
            pot.left -= peeled
            pot = self.hop(pot, self.mule(pot.account), self.passed_on(pot))
        self.cash_in([pot])

    def cycle(self, pot: Pot, tiers: int) -> None:
        """Round and back to the first mule, as if it were business."""
        first = pot.account
        for _ in range(tiers):
            pot = self.hop(pot, self.mule(pot.account), self.passed_on(pot))
        if pot.account != first:
            pot = self.hop(pot, first, self.passed_on(pot))
        self.cash_in([pot])

    def scatter_gather(self, pot: Pot, tiers: int) -> None:
        """Split among several mules who all pay the same one."""
        for _ in range(tiers - 2):
            pot = self.hop(pot, self.mule(pot.account), self.passed_on(pot))
        end = self.mule(pot.account)
        self.cash_in(
            self.hop(p, end, self.passed_on(p)) for p in self.split(pot, 3 + self.below(4))
        )

    def gather_scatter(self, pot: Pot, tiers: int) -> None:
        """Collected with other thefts in the crew's own account, held there, then split."""
        pot.at += self.bell(WAIT) * SECOND // 4
        for _ in range(tiers - 2):
            pot = self.hop(pot, self.mule(pot.account), self.passed_on(pot))
        self.cash_in(self.split(pot, 3 + self.below(4)))

    def layering(self, pot: Pot, tiers: int) -> None:
        """From mule to mule, each time to another bank."""
        for _ in range(tiers):
            for _ in range(8):
                mule = self.mule(pot.account)
                if self.banks[mule] != self.banks[pot.account]:
                    break
            pot = self.hop(pot, mule, self.passed_on(pot))
        self.cash_in([pot])

    def quick_cash(self, pot: Pot, _: int) -> None:
        """Drawn as cash within minutes by the first mule."""
        self.draw_cash(pot)

    # The moves.

    def hop(self, pot: Pot, to: int, stolen: int, channel: int = TRANSFER, state: str = "") -> Pot:
        """Pay so much of the pot on; what would come after the end stays. Some wait and mix."""
        at, own, sent = pot.at + self.delay(), 0, channel == TRANSFER
        if sent and self.below(10) == 0:
            at += self.bell(WAIT) * SECOND
            own = stolen * self.below(100) // 100 // YUAN * YUAN
        if sent and self.below(50) == 0:
            at = self.bounce(Leg(at, pot.account, to, stolen + own, own, stolen, TRANSFER))
        if at >= self.end or stolen <= 0 or to == pot.account:
            return Pot(pot.account, 0, pot.at)
        self.loot.legs.append(Leg(at, pot.account, to, stolen + own, own, stolen, channel))
        self.rest(pot.account, -stolen)
        self.rest(to, stolen, state or "resting")
        pot.left -= stolen
        return Pot(to, stolen, at)

    def bounce(self, leg: Leg) -> int:
        """The payment comes back (a wrong name, say) and is tried again: when."""
        back = leg.at + self.delay()
        again = back + self.delay()
        if again < self.end and leg.stolen > 0 and leg.debtor != leg.creditor:
            back_leg = Leg(
                back, leg.creditor, leg.debtor, leg.amount, leg.own, leg.stolen, REVERSAL
            )
            self.loot.legs.extend((leg, back_leg))
            return again
        return leg.at

    def split(self, pot: Pot, ways: int) -> list[Pot]:
        """Pay about even parts to several mules; empty ones where the time ran out."""
        whole = self.passed_on(pot)
        parts = [50 + self.below(100) for _ in range(ways)]
        shares = [whole * part // sum(parts) // YUAN * YUAN for part in parts]
        return [self.hop(pot, self.mule(pot.account), share) for share in shares]

    def cash_in(self, pots: Iterable[Pot]) -> None:
        """Each pot leaves for good, or stays."""
        for pot in pots:
            self.leave(pot)

    def leave(self, pot: Pot) -> None:
        """Cash, an off-ramp, abroad, goods of an honest seller; or the money is left lying."""
        way = self.below(100)
        if pot.left <= 0 or way >= 84:
            return
        if way < 38:
            self.draw_cash(pot)
        elif way < 60:
            ramp = self.hop(pot, RAMPS + self.below(4), pot.left, EXCHANGE, "offramp")
            if ramp.left:
                bought = ramp.left * USDT * 1000 // (RATE * YUAN)
                self.loot.changed.append(Changed(ramp.at, ramp.account, ramp.left, bought))
        elif way < 70:
            self.hop(pot, ABROAD + self.below(3), pot.left, REMITTANCE, "abroad")
        else:
            self.hop(pot, self.seller(), pot.left, QR, "seller")

    def draw_cash(self, pot: Pot) -> None:
        """Up to eight withdrawals in notes of a hundred; the rest stays."""
        for _ in range(8):
            notes = min(pot.left, MOST_CASH) // (100 * YUAN) * (100 * YUAN)
            drawn = self.hop(pot, CASH, notes, ATM, "cash")
            if not drawn.left:
                return
            pot.at = drawn.at

    def rest(self, account: int, amount: int, state: str = "resting") -> None:
        """Money of this theft comes to an account, or goes from it."""
        left = self.rests.get((account, state), 0) + amount
        if left:
            self.rests[account, state] = left
        else:
            self.rests.pop((account, state), None)

    # The draws.

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, not including, `limit`."""
        drawn: int = self.lot.below(limit)
        return drawn

    def bell(self, row: int) -> int:
        """An amount, or seconds, of a row of the town's bells."""
        drawn: int = self.lot.of(self.bells, row)
        return drawn

    def delay(self) -> int:
        """Microseconds to the next move: median four minutes, a heavy tail."""
        return self.bell(DELAY) * SECOND + self.below(SECOND)

    def passed_on(self, pot: Pot) -> int:
        """All but a commission of one to three percent; one time in twenty much more stays."""
        kept = 10 + self.below(21) if self.below(20) == 0 else 1 + self.below(3)
        return pot.left * (100 - kept) // 100 // YUAN * YUAN

    def collector(self) -> int:
        """The account in which the crew gathers."""
        return self.town.first_mule + self.crew * CREW % self.town.mules

    def mule(self, payer: int) -> int:
        """An account of the crew other than the payer's: fresh, or of somebody recruited."""
        while True:
            if self.below(5) < 3:
                place = (self.crew * CREW + self.below(CREW)) % self.town.mules
                account = self.town.first_mule + place
            else:
                who = _generator.mix(self.crew << 8 ^ self.below(RECRUITED))
                account = OUTSIDE + who % self.town.people
            if account != payer:
                return account

    def seller(self) -> int:
        """Somebody who sells something for the money, and knows nothing."""
        if self.below(2):
            return OUTSIDE + self.below(self.town.people)
        return OUTSIDE + self.town.people + self.below(self.town.shops)
