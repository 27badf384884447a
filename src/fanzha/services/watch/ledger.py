"""What the watch takes over from a ledger: accounts, balances, and where stolen money lies now.

Payments before the segment of the first theft are not read again: the ledger's totals give the
balances there. From then on every payment is replayed, with openings as a trace of the whole
ledger finds them, so that the watch begins where that trace ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fanzha.ledger import Ledger, open_ledger
from fanzha.ledger.rows import instant
from fanzha.model.payment import Account, Payment, Theft
from fanzha.money.index import Index, Totals
from fanzha.services.watch.lines import micros
from fanzha.services.watch.live import Watch

DAY = 86_400_000_000  # as the batch trace looks for a theft's payment
PIECE = 1 << 20  # payments replayed at once: what they carry is forgotten then


class Moved(NamedTuple):
    """How stolen money last came to an account and left it, by the watch's theft id.

    `newest` is the newest payment that brought it, where some of it is still there.
    """

    came: Mapping[str, datetime]
    left: Mapping[str, datetime]
    newest: Payment | None


class Trail:
    """Which payments of a ledger carried stolen money, noted while they are replayed."""

    def __init__(self) -> None:
        self._came: dict[int, dict[int, tuple[int, int]]] = {}  # account: theft: µs, position
        self._left: dict[int, dict[int, int]] = {}
        self._ledger: Ledger | None = None

    def begin(self, ledger: Ledger) -> None:
        """The ledger whose payments are replayed now."""
        self._ledger = ledger

    def note(self, columns: Sequence[Any], first: int, hits: Iterable[Any]) -> None:
        """Hits among the payments of one segment, whose first payment has the position `first`."""
        for hit in hits:
            at, debtor, creditor, _ = (int(column[hit.row]) for column in columns)
            came, left = self._came.setdefault(creditor, {}), self._left.setdefault(debtor, {})
            for theft, _ in hit.traced:
                came[theft] = (at, first + hit.row)
            for theft, _ in (*hit.traced, *hit.disputed):
                left[theft] = at

    def moved(self, watch: Watch) -> Iterator[tuple[Account, Moved]]:
        """Every account that stolen money came to or left."""
        if self._ledger is None:
            return
        names = [theft.theft_id for theft in watch.thefts]
        ids = sorted(self._came.keys() | self._left.keys())
        accounts = dict(zip(ids, self._ledger.accounts.named(ids), strict=True))
        newest = {
            at: max(self._came[at].values())[1]
            for at in ids
            if at in self._came and watch.inside(accounts[at])
        }
        whole = dict(zip(newest, self._ledger.payments(newest.values()), strict=True))
        for at in ids:
            came = {names[t]: instant(when) for t, (when, _) in self._came.get(at, {}).items()}
            left = {names[t]: instant(when) for t, when in self._left.get(at, {}).items()}
            yield accounts[at], Moved(came, left, whole.get(at))


def follow_ledger(
    watch: Watch,
    path: Path,
    thefts: Sequence[Theft],
    stated: Mapping[Account, int],
    trail: Trail | None = None,
) -> list[Theft]:
    """Bring an empty watch to the end of a ledger; gives the thefts whose payments are not in it.

    A theft is found as a trace of the whole ledger finds it: the nearest payment in time. One
    whose payments all belong to other thefts is left out. `trail` notes what carried on the way.
    """
    ledger = open_ledger(path)
    index = ledger.index
    _take_accounts(watch, ledger)
    found, waiting = _find(watch, index, thefts)
    first = min((segment for segment, _, _ in found), default=len(index.segments))
    openings = _openings(watch, ledger, stated)
    _set_balances(watch, index, openings, first)
    watch.end(watch.terminals)
    if trail is not None:
        trail.begin(ledger)
    _replay(watch, ledger, first, sorted(found, key=lambda f: f[:2]), trail)
    return waiting


def _take_accounts(watch: Watch, ledger: Ledger) -> None:
    table = ledger.accounts.table
    names = table["number"].to_pylist()
    codes = np.asarray(table["currency"])
    for code, currency in enumerate(ledger.accounts.currencies):
        ids = np.flatnonzero(codes == code).tolist()
        chosen = names if len(ids) == len(names) else [names[i] for i in ids]
        watch.numbers[currency] = dict(zip(chosen, ids, strict=True))
    watch.accounts = len(names)
    watch.stream.grow(len(names))


Found = tuple[int, int, Theft]  # segment, row in it


def _find(watch: Watch, index: Index, thefts: Sequence[Theft]) -> tuple[list[Found], list[Theft]]:
    taken: dict[tuple[int, int], Theft] = {}
    waiting: list[Theft] = []
    for theft in thefts:
        near = list(_nearest(watch, index, theft))
        free = next((place for place in near if place not in taken), None)
        if free is not None:
            taken[free] = theft
        elif not near:
            waiting.append(theft)
    return [(*place, theft) for place, theft in taken.items()], waiting


def _nearest(watch: Watch, index: Index, theft: Theft) -> Iterator[tuple[int, int]]:
    """The places of the payments like it that are nearest in time, at most a day away."""
    known = watch.numbers.get(theft.currency, {})
    debtor, creditor = known.get(theft.debtor_account), known.get(theft.creditor_account)
    if debtor is None or creditor is None:
        return
    at = micros(theft.booked_at)
    places, away = [], []
    for number, start, stop in index.rows_out(debtor):
        segment = index.segments[number]
        if segment.booked_at[-1] < at - DAY or segment.booked_at[0] > at + DAY:
            continue
        rows = segment.out[start:stop]
        same = rows[(rows[:, 1] == theft.amount) & (rows[:, 3] >> 32 == creditor)]
        for row in (same[:, 3] & 0xFFFF_FFFF).tolist():
            places.append((number, row))
            away.append(abs(int(segment.booked_at[row]) - at))
    close = min(away, default=DAY + 1)
    if close <= DAY:
        yield from (place for place, far in zip(places, away, strict=True) if far == close)


def _openings(watch: Watch, ledger: Ledger, stated: Mapping[Account, int]) -> Any:
    """What each account held before the ledger's first payment: stated, and what was missing."""
    opening = np.zeros(watch.accounts, np.int64)
    said = ledger.opening_ids
    opening[said[:, 0]] = said[:, 1]
    new = {}
    for account, amount in stated.items():
        known = watch.numbers.get(account.currency, {}).get(account.number)
        if known is None:
            new[account] = amount
        else:
            opening[known] = amount
    lowest = _totals(ledger.index, len(ledger.index.segments), watch.accounts).lowest
    missing = -np.minimum(0, np.minimum(opening, opening + lowest))
    np.asarray(watch.stream.missing)[: watch.accounts] = missing
    watch.open(new)
    return opening + missing


