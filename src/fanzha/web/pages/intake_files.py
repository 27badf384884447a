"""Files dropped on the desk: what each was taken for, and refused rows to put right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from fanzha.errors import FanzhaError, UnreadableInput, UsageError
from fanzha.intake.statement import SourceFile
from fanzha.model.catalogue import Lang, explain, has, say
from fanzha.model.payment import Refusal
from fanzha.present.money_json import refusal_text
from fanzha.services.centre import Centre
from fanzha.services.desk.files import (
    MIB,
    MOST_BYTES,
    MOST_FILES,
    MOST_TOGETHER,
    WORDY,
    FileLine,
    correct_rows,
    file_of,
    keep_files,
    look,
    refused_rows,
    words_of,
)
from fanzha.services.desk.intake import MOST_WORDS
from fanzha.services.desk.rows import LONGEST_CELL, RefusedRow
from fanzha.web.apart import Apart
from fanzha.web.pages.intake import case_named
from fanzha.web.render import back, lang_of, render
from fanzha.web.rights import Here, Member, Posted, Refused, needs, now, saw, text

router = APIRouter()
BODY_LIMITS = {"/intake/files": MOST_TOGETHER + MIB}
WAITING = 20  # files that wait for their turn: a picture takes some two seconds
_CELL = re.compile(r"c\.(\d{1,2})\.(\d{1,7})\.(\d{1,3})")
_files = Apart(WAITING)

Taker = Annotated[Member, needs("intake.take")]


@router.get("/intake/files")
def empty(request: Request, who: Taker, centre: Here, case: str = "") -> Response:
    """Drop files for a new case, or for one that is named."""
    return _page(request, centre, case_named(request, centre, who, case), fixed=False)


@router.post("/intake/files")
async def drop(request: Request, who: Taker, centre: Here, form: Posted) -> Response:
    """Keep what was dropped, read it, and trace the case."""
    files = [
        SourceFile(name=sent.filename or "", content=await sent.read())
        for sent in form.getlist("files")
        if isinstance(sent, UploadFile) and (sent.filename or sent.size)
    ]
    return await run_in_threadpool(_drop, request, who, centre, form, files)


@router.get("/case/{case_id}/files")
def of_case(request: Request, case_id: str, who: Taker, centre: Here) -> Response:  # noqa: ARG001 guards
    """The files of a case, and a place to drop more."""
    return _page(request, centre, case_id, fixed=True)


@router.get("/case/{case_id}/files/{seq}")
async def one(request: Request, case_id: str, seq: int, who: Taker, centre: Here) -> Response:  # noqa: ARG001 guards
    """One file: its refused rows to put right, or its words to take as a report."""
    return await _files.do(_one, request, centre, case_id, seq)


@router.post("/case/{case_id}/files/{seq}")
def retry(
    request: Request, case_id: str, seq: int, who: Taker, centre: Here, form: Posted
) -> Response:
    """Read rows again as somebody put them right."""
    given = _given(form)
    try:
        _, shown = refused_rows(centre, case_id, seq)
        wanted = {(row.table, row.row): row.cells for row in shown.rows}
        changed = {
            place: given[place]
            for place, cells in wanted.items()
            if place in given and len(given[place]) == len(cells) and tuple(given[place]) != cells
        }
        if not changed:
            note = say("web_intake.nothing_changed", lang_of(request))
            return _one(request, centre, case_id, seq, problem=note, status=400)
        taken, bad = correct_rows(centre, case_id, seq, changed, who.login, now(request))
    except UsageError as error:
        raise Refused(404, "page_missing") from error
    if bad:
        lang = lang_of(request)
        problem = say("web_intake.still_refused", lang, taken=taken, refused=len(bad))
        return _one(request, centre, case_id, seq, problem=problem, typed=changed, why=bad)
    return back(f"/case/{case_id}/files/{seq}", "web_intake.rows_taken")


def _drop(
    request: Request, who: Member, centre: Centre, form: FormData, files: Sequence[SourceFile]
) -> Response:
    case_id = text(form, "case", 80)
    lang = lang_of(request)
    try:
        case_named(request, centre, who, case_id)
    except Refused:
        problems = {"case": say("web_intake.case_unknown", lang)}
        return _page(request, centre, "", fixed=False, problems=problems, typed=case_id)
    try:
        case_id = keep_files(centre, files, case_id, who.login, now(request))
    except UsageError as error:
        problems = {"files": explain(error, lang)}
        return _page(request, centre, case_id, fixed=bool(case_id), problems=problems)
    saw(request, who, [case_id])
    return back(f"/case/{case_id}/files", "web_intake.kept_said")


def _page(
    request: Request,
    centre: Centre,
    case: str,
    *,
    fixed: bool,
    problems: Mapping[str, str] | None = None,
    typed: str = "",
) -> Response:
    lang = lang_of(request)
    lines = look(centre, case) if case and fixed else []
    return render(
        request,
        "intake_files.html",
        400 if problems else 200,
        case=case or typed,
        fixed=fixed,
        lines=lines,
        kinds={line.kind: kind_name(line.kind, lang) for line in lines},
        whys={line.seq: _why(line.why, lang) for line in lines if line.why},
        traced=bool(lines) and centre.casebook.case(case).latest("trace") is not None,
        problems=problems or {},
        most_files=MOST_FILES,
        most_each=MOST_BYTES // MIB,
        most_all=MOST_TOGETHER // MIB,
    )


def kind_name(kind: str, lang: Lang) -> str:
    """What a file was taken for, in words."""
    for key in (f"web_intake.kind_{kind}", f"page.kind_{kind}"):
        if has(key):
            return say(key, lang)
    return kind


def _one(
    request: Request,
    centre: Centre,
    case_id: str,
    seq: int,
    *,
    problem: str = "",
    status: int = 200,
    typed: Mapping[tuple[int, int], Sequence[str]] | None = None,
    why: Mapping[tuple[int, int], Refusal] | None = None,
) -> Response:
    lang = lang_of(request)
    try:
        line, refused = refused_rows(centre, case_id, seq)
    except UsageError as error:
        raise Refused(404, "page_missing") from error
    words, unread = _words(request, centre, case_id, line)
    rows = [_row(row, refused.header, lang, typed or {}, why or {}) for row in refused.rows]
    return render(
        request,
        "intake_file.html",
        status,
        case_id=case_id,
        line=line,
        kind=kind_name(line.kind, lang),
        refused=refused,
        rows=rows,
        whole=[_why(refusal, lang) for refusal in refused.whole],
        words=words,
        problem=problem or unread,
        most_words=MOST_WORDS,
    )


def _words(
    request: Request, centre: Centre, case_id: str, line: FileLine
) -> tuple[str | None, str]:
    """The words of a picture, page or text; or why there are none."""
    if line.kind not in WORDY:
        return None, ""
    _, source = file_of(centre, case_id, line.seq)
    try:
        return words_of(source, line.kind)[:MOST_WORDS], ""
    except (UsageError, UnreadableInput) as error:
        return None, _told(error, lang_of(request))


def _row(
    row: RefusedRow,
    header: Sequence[str],
    lang: Lang,
    typed: Mapping[tuple[int, int], Sequence[str]],
    why: Mapping[tuple[int, int], Refusal],
) -> dict[str, Any]:
    place = (row.table, row.row)
    refusals = (why[place],) if place in why else row.refusals
    faults = {refusal.field for refusal in refusals}
    return {
        "table": row.table,
        "row": row.row,
        "cells": typed.get(place, row.cells),
        "why": [_why(refusal, lang) for refusal in refusals],
        "at_fault": {at for at, name in enumerate(header) if name in faults},
    }


def _why(refusal: Refusal, lang: Lang) -> str:
    said = (refusal_text("refusal", refusal, lang), refusal_text("remedy", refusal, lang))
    return " ".join(sentence for sentence in said if sentence)


def _told(error: FanzhaError, lang: Lang) -> str:
    return explain(error, lang) or error.code


def _given(form: FormData) -> dict[tuple[int, int], list[str]]:
    """The cells that were typed, by table and row, in the order of their columns."""
    found: dict[tuple[int, int], dict[int, str]] = {}
    for key, value in form.multi_items():
        match = _CELL.fullmatch(key)
        if match and isinstance(value, str):
            table, row, column = (int(part) for part in match.groups())
            found.setdefault((table, row), {})[column] = value[:LONGEST_CELL]
    return {
        place: [cells[column] for column in sorted(cells)]
        for place, cells in found.items()
        if sorted(cells) == list(range(len(cells)))
    }
