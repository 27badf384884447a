"""What a reader must know about how the files were read; texts stand under `reading.`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from fanzha.intake.statement.merge import Pair, look_alikes
from fanzha.intake.statement.rows import Entry
from fanzha.model.chain import Reason, Ref

_REFS = 50  # rows a note points at; its `count` is complete


class Reading(Protocol):
    """What a note on a file needs to know of its reading."""

    name: str
    moved_nothing: list[int]
    zone_assumed: int
    newest_first: bool
    skipped: bool


def notes_on_rows(kept: Sequence[Entry], paired: Sequence[Pair], repeats: int) -> Iterator[Reason]:
    """Merged, repeated, reversed, unknown counterparties, coarse times, possible doubles."""
    yield from _note("merged", (e for pair in paired for e in pair), len(paired))
    if repeats:
        yield Reason("repeats_dropped", (), {"count": repeats})
    yield from _note("reversal", [e for e in kept if e.payment.reversal])
    yield from _note("counterparty_unknown", [e for e in kept if _outside(e)])
    yield from _note("seconds_missing", [e for e in kept if e.payment.precision_seconds == 60])
    yield from _note("hours_missing", [e for e in kept if e.payment.precision_seconds >= 86_400])
    alike = look_alikes(kept, paired)
    yield from _note("maybe_twice", (e for pair in alike for e in pair), len(alike))


def notes_on_files(readings: Iterable[Reading]) -> Iterator[Reason]:
    """Assumed zones, orders that moved no money, skipped sheets, reading from the bottom up."""
    for read in readings:
        if read.zone_assumed:
            yield Reason("zone_assumed", (Ref(read.name),), {"count": read.zone_assumed})
        if read.moved_nothing:
            refs = tuple(Ref(read.name, row) for row in read.moved_nothing[:_REFS])
            yield Reason("moved_nothing", refs, {"count": len(read.moved_nothing)})
        if read.skipped:
            yield Reason("sheet_skipped", (Ref(read.name),))
        if read.newest_first:
            yield Reason("newest_first", (Ref(read.name),))


def _note(code: str, entries: Iterable[Entry], count: int | None = None) -> Iterator[Reason]:
    several = list(entries)
    if several:
        refs = tuple(Ref(e.payment.sightings[0].file, e.row) for e in several[:_REFS])
        yield Reason(code, refs, {"count": len(several) if count is None else count})


def _outside(entry: Entry) -> bool:
    paid = entry.payment
    return paid.debtor_account.startswith("?") or paid.creditor_account.startswith("?")
