"""The queue: what burns first, live."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from fanzha.services.queue import KINDS, Task, what_burns
from fanzha.web.paged import Turned, turned
from fanzha.web.render import Nav, render
from fanzha.web.rights import Here, Member, hidden_cases, needs, now, saw

router = APIRouter()
NAV = (Nav(name="queue", path="/queue", permission="queue.read", order=10, key="g q"),)
SHOWN = 100  # tasks of a page
LOOK_EVERY = 2.0  # seconds between two looks at whether the casebook has grown
FADES = timedelta(seconds=60)  # after so long the money has moved on even if nobody wrote anything
LIFETIME = timedelta(minutes=30)  # of one live connection; the browser asks again by itself

Kind = Literal["", "money", "clock", "appeal", "call"]
Reader = Annotated[Member, needs("queue.read")]


@router.get("/queue")
def queue(
    request: Request, who: Reader, centre: Here, kind: Kind = "", page: Turned = 1
) -> Response:
    """Everything that waits, the most urgent first; filters are links."""
    return _page(request, who, centre, "queue.html", kind, page)


@router.get("/queue/live", response_class=StreamingResponse)
async def live(
    request: Request, who: Reader, centre: Here, kind: Kind = "", page: Turned = 1
) -> Response:
    """The list again whenever a case gets a record, and every minute, as server-sent events."""

    async def events() -> AsyncIterator[str]:
        shown, since = "", now(request)
        ends = since + LIFETIME
        while now(request) < ends and not await request.is_disconnected():
            tip = await run_in_threadpool(centre.casebook.checkpoint)
            if shown and (tip != shown or now(request) - since >= FADES):
                again = await run_in_threadpool(
                    _page, request, who, centre, "queue_list.html", kind, page
                )
                lines = bytes(again.body).decode().splitlines()
                since = now(request)
                yield "".join(f"data: {line}\n" for line in lines) + "\n"
            elif not shown:
                yield ": open\n\n"
            shown = tip
            await asyncio.sleep(LOOK_EVERY)

    return StreamingResponse(events(), media_type="text/event-stream")


def _page(
    request: Request, who: Member, centre: Here, template: str, kind: str, page: int
) -> Response:
    hidden = hidden_cases(request, who)
    tasks = what_burns(centre.casebook, now(request), hidden, centre.watch.reach)
    shown = turned([task for task in tasks if kind in ("", task.kind)], page, SHOWN)
    saw(request, who, dict.fromkeys(task.case_id for task in shown.items))
    return render(
        request,
        template,
        kind=kind,
        kinds=KINDS,
        counts=Counter(task.kind for task in tasks),
        shown=shown,
        losing=_losing(tasks),
    )


def _losing(tasks: list[Task]) -> dict[str, int]:
    """What all cases together lose in the next minute, by currency."""
    losing: Counter[str] = Counter()
    for task in tasks:
        if task.losing:
            losing[task.account.currency] += task.losing
    return dict(losing)
