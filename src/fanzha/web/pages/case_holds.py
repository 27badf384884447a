"""A case's hold board: what may be held where, whose turn it is, the drafts, and each next step."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import say
from fanzha.model.chain import Action
from fanzha.money.hold_state import Standing, standing
from fanzha.money.holds import Hold, HoldPlan
from fanzha.present.hold_view import survival_lines
from fanzha.present.letter_page import letter_page
from fanzha.present.letters import Letter, LetterFacts, letters, refused
from fanzha.services.centre import Centre
from fanzha.services.contents import HOLD
from fanzha.services.hold import ASKED, HoldStep, take_step
from fanzha.services.reported_plan import keep_reported, reported_plan
from fanzha.web.handed import handed, packed, printed, refusal
from fanzha.web.paged import Turned, turned
from fanzha.web.pages.case import Opened, Reader, open_case
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, needs, now, text

router = APIRouter()
SHOWN = 100  # holds of a page; drafts.zip has all
DRAFTS = ("drafted", "fields_ok")  # states that who may only draft may enter
BY_THEMSELVES = ("expired",)  # nobody has to enter these
KINDS = ("txt", "docx", "pdf", "xml")
FIELDS = ("state", "basis", "amount", "expires_at", "note")
_FIELD_OF = {
    "hold_above_cap": "amount",
    "amount_unreadable": "amount",
    "amount_too_fine": "amount",
    "time_unreadable": "expires_at",
    "hold_needs_basis": "basis",
}

Drafter = Annotated[Member, needs("hold.draft")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A hold with where it stands, what may follow, and everything that was done."""

    hold: Hold
    standing: Standing
    history: tuple[Action, ...]
    offered: tuple[tuple[str, bool], ...]  # next state, and whether one press is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The holds of a case; `told` means that there is only what callers said."""

    opened: Opened
    plan: HoldPlan | None
    tz: ZoneInfo
    told: bool

    def facts(self, centre: Centre, at: datetime) -> LetterFacts:
        """What stands on its letters."""
        assert self.plan is not None
        result = self.opened.result
        return LetterFacts(
            case_id=self.opened.case_id,
            tz=self.tz,
            as_of=result.as_of if result else self.plan.confirmed_at,
            method=self.plan.method,
            created_at=at,
            office=centre.name,
        )

    def hold(self, hold_id: str) -> Hold:
        """The hold of that number."""
        for hold in self.plan.holds if self.plan else ():
            if hold.hold_id == hold_id:
                return hold
        raise Refused(404, "page_missing")


@router.get("/case/{case_id}/holds")
def holds(request: Request, case_id: str, who: Reader, centre: Here, page: Turned = 1) -> Response:
    """Every account in which traced money may be held, the best first."""
    board = _board(request, centre, case_id)
    found = board.plan.holds if board.plan else ()
    shown = turned(found, page, SHOWN)
    return render(
        request,
        "case_holds.html",
        **board.opened.values(),
        tab="holds",
        told=board.told,
        weight=board.plan.weight if board.plan else None,
        method=board.plan.method.partition("/")[0] if board.plan else "",
        lines=[_line(request, centre, board, who, hold) for hold in shown.items],
        page=shown,
        complete=sum(hold.draftable and hold.cap > 0 for hold in found),
        basis=basis_of(request, centre, who),
        survivals=survival_lines(board.plan, lang_of(request)) if board.plan else [],
    )


@router.get("/case/{case_id}/holds/drafts.zip")
def all_drafts(request: Request, case_id: str, who: Drafter, centre: Here) -> Response:  # noqa: ARG001 guards
    """A letter for every institution of which the match fields are complete, in every form."""
    board = _board(request, centre, case_id)
    found: dict[str, bytes] = {}
    if board.plan is not None:
        facts = board.facts(centre, now(request))
        for letter in letters(board.plan, facts, lang_of(request)):
            found |= dict(_files(letter))
    if not found:
        raise Refused(404, "page_missing")
    return handed(packed(found), f"holds-{case_id}.zip")


