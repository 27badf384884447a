"""Signing in and out: password, then the phone's code; the first start; invitations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import LANGS, explain, say
from fanzha.people import Link, User, roles
from fanzha.services.centre import Centre
from fanzha.services.oidc_file import Provider
from fanzha.web.render import (
    LANG_COOKIE,
    THEME_COOKIE,
    THEMES,
    back,
    lang_of,
    render,
    safe_path,
)
from fanzha.web.rights import (
    Here,
    Member,
    Posted,
    Refused,
    address,
    at_most,
    drop_session,
    member_of,
    needs,
    now,
    public,
    set_session,
    text,
)

router = APIRouter()
ATTEMPTS = "30/minute"  # of signing in from one office; an account's own lockout is stricter
YEAR = 365 * 24 * 3600
INVITED = ("join", "reset")


@router.get("/", dependencies=[public()])
def start(request: Request) -> Response:
    """The first page that this visitor may open: the workbench, or the public check."""
    member = member_of(request)
    if member is None:
        return RedirectResponse("/check", status_code=303)
    mine = [entry.path for entry in request.app.state.nav if member.may(entry.permission)]
    return RedirectResponse(mine[0] if mine else "/account", status_code=303)


@router.post("/look", dependencies=[public()])
def look(form: Posted) -> Response:
    """Choose language or theme, kept in the visitor's own browser."""
    onward = RedirectResponse(safe_path(text(form, "next")), status_code=303)
    for name, known in ((LANG_COOKIE, LANGS), (THEME_COOKIE, THEMES)):
        value = text(form, name)
        if value in known:
            onward.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax")
    return onward


@router.get("/signin", dependencies=[public()])
def signin(request: Request, next: str = "/") -> Response:
    """The form."""
    return _form(request, safe_path(next))


@router.post("/signin", dependencies=[public(ATTEMPTS)])
def try_signin(request: Request, centre: Here, form: Posted) -> Response:
    """Check user name and password; the phone's code comes next, or the enrolment of one."""
    onward, login = safe_path(text(form, "next")), text(form, "login", 80)
    try:
        user = centre.people.users.try_password(login, text(form, "password"), now(request))
    except UsageError as error:
        said = {"": told(request, centre, error)}
        return _form(request, onward, 400, login=login, problems=said)
    return enter(request, centre, user, onward)


@router.get("/signin/code")
def ask_code(
    request: Request,
    who: Annotated[Member, needs("account.own", stages=("code",))],  # noqa: ARG001 guards
    next: str = "/",
) -> Response:
    """The second step."""
    return render(request, "code.html", onward=safe_path(next), problems={})


@router.post("/signin/code", dependencies=[at_most(ATTEMPTS)])
def try_code(
    request: Request,
    who: Annotated[Member, needs("account.own", stages=("code",))],
    centre: Here,
    form: Posted,
) -> Response:
    """Check the code; a new session takes the place of the half one."""
    onward = safe_path(text(form, "next"))
    try:
        centre.people.users.try_code(who.user.user_id, text(form, "code", 40), now(request))
    except UsageError as error:
        said = {"code": told(request, centre, error)}
        return render(request, "code.html", 400, onward=onward, problems=said)
    assert who.session is not None  # the stage is a session's
    answer = RedirectResponse(onward, status_code=303)
    set_session(request, answer, centre.people.sessions.advance(who.session, "full", now(request)))
    return answer


@router.post("/signout")
def signout(
    request: Request,
    who: Annotated[Member, needs("account.own", stages=("full", "code", "enrol"))],
    centre: Here,
) -> Response:
    """End this session, here and on the server."""
    if who.session is not None:
        centre.people.sessions.end(who.session.digest)
    answer = RedirectResponse("/signin", status_code=303)
    drop_session(request, answer)
    return answer


@router.get("/first/{secret}", dependencies=[public("20/minute")])
def first(request: Request, secret: str, centre: Here) -> Response:
    """The first start: the administrator makes their account."""
    _link(request, centre, secret, ("first",))
    return _first(request)


