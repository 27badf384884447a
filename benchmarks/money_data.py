"""The payments that `benchmarks/money.py` asks about: generated, then laid out as plain columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fanzha.money.town import OUTSIDE, SECOND, Town
from fanzha.services.generate.run import BANKS_BY_DEFAULT, Run

START = datetime.fromisoformat("2024-05-01T00:00:00+08:00")
QUESTIONS = 20  # reach is asked from so many thefts
NEAR_HOURS = 6
KINDS = {"at": np.int64, "debtor": np.int32, "creditor": np.int32, "amount": np.int64}


@dataclass(frozen=True, slots=True)
class Question:
    """Who could have received what lay in `account` before payment `begin`, until `end`?"""

    account: int
    begin: int
    end: int


class Data:
    """One generated ledger as columns mapped from disk; accounts and payments are numbers."""

    theft: Any  # positions of the thefts

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        column = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        setattr(self, name, column)
        return column

    @property
    def accounts(self) -> int:
        """One more than the largest account id."""
        return len(self.opening)

    @cached_property
    def live(self) -> Any:
        """Which payments may pass stolen money on: those that no terminal pays."""
        return ~np.asarray(self.terminal, bool)[self.debtor]

    def questions(self, near: bool) -> list[Question]:
        """Reach from thefts in the first half: of a few hours, or to the end."""
        found = []
        for position in self.theft[self.theft < len(self.at) // 2][:QUESTIONS].tolist():
            until = self.at[position] + NEAR_HOURS * 3600 * SECOND
            end = int(np.searchsorted(self.at, until)) if near else len(self.at)
            found.append(Question(int(self.creditor[position]), position + 1, end))
        return found


def make(folder: Path, payments: int, thefts: int, seed: int, days: int) -> Data:
    """Generate once and lay out the columns; what is there already is taken."""
    data = Data(folder)
    if (folder / "ids.parquet").exists():
        return data
    folder.mkdir(parents=True, exist_ok=True)
    town = Town.of(max(200, payments // 20))
    run = Run(payments, thefts, seed, BANKS_BY_DEFAULT, town)
    run.plan(int(START.timestamp()) * SECOND, days)
    columns = {
        name: np.lib.format.open_memmap(
            folder / f"{name}.npy", mode="w+", dtype=kind, shape=(payments,)
        )
        for name, kind in KINDS.items()
    }
    row = 0
    for batch in run.batches():
        rows = slice(row, row + len(batch.amount))
        columns["at"][rows], columns["amount"][rows] = batch.booked_at, batch.amount
        columns["debtor"][rows], columns["creditor"][rows] = batch.debtor, batch.creditor
        row = rows.stop
    terminal = np.zeros(town.accounts, np.uint8)
    terminal[:OUTSIDE] = 1
    terminal[run.merchants()] = 1
    np.save(folder / "opening.npy", run.openings())
    np.save(folder / "terminal.npy", terminal)
    np.save(folder / "theft.npy", _positions(run, columns))
    _write_ids(folder / "ids.parquet", columns)
    return data


def _positions(run: Run, columns: dict[str, Any]) -> Any:
    """Where the payments of the thefts stand, in order of the thefts."""
    found = []
    for theft in run.loot.thefts:
        row = int(np.searchsorted(columns["at"], theft.at))
        while (columns["debtor"][row], columns["amount"][row]) != (theft.debtor, theft.amount):
            row += 1
        found.append(row)
    return np.array(found, np.int64)


def _write_ids(path: Path, columns: dict[str, Any]) -> None:
    """The columns as the ledger keeps them at rest: whole numbers in the fast encoding."""
    size = 1 << 20
    schema = pa.schema([(name, pa.from_numpy_dtype(kind)) for name, kind in KINDS.items()])
    plain = dict.fromkeys(("debtor", "creditor", "amount"), "PLAIN")
    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"at": "DELTA_BINARY_PACKED", **plain},
    ) as writer:
        for first in range(0, len(columns["at"]), size):
            part = [pa.array(column[first : first + size]) for column in columns.values()]
            writer.write_table(pa.Table.from_arrays(part, schema=schema), row_group_size=1 << 20)
