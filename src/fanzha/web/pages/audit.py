"""Who saw this person's data? The access log, asked by case, by person or by member of staff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.model.catalogue import Lang, has, say
from fanzha.people.access import MOST_ROWS, Seen
from fanzha.services.centre import cases_about
from fanzha.web.paged import Turned
from fanzha.web.render import Nav, lang_of, render
from fanzha.web.rights import Here, Member, needs

router = APIRouter()
NAV = (Nav(name="audit", path="/audit", permission="audit.read", order=80, key="g l"),)
MOST_ASKED = 120
PLACES = {"case": "cases", "report": "measures", "restricted": "admin"}  # of the bar, by address


@dataclass(frozen=True, slots=True)
class Visit:
    """One page that somebody opened, and the cases that it showed them."""

    at: datetime
    who: str
    what: str
    cases: Sequence[str]


@router.get("/audit")
def audit(
    request: Request,
    who: Annotated[Member, needs("audit.read")],  # noqa: ARG001 guards
    centre: Here,
    q: str = "",
    page: Turned = 1,
) -> Response:
    """Visits to the cases in which the words stand, or by the member of staff of that name."""
    asked, lang = q.strip()[:MOST_ASKED], lang_of(request)
    access, skip = centre.people.access, (page - 1) * MOST_ROWS
    cases: list[str] = []
    if not asked:
        rows = access.log(skip=skip)
    elif centre.people.users.by_login(asked):
        rows = access.log(who=asked.lower(), skip=skip)
    else:
        cases = cases_about(centre, asked)
        rows = access.log(cases, skip=skip)
    return render(
        request,
        "audit.html",
        q=asked,
        visits=list(visits(rows)),
        page=page,
        more=len(rows) == MOST_ROWS,
        cases=cases,
        place=lambda what: place(what, lang),
    )


def visits(rows: Sequence[Seen]) -> Iterator[Visit]:
    """The log's rows, those of one page at one instant together."""
    for (at, who, what), seen in groupby(rows, key=lambda row: (row.at, row.who, row.what)):
        yield Visit(at, who, what, [row.case_id for row in seen])


@cache
def place(what: str, lang: Lang) -> str:
    """A page as the bar and the tabs call it; as the log has it where they do not.

    >>> place("GET /case/{case_id}/flow", "en"), place("POST /calls/{case_id}/{call_id}", "en")
    ('Cases: Money flow', 'Call-backs, form sent')
    >>> place("GET /elsewhere", "en")
    'GET /elsewhere'
    """
    method, _, path = what.partition(" ")
    steps = [step for step in path.split("/") if step and not step.startswith("{")] or [""]
    key = f"web.nav_{PLACES.get(steps[0], steps[0])}"
    if not has(key):
        return what
    tab = f"web_case.tab_{steps[1]}" if steps[0] == "case" and len(steps) > 1 else ""
    named = say(key, lang) + (f"{say('web_admin.colon', lang)}{say(tab, lang)}" if has(tab) else "")
    return named if method == "GET" else say("web_admin.form_sent", lang, page=named)
