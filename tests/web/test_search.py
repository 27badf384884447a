"""The search page: what it shows to whom, and that the access log knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from lxml import html
from starlette.testclient import TestClient
from tests.services.s12 import NOW, keep_story
from tests.web.workbench import signed_in, workbench

from fanzha.model.chain import Fact
from fanzha.services.centre import Centre


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path_factory.mktemp("centre"), NOW) as (centre, app):
        keep_story(centre.casebook)
        fact = Fact(
            kind="note", source="n.txt", received_at=NOW, media_type="text/plain",
            payload="<script>alert(1)</script> 林芳 \u202eabc".encode(),
        )  # fmt: skip
        centre.casebook.append("A-B?c=1", [fact], NOW)
        yield centre, app


@pytest.fixture(scope="module")
def client(opened: tuple[Centre, FastAPI]) -> TestClient:
    return signed_in(*opened, "operator", NOW)


def shown(client: TestClient, query: str) -> list[str]:
    page = html.fromstring(client.get("/search", params={"q": query}).text)
    return [link.text_content() for link in page.cssselect("article.hit h2 a")]


def test_cases_and_marked_words(client: TestClient) -> None:
    page = html.fromstring(client.get("/search?q=30万").text)
    assert [a.get("href") for a in page.cssselect("article.hit h2 a")] == ["/case/K1"]
    assert [m.text for m in page.cssselect("mark")] == ["300,000.00 CNY", "30万"]
    assert "amount" in page.cssselect(".understood")[0].text_content()


def test_without_a_question_it_says_how_to_ask(client: TestClient) -> None:
    page = client.get("/search").text
    assert "Names in any order" in page
    assert "<article" not in page


def test_foreign_text_cannot_disturb_the_page(client: TestClient) -> None:
    page = client.get("/search", params={"q": "alert"}).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "⟨U+202E⟩" in page
    assert 'href="/case/A-B%3Fc%3D1"' in page


def test_a_case_kept_from_somebody_is_not_found_by_them(
    opened: tuple[Centre, FastAPI], client: TestClient
) -> None:
    centre, _ = opened
    boss = centre.people.users.by_login("investigator")
    assert boss is not None
    assert "K2" in shown(client, "林芳")
    centre.people.access.restrict("K2", [boss.user_id])
    try:
        assert "K2" not in shown(client, "林芳")
        assert "K2" in shown(signed_in(*opened, "investigator", NOW), "林芳")
    finally:
        centre.people.access.restrict("K2", [])


def test_who_was_shown_what_is_written_down(
    opened: tuple[Centre, FastAPI], client: TestClient
) -> None:
    assert shown(client, "120万") == ["K4"]
    seen = opened[0].people.access.log(who="operator")
    assert "K4" in {row.case_id for row in seen}


@pytest.mark.parametrize("query", ["", " ", "((", '"', "\x00", "a" * 5_000, "%27;--", "林" * 300])
def test_any_question_is_answered(client: TestClient, query: str) -> None:
    assert client.get("/search", params={"q": query}).status_code == 200


def test_pages_are_numbers(client: TestClient) -> None:
    assert client.get("/search?q=林芳&page=99").status_code == 200
    for page in ("0", "-1", "x", "99999999999999999999"):
        assert client.get(f"/search?q=x&page={page}").status_code == 422
