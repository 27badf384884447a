"""The kernel of the watch: every payment once, as it comes, and what stolen money it carries.

Plain Python that `setup.py` compiles with the types in `stream.pxd`; where no compiler is, this
very file runs, slower and with the same results. An account is a number, its state a balance and a
byte of marks; only accounts that hold stolen money have more: slices (FIFO, LIFO) or one of the
pots of `pots.py`. Thefts are numbers too. Money is int64, and a sum of 2^62 is refused.
"""

from __future__ import annotations

from array import array
from decimal import Decimal
from typing import Any

from fanzha.money.pots import METHODS
from fanzha.money.slices import Slices, longer

TAINTED, TERMINAL, ROBBED = 1, 2, 4  # holds stolen money, keeps it, will pay a theft
MARKS = (TAINTED, TERMINAL, ROBBED)  # to read from outside: compiled, the three are C numbers
DAY = 86_400_000_000  # µs: how far a theft's stated time may be from its payment's
LIMIT = 1 << 62  # all openings and amounts together stay below
MISSING = -1  # no theft, no slice, no instant before


class Hit:
    """A payment that carries stolen money: `row` as it was fed, what it carries of which theft.

    `begun` is the theft that this very payment is, or -1. `disputed` is money of other thefts that
    was inside it. `short` is what the debtor paid beyond all that was known to be there. `late`
    says that a payment with a later time came before it.
    """

    def __init__(self, row: int, traced: Any, begun: int, disputed: Any, short: int) -> None:
        self.row = row
        self.traced = traced
        self.begun = begun
        self.disputed = disputed
        self.short = short
        self.late = False


