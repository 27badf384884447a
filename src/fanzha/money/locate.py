"""Thefts and rows found in an indexed ledger, without reading it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fanzha.model.chain import Reason
from fanzha.model.payment import Account, Payment, Refusal, Theft
from fanzha.money import movements
from fanzha.money.follow import Facts, micros
from fanzha.money.index import ROW, Index, Longs, distinct
from fanzha.money.movements import Known


class Names(Protocol):
    """The account dictionary of a ledger."""

    def named(self, ids: Iterable[int]) -> list[Account]:
        """The accounts of these ids."""

    def ids(self, wanted: Iterable[Account]) -> dict[Account, int]:
        """The ids of those accounts that the ledger knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A ledger as a trace sees it: the index, names, whole rows, and what is known of accounts.

    `known` gives the kinds of terminals; stated openings are in `facts`, by id. `seen` is true for
    accounts whose statement is at hand (None: everybody's).
    """

    index: Index
    names: Names
    payments: Callable[[Sequence[int]], list[Payment]]
    facts: Facts
    known: Known
    seen: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The thefts by the position of their payment, and what is to be said of the others."""

    thefts: Mapping[int, Theft]
    refusals: tuple[Refusal, ...] = ()
    reasons: tuple[Reason, ...] = ()


def locate(source: Source, thefts: Sequence[Theft], as_of: datetime | None = None) -> Located:
    """Find the payment of each theft, as `movements.gather` does; later than `as_of` is said."""
    ends = [a for t in thefts for a in _ends(t)]
    ids = source.names.ids(ends)
    known = [t for t in thefts if all(a in ids for a in _ends(t))]
    positions = sorted(
        {p for t in known for p in _alike(source.index, [ids[a] for a in _ends(t)], t.amount)}
    )
    rows = source.payments(positions)
    found, refusals, reasons = movements.find_thefts(rows, thefts)
    limit = source.index.size if as_of is None else source.index.position_after(micros(as_of))
    late = [t for i, t in found.items() if positions[i] >= limit]
    reasons += [movements.about_theft("theft_after_as_of", t) for t in late]
    return Located(
        thefts={positions[i]: t for i, t in found.items() if positions[i] < limit},
        refusals=tuple(refusals),
        reasons=tuple(reasons),
    )


def _ends(theft: Theft) -> tuple[Account, Account]:
    return (
        Account(theft.debtor_account, theft.currency),
        Account(theft.creditor_account, theft.currency),
    )


def _alike(index: Index, ends: Sequence[int], amount: int) -> list[int]:
    debtor, creditor = ends
    found: list[int] = []
    for number, start, stop in index.rows_out(debtor):
        segment = index.segments[number]
        rows = segment.out[start:stop]
        same = rows[(rows[:, 1] == amount) & (rows[:, 3] >> 32 == creditor)]
        found.extend((segment.first + (same[:, 3] & ROW)).tolist())
    return found


def rows_touching(index: Index, accounts: Longs, limit: int, most: int) -> Longs | None:
    """The positions of all payments of these accounts before `limit`; None if above `most`."""
    found: list[Longs] = []
    total = 0
    for account in accounts.tolist():
        for packed, places in (("out", index.rows_out), ("into", index.rows_into)):
            for number, start, stop in places(account):
                segment = index.segments[number]
                if segment.first >= limit:
                    break
                total += stop - start
                if total > 4 * most:
                    return None
                found.append(segment.first + (getattr(segment, packed)[start:stop, 3] & ROW))
    positions = distinct(np.concatenate(found)) if found else np.zeros(0, np.int64)
    positions = positions[positions < limit]
    return positions if len(positions) <= most else None


def with_tied(index: Index, positions: Longs, limit: int, most: int) -> Longs | None:
    """The same and all rows of their instants that hang together with them; None if too many."""
    found = set(positions.tolist())
    done = -1
    for position in positions.tolist():
        if position < done:
            continue
        start, done = _instant(index, position, limit)
        if done - start > most:
            return None
        if done - start > 1:
            found |= _together(index, range(start, done), found)
        if len(found) > most:
            return None
    return np.array(sorted(found), np.int64)


def _instant(index: Index, position: int, limit: int) -> tuple[int, int]:
    """The first position of the instant of a payment, and one after its last."""
    home = index.segments[index.segment_of(position)]
    at = int(home.booked_at[position - home.first])
    return index.position_after(at - 1), min(limit, index.position_after(at))


def _together(index: Index, instant: range, found: set[int]) -> set[int]:
    ends = {position: ends_of(index, position) for position in instant}
    touched = {a for p in instant if p in found for a in ends[p]}
    more = {p for p in instant if p in found}
    before = -1
    while before < len(more):
        before = len(more)
        for position, pair in ends.items():
            if position not in more and not touched.isdisjoint(pair):
                more.add(position)
                touched.update(pair)
    return more


def ends_of(index: Index, position: int) -> tuple[int, int]:
    """The ids of the debtor and the creditor of a payment."""
    segment = index.segments[index.segment_of(position)]
    row = position - segment.first
    return int(segment.debtor[row]), int(segment.creditor[row])
