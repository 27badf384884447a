"""The watch: payments with stolen money as they are made, each seen to by a person."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from fanzha.errors import NotAllowed
from fanzha.services.centre import Centre
from fanzha.services.watch.hits import WatchHit
from fanzha.services.watch.rules import HOLD
from fanzha.web.paged import Turned, turned
from fanzha.web.render import Nav, back, render
from fanzha.web.rights import Here, Member, Posted, hidden_cases, needs, now, saw, text

router = APIRouter()
NAV = (Nav(name="watch", path="/watch", permission="watch.read", order=40, key="g w"),)
SHOWN = 100  # on a page
LOOK_EVERY = 1.0  # seconds between two looks at whether there is another hit
COUNTS_EVERY = 5.0  # so often the counts move even where nothing was hit
LIFETIME = 1800.0  # seconds of one live connection; the browser asks again by itself
MOST_NOTE = 1000  # characters

Show = Literal["", "open", "leaving"]
FILTERS: dict[str, Callable[[WatchHit], bool]] = {
    "": lambda _: True,
    "open": lambda hit: hit.acked is None,
    "leaving": lambda hit: hit.leaving,
}
Reader = Annotated[Member, needs("watch.read")]


@router.get("/watch")
def watch(
    request: Request,
    who: Reader,
    centre: Here,
    show: Show = "",
    case: str = "",
    page: Turned = 1,
) -> Response:
    """Every hit, the newest first; filters are links."""
    return _page(request, who, centre, (show, case), "watch.html", page)


@router.get("/watch/live", response_class=StreamingResponse)
async def live(
    request: Request, who: Reader, centre: Here, show: Show = "", case: str = ""
) -> Response:
    """The list again whenever there is another hit, as server-sent events; the counts meanwhile."""

    async def events() -> AsyncIterator[str]:
        shown, waited, lived = "", 0.0, 0.0
        yield ": open\n\n"
        while lived < LIFETIME and not await request.is_disconnected():
            tip = await run_in_threadpool(centre.casebook.checkpoint)
            if shown and (tip != shown or waited >= COUNTS_EVERY):
                page = await run_in_threadpool(
                    _page, request, who, centre, (show, case), "watch_list.html"
                )
                lines = bytes(page.body).decode().splitlines()
                waited = 0.0
                yield "".join(f"data: {line}\n" for line in lines) + "\n"
            shown = tip
            await asyncio.sleep(LOOK_EVERY)
            waited, lived = waited + LOOK_EVERY, lived + LOOK_EVERY

    return StreamingResponse(events(), media_type="text/event-stream")


@router.post("/watch/{case_id}/{seq}")
def acknowledge(
    request: Request,
    case_id: str,
    seq: int,
    who: Annotated[Member, needs("watch.acknowledge")],
    centre: Here,
    form: Posted,
    show: Show = "",
    case: str = "",
    page: Turned = 1,
) -> Response:
    """A person has seen to a hit; with what they did about it, if they say."""
    note = text(form, "note", MOST_NOTE)
    live = "hx-request" in request.headers
    try:
        centre.watch.hits.acknowledge(case_id, seq, who.login, now(request), note)
    except NotAllowed:
        if not live:  # a list that is live shows by whom
            raise
    if live:
        return _page(request, who, centre, (show, case), "watch_list.html", page)
    return back("/watch", "web_watch.acked", **_query(show, case, page))


def _page(
    request: Request,
    who: Member,
    centre: Centre,
    chosen: tuple[str, str],
    template: str,
    page: int = 1,
) -> Response:
    show, case = chosen
    hits = centre.watch.hits.all(hidden_cases(request, who))
    here = [hit for hit in hits if case in ("", hit.case_id)]
    fitting = turned([hit for hit in here if FILTERS[show](hit)], page, SHOWN)
    saw(request, who, dict.fromkeys(hit.case_id for hit in fitting.items))
    return render(
        request,
        template,
        show=show,
        case=case,
        counts={name: sum(map(fits, here)) for name, fits in FILTERS.items()},
        hits=fitting,
        state=centre.watch.status(),
        asked=_asked(here),
        query=_query(show, case, fitting.number),
        address=str(request.base_url).rstrip("/"),
    )


def _asked(hits: Sequence[WatchHit]) -> dict[str, int]:
    """What is advised to be held of payments to which nobody has seen, by currency."""
    asked: Counter[str] = Counter()
    for hit in hits:
        if hit.decision == HOLD and hit.acked is None:
            asked[hit.to.currency] += hit.hold
    return dict(asked)


def _query(show: str, case: str, page: int) -> dict[str, str]:
    """What is chosen, as it stands in an address."""
    chosen = {"show": show, "case": case, "page": str(page) if page > 1 else ""}
    return {name: value for name, value in chosen.items() if value}