@router.post("/first/{secret}", dependencies=[public(ATTEMPTS)])
def make_first(request: Request, secret: str, centre: Here, form: Posted) -> Response:
    """Make the administrator. The link ends with it."""
    link = _link(request, centre, secret, ("first",))
    also = [code for code in form.getlist("roles") if code in roles()]
    wanted = ["administrator", *(str(code) for code in also if code != "administrator")]
    users = centre.people.users
    try:
        _same(form)
        fit(text(form, "password"), text(form, "login", 80))
        if not centre.people.links.end(link.link_id, now(request)):
            raise Refused(404, "page_missing")
        user = users.add(text(form, "login", 80), text(form, "name", 80), wanted, now(request))
        users.set_password(user.user_id, text(form, "password"))
    except FanzhaError as error:
        return _first(request, 400, form=form, problems=_named(request, centre, error))
    return enter(request, centre, users.by_id(user.user_id), "/")


@router.get("/join/{secret}", dependencies=[public("20/minute")])
def join(request: Request, secret: str, centre: Here) -> Response:
    """An invitation, or a password forgotten: set a password."""
    user = _invited(request, centre, secret)[1]
    return render(request, "join.html", user=user, problems={})


@router.post("/join/{secret}", dependencies=[public(ATTEMPTS)])
def set_password(request: Request, secret: str, centre: Here, form: Posted) -> Response:
    """Keep the password; the link and every session of before end."""
    link, user = _invited(request, centre, secret)
    try:
        _same(form)
        centre.people.users.set_password(user.user_id, text(form, "password"))
    except UsageError as error:
        said = _named(request, centre, error)
        return render(request, "join.html", 400, user=user, problems=said)
    centre.people.links.end(link.link_id, now(request))
    centre.people.sessions.end_all(user.user_id)
    return back("/signin")


def enter(
    request: Request, centre: Centre, user: User, onward: str, sure: bool = False
) -> Response:
    """Start the session of somebody who is who they say; `sure`: a provider asked for all steps."""
    stage = "full"
    if not sure and user.has_totp:
        stage = "code"
    elif not sure and centre.needs_phone:
        stage = "enrol"
    if stage != "code":
        centre.people.users.signed_in(user.user_id)
    old = member_of(request)
    if old is not None and old.session is not None:
        centre.people.sessions.end(old.session.digest)
    device = request.headers.get("user-agent", "")
    secret = centre.people.sessions.start(
        user.user_id, stage, now(request), address(request), device
    )
    half = {"full": onward, "code": "/signin/code", "enrol": "/account/phone"}[stage]
    answer = back(half, next=onward) if stage == "code" else back(half)
    set_session(request, answer, secret)
    return answer


def told(request: Request, centre: Centre, error: FanzhaError) -> str:
    """What went wrong, with instants on the centre's clock."""
    values = dict(error.values)
    if "until" in values:
        values["until"] = f"{values['until'].astimezone(centre.tz):%H:%M:%S}"  # type: ignore[attr-defined]
    return explain(UsageError(error.code, **values), lang_of(request))


def fit(password: str, login: str) -> None:
    """Refuse a password before anything is made for it."""
    from fanzha.people.secrets import hash_password

    hash_password(password, login)


def _form(request: Request, onward: str, status: int = 200, **values: Any) -> Response:
    values = {"login": "", "problems": {}, **values}
    provider: Provider | None = request.app.state.oidc
    name = provider.name if provider else ""
    return render(request, "signin.html", status, onward=onward, provider=name, **values)


def _first(request: Request, status: int = 200, **values: Any) -> Response:
    values = {"form": {}, "problems": {}, **values}
    others = [code for code in roles() if code != "administrator"]
    return render(request, "first.html", status, others=others, **values)


def _link(request: Request, centre: Centre, secret: str, kinds: tuple[str, ...]) -> Link:
    link = centre.people.links.find(secret, kinds, now(request))
    if link is None:
        raise Refused(404, "link_over")
    return link


def _invited(request: Request, centre: Centre, secret: str) -> tuple[Link, User]:
    link = _link(request, centre, secret, INVITED)
    return link, centre.people.users.by_id(link.about["user_id"])


def _same(form: FormData) -> None:
    if text(form, "password") != text(form, "again"):
        raise UsageError("passwords_differ")


_FIELDS = {"login_unfit": "login", "login_taken": "login", "name_missing": "name"}


def _named(request: Request, centre: Centre, error: FanzhaError) -> dict[str, str]:
    """The sentence, at the field that it is about."""
    field = _FIELDS.get(error.code, "password")
    if error.code == "passwords_differ":
        return {"again": say("web_signin.passwords_differ", lang_of(request))}
    return {field: told(request, centre, error)}
