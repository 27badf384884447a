"""The report command: S12's figures on the screen, as JSON and as files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.journeys.commands import fanzha
from tests.services.s12 import keep_story

from fanzha.casebook import open_casebook


@pytest.fixture(scope="module")
def casebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("s12") / "casebook.db"
    with open_casebook(path) as opened:
        keep_story(opened)
    return path


def test_s12_report(casebook: Path) -> None:
    ran = fanzha("report", "--month", "2024-05", "--casebook", casebook, "--json")
    assert ran.code == 0, ran.err
    (money,) = ran.json["money"]
    assert (money["loss"], money["averted_estimate"]) == (155_800_000, 9_000_000)
    assert round(money["held_share"], 3) == 0.132
    assert round(money["returned_share"], 3) == 0.108
    times = ran.json["times"]
    assert times["report_delay"]["p50_seconds"] == 107.5 * 60
    assert times["hold_time"]["p50_seconds"] == 9.5 * 60
    wrong = ran.json["wrong_holds"]
    assert (wrong["overturned"], wrong["holds"], wrong["small_n"]) == (1, 9, True)


def test_a_person_reads_the_estimate_apart_and_the_warning(casebook: Path) -> None:
    ran = fanzha("report", "--month", "2024-05", "--casebook", casebook)
    for words in ("13.2 % of the loss", "107.5 min", "Averted (Estimate, apart): 90,000.00 CNY",
                  "Small n: only 9 holds", "Cohort by report month"):  # fmt: skip
        assert words in ran.out


def test_the_files_to_publish_and_what_to_do_where_nothing_prints(
    casebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = fanzha(
        "report", "--month", "2024-05", "--casebook", casebook, "--out", tmp_path,
        "--lang", "zh-Hant",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "Chromium" in ran.err
    names = {path.name for path in tmp_path.iterdir()}
    assert "report-2024-05.pdf" not in names
    assert {"report-2024-05.html", "report-2024-05-money.csv"} <= names
    assert "月度報告" in (tmp_path / "report-2024-05.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("month", "said"), [("2024-13", "2024-05"), ("May", "2024-05"), ("2031-01", "2024-05")]
)
def test_another_month_is_refused_with_what_to_do(casebook: Path, month: str, said: str) -> None:
    ran = fanzha("report", "--month", month, "--casebook", casebook)
    assert ran.code == 2
    assert said in ran.err
