"""`POST /v1/check`: a verdict for a text, alone or as JSON lines; only counts are logged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fanzha.errors import FanzhaError, UsageError
from fanzha.model.catalogue import Lang, explain, say
from fanzha.model.vocabulary import vocabulary
from fanzha.present.check_view import check_json
from fanzha.services.check import check_text
from fanzha.web.guard import problem
from fanzha.web.rights import public

MAX_TEXT_CHARS = 100_000  # of one text; the longest transcripts have a tenth of it
MAX_BODY_BYTES = 4 * 1024 * 1024  # of a request; a batch beyond it comes in several
NDJSON = "application/x-ndjson"

Json = dict[str, Any]


class Question(BaseModel):
    """A text to check, and in which language and for which country to answer."""

    model_config = ConfigDict(extra="forbid", str_max_length=MAX_TEXT_CHARS)

    text: str = Field(description="The message, chat or transcript as it was received.")
    lang: Lang = "en"
    country: str = Field("cn", description="Whose official numbers to show (ISO 3166).")
    advert: bool = Field(False, description="The text is a job or travel offer.")


class Reason(BaseModel):
    """The characters that speak, counted in Unicode code points of the text as given."""

    start: int
    end: int
    quote: str
    why: str
    code: str
    weight: float


class Scored(BaseModel):
    """A code of the vocabulary with a score from 0 to 1."""

    code: str
    score: float


class Found(BaseModel):
    """An indicator: a number, an address, an account."""

    kind: str
    value: str
    display: str
    start: int
    end: int
    anomalies: list[str]


class Answer(BaseModel):
    """A verdict. The level `none` never means safe."""

    model_config = ConfigDict(extra="allow")

    level: Literal["none", "low", "medium", "high"]
    probability: float
    types: list[Scored]
    tactics: list[str]
    stage: str
    reasons: list[Reason]
    indicators: list[Found]
    advice: Json
    lang: str


class Refused(BaseModel):
    """Why a question was not answered, and what to do."""

    code: str
    text: str


_RESPONSES: dict[int | str, Json] = {
    200: {"model": Answer, "content": {NDJSON: {}}},
    400: {"model": Refused},
    411: {"model": Refused},
    413: {"model": Refused},
    422: {"model": Refused},
}
_BODY: Json = {
    "required": True,
    "content": {
        "application/json": {"schema": Question.model_json_schema()},
        NDJSON: {"schema": {"type": "string", "description": "One object a line, with an id."}},
    },
}


router = APIRouter()


@router.post(
    "/v1/check",
    responses=_RESPONSES,
    openapi_extra={"requestBody": _BODY},
    dependencies=[public()],
)
async def check(request: Request) -> Any:
    """A verdict for one text, or with `application/x-ndjson` for each line of a batch."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith(NDJSON):
        return StreamingResponse(_batch(request.app, body), media_type=NDJSON)
    try:
        question = Question.model_validate_json(body)
    except ValidationError as wrong:
        return problem(422, "question_unreadable", what=_first(wrong))
    return JSONResponse(_answer(request.app, question))


def _answer(app: FastAPI, question: Question) -> Json:
    known = vocabulary("country")
    country = question.country.lower()
    if country not in known:
        raise UsageError("country_unknown", country=question.country, known=", ".join(known))
    checked = check_text(question.text, advert=question.advert)
    app.state.levels[checked.verdict.level] += 1
    return check_json(checked, question.lang, country)


def _batch(app: FastAPI, body: bytes) -> Iterator[bytes]:
    """One answer for each line, with its `id`; a bad line is answered too and the rest goes on."""
    for line in body.splitlines():
        if line.strip():
            yield json.dumps(_line(app, line), ensure_ascii=False).encode() + b"\n"


def _line(app: FastAPI, line: bytes) -> Json:
    try:
        said = json.loads(line)
        given = said.pop("id")
        return {"id": given, **_answer(app, Question.model_validate(said))}
    except FanzhaError as error:
        return {"id": None, "error": {"code": error.code, "text": explain(error)}}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"id": None, "error": {"code": "bad_line", "text": say("check.bad_line")}}


def _first(wrong: ValidationError) -> str:
    """Where the question is wrong and how, without its words."""
    error = wrong.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}" if place else str(error["msg"])
