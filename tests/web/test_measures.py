"""The pages of figures: what they show, what they hand out, and what they refuse."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.services.s12 import NOW, keep_story
from tests.web.workbench import signed_in, workbench

from fanzha.services.centre import Centre
from fanzha.services.print_pdf import BROWSERS

FIGURES = ("1,558,000.00", "206,000.00", "13.2 %", "168,000.00", "10.8 %", "107.5 min", "9.5 min",
           "11.1 %", "90,000.00")  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path_factory.mktemp("centre"), NOW) as (centre, app):
        keep_story(centre.casebook)
        yield centre, app


@pytest.fixture(scope="module")
def client(opened: tuple[Centre, FastAPI]) -> TestClient:
    return signed_in(*opened, "analyst", NOW)


@pytest.mark.parametrize("path", ["/measures", "/measures?month=2024-05", "/report/2024-05"])
def test_s12_stands_on_the_page_and_in_the_report(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert [f for f in FIGURES if f not in page.text] == []
    for words in ("Small n: only 9 holds", "Cohort by report month", "Estimate, apart"):
        assert words in page.text


def test_the_report_is_whole_without_a_network(client: TestClient) -> None:
    page = client.get("/report/2024-05", headers={"accept-language": "zh-CN"})
    assert "月度报告" in page.text
    for outside in ("<script", "<link", "http://", "https://", 'src="', "/static/"):
        assert outside not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_a_centre_without_cases_says_so(tmp_path: Path) -> None:
    with workbench(tmp_path, NOW) as (centre, app):
        client = signed_in(centre, app, "auditor", NOW)
        assert "Nothing to count yet" in client.get("/measures").text
        assert client.get("/report/2024-05").status_code == 404


@pytest.mark.parametrize(
    ("path", "first", "value"),
    [
        ("/measures/2024-05.csv", "month", "1558000.00"),
        ("/measures/all/money.csv", "month", "90000.00"),
        ("/measures/2024-05/wrong.csv", "month", "0.111111"),
        ("/measures/2024-05/times.csv", "month", "6450.0"),
        ("/measures/2024-05/hold_time.csv", "from_seconds", "300"),
    ],
)
def test_every_picture_has_its_data(client: TestClient, path: str, first: str, value: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][0] == first
    assert value in {cell for row in rows[1:] for cell in row}
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/measures?month=2024-13", 400), ("/measures?month=2031-01", 200),
        ("/measures/2031-01.csv", 404), ("/measures/2024-05", 404), ("/measures/x.csv", 400),
        ("/measures/2024-05/secrets.csv", 404), ("/report/all", 400), ("/report/..%2fx.pdf", 404),
        ("/report/2031-01", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium to print with")
def test_the_pdf_is_one(client: TestClient) -> None:
    answer = client.get("/report/2024-05.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
