"""Encodings, delimiters, workbooks, pages: the same rows come out of every container."""

from __future__ import annotations

import codecs
import io
from datetime import UTC, datetime, time

import openpyxl
import pytest
from openpyxl import Workbook
from tests.assets.statements.make import workbook, zipped
from tests.intake.statement.build import CARD, CN_HEADER, cn, codes, read, short, source

from fanzha.intake.statement import SourceFile, Statements, read_statements

ROW = f"2024-05-14 14:02:10,{CARD},300000.00,贷,300200.00,V1,林芳,工行,转账,S1"
EXPECTED = [("V1", CARD, 30_000_000)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_gives_the_same_payment(encoding: str) -> None:
    found = read(cn([ROW]).encode(encoding))
    assert short(found) == EXPECTED
    assert found.payments[0].debtor_name == "林芳"
    assert found.files[0].encoding == encoding


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_BE])
def test_big_endian_utf16(mark: bytes) -> None:
    assert short(read(mark + cn([ROW]).encode("utf-16-be"))) == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter(delimiter: str) -> None:
    assert short(read(cn([ROW]).replace(",", delimiter))) == EXPECTED


def test_a_tab_file_with_commas_in_its_amounts() -> None:
    text = cn([ROW]).replace(",", "\t").replace("300000.00", "300,000.00")
    assert short(read(text)) == EXPECTED


def test_a_file_is_known_by_its_bytes_and_not_by_its_name() -> None:
    book = workbook([CN_HEADER.split(","), list(ROW.split(","))])
    assert short(read(source(book, "statement.csv"))) == EXPECTED
    assert short(read(source(cn([ROW]), "statement.xlsx"))) == EXPECTED


def test_wrappers_that_spreadsheets_put_around_numbers_are_taken_off() -> None:
    for wrapped in (f'"=""{CARD}"""', f"'{CARD}", f"\t{CARD}\t"):
        assert short(read(cn([ROW.replace(CARD, wrapped)]))) == EXPECTED


def test_a_formula_in_a_text_is_just_text() -> None:
    found = read(cn([ROW.replace("转账", '"=HYPERLINK(""http://x.example"")"')]))
    assert found.payments[0].note == '=HYPERLINK("http://x.example")'


def test_windows_and_old_mac_line_ends() -> None:
    assert short(read(cn([ROW]).replace("\n", "\r\n"))) == EXPECTED
    assert short(read(cn([ROW]).replace("\n", "\r"))) == EXPECTED


def test_a_line_break_inside_quotes_belongs_to_its_row() -> None:
    found = read(cn([ROW.replace("转账", '"转\n账"'), ROW.replace("S1", "S2")]))
    assert [p.note for p in found.payments] == ["转 账", "转账"]
    assert [p.sightings[0].row for p in found.payments] == [2, 3]


def test_two_quotes_that_are_never_closed_swallow_no_row() -> None:
    rows = [ROW.replace("林芳", '"林芳'), ROW.replace("林芳", '"林芳'), ROW.replace("S1", "S3")]
    found = read(cn(rows))
    assert len(found.payments) == 1
    assert codes(found) == [(2, "", "quote_open"), (3, "", "quote_open")]


def test_an_unclosed_quote_costs_one_row_of_a_long_file() -> None:
    rows = [ROW.replace("S1", f"S{i}") for i in range(100)]
    rows[10] = rows[10].replace("林芳", '"林芳')
    found = read(cn(rows))
    assert len(found.payments) == 99
    assert codes(found) == [(12, "", "quote_open")]


def real_workbook() -> SourceFile:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["某银行 交易明细"])
    sheet.append(["交易日期", "交易时刻", "账号", "对手账号", "交易金额", "收付标志", "余额"])
    day = datetime(2024, 5, 14)  # noqa: DTZ001 a date cell has no zone
    sheet.append([day, time(14, 2, 10), CARD, "V1", 300000.0, "进", 300200])
    sheet.append([day, time(14, 3, 5), CARD, "0012", 0.1 + 0.2, "出", "=300200-A1"])
    out = io.BytesIO()
    book.save(out)
    return SourceFile(name="book.xlsx", content=out.getvalue())


def test_date_time_and_number_cells_of_a_real_workbook() -> None:
    found = read(real_workbook())
    assert short(found) == [("V1", CARD, 30_000_000), (CARD, "0012", 30)]
    assert found.payments[0].booked_at == datetime(2024, 5, 14, 6, 2, 10, tzinfo=UTC)
    assert [p.sightings[0].row for p in found.payments] == [3, 4]


