"""Who may open what: every route by every role, and every way in that must stay shut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.routes import address, routes
from tests.web.workbench import NOW, csrf, session_of, signed_in, workbench

from fanzha.model.chain import Fact
from fanzha.people import roles
from fanzha.services.centre import Centre
from fanzha.web.app import make_app
from fanzha.web.guard import HEADERS

MATRIX: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "matrix.yaml").read_text())
ALL = [f"{method} {path}" for method, path, _ in routes(make_app())]
EVERYBODY = "public"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path_factory.mktemp("centre")) as found:
        yield found


@pytest.fixture(scope="module")
def centre(opened: tuple[Centre, FastAPI]) -> Centre:
    return opened[0]


@pytest.fixture(scope="module")
def app(opened: tuple[Centre, FastAPI]) -> FastAPI:
    return opened[1]


def test_every_route_stands_in_the_matrix_and_none_besides() -> None:
    assert sorted(ALL) == sorted(MATRIX)


@pytest.mark.parametrize("route", ALL)
def test_the_matrix_says_who_may(route: str, app: FastAPI) -> None:
    method, path = route.split(" ")
    found = {(m, p): named for m, p, named in routes(app)}[method, path]
    (permission,) = found
    if MATRIX[route] == [EVERYBODY]:
        assert permission == EVERYBODY
    else:
        assert [r for r in roles() if permission in roles()[r]] == MATRIX[route]


def test_who_may_not_is_turned_away_at_every_route(centre: Centre, app: FastAPI) -> None:
    """Really asked, with the session's own token, so that nothing but the permission says no."""
    tried = 0
    for role in roles():
        client = signed_in(centre, app, role)
        token = csrf(client.get("/account").text)
        for route in MATRIX:
            if role not in MATRIX[route] and MATRIX[route] != [EVERYBODY]:
                method, path = route.split(" ")
                answer = client.request(method, address(path), headers={"x-csrf-token": token})
                assert answer.status_code in (403, 411), f"{role} {route} {answer.status_code}"
                tried += 1
    assert tried > 50


