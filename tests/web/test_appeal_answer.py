"""An appeal without excess is answered by a person: it leaves the queue and counts as decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web.case_stories import add_case, story
from tests.web.workbench import csrf, signed_in, workbench

from fanzha.model.payment import Account
from fanzha.money.holds import hold_id
from fanzha.services.centre import Centre
from fanzha.services.measures import count_measures
from fanzha.services.queue import what_burns
from fanzha.services.recorded import CASEBOOK_FILE
from fanzha.services.rerank import RerankRequest, rank_open

AT = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)
PAGE, NUMBER = "/case/S2/appeals", hold_id(Account("B3", "CNY"))
STAYS = f"{PAGE}/{NUMBER}/stays"
WHY = "no proof of a sale"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Centre, TestClient]]:
    """B3, to which 49,800.00 was traced, is held in that amount."""
    with workbench(tmp_path / "centre", AT) as (centre, app):
        add_case(centre, "S2", story(), AT)
        client = signed_in(centre, app, "investigator", AT)
        for state in ("fields_ok", "sent", "ack", "active"):
            assert send(client, f"/case/S2/holds/{NUMBER}", state=state) == 303
        app.state.clock = lambda: AT + timedelta(minutes=len(centre.casebook.contents("S2")))
        yield centre, client


def send(client: TestClient, path: str, **said: str) -> int:
    token = csrf(client.get(PAGE).text)
    answer = client.post(path, data={"csrf": token, "basis": "ATFL art. 20", **said})
    return answer.status_code


def waiting(centre: Centre) -> list[int]:
    return [t.amount for t in what_burns(centre.casebook, LATER) if t.kind == "appeal"]


def test_it_waits_until_a_person_answers_with_a_reason(held: tuple[Centre, TestClient]) -> None:
    centre, client = held
    assert send(client, STAYS, why=WHY) == 400  # nobody has appealed
    assert send(client, PAGE, account="B3", frozen="49800") == 303
    assert waiting(centre) == [49_800_00]
    assert count_measures(centre.casebook, LATER, centre.tz).together.appeals_open == 1
    assert send(client, STAYS, why=" ") == 400
    assert send(client, STAYS, why=WHY, basis="") == 400
    assert waiting(centre) == [49_800_00]
    assert send(client, STAYS, why=WHY) == 303
    assert waiting(centre) == []
    together = count_measures(centre.casebook, LATER, centre.tz).together
    assert (together.appeals_open, together.appeal_time.n) == (0, 1)
    assert together.wrong_holds.count == 0
    assert "answered" in client.get(PAGE).text
    assert WHY in client.get("/case/S2/log").text
    assert send(client, STAYS, why=WHY) == 400  # once is enough


def test_the_hold_goes_on_after_the_answer(held: tuple[Centre, TestClient]) -> None:
    centre, client = held
    assert send(client, PAGE, account="B3", frozen="49800") == 303
    assert send(client, STAYS, why=WHY) == 303
    for page in ("holds", f"holds/{NUMBER}", "appeals", "returns", "log"):
        assert client.get(f"/case/S2/{page}").status_code == 200, page
    assert send(client, PAGE, account="B3", frozen="") == 303  # they may appeal once more
    assert waiting(centre) == [49_800_00]
    ranked = rank_open(RerankRequest(casebook=centre.folder / CASEBOOK_FILE, hold_at=LATER), LATER)
    assert ranked.held == 1
    assert send(client, f"/case/S2/holds/{NUMBER}", state="released", note="proof came") == 303
    assert waiting(centre) == []


def test_excess_is_never_upheld(held: tuple[Centre, TestClient]) -> None:
    centre, client = held
    until = "2024-11-14T14:30"
    frozen = {"state": "frozen", "amount": "93300", "expires_at": until}
    assert send(client, f"/case/S2/holds/{NUMBER}", **frozen) == 303
    assert send(client, PAGE, account="B3", frozen="93300") == 303
    assert waiting(centre) == [43_500_00]
    assert STAYS not in client.get(PAGE).text
    assert send(client, STAYS, why=WHY) == 400
    assert waiting(centre) == [43_500_00]
