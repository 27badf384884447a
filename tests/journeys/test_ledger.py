"""The ledger from the command line: what a person types, what is printed, how it ends."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from fanzha.cli import main

HEADER = "booked_at,debtor_account,creditor_account,amount,currency\n"
ROWS = "2024-05-14T06:00:00Z,V1,A1,100.00,CNY\n2024-05-14T06:01:00Z,A1,B1,70.00,CNY\n"
THEFTS = (
    "theft_id,debtor_account,creditor_account,amount,currency,booked_at\n"
    "T1,V1,A1,100.00,CNY,2024-05-14T06:00:00Z\n"
)
DONE, USAGE, SOME_REFUSED, BROKEN = 0, 2, 3, 4


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(HEADER + ROWS)
    Path("bad.csv").write_text(HEADER + "2024-05-14T07:00:00Z,B1,C1,0,CNY\n")
    Path("mixed.csv").write_text(
        HEADER + "2024-05-14T07:00:00Z,B1,C1,0,CNY\n2024-05-14T07:01:00Z,B1,C1,1.00,CNY\n"
    )
    Path("thefts.csv").write_text(THEFTS)
    assert main(["ledger", "init", "L"]) == DONE
    return tmp_path / "L"


@pytest.mark.usefixtures("ledger")
def test_from_init_to_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "append", "L", "a.csv"]) == DONE
    capsys.readouterr()
    assert main(["ledger", "append", "L", "a.csv"]) == DONE
    assert "nothing was added" in capsys.readouterr().out
    assert main(["ledger", "info", "L", "--json"]) == DONE
    info = json.loads(capsys.readouterr().out)
    assert (info["payments"], info["accounts"], info["currencies"]) == (2, 3, ["CNY"])
    assert main(["ledger", "verify", "L"]) == DONE
    capsys.readouterr()
    answers = []
    for where in (["--payments", "a.csv"], ["--ledger", "L"]):
        assert main(["trace", *where, "--thefts", "thefts.csv", "--json"]) == DONE
        answers.append(json.loads(capsys.readouterr().out))
    assert answers[0] == answers[1]
    back = ["trace", "--ledger", "L", "--backward", "B1", "--json", "--method", "fifo"]
    assert main(back) == DONE
    (found,) = json.loads(capsys.readouterr().out)["accounts"]
    (source,) = found["methods"]["fifo"]["sources"]
    assert (source["account"], source["amount"]) == ("V1", 7000)


@pytest.mark.usefixtures("ledger")
def test_refused_rows_are_said_and_the_rest_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "append", "L", "mixed.csv"]) == SOME_REFUSED
    said = capsys.readouterr()
    assert "mixed.csv row 2" in said.err
    assert "holds 1 in 1 segment" in said.out


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ledger init L", "is a ledger at"),
        ("ledger append M a.csv", "no ledger at M"),
        ("ledger append L none.csv", "no file none.csv"),
        ("trace --ledger L", "--thefts"),
        ("trace --payments a.csv --backward B1", "needs an index"),
        ("trace --ledger L --backward Z", "account Z"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_remedy(
    capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    assert main(line.split()) == USAGE
    assert words in capsys.readouterr().err


def test_a_damaged_ledger_is_named_and_ends_with_its_own_code(
    ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["ledger", "append", "L", "a.csv"])
    (file,) = ledger.rglob("payments.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"X")
    assert main(["ledger", "verify", "L"]) == BROKEN
    assert "payments.parquet" in capsys.readouterr().err


@pytest.mark.usefixtures("ledger")
def test_dropping_says_what_can_no_longer_be_traced(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ledger", "append", "L", "a.csv"])
    assert main(["ledger", "drop", "L", "--before", "2024-05-14T06:00:00Z"]) == DONE
    assert "nothing was dropped" in capsys.readouterr().out
    assert main(["ledger", "drop", "L", "--before", "2025-01-01T00:00:00Z"]) == DONE
    assert "2 payments" in capsys.readouterr().out
    assert main(["ledger", "append", "L", "mixed.csv"]) == SOME_REFUSED
    assert main(["ledger", "verify", "L"]) == DONE


@pytest.mark.usefixtures("ledger")
def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("fanzha.ledger"):
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["ledger", "info", "L"]) == USAGE
    assert "pip install 'fanzha[ledger]'" in capsys.readouterr().err


@pytest.mark.usefixtures("ledger")
def test_a_list_of_thefts_is_no_list_of_payments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "append", "L", "a.csv", "thefts.csv"]) == SOME_REFUSED
    assert "--thefts" in capsys.readouterr().err
    assert main(["ledger", "info", "L", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["payments"] == 2
