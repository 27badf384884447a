"""The one idea: Fact → Finding → Action.

A **fact** is what a source said or a system recorded; it is kept as it came and never edited.
A **finding** is what a kernel computes from facts; it can be thrown away and computed again.
An **action** is what a person decides on a finding; it is the only thing with consequences.
All three go to one append-only casebook, and everything else is a view of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a source said or a system recorded, in the very bytes in which it came.

    `reliability` is the Admiralty grade of source and information (`A1` … `F6`; `F6` = cannot
    be judged). Do not read a fact as true: it is what was *said*.
    """

    kind: str  # report, statement, payments, balances, thefts, appeal_evidence, …
    source: str  # the file or person it came from, as shown to a reader
    received_at: datetime
    payload: bytes = field(repr=False)
    media_type: str = "application/octet-stream"
    reliability: str = "F6"


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a reason points: a row of a file, or the characters `start:end` of a text."""

    source: str
    row: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a kernel says so: a catalogue code (under `reason.`), its values, and what it saw."""

    code: str
    refs: tuple[Ref, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a kernel computed from facts; every kernel's result is a subclass with its own fields.

    `method` names rule and version (`fifo/1`). `confidence` is 0 to 1 where the kernel can say,
    else None: a trace by a stated rule is exact *under that rule*, which is no probability.
    """

    kind: ClassVar[str] = "finding"
    method: str
    reasons: tuple[Reason, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a person decided on a finding: the only thing with consequences.

    `on` is the finding's or object's stable name (a hold id, a record). `undoes` is the sequence
    number of an earlier action that this one takes back.
    """

    kind: str  # hold, release, return, request, share, retract, publish, refer, erase
    on: str
    who: str
    at: datetime
    legal_basis: str
    state: str = ""
    expires_at: datetime | None = None
    amount: int | None = None  # minor units that it holds, lets go or returns, where it says so
    currency: str = ""
    note: str = ""
    undoes: int | None = None
