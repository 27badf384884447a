"""Use case: keep a ledger. Files in, each once; what is refused is said, the rest is taken."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fanzha.errors import NothingUsable
from fanzha.intake.statement import SourceFile, Statements
from fanzha.ledger import create, open_ledger
from fanzha.ledger.append import Append, Appended
from fanzha.ledger.border import sha256
from fanzha.ledger.bulk import shape_of, take
from fanzha.ledger.manifest import Source
from fanzha.ledger.rows import instant, micros
from fanzha.ledger.said import Said
from fanzha.model.chain import Reason, Ref
from fanzha.model.instant import iso, zone
from fanzha.model.payment import Payment, Refusal, Sighting
from fanzha.services.ledger_openings import take_openings
from fanzha.services.money_inputs import MoneySources, differing, read_payments
from fanzha.services.sources import STDIN, read_optional, read_sources

Tell = Callable[[str, Mapping[str, object]], None]


def _silent(_stage: str, _values: Mapping[str, object]) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendRequest:
    """The ledger and the files to add; `tz` is for instants without an offset."""

    ledger: str
    files: tuple[str, ...]
    mapping: str | None = None
    tz: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendResult:
    """What came in; `again` are files that the ledger has already, with the names they had."""

    appended: Appended
    sources: tuple[Source, ...]
    again: tuple[tuple[str, str], ...]
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What a ledger holds, and what that costs; `hot` and `disk` are bytes a payment."""

    payments: int
    accounts: int
    begins: datetime | None
    ends: datetime | None
    segments: int
    currencies: tuple[str, ...]
    hot: float
    disk: float
    dropped: int
    dropped_before: datetime | None
    sources: tuple[Source, ...]


def init(path: str, balances: str | None = None) -> tuple[Refusal, ...]:
    """Make an empty ledger, with opening balances where a table states them; gives refused rows."""
    if balances is not None and balances != STDIN and not Path(balances).is_file():
        read_sources([balances])  # says what is wrong with it
    create(path)
    if balances is None:
        return ()
    with Append(path) as writer:
        refusals = take_openings(writer, balances)
        writer.commit(said=Said((), refusals))
    return refusals


def append(request: AppendRequest, tell: Tell = _silent) -> AppendResult:
    """Add files to a ledger; nothing of them is there until all are.

    Statements, two-sided tables and ISO 20022 messages that are given together are read together;
    Parquet and Arrow files are taken in bulk. Raises `NothingUsable` when no payment was taken
    and no file was known.
    """
    tz = zone(request.tz) if request.tz else None
    with Append(request.ledger) as writer:
        task = _Appending(writer, tz, tell)
        paths = task.without_known(request.files)
        bulk = [path for path in paths if shape_of(Path(path))]
        task.bulk(bulk)
        task.read([path for path in paths if path not in bulk], read_optional(request.mapping))
        said = Said(tuple(task.notes), tuple(task.refusals))
        if not any(source.taken for source in task.sources):
            if not task.again:
                raise NothingUsable("no_payments", refusals=said.refusals)
            task.sources.clear()
        if task.sources:
            tell("ledger_writing", {"count": sum(source.taken for source in task.sources)})
            appended = writer.commit(task.sources, said, task.on_rows)
        else:
            segments = writer.manifest.segments
            appended = Appended(
                rows=0, joined=0, payments=len(writer.ledger), segments=len(segments)
            )
    return AppendResult(
        appended=appended, sources=tuple(task.sources), again=tuple(task.again), said=said
    )


