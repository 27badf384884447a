"""The rows of one worksheet of an XLSX file, as the text a person sees in each cell.

Source: ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.73 (row), 18.18.11 (ST_CellType).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import IO

from lxml import etree

from fanzha.intake.statement.table import MAX_COLUMNS, MAX_ROWS, BadRow, Row

_EXACT_DIGITS = 15  # a spreadsheet keeps no more of a number
_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a workbook says that its sheets only point at: strings, and which styles are dates."""

    strings: list[str]
    dates: frozenset[int]
    durations: frozenset[int]
    epoch: datetime


def shared_strings(stream: IO[bytes]) -> list[str]:
    """The texts that cells refer to by number; phonetic guides left out."""
    found = []
    for _, item in _elements(stream, "si"):
        found.append(_text(item))
        _forget(item)
    return found


def rows(stream: IO[bytes], meaning: Meaning) -> Iterator[Row]:
    """Every row, gaps as empty ones, so that counting them gives the spreadsheet's row numbers."""
    count = 0
    columns: dict[str, int] = {}
    for _, row in _elements(stream, "row"):
        number = row.get("r", "")
        wanted = int(number) if number.isdecimal() and len(number) < 8 else count + 1
        while count + 1 < min(wanted, MAX_ROWS):
            count += 1
            yield []
        count += 1
        yield _row(row, meaning, columns)
        _forget(row)


def _elements(stream: IO[bytes], tag: str) -> Iterator[tuple[str, etree._Element]]:
    return iter(
        etree.iterparse(
            stream, events=("end",), tag=f"{{*}}{tag}", resolve_entities=False, no_network=True
        )
    )


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _row(row: etree._Element, meaning: Meaning, columns: dict[str, int]) -> Row:
    cells: list[str] = []
    for cell in row:
        name = str(cell.get("r", "")).rstrip(_DIGITS)
        at = columns.get(name, -1) if name else len(cells)
        if at < 0:
            at = columns[name] = _column(name)
        text = _shown(cell, meaning)
        if at == len(cells):
            cells.append(text)
        elif at < len(cells):
            cells[at] = text
        elif at < MAX_COLUMNS:
            cells.extend([""] * (at - len(cells)))
            cells.append(text)
        if at >= MAX_COLUMNS and text:
            return BadRow("row_too_wide")
    return cells


def _column(name: str) -> int:
    """`A` is 0; a name that is no column is taken as far out.

    >>> _column("A"), _column("AA")
    (0, 26)
    """
    if not (name.isascii() and name.isalpha() and len(name) <= 3):
        return MAX_COLUMNS
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _shown(cell: etree._Element, meaning: Meaning) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = ""
    for part in cell:
        if str(part.tag)[-2:] == "}v":
            value = part.text or ""
    if not value:
        return ""
    if kind == "s":
        return meaning.strings[int(value)]
    if kind == "n":
        return _number(value, int(cell.get("s", 0)), meaning)
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "d":
        return cell_text(datetime.fromisoformat(value))
    return value


def _number(value: str, style: int, meaning: Meaning) -> str:
    if style in meaning.dates:
        return _dated(float(value), style in meaning.durations, meaning.epoch)
    if value.isdecimal():
        return value if len(value) <= _EXACT_DIGITS else cell_text(int(value[:400]))
    return cell_text(float(value))


def _dated(number: float, duration: bool, epoch: datetime) -> str:
    from openpyxl.utils.datetime import from_excel  # slow to import, and seldom needed

    try:
        return cell_text(from_excel(number, epoch, timedelta=duration))
    except (OverflowError, ValueError):
        return cell_text(number)  # out of the calendar: the reader of the row refuses it


def _text(element: etree._Element) -> str:
    return "".join(
        part.text or ""
        for part in element.iter("{*}t")
        if (above := part.getparent()) is None or not str(above.tag).endswith("}rPh")
    )


def cell_text(value: object) -> str:
    """What a cell shows. A number beyond 15 digits shows as the spreadsheet keeps it: not exact.

    >>> cell_text(6205500000000000000), cell_text(1234.5), cell_text(0.1 + 0.2)
    ('6.2055E+18', '1234.5', '0.3')
    >>> cell_text(datetime(2024, 5, 14)), cell_text(datetime(2024, 5, 14, 14, 2))
    ('2024-05-14', '2024-05-14 14:02:00')
    """
    if isinstance(value, int):
        digits = str(value)
        exact = len(digits) <= _EXACT_DIGITS or digits[_EXACT_DIGITS:].strip("0")
        return digits if exact else f"{float(value):.{_EXACT_DIGITS}G}"
    if isinstance(value, float):
        return f"{value:.{_EXACT_DIGITS}G}"
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return cell_text((datetime(1900, 1, 1) + value).time())  # noqa: DTZ001 a time of day
    return str(value or "")
