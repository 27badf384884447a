"""`fanzha holds --casebook`: every open case as one ranking, by what a desk has found itself."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.services.test_restitution import HEADER, NOW, V2, land, run

from fanzha.casebook import open_casebook
from fanzha.cli import main
from fanzha.services.closing import close_case
from fanzha.services.work import WorkRequest, work

HOLD_AT = "2024-05-14T06:25:00Z"
CONFIRMED = datetime(2024, 5, 14, 6, 20, tzinfo=UTC)


@pytest.fixture
def casebook(tmp_path: Path) -> Path:
    """Two cases: the second knows of V2's loss alone, and of a refund that the first does not."""
    found = run(tmp_path)
    case = tmp_path / "case-10"
    shutil.copytree(tmp_path / "case-9", case)
    (case / "thefts.csv").write_text(HEADER + V2.replace(",0\n", ",10000\n"), "utf-8")
    work(WorkRequest(folder=str(case), casebook=found, now=NOW))
    return found


def ranked(casebook: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    command = ["holds", "--casebook", str(casebook), "--hold-at", HOLD_AT, "--json", *more]
    assert main(command) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_a_victims_claim_in_two_cases_is_held_once_and_who_gave_way_is_said(
    casebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ranked(casebook, capsys)
    assert (said["cases"], said["held"], said["ranked"]) == (2, 0, len(said["holds"]))
    rates = [row["per_minute"] for row in said["holds"]]
    assert rates == sorted(rates, reverse=True)
    (c2,) = (row for row in said["holds"] if row["account"] == "C2")
    assert c2["states"] == {"case-9": "drafted", "case-10": "drafted"}
    parts = {part["cases"][0]["theft_id"]: part for part in c2["parts"]}
    assert [c["case_id"] for c in parts["V2"]["cases"]] == ["case-10", "case-9"]
    assert (parts["V2"]["traced"], parts["V2"]["cap"]) == (50_000_00, 40_000_00)
    assert parts["V2"]["why"] == ["loss"]  # 10,000 came back to V2 already
    assert c2["cap"] == sum(part["cap"] for part in c2["parts"])


def test_the_best_n_with_their_words_in_every_language(
    casebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(ranked(casebook, capsys, "--top", "2")["holds"]) == 2
    for lang, word in (("en", "V2"), ("zh-Hans", "受限于"), ("zh-Hant", "受限於")):
        command = ["holds", "--casebook", str(casebook), "--hold-at", HOLD_AT, "--lang", lang]
        assert main([*command, "--top", "3"]) == 0
        out = capsys.readouterr().out
        assert word in out
        assert "--top" in out  # more are there than are shown
        assert "H-" in out


def test_what_is_held_already_is_left_out_and_counted(
    casebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ranked(casebook, capsys)
    land(casebook, "B1", 34_000_00, CONFIRMED)  # in case-9, where alone it is a claim
    after = ranked(casebook, capsys)
    gone = {r["account"] for r in before["holds"]} - {r["account"] for r in after["holds"]}
    assert gone == {"B1"}
    assert (after["held"], after["ranked"]) == (1, before["ranked"] - 1)
    survival = after["holds"][0]["survival"]
    assert (survival["used"], survival["n"]) == ("prior", 1)  # counted, and too few to be used
    assert survival["high"] is not None


def test_a_case_that_a_person_closed_is_not_ranked(
    casebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_casebook(casebook) as book:
        close_case(book, "case-9", "all asked for", "officer 7", NOW)
    said = ranked(casebook, capsys)
    assert said["cases"] == 1
    assert {case for row in said["holds"] for case in row["states"]} == {"case-10"}


def test_minutes_of_a_desk_change_the_order(
    casebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = ranked(casebook, capsys)
    slow = ranked(casebook, capsys, "--minutes", "retail_instant=20")
    assert slow["holds"][0]["per_minute"] == round(plain["holds"][0]["net_expected"] / 20)


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--payments", "p.csv"),
        ("--casebook", "c.db", "--thefts", "t.csv"),
        ("--casebook", "c.db", "--institutions", "i.csv"),
        ("--casebook", "c.db", "--top", "0"),
        ("--casebook", "nowhere.db"),
    ],
)
def test_half_a_question_is_refused(
    flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["holds", *flags]) == 2
    assert capsys.readouterr().err.strip()


def test_a_casebook_without_plans_ranks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.db"
    open_casebook(path).close()
    said = ranked(path, capsys)
    assert (said["cases"], said["holds"]) == (0, [])
