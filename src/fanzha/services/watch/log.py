"""What came to the centre's watch since the ledger was last added to, on disk before its answer."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from fanzha.errors import CasebookError, UsageError
from fanzha.model.instant import iso
from fanzha.model.money import to_major
from fanzha.services.watch.lines import Paid, at_of

HEADER = (
    "booked_at", "debtor_account", "creditor_account", "amount", "currency",
    "channel", "debtor_agent", "creditor_agent", "serial",
)  # fmt: skip
_BEFORE = "after-"  # and the row that was the last one before this file

Row = tuple[int, int, Paid]  # the row, the part of it, what was paid


class WatchLog:
    """Payments as a table that a ledger takes; `row` is the last one that was taken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.row = 0
        self._file: BinaryIO | None = None

    def write(self, rows: Sequence[Row], last: int) -> None:
        """Write payments down; when this returns, they have reached the disk."""
        self.row = last
        if not rows:
            return
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(_cells(*row) for row in rows)
        try:
            file = self._opened()
            file.write(out.getvalue().encode())
            file.flush()
            os.fsync(file.fileno())
        except OSError as refused:
            raise _unusable(self.folder, refused) from refused

    def fold(self, ledger: Path) -> None:
        """Hand everything to the ledger, made where there is none, and begin a new file.

        A crash in between does no harm: a ledger knows a file that it has taken. Raises
        `UsageError` (`ledger_extra`) where Fanzha was installed without ledgers.
        """
        self.close()
        waiting = sorted(self.folder.glob(f"{_BEFORE}*.csv"))
        if waiting:
            self.row = max(self.row, _last_row(waiting[-1]))
        full = [path for path in waiting if len(path.read_bytes().splitlines()) > 1]
        if full:
            _append(ledger, full)
        self._begin()
        for path in waiting:
            if path != self._path():
                path.unlink()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _path(self) -> Path:
        return self.folder / f"{_BEFORE}{self.row:015d}.csv"

    def _begin(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path = self._path()
            if not path.exists():
                path.write_text(",".join(HEADER) + "\n", "utf-8")
                path.chmod(0o600)
            self._file = path.open("ab")
        except OSError as refused:
            raise _unusable(self.folder, refused) from refused

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self._begin()
        assert self._file is not None
        return self._file


def _cells(row: int, part: int, paid: Paid) -> tuple[str, ...]:
    details = paid.details()
    return (
        iso(at_of(paid.at)),
        paid.debtor,
        paid.creditor,
        to_major(paid.amount, paid.currency),
        paid.currency,
        details.channel,
        details.debtor_agent,
        details.creditor_agent,
        f"W{row}.{part}",
    )


def _last_row(path: Path) -> int:
    """The row of the last whole line; a torn one was never answered and counts as not there."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    serial = whole.splitlines()[-1].decode().rpartition(",")[2]
    if serial.startswith("W"):
        return int(serial[1:].partition(".")[0])
    return int(path.stem.removeprefix(_BEFORE))


def _append(ledger: Path, files: Sequence[Path]) -> None:
    try:
        from fanzha.services import ledger as service
    except ImportError as missing:
        raise UsageError("ledger_extra") from missing
    if not ledger.exists():
        service.init(str(ledger))
    service.append(service.AppendRequest(ledger=str(ledger), files=tuple(map(str, files))))


def _unusable(folder: Path, refused: OSError) -> CasebookError:
    return CasebookError("watch_log_unusable", path=str(folder), why=str(refused))
