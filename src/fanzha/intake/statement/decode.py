"""From a file's bytes to tables of text cells, by what the bytes are and never by the name."""

from __future__ import annotations

import re

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.page import tables
from fanzha.intake.statement.table import Table
from fanzha.intake.statement.text import DELIMITERS, records, text_of
from fanzha.intake.statement.workbook import sheets

# The first bytes by which formats that hold no rows are known (file signatures).
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b", "GZIP"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format 3\x00", "SQLite"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|meta|table|body|style|div|tr)", re.I)  # fmt: skip  # noqa: E501
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{3,20})", re.I)
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}  # fmt: skip  # noqa: E501


def open_tables(content: bytes) -> list[Table]:
    """The tables of a file: for text one candidate for each delimiter, for a workbook its sheets.

    Raises `UnreadableInput` with a code of the catalogue's `refusal` topic.
    """
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise UnreadableInput("file_empty")
    if content.startswith(_OLE):
        raise UnreadableInput("file_old_excel")
    if content.startswith(b"PK\x03\x04"):
        return sheets(content)
    kind = next((name for mark, name in _SIGNATURES if content.startswith(mark)), "")
    if kind and not (kind == "BMP" and b"\x00" not in content[:64]):
        raise UnreadableInput("file_not_statement", kind=kind)
    text, encoding, damaged = text_of(content)
    if _HTML.match(text[:4096]):
        return tables(_redecoded(content, text), encoding)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise UnreadableInput("file_not_statement", kind="XML")
    return [Table(records(text, damaged, mark), encoding) for mark in DELIMITERS]


def _redecoded(content: bytes, text: str) -> str:
    """A page may name its encoding; where the bytes agree, the page is believed."""
    said = _CHARSET.search(content[:4096])
    name = _CHARSETS.get(said[1].decode("ascii", "replace").lower()) if said else None
    if name is None:
        return text
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        return text
