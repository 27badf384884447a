"""Use case: whom to call back, why, when, and what came of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from fanzha.casebook import Casebook
from fanzha.errors import UnknownRecord, UsageError
from fanzha.model.chain import Action
from fanzha.services.calls.grade import LEVELS, OUTCOMES, Attempt, Due, grade, next_due
from fanzha.services.calls.wanted import CALL, Wanted, wanted_in
from fanzha.services.measures import AVERT

ESTIMATES = ("payment_stopped", "stated_loss")
SOURCES = ("public_report", "report", "steps", "watch_hit")
LATELY = timedelta(hours=24)
LAPSES = timedelta(days=3)  # a call so long overdue is no warning any more
KEPT_CASES = 20_000
LATEST_AGAIN = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call-back that is due: a task, with the reasons for its grade.

    `source` says where it comes from: what somebody sent from /check (`public_report`), a victim's
    own report (`report`), payments that grow step by step (`steps`), a watch hit. `account` and
    `institution` say through whom an account's holder can be reached where there is no number.
    """

    case_id: str
    call_id: str
    source: str
    level: str
    reasons: tuple[str, ...]
    since: datetime
    due: Due
    lapsed: bool = False
    contact: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    account: str = ""
    institution: str = ""
    amount: int | None = None
    currency: str = ""
    scam_type: str = ""
    words: str = field(default="", repr=False)
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of a call, as the operator logs it."""

    outcome: str
    note: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Averted:
    """A payment that was about to be made and was not; an estimate, and how it was made."""

    amount: int
    currency: str
    estimate: str
    note: str = ""


def open_calls(casebook: Casebook, now: datetime, hidden: Collection[str] = ()) -> list[Call]:
    """Every call that is still to be made and has not lapsed, the most urgent first.

    What is due comes before what is not; then by grade, then by time.
    """
    return [call for call in all_calls(casebook, now, hidden) if not call.lapsed]


def all_calls(casebook: Casebook, now: datetime, hidden: Collection[str] = ()) -> list[Call]:
    """The same with those that nobody made for `LAPSES`, so that they can be counted."""
    calls: list[Call] = []
    for case_id, tip in casebook.tips().items():
        if case_id not in hidden:
            calls += _calls(casebook, case_id, tip, now)
    return sorted(calls, key=lambda call: _urgency(call, now))


@lru_cache(maxsize=KEPT_CASES)
def _calls(casebook: Casebook, case_id: str, tip: int, now: datetime) -> tuple[Call, ...]:
    wanted = wanted_in(casebook, case_id, tip, now)
    return tuple(call for one in wanted if (call := _call(case_id, one, now)) is not None)


def find_call(casebook: Casebook, case_id: str, call_id: str, now: datetime) -> Call:
    """One call of a case, also a finished one; `UnknownRecord` (`unknown_call`) if not there."""
    tip = casebook.tips().get(case_id, 0)
    for wanted in wanted_in(casebook, case_id, tip, now) if tip else ():
        if wanted.call_id == call_id:
            return _call(case_id, wanted, now) or _finished(case_id, wanted)
    raise UnknownRecord("unknown_call", call=call_id, case=case_id)


def is_open(call: Call) -> bool:
    """Whether a further call is to be made."""
    return call.due.step != "done"


def log_attempt(
    casebook: Casebook, case_id: str, call_id: str, said: Said, who: str, now: datetime
) -> None:
    """Record what came of a call. Raises `UsageError`: `outcome_unknown`, `again_unusable`."""
    find_call(casebook, case_id, call_id, now)
    if said.outcome not in OUTCOMES:
        raise UsageError("outcome_unknown", known=", ".join(OUTCOMES))
    again = said.again_at if said.outcome == "call_again" else None
    if again is not None and not now < again <= now + LATEST_AGAIN:
        raise UsageError("again_unusable", days=LATEST_AGAIN.days)
    made = Action(
        kind=CALL,
        on=call_id,
        who=who,
        at=now,
        legal_basis="",
        state=said.outcome,
        expires_at=again,
        note=said.note,
    )
    casebook.append(case_id, [made], now)


def avert(
    casebook: Casebook, case_id: str, call_id: str, stopped: Averted, who: str, now: datetime
) -> None:
    """Record that a payment was stopped before it was made: an estimate, counted apart.

    See docs/reference/measures.md. Raises `UsageError` (`averted_unusable`).
    """
    find_call(casebook, case_id, call_id, now)
    if stopped.amount <= 0 or stopped.estimate not in ESTIMATES:
        raise UsageError("averted_unusable")
    done = Action(
        kind=AVERT,
        on=call_id,
        who=who,
        at=now,
        legal_basis="",
        state=stopped.estimate,
        amount=stopped.amount,
        currency=stopped.currency,
        note=stopped.note,
    )
    casebook.append(case_id, [done], now)


def _urgency(call: Call, now: datetime) -> tuple[Any, ...]:
    due = call.due.at <= now
    return not due, -LEVELS.index(call.level), call.due.at, call.case_id, call.call_id


def _call(case_id: str, wanted: Wanted, now: datetime) -> Call | None:
    reasons = wanted.reasons
    if wanted.last_paid is not None and now - wanted.last_paid <= LATELY:
        reasons = ("paid_lately", *reasons)
    level = grade(reasons)
    due = next_due(wanted.since, level, wanted.attempts, spoken=wanted.source == "report")
    if due is None:
        return None
    return Call(
        case_id=case_id,
        call_id=wanted.call_id,
        source=wanted.source,
        level=level,
        reasons=reasons,
        since=wanted.since,
        due=due,
        lapsed=now - due.at > LAPSES,
        attempts=wanted.attempts,
        **wanted.shown,
    )


def _finished(case_id: str, wanted: Wanted) -> Call:
    return Call(
        case_id=case_id,
        call_id=wanted.call_id,
        source=wanted.source,
        level=grade(wanted.reasons),
        reasons=wanted.reasons,
        since=wanted.since,
        due=Due("done", wanted.attempts[-1].at),
        attempts=wanted.attempts,
        **wanted.shown,
    )
