"""Signing in through the organisation's OpenID Connect provider."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from fanzha.errors import UsageError
from fanzha.services.oidc_file import Provider
from fanzha.web.pages.signin import ATTEMPTS, enter
from fanzha.web.render import safe_path
from fanzha.web.rights import Here, Refused, now, public

router = APIRouter()
COOKIE, WAY = "fanzha_way", timedelta(minutes=10)


@router.get("/signin/provider", dependencies=[public(ATTEMPTS)])
def leave(request: Request, centre: Here, next: str = "/") -> Response:
    """Send the browser to the provider; what must come back is kept here, under a cookie."""
    from fanzha.services.oidc import begin  # a centre without a provider never loads it

    try:
        begun = begin(_provider(request), _redirect(request))
    except UsageError as failed:
        raise Refused(502, "oidc_failed") from failed
    about = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier}
    about["next"] = safe_path(next)
    secret = centre.people.links.make("way", about, "signin", now(request), WAY)
    answer = RedirectResponse(begun.url, status_code=303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(WAY.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
        path="/signin",
    )
    return answer


@router.get("/signin/back", dependencies=[public(ATTEMPTS)])
def come_back(request: Request, centre: Here, code: str = "", state: str = "") -> Response:
    """Sign in whoever the provider confirms, if an administrator entered their address."""
    from fanzha.services.oidc import Begun, finish

    way = centre.people.links.find(request.cookies.get(COOKIE, ""), ("way",), now(request))
    if way is None or not centre.people.links.end(way.link_id, now(request)):
        raise Refused(403, "oidc_failed")
    said = way.about
    begun = Begun(url="", state=said["state"], nonce=said["nonce"], verifier=said["verifier"])
    try:
        found = finish(_provider(request), begun, code, state, _redirect(request))
    except UsageError as failed:
        raise Refused(403, "oidc_failed") from failed
    user = centre.people.users.by_subject(found.subject, found.email)
    if user is None:
        raise Refused(403, "oidc_unknown")
    answer = enter(request, centre, user, str(said["next"]), sure=True)
    answer.delete_cookie(COOKIE, path="/signin")
    return answer


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.oidc
    if provider is None:
        raise Refused(404, "page_missing")
    return provider


def _redirect(request: Request) -> str:
    return str(request.url_for("come_back"))
