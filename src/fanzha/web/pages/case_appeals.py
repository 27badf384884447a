"""A case's appeals: somebody says that too much of their money is held; a person decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from fanzha.errors import FanzhaError, NotAllowed
from fanzha.intake.statement import SourceFile
from fanzha.model.catalogue import Lang, explain
from fanzha.money.appeal import Appeal
from fanzha.money.holds import hold_id
from fanzha.present import case_view
from fanzha.present.appeal import appeal_json, appeal_letter_docx, appeal_letter_text
from fanzha.present.letterhead import LetterFacts
from fanzha.services.appeal import Objection, Upheld, hear, uphold
from fanzha.services.centre import Centre
from fanzha.services.contents import Contents
from fanzha.services.recorded import open_appeals
from fanzha.services.result import CaseResult
from fanzha.web.guard import MIB
from fanzha.web.handed import handed, refusal
from fanzha.web.pages.case import Reader, open_case
from fanzha.web.pages.case_holds import basis_of, remember
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, needs, now, text

router = APIRouter()
BODY_LIMITS = {"/case/": 24 * MIB}
MOST_FILES, MOST_NAME = 20, 120
FIELDS = ("account", "frozen", "since", "noticed")
ANSWER = ("why", "basis")
NOTICED = {"yes": True, "no": False}
SHOWN = 100
_FIELD_OF = {
    "amount_unreadable": "frozen",
    "amount_too_fine": "frozen",
    "time_unreadable": "since",
}

Hearer = Annotated[Member, needs("appeal.hear")]


@router.get("/case/{case_id}/appeals")
def appeals(
    request: Request,
    case_id: str,
    who: Reader,
    centre: Here,
    account: str = "",
) -> Response:
    """What was found about each appeal, and the form for the next."""
    said = {"account": account[:100], "basis": basis_of(request, centre, who)}
    return _page(request, centre, case_id, said)


@router.post("/case/{case_id}/appeals")
def new(request: Request, case_id: str, who: Hearer, centre: Here, form: Posted) -> Response:  # noqa: ARG001 guards
    """Record what the holder shows, and compare what is held with what was traced."""
    said = {name: text(form, name, 200) for name in FIELDS}
    result = _result(request, centre, case_id)
    asked = Objection(
        account=said["account"],
        now=now(request),
        frozen=said["frozen"] or None,
        since=said["since"] or None,
        noticed=NOTICED.get(said["noticed"]),
    )
    try:
        hear(centre.casebook, case_id, asked, list(_papers(form)), result.tz)
    except FanzhaError as error:
        field = _FIELD_OF.get(error.code, "account")
        problems = {field: refusal(request, "web_appeals", error)}
        return _page(request, centre, case_id, said, problems)
    return back(f"/case/{case_id}/appeals", "web_appeals.heard")


@router.post("/case/{case_id}/appeals/{number}/stays")
def stays(
    request: Request,
    case_id: str,
    number: str,
    who: Annotated[Member, needs("hold.decide")],
    centre: Here,
    form: Posted,
) -> Response:
    """Answer an appeal: the hold stays as it is, and the reason why."""
    basis = text(form, "basis", 200)
    said = Upheld(why=text(form, "why"), basis=basis, who=who.login, now=now(request))
    try:
        uphold(centre.casebook, case_id, number, said)
    except NotAllowed as refused:
        problems = {"why": explain(refused, lang_of(request))}
        return _page(request, centre, case_id, {}, problems)
    remember(centre, who, basis)
    return back(f"/case/{case_id}/appeals", "web_appeals.answered")


@router.get("/case/{case_id}/appeals/{number}/letter.{kind}")
def letter(
    request: Request,
    case_id: str,
    number: str,
    kind: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
) -> Response:
    """The answer to the holder in plain Chinese; `number` is that of the hold on the account."""
    result = _result(request, centre, case_id)
    found = next((a for a in result.appeals if hold_id(a.account) == number), None)
    if found is None or kind not in ("txt", "docx"):
        raise Refused(404, "page_missing")
    facts, lang = _facts(request, centre, result, found), _letter_lang(request)
    if kind == "txt":
        content = appeal_letter_text(found, facts, lang).encode()
    else:
        content = appeal_letter_docx(found, facts, lang)
    return handed(content, f"{case_id}-{number}-answer.{kind}")


def _result(request: Request, centre: Centre, case_id: str) -> CaseResult:
    result = open_case(request, centre, case_id).result
    if result is None:
        raise Refused(404, "page_missing")
    return result


def _papers(form: FormData) -> Iterator[SourceFile]:
    """What was handed in, each under a plain name of its own."""
    taken: set[str] = set()
    sent = [f for f in form.getlist("evidence") if isinstance(f, UploadFile) and f.filename]
    for number, file in enumerate(sent[:MOST_FILES], 1):
        name = PurePath((file.filename or "").replace("\\", "/")).name[-MOST_NAME:]
        name = f"{number}-{name}" if name in taken else name
        taken.add(name)
        yield SourceFile(name=name, content=file.file.read())


def _facts(request: Request, centre: Centre, result: CaseResult, appeal: Appeal) -> LetterFacts:
    return LetterFacts(
        case_id=result.case_id,
        tz=result.tz,
        as_of=appeal.at,
        method=appeal.method,
        created_at=now(request),
        office=centre.name,
    )


def _letter_lang(request: Request) -> Lang:
    """The holder reads Chinese, whatever the person at the desk reads."""
    lang = lang_of(request)
    return "zh-Hans" if lang == "en" else lang


def _page(
    request: Request,
    centre: Centre,
    case_id: str,
    said: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> Response:
    opened = open_case(request, centre, case_id)
    result = opened.result
    values: dict[str, Any] = {**opened.values(), "tab": "appeals"}
    if result is None:
        return render(request, "case_appeals.html", **values)
    return render(
        request,
        "case_appeals.html",
        400 if problems else 200,
        **values,
        appeals=[_said(request, centre, result, appeal) for appeal in result.appeals[:SHOWN]],
        names=case_view.names(result),
        accounts=[hold.account for hold in result.plan.holds[:SHOWN]],
        values={**dict.fromkeys((*FIELDS, *ANSWER), ""), **said},
        waiting={hold_id(a.account) for a in open_appeals(Contents(centre.casebook, case_id))},
        problems=problems or {},
    )


def _said(request: Request, centre: Centre, result: CaseResult, appeal: Appeal) -> dict[str, Any]:
    """An appeal with its sentences, its letter, and what may be decided about the hold."""
    facts = _facts(request, centre, result, appeal)
    number = hold_id(appeal.account)
    stands = result.standings.get(number)
    wanted = "partial_release" if appeal.decide else "released"
    return {
        "appeal": appeal,
        "number": number,
        "said": appeal_json(appeal, facts, lang_of(request)),
        "letter": appeal_letter_text(appeal, facts, _letter_lang(request)),
        "letter_lang": _letter_lang(request),
        "state": stands.state if stands else "",
        "wanted": wanted if stands and wanted in stands.next and appeal.release_now else "",
    }
