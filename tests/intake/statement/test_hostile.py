"""Hostile and broken input: never an exception, bounded time, every refusal explained."""

from __future__ import annotations

import io
import time
import zipfile
from itertools import islice

import pytest
from benchmarks.fuzz_statements import check, fuzz
from hypothesis import given
from hypothesis import strategies as st
from tests.assets.statements.make import zipped
from tests.intake.statement.build import CN_HEADER, cn, codes, read, source

from fanzha.intake.statement import SourceFile, read_statements


def test_some_seconds_of_the_fuzzing_that_runs_for_an_hour_elsewhere() -> None:
    assert sum(1 for _ in islice(fuzz(60, 1), 150)) == 150


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    check(content, b"")


@given(st.lists(st.lists(st.text(max_size=12), max_size=10), max_size=6))
def test_any_cells_under_a_sound_header(rows: list[list[str]]) -> None:
    text = cn([",".join(row) for row in rows])
    found = check(text.encode("utf-8", "surrogatepass"), b"")
    assert found.files[0].shape in ("bank_cn", "")


def timed(content: bytes, name: str) -> float:
    start = time.process_time()
    read_statements([SourceFile(name=name, content=content)])
    return time.process_time() - start


@pytest.mark.parametrize(
    "content",
    [
        b'"' * 2_000_000,
        b'"\n' * 500_000,
        b"," * 5_000_000,
        b"<table>" * 200_000,
        b"<table><tr><td>" * 100_000,
        b"<table>" + b"<tr>" * 300_000,
        (CN_HEADER + "\n" + '"\n' * 200_000).encode(),
        (CN_HEADER + "\n" + "2024-05-14 14:02:10,\n" * 50_000).encode(),
        ("账号：" * 100_000).encode(),
        ("账 " * 300_000 + "\n" + CN_HEADER).encode(),
        b"\xe8\xb4" * 1_000_000,
    ],
    ids=range(11),
)
def test_hostile_text_ends_soon(content: bytes) -> None:
    assert timed(content, "a.csv") < 15


def test_entities_in_a_worksheet_are_not_expanded() -> None:
    inner = "".join(
        f'<!ENTITY e{at} "{f"&e{at - 1};" * 10 if at else "boom" * 10}">' for at in range(12)
    )
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(zipped("<sheetData/>"))) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                part = f"<!DOCTYPE worksheet [{inner}]>".encode() + part.replace(
                    b"<sheetData/>",
                    b"<sheetData><row><c t='str'><v>&e11;</v></c></row></sheetData>",
                )
            new.writestr(name, part)
    start = time.process_time()
    found = read(source(out.getvalue(), "a.xlsx"))
    assert time.process_time() - start < 5
    assert found.payments == ()


def test_a_file_of_garbage_rows_is_not_listed_endlessly() -> None:
    found = read(cn(["2024-05-14 14:02:10,A1,x,,,,,,,"] * 20_100))
    assert len(found.refusals) == 20_001
    assert codes(found)[-1] == (0, "", "more_refused")
    assert found.refusals[-1].values == {"count": 100}
    assert found.files[0].refused == 20_100


def test_thousands_of_label_lines_between_rows_end_soon() -> None:
    line = ",".join(["甲乙 丙丁 戊己 庚辛:" * 30] * 8)
    assert timed(cn([line] * 3_000).encode(), "a.csv") < 15
