"""Intake: the caller's words become a report, a case and orders that are ready to send."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from fanzha.errors import UnreadableInput, UsageError
from fanzha.intake.report import Report, ReportedTransfer
from fanzha.model.catalogue import Lang, explain, has, say, topic
from fanzha.model.instant import parse_instant
from fanzha.model.money import show
from fanzha.money.holds import Hold
from fanzha.present.letterhead import minute
from fanzha.present.letters import MATCH_FIELDS, LetterFacts, hold_letter_text, refused
from fanzha.present.report_view import report_json
from fanzha.present.words import major
from fanzha.services.centre import Centre
from fanzha.services.desk.intake import (
    MOST_WORDS,
    Reading,
    Told,
    plan_of,
    read_words,
    reports_of,
    take,
)
from fanzha.services.entered import FIELDS, MOST_TRANSFERS, Entry
from fanzha.web.paged import Turned, turned
from fanzha.web.quoted import shown
from fanzha.web.render import Nav, back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, hidden_cases, needs, now, text

router = APIRouter()
NAV = (Nav(name="intake", path="/intake", permission="intake.take", order=15, key="g i"),)
OLDEST = timedelta(days=400)  # a report that came in so long ago is not typed up any more
LONGEST_CALL = timedelta(hours=12)
ORDERS = 20  # of a page: each has its whole draft
SPOTS = {"time_minute": "time", "time_second": "time"}  # what is missing → the field to fill
BOXES = (  # the four match fields first
    "payee_acct", "payee_name", "amount", "currency", "time", "payee_bank", "victim_bank",
    "victim_acct", "channel", "reference",
)  # fmt: skip
LAST_WORDS = ("case_number", "evidence", "recovery_scam", "call_back")
CHANNELS = tuple(k.removeprefix("channel_") for k in topic("intake") if k.startswith("channel_"))
_FIELD = re.compile(r"t(\d{1,2})\.([a-z_]{1,20})")

Taker = Annotated[Member, needs("intake.take")]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the caller's words, and the fields that were read from them (`0-amount`)."""

    text: str
    of: tuple[str, ...]


@router.get("/intake")
def form(request: Request, who: Taker, centre: Here, case: str = "") -> Response:
    """One box for the caller's words; the clock of the call begins with the page."""
    return _page(request, centre, {"case": case_named(request, centre, who, case)}, None)


@router.post("/intake/read")
def read(request: Request, who: Taker, centre: Here, form: Posted) -> Response:
    """The words as they are understood: the part below the box for a script, else the page."""
    asked = _asked(request, centre, who, form)
    reading, problems = _reading(request, centre, asked)
    if request.headers.get("hx-request"):
        return render(request, "intake_read.html", **_view(request, asked, reading))
    return _page(request, centre, asked, reading, problems)


@router.post("/intake/take")
def taken(request: Request, who: Taker, centre: Here, form: Posted) -> Response:
    """Keep the report, once the operator has seen how its words were read."""
    asked = _asked(request, centre, who, form)
    reading, problems = _reading(request, centre, asked)
    if problems or reading is None or reading.problems:
        return _page(request, centre, asked, reading, problems, status=400)
    if text(form, "shown") != _mark(asked["words"]):
        notice = say("web_intake.read_first", lang_of(request))
        return _page(request, centre, asked, reading, notice=notice)
    try:
        case_id = take(centre, asked["told"], who.login, now(request))
    except UsageError as error:
        problems = {"words": explain(error, lang_of(request))}
        return _page(request, centre, asked, reading, problems, status=400)
    return back(f"/case/{case_id}/orders", "web_intake.taken_said")


@router.get("/case/{case_id}/orders")
def orders(
    request: Request,
    case_id: str,
    who: Taker,  # noqa: ARG001 guards
    centre: Here,
    page: Turned = 1,
) -> Response:
    """What can be sent now: a draft for each account whose four match fields are there."""
    lang, reports = lang_of(request), reports_of(centre, case_id)
    plan = plan_of(centre, case_id)
    facts = LetterFacts(
        case_id=case_id,
        tz=centre.tz,
        as_of=max((r.received_at for r in reports), default=now(request)),
        method=plan.method if plan else "fifo/1",
        created_at=now(request),
    )
    ready = [h for h in plan.holds if not h.missing and h.cap > 0] if plan else []
    now_shown = turned(ready, page, ORDERS)
    waiting = [
        {"account": "", "text": say("web_intake.lacks_account", lang)}
        for report in reports
        for t in report.transfers
        if not (t.payee_account and t.amount)
    ]
    accounts = {h.hold_id: h.account.number for h in plan.holds} if plan else {}
    waiting += [
        {"account": accounts[r.hold_id], "text": r.sentence}
        for r in (refused(plan, lang) if plan else ())
    ]
    return render(
        request,
        "intake_orders.html",
        case_id=case_id,
        page=now_shown,
        orders=[_order(hold, facts, lang) for hold in now_shown.items],
        waiting=waiting,
        left_at=_left_at(t for r in reports for t in r.transfers),
        script=[say(f"intake.say_{step}", lang) for step in LAST_WORDS],
    )


