"""Who is asking and whether they may: every route names the permission it needs, or `public`."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import Response

from fanzha.errors import UsageError
from fanzha.people import Session, User
from fanzha.services.centre import Centre
from fanzha.web.guard import SAFE

FIELD = "csrf"
HEADER = "x-csrf-token"
FULL = ("full",)


class SignInFirst(Exception):
    """Nobody is signed in here, or only half-way (`stage` says how far)."""

    def __init__(self, stage: str = "") -> None:
        super().__init__(stage)
        self.stage = stage


class Refused(Exception):
    """The answer is no: `status` 403 (not yours), 404 (not there), 429 (too often)."""

    def __init__(self, status: int, code: str, /, **values: object) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code  # a key of the catalogue under `web.`
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who is asking: somebody of the staff in a browser, or a program with their token."""

    user: User
    permissions: frozenset[str]
    session: Session | None = field(default=None, repr=False)

    @property
    def login(self) -> str:
        """The name in actions and in the access log."""
        return self.user.login

    def may(self, permission: str) -> bool:
        """Whether a page may offer this."""
        return permission in self.permissions


class Needs:
    """The dependency behind `needs(…)`; the tested matrix reads `permission` off each route."""

    def __init__(self, permission: str, stages: tuple[str, ...] = FULL) -> None:
        self.permission = permission
        self._stages = stages

    async def __call__(self, request: Request) -> Member:
        """The member who asks; otherwise a sign-in page, or a refusal.

        Where the path names a `case_id`, a case that is kept from this member is not there, and
        the access log has the visit before the page is made.
        """
        member = await run_in_threadpool(self._admit, request)
        if request.method not in SAFE and member.session is not None:
            await _own_form(request, member.session)
        request.state.member = member
        return member

    def _admit(self, request: Request) -> Member:
        member = member_of(request)
        if member is None:
            raise SignInFirst
        if member.session is not None and member.session.stage not in self._stages:
            raise SignInFirst(member.session.stage)
        if self.permission not in member.permissions:
            raise Refused(403, "not_yours")
        case_id = request.path_params.get("case_id")
        if case_id is not None:
            if str(case_id) in hidden_cases(request, member):
                raise Refused(404, "page_missing")
            saw(request, member, [str(case_id)])
        return member


def needs(permission: str, stages: tuple[str, ...] = FULL) -> Any:
    """Mark a route: `who: Annotated[Member, needs("case.read")]`."""
    return Depends(Needs(permission, stages))


class Public:
    """The dependency behind `public(…)`: anybody may ask, though not without end."""

    permission = "public"

    def __init__(self, limit: str = "") -> None:
        self._limit = limit

    async def __call__(self, request: Request) -> None:
        """Count the request where the route has a limit."""
        if self._limit:
            limited(request, request.url.path.split("/")[1], self._limit)


def public(limit: str = "") -> Any:
    """Mark a route as open: `dependencies=[public("30/minute")]`, per address and first segment."""
    return Depends(Public(limit))


def at_most(limit: str) -> Any:
    """Limit a route for staff too: `dependencies=[at_most("10/minute")]`."""

    async def count(request: Request) -> None:
        limited(request, request.url.path.split("/")[1], limit)

    return Depends(count)


async def opened(request: Request) -> Centre:
    """What `Here` gives a page."""
    return here(request)


def here(request: Request) -> Centre:
    """The centre whose pages these are; without one only `/check` and `/v1/check` answer."""
    centre: Centre | None = request.app.state.centre
    if centre is None:
        raise Refused(404, "page_missing")
    return centre


async def posted(request: Request) -> AsyncIterator[FormData]:
    """The form that was sent. Declare it after `needs`, so that strangers' bodies stay unread."""
    async with request.form() as form:
        yield form


Here = Annotated[Centre, Depends(opened)]
Posted = Annotated[FormData, Depends(posted)]


def now(request: Request) -> datetime:
    """The instant, by the clock of this application."""
    instant: datetime = request.app.state.clock()
    return instant


def utc_now() -> datetime:
    """The clock unless a test sets another."""
    return datetime.now(UTC)


def member_of(request: Request) -> Member | None:
    """Who is asking, whether or not that suffices; looked up once for each request."""
    if not hasattr(request.state, "asked"):
        request.state.asked = _look_up(request)
    found: Member | None = request.state.asked
    return found


def hidden_cases(request: Request, member: Member) -> frozenset[str]:
    """The cases that lists and searches must leave out for this member."""
    return here(request).people.access.hidden(member.user.user_id)


def saw(request: Request, member: Member, case_ids: Iterable[str]) -> None:
    """Write into the access log that this page shows these cases. Lists and searches call it."""
    what = f"{request.method} {getattr(request.scope.get('route'), 'path', request.url.path)}"
    here(request).people.access.saw(member.login, what, case_ids, now(request))


def limited(request: Request, what: str, limit: str) -> None:
    """Refuse with 429 what comes too often from one address (`limit` as in `10/minute`)."""
    limiter: MovingWindowRateLimiter = request.app.state.limiter
    if not limiter.hit(parse(limit), what, address(request)):
        raise Refused(429, "too_often")


def new_limiter() -> MovingWindowRateLimiter:
    """Counts in memory: a restart forgets them, lockouts of accounts are kept in people.db."""
    return MovingWindowRateLimiter(MemoryStorage())


def address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def cookie_name(request: Request) -> str:
    """The session's cookie; over https under a name that no neighbour domain can set."""
    return "__Host-fanzha" if request.url.scheme == "https" else "fanzha"


def set_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        cookie_name(request),
        secret,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
        path="/",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request), secure=secure, httponly=True, samesite="lax")


def _look_up(request: Request) -> Member | None:
    centre: Centre | None = request.app.state.centre
    if centre is None:
        return None
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return _by_token(centre, secret.strip(), now(request))
    cookie = request.cookies.get(cookie_name(request))
    session = centre.people.sessions.find(cookie, now(request)) if cookie else None
    if session is None:
        return None
    user = centre.people.users.by_id(session.user_id)
    return None if user.closed else Member(user=user, permissions=user.permissions, session=session)


def _by_token(centre: Centre, secret: str, at: datetime) -> Member | None:
    token = centre.people.tokens.find(secret, at)
    if token is None:
        return None
    user = centre.people.users.by_id(token.user_id)
    allowed = user.permissions & frozenset(token.scopes)
    return None if user.closed else Member(user=user, permissions=allowed)


async def _own_form(request: Request, session: Session) -> None:
    """A change asked through a session must carry the session's own token."""
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = str((await request.form()).get(FIELD, ""))
    if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise Refused(403, "form_stale")


def text(form: FormData, name: str, most: int = 2000) -> str:
    """A field of a form as text; `UsageError` where it is longer than anybody writes."""
    said = form.get(name, "")
    value = said if isinstance(said, str) else ""
    if len(value) > most:
        raise UsageError("field_too_long", field=name, most=most)
    return value.strip()
