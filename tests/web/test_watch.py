"""`POST /v1/watch`: the answers of the command line, over the centre's one watch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.services.test_centre_watch import CASE, TOWN, lay_case
from tests.services.watching import line
from tests.web.workbench import NOW, csrf, signed_in, workbench

from fanzha.web.watch import NDJSON, RESTRICTED

DAY = timedelta(days=1)


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[TestClient]:
    with workbench(tmp_path) as (centre, app):
        lay_case(centre)
        user = centre.people.users.by_login("analyst")
        assert user is not None
        secret = centre.people.tokens.make(user.user_id, "bank", ["watch.read"], NOW, DAY)
        client = TestClient(app, headers={"authorization": f"Bearer {secret}"})
        yield client


def post(to: TestClient, lines: list[bytes]) -> list[dict[str, Any]]:
    answer = to.post("/v1/watch", content=b"\n".join(lines), headers={"content-type": NDJSON})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(NDJSON)
    return [json.loads(said) for said in answer.text.splitlines()]


def test_requests_go_on_where_the_last_one_ended(sender: TestClient) -> None:
    said = [line(p) for p in TOWN.payments]
    answers = post(sender, said[:150]) + post(sender, []) + post(sender, said[150:])
    assert [a["row"] for a in answers] == list(range(1, len(said) + 1))
    found = {
        a["row"]: {t["theft_id"]: t["amount"] for t in a["traced"]} for a in answers if a["traced"]
    }
    assert found == {
        row: {f"{CASE}/{theft}": amount for theft, amount in parts.items()}
        for row, parts in TOWN.carried("fifo").items()
    }


def test_rows_sent_again_move_nothing_and_bad_ones_are_refused(sender: TestClient) -> None:
    said = [line(p, row=n) for n, p in enumerate(TOWN.payments[:50], 1)]
    first = post(sender, said[:30])
    assert post(sender, said[:30]) == []
    answers = first + post(sender, [*said[20:], b"nonsense"])
    assert [a["row"] for a in answers] == list(range(1, 52))
    assert answers[-1]["error"]["code"] == "line_unreadable"


def test_who_may_not_know_a_case_is_not_told_its_name(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        lay_case(centre)
        other = centre.people.users.by_login("investigator")
        assert other is not None
        centre.people.access.restrict(CASE, [other.user_id])
        client = signed_in(centre, app, "analyst")
        client.headers["x-csrf-token"] = csrf(client.get("/account").text)
        answers = post(client, [line(p) for p in TOWN.payments])
        named = {t["theft_id"] for a in answers for t in a["traced"]}
        assert named == {RESTRICTED}
        assert CASE not in json.dumps(answers)
        assert CASE not in client.get("/watch").text
        assert CASE in signed_in(centre, app, "investigator").get("/watch").text