@router.get("/case/{case_id}/holds/{hold_id}")
def hold(
    request: Request,
    case_id: str,
    hold_id: str,
    who: Reader,
    centre: Here,
    state: Annotated[str, Query(max_length=30)] = "",
    amount: Annotated[str, Query(max_length=40)] = "",
    note: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """One hold: its draft, what may be done next, and what was done."""
    values = {"state": state, "amount": amount, "note": note}
    return _hold(request, centre, who, _board(request, centre, case_id), hold_id, values)


@router.post("/case/{case_id}/holds/{hold_id}")
def step(
    request: Request, case_id: str, hold_id: str, who: Drafter, centre: Here, form: Posted
) -> Response:
    """Move a hold on, by a person, on a legal basis."""
    said = {name: text(form, name) for name in FIELDS}
    if said["state"] not in DRAFTS and not who.may("hold.decide"):
        raise Refused(403, "not_yours")
    board = _board(request, centre, case_id)
    hold = board.hold(hold_id)
    problems = _lacking(request, said)
    if not problems:
        try:
            _take(request, centre, who, board, hold, said)
        except FanzhaError as error:
            field = _FIELD_OF.get(error.code, "state")
            problems = {field: refusal(request, "web_holds", error)}
    if problems:
        return _hold(request, centre, who, board, hold_id, said, problems)
    remember(centre, who, said["basis"])
    onward = f"/case/{case_id}/holds"
    return back(f"{onward}/{hold_id}" if text(form, "here") else onward, "web_holds.kept")


@router.get("/case/{case_id}/holds/{hold_id}/draft.{kind}")
def draft(
    request: Request,
    case_id: str,
    hold_id: str,
    kind: str,
    who: Drafter,
    centre: Here,
) -> Response:
    """The letter for one hold as text, DOCX, PDF or camt.056."""
    board = _board(request, centre, case_id)
    hold = board.hold(hold_id)
    letter = _letter(request, centre, board, hold)
    if kind not in KINDS:
        raise Refused(404, "page_missing")
    try:
        if letter is None:
            sentence = refused(_alone(board, hold), lang_of(request))[0].sentence
            return _hold(request, centre, who, board, hold_id, {}, {"": sentence})
        content = _content(request, letter, kind)
    except FanzhaError as error:
        problems = {"": refusal(request, "web_holds", error)}
        return _hold(request, centre, who, board, hold_id, {}, problems)
    return handed(content, f"{case_id}-{hold_id}.{kind}")


def basis_of(request: Request, centre: Centre, who: Member) -> str:
    """The legal basis that this person used last, else the centre's usual one, else the law's."""
    usual = say("web_holds.basis_usual", lang_of(request))
    preferences = centre.people.preferences
    return preferences.get(f"basis:{who.login}", preferences.get("hold_basis", usual))


def remember(centre: Centre, who: Member, basis: str) -> None:
    """Keep the legal basis for this person's next step."""
    key = f"basis:{who.login}"
    if basis and centre.people.preferences.get(key) != basis:
        centre.people.preferences.set(key, basis)


def _board(request: Request, centre: Centre, case_id: str) -> Board:
    opened = open_case(request, centre, case_id)
    if opened.result is not None:
        result = opened.result
        return Board(opened=opened, plan=result.plan, tz=result.tz, told=False)
    return Board(opened=opened, plan=reported_plan(opened.reports), tz=centre.tz, told=True)


def _line(request: Request, centre: Centre, board: Board, who: Member, hold: Hold) -> Line:
    history = centre.casebook.actions_on(board.opened.case_id, hold.hold_id, HOLD)
    stands = standing(history, now(request))
    offered = tuple(
        (state, state not in ASKED)
        for state in stands.next
        if state not in BY_THEMSELVES and who.may(_permission(state))
        if hold.draftable or state == "drafted"
    )
    return Line(hold=hold, standing=stands, history=history, offered=offered)


def _permission(state: str) -> str:
    return "hold.draft" if state in DRAFTS else "hold.decide"


def _take(
    request: Request,
    centre: Centre,
    who: Member,
    board: Board,
    hold: Hold,
    said: Mapping[str, str],
) -> None:
    """Record the step; what only callers told of is recorded first, for the step rests on it."""
    at = now(request)
    if board.told and board.plan is not None:
        keep_reported(centre.casebook, board.opened.case_id, board.plan, at)
    asked = HoldStep(
        hold_id=hold.hold_id,
        state=said["state"],
        who=who.login,
        basis=said["basis"],
        now=at,
        expires_at=said["expires_at"] or None,
        amount=said["amount"] or None,
        note=said["note"],
    )
    take_step(centre.casebook, board.opened.case_id, asked, board.tz)


def _lacking(request: Request, said: Mapping[str, str]) -> dict[str, str]:
    """What the form must say before anything is tried."""
    wanted = ASKED.get(said["state"], ())
    lang = lang_of(request)
    lacking = {n: say(f"web_holds.need_{n}", lang) for n in wanted if not said[n]}
    if said["amount"].startswith(("-", "−")) or said["amount"].strip("0.") == "" != said["amount"]:
        lacking["amount"] = say("web_holds.need_positive", lang)
    return lacking


def _hold(
    request: Request,
    centre: Centre,
    who: Member,
    board: Board,
    hold_id: str,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    hold = board.hold(hold_id)
    letter = _letter(request, centre, board, hold) if who.may("hold.draft") else None
    lacking = refused(_alone(board, hold), lang_of(request))
    line, lang = _line(request, centre, board, who, hold), lang_of(request)
    return render(
        request,
        "case_hold.html",
        400 if problems else 200,
        **board.opened.values(),
        tab="holds",
        line=line,
        options=[(state, say(f"web_holds.do_{state}", lang)) for state, _ in line.offered],
        case_tz=board.tz,
        told=board.told,
        letter=letter,
        lacking=lacking[0].sentence if lacking else "",
        values={**dict.fromkeys(FIELDS, ""), "basis": basis_of(request, centre, who), **values},
        problems=problems or {},
    )


def _alone(board: Board, hold: Hold) -> HoldPlan:
    assert board.plan is not None
    return dataclasses.replace(board.plan, holds=(hold,))


def _letter(request: Request, centre: Centre, board: Board, hold: Hold) -> Letter | None:
    """The letter for this hold alone; None while a match field is missing."""
    facts = board.facts(centre, now(request))
    found = letters(_alone(board, hold), facts, lang_of(request))
    return found[0] if found else None


def _content(request: Request, letter: Letter, kind: str) -> bytes:
    if kind == "txt":
        return letter.text.encode()
    if kind == "docx":
        return letter.docx
    if kind == "pdf":
        return printed(request, letter_page(letter.text, lang_of(request)))
    if letter.camt056 is None:
        missing = say("web_holds.the_institution", lang_of(request))
        raise UsageError("identifiers_missing", missing=", ".join(letter.camt_missing) or missing)
    return letter.camt056


def _files(letter: Letter) -> Iterator[tuple[str, bytes]]:
    yield f"{letter.stem}.txt", letter.text.encode()
    yield f"{letter.stem}.docx", letter.docx
    if letter.camt056 is not None:
        yield f"{letter.stem}.camt056.xml", letter.camt056
