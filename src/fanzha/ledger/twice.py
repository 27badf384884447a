"""One transfer seen twice, in files that were appended at different times, is one payment.

The rules are those by which statements read together are joined (`intake/statement/merge.py`):
the same row of overlapping exports, by its serial; the two sides of a transfer, within the
tolerance, from two statements; the same message, by its own reference. Nothing else is joined.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanzha.intake.statement.merge import TOLERANCE, joined, pairs
from fanzha.intake.statement.rows import Entry
from fanzha.ledger.rows import SIDES, Seen, micros, payments_of, seen_of
from fanzha.ledger.store import Ledger
from fanzha.model.payment import Account, Payment, Sighting

REFERENCE_DAYS = 30  # how far apart two banks' copies of one message are looked for
_BOTH = 0
_REFERENCES = ("id_uetr", "id_message_id", "id_transaction_id")
_Key = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Unit:
    """A payment with every row that shows it; `position` where the ledger has it already."""

    payment: Payment
    seen: list[Seen]
    position: int | None = None
    changed: bool = False
    gone: bool = False  # it was joined to another unit


@dataclass(slots=True)
class United:
    """What is left to add, which payments of the ledger change, and how many were joined."""

    new: list[Unit]
    changed: list[Unit]
    repeats: int = 0
    pairs: list[tuple[Unit, Unit]] = field(default_factory=list)


def unite(new: Sequence[Unit], ledger: Ledger, ids: tuple[Sequence[int], Sequence[int]]) -> United:
    """Join new payments to those of the ledger that they show again.

    `ids` are the new payments' debtors and creditors. Payments of `new` are not joined with each
    other: whoever read them together did that.
    """
    old = [*_candidates(new, ledger, ids)]
    result = United([], [])
    _references(new, old, result)
    _repeats([u for u in new if not u.gone], old, result)
    _two_sides([u for u in new if not u.gone], old, result)
    result.new = [unit for unit in new if not unit.gone]
    result.changed = [unit for unit in old if unit.changed]
    return result


def _references(new: Sequence[Unit], old: Sequence[Unit], result: United) -> None:
    known = {reference(u.payment): u for u in old if reference(u.payment)}
    for unit in new:
        same = known.get(reference(unit.payment)) if reference(unit.payment) else None
        if same is not None:
            _absorb(same, unit, same.payment)
            result.repeats += 1


def _repeats(new: Sequence[Unit], old: Sequence[Unit], result: United) -> None:
    """Rows of overlapping exports: the same serial and everything else equal."""
    known = {key: unit for unit in old for key in _identities(unit)}
    for unit in new:
        same = next((known[key] for key in _identities(unit) if key in known), None)
        if same is not None:
            larger = unit if len(_open_sides(unit)) > len(_open_sides(same)) else same
            _absorb(same, unit, larger.payment)
            result.repeats += 1


def _identities(unit: Unit) -> Iterator[_Key]:
    paid = unit.payment
    for seen in unit.seen:
        if seen.serial:
            own, other = _parties(paid, seen.side)
            number = other.number if own else paid.debtor_account
            hidden = number.startswith("?")
            parties = (paid.debtor_account, paid.creditor_account) if own is None else number
            yield (
                seen.side, own, None if hidden else parties, seen.serial, paid.amount,
                paid.currency, seen.at,
            )  # fmt: skip


def _two_sides(new: Sequence[Unit], old: Sequence[Unit], result: United) -> None:
    """The debit row of one statement and the credit row of another."""
    entries = {id(e): (e, u) for u in (*old, *new) if (e := _entry(u)) is not None}
    for debit, credit in pairs(entry for entry, _ in entries.values()):
        left, came = entries[id(debit)][1], entries[id(credit)][1]
        if left.position is None and came.position is None:
            continue  # those who read them together left them apart
        if left.position is not None and came.position is not None:
            continue
        kept, added = (left, came) if left.position is not None else (came, left)
        _absorb(kept, added, joined(debit, credit))
        result.pairs.append((left, came))


def _entry(unit: Unit) -> Entry | None:
    """The unit as a row of a statement whose other side nobody has seen yet."""
    sides = _open_sides(unit)
    if len(sides) != 1 or _BOTH in sides:
        return None
    first = unit.seen[0]
    own, other = _parties(unit.payment, first.side)
    known = not other.number.startswith("?")
    return Entry(unit.payment, SIDES[first.side], own, known, first.row, first.file)


def _open_sides(unit: Unit) -> set[int]:
    return {seen.side for seen in unit.seen}


def _parties(paid: Payment, side: int) -> tuple[Account | None, Account]:
    """Whose statement a row of that side stands in, and the other party."""
    if side == _BOTH:
        return None, paid.creditor
    return (paid.debtor, paid.creditor) if SIDES[side] == "debit" else (paid.creditor, paid.debtor)


def _absorb(kept: Unit, added: Unit, payment: Payment) -> None:
    rows = {(seen.file, seen.row) for seen in kept.seen}
    names = kept.payment.sightings
    more = [
        (seen, sighting)
        for seen, sighting in zip(added.seen, added.payment.sightings, strict=True)
        if (seen.file, seen.row) not in rows
    ]
    kept.seen = [*kept.seen, *(seen for seen, _ in more)]
    sightings: tuple[Sighting, ...] = (*names, *(sighting for _, sighting in more))
    kept.payment = dataclasses.replace(payment, sightings=sightings)
    kept.changed = kept.changed or bool(more)
    added.gone = True


def reference(payment: Payment) -> tuple[str, ...]:
    """What names this very payment everywhere; empty where its message does not say."""
    said = payment.identifiers
    if said is None:
        return ()
    if said.uetr:
        return (said.uetr,)
    pair = (said.message_id, said.transaction_id)
    return pair if all(pair) else ()


def _candidates(
    new: Sequence[Unit], ledger: Ledger, ids: tuple[Sequence[int], Sequence[int]]
) -> Iterator[Unit]:
    """The ledger's payments that a new one may show again, found by columns, then read whole."""
    if not new:
        return
    wanted = _Wanted(new, ids, len(ledger.accounts))
    for number, stretch in enumerate(ledger.manifest.segments):
        rows = ledger.rows[number]
        places = [p for p in (wanted.rows(ledger, number), wanted.messages(ledger, number))
                  if len(p)]  # fmt: skip
        if places:
            at = np.unique(np.concatenate(places))
            table = rows.at(at)
            found = payments_of(table, ledger.accounts, ledger.manifest.names)
            raw = table.set_column(0, "booked_at", table["booked_at"].cast(pa.int64()))
            for place, payment, row in zip(at.tolist(), found, raw.to_pylist(), strict=True):
                yield Unit(payment, seen_of(row), stretch.first + place)


