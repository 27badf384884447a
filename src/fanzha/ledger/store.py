"""The open ledger: one snapshot of what was committed, mapped from disk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fanzha.errors import LedgerBroken, UsageError
from fanzha.ledger import manifest as manifests
from fanzha.ledger.accounts import SCHEMA, Accounts
from fanzha.ledger.border import map_array, map_table, translated
from fanzha.ledger.manifest import FOLDERS, Manifest
from fanzha.ledger.rows import ALWAYS, instant, named_payments
from fanzha.ledger.said import Said
from fanzha.ledger.segment import PAYMENTS, Rows, load, whole
from fanzha.model.payment import Account, Payment
from fanzha.money.index import Index, Segment, Totals, distinct

STATED = -(1 << 63)  # "instant" of an opening that somebody stated: before anything implied
_TRIES = 5  # a writer may sweep old files between reading the manifest and opening them


class Ledger:
    """Every payment in order, ready to be traced: what was committed when it was opened.

    A writer that appends meanwhile is not seen; open again for that. All files are held open from
    the start, so nothing that a writer sweeps away is missed.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        tables = [map_table(path / "accounts" / part.name) for part in manifest.accounts]
        table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
        self.accounts = Accounts(table, manifest.currencies)
        self._seen = self._state(manifest.seen)
        self._openings = self._state(manifest.openings)
        self._carried = self._state(manifest.carried)
        said = manifest.said
        self._said = None if said is None else (path / "state" / said.name).read_bytes()
        self.segments = self._load()
        folders = [path / "segments" / stretch.name for stretch in manifest.segments]
        self.rows = [Rows(folder / PAYMENTS) for folder in folders]

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})"

    def __len__(self) -> int:
        """How many payments it holds, dropped ones left out."""
        return sum(stretch.rows for stretch in self.manifest.segments)

    @property
    def end(self) -> datetime | None:
        """The instant of the last payment."""
        segments = self.manifest.segments
        return instant(segments[-1].ends) if segments else None

    @cached_property
    def index(self) -> Index:
        """All payments packed by account, mapped."""
        return Index(self.segments, len(self.accounts), self.carried)

    @property
    def carried(self) -> Totals | None:
        """The totals of every account at the end of what was dropped."""
        if self._carried is None:
            return None
        totals = Totals.nothing(len(self.accounts))
        totals.follow(self._carried)
        return totals

    @property
    def openings(self) -> Mapping[Account, int]:
        """What lay in an account before its first payment, where stated or shown by a statement."""
        return Openings(self.accounts, self._openings)

    @property
    def opening_ids(self) -> Any:
        """The same as an array of (id, amount, instant of the row that shows it), by id."""
        return np.zeros((0, 3), np.int64) if self._openings is None else self._openings

    @property
    def seen(self) -> Collection[Account]:
        """The accounts whose own statement, or both of whose sides, the ledger has."""
        return Seen(self.accounts, self.seen_ids)

    @property
    def seen_ids(self) -> Any:
        """The same as one flag for each account."""
        flags = np.zeros(len(self.accounts), bool)
        if self._seen is not None:
            said = np.unpackbits(self._seen, count=self.manifest.seen.rows).view(bool)  # type: ignore[union-attr]
            flags[: len(said)] = said
        return flags

    def stated(self, accounts: Iterable[Account]) -> dict[Account, int]:
        """The openings of these accounts that somebody stated, those that rows show left out."""
        found = Openings(self.accounts, self.opening_ids[self.opening_ids[:, 2] == STATED])
        return found.of(accounts)

    @cached_property
    def said(self) -> Said:
        """What was noted and refused when files were appended."""
        return Said() if self._said is None else Said.from_bytes(self._said)

    def payments(self, positions: Iterable[int]) -> list[Payment]:
        """Whole payments by position, in the order asked for: names, notes and rows included."""
        wanted = np.asarray(list(positions), np.int64)
        starts = np.array([stretch.first for stretch in self.manifest.segments], np.int64)
        homes = np.searchsorted(starts, wanted, side="right") - 1
        found: dict[int, Payment] = {}
        with translated(self.path):
            for home in distinct(homes).tolist():
                here = distinct(wanted[homes == home])
                rows = self._rows(home, here - starts[home])
                whole = named_payments(rows, self.accounts, self.manifest.names)
                found.update(zip(here.tolist(), whole, strict=True))
        return [found[position] for position in wanted.tolist()]

    def _rows(self, home: int, places: Any) -> list[dict[str, Any]]:
        """Rows of a segment: what is mapped from its arrays, only the rest decoded."""
        segment = self.segments[home]
        mapped = {name: getattr(segment, name)[places].tolist() for name in ALWAYS}
        more = [name for name in self.rows[home].columns if name not in ALWAYS]
        rest = self.rows[home].at(places, more).to_pylist() if more else [{}] * len(places)
        each = zip(*mapped.values(), strict=True)
        return [
            dict(zip(ALWAYS, row, strict=True)) | said for row, said in zip(each, rest, strict=True)
        ]

    def walk(self) -> Iterator[Payment]:
        """Every payment in order; a segment at a time lies in memory."""
        for stretch in self.manifest.segments:
            for start in range(stretch.first, stretch.first + stretch.rows, 1 << 16):
                stop = min(start + (1 << 16), stretch.first + stretch.rows)
                yield from self.payments(range(start, stop))

    def _state(self, part: Any) -> Any:
        return None if part is None else map_array(self.path / "state" / part.name)

    def _load(self) -> list[Segment]:
        found: list[Segment] = []
        for stretch in self.manifest.segments:
            folder = self.path / "segments" / stretch.name
            if whole(folder, stretch):
                before = Totals.nothing()  # not needed
            else:
                before = totals_after(found, self.carried, len(self.accounts))
            found.append(load(folder, stretch, before))
        return found