def test_who_is_nobody_is_asked_to_sign_in_everywhere(app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    for route in MATRIX:
        if MATRIX[route] != [EVERYBODY]:
            method, path = route.split(" ")
            answer = client.request(method, address(path), data={"x": "y"})
            if path.startswith("/v1/"):
                assert answer.status_code == 401, route
            else:
                assert answer.status_code == 303, route
                assert answer.headers["location"].startswith("/signin"), route


def test_half_a_sign_in_opens_nothing(centre: Centre, app: FastAPI) -> None:
    for stage, target in (("code", "/signin/code"), ("enrol", "/account/phone")):
        cookies = {"fanzha": session_of(centre, "analyst", NOW, stage)}
        client = TestClient(app, cookies=cookies, follow_redirects=False)
        for route in MATRIX:
            method, path = route.split(" ")
            own = path in ("/signin/code", "/account/phone", "/signout") or path.startswith("/v1/")
            if "analyst" in MATRIX[route] and not own:
                answer = client.request(method, address(path), data={"x": "y"})
                assert answer.headers["location"] == target, route


def test_a_change_needs_the_sessions_own_token(centre: Centre, app: FastAPI) -> None:
    client = signed_in(centre, app, "administrator")
    other = csrf(signed_in(centre, app, "administrator").get("/account").text)
    for sent in ({}, {"csrf": ""}, {"csrf": other}):
        answer = client.post("/admin/settings", data=sent)
        assert answer.status_code == 403
    token = csrf(client.get("/account").text)
    taken = {"csrf": token, "name": "Bay", "country": "hk", "tz": "Asia/Hong_Kong"}
    answer = client.post("/admin/settings", data=taken)
    assert (answer.status_code, centre.name, centre.country) == (303, "Bay", "hk")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
def test_a_form_of_another_site_changes_nothing(app: FastAPI, headers: dict[str, str]) -> None:
    client = TestClient(app, follow_redirects=False)
    for path in ("/signin", "/look", "/check", "/check/send"):
        assert client.post(path, data={"x": "y"}, headers=headers).status_code == 403
    own = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
    assert client.post("/look", data={"lang": "zh-Hans"}, headers=own).status_code == 303


def test_every_answer_has_the_headers(app: FastAPI) -> None:
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/check", "/signin", "/nothing", "/static/fanzha.css", "/v1/me", "/openapi.json"):
        found = client.get(path).headers
        assert {name: found[name] for name in HEADERS} == HEADERS, path
    assert "inline" not in HEADERS["content-security-policy"]
    secure = TestClient(app, base_url="https://testserver").get("/check").headers
    assert secure["strict-transport-security"]
    assert client.get("/check").headers["cache-control"] == "no-store"


def test_the_cookie_is_hard_to_steal(centre: Centre, app: FastAPI) -> None:
    user = centre.people.users.by_login("operator")
    assert user is not None
    centre.people.preferences.set("second_step", "optional")
    centre.people.users.set_password(user.user_id, "correct horse battery")
    said = {"login": "operator", "password": "correct horse battery"}
    for base, name in (("http://testserver", "fanzha"), ("https://testserver", "__Host-fanzha")):
        client = TestClient(app, base_url=base, follow_redirects=False)
        cookie = client.post("/signin", data=said).headers["set-cookie"]
        assert cookie.startswith(f"{name}=")
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert ("Secure" in cookie) == base.startswith("https")


def test_a_page_never_sends_a_visitor_to_another_site(app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    for onward in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"):
        answer = client.post("/look", data={"theme": "dark", "next": onward})
        assert answer.headers["location"] == "/"
    assert "theme=dark" in answer.headers["set-cookie"]


def test_a_token_opens_its_scopes_and_no_more(centre: Centre, app: FastAPI) -> None:
    user = centre.people.users.by_login("auditor")
    assert user is not None
    day = timedelta(days=1)
    scopes = ["account.own", "people.manage"]  # the second is not the auditor's to give
    secret = centre.people.tokens.make(user.user_id, "t", scopes, NOW, day)
    client = TestClient(app, headers={"authorization": f"Bearer {secret}"}, follow_redirects=False)
    assert client.get("/v1/me").json() == {"login": "auditor", "permissions": ["account.own"]}
    assert client.get("/audit").status_code == 403
    assert client.get("/admin").status_code == 403
    wrong = TestClient(app, headers={"authorization": "Bearer fz_wrong"})
    assert wrong.get("/v1/me").json()["code"] == "token_missing"


def test_a_restricted_case_is_not_there_and_every_visit_is_written_down(
    centre: Centre, app: FastAPI
) -> None:
    fact = Fact(kind="report", source="r.txt", received_at=NOW, payload="陈志强 转账".encode())
    centre.casebook.append("SECRET-1", [fact], NOW)
    named = centre.people.users.by_login("investigator")
    assert named is not None
    other = centre.people.users.add("second", "Second", ["investigator"], NOW)
    boss = signed_in(centre, app, "administrator")
    sent = {"csrf": csrf(boss.get("/restricted").text), "case": "SECRET-1"}
    assert boss.post("/restricted", data={**sent, "users": [other.user_id]}).status_code == 303
    client = signed_in(centre, app, "investigator")
    assert client.get("/case/SECRET-1/victims").status_code == 404
    assert "SECRET-1" not in client.get("/restricted").text
    assert signed_in(centre, app, "second").get("/case/SECRET-1/victims").status_code == 400
    page = signed_in(centre, app, "auditor").get("/audit", params={"q": "陈志强"}).text
    assert "second" in page
    assert "GET /case/{case_id}/victims" in page
    assert "investigator" not in page  # was shown nothing


def test_too_many_attempts_from_one_address_are_refused(centre: Centre) -> None:
    client = TestClient(make_app(centre))
    statuses = [client.post("/first/guess", data={"login": "x"}).status_code for _ in range(32)]
    assert statuses == [404] * 30 + [429] * 2
    client = TestClient(make_app(centre))
    for path in ("/signin", "/join/guess"):  # the same limit
        assert client.post(path, data={"login": "nobody"}).status_code in (400, 404)


def test_a_file_that_cannot_be_read_is_said_in_plain_words(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        client = signed_in(centre, app, "analyst")
        with centre.people.store.write() as connection:
            connection.exec_driver_sql("ALTER TABLE sessions RENAME TO gone")
        answer = client.get("/account", headers={"accept-language": "en"})
        assert answer.status_code == 503
        assert "file of users" in answer.text


def test_without_a_centre_only_the_check_answers() -> None:
    client = TestClient(make_app(), follow_redirects=False)
    assert client.get("/check").status_code == 200
    assert client.post("/v1/check", json={"text": "hi"}).status_code == 200
    assert client.post("/check/send", data={"text": "x"}).status_code == 404
    assert client.get("/account").status_code == 303
