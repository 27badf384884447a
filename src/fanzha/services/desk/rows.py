"""The rows of a file that were not taken: cell by cell, and read again once put right."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from fanzha.errors import UnreadableInput
from fanzha.intake.statement import SourceFile, read_statements
from fanzha.intake.statement.decode import open_tables
from fanzha.intake.statement.header import find
from fanzha.intake.statement.mapping import shapes
from fanzha.intake.statement.preamble import labelled
from fanzha.intake.statement.reading import MAX_LABELS
from fanzha.intake.statement.table import BadRow, Table
from fanzha.model.payment import Refusal

MOST_CELLS = 800  # fields of one form
MOST_ROWS = 25  # refused rows shown at a time
LONGEST_CELL = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was not taken, cell by cell, and why."""

    table: int
    row: int
    cells: tuple[str, ...] = field(repr=False)
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRows:
    """The refused rows of a file that nobody has put right yet; `left` more are not shown."""

    header: tuple[str, ...]
    rows: tuple[RefusedRow, ...]
    left: int
    whole: tuple[Refusal, ...]  # what is said of the file as a whole


@dataclass(slots=True)
class Sheet:
    """A table of a file, with what stands above its rows."""

    name: str
    above: list[list[str]]
    header: tuple[str, ...]
    when: int  # the column of the instant
    table: Table

    def numbered(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        """The rows below the header with their numbers; runs once."""
        return enumerate(self.table.rows, len(self.above) + 2)

    def names_account(self, row: list[str] | BadRow) -> bool:
        """Whether a line between the rows says whose account the next ones are."""
        if isinstance(row, BadRow) or len(row) <= self.when or row[self.when][:1].isdecimal():
            return False
        return bool(labelled(row).get("account"))


def tables_of(source: SourceFile) -> list[Sheet]:
    """The tables of the file that have a header, named as refusals name them."""
    sheets: list[Sheet] = []
    with suppress(UnreadableInput):
        for table in open_tables(source.content):
            above, layout = find(table.rows, shapes())
            if layout is None:
                continue
            name = f"{source.name}[{table.sheet}]" if table.sheet and sheets else source.name
            plain = [row if isinstance(row, list) else [] for row in above]
            spots = layout.columns.get("booked_at") or layout.columns.get("date") or (0,)
            sheets.append(Sheet(name, plain, layout.header, spots[0], table))
            if not table.sheet:
                break
    return sheets


def nothing_refused() -> RefusedRows:
    """For a file that has no rows."""
    return RefusedRows(header=(), rows=(), left=0, whole=())


def refused_in(source: SourceFile, done: frozenset[str]) -> RefusedRows:
    """The refused rows of a file, without those (`table:row`) that somebody has put right."""
    read = read_statements([source])
    sheets = tables_of(source)
    width = max((len(s.header) for s in sheets), default=1)
    most = max(1, min(MOST_ROWS, MOST_CELLS // max(1, width)))
    why: dict[tuple[str, int], list[Refusal]] = {}
    for refusal in read.refusals:
        why.setdefault((refusal.file, refusal.row), []).append(refusal)
    found: list[RefusedRow] = []
    left = 0
    for number, sheet in enumerate(sheets):
        wanted = {
            row for name, row in why if name == sheet.name and row and f"{number}:{row}" not in done
        }
        shown = sorted(wanted)[: max(0, most - len(found))]
        left += len(wanted) - len(shown)
        for row, cells in _cells(sheet, set(shown)):
            refusals = tuple(why[sheet.name, row])
            found.append(RefusedRow(table=number, row=row, cells=cells, refusals=refusals))
    whole = tuple(r for r in read.refusals if r.row == 0)
    header = sheets[0].header if sheets else ()
    return RefusedRows(header=header, rows=tuple(found), left=left, whole=whole)


def _cells(sheet: Sheet, wanted: set[int]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of these numbers as wide as the header; one that cannot be split is one cell."""
    width, last = len(sheet.header), max(wanted, default=0)
    for number, row in sheet.numbered() if wanted else ():
        if number > last:
            return
        if number in wanted:
            cells = [row.value] if isinstance(row, BadRow) else list(row)
            cut = [cell[:LONGEST_CELL] for cell in cells[:width]]
            yield number, (*cut, *[""] * (width - len(cut)))


def read_again(
    name: str, sheet: Sheet, rows: Mapping[int, Sequence[str]]
) -> tuple[bytes, list[int], dict[int, Refusal]]:
    """The rows as a file, which of them can be read now, and why the others cannot."""
    said = _labels(sheet, max(rows))
    read = read_statements([SourceFile(name=name, content=_as_csv(sheet, {**said, **rows}))])
    numbers, first = sorted({**said, **rows}), len(sheet.above) + 2
    bad: dict[int, Refusal] = {}
    for refusal in read.refusals:
        place = refusal.row - first
        if 0 <= place < len(numbers):
            bad.setdefault(numbers[place], refusal)
        elif refusal.row == 0:
            bad |= {n: refusal for n in rows if n not in bad}
    good = [n for n in sorted(rows) if n not in bad] if read.payments else []
    return _as_csv(sheet, {**said, **{n: rows[n] for n in good}}), good, bad


def _labels(sheet: Sheet, last: int) -> dict[int, list[str]]:
    """The lines between the rows that name another account, down to row `last`."""
    found: dict[int, list[str]] = {}
    for number, row in sheet.numbered():
        if number > last or len(found) >= MAX_LABELS:
            break
        if isinstance(row, list) and sheet.names_account(row):
            found[number] = row
    return found


def _as_csv(sheet: Sheet, rows: Mapping[int, Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([*(row or [""] for row in sheet.above), sheet.header])
    writer.writerows(rows[number] for number in sorted(rows))
    return out.getvalue().encode()
