"""The border to the disk: what its errors mean in our words, the lock, and what is durable."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fanzha.errors import LedgerBroken, UsageError

LOCK = "lock"
_PIECE = 1 << 24  # bytes written or hashed at once


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Let only our own errors out."""
    try:
        yield
    except pa.ArrowInvalid as damaged:
        raise LedgerBroken("ledger_damaged", path=str(path), name=_first_line(damaged)) from damaged
    except OSError as refused:
        raise UsageError("ledger_unusable", path=str(path), why=_first_line(refused)) from refused


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Hold the ledger for writing; the system lets go of it when this process ends, however."""
    with (path / LOCK).open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise UsageError("ledger_busy", path=str(path)) from busy
        yield


def durable(path: Path) -> None:
    """Make a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The hash of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_array(path: Path, array: Any) -> dict[str, Any]:
    """Write an array as `.npy`, durably; gives its size and hash."""
    whole = np.ascontiguousarray(array)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            _Telling(file, digest), np.lib.format.header_data_from_array_1_0(whole)
        )
        flat: Any = whole.reshape(-1).view(np.uint8)
        data = memoryview(flat)
        for start in range(0, len(data), _PIECE):
            file.write(data[start : start + _PIECE])
            digest.update(data[start : start + _PIECE])
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return {"sha256": digest.hexdigest(), "size": size}


class _Telling:
    """A file that tells a hash what it is given."""

    def __init__(self, file: Any, digest: Any) -> None:
        self._file, self._digest = file, digest

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return int(self._file.write(data))


def map_array(path: Path) -> Any:
    """An array that was saved, mapped from disk and read only."""
    try:
        return np.load(path, mmap_mode="r").view(np.ndarray)
    except (ValueError, EOFError) as damaged:
        raise LedgerBroken("ledger_damaged", path=str(path.parent), name=path.name) from damaged


def save_table(path: Path, table: Any) -> dict[str, Any]:
    """Write an Arrow file, durably; gives its size and hash."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1 << 20)
    return sealed(path)


def save_bytes(path: Path, content: bytes) -> dict[str, Any]:
    """Write a small file, durably; gives its size and hash."""
    path.write_bytes(content)
    return sealed(path)


def sealed(path: Path) -> dict[str, Any]:
    """Make a file that was written durable; gives its size and hash."""
    durable(path)
    return {"sha256": sha256(path), "size": path.stat().st_size}


def map_table(path: Path) -> Any:
    """An Arrow file, mapped."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def longs(values: Any) -> Any:
    """Whole numbers as an Arrow array, without what `pa.array` imports for it."""
    numbers = np.ascontiguousarray(values, np.int64)
    return pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])


def words(texts: Sequence[str]) -> Any:
    """Strings as an Arrow array, likewise."""
    said = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, said)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(said))]
    return pa.Array.from_buffers(pa.string(), len(said), buffers)


def remove(path: Path) -> None:
    """Remove a file or folder; one that is gone already is no error."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
