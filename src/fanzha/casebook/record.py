"""Records: how a fact, a finding or an action is written so that it can be checked for ever."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from fanzha.evidence.leaf import canonical, leaf_hash
from fanzha.model.chain import Action, Fact, Finding, Reason

FORMAT = 1  # of the metadata; a reader refuses what it does not know
FIRST = "0" * 64  # what stands for "the record before" in the first record
# What reading a record that somebody altered can raise.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the casebook: what was recorded, when, and the hash that ties it to the chain.

    The payload (the file, the finding's body, the action's text) lies beside it, so that it can
    be erased lawfully while the record stays. File names (`source`) stay in the record for good.
    """

    seq: int
    leaf: str
    type: str  # fact, finding, action
    kind: str
    case_id: str
    recorded_at: datetime
    payload_sha256: str
    refs: tuple[int, ...]  # records that this one speaks of: a finding's facts, an erased record
    metadata: Mapping[str, Any] = field(repr=False)


def record_of(leaf: str, metadata: Mapping[str, Any]) -> Record:
    """The record with this metadata."""
    return Record(
        seq=metadata["seq"],
        leaf=leaf,
        type=metadata["type"],
        kind=metadata["kind"],
        case_id=metadata["case_id"],
        recorded_at=from_microseconds(metadata["recorded_at"]),
        payload_sha256=metadata["payload_sha256"],
        refs=tuple(metadata["refs"]),
        metadata=metadata,
    )


def payload_of(entry: Fact | Finding | Action) -> bytes:
    """The bytes to keep beside the chain: a fact's own, or the finding or action as JSON."""
    return entry.payload if isinstance(entry, Fact) else dump(entry)


def describe(entry: Fact | Finding | Action) -> dict[str, Any]:
    """What the record itself says of the entry: enough to find and order it, no more."""
    if isinstance(entry, Fact):
        return {
            "type": "fact",
            "kind": entry.kind,
            "source": clean(entry.source),
            "received_at": microseconds(entry.received_at),
            "media_type": entry.media_type,
            "reliability": entry.reliability,
        }
    if isinstance(entry, Finding):
        return {"type": "finding", "kind": entry.kind, "method": entry.method}
    return {
        "type": "action",
        "kind": entry.kind,
        "on": clean(entry.on),
        "who": clean(entry.who),
        "at": microseconds(entry.at),
    }


def sources_of(reasons: Iterable[Reason]) -> set[str]:
    """The sources that the reasons point at."""
    return {clean(ref.source) for reason in reasons for ref in reason.refs}


def seal(
    described: Mapping[str, Any],
    *,
    seq: int,
    prev: str,
    case_id: str,
    recorded_at: datetime,
    payload: bytes,
    refs: Sequence[int],
) -> tuple[str, dict[str, Any]]:
    """The leaf and the full metadata of a new record that follows `prev`."""
    metadata = {
        **described,
        "format": FORMAT,
        "seq": seq,
        "prev": prev,
        "case_id": case_id,
        "recorded_at": microseconds(recorded_at),
        "payload_sha256": sha256(payload),
        "refs": list(refs),
    }
    return leaf_hash(canonical(metadata)).hex(), metadata


def dump(value: object) -> bytes:
    """A finding or action as JSON, the same bytes for equal values in every process.

    Integers keep every digit (amounts in an 18-decimal asset pass 64 bits, so this is the
    standard library's writer), Decimals are text, instants ISO 8601 UTC, mappings whose keys are
    not text become sorted lists of pairs.

    >>> from fanzha.model.payment import Account
    >>> dump({Account("B1", "CNY"): 2, Account("A1", "CNY"): Decimal("0.50")}).decode()
    '[[["A1","CNY"],"0.50"],[["B1","CNY"],2]]'
    """
    text = json.dumps(
        _plain(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes its JSON escape


def load_action(payload: bytes) -> Action:
    """The action that these bytes say."""
    said = json.loads(payload)
    for name in ("at", "expires_at"):
        said[name] = said[name] and datetime.fromisoformat(said[name])
    return Action(**said)


def clean(text: str) -> str:
    """The text with undecodable bytes of a file name written out, for hashes need Unicode."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def sha256(payload: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 UTC: exact, and read alike by every database."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The instant that many microseconds after 1970 UTC."""
    return _EPOCH + count * _MICROSECOND


def _plain(value: object) -> object:
    match value:
        case None | str() | bool() | int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Decimal():
            return str(value)
        case Mapping():
            return _mapping(value)
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=_order)
        case list() | tuple():
            return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"a finding cannot hold a {type(value).__name__}")


def _mapping(value: Mapping[Any, object]) -> object:
    if all(isinstance(key, str) for key in value):
        return {key: _plain(item) for key, item in value.items()}
    return sorted(([_plain(key), _plain(item)] for key, item in value.items()), key=_order)


def _order(item: object) -> str:
    return json.dumps(item)
