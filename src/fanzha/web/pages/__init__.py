"""The pages. A module here is found by itself and has a `router`, and perhaps `NAV`, `BODY_LIMITS`.

    router = APIRouter()
    NAV = (Nav(name="queue", path="/queue", permission="queue.read", order=10, key="g q"),)
    BODY_LIMITS = {"/intake/drop": 64 * MIB}  # where more than 1 MiB may be sent

    @router.get("/case/{case_id}")
    def case(request: Request, case_id: str, who: Annotated[Member, needs("case.read")],
             centre: Here) -> Response:
        return render(request, "case.html", case=…)

Every route has `needs("…")` or `dependencies=[public("30/minute")]` and a row in the tested matrix.
Where the path names a `case_id`, a case that is kept from this member is a 404, and the access log
is written; a list or search leaves `hidden_cases(request, who)` out and calls `saw(request, who,
case_ids)`. A changing route takes `form: Posted` after `who`; each form of a template holds
`{{ csrf }}`. After a change: `return back("/queue", said="web_queue.done")`.
"""
