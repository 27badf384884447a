"""To which transfer a time belongs, and what it comes to after the times said before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fanzha.intake.report.assembly import Assembly
from fanzha.intake.report.clauses import Clause
from fanzha.intake.report.draft import Draft
from fanzha.intake.report.times import ROUGH, Moment, reckon
from fanzha.intake.report.tokens import Token

SAME_BREATH = 6  # clauses over which a time said on its own may still be the payment's


def fill_moment(
    work: Assembly, number: int, clause: Clause, draft: Draft, token: Token, segment: list[Token]
) -> None:
    beside = any(t.kind == "amount" for t in segment) or (
        any(t.kind in ("name", "account") for t in segment)
        and not clause.has("refund", "ask", "other", "deny", "fail")
    )
    if beside or (clause.has("paid", "figure", "loss") and not clause.has("refund")):
        if draft.at is None:
            put_moment(work, draft, token)
    elif not clause.has("refund", "ask", "other", "deny", "fail"):
        if draft.has("amount") and draft.at is None and (token.value.clock or token.value.ago):
            put_moment(work, draft, token)
        else:
            work.waiting = (number, token)
            _tell(work, token.value)


def _tell(work: Assembly, moment: Moment) -> datetime:
    """What a time comes to; the next bare clock goes on from it."""
    before, told = work.told or (None, None)
    at = reckon(moment, work.received_at, work.tz, before, told).at
    if moment.ago is None:
        work.told = (moment, at)
    return at


def take_waiting(work: Assembly, number: int, draft: Draft) -> None:
    """A time said on its own just before the payment is the payment's."""
    if work.waiting and draft.at is None:
        since = number - work.waiting[0]
        if since <= SAME_BREATH:
            put_moment(work, draft, work.waiting[1])
        if 1 < since <= SAME_BREATH:  # it may be the time of something else in between
            draft.precision_seconds = max(draft.precision_seconds, ROUGH)
            draft.remark("time", "time_rough")
    work.waiting = None


def put_moment(work: Assembly, draft: Draft, token: Token) -> None:
    before, told = work.told or (None, None)
    if told is not None and draft.at is not None and token.value.day is None:
        told = draft.at  # a corrected clock keeps its day
    moment = token.value
    if draft.moment is not None and not moment.period and not moment.day and moment.clock:
        moment = replace(moment, period=draft.moment.period)  # and its half of the day
    elif draft.moment is not None and moment.day and not moment.clock:
        moment = replace(moment, clock=draft.moment.clock, period=draft.moment.period)
    reckoned = reckon(moment, work.received_at, work.tz, before, told)
    draft.settle("time")
    draft.at, draft.precision_seconds = reckoned.at, reckoned.precision_seconds
    draft.moment = moment
    draft.words["time"] = work.found(token)
    draft.values["time"] = True
    for concluded in reckoned.concluded:
        draft.remark("time", f"time_{concluded}")
    if reckoned.at > work.received_at:
        draft.remark("time", "time_ahead")
    if token.value.ago is None:
        work.told = (token.value, reckoned.at)
