"""What burns first: money that is leaving, clocks that run out, appeals that are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanzha.casebook import Casebook, open_casebook
from fanzha.model.chain import Action
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.hold_state import advance
from fanzha.services.queue import Task, what_burns
from fanzha.services.work import WorkRequest, work

AT = datetime(2024, 5, 14, 6, 4, tzinfo=UTC)
ROW = "booked_at,debtor_account,creditor_account,amount,currency,creditor_name,creditor_agent\n"
THEFT = "theft_id,debtor_account,creditor_account,amount,currency,booked_at\n"


def case(folder: Path, name: str, amount: str, book: Path) -> None:
    """A theft of `amount` that rests in the account A of this case."""
    at = "2024-05-14T14:02:00+08:00"
    (folder / name).mkdir()
    row = f"{at},{name}-V,{name}-A,{amount},CNY,张示例,甲银行\n"
    (folder / name / "payments.csv").write_text(ROW + row)
    (folder / name / "thefts.csv").write_text(THEFT + f"T,{name}-V,{name}-A,{amount},CNY,{at}\n")
    work(WorkRequest(folder=str(folder / name), casebook=book, now=AT))


@pytest.fixture
def casebook(tmp_path: Path) -> Casebook:
    """Two cases, a large and a small theft."""
    for name, amount in (("SMALL", "100.00"), ("LARGE", "9000.00")):
        case(tmp_path, name, amount, tmp_path / "casebook.db")
    return open_casebook(tmp_path / "casebook.db")


def move(casebook: Casebook, task: Task, state: str, at: datetime, amount: int = 0) -> None:
    """Take one step."""
    done = casebook.actions_on(task.case_id, task.hold_id, "hold")
    step = Action(
        kind="hold", on=task.hold_id, state=state, who="an", at=at, legal_basis="20",
        amount=amount or task.amount, currency="CNY",
    )  # fmt: skip
    casebook.append(task.case_id, [advance(done, step)], at)


def test_what_is_lost_fastest_comes_first_and_fades(casebook: Casebook) -> None:
    large, small = what_burns(casebook, AT)
    assert (large.case_id, small.case_id) == ("LARGE", "SMALL")
    assert large.amount > large.losing > 100 * small.losing / 2 > 0
    (later, _) = what_burns(casebook, AT + timedelta(minutes=10))
    assert later.amount < large.amount
    assert later.losing < large.losing
    assert [t.case_id for t in what_burns(casebook, AT, hidden={"LARGE"})] == ["SMALL"]


def test_a_hold_in_force_becomes_a_clock_that_rises_when_it_runs_out(casebook: Casebook) -> None:
    small = what_burns(casebook, AT)[1]
    for state in ("fields_ok", "sent", "ack", "active"):
        move(casebook, small, state, AT, 10_000)
    money, clock = what_burns(casebook, AT + timedelta(minutes=1))
    assert (money.kind, clock.kind, clock.amount) == ("money", "clock", 10_000)
    assert clock.due_at == AT + timedelta(hours=48)
    first = what_burns(casebook, AT + timedelta(hours=47, minutes=45))[0]
    assert (first.kind, first.case_id) == ("clock", "SMALL")
    lapsed = what_burns(casebook, AT + timedelta(hours=48))
    assert all(t.case_id != "SMALL" for t in lapsed)


def test_an_appeal_is_due_until_it_is_answered(casebook: Casebook) -> None:
    small = what_burns(casebook, AT)[1]
    for state in ("fields_ok", "sent", "ack", "active"):
        move(casebook, small, state, AT, 10_000)
    at = AT + timedelta(hours=1)
    claim = Claim(account=small.account, traced=10_000, method="fifo", rows=())
    appeal = appraise(claim, Frozen(amount=15_000, since=AT, noticed=True), [], at)
    casebook.append("SMALL", [appeal], at)
    (due,) = [t for t in what_burns(casebook, at) if t.kind == "appeal"]
    assert (due.amount, due.due_at) == (5_000, at + timedelta(days=3))
    move(casebook, replace(small, amount=10_000), "partial_release", at + timedelta(minutes=5))
    assert not [t for t in what_burns(casebook, at) if t.kind == "appeal"]
