"""A case: where the money is, method by method, the evidence, and everything anyone did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.casebook import Record
from fanzha.casebook.record import load_action
from fanzha.errors import NothingUsable
from fanzha.intake.report import Report
from fanzha.model.catalogue import Lang, has
from fanzha.model.chain import Action
from fanzha.model.payment import Refusal
from fanzha.present import case_view
from fanzha.present.case_page import case_timeline
from fanzha.present.money_json import refusal_text
from fanzha.present.page import asset
from fanzha.present.report_view import report_json
from fanzha.present.words import gap_text, major
from fanzha.services.centre import Centre
from fanzha.services.queue import list_cases
from fanzha.services.result import CaseResult
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, hidden_cases, needs, now, public, saw, text

router = APIRouter()
NAV = (Nav(name="cases", path="/case", permission="case.read", order=20, key="g c"),)
SHOWN = 500  # cases of a list, refusals of a table
MOST_NOTE = 4000  # characters
NOTE = "note"

Reader = Annotated[Member, needs("case.read")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case as far as it can be shown: worked through, or only what callers said."""

    case_id: str
    result: CaseResult | None
    reports: tuple[Report, ...]

    def values(self) -> dict[str, Any]:
        """What every page of the case shows."""
        return {
            "case_id": self.case_id,
            "r": self.result,
            "reports": self.reports,
            "v": case_view,
            "amount": major,
            "has": has,
        }


def open_case(request: Request, centre: Centre, case_id: str) -> Opened:
    """The case now; a case without payments has its reports."""
    try:
        result = centre.cases.open(case_id, now(request))
    except NothingUsable:
        return Opened(case_id=case_id, result=None, reports=centre.cases.reports(case_id))
    return Opened(case_id=case_id, result=result, reports=result.reports)


@router.get("/look/flow.css", dependencies=[public()])
def flow_look() -> Response:
    """The looks of the drawing of money flow, which the case report has inside."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(asset("flow.css"), media_type="text/css", headers=headers)


@router.get("/case")
def cases(request: Request, who: Reader, centre: Here) -> Response:
    """Every case, the newest report first."""
    found = list_cases(centre.casebook, now(request), hidden_cases(request, who))
    shown = found[:SHOWN]
    saw(request, who, [line.case_id for line in shown])
    return render(request, "cases.html", lines=shown, left_out=len(found) - len(shown))


@router.get("/case/{case_id}")
def case(request: Request, case_id: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """At a glance: the numbers, the thefts, the clock, what is missing, what was said."""
    lang, opened = lang_of(request), open_case(request, centre, case_id)
    result = opened.result
    return render(
        request,
        "case.html",
        **opened.values(),
        tab="",
        timeline=case_timeline(result) if result else "",
        holders=case_view.names(result) if result else {},
        gaps=[(gap, gap_text(gap, lang)) for gap in result.gaps] if result else [],
        forms=[report_json(report, lang) for report in opened.reports],
    )


@router.get("/case/{case_id}/table")
def table(request: Request, case_id: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """Every account under every method, side by side."""
    opened = open_case(request, centre, case_id)
    holders = case_view.names(opened.result) if opened.result else {}
    return render(request, "case_table.html", **opened.values(), tab="table", holders=holders)


@router.get("/case/{case_id}/evidence")
def evidence(request: Request, case_id: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """The files with their hashes, and the rows that were refused with what to do about them."""
    opened, lang = open_case(request, centre, case_id), lang_of(request)
    refused = case_view.all_refusals(opened.result) if opened.result else []
    return render(
        request,
        "case_evidence.html",
        **opened.values(),
        tab="evidence",
        facts=centre.casebook.case(case_id).facts,
        shapes={s.record: s for s in opened.result.sources} if opened.result else {},
        checkpoint=centre.casebook.checkpoint(),
        refused=[_refused(refusal, lang) for refusal in refused[:SHOWN]],
        left_out=max(0, len(refused) - SHOWN),
    )


@router.get("/case/{case_id}/log")
def log(request: Request, case_id: str, who: Reader, centre: Here) -> Response:  # noqa: ARG001 guards
    """Everything that came in, was found and was decided, newest first, and the notes."""
    return _log(request, centre, case_id)


@router.post("/case/{case_id}/note")
def note(
    request: Request,
    case_id: str,
    who: Annotated[Member, needs("case.note")],
    centre: Here,
    form: Posted,
) -> Response:
    """A note of a person, kept for good."""
    said = text(form, NOTE, MOST_NOTE)
    if not said:
        return _log(request, centre, case_id, {NOTE: "web_case.note_empty"})
    at = now(request)
    centre.casebook.append(
        case_id,
        [Action(kind=NOTE, on=case_id, who=who.login, at=at, legal_basis="", note=said)],
        at,
    )
    return back(f"/case/{case_id}/log", "web_case.note_kept")


def _log(
    request: Request, centre: Centre, case_id: str, problems: Mapping[str, str] | None = None
) -> Response:
    contents = centre.casebook.contents(case_id)
    runs = groupby(reversed(contents), key=lambda c: _run(c[0]))
    lines = [_line(*next(run), 1 + sum(1 for _ in run)) for _, run in runs]
    return render(
        request,
        "case_log.html",
        400 if problems else 200,
        **open_case(request, centre, case_id).values(),
        tab="log",
        lines=lines,
        problems=problems or {},
    )


def _run(record: Record) -> tuple[object, ...]:
    """What is shown as one line: findings of a kind that were recorded together."""
    together = record.type == "finding"
    return record.type, record.kind, record.recorded_at, 0 if together else record.seq


def _line(record: Record, payload: bytes | None, count: int) -> dict[str, Any]:
    """A record with what its action says."""
    done = load_action(payload) if record.type == "action" and payload is not None else None
    return {"record": record, "done": done, "erased": payload is None, "count": count}


def _refused(refusal: Refusal, lang: Lang) -> dict[str, Any]:
    return {
        "refusal": refusal,
        "why": refusal_text("refusal", refusal, lang),
        "remedy": refusal_text("remedy", refusal, lang),
    }
