"""The public page: is this a scam, why, and what now? Nothing is kept unless a report is sent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import explain, say
from fanzha.model.vocabulary import entry, label, vocabulary
from fanzha.present.advert_view import advert_json
from fanzha.present.number_view import number_lines
from fanzha.recognise.verdict import Evidence
from fanzha.services.public_check import (
    KINDS,
    MOST_CHARS,
    PublicAnswer,
    PublicReport,
    ask,
    ask_picture,
    send_report,
    warm,
)
from fanzha.web.apart import Apart
from fanzha.web.guard import MIB
from fanzha.web.quoted import pieces, quotes, strongest
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Posted, limited, now, public, text

router = APIRouter()
PICTURE_BYTES = 12 * MIB  # a photo from a phone
BODY_LIMITS = {"/check": PICTURE_BYTES + MIB}
ASKED, PICTURES, REPORTS = "40/minute", "6/minute", "6/hour"  # from one address
WAITING = 8  # pictures that wait for their turn, some two seconds each
REPORT_FIELDS = ("text", "kind", "level", "contact", "name", "amount", "paid_at", "payee", "note")
MOST_NAMES = 3
LEARNED = "why.learned_scam"  # wording that a model knows, without a trick to name
_pictures = Apart(WAITING)
_warmed = threading.Event()


@router.get("/check", dependencies=[public()])
def form(request: Request) -> Response:
    """One box for everything; while the first visitor types, what answers them is read in."""
    if not _warmed.is_set():
        _warmed.set()
        threading.Thread(target=warm).start()
    return _form(request)


@router.post("/check", dependencies=[public(ASKED)])
async def answer(request: Request, form: Posted) -> Response:
    """The verdict on what was typed or on the picture that was dropped."""
    picture = await _picture(form)
    if not picture:
        return await run_in_threadpool(_answer, request, form)
    limited(request, "picture", PICTURES)
    return await _pictures.do(_answer, request, form, picture)


@router.post("/check/report", dependencies=[public(ASKED)])
def report(request: Request, centre: Here, form: Posted) -> Response:  # noqa: ARG001 only with a centre
    """The form of a report, with what is known already."""
    return _report(request, _values(form))


@router.post("/check/review", dependencies=[public(ASKED)])
def review(request: Request, centre: Here, form: Posted) -> Response:  # noqa: ARG001 only with a centre
    """Exactly what would be kept, to be looked over before it is sent."""
    values = _values(form)
    try:
        _said(request, values).checked()
    except UsageError as error:
        problems = {"contact": explain(error, lang_of(request))}
        return _report(request, values, 400, problems)
    return render(request, "review.html", values=values, fields=REPORT_FIELDS)


@router.post("/check/send", dependencies=[public(ASKED)])
def send(request: Request, centre: Here, form: Posted) -> Response:
    """Keep the report and say its number."""
    values = _values(form)
    if text(form, "change"):
        return _report(request, values)
    limited(request, "report", REPORTS)
    try:
        case_id = send_report(centre, _said(request, values), now(request))
    except UsageError as error:
        problems = {"contact": explain(error, lang_of(request))}
        return _report(request, values, 400, problems)
    return back("/check/sent", number=case_id)


@router.get("/check/sent", dependencies=[public()])
def sent(request: Request, number: str = "") -> Response:
    """Thanks, the number, and whom to call meanwhile."""
    shown = number if number.replace("-", "").isalnum() and len(number) < 20 else ""
    return render(request, "sent.html", number=shown, **_calls(request, _country(request, {})))


def _answer(request: Request, form: FormData, picture: bytes = b"") -> Response:
    country = _country(request, form)
    try:
        if picture:
            found = ask_picture(picture)
        else:
            found = ask(text(form, "text", MOST_CHARS * 2), text(form, "kind"), country)
    except FanzhaError as error:
        problems = {"picture" if picture else "text": explain(error, lang_of(request))}
        return _form(request, 400, form, problems)
    return _verdict(request, found, country, bool(picture))


def _verdict(request: Request, found: PublicAnswer, country: str, picture: bool) -> Response:
    lang = lang_of(request)
    values: dict[str, Any] = {"found": found, "picture": picture, "level": found.level}
    if found.number is not None:
        shown, *reasons = number_lines(found.number, lang)
        values |= {"headline": shown, "reasons": reasons[:-1], "next_step": reasons[-1]}
        return render(request, "verdict.html", **values, **_words(), **_calls(request, country))
    assert found.checked is not None  # an answer is one or the other
    verdict = found.checked.verdict
    groups = strongest(_telling(found)) if found.level != "none" else []
    told = _words()
    told["told"] = [(say(g[0].why, lang), quotes(found.text, g)) for g in groups]
    told["pieces"] = pieces(found.text, groups)
    told["types"] = [
        (label("scam_type", code, lang), entry("scam_type", code).tell_tale[lang])
        for code, _ in verdict.types[:MOST_NAMES]
        if found.level != "none"
    ]
    told["tactics"] = [label("tactic", code, lang) for code in verdict.tactics]
    told["odd"] = [
        (i.display, say(f"anomaly.{code}", lang))
        for i in verdict.indicators
        for code in i.anomalies
    ]
    lure = found.checked.lure
    told["lure"] = advert_json(lure, lang) if lure else None
    values |= {
        "headline": say(f"web_check.level_{found.level}", lang),
        "reasons": [],
        "next_step": say(f"advice.{_advice(found)}", lang),
    }
    return render(request, "verdict.html", **values, **told, **_calls(request, country))


def _telling(found: PublicAnswer) -> list[Evidence]:
    """The evidence for the public; the letters of an address alone sound like nothing."""
    assert found.checked is not None
    evidence = found.checked.verdict.evidence
    return [e for e in evidence if found.kind != "link" or e.why != LEARNED]


def _advice(found: PublicAnswer) -> str:
    """The next step; what is odd although its words are harmless is still not to be opened."""
    assert found.checked is not None
    advice = found.checked.verdict.advice
    if advice not in ("none", "low") or found.level not in ("medium", "high"):
        return advice
    return {"link": "phishing", "offer": "overseas_job"}.get(found.kind, "other")


def _words() -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("told", "pieces", "types", "tactics", "odd"), ())
    return {**empty, "lure": None}


def _form(
    request: Request,
    status: int = 200,
    form: Mapping[str, Any] | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    given = form or {}
    kind = str(given.get("kind", ""))
    values: dict[str, Any] = {
        "typed": str(given.get("text", "")),
        "kind": kind,
        "most": PICTURE_BYTES,
    }
    values["problems"] = problems or {}
    country = _country(request, given)
    return render(request, "check.html", status, kinds=KINDS, **values, **_calls(request, country))


def _calls(request: Request, country: str) -> dict[str, Any]:
    """The official numbers of a country, and the countries to choose from."""
    lang = lang_of(request)
    lines = [(line.number, line.purpose[lang]) for line in entry("country", country).hotlines]
    known = [(code, label("country", code, lang)) for code in vocabulary("country")]
    return {"country": country, "countries": known, "lines": lines}


def _country(request: Request, given: Mapping[str, Any]) -> str:
    """As chosen, else the browser's region where we know whom to call, else the centre's own."""
    chosen = str(given.get("country", "")).lower()
    known = vocabulary("country")
    if chosen in known:
        return chosen
    for wanted in request.headers.get("accept-language", "").split(","):
        region = wanted.partition(";")[0].strip().rpartition("-")[2].lower()
        if "-" in wanted and region in known and known[region].hotlines:
            return region
    centre = request.app.state.centre
    return centre.country if centre else "cn"


async def _picture(form: FormData) -> bytes:
    sent = form.get("picture")
    return await sent.read() if isinstance(sent, UploadFile) else b""


def _values(form: FormData) -> dict[str, str]:
    """What the visitor typed, each field no longer than it may be."""
    values = {name: text(form, name, MOST_CHARS * 2)[:MOST_CHARS] for name in ("text",)}
    values |= {name: text(form, name)[:500] for name in REPORT_FIELDS if name != "text"}
    return {**values, "country": text(form, "country", 8), "paid": text(form, "paid", 8)}


def _said(request: Request, values: Mapping[str, str]) -> PublicReport:
    kept = {name: values[name] for name in REPORT_FIELDS}
    country = _country(request, values)
    return PublicReport(**kept, paid=bool(values["paid"]), lang=lang_of(request), country=country)


def _report(
    request: Request,
    values: dict[str, str],
    status: int = 200,
    problems: dict[str, str] | None = None,
) -> Response:
    country = _country(request, values)
    more = _calls(request, country)
    return render(request, "report.html", status, values=values, problems=problems or {}, **more)
