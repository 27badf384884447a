"""One's own account: password, phone, browsers, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import say
from fanzha.people.secrets import totp_uri
from fanzha.services.centre import Centre
from fanzha.web.devices import device_name
from fanzha.web.pages.signin import told
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, at_most, needs, now, set_session, text

router = APIRouter()
Mine = Annotated[Member, needs("account.own")]
Enrolling = Annotated[Member, needs("account.own", stages=("enrol", "full"))]
MOST_DAYS = 365


@router.get("/v1/me")
def me(who: Mine) -> dict[str, Any]:
    """Whose token or session this is, and what it may do."""
    return {"login": who.login, "permissions": sorted(who.permissions)}


@router.get("/account")
def account(request: Request, who: Mine, centre: Here) -> Response:
    """Everything about oneself."""
    return _page(request, who, centre)


@router.post("/account/password", dependencies=[at_most("10/minute")])
def password(request: Request, who: Mine, centre: Here, form: Posted) -> Response:
    """A new password for the old one; other browsers are signed out."""
    users = centre.people.users
    try:
        if not users.password_is(who.user, text(form, "old")):
            raise UsageError("signin_wrong")
        if text(form, "password") != text(form, "again"):
            problem = say("web_signin.passwords_differ", lang_of(request))
            return _page(request, who, centre, 400, problems={"again": problem})
        users.set_password(who.user.user_id, text(form, "password"))
    except FanzhaError as error:
        field = "old" if error.code == "signin_wrong" else "password"
        return _page(request, who, centre, 400, problems={field: told(request, centre, error)})
    keep = who.session.digest if who.session else ""
    centre.people.sessions.end_all(who.user.user_id, but=keep)
    return back("/account", said="web_signin.account_password_kept")


@router.get("/account/phone")
def phone(request: Request, who: Enrolling, centre: Here) -> Response:
    """A fresh secret to photograph, and recovery codes to keep."""
    secret, codes = centre.people.users.start_totp(who.user.user_id)
    return _phone(request, who, centre, secret, codes)


@router.post("/account/phone", dependencies=[at_most("10/minute")])
def keep_phone(request: Request, who: Enrolling, centre: Here, form: Posted) -> Response:
    """Keep the phone once it shows the right code."""
    secret, codes = text(form, "secret", 64), text(form, "codes", 400).split()
    try:
        if not text(form, "kept"):
            problems = {"kept": say("web_signin.phone_keep_first", lang_of(request))}
            return _phone(request, who, centre, secret, codes, problems)
        code = text(form, "code", 40)
        done = centre.people.users.keep_totp(who.user.user_id, secret, codes, code, now(request))
        if not done:
            raise UsageError("code_wrong")
    except UsageError as error:
        problems = {"code": told(request, centre, error)}
        return _phone(request, who, centre, secret, codes, problems)
    answer = back("/account", said="web_signin.phone_on")
    if who.session is not None:
        fresh = centre.people.sessions.advance(who.session, "full", now(request))
        set_session(request, answer, fresh)
    return answer


@router.post("/account/sessions/end")
def end_session(who: Mine, centre: Here, form: Posted) -> Response:
    """Sign out one of one's other browsers."""
    wanted = text(form, "session", 64)
    if wanted in {s.digest for s in centre.people.sessions.of(who.user.user_id)}:
        centre.people.sessions.end(wanted)
    return back("/account", said="web_signin.session_ended")


@router.post("/account/tokens")
def make_token(request: Request, who: Mine, centre: Here, form: Posted) -> Response:
    """A token for a program, shown on this page and never again."""
    scopes = [str(s) for s in form.getlist("scopes") if str(s) in who.permissions]
    days = text(form, "days", 5)
    life = timedelta(days=min(int(days), MOST_DAYS) if days.isdecimal() and days.isascii() else 90)
    try:
        secret = centre.people.tokens.make(
            who.user.user_id, text(form, "label", 80), scopes, now(request), life
        )
    except UsageError as error:
        field = "label" if error.code == "name_missing" else "scopes"
        return _page(request, who, centre, 400, problems={field: told(request, centre, error)})
    return _page(request, who, centre, new_token=secret)


@router.post("/account/tokens/revoke")
def revoke_token(request: Request, who: Mine, centre: Here, form: Posted) -> Response:
    """Make one of one's tokens void."""
    wanted = text(form, "token", 12)
    mine = {str(t.token_id): t for t in centre.people.tokens.all()}
    if wanted in mine and mine[wanted].user_id == who.user.user_id:
        centre.people.tokens.revoke(int(wanted), now(request))
    return back("/account", said="web_signin.token_revoked")


def _page(
    request: Request, who: Member, centre: Centre, status: int = 200, **values: Any
) -> Response:
    tokens = [t for t in centre.people.tokens.all() if t.user_id == who.user.user_id]
    sessions = centre.people.sessions.of(who.user.user_id)
    values = {"problems": {}, "new_token": "", "device": device_name, **values}
    return render(
        request, "account.html", status, who=who, sessions=sessions, tokens=tokens, **values
    )


def _phone(
    request: Request,
    who: Member,
    centre: Centre,
    secret: str,
    codes: list[str],
    problems: dict[str, str] | None = None,
) -> Response:
    picture = segno.make(totp_uri(secret, who.login, centre.name), error="m", micro=False)
    values = {"secret": secret, "codes": codes, "problems": problems or {}}
    return render(
        request,
        "phone.html",
        400 if problems else 200,
        picture=Markup(picture.svg_inline(scale=5, border=3, svgclass="qr", lineclass="")),
        **values,
    )
