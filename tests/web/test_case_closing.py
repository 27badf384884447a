"""Closing a case from its page: with a reason, never over held money, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web.case_stories import add_case, story
from tests.web.workbench import csrf, signed_in, workbench

from fanzha.model.payment import Account
from fanzha.money.holds import hold_id

AT = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)
PAGE, BACK = "/case/S2/closing", "/case/S2/closing/back"
HOLD = f"/case/S2/holds/{hold_id(Account('B2', 'CNY'))}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with workbench(tmp_path / "centre", AT) as (centre, app):
        add_case(centre, "S2", story(), AT)
        yield signed_in(centre, app, "analyst", AT)


def send(client: TestClient, path: str, **said: str) -> tuple[int, str]:
    token = csrf(client.get(PAGE).text)
    answer = client.post(path, data={"csrf": token, **said})
    return answer.status_code, answer.text


def test_a_reason_is_asked_for_and_shown(client: TestClient) -> None:
    assert send(client, PAGE, why="  ")[0] == 400
    assert send(client, PAGE, why="all <b>gone</b>")[0] == 303
    page = client.get(PAGE).text
    assert "all &lt;b&gt;gone&lt;/b&gt;" in page
    assert "Closed by analyst" in page
    assert "/case/S2/" not in client.get("/queue?kind=money").text
    assert "Closed" in client.get("/case").text
    assert send(client, PAGE, why="again")[0] == 409
    assert send(client, BACK)[0] == 303
    assert "/case/S2/" in client.get("/queue?kind=money").text
    assert send(client, BACK)[0] == 409


def test_held_money_keeps_it_open_and_says_what_to_do(client: TestClient) -> None:
    for state in ("fields_ok", "sent", "ack", "active"):
        assert send(client, HOLD, state=state, basis="ATFL art. 20")[0] == 303
    status, page = send(client, PAGE, why="enough")
    assert status == 409
    assert "Release or return it first" in page
