"""One pass over the payments: what each of them carries under one method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fanzha.model.payment import Account
from fanzha.money.movements import Movements
from fanzha.money.pots import METHODS, Amount, Pot, Slice
from fanzha.money.rounding import largest_remainder


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """Money of an earlier theft that was inside the payment of a later one (`by`).

    Both victims can claim it; it counts as the later theft's. `account` is where it arrived.
    """

    theft_id: str
    account: Account
    amount: int
    by: str


class Walk:
    """One pass over the payments that stolen money can have met, under one method."""

    def __init__(self, movements: Movements, method: str) -> None:
        self.movements = movements
        self.method = method
        self.pots: dict[Account, Pot] = {}
        self.level: dict[tuple[str, Account], int] = {}
        self.last_credit: dict[tuple[str, Account], datetime] = {}
        self.disputed: dict[tuple[str, Account, str], Amount] = {}
        self.carried: list[tuple[int, str, Amount]] = []

    def run(self) -> None:
        """Take every payment in order."""
        reach = self.movements.reach
        for position, (debtor, creditor) in enumerate(self.movements.ends):
            if debtor in reach or creditor in reach:
                self.step(position)

    def pot(self, account: Account) -> Pot:
        """What lies in `account` now."""
        pot = self.pots.get(account)
        if pot is None:
            opening = self.movements.openings[account].amount
            pot = self.pots[account] = METHODS[self.method]()
            pot.put([(None, opening)] if opening else [], opening)
        return pot

    def step(self, position: int) -> None:
        """Let one payment move what it carries, and note it."""
        for owner, amount in self.move(position, self.pots):
            if owner is not None and amount:
                self._arrive(position, owner)
                self.carried.append((position, owner, amount))

    def move(self, position: int, pots: dict[Account, Pot]) -> list[Slice]:
        """Let one payment move what it carries between `pots`.

        Accounts that stolen money cannot have reached, and terminals as payers, have no pot: what
        they pay is their own.
        """
        debtor, creditor = self.movements.ends[position]
        amount = self.movements.payments[position].amount
        slices: list[Slice] = [(None, amount)]
        if self.spends(debtor):
            slices = self._pot_in(pots, debtor).take(amount)
        theft = self.movements.thefts.get(position)
        if theft is not None:
            if pots is self.pots:
                self._dispute(slices, creditor, theft.theft_id)
            slices = [(theft.theft_id, amount)]
        if creditor in self.movements.reach:
            self._pot_in(pots, creditor).put(slices, amount)
        return slices

    def spends(self, account: Account) -> bool:
        """Whether stolen money can leave this account."""
        return account in self.movements.reach and not self.movements.known.terminal(account)

    def _pot_in(self, pots: dict[Account, Pot], account: Account) -> Pot:
        if account not in pots:
            pots[account] = self.pot(account).copy()
        return pots[account]

    def _dispute(self, slices: Sequence[Slice], creditor: Account, by: str) -> None:
        for owner, amount in slices:
            if owner is not None:
                key = (owner, creditor, by)
                self.disputed[key] = self.disputed.get(key, 0) + amount

    def _arrive(self, position: int, owner: str) -> None:
        debtor, creditor = self.movements.ends[position]
        here = (owner, creditor)
        stolen = position in self.movements.thefts
        level = 1 if stolen else self.level[owner, debtor] + 1
        self.level[here] = min(level, self.level.get(here, level))
        self.last_credit[here] = self.movements.payments[position].booked_at


def whole_amounts(walk: Walk) -> tuple[dict[tuple[str, Account], int], list[Disputed]]:
    """The holdings and the disputed parts in minor units, each theft conserved."""
    held: dict[tuple[str, Account], Amount] = {
        (theft_id, account): amount
        for account, pot in walk.pots.items()
        for theft_id, amount in pot.content().items()
    }
    if walk.method == "poison":
        return _bounded(walk, held)
    parts: dict[str, list[tuple[Amount, str, Account, str]]] = defaultdict(list)
    for (theft_id, account), amount in held.items():
        parts[theft_id].append((amount, "", account, ""))
    for (theft_id, account, by), amount in walk.disputed.items():
        parts[theft_id].append((amount, "disputed", account, by))
    amounts: dict[tuple[str, Account], int] = {}
    disputed: list[Disputed] = []
    for theft in walk.movements.thefts.values():
        listed = sorted(parts[theft.theft_id], key=lambda p: (-p[0], p[1:]))
        rounded = largest_remainder([Decimal(p[0]) for p in listed], theft.amount)
        for (_, what, account, by), amount in zip(listed, rounded, strict=True):
            if not what:
                amounts[theft.theft_id, account] = amount
            elif amount:
                disputed.append(
                    Disputed(theft_id=theft.theft_id, account=account, amount=amount, by=by)
                )
    return amounts, sorted(disputed, key=lambda d: (d.theft_id, -d.amount, d.account, d.by))


def _bounded(
    walk: Walk, held: Iterable[tuple[str, Account]]
) -> tuple[dict[tuple[str, Account], int], list[Disputed]]:
    stolen = {t.theft_id: t.amount for t in walk.movements.thefts.values()}
    balances = walk.movements.balances
    amounts = {key: min(balances[key[1]], stolen[key[0]]) for key in held}
    disputed = [
        Disputed(
            theft_id=theft_id, account=account, amount=min(int(amount), stolen[theft_id]), by=by
        )
        for (theft_id, account, by), amount in sorted(walk.disputed.items())
    ]
    return amounts, disputed
