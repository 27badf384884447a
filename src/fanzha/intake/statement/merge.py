"""One transfer seen in two statements is one payment; nothing else is ever put together."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from fanzha.intake.statement.rows import Entry
from fanzha.model.payment import Payment

TOLERANCE = timedelta(seconds=120)  # two banks' clocks and booking delays
_NEAREST = 256  # instants looked at on either side: all, where times are whole seconds

Pair = tuple[Entry, Entry]  # the debit side, the credit side
_Key = tuple[object, ...]


def drop_repeats(entries: Iterable[Entry]) -> tuple[list[Entry], int]:
    """Rows of overlapping exports, once: the same serial and everything else equal.

    A row without a serial is never taken for a repeat. The first row keeps all sightings.
    """
    kept: list[Entry] = []
    first: dict[_Key, Entry] = {}
    repeats = 0
    for entry in entries:
        if entry.payment.serial:
            same = first.setdefault(_identity(entry), entry)
            if same is not entry:
                seen = same.payment.sightings + entry.payment.sightings
                same.payment = dataclasses.replace(same.payment, sightings=seen)
                repeats += 1
                continue
        kept.append(entry)
    return kept, repeats


def _identity(entry: Entry) -> _Key:
    paid = entry.payment
    other = paid.creditor_account if entry.side == "debit" else paid.debtor_account
    parties = (paid.debtor_account, paid.creditor_account) if entry.own is None else other
    return (
        entry.side, entry.own, None if other.startswith("?") else parties, paid.serial,
        paid.amount, paid.currency, paid.booked_at,
    )  # fmt: skip


def pairs(entries: Iterable[Entry]) -> list[Pair]:
    """The debit and credit rows that are the same transfer, each row in at most one pair.

    Same debtor, creditor, amount and currency; at most `TOLERANCE` apart; from two different
    statements, or from one with the same serial. The nearest in time first, then input order.
    """
    groups: dict[_Key, tuple[list[Entry], list[Entry]]] = defaultdict(lambda: ([], []))
    for entry in entries:
        if entry.own is not None and entry.known:
            paid = entry.payment
            key = (paid.debtor_account, paid.creditor_account, paid.amount, paid.currency)
            groups[key][entry.side == "credit"].append(entry)
    found: list[Pair] = []
    for debits, credits in groups.values():
        if debits and credits:
            found.extend(_pair(debits, credits))
    return found


def _pair(debits: list[Entry], credits: list[Entry]) -> Iterator[Pair]:
    """Pairs of one group, taken instant by instant: cheap however many rows look alike."""
    leaving: dict[datetime, list[Entry]] = defaultdict(list)
    arriving: dict[datetime, _Arrivals] = defaultdict(_Arrivals)
    for debit in debits:
        leaving[debit.payment.booked_at].append(debit)
    for credit in credits:
        arriving[credit.payment.booked_at].add(credit)
    for _, left, came in sorted(_steps(leaving, sorted(arriving))):
        alone = []
        for debit in leaving[left]:
            credit_ = arriving[came].take(debit)
            if credit_ is None:
                alone.append(debit)
            else:
                yield debit, credit_
        leaving[left] = alone


def _steps(
    leaving: Iterable[datetime], arriving: Sequence[datetime]
) -> Iterator[tuple[timedelta, datetime, datetime]]:
    """Instants within the tolerance, with their distance."""
    for left in leaving:
        here = bisect_left(arriving, left)
        low = max(bisect_left(arriving, left - TOLERANCE), here - _NEAREST)
        high = min(bisect_right(arriving, left + TOLERANCE), here + _NEAREST)
        for came in arriving[low:high]:
            yield abs(left - came), left, came


class _Arrivals:
    """The credit rows of one instant that still wait for their debit side, in input order."""

    def __init__(self) -> None:
        self.by_file: dict[int, deque[Entry]] = defaultdict(deque)
        self.by_serial: dict[tuple[int, str], deque[Entry]] = defaultdict(deque)
        self.taken: set[int] = set()

    def add(self, credit: Entry) -> None:
        self.by_file[credit.file].append(credit)
        self.by_serial[credit.file, credit.payment.serial].append(credit)

    def take(self, debit: Entry) -> Entry | None:
        """The first row of another file, or of the same file with the same serial."""
        queues = [queue for file, queue in self.by_file.items() if file != debit.file]
        own = (debit.file, debit.payment.serial)
        if debit.payment.serial and own in self.by_serial:
            queues.append(self.by_serial[own])
        first = [head for queue in queues if (head := self._head(queue)) is not None]
        if not first:
            return None
        credit = min(first, key=lambda entry: (entry.file, entry.row))
        self.taken.add(id(credit))
        return credit

    def _head(self, queue: deque[Entry]) -> Entry | None:
        while queue and id(queue[0]) in self.taken:
            queue.popleft()
        return queue[0] if queue else None


def joined(debit: Entry, credit: Entry) -> Payment:
    """One payment of both rows: each bank is believed about its own customer.

    It carries the instant at which the money left, unless only the other side gives seconds.
    """
    left, came = debit.payment, credit.payment
    finer = came if came.precision_seconds < left.precision_seconds else left
    numbered = left if left.serial else came
    return dataclasses.replace(
        left,
        booked_at=finer.booked_at,
        precision_seconds=finer.precision_seconds,
        debtor_name=left.debtor_name or came.debtor_name,
        creditor_name=came.creditor_name or left.creditor_name,
        debtor_agent=left.debtor_agent or came.debtor_agent,
        creditor_agent=came.creditor_agent or left.creditor_agent,
        channel=left.channel or came.channel,
        note=left.note or came.note,
        serial=numbered.serial,
        serial_bank=numbered.serial_bank,
        reversal=left.reversal or came.reversal,
        identifiers=left.identifiers or came.identifiers,
        sightings=left.sightings + came.sightings,
    )


def look_alikes(entries: Iterable[Entry], paired: Sequence[Pair]) -> list[Pair]:
    """Rows that may be one transfer but were not put together, because nothing proves it.

    Either the same side twice at one instant without a serial (overlapping exports), or two sides
    on one day that the pairing rule keeps apart (one file, or a statement without hours).
    """
    used = {id(entry) for pair in paired for entry in pair}
    found: list[Pair] = []
    last: dict[_Key, Entry] = {}
    for entry in entries:
        if entry.own is None or not entry.known or id(entry) in used:
            continue
        paid = entry.payment
        same = (paid.debtor_account, paid.creditor_account, paid.amount, paid.currency)
        if not paid.serial:
            before = last.setdefault((same, entry.side, paid.booked_at), entry)
            if before.file != entry.file:
                found.append((before, entry))
        other = last.get((same, "credit" if entry.side == "debit" else "debit"))
        if other is not None and _close(other, entry):
            found.append((other, entry))
        last[same, entry.side] = entry
    return found


def _close(one: Entry, other: Entry) -> bool:
    """Within the tolerance, or within a day where a statement gives no hours."""
    coarse = max(one.payment.precision_seconds, other.payment.precision_seconds) >= 86_400
    apart = abs(one.payment.booked_at - other.payment.booked_at)
    return apart < timedelta(days=1) if coarse else apart <= TOLERANCE
