"""Signing in through a provider: a real one, run here, honest at first and then lying."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient
from tests.web.provider import CLIENT, SECRET, Provider, running

from fanzha.errors import UsageError
from fanzha.services.centre import Centre, open_centre
from fanzha.services.oidc_file import read_provider
from fanzha.web.app import make_app
from fanzha.web.rights import utc_now

HONEST = {"email": "li@centre.example", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def centre(tmp_path: Path, provider: Provider) -> Iterator[Centre]:
    provider.claims, provider.signs_with = dict(HONEST), None
    said = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "Org"}
    (tmp_path / "oidc.json").write_text(json.dumps(said))
    with open_centre(tmp_path) as opened:
        opened.people.users.add("li", "Li", ["analyst"], utc_now(), "li@centre.example")
        yield opened


def go(centre: Centre, **changed: str) -> Any:
    """A browser's way to the provider and back; `changed` replaces what it brings back."""
    client = TestClient(make_app(centre), follow_redirects=False)
    assert "Org" in client.get("/signin").text
    away = client.get("/signin/provider?next=/account")
    assert away.status_code == 303
    home = httpx2.URL(httpx2.get(away.headers["location"]).headers["location"])
    back = client.get("/signin/back", params={**home.params, **changed})
    return client, back


def test_whom_an_administrator_entered_comes_in_without_another_step(centre: Centre) -> None:
    client, back = go(centre)
    assert (back.status_code, back.headers["location"]) == (303, "/account")
    assert client.get("/v1/me").json()["login"] == "li"


def test_the_subject_is_bound_at_the_first_time(centre: Centre, provider: Provider) -> None:
    go(centre)
    provider.claims = {**HONEST, "email": "changed@centre.example"}
    assert go(centre)[1].status_code == 303
    provider.claims = {**HONEST, "sub": "somebody-else"}
    assert go(centre)[1].status_code == 403


@pytest.mark.parametrize(
    "lie",
    [
        {"email": "other@centre.example"},
        {"email_verified": False},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "old"},
        {"exp": 1},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_a_lie_does_not_come_in(centre: Centre, provider: Provider, lie: dict[str, Any]) -> None:
    provider.claims = {**HONEST, **lie}
    client, back = go(centre)
    assert back.status_code == 403
    assert client.get("/v1/me").status_code == 401


def test_a_forged_signature_does_not_come_in(centre: Centre, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k"})
    assert go(centre)[1].status_code == 403


def test_a_state_of_another_or_a_code_used_twice_does_not_come_in(centre: Centre) -> None:
    assert go(centre, state="stolen")[1].status_code == 403
    client, _ = go(centre)
    client.cookies.clear()
    assert client.get("/signin/back?code=x&state=y").status_code == 403


@pytest.mark.parametrize("text", ["{", "{}", '{"issuer": "http://far.example", "client_id": "a"}'])
def test_a_file_that_does_not_say_it_all_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "oidc.json").write_text(text)
    with pytest.raises(UsageError) as refused:
        read_provider(tmp_path)
    assert refused.value.code == "oidc_unreadable"
