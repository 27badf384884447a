"""The casebook: one append-only record of facts, findings and actions on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    Connection,
    Engine,
    case,
    func,
    inspect,
    or_,
    select,
    update,
)

from fanzha.casebook.border import BUSY_SECONDS, WRITING, open_engine, pragma, translated
from fanzha.casebook.record import (
    Record,
    from_microseconds,
)
from fanzha.casebook.rows import (
    action_of,
    append_entry,
    contents_of,
    erasable,
    every_row,
    records_of,
    since,
    tip_of,
    with_payload,
)
from fanzha.casebook.schema import payloads, records, schema
from fanzha.casebook.search import SearchIndex, forget
from fanzha.casebook.verify import Verified, read_checkpoint, verify
from fanzha.errors import CasebookBroken, NotAllowed, UnknownRecord
from fanzha.model.chain import Action, Fact, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case: the records that name it, in the order in which they were recorded."""

    case_id: str
    facts: tuple[Record, ...]
    findings: tuple[Record, ...]
    actions: tuple[Record, ...]

    def latest(self, kind: str) -> Record | None:
        """The finding of that kind that was recorded last, or None.

        A finding computed again with the very same body is not recorded again, so this is the
        newest *different* result, not the newest run.
        """
        return next((f for f in reversed(self.findings) if f.kind == kind), None)