def _order(hold: Hold, facts: LetterFacts, lang: Lang) -> dict[str, Any]:
    paid = hold.credits[0]
    name = paid.creditor_name or hold.payee_name
    amount, at = show(paid.amount, paid.currency), minute(paid.booked_at, facts.tz)
    return {
        "hold_id": hold.hold_id,
        "account": hold.account,
        "amount": hold.cap,
        "match": list(zip(MATCH_FIELDS, (hold.account.number, name, amount, at), strict=True)),
        "text": hold_letter_text(hold, facts, lang),
    }


def _left_at(transfers: Iterator[ReportedTransfer]) -> datetime | None:
    """When the money began to leave, if the hour was said."""
    return min((t.at for t in transfers if t.at and t.precision_seconds <= 3600), default=None)


def case_named(request: Request, centre: Centre, who: Member, case: str) -> str:
    """The case that somebody named, if it is there for them; a refusal else."""
    if case and (case not in centre.casebook.tips() or case in hidden_cases(request, who)):
        raise Refused(404, "page_missing")
    return case


def _asked(request: Request, centre: Centre, who: Member, form: FormData) -> dict[str, Any]:
    """What the form says, with the instants made usable."""
    began = _began(text(form, "began", 64), now(request))
    words = text(form, "words", MOST_WORDS)
    asked: dict[str, Any] = {
        "case": case_named(request, centre, who, text(form, "case", 80)),
        "began": began,
        "words": words,
        "received": text(form, "received", 40),
        "entries": tuple(_entries(form)),
    }
    return asked


def _began(said: str, at: datetime) -> datetime:
    """When the call began, by the page that was opened then; a strange value is now."""
    try:
        began = datetime.fromisoformat(said)
    except ValueError:
        return at
    if began.tzinfo is None or not at - LONGEST_CALL <= began <= at:
        return at
    return began


def _entries(form: FormData) -> Iterator[Entry]:
    """The fields that differ from what the page showed as read."""
    for key, value in form.multi_items():
        match = _FIELD.fullmatch(key)
        if match and isinstance(value, str) and match[2] in FIELDS:
            was = form.get(f"was.{key}")
            if isinstance(was, str) and value.strip() != was and int(match[1]) < MOST_TRANSFERS:
                yield Entry(int(match[1]), match[2], value.strip())


def _reading(
    request: Request, centre: Centre, asked: dict[str, Any]
) -> tuple[Reading | None, dict[str, str]]:
    lang, tz = lang_of(request), centre.tz
    received, problem = _received(asked, tz, now(request))
    asked["told"] = Told(
        words=asked["words"],
        received_at=received,
        entries=asked["entries"],
        case_id=asked["case"],
    )
    problems = {"received": say(f"web_intake.{problem}", lang)} if problem else {}
    if not asked["words"]:
        return None, {"words": say("web_intake.words_missing", lang), **problems}
    try:
        return read_words(asked["told"], tz), problems
    except UnreadableInput as unreadable:
        return None, {"words": explain(unreadable, lang)}


def _received(asked: Mapping[str, Any], tz: Any, at: datetime) -> tuple[datetime, str]:
    """When the report came in: the beginning of the call, unless somebody typed it up later."""
    began: datetime = asked["began"]
    said = asked["received"]
    if not said or said == _wall(began, tz):
        return began, ""
    try:
        received = parse_instant(said, tz).at
    except UnreadableInput:
        return began, "received_unreadable"
    if not at - OLDEST <= received <= at + timedelta(minutes=1):
        return began, "received_odd"
    return received, ""


def _wall(at: datetime, tz: Any) -> str:
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}"


