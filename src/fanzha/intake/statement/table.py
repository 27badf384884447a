"""A table of text cells, whatever kind of file it came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_ROWS = 1_048_576  # a worksheet's own limit in Excel 2007 and later
MAX_COLUMNS = 512  # no bank prints more; beyond is a garbled or hostile row
MAX_ROW_CHARS = 262_144


class Cells(list[str]):
    """A row that is the last of a file which does not end its last line: it may be cut."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot even be split into cells; `code` says why."""

    code: str
    value: str = ""


Row = list[str] | BadRow


@dataclass(slots=True)
class Table:
    """One table of a file: its rows in order, each counted from 1 as a spreadsheet counts.

    `rows` runs once. `sheet` is empty for files that have only one table.
    """

    rows: Iterator[Row]
    encoding: str
    sheet: str = field(default="")