class Casebook:
    """The open casebook; every method is one transaction, and close it when done.

    Several processes may use one file: writers wait for each other (`CasebookBusy` after
    `BUSY_SECONDS`), readers never wait.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self._path = path
        self._engine = engine
        self._writer = engine.execution_options(**{WRITING: True})
        self._turn = Lock()
        self._tips: dict[str, int] = {}
        self._tips_turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Casebook({str(self._path)!r})"

    def close(self) -> None:
        """Let go of the file."""
        with translated(self._path):
            self._engine.dispose()

    def append(
        self, case_id: str, entries: Sequence[Fact | Finding | Action], recorded_at: datetime
    ) -> tuple[Record, ...]:
        """Record all entries of a case, or none; what is returned has reached the disk.

        A fact with the same kind and bytes, or a finding with the same kind and body, that the
        case already has is not recorded again: its record is returned (an erased one too, so
        running a case anew never undoes an erasure). Actions are always recorded.
        """
        with self._write() as connection:
            return tuple(append_entry(connection, case_id, entry, recorded_at) for entry in entries)

    def erase(self, seq: int, action: Action, recorded_at: datetime) -> Record:
        """Remove a record's payload for good; the record stays and the chain still verifies.

        `action` (kind `erase`, with its legal basis) is recorded in the same transaction.
        Actions cannot be erased. Know that the payload's hash stays, by which somebody who
        guesses a short text can confirm it, and so do findings drawn from it: erase those too.
        """
        if action.kind != "erase" or not action.legal_basis.strip():
            raise NotAllowed("erase_needs_basis", record=seq)
        with self._write() as connection:
            case_id = erasable(connection, seq)
            record = append_entry(connection, case_id, action, recorded_at, refs=(seq,))
            connection.execute(update(payloads).where(payloads.c.seq == seq).values(payload=None))
            forget(connection, seq)
        self._forget_log()
        return record

    def cases(self) -> tuple[str, ...]:
        """The cases, oldest first."""
        first = func.min(records.c.seq)
        with self._read() as connection:
            rows = connection.scalars(
                select(records.c.case_id).group_by(records.c.case_id).order_by(first)
            )
            return tuple(rows)

    def tips(self) -> dict[str, int]:
        """The newest record of every case: what has not changed need not be read again.

        The case at work last comes last.
        """
        newest = func.max(records.c.seq)
        later = select(records.c.case_id, newest).group_by(records.c.case_id).order_by(newest)
        with self._tips_turn, self._read() as connection:
            known = max(self._tips.values(), default=0)  # records are only ever added
            for case_id, tip in connection.execute(later.where(records.c.seq > known)):
                self._tips.pop(case_id, None)
                self._tips[case_id] = tip
            return dict(self._tips)

    def tip(self, case_id: str) -> int:
        """The newest record of one case, 0 where there is none."""
        newest = select(func.max(records.c.seq)).where(records.c.case_id == case_id)
        with self._read() as connection:
            return connection.scalar(newest) or 0

    def case(self, case_id: str) -> CaseView:
        """What the casebook holds of a case; `UnknownRecord` when it holds nothing."""
        with self._read() as connection:
            found = records_of(connection, every_row().where(records.c.case_id == case_id))
        if not found:
            raise UnknownRecord("unknown_case", case=case_id, casebook=str(self._path))
        return CaseView(
            case_id=case_id,
            facts=tuple(r for r in found if r.type == "fact"),
            findings=tuple(r for r in found if r.type == "finding"),
            actions=tuple(r for r in found if r.type == "action"),
        )

    def contents(
        self, case_id: str, facts: Sequence[str] = ()
    ) -> list[tuple[Record, bytes | None]]:
        """Every record of a case, oldest first, with what was found or decided in it.

        Read at once, for whoever looks at many cases. Facts come without their bytes, which may be
        large, but for those of the kinds `facts`; so does what was erased.
        """
        wanted = or_(records.c.type != "fact", records.c.kind.in_(facts))
        made = case((wanted, payloads.c.payload))
        found = with_payload(made).where(records.c.case_id == case_id)
        with self._read() as connection:
            return contents_of(connection, found)

    def actions_on(self, case_id: str, on: str, kind: str) -> tuple[Action, ...]:
        """What people decided on one thing, oldest first: the steps of a hold, say, by its id.

        Actions of several kinds may be on one thing: a hold is moved, and an appeal against it
        answered.
        """
        wanted = (
            select(records.c.seq, payloads.c.payload)
            .join(payloads, payloads.c.seq == records.c.seq)
            .where(records.c.case_id == case_id, records.c.type == "action")
            .where(records.c.kind == kind, records.c.subject == on)
            .order_by(records.c.seq)
        )
        with self._read() as connection:
            return tuple(action_of(seq, said) for seq, said in connection.execute(wanted))

    def payload(self, seq: int) -> bytes | None:
        """The bytes recorded under that number, or None once they were erased lawfully."""
        with self._read() as connection:
            row = connection.execute(
                select(payloads.c.payload).where(payloads.c.seq == seq)
            ).first()
        if row is None:
            raise UnknownRecord("unknown_record", record=seq)
        found: bytes | None = row[0]
        return found

    def fact(self, record: Record) -> Fact | None:
        """The fact as it was recorded, or None once erased."""
        payload, said = self.payload(record.seq), record.metadata
        return (
            payload
            if payload is None
            else Fact(
                kind=record.kind,
                source=said["source"],
                received_at=from_microseconds(said["received_at"]),
                payload=payload,
                media_type=said["media_type"],
                reliability=said["reliability"],
            )
        )

    def finding(self, record: Record) -> dict[str, Any] | None:
        """The finding's fields as JSON types, or None once erased; to use it, compute it again."""
        payload = self.payload(record.seq)
        return None if payload is None else json.loads(payload)

    @property
    def search(self) -> SearchIndex:
        """Where words stand in the records."""
        return SearchIndex(self._read, self._write, since)

    def checkpoint(self) -> str:
        """One line to print or send elsewhere now: size and last leaf, read without verifying."""
        with self._read() as connection:
            return str(tip_of(connection))

    def verify(self, checkpoint: str | None = None) -> Verified:
        """Check the whole chain, and that it still holds what the checkpoint knew.

        Raises `CasebookBroken` naming the first broken record (0: the database file itself).
        """
        known = None if checkpoint is None else read_checkpoint(checkpoint)
        with self._read() as connection:
            verified = verify(connection, known)
        with translated(self._path):
            # The chain is read from the tables; only the database can say that its indexes agree.
            if pragma(self._engine, "integrity_check") != "ok":
                raise CasebookBroken("casebook_damaged", path=str(self._path), record=0)
        return verified

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with translated(self._path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        # Threads take turns before they ask the file: its own waiting sleeps, and is unfair.
        with self._turn, translated(self._path), self._writer.begin() as connection:
            yield connection

    def _forget_log(self) -> None:
        """Fold the write-ahead log into the file, for an erased payload may still lie there."""
        with translated(self._path):
            pragma(self._engine, "wal_checkpoint(TRUNCATE)")


def open_casebook(
    path: Path | str, *, create: bool = True, busy_seconds: float = BUSY_SECONDS
) -> Casebook:
    """The casebook at `path`, made when absent (readable by its owner alone) if `create`.

    Raises `UnknownRecord` when there is none and none is wanted, `CasebookBroken` when the file
    is something else or damaged, `CasebookError` when the disk refuses.
    """
    path = Path(path)
    with translated(path):
        if not create and not (path.exists() and path.stat().st_size):  # reading makes none
            raise UnknownRecord("casebook_missing", path=str(path))
        if not path.exists():
            path.touch(mode=0o600)
        engine = open_engine(path, busy_seconds)
        try:
            _lay_out(engine, path)
        except BaseException:
            engine.dispose()
            raise
    return Casebook(path, engine)


def _lay_out(engine: Engine, path: Path) -> None:
    ours = set(schema.tables)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    if found and not ours <= found:
        raise CasebookBroken("casebook_foreign", path=str(path), record=0)
    if not found:
        pragma(engine, "journal_mode=WAL")  # stays with the file: readers read while one writes
        with engine.execution_options(**{WRITING: True}).begin() as connection:
            schema.create_all(connection)
