"""Delimited text: which encoding, and rows of cells out of lines that may be broken."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from itertools import islice

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.table import MAX_COLUMNS, MAX_ROW_CHARS, BadRow, Cells, Row

DELIMITERS = (",", "\t", ";", "|")
MAX_LINES_PER_ROW = 20  # more line breaks than this inside quotes: the quote was never closed
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_LINES = 5_000
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 26, 27})


class _BadLine(str):
    """A line whose bytes are not text in the file's encoding, or that is far too long."""

    __slots__ = ("code", "shown")
    code: str
    shown: str


def text_of(content: bytes) -> tuple[str, str, bool]:
    """The text, its encoding, and whether some bytes were not text in that encoding.

    A byte order mark decides; else UTF-8 if it fits at least half of the lines that are not
    plain ASCII, else GB18030. Raises `UnreadableInput` for bytes that are no text at all.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    if not encoding:
        sample = content[:65_536]
        if len(sample.translate(None, _CONTROL)) < len(sample) * 0.95:
            raise UnreadableInput("file_not_text")
        encoding = _guess(content)
    try:
        return content.decode(encoding), encoding, False
    except UnicodeDecodeError:
        return content.decode(encoding, "replace"), encoding, True


def _guess(content: bytes) -> str:
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    foreign = (line for line in io.BytesIO(content) if not line.isascii())
    good = total = 0
    for line in islice(foreign, _SAMPLE_LINES):
        total += 1
        good += _is_utf8(line)
    return "utf-8" if good * 2 >= total else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def records(text: str, damaged: bool, delimiter: str) -> Iterator[Row]:
    """Rows of cells; what cannot be split is one bad row, and reading goes on after it.

    A quote that is never closed would swallow the rest of the file: a record of more than
    `MAX_LINES_PER_ROW` lines is given up, its first line refused, the others read again.
    """
    lines = _lines(text, damaged)
    again: deque[str] = deque()
    while True:
        taken: list[str] = []
        yield from _run(lines, again, taken, delimiter)
        if not taken:
            return
        yield _refused(taken)
        again.extendleft(reversed(taken[1:]))


def _run(
    lines: Iterator[str], again: deque[str], taken: list[str], delimiter: str
) -> Iterator[Row]:
    """Good rows until one cannot be read; its lines are then left in `taken`."""

    def feed() -> Iterator[str]:
        while len(taken) <= MAX_LINES_PER_ROW:
            line = again.popleft() if again else next(lines, None)
            if line is None:
                return
            taken.append(line)
            yield line

    try:
        for cells in csv.reader(feed(), delimiter=delimiter):
            last = taken[-1]
            if len(taken) == 1 and type(last) is str and last[-1:] in "\r\n":
                row: Row = cells if len(cells) <= MAX_COLUMNS else BadRow("row_too_wide")
            elif len(taken) > MAX_LINES_PER_ROW or not _closed(taken, delimiter):
                return
            else:
                row = _unusual(taken, cells)
            taken.clear()
            yield row
    except csv.Error:
        return


def _unusual(taken: list[str], cells: list[str]) -> Row:
    bad = next((line for line in taken if isinstance(line, _BadLine)), None)
    if bad is not None:
        return BadRow(bad.code, bad.shown)
    if len(cells) > MAX_COLUMNS:
        return BadRow("row_too_wide")
    return cells if taken[-1][-1:] in ("\r", "\n") else Cells(cells)


def _closed(taken: list[str], delimiter: str) -> bool:
    """Whether the quotes of an unusual row pair up; else a quote swallowed what is not its own."""
    if sum(line.count('"') for line in taken) % 2:
        return False
    if len(taken) == 1:
        return True
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _refused(taken: list[str]) -> BadRow:
    first = taken[0]
    if isinstance(first, _BadLine):
        return BadRow(first.code, first.shown)
    return BadRow("quote_open", first.strip())


def _lines(text: str, damaged: bool) -> Iterator[str]:
    for line in io.StringIO(text, newline=""):
        if len(line) > MAX_ROW_CHARS:
            yield _bad_line("row_too_wide", line)
        elif (damaged and "\ufffd" in line) or "\0" in line:
            yield _bad_line("bytes_unreadable", line)
        else:
            yield line


def _bad_line(code: str, line: str) -> _BadLine:
    bad = _BadLine("\n")
    bad.code, bad.shown = code, line[:80].replace("\0", "\ufffd").strip()
    return bad
