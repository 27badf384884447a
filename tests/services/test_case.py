"""A case from the casebook is the very case that was worked through from its folder."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanzha.casebook import open_casebook
from fanzha.errors import NothingUsable, UnknownRecord
from fanzha.model.chain import Action, Fact
from fanzha.services.case import Cases
from fanzha.services.entered import Entry, entry_fact
from fanzha.services.recorded_money import recorded_money
from fanzha.services.work import WorkRequest, work

NOW = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)
HEADER = "booked_at,debtor_account,creditor_account,amount,currency\n"
PAYMENTS = HEADER + "2024-05-14T14:02:10+08:00,V,A,300.00,CNY\n"
MORE = HEADER + "2024-05-14T14:03:10+08:00,A,B,100.00,CNY\n"
THEFTS = (
    "theft_id,debtor_account,creditor_account,amount,currency,booked_at\n"
    "T,V,A,300.00,CNY,2024-05-14T14:02:10+08:00\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small case."""
    case = tmp_path / "C1"
    case.mkdir()
    (case / "payments.csv").write_text(PAYMENTS)
    (case / "thefts.csv").write_text(THEFTS)
    return case


def test_the_casebook_gives_the_same_case_as_its_folder(folder: Path, tmp_path: Path) -> None:
    book = tmp_path / "casebook.db"
    worked = work(WorkRequest(folder=str(folder), casebook=book, now=NOW))
    with open_casebook(book) as casebook:
        size = casebook.verify().size
        again = Cases(casebook).open("C1", NOW)
        assert casebook.verify().size == size  # looking records nothing
    assert dataclasses.replace(worked, checkpoint="") == again


def test_new_files_and_decisions_show_at_once(folder: Path, tmp_path: Path) -> None:
    book = tmp_path / "casebook.db"
    work(WorkRequest(folder=str(folder), casebook=book, now=NOW))
    with open_casebook(book) as casebook:
        cases = Cases(casebook)
        (hold,) = cases.open("C1", NOW).plan.holds
        step = Action(
            kind="hold", on=hold.hold_id, state="fields_ok", who="op", at=NOW, legal_basis="art. 20"
        )
        casebook.append("C1", [step], NOW)
        later = NOW + timedelta(minutes=1)
        assert cases.open("C1", later).standings[hold.hold_id].state == "fields_ok"
        more = Fact(
            kind="statement", source="more.csv", received_at=later, payload=MORE.encode(),
            media_type="text/csv",
        )  # fmt: skip
        casebook.append("C1", [more], later)
        found = cases.rework("C1", later)
        assert {h.account.number: h.traced for h in found.plan.holds} == {"A": 20000, "B": 10000}
        assert casebook.case("C1").latest("hold_plan") is not None
        assert found.checkpoint == casebook.checkpoint()


def test_a_case_without_payments_says_what_is_missing(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "casebook.db") as casebook:
        fact = Fact(
            kind="report", source="report.txt", received_at=NOW, payload="被骗了".encode(),
            media_type="text/plain",
        )  # fmt: skip
        casebook.append("R", [fact], NOW)
        with pytest.raises(NothingUsable):
            Cases(casebook).open("R", NOW)
        with pytest.raises(UnknownRecord):
            Cases(casebook).open("nobody's", NOW)


def test_what_an_operator_entered_counts_for_holds_and_returns_alike(tmp_path: Path) -> None:
    words = (
        "received_at: 2024-05-14T14:10+08:00\n今天14点02分给张三转了300元,卡号6205500000000000004"
    )
    paid = PAYMENTS.replace("V,A,", "V,6205500000000000012,")
    with open_casebook(tmp_path / "casebook.db") as casebook:
        facts = [
            Fact(kind=kind, source=name, received_at=NOW, payload=text.encode())
            for kind, name, text in (("report", "r.txt", words), ("statement", "p.csv", paid))
        ]
        casebook.append("E", facts, NOW)
        with pytest.raises(NothingUsable):  # nobody was paid at the account that was understood
            Cases(casebook).open("E", NOW)
        entry = Entry(0, "payee_acct", "6205500000000000012")
        casebook.append("E", [entry_fact("r.txt", "op", [entry], NOW)], NOW)
        (hold,) = Cases(casebook).open("E", NOW).plan.holds
        (theft,) = recorded_money(casebook, "E").thefts
        assert hold.account.number == theft.creditor_account == "6205500000000000012"