class _Appending:
    """One append: what was read of which file."""

    def __init__(self, writer: Append, tz: ZoneInfo | None, tell: Tell) -> None:
        self.writer, self.tz, self.tell = writer, tz, tell
        self.sources: list[Source] = []
        self.again: list[tuple[str, str]] = []
        self.notes: list[Reason] = []
        self.refusals: list[Refusal] = []
        self._hashes: dict[str, str] = {}
        self._written = 0

    def on_rows(self, count: int) -> None:
        self._written += count
        self.tell("ledger_written", {"count": self._written})

    def without_known(self, paths: Sequence[str]) -> list[str]:
        """The files whose bytes are new; each once."""
        fresh: list[str] = []
        here: dict[str, str] = {}
        for path in paths:
            if not Path(path).is_file():
                read_sources([path])  # says what is wrong with it
            digest = self._hashes[path] = sha256(Path(path))
            known = self.writer.known(digest)
            if known is not None:
                self.again.append((path, known.name))
            elif digest in here:
                self.notes.append(Reason("copy_of", (Ref(path),), {"original": here[digest]}))
            else:
                here[digest] = path
                fresh.append(path)
        return fresh

    def bulk(self, paths: Sequence[str]) -> None:
        """Parquet and Arrow files."""
        for path in paths:
            name = Path(path).name

            def on_rows(count: int, name: str = name) -> None:
                self.tell("read", {"file": name, "count": count})

            taken = take(self.writer, Path(path), name, self.tz, on_rows)
            self.refusals += taken.refusals
            if taken.zone_assumed:
                count = {"count": taken.zone_assumed}
                self.notes.append(Reason("zone_assumed", (Ref(name),), count))
            self.sources.append(
                Source(
                    name=name,
                    sha256=self._hashes[path],
                    shape=shape_of(Path(path)),
                    taken=taken.taken,
                    refused=taken.refused,
                    zone_assumed=taken.zone_assumed,
                )
            )

    def read(self, paths: Sequence[str], mapping: SourceFile | None) -> None:
        """Statements, two-sided tables and messages, read together as for a trace."""
        if not paths:
            return
        wanted = MoneySources(payments=read_sources(paths), mapping=mapping, tz=self.tz)
        said = read_payments(
            wanted, lambda name, rows: self.tell("read", {"file": name, "count": rows})
        )
        payments = [p for p in said.payments if not self.writer.too_old(micros(p.booked_at))]
        self._refuse_old(said.payments)
        self.writer.add_payments(payments, _said_by_rows(wanted, payments))
        self.writer.see(said.seen)
        self._open(said)
        stated = self.writer.ledger.stated(said.openings)
        self.notes += [*said.reasons, *differing(said, stated)]
        self.refusals += said.refusals
        self.sources += [
            Source(
                name=read.name,
                sha256=read.sha256,
                shape=read.shape,
                taken=read.taken,
                refused=read.refused,
                zone_assumed=read.zone_assumed,
            )
            for read in said.files
        ]

    def _refuse_old(self, payments: Iterable[Payment]) -> None:
        """Rows of the time that was dropped: balances carried on from there would become wrong."""
        for payment in payments:
            if self.writer.too_old(micros(payment.booked_at)):
                seen = payment.sightings[0]
                self.refusals.append(
                    Refusal(
                        file=seen.file,
                        row=seen.row,
                        field="booked_at",
                        value=iso(payment.booked_at),
                        code="ledger_dropped",
                    )
                )

    def _open(self, said: Statements) -> None:
        """Openings that a running balance shows, with the instant of the row that shows them."""
        wanted = {(opening.source, opening.row) for opening in said.openings.values()}
        at = {
            (seen.file, seen.row): micros(payment.booked_at)
            for payment in said.payments
            for seen in payment.sightings
            if (seen.file, seen.row) in wanted
        }
        shown = {
            account: (opening.amount, at[opening.source, opening.row])
            for account, opening in said.openings.items()
            if (opening.source, opening.row) in at
        }
        self.writer.open_with(shown)


def _said_by_rows(
    sources: MoneySources, payments: Sequence[Payment]
) -> dict[Sighting, tuple[str, int]]:
    """Serial and instant of each row of payments that several files show.

    A joined payment keeps one bank's serial only. So that a later export of the other bank's
    statement is recognised, its files are read once more, each alone.
    """
    several = {
        sighting.file
        for payment in payments
        if len({seen.file for seen in payment.sightings}) > 1
        for sighting in payment.sightings
    }
    found: dict[Sighting, tuple[str, int]] = {}
    for source in sources.payments:
        if any(name == source.name or name.startswith(f"{source.name}[") for name in several):
            alone = read_payments(dataclasses.replace(sources, payments=(source,)), None)
            found |= {
                seen: (payment.serial, micros(payment.booked_at))
                for payment in alone.payments
                for seen in payment.sightings
            }
    return found


def info(path: str) -> Info:
    """What a ledger holds, and what that costs."""
    ledger = open_ledger(path)
    manifest, payments = ledger.manifest, max(len(ledger), 1)
    stretches = manifest.segments
    sizes = dict(manifest.files())
    hot = ("out.npy", "out_accounts.npy", "out_starts.npy", "booked_at.npy")
    before = manifest.dropped_before
    return Info(
        payments=len(ledger),
        accounts=len(ledger.accounts),
        begins=instant(stretches[0].begins) if stretches else None,
        ends=ledger.end,
        segments=len(stretches),
        currencies=manifest.currencies,
        hot=_bytes(s for name, s in sizes.items() if name.endswith(hot)) / payments,
        disk=_bytes(sizes.values()) / payments,
        dropped=manifest.dropped_rows,
        dropped_before=None if before is None else instant(before),
        sources=manifest.sources,
    )


def _bytes(seals: Iterable[Mapping[str, Any]]) -> int:
    return sum(int(seal["size"]) for seal in seals)
