"""Rows of overlapping two-sided exports, once: the same serial and everything else equal."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanzha.ledger.rows import FIELDS, neighbours, seen_of


def drop_repeats(table: Any) -> tuple[Any, int]:
    """The table, in order, without rows that say the same again; how many were dropped.

    A row without a serial is never taken for a repeat, nor is one of a statement: those are
    joined before. The first row keeps all sightings.
    """
    if "serial" not in table.column_names:
        return table, 0
    rows = _alike(table)
    if not len(rows):
        return table, 0
    said = table.set_column(0, "booked_at", table["booked_at"].cast(pa.int64()))
    first: dict[tuple[Any, ...], int] = {}
    seen: dict[int, list[Any]] = {}
    gone = np.zeros(table.num_rows, bool)
    for at, row in zip(rows.tolist(), said.take(pa.array(rows)).to_pylist(), strict=True):
        same = first.setdefault(_key(row), at)
        seen.setdefault(same, []).extend(seen_of(row))
        gone[at] = same != at
    if not gone.any():
        return table, 0
    joined = {at: list(dict.fromkeys(several)) for at, several in seen.items()}
    return _with_sightings(table, joined).take(pa.array(np.flatnonzero(~gone))), int(gone.sum())


def _alike(table: Any) -> Any:
    """Two-sided rows with a serial that share instant, accounts and amount with another."""
    has = np.asarray(pc.fill_null(pc.not_equal(table["serial"], ""), False))
    if "side" in table.column_names:
        has &= np.asarray(pc.fill_null(pc.equal(table["side"], 0), True))
    times = np.asarray(table["booked_at"].cast(pa.int64()))
    rows = np.flatnonzero(has & neighbours(times[1:] == times[:-1]))
    if not len(rows):
        return rows
    keys = [times[rows], *(np.asarray(table[n])[rows] for n in ("debtor", "creditor", "amount"))]
    order = np.lexsort(keys)
    equal = np.ones(len(rows) - 1, bool)
    for key in keys:
        equal &= key[order][1:] == key[order][:-1]
    return np.sort(rows[order[neighbours(equal)]])


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("booked_at", "debtor", "creditor", "amount", "serial"))


def _with_sightings(table: Any, seen: dict[int, list[Any]]) -> Any:
    name = "more"
    more = table[name].to_pylist() if name in table.column_names else [None] * table.num_rows
    for at, several in seen.items():
        if len(several) > 1:
            more[at] = json.dumps(several, ensure_ascii=False, separators=(",", ":"))
    column = pa.array(more, FIELDS[name])
    if name in table.column_names:
        return table.set_column(table.column_names.index(name), name, column)
    return table.append_column(name, column)