class Stream:
    """What every account holds now under one method, and of it what was stolen.

    Amounts of pro rata and LIBR below `floor` minor units are let go and booked in `dropped`, or
    they would be halved for ever; under poison a theft is followed for `horizon` µs (0: for ever).
    `silent` tells only of the payments that are thefts themselves: for who wants the end alone.
    """

    def __init__(
        self, method: str, floor: Any = 0, horizon: int = 0, *, silent: bool = False
    ) -> None:
        self.fifo = method == "fifo"
        self.exact = method in ("fifo", "lifo")
        self.poison = method == "poison"
        self.method = method
        self.silent = silent
        self.floor = Decimal(floor)
        self.horizon = horizon
        self.accounts = 0
        self.balance: Any = array("q")
        self.missing: Any = array("q")  # opened with, though nobody had stated it
        self.mark: Any = array("B")
        self.moved = 0  # all openings and amounts
        self.latest = -LIMIT
        self.pots: dict[int, Any] = {}
        self.stated: list[int] = []  # when each theft is said to have happened, µs
        self.wanted: dict[tuple[int, int, int], list[int]] = {}
        self.disputed: dict[tuple[int, int, int], Any] = {}  # theft, account, by
        self.ended: dict[tuple[int, int], Any] = {}  # theft, terminal
        self.dropped: dict[int, Any] = {}
        self.slices = Slices(self.fifo)

    def grow(self, accounts: int) -> None:
        """Make room for account numbers below `accounts`; new ones hold nothing."""
        if accounts <= self.accounts:
            return
        if accounts > len(self.balance):
            room = max(accounts, len(self.balance) * 3 // 2, 1024)
            self.balance = longer(self.balance, "q", room)
            self.missing = longer(self.missing, "q", room)
            self.mark = longer(self.mark, "B", room)
            self.slices.grow(room)
        self.accounts = accounts

    def open(self, account: int, amount: int) -> None:
        """State what an account holds before its first payment; an overdraft counts as nothing."""
        if amount > 0:
            self.spend_room(amount)
            self.balance[account] += amount

    def end(self, account: int) -> None:
        """Make an account a terminal: it keeps what it gets, and pays money of its own."""
        if self.mark[account] & TAINTED:
            for theft, amount in self.inside(account).items():
                self.keep(theft, account, amount)
            self.pots.pop(account, None)
            self.slices.slot[account] = 0
            self.mark[account] &= ~TAINTED
        self.mark[account] |= TERMINAL

    def want(self, debtor: int, creditor: int, amount: int, at: int) -> int:
        """Look out for a theft: the first payment with these ends and amount within a day of `at`.

        Gives the number of the theft. A theft already found is told by `began` instead.
        """
        theft = self.began(at)
        self.wanted.setdefault((debtor, creditor, amount), []).append(theft)
        self.mark[debtor] |= ROBBED
        return theft

    def began(self, at: int) -> int:
        """The number of a theft whose payment is known and will be told to `pay`."""
        self.stated.append(at)
        return len(self.stated) - 1

    def spend_room(self, amount: int) -> None:
        """Count towards the limit of all that may ever move; raises `OverflowError` at it."""
        if amount < 0 or amount >= LIMIT - self.moved:
            raise OverflowError("more than 2^62 minor units have moved")
        self.moved += amount

    def feed(
        self, booked_at: Any, debtors: Any, creditors: Any, amounts: Any, begin: int, end: int
    ) -> list[Hit]:
        """Take the payments from `begin` to before `end`, in order, and give those that carry.

        The caller has made room (`grow`, `spend_room`) and looked that amounts are positive.
        """
        hits: list[Hit] = []
        balance = self.balance
        mark = self.mark
        latest = self.latest
        for row in range(begin, end):
            debtor = debtors[row]
            creditor = creditors[row]
            amount = amounts[row]
            at = booked_at[row]
            seen = mark[debtor]
            if seen == 0 or seen == TERMINAL:
                left = balance[debtor] - amount
                if left < 0:
                    self.missing[debtor] -= left
                    left = 0
                balance[debtor] = left
                balance[creditor] += amount
            else:
                hit = self.move(row, debtor, creditor, amount, at, MISSING)
                if hit is not None:
                    hit.late = at < latest
                    hits.append(hit)
            if at > latest:
                latest = at
        self.latest = latest
        return hits

    def pay(
        self, row: int, debtor: int, creditor: int, amount: int, at: int, theft: int
    ) -> Hit | None:
        """Take one payment; `theft` is the one that it is known to be, or -1.

        Raises `OverflowError` as `spend_room` does, before anything has moved.
        """
        if amount >= LIMIT - self.moved:
            raise OverflowError("more than 2^62 minor units have moved")
        self.moved += amount
        hit = self.move(row, debtor, creditor, amount, at, theft)
        if at < self.latest:
            if hit is not None:
                hit.late = True
        else:
            self.latest = at
        return hit

    def move(
        self, row: int, debtor: int, creditor: int, amount: int, at: int, theft: int
    ) -> Hit | None:
        """Let one payment move what it carries."""
        seen = self.mark[debtor]
        held = self.balance[debtor]
        short = amount - held if amount > held else 0
        if short:
            self.missing[debtor] += short
        self.balance[debtor] = held + short - amount
        if seen & ROBBED and theft < 0:
            theft = self.claim(debtor, creditor, amount, at)
        if theft < 0 and not seen & TAINTED:
            self.balance[creditor] += amount
            return None
        if self.exact:
            return self.move_slices(row, debtor, creditor, amount, short, theft)
        return self.move_shares(row, debtor, creditor, amount, short, theft, at)

    def claim(self, debtor: int, creditor: int, amount: int, at: int) -> int:
        """The theft that this payment is: the one nearest in time of those still looked for."""
        key = (debtor, creditor, amount)
        waiting = self.wanted.get(key)
        if not waiting:
            return MISSING
        theft = min(waiting, key=Nearness(self.stated, at))
        if abs(self.stated[theft] - at) > DAY:
            return MISSING
        waiting.remove(theft)
        if not waiting:
            del self.wanted[key]
        return theft

    def move_slices(
        self, row: int, debtor: int, creditor: int, amount: int, short: int, theft: int
    ) -> Hit | None:
        """FIFO and LIFO: cut off what leaves, lay it down where it arrives."""
        held = self.slices
        held.pieces = 0
        if held.slot[debtor] and not held.take(debtor, amount, short, self.balance[debtor]):
            self.mark[debtor] &= ~TAINTED
        if theft >= 0:
            return self.begin(row, creditor, amount, short, theft)
        if held.pieces:
            self.lay_down(creditor)
        self.balance[creditor] += amount
        if self.silent or not held.pieces:
            return None
        return Hit(row, held.of_thefts(), theft, (), short)

    def begin(self, row: int, creditor: int, amount: int, short: int, theft: int) -> Hit:
        """The same where the payment is itself a theft: all of it is then of that one."""
        held = self.slices
        disputed = held.of_thefts()
        self.dispute(creditor, theft, disputed)
        held.pieces = 0
        held.add_piece(0, amount, theft)
        self.lay_down(creditor)
        self.balance[creditor] += amount
        return Hit(row, [(theft, amount)], theft, disputed, short)

    def lay_down(self, creditor: int) -> None:
        """Lay the pieces in hand where they arrive; a terminal keeps them for good."""
        held = self.slices
        if self.mark[creditor] & TERMINAL:
            for i in range(held.pieces):
                self.keep(held.took_owner[i], creditor, held.took[i])
        else:
            held.put(creditor, self.balance[creditor])
            self.mark[creditor] |= TAINTED

    def dispute(self, creditor: int, by: int, carried: Any) -> None:
        """Book money of other thefts inside the payment that is the theft `by`."""
        for whose, amount in carried:
            key = (whose, creditor, by)
            self.disputed[key] = self.disputed.get(key, 0) + amount

    def keep(self, theft: int, terminal: int, amount: Any) -> None:
        """Book what a terminal got for good."""
        key = (theft, terminal)
        self.ended[key] = self.ended.get(key, 0) + amount

    def move_shares(
        self, row: int, debtor: int, creditor: int, amount: int, short: int, theft: int, at: int
    ) -> Hit | None:
        """Pro rata, LIBR and poison: the pots of the batch trace, with their balances set."""
        pot = self.pots.get(debtor)
        carried = self.taken(pot, debtor, amount, at) if pot is not None else []
        disputed: Any = ()
        if theft >= 0:
            self.dispute(creditor, theft, carried)
            disputed = whole(carried)
            carried = [(theft, amount)]
        if carried:
            self.shared(creditor, carried, amount)
        self.balance[creditor] += amount
        if self.silent and theft < 0:
            return None
        traced = whole(carried)
        return Hit(row, traced, theft, disputed, short) if traced or disputed else None

    def taken(self, pot: Any, debtor: int, amount: int, at: int) -> list[tuple[int, Any]]:
        """What leaves a pot; one that is left with nothing stolen is forgotten."""
        pot.balance = self.balance[debtor] + amount
        if self.poison:
            if self.horizon:
                pot.thefts = frozenset(
                    [t for t in pot.thefts if at - self.stated[t] <= self.horizon]
                )
            carried = pot.take(amount)
            left = len(pot.thefts)
        else:
            carried = self.above_floor(pot.take(amount))
            if self.floor:
                pot.shares = dict(self.above_floor(list(pot.shares.items())))
            left = len(pot.shares)
        if not left:
            del self.pots[debtor]
            self.mark[debtor] &= ~TAINTED
        return [(whose, part) for whose, part in carried if whose is not None and part]

    def above_floor(self, carried: Any) -> list[tuple[int, Any]]:
        """Without the parts that are too small to follow: these are booked as dropped."""
        if not self.floor:
            return carried  # type: ignore[no-any-return]
        kept = []
        for whose, part in carried:
            if part < self.floor:
                self.dropped[whose] = self.dropped.get(whose, 0) + part
            else:
                kept.append((whose, part))
        return kept

    def shared(self, creditor: int, carried: Any, amount: int) -> None:
        """Put what a payment carries into the creditor's pot."""
        if self.mark[creditor] & TERMINAL:
            for whose, part in carried:
                self.keep(whose, creditor, part)
            return
        pot = self.pots.get(creditor)
        if pot is None:
            pot = self.pots[creditor] = METHODS[self.method]()
            self.mark[creditor] |= TAINTED
        pot.balance = self.balance[creditor]
        pot.put(carried, amount)

    def inside(self, account: int) -> dict[int, Any]:
        """What lies in an account now, by theft: exact, or a share with all its digits."""
        if self.exact:
            return self.slices.inside(account)
        if account not in self.pots:
            return {}
        pot = self.pots[account]
        pot.balance = self.balance[account]
        return pot.content()  # type: ignore[no-any-return]

    def slices_of(self, account: int) -> list[tuple[int, int, int]]:
        """The slices of an account: where each begins from the oldest money, its size, whose."""
        return self.slices.listed(account)

    def lay_slices(self, account: int, slices: Any) -> None:
        """Give an account without slices those that `slices_of` said."""
        self.slices.lay_all(account, slices)
        self.mark[account] |= TAINTED


class Nearness:
    """How far a theft's stated time is from an instant; a class, for kernels have no closures."""

    def __init__(self, stated: Any, at: int) -> None:
        self.stated = stated
        self.at = at

    def __call__(self, theft: int) -> int:
        return abs(self.stated[theft] - self.at)  # type: ignore[no-any-return]


def whole(carried: Any) -> list[tuple[int, int]]:
    """Whole minor units; less than half of one is left out, and nothing here is added up."""
    found = []
    for whose, part in carried:
        amount = part if isinstance(part, int) else int(part.to_integral_value())
        if amount:
            found.append((whose, amount))
    return found
