"""A case that has nothing left to ask for is closed, and opens again by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NotAllowed
from fanzha.model.chain import Action, Fact
from fanzha.services.closing import close_case, closing, reopen_case
from fanzha.services.contents import Contents
from fanzha.services.queue import is_closed, list_cases, what_burns
from fanzha.services.work import WorkRequest, work

NOW = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
HEADER = "booked_at,debtor_account,creditor_account,amount,currency\n"
PAYMENT = "2024-05-14T14:02:10+08:00,V,A,300.00,CNY\n"
WHY = "nothing left in any account"


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    """One case with one hold that nobody asked for yet."""
    case = tmp_path / "C1"
    case.mkdir()
    (case / "payments.csv").write_text(HEADER + PAYMENT)
    (case / "thefts.csv").write_text(
        "theft_id,booked_at,debtor_account,creditor_account,amount,currency\nT," + PAYMENT
    )
    book = tmp_path / "casebook.db"
    work(WorkRequest(folder=str(case), casebook=book, now=NOW))
    with open_casebook(book) as casebook:
        yield casebook


def step(casebook: Casebook, state: str, at: datetime) -> None:
    (hold,) = (t.hold_id for t in what_burns(casebook, NOW) if t.kind == "money")
    done = Action(kind="hold", on=hold, state=state, who="op", at=at, legal_basis="art. 20")
    casebook.append("C1", [done], at)


def test_a_closed_case_asks_for_nothing_and_keeps_everything(casebook: Casebook) -> None:
    assert [task.kind for task in what_burns(casebook, NOW)] == ["money"]
    size = casebook.verify().size
    close_case(casebook, "C1", WHY, "an.li", LATER)
    assert what_burns(casebook, LATER) == []
    assert [line.closed for line in list_cases(casebook, LATER)] == [True]
    assert casebook.verify().size == size + 1
    found = closing(Contents(casebook, "C1"))
    assert found is not None
    assert (found[1].who, found[1].note) == ("an.li", WHY)
    with pytest.raises(NotAllowed, match="case_closed"):
        close_case(casebook, "C1", WHY, "an.li", LATER)


def test_what_comes_in_later_opens_it_again(casebook: Casebook) -> None:
    close_case(casebook, "C1", WHY, "an.li", LATER)
    fact = Fact(
        kind="report",
        source="report-2.txt",
        received_at=LATER,
        payload="又转了一笔".encode(),
        media_type="text/plain",
    )
    casebook.append("C1", [fact], LATER)
    assert not is_closed(casebook, "C1")
    assert [task.kind for task in what_burns(casebook, LATER)] == ["money"]


def test_a_person_opens_it_again(casebook: Casebook) -> None:
    with pytest.raises(NotAllowed, match="case_open"):
        reopen_case(casebook, "C1", "an.li", NOW)
    close_case(casebook, "C1", WHY, "an.li", LATER)
    reopen_case(casebook, "C1", "an.li", LATER)
    assert not is_closed(casebook, "C1")
    close_case(casebook, "C1", WHY, "an.li", LATER)  # and it can be closed once more
    assert is_closed(casebook, "C1")


def test_money_that_is_held_keeps_a_case_open(casebook: Casebook) -> None:
    step(casebook, "active", NOW)
    with pytest.raises(NotAllowed, match="case_holds_money"):
        close_case(casebook, "C1", WHY, "an.li", LATER)
    assert not is_closed(casebook, "C1")
