"""What goes in and what comes out when statements are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from fanzha.model.chain import Finding
from fanzha.model.payment import Account, Payment, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as it was handed over: its name for the reader, its bytes for everything else."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """One line of the report's table of sources: what a file was and how much of it was taken.

    `rows` counts the rows below the header that claim to be payments; what is neither taken nor
    refused moved no money (a closed order) or was an overlap with another export. `zone_assumed`
    counts instants without an offset. `accounts` are those that this is a statement *of*; a
    two-sided file is no account's statement. A workbook has one entry for each sheet read.
    """

    name: str
    sha256: str
    shape: str
    encoding: str
    rows: int
    taken: int
    refused: int
    zone_assumed: int
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What lay in an account before its first row, inferred from that row's running balance."""

    amount: int
    source: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSeen:
    """The last balance a statement shows: what the bank itself said lay there, and when."""

    amount: int
    at: datetime
    file: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements(Finding):
    """What the files say: every payment once, every refused row with its remedy.

    Do not read a missing payment as one that never happened: an account that is not in `seen`
    has no statement here. Payments stand in input order, files as given, then rows; one seen in
    two statements stands where it was first seen. The rows of a statement that its own running
    balance proves to be newest first stand oldest first.
    """

    kind: ClassVar[str] = "statements"
    payments: tuple[Payment, ...]
    refusals: tuple[Refusal, ...]
    openings: Mapping[Account, Opening]
    last_balances: Mapping[Account, BalanceSeen]
    seen: frozenset[Account]
    files: tuple[FileRead, ...]
