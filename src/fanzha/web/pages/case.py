"""A case: where the money is, method by method, the evidence, and everything anyone did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from fanzha.casebook import Record
from fanzha.casebook.record import load_action
from fanzha.errors import NothingUsable
from fanzha.intake.report import Report
from fanzha.model.catalogue import Lang, has
from fanzha.model.chain import Action
from fanzha.model.payment import Refusal
from fanzha.model.vocabulary import vocabulary
from fanzha.present import case_view
from fanzha.present.case_page import case_timeline
from fanzha.present.money_json import refusal_text
from fanzha.present.page import asset
from fanzha.present.report_view import report_json
from fanzha.present.words import gap_text, major
from fanzha.services.centre import Centre
from fanzha.services.queue import is_closed, list_cases
from fanzha.services.result import CaseResult
from fanzha.web.paged import Turned, turned
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, hidden_cases, needs, now, public, saw, text

router = APIRouter()
NAV = (Nav(name="cases", path="/case", permission="case.read", order=20, key="g c"),)
LISTED = 100  # cases of a page
SHOWN = 200  # lines of one
THEFTS = 40  # of a page: each has several lines
GAPS = 12  # that are said at once; the others are folded
MOST_NOTE = 4000  # characters
NOTE = "note"

Reader = Annotated[Member, needs("case.read")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case as far as it can be shown: worked through, or only what callers said."""

    case_id: str
    result: CaseResult | None
    reports: tuple[Report, ...]
    closed: bool

    def values(self) -> dict[str, Any]:
        """What every page of the case shows."""
        return {
            "case_id": self.case_id,
            "r": self.result,
            "reports": self.reports,
            "closed": self.closed,
            "v": case_view,
            "amount": major,
            "has": has,
        }


def open_case(request: Request, centre: Centre, case_id: str) -> Opened:
    """The case now; a case without payments has its reports."""
    result = None
    try:
        result = centre.cases.open(case_id, now(request))
        reports = result.reports
    except NothingUsable:
        reports = centre.cases.reports(case_id)
    closed = is_closed(centre.casebook, case_id)
    return Opened(case_id=case_id, result=result, reports=reports, closed=closed)


@router.get("/look/flow.css", dependencies=[public()])
def flow_look() -> Response:
    """The looks of the drawing of money flow, which the case report has inside."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(asset("flow.css"), media_type="text/css", headers=headers)


@router.get("/case")
def cases(request: Request, who: Reader, centre: Here, page: Turned = 1) -> Response:
    """Every case, the newest report first."""
    found = list_cases(centre.casebook, now(request), hidden_cases(request, who))
    shown = turned(found, page, LISTED)
    saw(request, who, [line.case_id for line in shown.items])
    return render(request, "cases.html", shown=shown, states=tuple(vocabulary("hold_state")))


@router.get("/case/{case_id}")
def case(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """At a glance: the numbers, the thefts, the clock, what is missing, what was said."""
    lang, opened = lang_of(request), open_case(request, centre, case_id)
    result = opened.result
    return render(
        request,
        "case.html",
        **opened.values(),
        tab="",
        timeline=case_timeline(result) if result else "",
        thefts=turned(_theft_lines(result), page, THEFTS),
        gaps=[(gap, gap_text(gap, lang)) for gap in result.gaps] if result else [],
        most_gaps=GAPS,
        forms=[report_json(report, lang) for report in opened.reports],
    )


@router.get("/case/{case_id}/table")
def table(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """Every account under every method, side by side."""
    opened = open_case(request, centre, case_id)
    result = opened.result
    tables = case_view.side_by_side(result, case_view.names(result)) if result else []
    shown = turned(tables, page, THEFTS)
    return render(request, "case_table.html", **opened.values(), tab="table", tables=shown)


@router.get("/case/{case_id}/evidence")
def evidence(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """The files with their hashes, and the rows that were refused with what to do about them."""
    opened, lang = open_case(request, centre, case_id), lang_of(request)
    refused = turned(case_view.all_refusals(opened.result) if opened.result else [], page, SHOWN)
    return render(
        request,
        "case_evidence.html",
        **opened.values(),
        tab="evidence",
        facts=turned(centre.casebook.case(case_id).facts, page, SHOWN),
        shapes={s.record: s for s in opened.result.sources} if opened.result else {},
        checkpoint=centre.casebook.checkpoint(),
        refused=refused,
        why=lambda refusal: _refused(refusal, lang),
    )


@router.get("/case/{case_id}/log")
def log(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """Everything that came in, was found and was decided, newest first, and the notes."""
    return _log(request, centre, case_id, page)


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
        return _log(request, centre, case_id, problems={NOTE: "web_case.note_empty"})
    at = now(request)
    centre.casebook.append(
        case_id,
        [Action(kind=NOTE, on=case_id, who=who.login, at=at, legal_basis="", note=said)],
        at,
    )
    return back(f"/case/{case_id}/log", "web_case.note_kept")


def _log(
    request: Request,
    centre: Centre,
    case_id: str,
    page: int = 1,
    problems: Mapping[str, str] | None = None,
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
        lines=turned(lines, page, SHOWN),
        problems=problems or {},
    )


def _run(record: Record) -> tuple[object, ...]:
    """What is shown as one line: findings of a kind that were recorded together."""
    together = record.type == "finding"
    return record.type, record.kind, record.recorded_at, 0 if together else record.seq


def _line(record: Record, payload: bytes | None, count: int) -> dict[str, Any]:
    """A record with what its action says."""
    done = load_action(payload) if record.type == "action" and payload is not None else None
    said = _remark(done.note) if done else ""
    return {"record": record, "done": done, "said": said, "erased": payload is None, "count": count}


def _remark(note: str) -> str:
    """What a person wrote; where a step keeps its details there, what they wrote among them."""
    if not note.startswith("{"):
        return note
    try:
        entries = orjson.loads(note).get("entries", [])
    except orjson.JSONDecodeError:
        return note
    return next((str(e["note"]) for e in entries if isinstance(e, dict) and e.get("note")), "")


def _theft_lines(result: CaseResult | None) -> list[case_view.TheftLine]:
    return case_view.theft_lines(result, case_view.names(result)) if result else []


def _refused(refusal: Refusal, lang: Lang) -> dict[str, Any]:
    return {
        "refusal": refusal,
        "why": refusal_text("refusal", refusal, lang),
        "remedy": refusal_text("remedy", refusal, lang),
    }
