"""The manifest: one small file that names every other file; swapping it is the commit."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanzha.errors import LedgerBroken, UnknownRecord
from fanzha.ledger.border import durable

FORMAT = "fanzha-ledger/1"
NAME = "manifest.json"
FOLDERS = ("segments", "accounts", "state")  # what a sweep looks through

Seal = Mapping[str, Any]  # of a file: its `sha256` and `size`


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One segment: its folder, its payments and the span of their instants (microseconds, UTC)."""

    name: str
    first: int
    rows: int
    begins: int
    ends: int
    files: Mapping[str, Seal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file beside the segments; `rows` counts what lies in it."""

    name: str
    rows: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was appended; a second one of the same bytes adds nothing."""

    name: str
    sha256: str
    shape: str
    taken: int
    refused: int
    zone_assumed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that belongs to a ledger at one commit.

    `accounts` are the files of the account dictionary in order, `carried` the totals of dropped
    segments, `dropped_before` (microseconds) the instant before which nothing may be added any
    more. `names` are the files that sightings point at; `said` holds the notes and refusals of all
    files.
    """

    version: int = 0
    next_id: int = 0  # of the next file or folder: never used twice
    segments: tuple[Stretch, ...] = ()
    accounts: tuple[Part, ...] = ()
    currencies: tuple[str, ...] = ()
    seen: Part | None = None
    openings: Part | None = None
    carried: Part | None = None
    dropped_rows: int = 0
    dropped_before: int | None = None
    names: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    said: Part | None = None

    def files(self) -> Iterator[tuple[str, Seal]]:
        """The path inside the ledger of every file, with its seal."""
        for stretch in self.segments:
            for name, seal in stretch.files.items():
                yield f"segments/{stretch.name}/{name}", seal
        for part in self.accounts:
            yield f"accounts/{part.name}", {"sha256": part.sha256, "size": part.size}
        for state in (self.seen, self.openings, self.carried, self.said):
            if state is not None:
                yield f"state/{state.name}", {"sha256": state.sha256, "size": state.size}


def read(path: Path) -> Manifest:
    """The manifest of the ledger at `path`; `UnknownRecord` where there is no ledger."""
    try:
        said = json.loads((path / NAME).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise UnknownRecord("ledger_missing", path=str(path)) from missing
    except ValueError as garbled:
        raise LedgerBroken("ledger_damaged", path=str(path), name=NAME) from garbled
    try:
        return _manifest(said)
    except (KeyError, TypeError) as garbled:
        raise LedgerBroken("ledger_damaged", path=str(path), name=NAME) from garbled


def _manifest(said: dict[str, Any]) -> Manifest:
    if said.pop("format") != FORMAT:
        raise KeyError(FORMAT)
    for name in ("seen", "openings", "carried", "said"):
        said[name] = None if said[name] is None else Part(**said[name])
    return Manifest(
        **{
            **said,
            "segments": tuple(Stretch(**s) for s in said["segments"]),
            "accounts": tuple(Part(**p) for p in said["accounts"]),
            "sources": tuple(Source(**s) for s in said["sources"]),
            "currencies": tuple(said["currencies"]),
            "names": tuple(said["names"]),
        }
    )


def write(path: Path, manifest: Manifest) -> None:
    """Commit: the new manifest is whole and on disk before it takes the old one's place."""
    body = {"format": FORMAT, **dataclasses.asdict(manifest)}
    new = path / f"{NAME}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump(body, file, ensure_ascii=False, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path / NAME)
    durable(path)
