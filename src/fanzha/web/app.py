"""The application: every page under `pages/`, the JSON API, and what holds for all of them."""

from __future__ import annotations

import logging
import pkgutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from fanzha import __version__
from fanzha.errors import CasebookError, FanzhaError, NotAllowed, UnknownRecord
from fanzha.model.catalogue import Lang, explain, has, say
from fanzha.services.centre import Centre
from fanzha.services.oidc_file import read_provider
from fanzha.web import api, pages, watch
from fanzha.web.guard import API, Guard
from fanzha.web.render import compile_pages, lang_of, render
from fanzha.web.rights import Refused, SignInFirst, new_limiter, utc_now

_STATUS = ((UnknownRecord, 404), (NotAllowed, 409), (CasebookError, 503))
log = logging.getLogger("fanzha.web")
STATIC = Path(__file__).parent / "static"
# Pages that are made at once. More of them only slow each other: they share one interpreter.
THREADS = 8
ONWARD = {"full": "/", "code": "/signin/code", "enrol": "/account/phone", "": "/signin"}


def make_app(centre: Centre | None = None, lang: Lang = "en") -> FastAPI:
    """The whole application over a centre; without one, only the check that keeps nothing."""
    app = FastAPI(
        title="Fanzha",
        version=__version__,
        description="Whether a text asks for what scams ask for, and the words that say so.",
        lifespan=_counted,
        docs_url=None,
        redoc_url=None,
    )
    found = list(_pages())
    app.state.centre = centre
    app.state.lang = lang
    app.state.oidc = read_provider(centre.folder) if centre else None
    app.state.clock = utc_now
    app.state.limiter = new_limiter()
    app.state.levels = Counter()
    app.state.nav = sorted(
        (entry for page in found for entry in getattr(page, "NAV", ())), key=lambda n: n.order
    )
    limits = {"/v1/check": api.MAX_BODY_BYTES, "/v1/watch": watch.MAX_BODY_BYTES}
    for page in found:
        limits |= getattr(page, "BODY_LIMITS", {})
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)
    app.add_middleware(Guard, limits=limits)
    routers = [api.router, watch.router, *(page.router for page in found)]
    app.state.routes = [route for router in routers for route in router.routes]
    for router in routers:
        app.include_router(router)
    app.mount("/static", _Cached(directory=STATIC), name="static")
    return app


def _pages() -> Iterator[ModuleType]:
    """Every module of `pages/`: a `router`, and perhaps NAV and BODY_LIMITS."""
    for found in pkgutil.iter_modules(pages.__path__):
        yield import_module(f"{pages.__name__}.{found.name}")


@asynccontextmanager
async def _counted(app: FastAPI) -> AsyncIterator[None]:
    Thread(target=compile_pages, daemon=True).start()  # who comes in that second waits no longer
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield
    log.info("answered %s", dict(app.state.levels))


class _Cached(StaticFiles):
    """Files whose address changes with their content."""

    def file_response(self, *arguments: Any, **more: Any) -> Response:
        response = super().file_response(*arguments, **more)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


async def _sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInFirst)
    if request.url.path.startswith(API):
        text = say("web.token_missing", "en")
        return JSONResponse({"code": "token_missing", "text": text}, status_code=401)
    target = ONWARD[error.stage]
    if not error.stage and request.method == "GET":
        onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target += f"?next={quote(onward, safe='')}"
    return RedirectResponse(target, status_code=303)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _problem(request, error.status, f"web.{error.code}", error.code, error.values)


async def _explained(request: Request, error: Exception) -> Response:
    assert isinstance(error, FanzhaError)
    if request.url.path.startswith(API):
        body = {"code": error.code, "text": explain(error)}
        return JSONResponse(body, status_code=400)
    if not (text := explain(error, lang_of(request))):
        raise error  # no fault of the visitor's: the server's log has it
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 400)
    if error.code == "people_unusable":
        status = 503
    return _page(request, status, text, error.code)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(API):
        body = {"detail": error.detail}
        return JSONResponse(body, status_code=error.status_code, headers=error.headers)
    code = "page_missing" if error.status_code in (404, 405) else "not_understood"
    answer = _problem(request, error.status_code, f"web.{code}", code, {})
    answer.headers.update(error.headers or {})
    return answer


async def _unread(request: Request, error: Exception) -> Response:
    """A query or path that no page understands."""
    assert isinstance(error, RequestValidationError)
    return _problem(request, 422, "web.not_understood", "not_understood", {})


async def _our_fault(request: Request, _: Exception) -> Response:
    return _problem(request, 500, "web.broken", "broken", {})


def _problem(
    request: Request, status: int, key: str, code: str, values: dict[str, object]
) -> Response:
    assert has(key)
    if request.url.path.startswith(API):
        return JSONResponse({"code": code, "text": say(key, "en", **values)}, status_code=status)
    return _page(request, status, say(key, lang_of(request), **values), code)


def _page(request: Request, status: int, text: str, code: str) -> Response:
    """The page of a problem; plain words where the problem is that people.db cannot be read."""
    try:
        return render(request, "problem.html", status, text=text, code=code)
    except FanzhaError:
        return PlainTextResponse(text, status)


_ANSWERS: dict[type[Exception], Any] = {
    SignInFirst: _sign_in,
    Refused: _refused,
    FanzhaError: _explained,
    HTTPException: _http,
    RequestValidationError: _unread,
    Exception: _our_fault,
}
