"""The two tables: records in one chain, and payloads beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

schema = MetaData()

records = Table(
    "records",
    schema,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("leaf", String(64), nullable=False),
    Column("metadata", Text, nullable=False),  # RFC 8785 text: what the leaf is the hash of
    # The rest repeats the metadata so that it can be searched; `verify` compares the two.
    Column("case_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what an action is on, a fact's source
    Column("payload_sha256", String(64), nullable=False),
    Index("records_of_case", "case_id", "type", "kind", "payload_sha256"),
)

payloads = Table(
    "payloads",
    schema,
    Column("seq", Integer, ForeignKey("records.seq"), primary_key=True, autoincrement=False),
    Column("payload", LargeBinary, nullable=True),  # null once erased
)


def searchable(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The columns of `records` that repeat the metadata."""
    return {
        "case_id": metadata["case_id"],
        "type": metadata["type"],
        "kind": metadata["kind"],
        "subject": metadata.get("on", metadata.get("source", "")),
        "payload_sha256": metadata["payload_sha256"],
    }
