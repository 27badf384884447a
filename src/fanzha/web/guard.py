"""What holds for every request: headers, sizes, and where a form may come from."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fanzha.model.catalogue import say

MIB = 1024 * 1024
LARGEST_FORM = MIB  # a page that takes files says its own limit in BODY_LIMITS
API = "/v1/"
SAFE = ("GET", "HEAD", "OPTIONS")
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
PRIVATE = {"cache-control": "no-store"}
HSTS = "max-age=31536000"
_ELSEWHERE = ("cross-site", "same-site")


class Guard:
    """Refuses what is too large or comes from another site's page, and puts headers on the rest."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limits = dict(limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refuse(scope)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _dress(MutableHeaders(scope=message), scope)
            await send(message)

        await (refused or self._app)(scope, receive, sent)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if scope["method"] == "POST" and not length.isdigit():
            return problem(411, "length_required")
        if length.isdigit() and int(length) > self._limit(scope["path"]):
            if scope["path"].startswith(API):
                return problem(413, "body_too_large")
            return PlainTextResponse(say("web.too_large", "en"), 413)
        if scope["method"] not in SAFE and not scope["path"].startswith(API) and foreign(headers):
            return PlainTextResponse(say("web.foreign_form", "en"), 403)
        return None

    def _limit(self, path: str) -> int:
        fitting = [prefix for prefix in self._limits if path.startswith(prefix)]
        return self._limits[max(fitting, key=len)] if fitting else LARGEST_FORM


def foreign(headers: Headers) -> bool:
    """Whether a browser says that another site's page sent this.

    `Sec-Fetch-Site` cannot be set by a page; `Origin` speaks for older browsers. A program that
    sends neither carries no cookie of somebody else.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _ELSEWHERE
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def problem(status: int, code: str, **values: object) -> JSONResponse:
    """A refusal for a program."""
    body = {"code": code, "text": say(f"check.{code}", "en", **values)}
    return JSONResponse(body, status_code=status)


def _dress(headers: MutableHeaders, scope: Scope) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if not scope["path"].startswith("/static/"):
        for name, value in PRIVATE.items():
            headers.setdefault(name, value)
    if scope["scheme"] == "https":
        headers.setdefault("strict-transport-security", HSTS)
