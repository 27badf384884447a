"""One segment on disk: its payments as Parquet, and the arrays that a trace maps.

The Parquet file is the truth; the arrays are made from it and can be made again.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fanzha.ledger.border import durable, longs, map_array, save_array, sealed
from fanzha.ledger.manifest import Stretch
from fanzha.money.index import Segment, Totals, build_segment

PAYMENTS = "payments.parquet"
ARRAYS = ("booked_at", "debtor", "creditor", "amount", "out", "out_accounts", "out_starts", "low",
          "into", "into_accounts", "into_starts", "ends")  # fmt: skip
ROW_GROUP = 1 << 16  # rows that are decoded to read one of them
_SORTED = ("booked_at", "row")


def write(
    folder: Path, first: int, payments: Any, totals: Totals, rows: Path | None = None
) -> Stretch:
    """Write a segment of payments in order; `totals` are brought up to its end.

    `payments` is the table; where `rows` names a Parquet file that holds just these, it is linked
    instead of written. Nothing is committed: only a manifest does that.
    """
    folder.mkdir(parents=True)
    times, debtor, creditor, amount = columns(payments)
    with ThreadPoolExecutor(2) as pool:
        parquet = pool.submit(_link, rows, folder) if rows else pool.submit(_save, payments, folder)
        built = build_segment(first, times, debtor, creditor, amount, totals)
        arrays = {
            f"{name}.npy": pool.submit(save_array, folder / f"{name}.npy", getattr(built, name))
            for name in ARRAYS
        }
        files = {name: written.result() for name, written in arrays.items()}
        files[PAYMENTS] = parquet.result()
    durable(folder)
    return Stretch(
        name=folder.name,
        first=first,
        rows=len(amount),
        begins=int(times[0]),
        ends=int(times[-1]),
        files=files,
    )


def columns(table: Any) -> tuple[Any, Any, Any, Any]:
    """Instants (microseconds), debtors, creditors and amounts as arrays."""
    times = np.asarray(table["booked_at"].cast(pa.int64()))
    debtor, creditor, amount = (np.asarray(table[n]) for n in ("debtor", "creditor", "amount"))
    return times, debtor, creditor, amount


def _save(table: Any, folder: Path) -> dict[str, Any]:
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    plain = [name for name in table.column_names if name not in texts and name not in _SORTED]
    flat = [name for name in plain if name != "reversal"]
    encoding = {name: "DELTA_BINARY_PACKED" for name in _SORTED if name in table.column_names}
    pq.write_table(
        table,
        folder / PAYMENTS,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=1,
        use_dictionary=texts,
        column_encoding={**dict.fromkeys(flat, "PLAIN"), **encoding},
        write_statistics=["booked_at"],
        store_schema=False,
    )
    return sealed(folder / PAYMENTS)


def _link(rows: Path, folder: Path) -> dict[str, Any]:
    try:
        os.link(rows, folder / PAYMENTS)
    except OSError:  # a disk without links
        shutil.copyfile(rows, folder / PAYMENTS)
    return sealed(folder / PAYMENTS)


def load(folder: Path, stretch: Stretch, before: Totals) -> Segment:
    """The segment, mapped; made from its payments where an array is missing or has another size.

    `before` are the totals at its beginning: needed only where it has to be made anew.
    """
    if whole(folder, stretch):
        arrays = {name: map_array(folder / f"{name}.npy") for name in ARRAYS}
        return Segment(first=stretch.first, **arrays)
    return build_segment(stretch.first, *columns(rows_of(folder)), before)


def whole(folder: Path, stretch: Stretch) -> bool:
    """Whether every array is there in the size that was committed."""
    paths = {name: folder / name for name in stretch.files if name != PAYMENTS}
    return all(
        path.exists() and path.stat().st_size == stretch.files[name]["size"]
        for name, path in paths.items()
    )


def mend(folder: Path, stretch: Stretch, totals: Totals) -> None:
    """Write the arrays of a damaged segment again, from its payments; the bytes are the same."""
    built = build_segment(stretch.first, *columns(rows_of(folder)), totals)
    for name in ARRAYS:
        path = folder / f"{name}.npy"
        save_array(path.with_suffix(".new"), getattr(built, name))
        os.replace(path.with_suffix(".new"), path)
    durable(folder)


def rows_of(folder: Path) -> Any:
    """The whole table of a segment's payments."""
    return pq.read_table(folder / PAYMENTS, columns=None)


class Rows:
    """A segment's payments, read a few row groups at a time."""

    def __init__(self, path: Path) -> None:
        self._mapped = pa.memory_map(str(path))  # at once: it may be swept while we read

    @cached_property
    def _file(self) -> Any:
        return pq.ParquetFile(self._mapped)

    @property
    def columns(self) -> list[str]:
        """The columns that this segment has."""
        return list(self._file.schema_arrow.names)

    def between(self, start: int, stop: int, columns: list[str] | None = None) -> Any:
        """The rows from `start` up to `stop`."""
        low, high = start // ROW_GROUP, (max(stop, start + 1) - 1) // ROW_GROUP
        table = self._file.read_row_groups(range(low, high + 1), columns=columns)
        return table.slice(start - low * ROW_GROUP, stop - start)

    def at(self, places: Any, columns: list[str] | None = None) -> Any:
        """The rows at some places, in the order given."""
        groups, where = np.unique(np.asarray(places) // ROW_GROUP, return_inverse=True)
        table = self._file.read_row_groups(groups.tolist(), columns=columns)
        sizes = [self._file.metadata.row_group(int(g)).num_rows for g in groups]
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])) if len(sizes) else np.zeros(1)
        return table.take(longs(starts[where] + np.asarray(places) % ROW_GROUP))
