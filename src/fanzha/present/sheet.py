"""CSV that opens right in a spreadsheet: a BOM, account numbers as text, and no formula runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
LONG_DIGITS = 12  # from here on a spreadsheet rounds a number or shows it as 6.2055E+18
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|")


def sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV in UTF-8 with a byte order mark.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; a long number, or
    one with a leading zero, gets a tab, which keeps it as text. Our own readers take both off.

    >>> sheet(["a"], [["=1+1"], ["6205500000000000004"], [-5]]).decode("utf-8-sig").split()
    ['a', "'=1+1", '6205500000000000004', '-5']
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return (BOM + out.getvalue()).encode("utf-8", "replace")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if isinstance(value, int):
        return text
    if text.startswith(_STARTS_FORMULA):
        return "'" + text
    if text.isdigit() and (len(text) >= LONG_DIGITS or (text.startswith("0") and len(text) > 1)):
        return "\t" + text
    return text
