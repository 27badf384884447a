"""`POST /v1/watch`: payments as JSON lines in, one decision a line out, all over the one watch."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from fanzha.present.watch_view import WatchView
from fanzha.services.watch.live import Answer
from fanzha.services.watch.rules import Decision
from fanzha.web.rights import Here, Member, hidden_cases, needs, now

NDJSON = "application/x-ndjson"
MAX_BODY_BYTES = 4 * 1024 * 1024  # some 20,000 payments; more come in several requests
RESTRICTED = "restricted"  # stands for a theft of a case that the sender may not know
_LINES = {"schema": {"type": "string", "description": "One payment a line, as in a CSV or JSON."}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {}}, "description": "One decision a line, in the order of the rows."}
}

router = APIRouter()


@router.post(
    "/v1/watch",
    responses=_ANSWERS,
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: _LINES}}},
)
async def watched(
    request: Request, who: Annotated[Member, needs("watch.read")], centre: Here
) -> Response:
    """Whether each payment carries stolen money, whose, and whether it is about to be gone.

    Rows count over all requests. A sender that repeats a request after a lost answer should number
    its lines itself (`row`): what was taken already is then passed over, not moved again.
    """
    body = await request.body()

    def answer() -> bytes:
        answers = centre.watch.take(body, now(request))
        hidden = hidden_cases(request, who)
        return WatchView("en")(list(_seen_by(answers, hidden)) if hidden else answers)

    return Response(await run_in_threadpool(answer), media_type=NDJSON)


def _seen_by(answers: list[Answer], hidden: Collection[str]) -> Iterator[Answer]:
    """The answers without the names of thefts of hidden cases; the advice stays."""

    def shown(name: Any) -> Any:
        return RESTRICTED if str(name).rpartition("/")[0] in hidden else name

    for row, said in answers:
        if isinstance(said, Decision):
            named = tuple((shown(theft), amount) for theft, amount in said.traced)
            grounds = tuple(
                g._replace(values={k: shown(v) for k, v in g.values.items()}) for g in said.grounds
            )
            yield row, replace(said, traced=named, grounds=grounds)
        else:
            yield row, said
