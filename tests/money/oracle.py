"""The rules once more, as plainly as they can be written: one coin at a time, or exact fractions.

Nothing here is shared with the package but the types of its input.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from fanzha.model.payment import Account, Payment

Amounts = dict[tuple[str, Account], Fraction]
Coins = dict[Account, list[str]]
OWN = ""


def openings(payments: Sequence[Payment], known: Mapping[Account, int]) -> dict[Account, int]:
    """Each account's known opening, or the least by which it never goes below zero."""
    opening: dict[Account, int] = {}
    for account in {a for p in payments for a in (p.debtor, p.creditor)}:
        balance = lowest = known.get(account, 0)
        for p in payments:
            if account == p.debtor:
                # what a terminal gets never leaves again
                balance -= p.amount
                lowest = min(lowest, balance)
            if account == p.creditor and account.number != "CASH":
                balance += p.amount
        opening[account] = known.get(account, 0) - min(0, lowest)
    return opening


def coins(
    method: str,
    payments: Sequence[Payment],
    thefts: Mapping[int, str],
    known: Mapping[Account, int],
) -> tuple[dict[tuple[str, Account], int], dict[tuple[str, Account], int]]:
    """FIFO or LIFO with every minor unit a coin that knows whose it is."""
    lying: Coins = defaultdict(list)
    for account, amount in openings(payments, known).items():
        lying[account] = [OWN] * amount
    held: dict[tuple[str, Account], int] = defaultdict(int)
    disputed: dict[tuple[str, Account], int] = defaultdict(int)
    for position, p in enumerate(payments):
        if p.debtor.number == "CASH":
            moved = [OWN] * p.amount
        elif method == "fifo":
            moved, lying[p.debtor] = lying[p.debtor][: p.amount], lying[p.debtor][p.amount :]
        else:
            cut = len(lying[p.debtor]) - p.amount
            moved, lying[p.debtor] = lying[p.debtor][cut:], lying[p.debtor][:cut]
        if position in thefts:
            for coin in moved:
                if coin:
                    disputed[coin, p.creditor] += 1
            moved = [thefts[position]] * p.amount
        lying[p.creditor] = lying[p.creditor] + moved
    for account, here in lying.items():
        for coin in here:
            if coin:
                held[coin, account] += 1
    return dict(held), dict(disputed)


def mixture(
    method: str,
    payments: Sequence[Payment],
    thefts: Mapping[int, str],
    known: Mapping[Account, int],
) -> tuple[Amounts, Amounts]:
    """Pro rata or LIBR with exact fractions."""
    own = {a: Fraction(n) for a, n in openings(payments, known).items()}
    stolen: dict[Account, dict[str, Fraction]] = {a: {} for a in own}
    disputed: Amounts = defaultdict(Fraction)
    for position, p in enumerate(payments):
        a, b, amount = p.debtor, p.creditor, Fraction(p.amount)
        moved: dict[str, Fraction] = {}
        if a.number != "CASH":
            tainted = sum(stolen[a].values(), Fraction(0))
            if method == "libr":
                from_own = min(own[a], amount)
                ratio = (amount - from_own) / tainted if tainted else Fraction(0)
            else:
                ratio = amount / (own[a] + tainted)
                from_own = own[a] * ratio
            own[a] -= from_own
            moved = {t: x * ratio for t, x in stolen[a].items()}
            stolen[a] = {t: x - moved[t] for t, x in stolen[a].items()}
        else:
            own[a] -= amount
        if position in thefts:
            for t, x in moved.items():
                disputed[t, b] += x
            moved = {thefts[position]: amount}
        for t, x in moved.items():
            stolen[b][t] = stolen[b].get(t, Fraction(0)) + x
        own[b] += amount - sum(moved.values(), Fraction(0))
    held = {(t, a): x for a, inside in stolen.items() for t, x in inside.items() if x}
    return held, {key: x for key, x in disputed.items() if x}


def poison(
    payments: Sequence[Payment],
    thefts: Mapping[int, str],
    known: Mapping[Account, int],
) -> dict[tuple[str, Account], int]:
    """Whatever touches stolen money is wholly suspect until its account is empty."""
    balance = dict(openings(payments, known))
    bad: dict[Account, set[str]] = defaultdict(set)
    amounts = {thefts[i]: p.amount for i, p in enumerate(payments) if i in thefts}
    for position, p in enumerate(payments):
        carried = set() if p.debtor.number == "CASH" else set(bad[p.debtor])
        balance[p.debtor] -= p.amount
        if not balance[p.debtor] and p.debtor.number != "CASH":
            bad[p.debtor] = set()
        if position in thefts:
            carried = {thefts[position]}
        bad[p.creditor] |= carried
        balance[p.creditor] += p.amount
    return {
        (t, a): min(balance[a], amounts[t])
        for a, inside in bad.items()
        for t in inside
        if balance[a]
    }
