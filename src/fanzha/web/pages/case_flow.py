"""A case's money flow: one drawing that plays over time, by any method, with the rows behind it."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from fanzha.money.trace import Trace
from fanzha.present.flow import LOOKS, Drawing, Rows, behind, draw, row_text
from fanzha.present.flow_play import play
from fanzha.present.words import major, visible
from fanzha.services.result import CaseResult
from fanzha.web.pages.case import Reader, open_case
from fanzha.web.render import render
from fanzha.web.rights import Here, Refused

router = APIRouter()
KEYS = {"fifo": "f", "lifo": "l", "pro_rata": "p", "libr": "b", "poison": "o"}
SPEEDS = ("0.5", "1", "2", "4")
MOST_ROWS = 3000  # payments that one account's list shows

Method = Annotated[str, Query(max_length=20)]


@router.get("/case/{case_id}/flow")
def flow(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    method: Method = "",
) -> Response:
    """The picture by one method; a script plays it, without one it stands still."""
    opened = open_case(request, centre, case_id)
    values: dict[str, Any] = {**opened.values(), "tab": "flow"}
    if opened.result is None:
        return render(request, "case_flow.html", **values)
    result, used = opened.result, opened.result.plan.method.partition("/")[0]
    found = result.traces[method if method in result.traces else used]
    rows = Rows(result.tz)
    drawings = draw(found, result.movements, rows)
    looks = {look for drawing in drawings for look in drawing.looks}
    return render(
        request,
        "case_flow.html",
        **values,
        method=found.rule,
        used=used,
        keys=KEYS,
        speeds=SPEEDS,
        drawings=drawings,
        looks=[look for look in LOOKS if look in looks],
        thefts=_thefts(drawings),
        data=_data(found, drawings, rows, result),
    )


@router.get("/case/{case_id}/flow/rows")
def rows(
    request: Request,
    case_id: str,
    who: Reader,  # noqa: ARG001 guards
    centre: Here,
    entry: Annotated[int, Query(ge=0, le=100_000)],
    method: Method = "",
) -> Response:
    """Every payment behind one band or account of that picture, as a piece of a page."""
    result = open_case(request, centre, case_id).result
    if result is None or method not in result.traces:
        raise Refused(404, "page_missing")
    drawings = draw(result.traces[method], result.movements, Rows(result.tz))
    title, legs = behind(drawings, entry)
    shown = [
        (row_text(leg.payment, result.tz), leg.theft_id, major(leg.amount, leg.payment.currency))
        for leg in legs[:MOST_ROWS]
    ]
    left = len(legs) - len(shown)
    return render(request, "case_flow_rows.html", title=title, rows=shown, left=left)


def _thefts(drawings: list[Drawing]) -> list[tuple[str, str]]:
    """Each theft with where a script finds it: the picture, and its class there."""
    return [
        (f"{picture} t{number}", visible(theft_id, 40))
        for picture, drawing in enumerate(drawings)
        for number, theft_id in enumerate(drawing.graph.thefts)
    ]


def _data(found: Trace, drawings: list[Drawing], rows: Rows, result: CaseResult) -> Markup:
    """What the player reads, as JSON that cannot end its own element."""
    said = {
        **play(found, drawings),
        "zone": result.tz.key,
        "entries": [[e.title, e.rows, e.more] for d in drawings for e in d.entries],
        "rows": rows.texts,
    }
    text = orjson.dumps(said).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
