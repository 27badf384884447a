"""Search across everything that the casebook holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from fanzha.present.search_view import cut, pieces
from fanzha.services.search import SearchRequest, search
from fanzha.services.search.terms import MAX_CHARS
from fanzha.web.render import Nav, render
from fanzha.web.rights import Here, Member, hidden_cases, needs, saw

router = APIRouter()
NAV = (Nav(name="search", path="/search", permission="search.read", order=60, key="g s"),)
LAST_PAGE = 100_000


@router.get("/search")
def ask(
    request: Request,
    who: Annotated[Member, needs("search.read")],
    centre: Here,
    q: str = "",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    """The cases in which all words stand; the access log has those that are shown."""
    asked = q.strip()[:MAX_CHARS]
    found = search(
        centre.casebook,
        SearchRequest(query=asked, tz=centre.tz, hidden=hidden_cases(request, who), page=page),
    )
    saw(request, who, [case.case_id for case in found.cases])
    return render(request, "search.html", q=asked, found=found, pieces=pieces, cut=cut)
