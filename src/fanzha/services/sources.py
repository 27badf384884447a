"""Reading the files a use case was given: bytes in, one border for everything a disk can say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from fanzha.errors import UsageError
from fanzha.intake.statement import SourceFile

STDIN = "-"
MAX_BYTES = 300 * 1024 * 1024  # a statement beyond this is split at the bank, not read here


def read_source(path: str) -> SourceFile:
    """The file at `path`, or standard input for `-`, whole.

    Raises `UsageError` with a sentence that says what to do when it is not there, is a folder,
    may not be read or is larger than `MAX_BYTES`.
    """
    try:
        if path == STDIN:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as missing:
        raise UsageError("file_missing", path=path) from missing
    except (OSError, ValueError) as refused:
        raise UsageError("file_unreadable", path=path, why=str(refused)) from refused
    if len(content) > MAX_BYTES:
        raise UsageError("file_too_large", path=path, limit=MAX_BYTES // 2**20)
    return SourceFile(name=path if path == STDIN else Path(path).name, content=content)


def read_sources(paths: Sequence[str]) -> tuple[SourceFile, ...]:
    """Several files, each under a name of its own: two of one name are told apart by their path."""
    read = [read_source(path) for path in paths]
    names = [source.name for source in read]
    return tuple(
        source if names.count(source.name) == 1 else SourceFile(name=path, content=source.content)
        for path, source in zip(paths, read, strict=True)
    )


def read_optional(path: str | None) -> SourceFile | None:
    """The file at `path`, or None where no path was given."""
    return None if path is None else read_source(path)
