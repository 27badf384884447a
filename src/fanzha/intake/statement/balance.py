"""The running balance: a statement's own proof that no row is missing, and of what lay before."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from fanzha.intake.statement.rows import Entry
from fanzha.intake.statement.source import BalanceSeen, Opening
from fanzha.model.chain import Reason, Ref
from fanzha.model.payment import Account


@dataclass(slots=True)
class Chain:
    """The rows of one account in one statement that show a balance, oldest first."""

    account: Account
    file: str
    entries: list[Entry]
    newest_first: bool = False
    breaks: list[tuple[Entry, Entry, int]] = field(default_factory=list)

    @property
    def tells_order(self) -> bool:
        """Whether the rows span some time, so that their order can be told."""
        times = (self.entries[0].payment.booked_at, self.entries[-1].payment.booked_at)
        return self.runs and times[0] != times[1]

    @property
    def runs(self) -> bool:
        """Whether the balance really runs along: at least half of the steps fit."""
        return len(self.breaks) * 2 <= max(len(self.entries) - 1, 1)


@dataclass(slots=True)
class Balances:
    """What the running balances of all statements say."""

    openings: dict[Account, Opening] = field(default_factory=dict)
    last: dict[Account, BalanceSeen] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)


def chains(entries: Iterable[Entry], file: str) -> list[Chain]:
    """One chain for each account of a table; recognises statements that list the newest first."""
    by_account: dict[Account, list[Entry]] = {}
    for entry in entries:
        if entry.own is not None and entry.balance is not None:
            by_account.setdefault(entry.own, []).append(entry)
    return [_chain(account, file, rows) for account, rows in by_account.items()]


def _chain(account: Account, file: str, rows: list[Entry]) -> Chain:
    forward = _breaks(rows)
    turned = rows[::-1]
    backward = _breaks(turned) if forward or _falls(rows) else forward
    first, last = rows[0].payment.booked_at, rows[-1].payment.booked_at
    newest_first = len(backward) < len(forward) or (
        len(backward) == len(forward) and first > last
    )  # fmt: skip
    if newest_first:
        return Chain(account, file, turned, True, backward)
    return Chain(account, file, rows, False, forward)


def _falls(rows: Sequence[Entry]) -> bool:
    return rows[0].payment.booked_at > rows[-1].payment.booked_at


def _breaks(rows: Sequence[Entry]) -> list[tuple[Entry, Entry, int]]:
    found = []
    for before, row in pairwise(rows):
        missing = _step(row, before.balance or 0)
        if missing:
            found.append((before, row, missing))
    return found


def _step(row: Entry, before: int) -> int:
    """By how much the row's balance differs from what it should be; a fee may be in it or not."""
    missing = (row.balance or 0) - before - row.delta
    return 0 if row.fee and missing == -row.fee else missing


def judge(all_chains: Sequence[Chain], refused: Mapping[str, Sequence[int]]) -> Balances:
    """Openings, last balances and the places where rows are missing.

    `refused` are the row numbers refused in each file: a gap over one of them is explained.
    """
    found = Balances()
    by_account: dict[Account, list[Chain]] = {}
    for chain in all_chains:
        if chain.runs:
            by_account.setdefault(chain.account, []).append(chain)
            found.reasons.extend(_gap(chain, gap, refused) for gap in chain.breaks)
        else:
            refs = (Ref(chain.file, chain.entries[0].row),)
            found.reasons.append(Reason("balance_not_running", refs, _who(chain.account)))
    for account, several in by_account.items():
        several.sort(key=lambda chain: chain.entries[0].payment.booked_at)
        first = several[0].entries[0]
        opening = (first.balance or 0) - first.delta + first.fee
        found.openings[account] = Opening(
            amount=opening, source=several[0].file, row=first.row
        )  # fmt: skip
        end = max(several, key=lambda chain: chain.entries[-1].payment.booked_at)
        last = end.entries[-1]
        found.last[account] = BalanceSeen(
            amount=last.balance or 0, at=last.payment.booked_at, file=end.file, row=last.row
        )
        found.reasons.extend(_seams(several))
    return found


def _gap(
    chain: Chain, gap: tuple[Entry, Entry, int], refused: Mapping[str, Sequence[int]]
) -> Reason:
    before, row, missing = gap
    low, high = sorted((before.row, row.row))
    numbers = refused.get(chain.file, ())
    at = bisect_left(numbers, low)
    explained = at < len(numbers) and numbers[at] < high
    refs = (Ref(chain.file, before.row), Ref(chain.file, row.row))
    values = {**_who(chain.account), "difference": missing}
    return Reason("gap_at_refused_row" if explained else "rows_missing", refs, values)


def _seams(several: Sequence[Chain]) -> Iterable[Reason]:
    """Between one statement's end and the next one's start, the balance must be the same."""
    for earlier, later in pairwise(several):
        end, start = earlier.entries[-1], later.entries[0]
        missing = _step(start, end.balance or 0)
        if end.payment.booked_at <= start.payment.booked_at and missing:
            refs = (Ref(earlier.file, end.row), Ref(later.file, start.row))
            yield Reason("rows_missing", refs, {**_who(earlier.account), "difference": missing})


def _who(account: Account) -> dict[str, object]:
    return {"account": account.number, "currency": account.currency}
