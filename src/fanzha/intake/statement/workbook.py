"""XLSX workbooks: openpyxl finds the sheets and what a number means, `worksheet` reads the rows."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.table import MAX_ROWS, Row, Table
from fanzha.intake.statement.worksheet import Meaning, rows, shared_strings

if TYPE_CHECKING:
    from openpyxl.reader.excel import ExcelReader

MAX_UNPACKED = 384 * 1024 * 1024  # a full worksheet of 100 MB unpacks to about this
MAX_SHEETS = 64
_CHUNK = 2_000
_STRINGS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"

T = TypeVar("T")


def sheets(content: bytes) -> list[Table]:
    """The sheets of a workbook; formulas as their last computed values.

    Raises `UnreadableInput` for a bomb, an encrypted or broken workbook, or a zip of other things.
    """
    _weigh(content)
    reader, meaning = _quietly(lambda: _opened(content))
    places = _quietly(lambda: list(islice(reader.parser.find_sheets(), MAX_SHEETS)))
    return [
        Table(_rows(reader.archive, rel.target, meaning), "xlsx", sheet.name)
        for sheet, rel in places
        if "chartsheet" not in rel.Type and rel.target in reader.valid_files
    ]


def _weigh(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            members = parts.infolist()
    except Exception as broken:  # zipfile raises whatever the bytes lead it to
        raise UnreadableInput("workbook_broken") from broken
    if not any(m.filename == "[Content_Types].xml" for m in members):
        raise UnreadableInput("file_not_statement", kind="ZIP")
    if sum(m.file_size for m in members) > MAX_UNPACKED:
        raise UnreadableInput("workbook_too_large", limit=MAX_UNPACKED // 2**20)


def _opened(content: bytes) -> tuple[ExcelReader, Meaning]:
    """Openpyxl's steps up to the styles. Its rows are left out: without a stated size it walks a
    sheet twice, and it builds an object for every string (five times slower than `worksheet`)."""
    from openpyxl.reader.excel import ExcelReader  # slow to import, and seldom needed
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    part = reader.package.find(_STRINGS)  # type: ignore[no-untyped-call]
    strings: list[str] = []
    if part is not None:
        with reader.archive.open(part.PartName[1:]) as stream:
            strings = shared_strings(stream)
    book = reader.wb
    return reader, Meaning(
        strings=strings,
        dates=frozenset(book._date_formats),  # type: ignore[attr-defined]
        durations=frozenset(book._timedelta_formats),  # type: ignore[attr-defined]
        epoch=book.epoch,
    )


def _quietly(step: Callable[[], T]) -> T:
    """Run one step of the foreign readers; whatever they raise means a broken workbook."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, never of values
            return step()
    except Exception as broken:  # KeyError, TypeError, SyntaxError … on broken parts
        raise UnreadableInput("workbook_broken") from broken


def _rows(archive: zipfile.ZipFile, target: str, meaning: Meaning) -> Iterator[Row]:
    with _quietly(lambda: archive.open(target)) as stream:
        sheet = rows(stream, meaning)
        for _ in range(0, MAX_ROWS + _CHUNK, _CHUNK):
            chunk = _quietly(lambda: list(islice(sheet, _CHUNK)))
            yield from chunk
            if len(chunk) < _CHUNK:
                return
