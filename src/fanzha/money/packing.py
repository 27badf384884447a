"""The kernel that packs payments by account: one pass, a counting sort whose counts are given.

Plain Python that `setup.py` compiles with the types in `packing.pxd`; where no compiler is, this
very file runs, slower and with the same results. All that changes of an account stands in one row
of eight numbers, a cache line: what it got, what it paid, its lowest balance, and where its next
rows go, as debtor and as creditor.
"""

from __future__ import annotations

from typing import Any

IN_ORDER, TIME_BACK, NO_ACCOUNT, NO_AMOUNT, TOO_MUCH = range(5)  # what `weigh` may say
GOT, PAID, LOWEST, OUT, INTO = range(5)  # numbers of an account's row


def weigh(booked_at: Any, payments: Any, room: int) -> tuple[int, int, int]:
    """Whether payments can be packed: what is wrong, at which row, and the largest account id.

    All amounts together must stay below `room`.
    """
    debtors, creditors, amounts = payments
    largest = -1
    before = booked_at[0] if len(booked_at) else 0
    for row in range(len(amounts)):
        debtor = debtors[row]
        creditor = creditors[row]
        amount = amounts[row]
        if debtor < 0 or creditor < 0:
            return NO_ACCOUNT, row, largest
        if booked_at[row] < before:
            return TIME_BACK, row, largest
        if amount <= 0:
            return NO_AMOUNT, row, largest
        if amount >= room:
            return TOO_MUCH, row, largest
        before = booked_at[row]
        room -= amount
        if debtor > largest:
            largest = debtor
        if creditor > largest:
            largest = creditor
    return IN_ORDER, -1, largest


def count(payments: Any, lines: Any) -> None:
    """Count the payments of each account, as debtor and as creditor, in its row."""
    debtors, creditors, _ = payments
    for row in range(len(debtors)):
        lines[debtors[row], OUT] += 1
        lines[creditors[row], INTO] += 1


def pack(payments: Any, lines: Any, packed: Any) -> None:
    """Give each payment its rows, in order, and bring the accounts' rows up to its end.

    `payments` are the debtors, creditors and amounts, `packed` the arrays to fill: `out`, `low`,
    `into` of a segment.
    """
    debtors, creditors, amounts = payments
    out, low, into = packed
    for row in range(len(amounts)):
        debtor = debtors[row]
        creditor = creditors[row]
        amount = amounts[row]
        paid = lines[debtor, PAID]
        got = lines[creditor, GOT]
        at = lines[debtor, OUT]
        lines[debtor, OUT] = at + 1
        out[at, 0] = paid
        out[at, 1] = amount
        out[at, 2] = got
        out[at, 3] = creditor << 32 | row
        left = lines[debtor, GOT] - paid - amount
        low[at] = left
        if left < lines[debtor, LOWEST]:
            lines[debtor, LOWEST] = left
        at = lines[creditor, INTO]
        lines[creditor, INTO] = at + 1
        into[at, 0] = got
        into[at, 1] = amount
        into[at, 2] = paid
        into[at, 3] = debtor << 32 | row
        lines[debtor, PAID] = paid + amount
        lines[creditor, GOT] = got + amount
