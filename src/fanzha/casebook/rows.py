"""What is asked of the two tables, within one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from orjson import loads
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    func,
    insert,
    select,
)

from fanzha.casebook.record import (
    FIRST,
    UNREADABLE,
    Record,
    describe,
    load_action,
    payload_of,
    record_of,
    seal,
    sha256,
    sources_of,
)
from fanzha.casebook.schema import payloads, records, searchable
from fanzha.casebook.verify import Checkpoint
from fanzha.errors import CasebookBroken, NotAllowed, UnknownRecord
from fanzha.evidence.leaf import canonical
from fanzha.model.chain import Action, Fact, Finding


def append_entry(
    connection: Connection,
    case_id: str,
    entry: Fact | Finding | Action,
    recorded_at: datetime,
    refs: Sequence[int] = (),
) -> Record:
    """Record one entry at the end of the chain, or give the record that has it already."""
    payload, described = payload_of(entry), describe(entry)
    if not isinstance(entry, Action) and (
        known := _known(connection, case_id, described, sha256(payload))
    ):
        return known
    if isinstance(entry, Finding):
        refs = _facts(connection, case_id, sources_of(entry.reasons))
    tip = tip_of(connection)
    leaf, metadata = seal(
        described,
        seq=tip.size + 1,
        prev=tip.leaf,
        case_id=case_id,
        recorded_at=recorded_at,
        payload=payload,
        refs=refs,
    )
    row = {"seq": tip.size + 1, "leaf": leaf, "metadata": canonical(metadata).decode()}
    connection.execute(insert(records), {**row, **searchable(metadata)})
    connection.execute(insert(payloads), {"seq": tip.size + 1, "payload": payload})
    return record_of(leaf, metadata)


def since(connection: Connection, seq: int, limit: int) -> list[tuple[Record, bytes | None]]:
    """The records after that number, with their payloads, oldest first."""
    later = with_payload(payloads.c.payload).where(records.c.seq > seq).limit(limit)
    return contents_of(connection, later)


def with_payload(payload: ColumnElement[bytes]) -> Select[int, str, str, bytes]:
    """Records and their payloads, or of those what is wanted."""
    found = select(records.c.seq, records.c.leaf, records.c.metadata, payload)
    return found.join_from(records, payloads, payloads.c.seq == records.c.seq).order_by(
        records.c.seq
    )


def contents_of(
    connection: Connection, query: Select[int, str, str, bytes]
) -> list[tuple[Record, bytes | None]]:
    """What such a query finds."""
    return [(_record(seq, leaf, text), said) for seq, leaf, text, said in connection.execute(query)]


def _known(
    connection: Connection, case_id: str, described: dict[str, Any], digest: str
) -> Record | None:
    same = (
        every_row()
        .where(records.c.case_id == case_id, records.c.type == described["type"])
        .where(records.c.kind == described["kind"], records.c.payload_sha256 == digest)
        .limit(1)
    )
    return next(iter(records_of(connection, same)), None)


def _facts(connection: Connection, case_id: str, sources: set[str]) -> list[int]:
    wanted = (
        select(func.max(records.c.seq))
        .where(records.c.case_id == case_id, records.c.type == "fact")
        .where(records.c.subject.in_(sorted(sources)))
        .group_by(records.c.subject)
    )
    return sorted(connection.scalars(wanted))


def erasable(connection: Connection, seq: int) -> str:
    """The case of a record that may be erased now."""
    row = connection.execute(
        select(records.c.case_id, records.c.type, payloads.c.payload.is_(None))
        .join(payloads, payloads.c.seq == records.c.seq)
        .where(records.c.seq == seq)
    ).first()
    if row is None:
        raise UnknownRecord("unknown_record", record=seq)
    if row[1] == "action":
        raise NotAllowed("erase_action", record=seq)
    if row[2]:
        raise NotAllowed("erased_already", record=seq)
    return str(row[0])


def tip_of(connection: Connection) -> Checkpoint:
    """Where the chain ends."""
    last = select(records.c.seq, records.c.leaf).order_by(records.c.seq.desc()).limit(1)
    row = connection.execute(last).first()
    return Checkpoint(row[0], row[1]) if row else Checkpoint(0, FIRST)


def every_row() -> Select[int, str, str]:
    """Records without their payloads, oldest first."""
    return select(records.c.seq, records.c.leaf, records.c.metadata).order_by(records.c.seq)


def records_of(connection: Connection, query: Select[int, str, str]) -> list[Record]:
    """What such a query finds, read back."""
    return [_record(seq, leaf, text) for seq, leaf, text in connection.execute(query)]


def _record(seq: int, leaf: str, text: str) -> Record:
    try:
        return record_of(leaf, loads(text))
    except UNREADABLE as broken:
        raise CasebookBroken("casebook_record_unreadable", record=seq) from broken


def action_of(seq: int, payload: bytes) -> Action:
    """A recorded decision, read back."""
    try:
        return load_action(payload)
    except UNREADABLE as broken:
        raise CasebookBroken("casebook_payload_altered", record=seq) from broken
