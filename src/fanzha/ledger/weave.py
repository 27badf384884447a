"""New payments woven into the segments: only those that they touch are written again.

A segment holds at most `SEGMENT_ROWS` payments, and no instant is ever split between two. At the
end, where new payments come, a segment is merged with the new ones while it is at most twice as
large as they are together: so there are few segments, and each payment is rewritten few times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fanzha.ledger import segment as segments
from fanzha.ledger.manifest import Stretch
from fanzha.ledger.repeats import drop_repeats
from fanzha.ledger.rows import TIME, put_in_order, schema_of
from fanzha.ledger.store import Ledger, totals_after
from fanzha.money.index import Totals

SEGMENT_ROWS = 16_000_000
_EVER = (1 << 63) - 1
_SAMPLE = 1024  # every so many rows one instant is looked at to divide a long stretch

OnRows = Callable[[int], None]
Taking = Callable[[], Path]  # gives a new folder's path


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an append brings: runs of rows sorted by instant, and changes of rows that are there.

    `replaced` maps a position to its row in `rows`, `removed` are positions whose payment now
    stands in a run, at another instant.
    """

    runs: Sequence[Any] = ()
    rows: Any = None
    replaced: Mapping[int, int] = field(default_factory=dict)
    removed: Sequence[int] = ()

    @property
    def places(self) -> Any:
        """Every position that changes."""
        return np.array(sorted([*self.replaced, *self.removed]), np.int64)


@dataclass(frozen=True, slots=True)
class _Zone:
    """Neighbouring segments that are written again with the new rows from `begin` up to `end`."""

    old: range
    begin: int
    end: int