class _Wanted:
    """What to look for in the ledger: instants, accounts, amounts and references of new rows."""

    def __init__(
        self, new: Sequence[Unit], ids: tuple[Sequence[int], Sequence[int]], accounts: int
    ) -> None:
        rows = [
            (i, u) for i, u in enumerate(new) if any(s.side != _BOTH or s.serial for s in u.seen)
        ]
        at = [seen.at for _, unit in rows for seen in unit.seen]
        margin = int(TOLERANCE.total_seconds()) * 1_000_000
        self.span = (min(at) - margin, max(at) + margin) if at else None
        self.accounts = np.zeros(accounts, bool)
        touched = np.array([ids[side][i] for i, _ in rows for side in (0, 1)], np.int64)
        self.accounts[touched[touched < accounts]] = True
        self.amounts = np.unique(np.array([u.payment.amount for _, u in rows], np.int64))
        messages = [u for u in new if reference(u.payment)]
        self.references = pa.array(sorted({reference(u.payment)[0] for u in messages}), pa.string())
        days = REFERENCE_DAYS * 86_400 * 1_000_000
        when = [micros(u.payment.booked_at) for u in messages]
        self.message_span = (min(when) - days, max(when) + days) if when else None

    def rows(self, ledger: Ledger, number: int) -> np.ndarray:
        """Places in a segment of rows of a statement, or with a serial, that may be meant."""
        columns = ledger.rows[number].columns
        if self.span is None or not {"side", "serial"} & set(columns):
            return _NONE
        segment = ledger.segments[number]
        start, stop = _within(segment.booked_at, self.span)
        touched = self.accounts[segment.debtor[start:stop]]
        touched |= self.accounts[segment.creditor[start:stop]]
        some = np.flatnonzero(touched)
        amounts = segment.amount[start:stop][some]
        return some[np.isin(amounts, self.amounts)] + start

    def messages(self, ledger: Ledger, number: int) -> np.ndarray:
        """Places in a segment of messages with one of the references."""
        names = [name for name in _REFERENCES if name in ledger.rows[number].columns]
        if self.message_span is None or not names:
            return _NONE
        start, stop = _within(ledger.segments[number].booked_at, self.message_span)
        if start == stop:
            return _NONE
        table = ledger.rows[number].between(start, stop, names)
        hits = [pc.is_in(table[name], value_set=self.references) for name in names]
        found = np.zeros(stop - start, bool)
        for hit in hits:
            found |= np.asarray(hit)
        return np.flatnonzero(found) + start


_NONE = np.zeros(0, np.int64)


def _within(times: np.ndarray, span: tuple[int, int]) -> tuple[int, int]:
    start, stop = np.searchsorted(times, [span[0], span[1] + 1])
    return int(start), int(stop)


def rows_of(
    payment: Payment, files: Sequence[int], said: Mapping[Sighting, tuple[str, int]]
) -> list[Seen]:
    """The rows that show a payment; `said`: serial and instant of those it was joined of."""
    usual = (payment.serial, micros(payment.booked_at))
    return [
        Seen(file, s.row, SIDES.index(s.side), *said.get(s, usual))
        for file, s in zip(files, payment.sightings, strict=True)
    ]
