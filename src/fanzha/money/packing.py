"""The kernels that pack payments by account: a counting sort by debtor and one by creditor.

Plain Python that `setup.py` compiles with the types in `packing.pxd`; where no compiler is, this
very file runs, slower and with the same results. The two sides run at once and share nothing but
the payments: each keeps for itself, in one line of four numbers an account (half a cache line),
what it got, what it paid, and where its next row goes; then the payer's side its lowest balance,
the other where its next row as debtor goes, so that they can share the work of `low`.
"""

from __future__ import annotations

from typing import Any

try:
    import cython  # type: ignore[import-untyped,unused-ignore]
except ImportError:  # plain Python needs none
    from contextlib import nullcontext
    from types import SimpleNamespace

    cython = SimpleNamespace(nogil=nullcontext(), compiled=False)

if not cython.compiled:

    def touch(lines: Any, account: int) -> None:
        """Ask for a line before it is needed; plain Python has no use for it."""


IN_ORDER, TIME_BACK, NO_ACCOUNT, NO_AMOUNT, TOO_MUCH = range(5)  # what `weigh` may say
GOT, PAID, LOWEST, AT = range(4)  # numbers of an account's line
OUT = LOWEST  # on the creditor's side
AHEAD = 24  # payments by which the lines are asked for before they are needed


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


def count(accounts: Any, counts: Any) -> None:
    """Count the payments of each account on one side."""
    with cython.nogil:
        for row in range(len(accounts)):
            counts[accounts[row]] += 1


def lay_out(payments: Any, lines: Any, out: Any, low: Any, share: int) -> None:
    """Give each payment its row among its debtor's, in order, and bring the lines up to its end.

    `payments` are the debtors, creditors and amounts. Of `low` it fills the rows of the payments
    before `share`.
    """
    debtors, creditors, amounts = payments
    with cython.nogil:
        for row in range(len(amounts)):
            if row + AHEAD < len(amounts):
                touch(lines, debtors[row + AHEAD])
                touch(lines, creditors[row + AHEAD])
            debtor = debtors[row]
            creditor = creditors[row]
            amount = amounts[row]
            paid = lines[debtor, PAID]
            got = lines[creditor, GOT]
            at = lines[debtor, AT]
            lines[debtor, AT] = at + 1
            out[at, 0] = paid
            out[at, 1] = amount
            out[at, 2] = got
            out[at, 3] = creditor << 32 | row
            left = lines[debtor, GOT] - paid - amount
            if row < share:
                low[at] = left
            if left < lines[debtor, LOWEST]:
                lines[debtor, LOWEST] = left
            lines[debtor, PAID] = paid + amount
            lines[creditor, GOT] = got + amount


def lay_into(payments: Any, lines: Any, into: Any, low: Any, share: int) -> None:
    """The same among the creditor's, and the rows of `low` from `share` on."""
    debtors, creditors, amounts = payments
    with cython.nogil:
        for row in range(len(amounts)):
            if row + AHEAD < len(amounts):
                touch(lines, debtors[row + AHEAD])
                touch(lines, creditors[row + AHEAD])
            debtor = debtors[row]
            creditor = creditors[row]
            amount = amounts[row]
            paid = lines[debtor, PAID]
            got = lines[creditor, GOT]
            at = lines[creditor, AT]
            lines[creditor, AT] = at + 1
            into[at, 0] = got
            into[at, 1] = amount
            into[at, 2] = paid
            into[at, 3] = debtor << 32 | row
            at = lines[debtor, OUT]
            lines[debtor, OUT] = at + 1
            if row >= share:
                low[at] = lines[debtor, GOT] - paid - amount
            lines[debtor, PAID] = paid + amount
            lines[creditor, GOT] = got + amount
