"""A centre with one person of every role, and browsers that are signed in, for tests of pages."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from fanzha.people import roles
from fanzha.services.centre import Centre, open_centre
from fanzha.web.app import make_app

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
PASSWORD = "correct horse battery"


@contextmanager
def workbench(folder: Path, at: datetime | None = NOW) -> Iterator[tuple[Centre, FastAPI]]:
    """A centre with a user for each role, named like the role, and its application.

    The clock stands at `at`; None lets it run. Users have no password: use `signed_in`.
    """
    with open_centre(folder) as centre:
        for code in roles():
            centre.people.users.add(code, code.title(), [code], at or datetime.now(UTC))
        app = make_app(centre)
        if at is not None:
            app.state.clock = lambda: at
        yield centre, app


def session_of(centre: Centre, login: str, at: datetime | None = NOW, stage: str = "full") -> str:
    """The secret of a fresh session, to be put into the cookie `fanzha`."""
    user = centre.people.users.by_login(login)
    assert user is not None
    return centre.people.sessions.start(user.user_id, stage, at or datetime.now(UTC))


def signed_in(centre: Centre, app: FastAPI, login: str, at: datetime | None = NOW) -> TestClient:
    """A client in which that user is signed in; it follows no redirects."""
    cookies = {"fanzha": session_of(centre, login, at)}
    return TestClient(app, cookies=cookies, follow_redirects=False)


def csrf(page: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own, for a browser; gives its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
