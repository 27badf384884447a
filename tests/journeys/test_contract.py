"""What others script against: flags, field names, files, exit codes."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.journeys.commands import BALANCES, LEDGER, THEFTS, fanzha, money, write
from tests.journeys.test_stories import S1, TIMES

from fanzha.casebook import open_casebook
from fanzha.model.catalogue import LANGS

BANK = """交易时间,交易卡号,对手账号,对手户名,交易金额,借贷标志,交易余额,摘要,币种,流水号
2024-05-14 14:02:10,A1,V1,林芳,300000.00,贷,300000.00,转账,人民币,1
2024-05-14 14:03:05,A1,B1,周明,99000.00,借,201000.00,转账,人民币,2
2024-05-14 14:03:40,A1,6.2055E+18,李雷,1000.00,借,200000.00,转账,人民币,3
2024-05-14 14:0x:00,A1,B2,韩梅,100000.00,借,100000.00,转账,人民币,4
"""
THEFT = THEFTS.splitlines()
COLUMNS = "booked_at,debtor_account,creditor_account,amount,currency,debtor_name,creditor_name"
NAMED = f"""{COLUMNS},creditor_agent
2024-05-14T14:00:00+08:00,V1,A1,1000.00,CNY,林芳,陈志强,Harbour Bank
2024-05-14T14:01:00+08:00,A1,B1,600.00,CNY,陈志强,周明,Harbour Bank
2024-05-14T14:02:00+08:00,X,A1,500.00,CNY,某某,陈志强,Harbour Bank
"""
ONE_THEFT = f"{THEFT[0]}\nT1,V1,A1,1000.00,CNY,2024-05-14T14:00:00+08:00\n"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case-7"
    folder.mkdir()
    write(folder / "payments.csv", NAMED)
    write(folder / "thefts.csv", ONE_THEFT)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_work_writes_what_it_promises(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = fanzha("work", case, "--out", out, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["case_id"] == "case-7"
    written = json.loads((out / "case.json").read_text("utf-8"))
    assert written["checkpoint"] == ran.json["checkpoint"]
    for name in ("case.html", "case.json", "holds.csv", "refused.csv", "casebook.db"):
        assert (out / name).is_file(), name
    assert (out / "refused.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert rows(out / "refused.csv") == []
    first, second = rows(out / "holds.csv")
    assert (first["account"], first["cap"], first["excess"]) == ("B1", "600.00", "0.00")
    assert (second["account"], second["cap"], second["balance"]) == ("A1", "400.00", "900.00")
    assert first["payee_name"] == "周*"
    letters = sorted(p.suffix for p in (out / "holds").iterdir())
    assert letters == [".docx", ".txt"]
    text = next((out / "holds").glob("*.txt")).read_text("utf-8")
    for word in ("周明", "600.00", "B1", "14:01", "48"):
        assert word in text


def test_work_with_refused_rows_exits_3_and_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    write(folder / "bank.csv", BANK)
    write(folder / "thefts.csv", "\n".join(THEFT[:2]))
    out = tmp_path / "out"
    ran = fanzha("work", folder, "--out", out)
    assert ran.code == 3
    refused = rows(out / "refused.csv")
    assert [(r["file"], r["row"], r["field"]) for r in refused] == [
        ("bank.csv", "4", "对手账号"),
        ("bank.csv", "5", "交易时间"),
    ]
    assert all(r["reason"] and r["remedy"] for r in refused)
    body = json.loads((out / "case.json").read_text("utf-8"))
    states = {h["account"]: h["state"] for h in body["methods"]["fifo"]["holdings"]}
    assert states == {"A1": "resting", "B1": "last_seen"}
    assert body["ask_next"] == [{"account": "B1", "currency": "CNY", "amount": 99_000_00}]


def test_nothing_usable_is_2_and_still_lists_the_refusals(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    write(folder / "statement.csv", "")
    ran = fanzha("work", folder, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert [r["file"] for r in rows(tmp_path / "out" / "refused.csv")] == ["statement.csv"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["work", "/nowhere", "--out", "/tmp/never"],
        ["trace", "--payments", "/nowhere.csv", "--thefts", "/nowhere.csv"],
        ["trace", "--payments", str(LEDGER), "--thefts", str(LEDGER), "--tz", "Mars/Olympus"],
        ["hold", "nocase", "H-1", "sent", "--by", "x", "--basis", "y"],
        ["casebook", "verify", "--casebook", "/nowhere.db"],
        ["intake", "/nowhere.txt"],
        ["dance"],
    ],
)
def test_usage_errors_are_2_and_say_what_to_do(wrong: list[str]) -> None:
    ran = fanzha(*wrong)
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert ran.err.strip()


def test_errors_and_help_speak_the_language_of_the_settings() -> None:
    said = {lang: fanzha("intake", "/nowhere.txt", env={"FANZHA_LANG": lang}).err for lang in LANGS}
    assert len(set(said.values())) == len(LANGS)
    assert "止付" in fanzha("--help", env={"FANZHA_LANG": "zh-Hans"}).out


def test_a_theft_that_no_payment_bears_out_is_a_refused_row(tmp_path: Path) -> None:
    thefts = THEFTS + "V3,V9,A1,1.00,CNY,2024-05-14T14:00:00+08:00\n"
    ran = fanzha("trace", *money(tmp_path, thefts), "--method", "fifo", "--json")
    assert ran.code == 3
    (refused,) = ran.json["refused"]
    assert (refused["file"], refused["row"], refused["code"]) == (
        "thefts.csv",
        4,
        "theft_not_found",
    )
    assert refused["remedy"]


@pytest.mark.parametrize(
    "command", [["trace", "--method", "fifo"], ["holds", *TIMES], ["return", "--held", "B2=30000"]]
)
def test_a_person_is_told_what_was_refused(tmp_path: Path, command: list[str]) -> None:
    thefts = THEFTS + "V3,V9,A1,1.00,CNY,2024-05-14T14:00:00+08:00\n"
    ran = fanzha(*command, *money(tmp_path, thefts))
    assert ran.code == 3
    assert "thefts.csv row 4" in ran.err
    assert "B2" in ran.out or "V1" in ran.out


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    thefts = write(tmp_path / "thefts.csv", THEFTS)
    flags = ["--thefts", thefts, "--balances", BALANCES, "--method", "fifo", "--json"]
    piped = fanzha("trace", "--payments", "-", *flags, stdin=LEDGER.read_bytes())
    named = fanzha("trace", "--payments", LEDGER, *flags)
    assert piped.json["methods"] == named.json["methods"]


def test_as_of_includes_that_instant(tmp_path: Path) -> None:
    flags = ["--method", "fifo", "--as-of", "2024-05-14T14:03:05+08:00", "--json"]
    body = fanzha("trace", *money(tmp_path), *flags).json
    held = {h["account"]: h["amount"] for h in body["methods"]["fifo"]["holdings"]}
    assert held == {"A1": 201_000_00, "B1": 99_000_00, "B2": 50_000_00}


def test_terminals_are_traced_and_never_ranked(tmp_path: Path) -> None:
    ends = write(tmp_path / "terminals.csv", "account,kind\nC2,offramp\n")
    flags = [*money(tmp_path), "--terminals", ends, "--json"]
    traced = fanzha("trace", *flags, "--method", "fifo").json
    states = {h["account"]: h["state"] for h in traced["methods"]["fifo"]["holdings"]}
    assert (states["C2"], states["CASH"]) == ("terminal", "terminal")
    ranked = fanzha("holds", *flags, *TIMES).json
    assert {"C2", "CASH"}.isdisjoint(h["account"] for h in ranked["holds"])


def test_a_mapping_reads_foreign_columns(tmp_path: Path) -> None:
    foreign = write(
        tmp_path / "foreign.csv",
        "when;von;nach;betrag\n"
        "2024-05-14 14:00:00;V1;A1;1000.00\n"
        "2024-05-14 14:01:00;A1;B1;600.00\n",
    )
    mapping = write(
        tmp_path / "m.yaml",
        "name: foreign\nsides: two\nzone: Asia/Shanghai\ncurrency: CNY\nfields:\n"
        "  booked_at: when\n  debtor_account: von\n  creditor_account: nach\n  amount: betrag\n",
    )
    thefts = write(tmp_path / "thefts.csv", ONE_THEFT)
    files = ["--payments", foreign, "--thefts", thefts, "--mapping", mapping]
    ran = fanzha("trace", *files, "--method", "lifo", "--json")
    assert ran.code == 0, ran.err
    assert [h["account"] for h in ran.json["methods"]["lifo"]["holdings"]] == ["B1", "A1"]
    assert ran.json["zone_assumed"] == 2


def test_a_hold_goes_through_its_states_by_people(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fanzha("work", case, "--out", out)
    hold = rows(out / "holds.csv")[0]["hold_id"]
    said = ["--by", "officer 7", "--basis", "ATFL art. 20"]
    refused = fanzha("hold", out, hold, "active", *said)
    assert refused.code == 2
    assert "fields_ok" in refused.err
    states = ("fields_ok", "sent", "ack", "active")
    ran = [fanzha("hold", out, hold, state, *said, "--json") for state in states]
    assert [r.code for r in ran] == [0] * 4
    assert ran[-1].json["state"] == "active"
    assert ran[-1].json["expires_at"]
    above = fanzha("hold", out, hold, "partial_release", *said, "--amount", "600.01")
    assert above.code == 2
    again = fanzha("work", case, "--out", out, "--json")
    assert again.json["hold_states"][hold]["state"] == "active"
    assert again.json["returns_basis"] == "held"
    assert {plan["held"] for plan in again.json["returns"]} == {600_00}
    assert fanzha("casebook", "verify", "--casebook", out / "casebook.db").code == 0


def test_a_late_victim_reopens_the_split(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = fanzha("work", case, "--out", out, "--json").json
    write(case / "thefts.csv", ONE_THEFT + "T2,X,A1,500.00,CNY,2024-05-14T14:02:00+08:00\n")
    second = fanzha("work", case, "--out", out, "--json").json
    third = fanzha("work", case, "--out", out, "--json").json
    assert (first["reopened_by"], second["reopened_by"]) == ([], ["T2"])
    assert third["reopened_by"] == []


def test_working_a_case_again_changes_nothing(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = fanzha("work", case, "--out", out, "--json").json
    again = fanzha("work", case, "--out", out, "--json").json
    assert first["checkpoint"] == again["checkpoint"]
    assert {**first, "seconds": 0} == {**again, "seconds": 0}


def test_a_report_alone_names_the_theft(case: Path, tmp_path: Path) -> None:
    (case / "thefts.csv").unlink()
    shutil.copy(LEDGER, case / "payments.csv")
    text = (case / "payments.csv").read_text().replace("A1", "6205500000000000004")
    write(case / "payments.csv", text)
    write(case / "report.txt", f"received_at: 2024-05-14T14:18+08:00\n{S1}")
    body = fanzha("work", case, "--out", tmp_path / "out", "--json").json
    (theft,) = body["thefts"]
    assert (theft["theft_id"], theft["debtor_account"]) == ("report-1", "V1")
    assert (theft["amount"], theft["refunded"]) == (300_000_00, 120_00)


def test_verify_names_the_first_broken_record(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fanzha("work", case, "--out", out)
    book = out / "casebook.db"
    known = fanzha("casebook", "checkpoint", "--casebook", book).out.strip()
    verified = fanzha("casebook", "verify", "--casebook", book, "--checkpoint", known)
    assert (verified.code, verified.out.strip()) == (0, known)
    listed = fanzha("casebook", "list", "case-7", "--casebook", book).out.splitlines()
    assert listed[0].split("\t")[2:] == ["fact", "statement", "payments.csv"]
    erased = fanzha(
        "casebook", "erase", "1", "--by", "dpo", "--basis", "PIPL 47", "--casebook", book
    )
    assert erased.code == 0, erased.err
    assert fanzha("casebook", "verify", "--casebook", book, "--checkpoint", known).code == 0
    with closing(sqlite3.connect(book)) as raw:
        raw.execute("UPDATE payloads SET payload = x'00' WHERE seq = 2")
        raw.commit()
    broken = fanzha("casebook", "verify", "--casebook", book)
    assert broken.code == 4
    assert "2" in broken.err


def test_our_own_fault_names_a_log_and_shows_no_traceback(tmp_path: Path) -> None:
    code = (
        "import sys, fanzha.services.intake as i\n"
        "def fail(request): raise RuntimeError('secret')\n"
        "i.take_report = fail\n"
        "from fanzha.cli import main\n"
        "sys.exit(main(['intake', '-']))\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 1
    assert "secret" not in done.stderr
    (log,) = tmp_path.glob("fanzha-error-*.log")
    assert str(log) in done.stderr
    assert "RuntimeError: secret" in log.read_text()


def test_killed_at_fifty_moments_of_intake_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Each process keeps reports one after the other until it is killed."""
    book, log = tmp_path / "casebook.db", tmp_path / "acknowledged"
    chance = random.Random(14)
    script = (
        "import sys, itertools\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from fanzha.services.intake import IntakeRequest, take_report\n"
        "tag, book, folder = sys.argv[1:]\n"
        "for n in itertools.count():\n"
        "    file = Path(folder) / f'{tag}-{n}.txt'\n"
        "    file.write_text(f'{tag} {n} 我给张三转了{n + 1}元,卡号6205500000000000004')\n"
        "    kept = take_report(IntakeRequest(file=str(file), now=datetime.now(UTC),\n"
        "        received_at='2024-05-14T14:18+08:00', casebook=Path(book)))\n"
        "    print(tag, n, kept.case_id, kept.record, flush=True)\n"
    )
    said: list[list[str]] = []
    for number in range(50):
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, "-c", script, f"k{number}", str(book), str(tmp_path)], stdout=out
            )
            deadline = time.monotonic() + 20
            while number % 5 == 0 and not log.stat().st_size and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 0.5))
            child.send_signal(signal.SIGKILL)
            child.wait()
        lines = log.read_text("utf-8").splitlines(keepends=True)
        said += [line.split() for line in lines if line.endswith("\n")]
    assert len(said) >= 10
    with open_casebook(book) as casebook:
        casebook.verify()
        for tag, n, case_id, seq in said:
            payload = casebook.payload(int(seq))
            assert payload is not None
            assert payload.decode().startswith(f"{tag} {n} ")
            assert casebook.case(case_id).latest("report")
        for case_id in casebook.cases():  # a report and what was read from it came together
            view = casebook.case(case_id)
            assert (len(view.facts), len(view.findings)) == (1, 1)
