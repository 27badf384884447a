"""Lists of a large centre come a sheet at a time, and each says how to reach the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.web.workbench import NOW, csrf, signed_in, workbench

from fanzha.model.chain import Fact
from fanzha.services.centre import Centre

STAFF = 130
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, TestClient]]:
    with workbench(tmp_path_factory.mktemp("centre")) as (centre, app):
        people = centre.people
        for number in range(STAFF):
            user = people.users.add(f"li.{number:03}", "名" * 80, ["operator"], NOW)
            people.sessions.start(user.user_id, "full", NOW, "192.0.2.1", "Mozilla/5.0 Chrome/99")
            people.tokens.make(user.user_id, "x" * 80, ["case.read"], NOW, timedelta(days=9))
        cases = [f"CASE-{number:04}" for number in range(700)]
        for case_id in cases[:2]:
            centre.casebook.append(
                case_id, [Fact(kind="note", source="n", received_at=NOW, payload=b"n")], NOW
            )
        people.access.saw("li.001", "GET /case/{case_id}/flow", cases, NOW)
        people.access.saw("li.002", "POST /calls/{case_id}/{call_id}", cases[:1], NOW)
        yield centre, signed_in(centre, app, "administrator")


@pytest.mark.parametrize("path", ["/admin", "/admin/sessions", "/admin/tokens"])
def test_a_hundred_rows_and_the_rest_on_the_next_page(
    opened: tuple[Centre, TestClient], path: str
) -> None:
    first, second = (opened[1].get(f"{path}?page={page}").text for page in (1, 2))
    assert first.count("data-row") == 100
    assert 30 <= second.count("data-row") < 100
    assert "1 to 100 of 13" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert len(first) < MOST_BYTES


def test_staff_are_found_by_words_of_their_name(opened: tuple[Centre, TestClient]) -> None:
    client = opened[1]
    assert client.get("/admin?q=LI.12+名").text.count("data-row") == 10
    assert "Nobody is called that" in client.get("/admin?q=nobody").text


def test_a_browser_is_named_as_people_know_it(opened: tuple[Centre, TestClient]) -> None:
    page = opened[1].get("/admin/sessions").text
    assert ">Chrome 99<" in page


def test_where_many_work_those_who_may_see_a_case_are_named(
    opened: tuple[Centre, TestClient],
) -> None:
    centre, client = opened
    page = client.get("/restricted").text
    assert page.count('type="checkbox"') == 0
    sent = {"csrf": csrf(page), "case": "CASE-0000", "also": "li.001, LI.002"}
    wrong = client.post("/restricted", data={**sent, "also": "li.001 nobody"})
    assert (wrong.status_code, "nobody" in wrong.text) == (400, True)
    assert centre.people.access.restricted() == {}
    assert client.post("/restricted", data=sent).status_code == 303
    assert centre.people.access.restricted() == {"CASE-0000": ["li.001", "li.002"]}
    centre.people.access.restrict("CASE-0000", [])


def test_a_visit_is_one_row_with_the_page_s_own_name(opened: tuple[Centre, TestClient]) -> None:
    client = opened[1]
    newest, older = (client.get(f"/audit?page={page}").text for page in (1, 2))
    assert newest.count("data-row") == 2
    assert older.count("data-row") == 1
    assert ">Call-backs, form sent<" in newest
    assert ">Cases: Money flow<" in newest
    assert "and 491 more" in newest
    assert re.search(r'rel="next" href="/audit\?q=&amp;page=2"', newest)
    assert 'rel="next"' not in older
    assert len(newest) < MOST_BYTES