def test_openpyxl_reads_the_workbooks_that_the_tests_write() -> None:
    content = workbook([["a", 1], ["b", 2.5]])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.rows] == [["a", 1], ["b", 2.5]]


def test_every_sheet_of_a_workbook_is_a_statement_of_its_own() -> None:
    book = Workbook()
    for own, direction, other in ((CARD, "出", "B1"), ("B1", "进", CARD)):
        sheet = book.create_sheet(own)
        sheet.append(["账号", own])
        sheet.append(["交易时间", "对手账号", "交易金额", "收付标志"])
        sheet.append(["2024-05-14 14:03:05", other, 99000, direction])
    out = io.BytesIO()
    book.save(out)
    found = read(SourceFile(name="book.xlsx", content=out.getvalue()))
    assert short(found) == [(CARD, "B1", 9_900_000)]
    assert [file.name for file in found.files] == ["book.xlsx", "book.xlsx[B1]"]


def test_a_sheet_that_is_no_statement_is_named_and_not_passed_over_in_silence() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["说明", "仅供参考"])
    statement = book.create_sheet("明细")
    statement.append(CN_HEADER.split(","))
    statement.append(ROW.split(","))
    out = io.BytesIO()
    book.save(out)
    found = read(SourceFile(name="book.xlsx", content=out.getvalue()))
    assert short(found) == EXPECTED
    assert found.refusals == ()
    assert [(r.code, r.refs[0].source) for r in found.reasons if r.code == "sheet_skipped"] == [
        ("sheet_skipped", "book.xlsx[Sheet]")
    ]


def test_row_numbers_of_a_sheet_with_gaps_are_those_of_the_spreadsheet() -> None:
    def row(at: int, cells: list[str]) -> str:
        inner = "".join(
            f'<c r="{chr(65 + c)}{at}" t="inlineStr"><is><t>{text}</t></is></c>'
            for c, text in enumerate(cells)
        )
        return f'<row r="{at}">{inner}</row>'

    lines = row(4, CN_HEADER.split(",")) + row(9, ROW.split(","))
    found = read(source(zipped(f"<sheetData>{lines}</sheetData>"), "a.xlsx"))
    assert found.payments[0].sightings[0].row == 9


def test_a_workbook_with_a_row_a_billion_rows_down_ends_soon() -> None:
    far = '<row r="1000000000"><c r="A1"><v>1</v></c></row><row r="9999999"><c><v>2</v></c></row>'
    found = read(source(zipped(f"<sheetData>{far}</sheetData>"), "a.xlsx"))
    assert codes(found) == [(0, "", "header_unknown")]


@pytest.mark.parametrize("width", [600, 1_000_000])
def test_a_row_of_very_many_columns_is_refused(width: int) -> None:
    found = read(cn([ROW, "," * width, ROW.replace("S1", "S2")]))
    assert len(found.payments) == 2
    assert codes(found) == [(3, "", "row_too_wide")]


def test_a_huge_cell_is_refused() -> None:
    found = read(cn([ROW.replace("转账", "账" * 300_000), ROW]))
    assert codes(found) == [(2, "", "row_too_wide")]
    assert len(found.refusals[0].value) <= 80


def test_pages_with_tables_inside_tables_and_other_markup() -> None:
    cells = "".join(f"<td><b>{cell}</b></td>" for cell in ROW.split(","))
    head = "".join(f"<th>{cell}</th>" for cell in CN_HEADER.split(","))
    page = f"<!DOCTYPE html><html><body><p>x</p><table><tr><td colspan=9><table><tr>{head}</tr>"
    page += f"<tr>{cells}</tr></table></td></tr></table></body></html>"
    assert short(read(source(page, "a.xls"))) == EXPECTED


def empty(found: Statements) -> bool:
    return not found.payments and not found.refusals and not found.files


def test_no_files_give_an_empty_finding() -> None:
    assert empty(read_statements([]))


def test_progress_is_told_after_each_file() -> None:
    told: list[tuple[str, int]] = []
    sources = [source(cn([ROW]), "x.csv"), source(b"", "y.csv")]
    read_statements(sources, on_file=lambda name, rows: told.append((name, rows)))
    assert told == [("x.csv", 1), ("y.csv", 0)]
