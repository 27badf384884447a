"""Closing a case that has nothing left to ask a bank for, and opening it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.services.closing import close_case, closing, reopen_case
from fanzha.services.contents import Contents
from fanzha.web.pages.case import MOST_NOTE, open_case
from fanzha.web.render import back, render
from fanzha.web.rights import Here, Member, Posted, needs, now, text

router = APIRouter()
WHY = "why"
Closer = Annotated[Member, needs("case.close")]


@router.get("/case/{case_id}/closing")
def asked(request: Request, case_id: str, who: Closer, centre: Here) -> Response:  # noqa: ARG001 guards
    """What closing means, and the reason to give; for a closed case, who closed it and why."""
    return _page(request, centre, case_id)


@router.post("/case/{case_id}/closing")
def close(request: Request, case_id: str, who: Closer, centre: Here, form: Posted) -> Response:
    """Close the case, with a reason."""
    why = text(form, WHY, MOST_NOTE)
    if not why:
        return _page(request, centre, case_id, "web_case.close_why_missing")
    close_case(centre.casebook, case_id, why, who.login, now(request))
    return back(f"/case/{case_id}/closing", "web_case.closed_said")


@router.post("/case/{case_id}/closing/back")
def reopen(request: Request, case_id: str, who: Closer, centre: Here) -> Response:
    """Open it again."""
    reopen_case(centre.casebook, case_id, who.login, now(request))
    return back(f"/case/{case_id}/closing", "web_case.reopened_said")


def _page(request: Request, centre: Here, case_id: str, problem: str = "") -> Response:
    found = closing(Contents(centre.casebook, case_id))
    return render(
        request,
        "case_closing.html",
        400 if problem else 200,
        **open_case(request, centre, case_id).values(),
        tab="closing",
        done=found[1] if found else None,
        problem=problem,
    )