class Weaver:
    """Writes the segments of the next commit."""

    def __init__(self, ledger: Ledger, news: News, folder: Taking, limit: int = SEGMENT_ROWS):
        self.ledger, self.news, self.folder, self.limit = ledger, news, folder, limit
        self.times = [np.asarray(run["booked_at"].cast(pa.int64())) for run in news.runs]
        self.repeats = 0

    def run(self, on_rows: OnRows = lambda _: None) -> list[Stretch]:
        """All segments of the next commit, oldest first: kept, written again or new."""
        zones = list(self._zones())
        if not zones:
            return list(self.ledger.manifest.segments)
        kept = zones[0].old.start
        known = self.ledger.segments[:kept]
        result = list(self.ledger.manifest.segments[:kept])
        accounts = len(self.ledger.accounts)
        totals = totals_after(known, self.ledger.carried, accounts)
        first = result[-1].first + result[-1].rows if result else self.ledger.manifest.dropped_rows
        for zone, after in zip(zones, [*(z.old.start for z in zones[1:]), None], strict=True):
            for table in self._tables(zone):
                result.append(segments.write(self.folder(), first, table, totals))
                first += result[-1].rows
                on_rows(result[-1].rows)
            for number in range(len(self.ledger.segments))[zone.old.stop : after]:
                result.append(self._again(number, first, totals))
                first += result[-1].rows
        return result

    def _again(self, number: int, first: int, totals: Totals) -> Stretch:
        """A segment whose payments stay, but whose totals before have changed."""
        old = self.ledger.segments[number]
        rows = self.ledger.path / "segments" / self.ledger.manifest.segments[number].name
        columns = {name: getattr(old, name) for name in ("debtor", "creditor", "amount")}
        table = pa.table({"booked_at": pa.array(old.booked_at).view(TIME), **columns})
        return segments.write(self.folder(), first, table, totals, rows / segments.PAYMENTS)

    def _zones(self) -> Iterator[_Zone]:
        old = self.ledger.manifest.segments
        begins = [-_EVER, *(stretch.begins for stretch in old[1:])]
        end = old[-1].ends + 1 if old else -_EVER
        coming = self._count(end, _EVER)
        tail = self._merged(coming) if coming else len(old)
        changed = np.searchsorted([s.first for s in old], self.news.places, side="right") - 1
        for number in range(tail):
            upto = begins[number + 1] if number + 1 < len(old) else end
            if number in changed or self._count(begins[number], upto):
                yield _Zone(range(number, number + 1), begins[number], upto)
        if coming:
            yield _Zone(range(tail, len(old)), begins[tail] if tail < len(old) else end, _EVER)

    def _count(self, begin: int, end: int) -> int:
        return sum(stop - start for start, stop in self._slices(begin, end))

    def _slices(self, begin: int, end: int) -> list[tuple[int, int]]:
        found = [np.searchsorted(times, [begin, end]) for times in self.times]
        return [(int(start), int(stop)) for start, stop in found]

    def _merged(self, coming: int) -> int:
        """Where the segments begin that are merged with so many new payments at the end."""
        rows = [stretch.rows for stretch in self.ledger.manifest.segments]
        at = len(rows)
        while at and rows[at - 1] <= 2 * coming and rows[at - 1] + coming <= self.limit:
            at -= 1
            coming += rows[at]
        return at

    def _tables(self, zone: _Zone) -> Iterator[Any]:
        """The rows of a zone in order, at most `limit` at a time unless they share an instant."""
        edges = [zone.begin, *self._cuts(zone), zone.end]
        for begin, end in pairwise(edges):
            table = self._table(zone, begin, end)
            if table.num_rows:
                yield table

    def _cuts(self, zone: _Zone) -> list[int]:
        parts = [t[slice(*s)] for t, s in zip(self.times, self._slices(zone.begin, zone.end),
                                              strict=True)]  # fmt: skip
        parts += [self.ledger.segments[number].booked_at for number in zone.old]
        rows = sum(map(len, parts))
        pieces = -(-rows // self.limit)
        if pieces <= 1:
            return []
        step = max(1, min(_SAMPLE, self.limit // 64))
        sample = np.sort(np.concatenate([part[::step] for part in parts]))
        places = np.arange(1, pieces) * len(sample) // pieces
        return [int(at) for at in np.unique(sample[places]) if at > zone.begin]

    def _table(self, zone: _Zone, begin: int, end: int) -> Any:
        """The rows from one instant up to another: old ones first, changed, in order."""
        parts, places = [], []
        for number in zone.old:
            times = self.ledger.segments[number].booked_at
            start, stop = np.searchsorted(times, [begin, end])
            if start < stop:
                parts.append(self.ledger.rows[number].between(int(start), int(stop)))
                first = self.ledger.manifest.segments[number].first
                places.append(np.arange(first + start, first + stop))
        old = sum(map(len, places))
        slices = zip(self.news.runs, self._slices(begin, end), strict=True)
        parts += [run.slice(start, stop - start) for run, (start, stop) in slices if start < stop]
        if not parts:
            return schema_of(("booked_at",)).empty_table()
        table = _together(parts)
        if old and len(self.news.places):
            table = self._changed(table, np.concatenate(places))
        order = put_in_order(table)
        if order is not None:
            table = table.take(pa.array(order))
        table, dropped = drop_repeats(table)
        self.repeats += dropped
        return table

    def _changed(self, table: Any, places: Any) -> Any:
        """The table with its old rows, which stand first, replaced or removed."""
        here = np.isin(places, self.news.places)
        if not here.any():
            return table
        order = np.arange(table.num_rows)
        rows = table.num_rows
        both = _together([table, self.news.rows]) if self.news.replaced else table
        gone = np.zeros(rows, bool)
        for at in np.flatnonzero(here).tolist():
            replaced = self.news.replaced.get(int(places[at]))
            gone[at] = replaced is None
            order[at] = at if replaced is None else rows + replaced
        return both.take(pa.array(order[~gone]))


def _together(parts: Sequence[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    table = pa.concat_tables(parts, promote_options="default")
    return table.select(schema_of(table.column_names).names)