def _mark(words: str) -> str:
    """By which a page says whose reading it shows."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:16]


def _page(
    request: Request,
    centre: Centre,
    asked: Mapping[str, Any],
    reading: Reading | None,
    problems: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    began = asked.get("began", now(request))
    found = dict(problems or {})
    if reading is not None:
        lang = lang_of(request)
        found |= {f"t{place}-{f}": explain(e, lang) for (place, f), e in reading.problems.items()}
    return render(
        request,
        "intake.html",
        status,
        case=asked.get("case", ""),
        received=asked.get("received") or _wall(began, centre.tz),
        most=MOST_WORDS,
        notice=notice,
        problems=found,
        **_view(request, {"words": "", "entries": (), **asked, "began": began}, reading),
    )


def _view(request: Request, asked: Mapping[str, Any], reading: Reading | None) -> dict[str, Any]:
    """What the part below the box shows."""
    lang, report = lang_of(request), reading.report if reading else None
    values: dict[str, Any] = {
        "words": asked["words"],
        "began": asked["began"],
        "shown": _mark(asked["words"]) if reading else "",
        "r": report,
        "channels": CHANNELS,
    }
    if reading is None or report is None:
        return values
    said = report_json(report, lang)
    entered = {(e.transfer, e.field): e.value for e in asked["entries"]}
    missing = [{**m, "spot": SPOTS.get(m["field"], m["field"])} for m in said["missing"]]
    return {
        **values,
        "missing": missing,
        "warnings": said["warnings"],
        "script": said["script"],
        "types": said["candidates"],
        "left_at": _left_at(iter(report.transfers)),
        "pieces": cut(reading.words, report),
        "transfers": [
            _transfer(reading, place, entered, lang)
            for place in range(min(MOST_TRANSFERS, len(report.transfers)))
        ],
        "more": max(0, len(report.transfers) - MOST_TRANSFERS),
        "blank": _transfer(reading, len(report.transfers), entered, lang),
    }


def _transfer(
    reading: Reading, place: int, entered: Mapping[tuple[int, str], str], lang: Lang
) -> dict[str, Any]:
    plain = _at(reading.plain, place)
    now_read = _at(reading.report, place)
    lacks = {SPOTS.get(m.field, m.field) for m in reading.report.missing if m.transfer == place}
    fields = []
    for name in BOXES:
        problem = reading.problems.get((place, name))
        words = plain.words.get(name)
        fields.append(
            {
                "name": name,
                "value": entered.get((place, name), _text(now_read, name)),
                "plain": _text(plain, name),
                "entered": (place, name) in entered,
                "words": words.value if words else "",
                "missing": name in lacks,
                "problem": explain(problem, lang) if problem else "",
            }
        )
    return {"place": place, "fields": fields, "allowed": now_read.order_allowed}


def _at(report: Report, place: int) -> ReportedTransfer:
    return report.transfers[place] if place < len(report.transfers) else ReportedTransfer()


def _text(transfer: ReportedTransfer, name: str) -> str:
    """A field as it stands in its box, no finer than it was said."""
    value = getattr(transfer, FIELDS[name])
    if name == "amount":
        return major(value, transfer.currency) if value is not None else ""
    if name == "time":
        if value is None:
            return ""
        precision = transfer.precision_seconds
        form = "%Y-%m-%d %H:%M:%S" if precision < 60 else "%Y-%m-%d %H:%M"
        return f"{value:{form if precision <= 60 else '%Y-%m-%d'}}"
    if name == "channel" and not has(f"intake.channel_{value}"):
        return ""
    return str(value)


def cut(words: str, report: Report) -> list[Piece]:
    """The words in order and without loss, cut where those of a field begin and end."""
    spans: list[tuple[int, int, str]] = [
        (found.start, found.end, f"{place}-{name}")
        for place, transfer in enumerate(report.transfers)
        for name, found in transfer.words.items()
    ]
    spans += [(i.words.start, i.words.end, "inducement") for i in report.inducements]
    spans += [
        (ref.start, ref.end, "type")
        for reason in report.reasons
        for ref in reason.refs
        if ref.start is not None and ref.end is not None
    ]
    edges = sorted({0, len(words), *(p for s, e, _ in spans for p in (s, e) if p <= len(words))})
    return [piece for piece in _between(words, edges, spans) if piece.text]


def _between(
    words: str, edges: Sequence[int], spans: Sequence[tuple[int, int, str]]
) -> Iterator[Piece]:
    """One sweep over the edges: a report of many transfers is cut in time that stays bounded."""
    begin: dict[int, list[str]] = {}
    end: dict[int, list[str]] = {}
    for start, stop, key in spans:
        begin.setdefault(start, []).append(key)
        end.setdefault(stop, []).append(key)
    inside: dict[str, int] = {}
    for place, following in pairwise(edges):
        for key in end.get(place, ()):
            inside[key] -= 1
            if not inside[key]:
                del inside[key]
        for key in begin.get(place, ()):
            inside[key] = inside.get(key, 0) + 1
        yield Piece(shown(words[place:following]), tuple(inside))
