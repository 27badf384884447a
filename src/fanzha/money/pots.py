"""What lies in an account, by each rule of tracing mixed money.

Every pot answers the same four questions: what leaves with `amount` (`take`), what then lies here
(`put`, `content`), and what it would look like from here on (`copy`). A *slice* is a pair of a
theft's id, or None for other money, and an amount. No rule is right; each is one convention:

- FIFO: what came first leaves first (Clayton's Case, 1816). Exact integers.
- LIFO: what came last leaves first. Exact integers.
- pro rata: every payment out takes the same share of everybody's money.
- LIBR: own money is spent first, then the tainted part pro rata; own money that comes later never
  replenishes it (lowest intermediate balance, Roscoe v Winder, 1915).
- poison: whatever was mixed with stolen money is wholly suspect: an upper bound, never a claim.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from functools import reduce
from typing import Protocol, Self, TypeAlias

Amount: TypeAlias = int | Decimal
Slice: TypeAlias = tuple[str | None, Amount]

DIGITS = 60  # of the shares under pro rata and LIBR; at least 40 are promised
_exact = Context(prec=DIGITS)
_ZERO = Decimal(0)


class Pot(Protocol):
    """The money in one account under one rule; `balance` is always a whole number."""

    balance: int

    def take(self, amount: int) -> list[Slice]:
        """What leaves with a payment of `amount`, oldest first; at most `balance`."""

    def put(self, slices: Iterable[Slice], amount: int) -> None:
        """What a payment of `amount` brings."""

    def content(self) -> dict[str, Amount]:
        """The stolen money that lies here, by theft."""

    def copy(self) -> Self:
        """The same pot, to try something on."""


class Fifo:
    """A queue of slices; neighbours of one owner are one slice."""

    __slots__ = ("balance", "slices")

    def __init__(self) -> None:
        self.balance = 0
        self.slices: deque[tuple[str | None, int]] = deque()

    def take(self, amount: int) -> list[Slice]:
        self.balance -= amount
        taken: list[Slice] = []
        while amount:
            owner, size = self.slices.popleft()
            part = min(size, amount)
            taken.append((owner, part))
            if part < size:
                self.slices.appendleft((owner, size - part))
            amount -= part
        return taken

    def put(self, slices: Iterable[Slice], amount: int) -> None:
        self.balance += amount
        for owner, size in slices:
            whole = int(size)
            if self.slices and self.slices[-1][0] == owner:
                whole += self.slices.pop()[1]
            self.slices.append((owner, whole))

    def content(self) -> dict[str, Amount]:
        found: dict[str, Amount] = {}
        for owner, size in self.slices:
            if owner is not None:
                found[owner] = found.get(owner, 0) + size
        return found

    def copy(self) -> Self:
        other = type(self)()
        other.balance, other.slices = self.balance, self.slices.copy()
        return other


class Lifo(Fifo):
    """The same slices, spent from the top; what is taken keeps its old bottom-to-top order."""

    __slots__ = ()

    def take(self, amount: int) -> list[Slice]:
        self.balance -= amount
        taken: list[Slice] = []
        while amount:
            owner, size = self.slices.pop()
            part = min(size, amount)
            taken.append((owner, part))
            if part < size:
                self.slices.append((owner, size - part))
            amount -= part
        taken.reverse()
        return taken


class ProRata:
    """Shares of a mixture, each of `DIGITS` significant digits."""

    __slots__ = ("balance", "shares")

    def __init__(self) -> None:
        self.balance = 0
        self.shares: dict[str, Decimal] = {}

    def take(self, amount: int) -> list[Slice]:
        taken = self._part(amount, self.balance)
        self.balance -= amount
        return taken

    def put(self, slices: Iterable[Slice], amount: int) -> None:
        self.balance += amount
        for owner, size in slices:
            if owner is not None:
                self.shares[owner] = _exact.add(self.shares.get(owner, _ZERO), Decimal(size))

    def content(self) -> dict[str, Amount]:
        return dict(self.shares)

    def copy(self) -> Self:
        other = type(self)()
        other.balance, other.shares = self.balance, self.shares.copy()
        return other

    def _part(self, amount: Amount, whole: Amount) -> list[Slice]:
        """Remove and give `amount / whole` of every share."""
        if not self.shares or not amount:
            return []
        if amount == whole:
            taken = list(self.shares.items())
            self.shares = {}
            return list(taken)
        ratio = _exact.divide(Decimal(amount), Decimal(whole))
        moved: list[Slice] = []
        for owner, share in self.shares.items():
            part = _exact.multiply(share, ratio)
            moved.append((owner, part))
            self.shares[owner] = _exact.subtract(share, part)
        return moved


class Libr(ProRata):
    """Own money is what the shares leave of the balance; it goes first."""

    __slots__ = ()

    def take(self, amount: int) -> list[Slice]:
        tainted = _total(self.shares.values())
        own = max(_ZERO, _exact.subtract(Decimal(self.balance), tainted))
        from_tainted = max(_ZERO, _exact.subtract(Decimal(amount), own))
        taken = self._part(min(from_tainted, tainted), tainted)
        self.balance -= amount
        if not self.balance:  # what the last digits left behind goes with the last payment
            taken = _joined(taken, self.shares)
            self.shares = {}
        return taken


class Poison:
    """Which thefts may be inside: all money here is, until the account is empty."""

    __slots__ = ("balance", "thefts")

    def __init__(self) -> None:
        self.balance = 0
        self.thefts: frozenset[str] = frozenset()

    def take(self, amount: int) -> list[Slice]:
        carried: list[Slice] = [(theft, amount) for theft in sorted(self.thefts)]
        self.balance -= amount
        if not self.balance:
            self.thefts = frozenset()
        return carried

    def put(self, slices: Iterable[Slice], amount: int) -> None:
        self.balance += amount
        self.thefts = self.thefts.union(owner for owner, _ in slices if owner is not None)

    def content(self) -> dict[str, Amount]:
        return dict.fromkeys(sorted(self.thefts), self.balance)

    def copy(self) -> Self:
        other = type(self)()
        other.balance, other.thefts = self.balance, self.thefts
        return other


def _total(shares: Iterable[Decimal]) -> Decimal:
    return reduce(_exact.add, shares, _ZERO)


def _joined(taken: list[Slice], rest: dict[str, Decimal]) -> list[Slice]:
    amounts: dict[str | None, Decimal] = {owner: Decimal(size) for owner, size in taken}
    for owner, size in rest.items():
        amounts[owner] = _exact.add(amounts.get(owner, _ZERO), size)
    return list(amounts.items())


METHODS: dict[str, Callable[[], Pot]] = {
    "fifo": Fifo,
    "lifo": Lifo,
    "pro_rata": ProRata,
    "libr": Libr,
    "poison": Poison,
}
