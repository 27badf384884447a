"""Call-backs: whom to warn, what to say, what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from fanzha.errors import UnknownRecord, UnreadableInput, UsageError
from fanzha.model.catalogue import explain, say
from fanzha.model.money import currency_code, to_minor
from fanzha.model.vocabulary import entry, label, vocabulary
from fanzha.services.calls import (
    ESTIMATES,
    Averted,
    Call,
    Said,
    all_calls,
    avert,
    find_call,
    is_open,
    log_attempt,
)
from fanzha.services.calls.grade import LEVELS, OUTCOMES
from fanzha.services.calls.scripts import script_for
from fanzha.services.centre import Centre
from fanzha.services.check import check_text
from fanzha.web.paged import Turned, turned
from fanzha.web.quoted import shown
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import (
    Here,
    Member,
    Posted,
    Refused,
    hidden_cases,
    needs,
    now,
    saw,
    text,
)

router = APIRouter()
NAV = (Nav(name="calls", path="/calls", permission="call.read", order=30, key="g b"),)
SHOWN = 100  # on a page
MOST_READ = 20_000  # characters of what somebody sent that are checked for the type of scam
PATH = "/calls/{case_id}/{call_id}"

Level = Literal["", "low", "medium", "high"]
Reader = Annotated[Member, needs("call.read")]
Logger = Annotated[Member, needs("call.log")]


@router.get("/calls")
def calls(
    request: Request, who: Reader, centre: Here, level: Level = "", page: Turned = 1
) -> Response:
    """Everybody who is to be called, what is due and urgent first; filters are links."""
    at = now(request)
    found = all_calls(centre.casebook, at, hidden_cases(request, who))
    waiting = [call for call in found if not call.lapsed]
    chosen = turned([call for call in waiting if level in ("", call.level)], page, SHOWN)
    saw(request, who, dict.fromkeys(call.case_id for call in chosen.items))
    return render(
        request,
        "calls.html",
        calls=chosen,
        level=level,
        levels=LEVELS[::-1],
        counts=Counter(call.level for call in waiting),
        due_now=sum(call.due.at <= at for call in waiting),
        lapsed=len(found) - len(waiting),
    )


@router.get(PATH)
def call(
    request: Request,
    case_id: str,
    call_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    type: str = "",
    say: int = 0,
) -> Response:
    """One call: whom, why, the next sentence to say, and what came of earlier ones."""
    return _one(request, centre, _find(request, centre, case_id, call_id), (type, say))


@router.post(PATH)
def log(
    request: Request, case_id: str, call_id: str, who: Logger, centre: Here, form: Posted
) -> Response:
    """Keep what came of a call."""
    found, at = _find(request, centre, case_id, call_id), now(request)
    again, unread = _again(text(form, "again", 40), centre.tz)
    said = Said(outcome=text(form, "outcome", 20), note=text(form, "note"), again_at=again)
    if unread:
        problems = {"again": say("web_calls.again_unreadable", lang_of(request))}
        return _one(request, centre, found, problems=problems, form=form)
    try:
        log_attempt(centre.casebook, case_id, call_id, said, who.login, at)
    except UsageError as error:
        field = "again" if error.code == "again_unusable" else "outcome"
        problems = {field: explain(error, lang_of(request))}
        return _one(request, centre, found, problems=problems, form=form)
    return back("/calls", "web_calls.kept")


@router.post(f"{PATH}/averted")
def stopped(
    request: Request, case_id: str, call_id: str, who: Logger, centre: Here, form: Posted
) -> Response:
    """Keep that a payment was stopped before it was made."""
    found, lang = _find(request, centre, case_id, call_id), lang_of(request)
    try:
        currency = currency_code(text(form, "currency", 8) or _currency(centre))
        done = Averted(
            amount=to_minor(text(form, "amount", 30), currency),
            currency=currency,
            estimate=text(form, "estimate", 20),
        )
        avert(centre.casebook, case_id, call_id, done, who.login, now(request))
    except (UnreadableInput, UsageError) as error:
        return _one(request, centre, found, problems={"amount": explain(error, lang)}, form=form)
    return back(f"/calls/{case_id}/{call_id}", "web_calls.averted_kept")


def _find(request: Request, centre: Centre, case_id: str, call_id: str) -> Call:
    try:
        return find_call(centre.casebook, case_id, call_id, now(request))
    except UnknownRecord as missing:
        raise Refused(404, "page_missing") from missing


def _one(
    request: Request,
    centre: Centre,
    found: Call,
    wanted: tuple[str, int] = ("", 0),
    problems: Mapping[str, str] | None = None,
    form: FormData | None = None,
) -> Response:
    lang = lang_of(request)
    kind = wanted[0] if wanted[0] in vocabulary("scam_type") else _type(found)
    script = script_for(kind, lang)
    codes = ["", *vocabulary("scam_type")]
    return render(
        request,
        "calls_one.html",
        400 if problems else 200,
        call=found,
        case_id=found.case_id,
        open=is_open(found),
        script=script,
        say=min(max(0, wanted[1]), len(script.sentences) - 1),
        type=kind,
        types=[
            (code, label("scam_type", code, lang) if code else say("web_calls.type_none", lang))
            for code in codes
        ],
        words=shown(found.words),
        outcomes=OUTCOMES,
        estimates=[(code, say(f"web_calls.estimate_{code}", lang)) for code in ESTIMATES],
        chosen=_chosen(form, _currency(centre)),
        problems=problems or {},
    )


def _chosen(form: FormData | None, currency: str) -> dict[str, Any]:
    """What was typed already."""
    names = ("outcome", "again", "note", "amount", "currency", "estimate")
    typed = {name: str(form.get(name, ""))[:2000] if form else "" for name in names}
    return {**typed, "currency": typed["currency"] or currency}


def _type(found: Call) -> str:
    """The type of scam that what is known points to; of a sent text, by its words."""
    if found.scam_type or not found.words:
        return found.scam_type
    types = check_text(found.words[:MOST_READ]).verdict.types
    return types[0][0] if types else ""


def _currency(centre: Centre) -> str:
    return entry("country", centre.country).currency


def _again(said: str, tz: ZoneInfo) -> tuple[datetime | None, bool]:
    """When to call again, on the centre's clock; whether it could not be read."""
    if not said:
        return None, False
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None, True
    return (at if at.tzinfo else at.replace(tzinfo=tz)), False
