"""HTML tables, which many banks and payment services save under the name .xls."""

from __future__ import annotations

import io
from collections.abc import Iterator

from lxml import etree

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.table import MAX_COLUMNS, MAX_ROWS, BadRow, Row, Table

MAX_HTML = 64 * 1024 * 1024
_MAX_SPAN = 64


def tables(text: str, encoding: str) -> list[Table]:
    """All rows of all tables of a page, as one table, row by row without building the page.

    Raises `UnreadableInput` for a page beyond `MAX_HTML` bytes.
    """
    content = text.encode("utf-8", "replace")
    if len(content) > MAX_HTML:
        raise UnreadableInput("page_too_large", limit=MAX_HTML // 2**20)
    return [Table(_rows(content), f"html {encoding}")]


def _rows(content: bytes) -> Iterator[Row]:
    events = etree.iterparse(
        io.BytesIO(content), events=("end",), tag="tr", html=True, encoding="utf-8",
        no_network=True, remove_comments=True,
    )  # fmt: skip
    try:
        for count, (_, row) in enumerate(events):
            if count > MAX_ROWS:
                return
            yield _cells(row)
            _forget(row)
    except etree.LxmlError as broken:
        raise UnreadableInput("page_broken") from broken


def _cells(row: etree._Element) -> Row:
    cells: list[str] = []
    for cell in row:
        if cell.tag not in ("td", "th"):
            continue
        cells.append("".join(cell.itertext()).strip())
        span = cell.get("colspan", "1")
        if span.isdecimal() and span.isascii() and len(span) < 4:
            cells.extend([""] * (min(int(span), _MAX_SPAN) - 1))
        if len(cells) > MAX_COLUMNS:
            return BadRow("row_too_wide")
    return cells


def _forget(row: etree._Element) -> None:
    """Free what was read, so that memory does not grow with the page."""
    row.clear()
    parent = row.getparent()
    while parent is not None and row.getprevious() is not None:
        del parent[0]
