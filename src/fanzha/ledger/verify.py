"""Verification: is the ledger still exactly what was committed, and does its index say the same?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from fanzha.errors import LedgerBroken
from fanzha.ledger import manifest as manifests
from fanzha.ledger import segment as segments
from fanzha.ledger.border import map_array, sha256, translated
from fanzha.ledger.manifest import Manifest, Stretch
from fanzha.ledger.rows import put_in_order
from fanzha.ledger.store import Ledger, open_ledger, totals_after
from fanzha.money.index import Totals, build_segment

OnFile = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The ledger holds what was committed: so many payments in so many files."""

    payments: int
    accounts: int
    files: int


def verify(path: Path | str, on_file: OnFile = lambda _: None) -> Verified:
    """Check every hash, the order, the counts, and the index against one built anew.

    Raises `LedgerBroken` naming the first file that differs. Only a copy of `manifest.json` kept
    elsewhere shows that somebody replaced the whole ledger.
    """
    path = Path(path)
    with translated(path):
        manifest = manifests.read(path)
        count = _hashes(path, manifest, on_file)
        ledger = open_ledger(path)
        _accounts(ledger)
        totals = totals_after([], ledger.carried, len(ledger.accounts))
        first, last = manifest.dropped_rows, None
        for stretch in manifest.segments:
            on_file(stretch.name)
            if stretch.first != first or (last is not None and stretch.begins <= last):
                raise _differs(path, f"segments/{stretch.name}", "order")
            _segment(ledger, stretch, totals)
            first, last = first + stretch.rows, stretch.ends
    return Verified(payments=len(ledger), accounts=len(ledger.accounts), files=count)


def _hashes(path: Path, manifest: Manifest, on_file: OnFile) -> int:
    count = 0
    for name, seal in manifest.files():
        on_file(name)
        if not (path / name).is_file():
            raise LedgerBroken("ledger_file_missing", path=str(path), name=name)
        if (path / name).stat().st_size != seal["size"] or sha256(path / name) != seal["sha256"]:
            raise _differs(path, name, "sha256")
        count += 1
    return count


def _accounts(ledger: Ledger) -> None:
    table = ledger.accounts.table
    rows = sum(part.rows for part in ledger.manifest.accounts)
    distinct = len(table.group_by(["number", "currency"]).aggregate([]))
    if not rows == table.num_rows == distinct:
        raise _differs(ledger.path, "accounts", "count")


def _segment(ledger: Ledger, stretch: Stretch, totals: Totals) -> None:
    name = f"segments/{stretch.name}"
    table = segments.rows_of(ledger.path / name)
    if table.num_rows != stretch.rows:
        raise _differs(ledger.path, f"{name}/{segments.PAYMENTS}", "count")
    columns = segments.columns(table)
    span = (int(columns[0][0]), int(columns[0][-1]))
    if span != (stretch.begins, stretch.ends) or not _in_order(table):
        raise _differs(ledger.path, f"{name}/{segments.PAYMENTS}", "order")
    largest = pc.max(pc.max_element_wise(table["debtor"], table["creditor"])).as_py()
    if largest >= len(ledger.accounts):
        raise _differs(ledger.path, f"{name}/{segments.PAYMENTS}", "account")
    built = build_segment(stretch.first, *columns, totals)
    for array in segments.ARRAYS:
        kept = map_array(ledger.path / name / f"{array}.npy")
        if not np.array_equal(kept, getattr(built, array)):
            raise _differs(ledger.path, f"{name}/{array}.npy", "index")


def _in_order(table: Any) -> bool:
    order = put_in_order(table)
    return order is None or bool(np.all(order == np.arange(len(order))))


def _differs(path: Path, name: str, what: str) -> LedgerBroken:
    return LedgerBroken(f"ledger_differs_{what}", path=str(path), name=name)
