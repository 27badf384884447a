"""A letter as blocks, and the blocks as plain text or as a DOCX that is the same every time."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from fanzha.model.catalogue import Lang

# Margins of official documents in China (GB/T 9704-2012): top 37, bottom 35, left 28, right 26 mm.
PAGE_MM = (210, 297)
MARGINS_MM = (37, 35, 28, 26)
FONTS: dict[Lang, str] = {"en": "宋体", "zh-Hans": "宋体", "zh-Hant": "新細明體"}
SHORT = 30  # characters of a cell that still stands in one line with the others
MAX_WIDTH = 36  # half-width characters for which a column is made wide
LATIN = "Times New Roman"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest instant a zip archive can name
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Title:
    """The one heading of a letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph; `strong` for what must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with a header; in plain text every row becomes a list of `header: cell`."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Title | Heading | Line | Table


def as_text(blocks: Sequence[Block], lang: Lang) -> str:
    """The letter as plain text, a paragraph a line.

    >>> print(as_text([Title("T"), Table(("a", "b"), (("1", "2"),))], "en"), end="")
    T
    <BLANKLINE>
    - a: 1; b: 2
    """
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            lines += [_row(block.header, row, lang) for row in block.rows]
        elif isinstance(block, Title):
            lines += [block.text, ""]
        elif isinstance(block, Heading):
            lines += ["", block.text]
        else:
            lines.append(block.text)
    return "\n".join(lines) + "\n"


def _row(header: Sequence[str], row: Sequence[str], lang: Lang) -> str:
    """One line for short cells, else a line for each."""
    colon, stop = (": ", "; ") if lang == "en" else ("：", "；")
    cells = [
        f"{name}{colon}{stop.join(cell.splitlines())}"
        for name, cell in zip(header, row, strict=True)
    ]
    short = max(map(len, row)) <= SHORT
    return "- " + (stop if short else "\n  ").join(cells)


def as_docx(blocks: Sequence[Block], lang: Lang, created_at: datetime) -> bytes:
    """The letter as a DOCX on A4, byte for byte the same for the same blocks and `created_at`."""
    document = docx.Document()
    _set_page(document)
    _set_font(document, lang)
    for block in blocks:
        if isinstance(block, Table):
            _add_table(document, block)
        else:
            _add_paragraph(document, block)
    _set_properties(document, blocks, lang, created_at)
    saved = io.BytesIO()
    document.save(saved)
    return _repacked(saved.getvalue())


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(mm) for mm in PAGE_MM)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(mm) for mm in MARGINS_MM
    )


def _set_font(document: Any, lang: Lang) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(12)
    style.paragraph_format.space_after = Pt(6)
    style.paragraph_format.line_spacing = 1.25
    properties = style.element.get_or_add_rPr()
    properties.rFonts.set(qn("w:eastAsia"), FONTS[lang])
    language = properties.makeelement(qn("w:lang"), {})
    language.set(qn("w:val"), "en-GB")
    language.set(qn("w:eastAsia"), "zh-TW" if lang == "zh-Hant" else "zh-CN")
    properties.append(language)


def _add_paragraph(document: Any, block: Title | Heading | Line) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(_clean(block.text))
    if isinstance(block, Title):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(14)
        run.font.size, run.bold = Pt(20), True
    elif isinstance(block, Heading):
        paragraph.paragraph_format.space_before = Pt(10)
        paragraph.paragraph_format.keep_with_next = True
        run.font.size, run.bold = Pt(13), True
    else:
        run.bold = block.strong or None


def _add_table(document: Any, block: Table) -> None:
    table = document.add_table(rows=0, cols=len(block.header))
    table.style, table.autofit = "Table Grid", False
    widths = _widths(block)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate((block.header, *block.rows)):
        for cell, text, width in zip(table.add_row().cells, row, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.line_spacing = 1.0
            run = paragraph.add_run(_clean(text))
            run.font.size, run.bold = Pt(10.5), number == 0 or None
    _repeat_header(table.rows[0])
    gap = document.add_paragraph().paragraph_format
    gap.space_after, gap.line_spacing = Pt(0), Pt(8)


def _widths(block: Table) -> list[Any]:
    """The columns' widths: more for the longer text, within reason."""
    columns = zip(block.header, *block.rows, strict=True)
    needs = [min(max(map(_cells_wide, column)), MAX_WIDTH) + 2 for column in columns]
    inside = PAGE_MM[0] - MARGINS_MM[2] - MARGINS_MM[3]
    return [Mm(inside * need / sum(needs)) for need in needs]


def _cells_wide(text: str) -> int:
    lines = text.split("\n")
    return max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in x) for x in lines)


def _repeat_header(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {}))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _set_properties(
    document: Any, blocks: Sequence[Block], lang: Lang, created_at: datetime
) -> None:
    at = created_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = document.core_properties
    properties.author = properties.last_modified_by = "Fanzha"
    properties.title = next((_clean(b.text)[:200] for b in blocks if isinstance(b, Title)), "")
    properties.created = properties.modified = at
    properties.comments, properties.language, properties.revision = "", lang, 1


def _repacked(archive: bytes) -> bytes:
    """The same archive without the hour at which it was written, and without a false thumbnail."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()
