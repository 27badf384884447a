"""Bad files, each named by its defect: what is refused, and that the rest is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.assets.statements.make import files

from fanzha.intake.statement import SourceFile, read_statements

FOLDER = Path(__file__).parents[2] / "assets" / "statements"
# name: payments taken, refusals as (row, the file's header, code)
EXPECTED: dict[str, tuple[int, list[tuple[int, str, str]]]] = {
    "empty.csv": (0, [(0, "", "file_empty")]),
    "blank_lines.csv": (0, [(0, "", "file_empty")]),
    "header_only.csv": (0, [(0, "", "no_rows")]),
    "no_header.csv": (0, [(0, "", "header_unknown")]),
    "nul_bytes.csv": (2, [(3, "", "bytes_unreadable")]),
    "bad_bytes_in_one_line.csv": (2, [(3, "", "bytes_unreadable")]),
    "half_cut.csv": (2, [(4, "", "row_cut")]),
    "quote_never_closed.csv": (2, [(3, "", "quote_open")]),
    "header_twice.csv": (0, [(0, "amount", "header_twice")]),
    "account_in_scientific_notation.csv": (1, [(3, "creditor_account", "account_mangled")]),
    "account_rounded.xlsx": (0, [(2, "对手账号", "account_mangled")]),
    "old_excel.xls": (0, [(0, "", "file_old_excel")]),
    "picture.csv": (0, [(0, "", "file_not_statement")]),
    "letter.pdf": (0, [(0, "", "file_not_statement")]),
    "random_bytes.csv": (0, [(0, "", "file_not_text")]),
    "bomb.xlsx": (0, [(0, "", "workbook_too_large")]),
    "cut_workbook.xlsx": (0, [(0, "", "workbook_broken")]),
    "broken_sheet.xlsx": (0, [(0, "", "workbook_broken")]),
    "message.xml": (0, [(0, "", "file_not_statement")]),
    "page_saved_as.xls": (3, []),
    "page_cut.xls": (2, [(4, "", "row_cut")]),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_bad_file_gives(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    found = read_statements([SourceFile(name=name, content=content)])
    taken, refused = EXPECTED[name]
    assert len(found.payments) == taken
    assert [(r.row, r.field, r.code) for r in found.refusals] == refused
    assert {r.file for r in found.refusals} <= {name}


def test_the_assets_are_those_that_the_script_writes() -> None:
    assert {name: (FOLDER / name).read_bytes() for name in EXPECTED} == files()
