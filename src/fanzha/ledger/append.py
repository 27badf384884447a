"""Appending: one writer's transaction, of which a crash leaves all or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

from fanzha.ledger import manifest as manifests
from fanzha.ledger import segment as segments
from fanzha.ledger.accounts import Growing
from fanzha.ledger.border import (
    durable,
    map_table,
    one_writer,
    remove,
    save_array,
    save_bytes,
    save_table,
    translated,
)
from fanzha.ledger.manifest import FOLDERS, Manifest, Part, Source
from fanzha.ledger.rows import put_in_order, table_of
from fanzha.ledger.said import Said
from fanzha.ledger.store import STATED, open_ledger, totals_after
from fanzha.ledger.twice import Unit, rows_of, unite
from fanzha.ledger.weave import SEGMENT_ROWS, News, OnRows, Weaver
from fanzha.model.payment import Account, Payment, Sighting

STAGING = "staging"
_IN_MEMORY = 4_000_000  # new rows kept in memory; more are staged on disk until the commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What an append did: rows that came in, rows joined to payments that were there already."""

    rows: int
    joined: int
    payments: int  # in the ledger now
    segments: int


class Append:
    """The one writer of a ledger: gather payments, then `commit`; without it nothing happened.

    Use it in a `with` block. Raises `UsageError` (`ledger_busy`) when another process writes.
    """

    def __init__(self, path: Path | str, limit: int = SEGMENT_ROWS) -> None:
        self.path, self.limit = Path(path), limit
        self._held = ExitStack()
        self._runs: list[Any] = []
        self._units: list[Unit] = []
        self._openings: dict[int, tuple[int, int]] = {}
        self._stated: list[Any] = []
        self._in_memory = 0

    def __enter__(self) -> Self:
        with self._held as held:  # let go where anything below fails
            held.enter_context(translated(self.path))
            manifests.read(self.path)  # no lock file is left where there is no ledger
            held.enter_context(one_writer(self.path))
            sweep(self.path)
            mend(self.path)
            self.ledger = open_ledger(self.path)
            self.manifest: Manifest = self.ledger.manifest
            self.names = dict(zip(self.manifest.names, range(1 << 30), strict=False))
            self.accounts = Growing(self.ledger.accounts)
            self._seen = self.ledger.seen_ids
            self._next = self.manifest.next_id
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        remove(self.path / STAGING)
        self._held.__exit__(kind, error, trace)

    def known(self, sha256: str) -> Source | None:
        """The file of these bytes that was appended before, if there was one."""
        return next((s for s in self.manifest.sources if s.sha256 == sha256), None)

    def too_old(self, at: int) -> bool:
        """Whether an instant (microseconds) lies where payments were dropped."""
        return self.manifest.dropped_before is not None and at < self.manifest.dropped_before

    def name(self, file: str) -> int:
        """The number of a file that sightings point at."""
        return self.names.setdefault(file, len(self.names))

    def add_payments(
        self,
        payments: Sequence[Payment],
        said: Mapping[Sighting, tuple[str, int]] | None = None,
    ) -> None:
        """Add payments that were read together, so that what they show twice is joined already.

        `said` gives serial and instant (microseconds) of single rows that were joined: by these a
        later, longer export of the same statement is recognised.
        """
        rows = said or {}
        for payment in payments:
            files = [self.name(s.file) for s in payment.sightings]
            self._units.append(Unit(payment, rows_of(payment, files, rows)))

    def add_rows(self, table: Any) -> None:
        """Add columns as a segment has them, with ids of `accounts`; they need no joining."""
        order = put_in_order(table.select(["booked_at"]))
        table = table if order is None else table.take(pa.array(order))
        self._in_memory += table.num_rows
        self._runs.append(table if self._in_memory <= _IN_MEMORY else self._staged(table))

    def add_seen(self, ids: Any) -> None:
        """Accounts (ids) whose statement, or both of whose sides, came in."""
        if len(self._seen) < len(self.accounts):
            more = np.zeros(len(self.accounts) - len(self._seen), bool)
            self._seen = np.concatenate([self._seen, more])
        self._seen[ids] = True

    def see(self, accounts: Iterable[Account]) -> None:
        """The same for accounts by name."""
        self.add_seen(self.ids(list(accounts)))

    def open_with(self, openings: Mapping[Account, tuple[int, int]]) -> None:
        """What lay in accounts before their first payment, with the instant of the row showing it.

        Of two the earlier instant (microseconds) counts; `STATED` is before any row.
        """
        ids = self.ids(list(openings))
        for number, (amount, at) in zip(ids.tolist(), openings.values(), strict=True):
            if at <= self._openings.get(number, (0, at))[1]:
                self._openings[number] = (amount, at)

    def open_stated(self, ids: Any, amounts: Any) -> None:
        """The same for many accounts (ids) of which somebody stated what lay in them."""
        self._stated.append(np.stack([ids, amounts, np.full(len(ids), STATED)], axis=1))

    def ids(self, accounts: Sequence[Account]) -> Any:
        """Ids of accounts, given anew to those that the ledger does not know."""
        kinds = {code: self.accounts.currency(code) for code in {a.currency for a in accounts}}
        numbers = pa.array([a.number for a in accounts], pa.string())
        kind = np.array([kinds[a.currency] for a in accounts], np.int64)
        return self.accounts.encode([(numbers, kind)])[0]

    def commit(
        self,
        sources: Sequence[Source] = (),
        said: Said | None = None,
        on_rows: OnRows = lambda _: None,
    ) -> Appended:
        """Write everything and swap the manifest: from then on, and not before, it counts."""
        with translated(self.path):
            news, joined = self._news()
            rows = sum(run.num_rows for run in news.runs)
            weaver = Weaver(self.ledger, news, self._folder, self.limit)
            written = weaver.run(on_rows)
            manifest = dataclasses.replace(
                self.manifest,
                version=self.manifest.version + 1,
                segments=tuple(written),
                accounts=self._save_accounts(),
                currencies=tuple(self.accounts.currencies),
                seen=self._save_seen(),
                openings=self._save_openings(),
                names=tuple(self.names),
                sources=(*self.manifest.sources, *sources),
                said=self._save_said(said or Said()),
            )
            self._write(manifest)
        payments = sum(stretch.rows for stretch in written)
        joined += weaver.repeats
        return Appended(rows=rows + joined, joined=joined, payments=payments, segments=len(written))

    def swap(self, manifest: Manifest) -> None:
        """Commit a manifest whose files are all written."""
        with translated(self.path):
            self._write(dataclasses.replace(manifest, version=self.manifest.version + 1))

    def _write(self, manifest: Manifest) -> None:
        for name in FOLDERS:
            durable(self.path / name)
        manifests.write(self.path, dataclasses.replace(manifest, next_id=self._next))

    def _news(self) -> tuple[News, int]:
        """The runs to weave in, and what changes among the payments that are there."""
        ids = self._ends(self._units)
        united = unite(self._units, self.ledger, ids)
        place = {id(unit): at for at, unit in enumerate(self._units)}
        runs = [self._table(united.new, place, ids)] if united.new else []
        moved = {u.position: u for u in united.changed if u.position is not None}
        whole = self.ledger.payments(sorted(moved))
        stay: list[int] = []
        leave: list[int] = []
        for position, before in zip(sorted(moved), whole, strict=True):
            same = before.booked_at == moved[position].payment.booked_at
            (stay if same else leave).append(position)
        if leave:
            runs.append(self._table_of([moved[p] for p in leave]))
        runs = [_sorted(run) for run in runs]
        rows = self._table_of([moved[p] for p in stay]) if stay else None
        replaced = {position: at for at, position in enumerate(stay)}
        news = News(runs=[*self._runs, *runs], rows=rows, replaced=replaced, removed=leave)
        return news, len(self._units) - len(united.new) - len(leave)

    def _ends(self, units: Sequence[Unit]) -> tuple[Any, Any]:
        debtors = self.ids([u.payment.debtor for u in units])
        return debtors, self.ids([u.payment.creditor for u in units])

    def _table(self, units: Sequence[Unit], place: Mapping[int, int], ids: tuple[Any, Any]) -> Any:
        at = np.array([place[id(unit)] for unit in units], np.int64)
        payments, seen = [u.payment for u in units], [u.seen for u in units]
        return table_of(payments, (ids[0][at], ids[1][at]), seen)

    def _table_of(self, units: Sequence[Unit]) -> Any:
        payments, seen = [u.payment for u in units], [u.seen for u in units]
        return table_of(payments, self._ends(units), seen)

    def _staged(self, table: Any) -> Any:
        folder = self.path / STAGING
        folder.mkdir(exist_ok=True)
        path = folder / f"{len(self._runs)}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        return map_table(path)

    def _taken(self) -> str:
        self._next += 1
        return f"{self._next:06d}"

    def _folder(self) -> Path:
        return self.path / "segments" / self._taken()

    def _save_accounts(self) -> tuple[Part, ...]:
        """New accounts in a file of their own, with earlier files that are not much larger."""
        kept, rows = list(self.manifest.accounts), len(self.accounts.added())
        if not rows:
            return tuple(kept)
        while kept and kept[-1].rows <= 2 * rows:
            rows += kept.pop().rows
        table = self.accounts.accounts().table.slice(len(self.accounts) - rows)
        name = f"{self._taken()}.arrow"
        seal = save_table(self.path / "accounts" / name, table)
        return (*kept, Part(name=name, rows=rows, **seal))

    def _save_seen(self) -> Part | None:
        if int(self._seen.sum()) == int(self.ledger.seen_ids.sum()):
            return self.manifest.seen
        return self.save_state(np.packbits(self._seen), len(self._seen))

    def _save_openings(self) -> Part | None:
        if not self._openings and not self._stated:
            return self.manifest.openings
        shown = [(number, *said) for number, said in self._openings.items()]
        new = np.array(shown, np.int64).reshape(-1, 3)
        rows = np.concatenate([self.ledger.opening_ids, new, *self._stated])
        rows = rows[np.lexsort((-np.arange(len(rows)), rows[:, 2], rows[:, 0]))]  # the latest word
        firsts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
        return self.save_state(rows[firsts], len(firsts))

    def _save_said(self, more: Said) -> Part | None:
        if not more.notes and not more.refusals:
            return self.manifest.said
        before = self.ledger.said
        said = Said((*before.notes, *more.notes), (*before.refusals, *more.refusals))
        name = f"{self._taken()}.json"
        seal = save_bytes(self.path / "state" / name, said.to_bytes())
        return Part(name=name, rows=len(said.notes) + len(said.refusals), **seal)

    def save_state(self, array: Any, rows: int) -> Part:
        """A file beside the segments."""
        name = f"{self._taken()}.npy"
        return Part(name=name, rows=rows, **save_array(self.path / "state" / name, array))


def _sorted(table: Any) -> Any:
    order = put_in_order(table.select(["booked_at"]))
    return table if order is None else table.take(pa.array(order))


def sweep(path: Path) -> None:
    """Remove what no manifest names: left by a crash, or by appends that readers have outlived."""
    named = {Path(name).parts[:2] for name, _ in manifests.read(path).files()}
    for folder in FOLDERS:
        for found in (path / folder).iterdir():
            if (folder, found.name) not in named:
                remove(found)
    remove(path / STAGING)
    remove(path / f"{manifests.NAME}.new")


def mend(path: Path) -> None:
    """Make arrays again that were lost, from the payments."""
    stretches = manifests.read(path).segments
    lost = [s for s in stretches if not segments.whole(path / "segments" / s.name, s)]
    if lost:
        ledger = open_ledger(path)
        for stretch in lost:
            before = ledger.segments[: stretches.index(stretch)]
            totals = totals_after(before, ledger.carried, len(ledger.accounts))
            segments.mend(path / "segments" / stretch.name, stretch, totals)
