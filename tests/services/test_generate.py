"""`fanzha generate`: what is written is read back and adds up; nobody pays what is not there."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fanzha.cli import main
from fanzha.errors import UsageError
from fanzha.intake.statement import SourceFile, read_statements
from fanzha.intake.tables import read_carriers, read_openings, read_terminals, read_thefts
from fanzha.model.money import to_minor
from fanzha.services.generate import GenerateRequest, generate

pq = pytest.importorskip("pyarrow.parquet")
START = datetime(2024, 5, 1, tzinfo=UTC)


def made(folder: Path, **more: Any) -> Path:
    wanted = {"payments": 4_000, "thefts": 12, "seed": 9, "days": 4, "accounts": 300, **more}
    generate(GenerateRequest(out=folder, start=START, **wanted))
    return folder


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(folder / "payments.parquet").to_pylist()
    return found


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def source(path: Path) -> SourceFile:
    return SourceFile(name=path.name, content=path.read_bytes())


def test_the_same_seed_gives_the_same_columns_and_another_does_not(tmp_path: Path) -> None:
    one, two = made(tmp_path / "1"), made(tmp_path / "2")
    assert rows(one) == rows(two)
    for name in ("thefts.csv", "balances.csv", "truth.csv", "terminals.csv", "carriers.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    assert rows(made(tmp_path / "3", seed=10)) != rows(one)


def test_as_many_payments_as_wanted_in_order_however_many_accounts(tmp_path: Path) -> None:
    many = made(tmp_path, accounts=200_000)  # beyond the size up to which numbers are a dictionary
    found = rows(many)
    assert len(found) == 4_000
    times = [row["booked_at"] for row in found]
    assert times == sorted(times)
    assert all(row["amount"] > 0 for row in found)


def test_our_own_readers_take_the_small_tables(tmp_path: Path) -> None:
    folder = made(tmp_path, payments=8_000, thefts=60)
    thefts, refused = read_thefts(source(folder / "thefts.csv"), None)
    openings, more = read_openings(source(folder / "balances.csv"))
    terminals, worse = read_terminals(source(folder / "terminals.csv"))
    carriers, worst = read_carriers(source(folder / "carriers.csv"), None)
    assert refused == more == worse == worst == ()
    assert len(thefts) == 60
    assert set(terminals.values()) >= {"offramp", "abroad", "merchant"}
    assert carriers
    paid = Counter(
        (r["booked_at"], r["debtor_account"], r["creditor_account"], r["amount"], r["currency"])
        for r in rows(folder)
    )
    for t in thefts:
        assert paid[t.booked_at, t.debtor_account, t.creditor_account, t.amount, t.currency] == 1
    assert {account.number for account in openings} >= {t.debtor_account for t in thefts}


def test_nobody_goes_below_zero_and_the_truth_adds_up_and_lies_there(tmp_path: Path) -> None:
    folder = made(tmp_path, payments=8_000, thefts=60)
    balances = defaultdict(int)
    for account, amount in read_openings(source(folder / "balances.csv"))[0].items():
        assert amount >= 0
        balances[account.number] = amount
    for row in rows(folder):
        balances[row["debtor_account"]] -= row["amount"]
        balances[row["creditor_account"]] += row["amount"]
        assert balances[row["debtor_account"]] >= 0
    resting: dict[str, int] = defaultdict(int)
    by_theft: dict[str, int] = defaultdict(int)
    for truth in table(folder, "truth.csv"):
        minor = to_minor(truth["amount"], "CNY")
        by_theft[truth["theft_id"]] += minor
        resting[truth["account"]] += minor
    stolen = {t["theft_id"]: to_minor(t["amount"], "CNY") for t in table(folder, "thefts.csv")}
    assert by_theft == stolen
    assert all(balances[number] >= amount for number, amount in resting.items())


def test_statements_of_all_banks_together_are_the_payments(tmp_path: Path) -> None:
    one, other = made(tmp_path / "p", accounts=200), tmp_path / "b"
    made(other, accounts=200, banks=6)
    assert not (other / "payments.parquet").exists()
    files = sorted(other.glob("bank_*"))
    assert {path.suffix for path in files} == {".csv", ".xlsx"}
    read = read_statements([source(path) for path in files])
    assert not read.refusals
    assert not [reason for reason in read.reasons if reason.code == "rows_missing"]
    assert {file.encoding for file in read.files} == {"utf-8-sig", "gb18030", "utf-8", "xlsx"}
    assert {file.shape for file in read.files} == {"bank_cn", "bank_en"}
    seen = Counter(
        (p.booked_at, p.debtor_account, p.creditor_account, p.amount, p.currency)
        for p in read.payments
    )
    paid = Counter(
        (r["booked_at"].replace(microsecond=0), r["debtor_account"], r["creditor_account"],
         r["amount"], r["currency"])
        for r in rows(one)
    )  # fmt: skip
    assert seen == paid
    openings = read_openings(source(other / "balances.csv"))[0]
    assert {a: o.amount for a, o in read.openings.items()}.items() <= openings.items()


def test_each_bank_sees_its_own_customers_alone(tmp_path: Path) -> None:
    made(tmp_path, banks=3)
    for number, path in enumerate(sorted(tmp_path.glob("bank_*")), 1):
        (read,) = read_statements([source(path)]).files
        assert {account.number[:3] for account in read.accounts} == {f"F{number:02d}"}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"payments": 0}, "generate_range"),
        ({"payments": -5}, "generate_range"),
        ({"thefts": -1}, "generate_range"),
        ({"accounts": 100}, "generate_range"),
        ({"banks": 99}, "generate_range"),
        ({"days": 0}, "generate_range"),
        ({"seed": -1}, "generate_range"),
        ({"payments": 500, "thefts": 60}, "generate_thefts_many"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, wanted: Any, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        made(tmp_path / "out", **wanted)
    assert refused.value.code == code
    assert not (tmp_path / "out").exists()


def test_the_command_names_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"generate --payments 1000 --thefts 0 --seed 1 --days 2 --out {tmp_path}"
    assert main(line.split()) == 0
    out, err = capsys.readouterr()
    assert [Path(name).name for name in out.split()] == [
        "payments.parquet", "balances.csv", "thefts.csv", "terminals.csv", "carriers.csv",
        "truth.csv",
    ]  # fmt: skip
    assert "1000" in err
    assert main([*line.split(), "--start", "soon"]) == 2
