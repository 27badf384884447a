"""The first start, invitations, and signing in with a phone, as a browser does them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.workbench import NOW, PASSWORD, csrf, signed_in, workbench

from fanzha.people.secrets import STEP_SECONDS, totp_code
from fanzha.services.centre import Centre, first_link, open_centre
from fanzha.web.app import make_app

STEP = int(NOW.timestamp()) // STEP_SECONDS


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Centre, FastAPI]]:
    with open_centre(tmp_path / "centre") as centre:
        app = make_app(centre)
        app.state.clock = lambda: NOW
        yield centre, app


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path) as found:
        yield found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def enrol(client: TestClient, step: int = STEP) -> str:
    """Add the phone that the page offers; gives its secret."""
    page = client.get("/account/phone").text
    secret = hidden(page, "secret")
    sent = {
        "csrf": csrf(page),
        "secret": secret,
        "codes": hidden(page, "codes"),
        "kept": "yes",
        "code": totp_code(secret, step),
    }
    assert client.post("/account/phone", data=sent).headers["location"].startswith("/account?")
    return secret


def test_the_first_start_makes_one_administrator_once(empty: tuple[Centre, FastAPI]) -> None:
    centre, app = empty
    stale, secret = first_link(centre, NOW), first_link(centre, NOW)
    client = TestClient(app, follow_redirects=False)
    assert client.get(f"/first/{stale}").status_code == 404
    assert client.get("/first/guessed").status_code == 404
    said = {"login": "li.na", "name": "Li Na", "password": PASSWORD, "again": PASSWORD}
    page = client.post(f"/first/{secret}", data={**said, "again": "another password"})
    assert (page.status_code, "passwords differ" in page.text) == (400, True)
    assert centre.people.users.all() == []
    made = client.post(f"/first/{secret}", data={**said, "roles": ["analyst", "administrator"]})
    assert made.headers["location"] == "/account/phone"
    (user,) = centre.people.users.all()
    assert user.roles == ("administrator", "analyst")
    assert client.get(f"/first/{secret}").status_code == 404
    assert first_link(centre, NOW) is None
    assert client.get("/account").headers["location"] == "/account/phone"  # the phone comes first
    enrol(client)
    assert client.get("/account").status_code == 200


def test_signing_in_takes_password_and_phone_and_rotates_the_session(
    opened: tuple[Centre, FastAPI],
) -> None:
    centre, app = opened
    user = centre.people.users.by_login("analyst")
    assert user is not None
    centre.people.users.set_password(user.user_id, PASSWORD)
    secret = enrol(signed_in(centre, app, "analyst"), STEP)
    client = TestClient(app, follow_redirects=False)
    wrong = client.post("/signin", data={"login": "analyst", "password": "wrong", "next": "/x"})
    assert (wrong.status_code, "analyst" in wrong.text) == (400, True)
    half = client.post("/signin", data={"login": "analyst", "password": PASSWORD, "next": "/x"})
    assert half.headers["location"] == "/signin/code?next=%2Fx"
    before = client.cookies["fanzha"]
    page = client.get(half.headers["location"]).text
    sent = {"csrf": csrf(page), "next": "/x", "code": totp_code(secret, STEP)}
    assert client.post("/signin/code", data=sent).status_code == 400  # used when it was added
    sent["code"] = totp_code(secret, STEP + 1)
    assert client.post("/signin/code", data=sent).headers["location"] == "/x"
    assert client.cookies["fanzha"] != before
    assert centre.people.sessions.find(before, NOW) is None
    sent = {"csrf": csrf(client.get("/account").text)}
    assert client.post("/signout", data=sent).headers["location"] == "/signin"
    assert client.get("/account").headers["location"] == "/signin?next=%2Faccount"


def test_an_invitation_sets_a_password_and_ends(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    boss = signed_in(centre, app, "administrator")
    sent = {"csrf": csrf(boss.get("/admin").text), "login": "wu", "name": "Wu", "roles": "auditor"}
    link = re.search(
        r"http://testserver(/join/\S+)</pre>", boss.post("/admin/people", data=sent).text
    )
    assert link is not None
    client = TestClient(app, follow_redirects=False)
    assert "wu" in client.get(link[1]).text
    said = {"password": PASSWORD, "again": PASSWORD}
    weak = client.post(link[1], data={"password": "short", "again": "short"})
    assert (weak.status_code, "at least 12" in weak.text) == (400, True)
    assert client.post(link[1], data=said).headers["location"] == "/signin"
    assert client.post(link[1], data=said).status_code == 404
    went = client.post("/signin", data={"login": "wu", "password": PASSWORD})
    assert went.headers["location"] == "/account/phone"


def test_a_new_password_signs_every_other_browser_out(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    user = centre.people.users.by_login("analyst")
    assert user is not None
    centre.people.users.set_password(user.user_id, PASSWORD)
    here, there = (signed_in(centre, app, "analyst") for _ in range(2))
    sent = {"csrf": csrf(here.get("/account").text), "password": "a" * 4, "again": "a" * 4}
    assert here.post("/account/password", data={**sent, "old": "wrong"}).status_code == 400
    assert here.post("/account/password", data={**sent, "old": PASSWORD}).status_code == 400
    new = "another long password"
    sent |= {"old": PASSWORD, "password": new, "again": new}
    assert here.post("/account/password", data=sent).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def test_a_token_is_shown_once_and_only_for_what_one_may(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    client = signed_in(centre, app, "auditor")
    sent = {"csrf": csrf(client.get("/account").text), "label": "nightly", "days": "9999"}
    assert (
        client.post("/account/tokens", data={**sent, "scopes": "people.manage"}).status_code == 400
    )
    page = client.post("/account/tokens", data={**sent, "scopes": "audit.read"}).text
    secret = re.search(r"<pre>(fz_\S+)</pre>", page)
    assert secret is not None
    assert secret[1] not in client.get("/account").text
    (token,) = centre.people.tokens.all()
    assert token.expires_at == NOW + timedelta(days=365)
    bearer = {"authorization": f"Bearer {secret[1]}"}
    other = signed_in(centre, app, "analyst")
    theirs = {"csrf": csrf(other.get("/account").text), "token": "1"}
    other.post("/account/tokens/revoke", data=theirs)
    assert TestClient(app).get("/audit", headers=bearer).status_code == 200
    client.post("/account/tokens/revoke", data={**sent, "token": "1"})
    assert TestClient(app, follow_redirects=False).get("/audit", headers=bearer).status_code == 303


def test_an_administrator_helps_who_lost_a_phone(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    lost = signed_in(centre, app, "operator")
    enrol(lost)
    user = centre.people.users.by_login("operator")
    assert user is not None
    boss = signed_in(centre, app, "administrator")
    page = f"/admin/people/{user.user_id}"
    sent = {"csrf": csrf(boss.get(page).text)}
    assert boss.post(f"{page}/phone", data=sent).status_code == 303
    assert lost.get("/account").status_code == 303
    assert not centre.people.users.by_id(user.user_id).has_totp
    assert boss.post(page, data={**sent, "roles": ["operator", "auditor"]}).status_code == 303
    assert centre.people.users.by_id(user.user_id).roles == ("operator", "auditor")
    assert boss.post(page, data={**sent, "roles": ["nobody"]}).status_code == 400
    assert "/join/" in boss.post(f"{page}/reset", data=sent).text
    boss_page = boss.post("/admin/people/6/closed", data={**sent, "closed": "yes"})
    assert (boss_page.status_code, "last administrator" in boss_page.text) == (400, True)
    assert boss.get("/admin/people/999").status_code == 404
