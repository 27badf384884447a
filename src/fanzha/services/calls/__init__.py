"""Use case: whom to call back, why, when, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from fanzha.casebook import Casebook, Record
from fanzha.casebook.record import load_action
from fanzha.errors import UnknownRecord, UsageError
from fanzha.model.chain import Action
from fanzha.services.calls.grade import (
    LEVELS,
    OUTCOMES,
    REASONS,
    Attempt,
    Due,
    grade,
    next_due,
)
from fanzha.services.calls.step_by_step import Stepwise, paying_step_by_step
from fanzha.services.measures import AVERT
from fanzha.services.public_check import REPORT_KIND
from fanzha.services.watch.hits import WATCH_HIT

CALL = "call"  # an action on a call: its state is the outcome, `expires_at` when to call again
STOLEN = "theft_itself"  # the ground of a hit that is a victim paying, not somebody further down
ESTIMATES = ("payment_stopped", "stated_loss")
SOURCES = ("public_report", "report", "steps", "watch_hit")
LATELY = timedelta(hours=24)
LAPSES = timedelta(days=3)  # a call so long overdue is no warning any more
STEPS_LAST = timedelta(days=30)  # after the last statement nobody looks for step-by-step payments
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
class _Wanted:
    """Somebody to call, as the records say; it changes only when the case gets a record."""

    call_id: str
    source: str
    since: datetime
    reasons: tuple[str, ...]
    last_paid: datetime | None = None
    shown: dict[str, Any] = field(default_factory=dict, repr=False)
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Digest:
    """What the records of a case say of calls; `statement_at` is when the last statement came."""

    wanted: tuple[_Wanted, ...]
    statement_at: datetime | None


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
            wanted = _wanted(casebook, case_id, tip, now)
            calls += [c for w in wanted if (c := _call(case_id, w, now)) is not None]
    return sorted(calls, key=lambda call: _urgency(call, now))


def find_call(casebook: Casebook, case_id: str, call_id: str, now: datetime) -> Call:
    """One call of a case, also a finished one; `UnknownRecord` (`unknown_call`) if not there."""
    tip = casebook.tips().get(case_id, 0)
    for wanted in _wanted(casebook, case_id, tip, now) if tip else ():
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


def _wanted(casebook: Casebook, case_id: str, tip: int, now: datetime) -> Iterator[_Wanted]:
    digest = _digest(casebook, case_id, tip)
    yield from digest.wanted
    if digest.statement_at is not None and now - digest.statement_at <= STEPS_LAST:
        for wanted in _steps(casebook, case_id, tip):
            yield replace(wanted, since=max(wanted.since, digest.statement_at))


def _call(case_id: str, wanted: _Wanted, now: datetime) -> Call | None:
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


def _finished(case_id: str, wanted: _Wanted) -> Call:
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


@lru_cache(maxsize=KEPT_CASES)
def _digest(casebook: Casebook, case_id: str, _tip: int) -> _Digest:
    contents = casebook.contents(case_id)
    attempts = _attempts(contents)
    came = [r.recorded_at for r, _ in contents if r.type == "fact" and r.kind == "statement"]
    return _Digest(
        wanted=(
            *_reported(contents, attempts),
            *_sent(casebook, contents, attempts),
            *_hits(casebook, contents, attempts),
        ),
        statement_at=max(came, default=None),
    )


@lru_cache(maxsize=KEPT_CASES)
def _steps(casebook: Casebook, case_id: str, _tip: int) -> tuple[_Wanted, ...]:
    """Payments are read only where a statement came lately: the rest has lapsed anyhow."""
    attempts = _attempts(casebook.contents(case_id))
    return tuple(_stepwise(p, attempts) for p in paying_step_by_step(casebook, case_id))


def _attempts(contents: Sequence[tuple[Record, bytes | None]]) -> dict[str, tuple[Attempt, ...]]:
    """By call, oldest first; what was taken back is not there."""
    acts = {
        record.seq: load_action(payload)
        for record, payload in contents
        if record.type == "action" and payload is not None and record.kind != "erase"
    }
    undone = {act.undoes for act in acts.values()}
    found: dict[str, tuple[Attempt, ...]] = {}
    for seq, act in acts.items():
        if act.kind == CALL and seq not in undone and act.undoes is None:
            made = Attempt(act.who, act.at, act.state, act.expires_at, act.note)
            found[act.on] = (*found.get(act.on, ()), made)
    return found


def name_of(source: str, key: str) -> str:
    """The stable name of a call: of a report by its file, of a fact by its record."""
    return f"call-{hashlib.sha256(f'{source}|{key}'.encode()).hexdigest()[:10]}"


def _reported(
    contents: Sequence[tuple[Record, bytes | None]], attempts: dict[str, tuple[Attempt, ...]]
) -> Iterator[_Wanted]:
    """A victim is called again two hours and a day after they reported."""
    bodies: dict[str, dict[str, Any]] = {}
    for record, payload in contents:
        if record.type == "finding" and record.kind == "report" and payload is not None:
            body = json.loads(payload)
            bodies[body["source"]] = body
    for source, body in bodies.items():
        call_id = name_of("report", source)
        told = body["transfers"]
        amount = sum(t["amount"] or 0 for t in told) or None
        yield _Wanted(
            call_id=call_id,
            source="report",
            since=datetime.fromisoformat(body["received_at"]),
            reasons=_victim_reasons(body),
            attempts=attempts.get(call_id, ()),
            shown={
                "contact": body["caller_phone"],
                "name": body["caller_name"],
                "institution": next((t["victim_bank"] for t in told if t["victim_bank"]), ""),
                "amount": amount,
                "currency": next((t["currency"] for t in told if t["amount"]), ""),
                "scam_type": next((c["code"] for c in body["candidates"]), ""),
            },
        )


def _victim_reasons(body: dict[str, Any]) -> tuple[str, ...]:
    signs = {
        "victim_connected": body["still_connected"],
        "victim_asked_for_more": "pay_nothing" in body["script"],
        f"victim_{body['tier']}": True,
    }
    return tuple(code for code, seen in signs.items() if seen)


def _sent(
    casebook: Casebook,
    contents: Sequence[tuple[Record, bytes | None]],
    attempts: dict[str, tuple[Attempt, ...]],
) -> Iterator[_Wanted]:
    """Who sent a report from the public page asked to be called."""
    for record, said in _facts(casebook, contents, REPORT_KIND):
        call_id = name_of(REPORT_KIND, str(record.seq))
        asked = f"asked_{said.get('level') or 'none'}"
        reasons = [asked if asked in REASONS else "asked_none"]
        if said.get("paid"):
            reasons.insert(0, "already_paid")
        yield _Wanted(
            call_id=call_id,
            source="public_report",
            since=record.recorded_at,
            reasons=tuple(reasons),
            attempts=attempts.get(call_id, ()),
            shown={
                "contact": str(said.get("contact", "")),
                "name": str(said.get("name", "")),
                "words": str(said.get("text", "")),
            },
        )


def _hits(
    casebook: Casebook,
    contents: Sequence[tuple[Record, bytes | None]],
    attempts: dict[str, tuple[Attempt, ...]],
) -> Iterator[_Wanted]:
    """A victim's own account was seen paying again; a hit further down the path warns nobody."""
    for record, said in _facts(casebook, contents, WATCH_HIT):
        path = said.get("path")
        if isinstance(path, list) and path and path[0] != said.get("debtor_account"):
            continue
        if not any(why[0] == STOLEN for why in said.get("reasons", ())):
            continue
        call_id = name_of(WATCH_HIT, str(record.seq))
        amount = said.get("amount")
        yield _Wanted(
            call_id=call_id,
            source="watch_hit",
            since=record.recorded_at,
            reasons=("watch_hit",),
            attempts=attempts.get(call_id, ()),
            shown={
                "account": str(said.get("debtor_account", "")),
                "institution": str(said.get("debtor_agent", "")),
                "amount": amount if isinstance(amount, int) else None,
                "currency": str(said.get("currency", "")),
            },
        )


def _facts(
    casebook: Casebook, contents: Sequence[tuple[Record, bytes | None]], kind: str
) -> Iterator[tuple[Record, dict[str, Any]]]:
    for record, _ in contents:
        if record.type == "fact" and record.kind == kind:
            payload = casebook.payload(record.seq)
            said = _object(payload) if payload is not None else None
            if said is not None:
                yield record, said


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _stepwise(pattern: Stepwise, attempts: dict[str, tuple[Attempt, ...]]) -> _Wanted:
    call_id = name_of("steps", f"{pattern.debtor}>{pattern.creditor}")
    reasons = [code for code, seen in (("paid_back_first", pattern.paid_back),) if seen]
    return _Wanted(
        call_id=call_id,
        source="steps",
        since=pattern.last,
        last_paid=pattern.last,
        reasons=(*reasons, "pays_growing" if pattern.growing else "pays_repeatedly"),
        attempts=attempts.get(call_id, ()),
        shown={
            "name": pattern.name,
            "account": pattern.debtor,
            "institution": pattern.institution,
            "amount": pattern.amount,
            "currency": pattern.currency,
        },
    )
