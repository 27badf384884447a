"""From a hold to returned money and a victim's own page, through the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.journeys.commands import BALANCES, LEDGER, THEFTS, Ran, fanzha

from fanzha.services.print_pdf import BROWSERS

BY = ("--by", "Officer 7", "--basis", "decision 9")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """S2 worked through, B2 held, split by rule, noticed."""
    folder = tmp_path_factory.mktemp("restitution")
    case = folder / "case"
    case.mkdir()
    shutil.copy(LEDGER, case / "ledger.csv")
    shutil.copy(BALANCES, case / "balances.csv")
    (case / "thefts.csv").write_text(THEFTS, "utf-8")
    assert fanzha("work", case, "--out", folder / "out").code == 0
    return folder / "out"


def step(out: Path, *arguments: object) -> Ran:
    return fanzha("restitution", arguments[0], out, *arguments[1:], "--json")


def test_s4_from_the_rules_side_by_side_to_the_payment(out: Path) -> None:
    looked = step(out, "plan", "--held", "B2=30000")
    shares = {p["rule"]: [s["amount"] for s in p["shares"]] for p in looked.json["plans"]}
    assert shares == {
        "traced": [30_000_00],
        "pro_rata_account": [20_000_00, 10_000_00],
        "pro_rata_loss": [25_714_29, 4_285_71],
    }
    assert (looked.json["record"], looked.json["entries"]) == (None, [])
    chosen = ("--held", "B2=30000", "--rule", "pro_rata_account", *BY)
    split = step(out, "plan", *chosen, "--at", "2024-06-01T10:00")
    assert split.json["recorded"] == ["held", "allotted"]
    noticed = step(out, "notice", *BY, "--at", "2024-06-01T10:00")
    assert noticed.json["notice_until"] == "2024-07-01T02:00:00+00:00"
    slip = out / "slip.txt"
    slip.write_text("paid", "utf-8")
    early = step(out, "pay", "V1", "--account", "B2", "--proof", slip, *BY, "--at", "2024-06-30")
    assert (early.code, early.out) == (2, "")
    assert "2024-07-01" in early.err
    paid = step(
        out, "pay", "V1", "--account", "B2", "--proof", slip, *BY, "--at", "2024-07-01T10:00"
    )
    (b2,) = paid.json["accounts"]
    assert (b2["held"], b2["paid"], b2["undistributed"]) == (30_000_00, 20_000_00, 10_000_00)
    entry = paid.json["entries"][-1]
    assert (entry["by"], entry["legal_basis"]) == ("Officer 7", "decision 9")
    assert len(entry["proof_sha256"]) == 64
    shown = fanzha("restitution", "show", out, "--lang", "zh-Hans")
    assert "已返还" in shown.out
    assert fanzha("casebook", "verify", "--casebook", out / "casebook.db").code == 0


def test_a_victims_page_is_written_as_html_and_pdf(out: Path) -> None:
    page = out / "V2.html"
    written = step(out, "statement", "V2", "--out", page, "--lang", "zh-Hant")
    assert written.json["stolen"] == 50_000_00
    assert "您的被騙資金" in page.read_text("utf-8")
    wrong = step(out, "statement", "V2", "--out", out / "V2.doc")
    assert wrong.code == 2
    assert ".pdf" in wrong.err
    if not any(shutil.which(name) for name in BROWSERS):
        missing = step(out, "statement", "V2", "--out", out / "V2.pdf")
        assert missing.code == 2
        pytest.skip("no Chromium is installed")
    assert step(out, "statement", "V2", "--out", out / "V2.pdf").code == 0
    assert (out / "V2.pdf").read_bytes().startswith(b"%PDF-")


def test_without_a_theft_there_is_a_page_for_everybody(out: Path) -> None:
    ran = step(out, "statement", "--out", out / "pages")
    assert [s["theft_id"] for s in ran.json["statements"]] == ["V1", "V2"]
    assert sorted(p.name for p in (out / "pages").iterdir()) == ["1-V1.html", "2-V2.html"]


def test_without_chromium_a_pdf_is_refused_with_the_way_out(out: Path) -> None:
    ran = fanzha(
        "restitution", "statement", out, "V2", "--out", out / "no.pdf", env={"PATH": str(out)}
    )
    assert ran.code == 2
    assert ".html" in ran.err
    assert not (out / "no.pdf").exists()


def test_holds_say_what_they_rest_on_and_take_minutes(out: Path) -> None:
    case = out.parent / "case"
    money = ("--payments", case / "ledger.csv", "--thefts", case / "thefts.csv")
    times = ("--confirmed-at", "2024-05-14T14:20+08:00", "--hold-at", "2024-05-14T14:25+08:00")
    own = ("--casebook", out / "casebook.db", "--balances", case / "balances.csv")
    ran = fanzha("holds", *money, *times, *own, "--minutes", "retail_instant=4", "--json")
    best = ran.json["holds"][0]
    assert best["per_minute"] == round(best["net_expected"] / 4)
    assert best["minutes"] == "4"
    assert (best["survival"]["used"], best["survival"]["n"]) == ("prior", 0)
    assert "30" in fanzha("holds", *money, *times, *own).out.splitlines()[-1]
    wrong = fanzha("holds", *money, *times, "--minutes", "retail_instant=0")
    assert wrong.code == 2
    assert "retail_instant=0" in wrong.err