def _set_balances(watch: Watch, index: Index, openings: Any, first: int) -> None:
    """Balances before the first payment of a segment."""
    known = len(openings)
    before = _totals(index, first, known)
    end = _totals(index, len(index.segments), known)
    watch.stream.spend_room(_sum(openings) + _sum(end.total_in))
    balances = np.asarray(watch.stream.balance)
    balances[:known] = openings + before.total_in - before.total_out


def _totals(index: Index, segments: int, accounts: int) -> Totals:
    """What every account got and paid up to a segment."""
    totals = Totals.nothing(accounts)
    for name in ("total_in", "total_out", "lowest"):
        carried = getattr(index.carried, name) if index.carried is not None else ()
        getattr(totals, name)[: len(carried)] = carried
    for segment in index.segments[:segments]:
        totals.follow(segment.ends)
    return totals


def _sum(amounts: Any) -> int:
    """The exact sum of many int64, none of them negative."""
    high, low = amounts >> 31, amounts & ((1 << 31) - 1)
    return (int(high.sum()) << 31) + int(low.sum())


def _replay(
    watch: Watch, ledger: Ledger, first: int, found: Sequence[Found], trail: Trail | None
) -> None:
    stream = watch.stream
    segments: Sequence[Any] = ledger.index.segments
    for number in range(first, len(segments)):
        s = segments[number]
        begins = ledger.manifest.segments[number].first
        columns = tuple(memoryview(c) for c in (s.booked_at, s.debtor, s.creditor, s.amount))
        done = 0
        for _, row, theft in (f for f in found if f[0] == number):
            _feed(stream, columns, (done, row), (trail, begins))
            at, debtor, creditor, amount = (int(column[row]) for column in columns)
            watch.thefts.append(theft)
            stream.moved -= amount  # the ledger's totals have counted it already
            hit = stream.pay(row, debtor, creditor, amount, at, stream.began(at))
            if trail is not None:
                trail.note(columns, begins, [hit])
            done = row + 1
        _feed(stream, columns, (done, len(s.amount)), (trail, begins))


def _feed(
    stream: Any, columns: tuple[Any, ...], rows: tuple[int, int], noted: tuple[Trail | None, int]
) -> None:
    trail, begins = noted
    for start in range(*rows, PIECE):
        hits = stream.feed(*columns, start, min(start + PIECE, rows[1]))
        if trail is not None:
            trail.note(columns, begins, hits)
