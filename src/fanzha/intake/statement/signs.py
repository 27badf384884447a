"""Signed amounts beside a word for the direction: a way of writing, or money going back?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from fanzha.intake.statement.rows import Entry
from fanzha.model.payment import Account

_ENOUGH = 2  # outgoing rows, all with a minus, from which a way of writing can be told


def unturned(entries: list[Entry]) -> list[Entry]:
    """The rows of a statement, with minus signs read as its bank writes them.

    `支出 -100` may be a plain payment of 100 (the bank signs every outgoing amount) or a reversal
    of one. Rows were read as reversals. Where the running balance shows that the money left, or
    where every outgoing row has a minus and no incoming one, they are turned back.
    """
    turned = [entry for entry in entries if entry.signed]
    if not turned:
        return entries
    proof = _balance_says(entries)
    if proof < 0 or (proof == 0 and not _all_out_signed(entries, turned)):
        return entries
    return [_plain(entry) if entry.signed else entry for entry in entries]


def _all_out_signed(entries: Sequence[Entry], turned: Sequence[Entry]) -> bool:
    others = [entry for entry in entries if not entry.signed and entry.delta]
    return (
        len(turned) >= _ENOUGH
        and all(entry.side == "credit" for entry in turned)
        and bool(others)
        and all(entry.side == "credit" for entry in others)
    )


def _balance_says(entries: Sequence[Entry]) -> int:
    """Above 0: balances moved as if the minus were a way of writing; below: as for reversals."""
    score = 0
    last: dict[Account, Entry] = {}
    for entry in entries:
        if entry.own is None or entry.balance is None:
            continue
        before = last.get(entry.own)
        last[entry.own] = entry
        if before is not None:
            score += _weigh(before, entry) + _weigh(entry, before)
    return score


def _weigh(before: Entry, after: Entry) -> int:
    if not after.signed:
        return 0
    moved = (after.balance or 0) - (before.balance or 0)
    return (moved == -after.delta) - (moved == after.delta)


def _plain(entry: Entry) -> Entry:
    """The same row, read as a payment in the direction its word gives."""
    paid = entry.payment
    side = "debit" if entry.side == "credit" else "credit"
    payment = dataclasses.replace(
        paid,
        debtor_account=paid.creditor_account,
        creditor_account=paid.debtor_account,
        debtor_name=paid.creditor_name,
        creditor_name=paid.debtor_name,
        debtor_agent=paid.creditor_agent,
        creditor_agent=paid.debtor_agent,
        reversal=entry.marked,
        sightings=tuple(dataclasses.replace(s, side=side) for s in paid.sightings),
    )
    return dataclasses.replace(entry, payment=payment, side=side, delta=-entry.delta, signed=False)
