"""Statements with one defect each, named by it. Run this file to write them anew."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CARD = "6205500000000000004"  # UnionPay's public test card
HEADER = "booked_at,debtor_account,creditor_account,amount,currency,channel,note\n"
ROWS = (
    "2024-05-14T14:01:00+08:00,V2,B2,50000.00,CNY,app,victim payment\n",
    "2024-05-14T14:02:10+08:00,V1,A1,300000.00,CNY,app,林芳\n",
    "2024-05-14T14:03:05+08:00,A1,B1,99000.00,CNY,app,\n",
)
_CELL = '<c r="{at}"{attributes}><v>{value}</v></c>'
_INLINE = '<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'
_OPEN = "http://schemas.openxmlformats.org"
_MAIN = f"{_OPEN}/spreadsheetml/2006/main"
_RELATIONS = f'xmlns="{_OPEN}/package/2006/relationships"'
_OFFICE = f"{_OPEN}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_OPEN}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships {_RELATIONS}><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="明细" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships {_RELATIONS}><Relationship Id="r1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(
    rows: Sequence[Sequence[object]], raw: dict[tuple[int, int], str] | None = None
) -> bytes:
    """The least XLSX that holds these rows; `raw` puts a number as written at (row, column)."""
    lines = []
    for r, row in enumerate(rows, 1):
        cells = []
        for c, value in enumerate(row):
            at = f"{chr(65 + c)}{r}"
            number = (raw or {}).get((r, c))
            if number is not None or not isinstance(value, str):
                cells.append(_CELL.format(at=at, attributes="", value=number or value))
            elif value:
                cells.append(_INLINE.format(at=at, value=value))
        lines.append(f'<row r="{r}">{"".join(cells)}</row>')
    return zipped(f"<sheetData>{''.join(lines)}</sheetData>")


def zipped(sheet: str) -> bytes:
    """A workbook around the inside of one worksheet."""
    parts = _PARTS | {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>'}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name, (2024, 5, 14, 0, 0, 0)), text)
    return out.getvalue()


def _bomb() -> bytes:
    """A workbook whose directory says that one part unpacks to three gigabytes."""
    content = bytearray(workbook([["a"]]))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3 * 2**30)
    return bytes(content)


def files() -> dict[str, bytes]:
    """Every asset by its name."""
    whole = (HEADER + "".join(ROWS)).encode()
    first, second, third = (row.encode() for row in ROWS)
    head = HEADER.encode()
    mangled = ["交易时间", "交易卡号", "对手账号", "交易金额", "借贷标志"]
    row = ["2024-05-14 14:03:05", CARD, "6205500000000000012", 99000, "借"]
    return {
        "empty.csv": b"",
        "blank_lines.csv": b"\xef\xbb\xbf\r\n\r\n \r\n",
        "header_only.csv": head,
        "no_header.csv": second + third,
        "nul_bytes.csv": head + first + second.replace(b"app", b"a\0p") + third,
        "bad_bytes_in_one_line.csv": head
        + first
        + ROWS[1].encode("gb18030")
        + third.replace(b"app", "网银".encode()),
        "half_cut.csv": whole[: whole.rindex(b",CNY")],
        "quote_never_closed.csv": head + first + second.replace(b"app", b'"app') + third,
        "header_twice.csv": head.replace(b"channel", b"amount") + first,
        "account_in_scientific_notation.csv": head + first + second.replace(b"A1", b"6.2055E+18"),
        "account_rounded.xlsx": workbook([mangled, row], {(2, 2): "6205500000000000000"}),
        "old_excel.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "letter.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "random_bytes.csv": random.Random(2024).randbytes(2048),
        "bomb.xlsx": _bomb(),
        "cut_workbook.xlsx": workbook([mangled, row])[:400],
        "broken_sheet.xlsx": zipped(
            "<sheetData><row r='1'><c r='A1' t='s'><v>7</v></c></row></sheetData>"
        ),
        "message.xml": b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:x"/>',
    } | _pages()


def _pages() -> dict[str, bytes]:
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in line.strip().split(','))}</tr>"
        for line in (HEADER, *ROWS)
    )
    page = f"<html><head><meta charset=gb2312></head><body><table>{rows}</table></body></html>"
    return {
        "page_saved_as.xls": page.encode("gb18030"),
        "page_cut.xls": page.encode("gb18030")[:-120],
    }


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_bytes(content)
