"""`POST /v1/check`: the same answers as the command line, bounded, and nothing kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.journeys.test_check import KEYS, S6

from fanzha.web.api import MAX_BODY_BYTES, MAX_TEXT_CHARS, NDJSON
from fanzha.web.app import make_app


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_app()) as opened:
        yield opened


@pytest.mark.parametrize("message", S6, ids=lambda m: m["id"])
def test_s6_one_by_one(client: TestClient, message: dict[str, str]) -> None:
    answer = client.post("/v1/check", json={"text": message["text"]})
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() >= KEYS
    assert body["level"] == message["level"]


def test_s6_as_a_batch(client: TestClient) -> None:
    lines = [json.dumps({"id": m["id"], "text": m["text"]}) for m in S6]
    lines.insert(3, "nonsense")
    answer = client.post("/v1/check", content="\n".join(lines), headers={"content-type": NDJSON})
    assert answer.headers["content-type"].startswith(NDJSON)
    answers = [json.loads(line) for line in answer.text.splitlines()]
    bad = answers.pop(3)
    assert (bad["id"], bad["error"]["code"]) == (None, "bad_line")
    assert [(a["id"], a["level"]) for a in answers] == [(m["id"], m["level"]) for m in S6]


def test_what_is_too_large_or_asks_wrongly_is_refused(client: TestClient) -> None:
    long = client.post("/v1/check", json={"text": "机密" * MAX_TEXT_CHARS})
    assert (long.status_code, long.json()["code"]) == (422, "question_unreadable")
    assert "机密" not in long.text
    assert client.post("/v1/check", content=b"[").status_code == 422
    big = client.post("/v1/check", content=b"x" * (MAX_BODY_BYTES + 1))
    assert (big.status_code, big.json()["code"]) == (413, "body_too_large")
    wrong = client.post("/v1/check", json={"text": "hi", "country": "atlantis"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "country_unknown")
    assert client.post("/v1/check", json={"text": "hi", "store": True}).status_code == 422
    assert client.get("/v1/check").status_code == 405


def test_nothing_of_a_message_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "fanzha")
    with TestClient(make_app()) as client:
        client.post("/v1/check", json={"text": S6[10]["text"]})
    said = [r.getMessage() for r in caplog.records if r.name.startswith("fanzha")]
    assert said == ["answered {'high': 1}"]


def test_the_openapi_describes_question_and_answer(client: TestClient) -> None:
    said = client.get("/openapi.json").json()
    post = said["paths"]["/v1/check"]["post"]
    assert set(post["requestBody"]["content"]) == {"application/json", NDJSON}
    assert set(said["components"]["schemas"]["Answer"]["required"]) == KEYS
