"""The bundled case: the same bytes each time, read with only the refusals that were meant."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from examples.generate import CAST, PUBLIC_TEST_CARD, Written, write_case
from examples.statements import BANKS

from fanzha.intake.statement import SourceFile, Statements, read_statements
from fanzha.model.payment import Account, Theft
from fanzha.money.holds import Terms, Timing, plan_holds
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.trace import Trace, trace

ROOT = Path(__file__).parents[2]
PAYMENTS = 2_000
END = datetime.fromisoformat("2024-05-14T14:20:00+08:00")


@dataclass(frozen=True)
class Case:
    folder: Path
    written: Written
    read: Statements


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("case")
    written = write_case(folder, PAYMENTS, seed=1, thefts=3)
    files = [SourceFile(name=b.file, content=(folder / b.file).read_bytes()) for b in BANKS]
    return Case(folder, written, read_statements(files))


def thefts_of(folder: Path, *only: str) -> list[Theft]:
    return [
        Theft(
            theft_id=row["theft_id"],
            debtor_account=row["debtor_account"],
            creditor_account=row["creditor_account"],
            amount=int(row["amount"].replace(".", "")),
            currency=row["currency"],
            booked_at=datetime.fromisoformat(row["booked_at"]),
        )
        for row in rows_of(folder / "thefts.csv")
        if not only or row["theft_id"] in only
    ]


def rows_of(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def movements_of(case: Case, *only: str) -> Movements:
    known = Known(
        openings={account: opening.amount for account, opening in case.read.openings.items()},
        terminals={row["account"]: row["kind"] for row in rows_of(case.folder / "terminals.csv")},
        seen=case.read.seen,
    )
    return gather(case.read.payments, thefts_of(case.folder, *only), known)


def held(found: Trace, theft_id: str) -> dict[str, float]:
    return {h.account.number: h.amount / 100 for h in found.holdings if h.theft_id == theft_id}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_case(tmp_path / name, 600, seed=7, thefts=5)
    names = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert len(names) == 9
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_another_day(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_case(tmp_path / str(seed), 600, seed=seed)
    name = BANKS[0].file
    assert (tmp_path / "1" / name).read_bytes() != (tmp_path / "2" / name).read_bytes()


def test_the_script_says_what_it_wrote(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "examples/generate.py", str(tmp_path / "case"), "--payments", "600"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert "600 payments" in done.stdout
    assert "3 of them damaged on purpose" in done.stdout


def test_every_row_is_taken_but_the_three_damaged_ones(case: Case) -> None:
    assert [(r.file, r.code, r.value.split()[0]) for r in case.read.refusals] == [
        ("bank_a.csv", "account_mangled", "6.2055E+18"),
        ("bank_b.csv", "time_unreadable", "锟斤拷锟斤拷"),
        ("harbour_bank.csv", "amount_unreadable", "1,2O0.00"),
    ]
    assert sum(f.rows for f in case.read.files) == case.written.rows
    assert sum(f.taken for f in case.read.files) == case.written.rows - case.written.bad
    assert [f.encoding for f in case.read.files] == ["utf-8-sig", "gb18030", "xlsx", "utf-8"]


def test_a_transfer_seen_by_two_banks_is_one_payment(case: Case) -> None:
    assert len(case.read.payments) == case.written.payments == PAYMENTS
    files = Counter(len({s.file for s in p.sightings}) for p in case.read.payments)
    assert files[2] > PAYMENTS / 10
    late = [p for p in case.read.payments if len(p.sightings) == 2 and p.debtor_account in CAST]
    assert len(late) >= 12


def test_running_balances_hold_and_give_the_openings_of_the_story(case: Case) -> None:
    assert not {r.code for r in case.read.reasons} & {"rows_missing", "balance_not_running"}
    for row in rows_of(ROOT / "examples/story/balances.csv"):
        opening = case.read.openings[Account(row["account"], "CNY")]
        assert Decimal(opening.amount) / 100 == Decimal(row["opening_balance"])
    assert case.read.openings[Account("C2", "CNY")].amount == 0


def test_no_ordinary_payment_touches_an_account_of_the_story(case: Case) -> None:
    touching = [
        p for p in case.read.payments if {p.debtor_account, p.creditor_account} & CAST.keys()
    ]
    assert len(touching) == 13 + 3


def test_the_last_instant_is_when_the_banks_were_asked(case: Case) -> None:
    instants = [p.booked_at for p in case.read.payments]
    assert max(instants) == END
    assert END - min(instants) < timedelta(days=1)


FIFO = {
    "C2": 70_000, "B3": 49_800, "C1": 45_000, "CASH": 44_000, "B1": 34_000, "B2": 30_000,
    "C3": 25_000, "B4": 1_000, "C4": 1_000, PUBLIC_TEST_CARD: 200,
}  # fmt: skip
PRO_RATA = {
    "C2": 80_000, "C1": 52_105.26, "CASH": 41_368.42, "B3": 34_856.26, "B1": 29_526.32,
    "C3": 25_000, "B2": 20_000, "SUPPLIER": 14_943.74, "B4": 1_000, "C4": 1_000,
    PUBLIC_TEST_CARD: 200,
}  # fmt: skip
LIBR = {**FIFO, "C2": 80_000, "B2": 20_000}


@pytest.mark.parametrize(
    ("method", "expected"), [("fifo", FIFO), ("pro_rata", PRO_RATA), ("libr", LIBR)]
)
def test_the_first_theft_is_found_as_the_story_says(
    case: Case, method: str, expected: dict[str, float]
) -> None:
    found = trace(movements_of(case), method)
    assert held(found, "V1") == expected
    assert sum(held(found, "V2").values()) == 50_000
    assert not found.ties


def test_the_third_theft_leaves_the_country_and_the_banks_that_were_asked(case: Case) -> None:
    found = trace(movements_of(case), "fifo")
    states = {h.account.number: h.state for h in found.holdings if h.theft_id == "V3"}
    assert states == {"HK-778812": "terminal", "OUT-55": "last_seen", "D1": "resting"}


def test_holds_come_out_in_the_order_of_the_story(case: Case) -> None:
    terms = {
        row["account"]: Terms(
            acts_in_time=Decimal(row["acts_in_time"] or "0.95"),
            good_faith=Decimal(row["good_faith"] or 0),
            institution=row["institution"],
        )
        for row in rows_of(case.folder / "institutions.csv")
    }
    found = trace(movements_of(case, "V1"), "fifo")
    plan = plan_holds(
        found, Timing(confirmed_at=END, hold_at=END + timedelta(minutes=5)), terms
    )  # fmt: skip
    expected = {h.account.number: round(h.expected / 100) for h in plan.holds}
    assert expected == {
        "C2": 51_768, "B1": 28_755, "B2": 25_077, "B3": 41_023, "C1": 22_094, "C3": 17_805,
        "B4": 811, "C4": 698, PUBLIC_TEST_CARD: 172,
    }  # fmt: skip
    third = next(h for h in plan.holds if h.account.number == "B3")
    assert third.rank == 4
    assert round(third.net_expected / 100) == 23_593
    nameless = next(h for h in plan.holds if h.account.number == "C4")
    assert nameless.missing == ("payee_name",)


def test_planted_thefts_are_all_found_and_leave_the_story_alone(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    written = write_case(folder, PAYMENTS, seed=2, thefts=20)
    files = [SourceFile(name=b.file, content=(folder / b.file).read_bytes()) for b in BANKS]
    many = Case(folder, written, read_statements(files))
    movements = movements_of(many)
    assert len(movements.thefts) == 20
    assert not movements.refusals
    assert held(trace(movements, "fifo"), "V1") == FIFO
