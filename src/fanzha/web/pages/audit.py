"""Who saw this person's data? The access log, asked by case, by person or by member of staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.services.centre import cases_about
from fanzha.web.render import Nav, render
from fanzha.web.rights import Here, Member, needs

router = APIRouter()
NAV = (Nav(name="audit", path="/audit", permission="audit.read", order=80, key="g l"),)
MOST_ASKED = 120


@router.get("/audit")
def audit(
    request: Request,
    who: Annotated[Member, needs("audit.read")],  # noqa: ARG001 guards
    centre: Here,
    q: str = "",
) -> Response:
    """Visits to the cases in which the words stand, or by the member of staff of that name."""
    asked = q.strip()[:MOST_ASKED]
    access = centre.people.access
    cases: list[str] = []
    if not asked:
        rows = access.log()
    elif centre.people.users.by_login(asked):
        rows = access.log(who=asked.lower())
    else:
        cases = cases_about(centre, asked)
        rows = access.log(cases)
    return render(request, "audit.html", q=asked, rows=rows, cases=cases)
