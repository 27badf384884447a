"""Verification: is the casebook still exactly what was appended to it?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from fanzha.casebook.record import FIRST, FORMAT, UNREADABLE, sha256
from fanzha.casebook.schema import payloads, records, searchable
from fanzha.errors import CasebookBroken, UsageError
from fanzha.evidence.leaf import leaf_hash

_CHECKPOINT = re.compile(r"fanzha-casebook (\d{1,15}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The chain holds: how many records, and the checkpoint to print and keep elsewhere.

    Only a checkpoint kept *outside* shows that the newest records were cut off, or that the
    whole chain was written anew.
    """

    size: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size of the chain at some moment and the leaf of its last record, on one line."""

    size: int
    leaf: str

    def __str__(self) -> str:
        return f"fanzha-casebook {self.size} {self.leaf}"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint as it was printed; raises `UsageError` for anything else.

    >>> str(read_checkpoint(f" fanzha-casebook 0 {FIRST} ")) == f"fanzha-casebook 0 {FIRST}"
    True
    """
    match = _CHECKPOINT.fullmatch(" ".join(text.split()))
    if not match:
        raise UsageError("checkpoint_unreadable", value=text)
    return Checkpoint(int(match[1]), match[2])


def verify(connection: Connection, known: Checkpoint | None) -> Verified:
    """Read every record and payload and compare them with their hashes.

    Raises `CasebookBroken` naming the first broken record: altered, missing, its payload altered
    or gone without an erasure, or not the one that the checkpoint `known` knew.
    """
    walk = _Walk(known)
    rows = connection.execution_options(yield_per=1).execute(_everything)
    try:
        for row in rows:
            walk.step(row._asdict())
    except (DBAPIError, *UNREADABLE) as unreadable:
        raise _broken("casebook_record_unreadable", walk.size + 1) from unreadable
    finally:
        rows.close()
    return walk.end(_without_record(connection))


_everything = (
    select(records, payloads.c.payload)
    .outerjoin(payloads, payloads.c.seq == records.c.seq)
    .order_by(records.c.seq)
)


def _without_record(connection: Connection) -> int | None:
    lost = select(func.min(payloads.c.seq)).where(payloads.c.seq.not_in(select(records.c.seq)))
    found: int | None = connection.scalar(lost)
    return found


class _Walk:
    """Where the verification stands: the last good record, and what was erased."""

    def __init__(self, known: Checkpoint | None) -> None:
        self.size = 0
        self.leaf = FIRST
        self.known = known
        self.gone: set[int] = set()  # records without a payload
        self.erased: set[int] = set()  # records that an erasure speaks of

    def step(self, row: Mapping[str, Any]) -> None:
        seq = self.size + 1
        if row["seq"] != seq:
            raise _broken("casebook_record_missing", seq)
        metadata = self._metadata(row, seq)
        if row["payload"] is not None and sha256(row["payload"]) != metadata["payload_sha256"]:
            raise _broken("casebook_payload_altered", seq)
        if row["payload"] is None:
            self.gone.add(seq)
        if (metadata["type"], metadata["kind"]) == ("action", "erase"):
            self.erased.update(metadata["refs"])
        self.size, self.leaf = seq, row["leaf"]
        if self.known and self.known.size == seq and self.known.leaf != self.leaf:
            raise _broken("casebook_checkpoint_differs", seq)

    def _metadata(self, row: Mapping[str, Any], seq: int) -> dict[str, Any]:
        text: str = row["metadata"]
        metadata: dict[str, Any] = json.loads(text)
        if (
            leaf_hash(text.encode()).hex() != row["leaf"]
            or (metadata["format"], metadata["seq"], metadata["prev"]) != (FORMAT, seq, self.leaf)
            or any(row[column] != said for column, said in searchable(metadata).items())
        ):
            raise _broken("casebook_record_altered", seq)
        return metadata

    def end(self, without_record: int | None) -> Verified:
        if self.gone - self.erased:
            raise _broken("casebook_payload_missing", min(self.gone - self.erased))
        if self.erased - self.gone:
            raise _broken("casebook_erasure_undone", min(self.erased - self.gone))
        if without_record is not None:
            raise _broken("casebook_record_missing", without_record)
        if self.known and self.known.size > self.size:
            raise _broken("casebook_cut_off", self.size + 1, size=self.known.size)
        return Verified(size=self.size, checkpoint=str(Checkpoint(self.size, self.leaf)))


def _broken(code: str, record: int, **values: object) -> CasebookBroken:
    return CasebookBroken(code, record=record, **values)