def totals_after(segments: Sequence[Segment], carried: Totals | None, accounts: int) -> Totals:
    """The totals of every account at the end of some segments; the caller may change them."""
    totals = Totals.nothing(accounts)
    if carried is not None:
        totals.total_in[:] = carried.total_in
        totals.total_out[:] = carried.total_out
        totals.lowest[:] = carried.lowest
    for segment in segments:
        totals.follow(segment.ends)
    return totals


class Openings(Mapping[Account, int]):
    """Opening balances by account, looked up on disk."""

    def __init__(self, accounts: Accounts, said: Any) -> None:
        self._accounts = accounts
        self._said = np.zeros((0, 3), np.int64) if said is None else said

    def __len__(self) -> int:
        return len(self._said)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.named(self._said[:, 0].tolist()))

    def __getitem__(self, account: Account) -> int:
        found = self.of([account])
        return found[account]

    def of(self, accounts: Iterable[Account]) -> dict[Account, int]:
        """The openings of several accounts at once, where there are any."""
        ids = self._accounts.ids(accounts)
        places = np.searchsorted(self._said[:, 0], list(ids.values()))
        return {
            account: int(self._said[at, 1])
            for (account, number), at in zip(ids.items(), places.tolist(), strict=True)
            if at < len(self._said) and int(self._said[at, 0]) == number
        }


class Seen(Collection[Account]):
    """The accounts whose statement is at hand, looked up on disk."""

    def __init__(self, accounts: Accounts, flags: Any) -> None:
        self._accounts, self._flags = accounts, flags

    def __len__(self) -> int:
        return int(self._flags.sum())

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.named(np.flatnonzero(self._flags).tolist()))

    def __contains__(self, account: object) -> bool:
        found = self._accounts.ids([account]) if isinstance(account, Account) else {}
        return any(bool(self._flags[at]) for at in found.values())


def create(path: Path | str) -> None:
    """Make an empty ledger: a new or empty folder, readable by its owner alone."""
    path = Path(path)
    with translated(path):
        if (path / manifests.NAME).exists():
            raise UsageError("ledger_exists", path=str(path))
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError("ledger_foreign", path=str(path))
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FOLDERS:
            (path / name).mkdir()
        manifests.write(path, Manifest())


def open_ledger(path: Path | str) -> Ledger:
    """The ledger at `path` as it was last committed; opening takes milliseconds.

    Raises `UnknownRecord` when there is none, `LedgerBroken` when a file is missing or damaged.
    """
    path = Path(path)
    with translated(path):
        manifest = manifests.read(path)
        for _ in range(_TRIES):
            try:
                return Ledger(path, manifest)
            except FileNotFoundError:
                newest = manifests.read(path)
                if newest.version == manifest.version:
                    break
                manifest = newest
    raise _missing(path, manifest)


def _missing(path: Path, manifest: Manifest) -> Exception:
    """The error that names the first file that is missing."""
    lost = (name for name, _ in manifest.files() if not (path / name).exists())
    return LedgerBroken("ledger_file_missing", path=str(path), name=next(lost, manifests.NAME))
