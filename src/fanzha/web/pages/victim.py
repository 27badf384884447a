"""A victim's own page, and the staff's page on which such links are given and revoked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.errors import FanzhaError
from fanzha.model.catalogue import say
from fanzha.services.centre import Centre
from fanzha.services.recorded_money import recorded_money
from fanzha.services.restitution.victim_page import (
    FATES,
    MOST_DAYS,
    LinkRequest,
    make_victim_link,
    victim_links,
    victim_page,
)
from fanzha.web.pages.signin import told
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, needs, now, public, text

router = APIRouter()
Giver = Annotated[Member, needs("victim_page.make")]
DEFAULT_DAYS = 30
BAR = 1000  # units of the drawing's width


@router.get("/v/{secret}", dependencies=[public("20/minute")])
def own(request: Request, secret: str, centre: Here) -> Response:
    """What became of one victim's money."""
    page = victim_page(centre, secret, now(request))
    if page is None:
        raise Refused(404, "link_over")
    totals = [(fate, page.total(fate)) for fate in FATES]
    answer = render(request, "victim.html", page=page, totals=totals, bar=_bar(totals))
    answer.headers["x-robots-tag"] = "noindex"
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


@router.get("/case/{case_id}/victims")
def links(request: Request, case_id: str, who: Giver, centre: Here) -> Response:  # noqa: ARG001 guards
    """The links that victims of this case have."""
    return _links(request, centre, case_id)


@router.post("/case/{case_id}/victims")
def give(request: Request, case_id: str, who: Giver, centre: Here, form: Posted) -> Response:
    """A new link, shown once."""
    days = text(form, "days", 5)
    asked = LinkRequest(
        case_id=case_id,
        theft_id=text(form, "theft", 200),
        who=who.login,
        basis=text(form, "basis", 500),
        days=int(days) if days.isdecimal() and days.isascii() else 0,
        now=now(request),
    )
    try:
        secret = make_victim_link(centre, asked)
    except FanzhaError as error:
        fields = {"victim_days": "days", "basis_missing": "basis"}
        problems = {fields.get(error.code, "theft"): told(request, centre, error)}
        return _links(request, centre, case_id, 400, problems=problems)
    return _links(request, centre, case_id, link=str(request.url_for("own", secret=secret)))


@router.post("/case/{case_id}/victims/end")
def end(request: Request, case_id: str, who: Giver, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Revoke a link at once."""
    wanted = text(form, "link", 12)
    for link in victim_links(centre, case_id):
        if str(link.link_id) == wanted:
            centre.people.links.end(link.link_id, now(request))
    return back(f"/case/{case_id}/victims", said="web_victim.ended")


def _links(
    request: Request, centre: Centre, case_id: str, status: int = 200, **values: Any
) -> Response:
    values = {"problems": {}, "link": "", **values}
    thefts = recorded_money(centre.casebook, case_id, centre.tz.key).thefts
    return render(
        request,
        "victims.html",
        status,
        case_id=case_id,
        thefts=thefts,
        links=victim_links(centre, case_id),
        days=DEFAULT_DAYS,
        most=MOST_DAYS,
        basis=say("web_victim.basis_usual", lang_of(request)),
        **values,
    )


def _bar(totals: list[tuple[str, int]]) -> list[tuple[str, float, float]]:
    """Where each part of the drawing begins and how wide it is."""
    whole = sum(amount for _, amount in totals)
    found, at = [], 0.0
    for fate, amount in totals:
        if amount:
            width = BAR * amount / whole
            found.append((fate, round(at, 2), round(width, 2)))
            at += width
    return found
