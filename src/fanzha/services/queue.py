"""Use case: every case of the centre at a glance, and what of it burns first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any

from fanzha.casebook import Casebook
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.model.vocabulary import entry
from fanzha.model.vocabulary.entries import Rail
from fanzha.money.appeal import Appeal
from fanzha.money.hold_state import IN_FORCE, standing
from fanzha.money.holds import DEFAULT_RAIL
from fanzha.money.measures import CaseFacts
from fanzha.money.survival import still_there
from fanzha.services.calls import Call, open_calls
from fanzha.services.measures import case_facts
from fanzha.services.recorded import recorded_appeals

KINDS = ("money", "clock", "appeal", "call")
WAITING = ("drafted", "fields_ok", "sent", "ack", "rejected")  # nothing is held there yet
WITHIN = timedelta(minutes=1)
SOON = timedelta(days=3)  # a clock with more left than this can wait
CALL_SOON = timedelta(minutes=30)  # a call-back with more left than this can wait
CALL_LATE = timedelta(hours=2)  # after that even a high call-back stands behind the money
URGENT = timedelta(minutes=30)  # a clock that has so much left stands above all money
KEPT_CASES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that somebody should do now.

    `money`: a hold that is not in force, with the money likely still there (`amount`) and what is
    being lost of it in the next minute (`losing`), by the prior of the rail: an order of calls,
    not a measurement. `clock`: a hold in force whose time is running out. `appeal`: money beyond
    the traced amount that is to be let go by `due_at`. `call`: somebody to call back by `due_at`,
    graded `level`; `state` is which call it is, and no account is meant. Amounts are minor units.
    """

    kind: str
    case_id: str
    hold_id: str
    account: Account
    institution: str
    state: str
    amount: int
    losing: int = 0
    due_at: datetime | None = None
    since: datetime | None = None
    missing: tuple[str, ...] = ()
    call_id: str = ""
    level: str = ""
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case at a glance: minor units by currency, and how many of its holds stand where."""

    case_id: str
    at: datetime  # when it was first reported or recorded
    loss: Mapping[str, int]
    may_hold: Mapping[str, int]
    states: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A hold of the last recorded plan, ready to be weighed at any instant."""

    hold_id: str
    account: Account
    institution: str
    cap: int
    missing: tuple[str, ...]
    rail: Rail
    holdings: tuple[tuple[int, datetime], ...]  # amount, last credit
    steps: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Digest:
    """What the queue needs of a case; it changes only when the case gets a record."""

    facts: CaseFacts
    confirmed_at: datetime | None = None
    holds: tuple[_Planned, ...] = ()
    appeals: tuple[Appeal, ...] = ()


def what_burns(casebook: Casebook, now: datetime, hidden: Collection[str] = ()) -> list[Task]:
    """Every task of every case that is not `hidden`, the most urgent first.

    First the clocks with less than half an hour left and the high call-backs that are due, by time;
    then money by what is lost of it in the next minute, each currency by its own figure; then the
    other clocks, appeals and call-backs by time.
    """
    tasks: list[Task] = []
    for case_id, tip in casebook.tips().items():
        if case_id not in hidden:
            tasks += _tasks(case_id, _digest(casebook, case_id, tip), now)
    calls = open_calls(casebook, now, hidden)
    tasks += [_call(call) for call in calls if call.due.at <= now + CALL_SOON]
    return sorted(tasks, key=lambda task: _urgency(task, now))


def list_cases(casebook: Casebook, now: datetime, hidden: Collection[str] = ()) -> list[CaseLine]:
    """Every case that is not `hidden`, the newest report first."""
    lines = [
        _line(case_id, _digest(casebook, case_id, tip), now)
        for case_id, tip in casebook.tips().items()
        if case_id not in hidden
    ]
    return sorted(lines, key=lambda line: (line.at, line.case_id), reverse=True)


def _line(case_id: str, digest: _Digest, now: datetime) -> CaseLine:
    may_hold: Counter[str] = Counter()
    for hold in digest.holds:
        may_hold[hold.account.currency] += hold.cap
    return CaseLine(
        case_id=case_id,
        at=digest.facts.reported_at or digest.facts.opened_at,
        loss=digest.facts.loss,
        may_hold=may_hold,
        states=Counter(standing(hold.steps, now).state for hold in digest.holds),
    )


def _urgency(task: Task, now: datetime) -> tuple[Any, ...]:
    left = task.due_at - now if task.due_at is not None else None
    waits = task.kind == "call" and (task.level != "high" or left is None or left < -CALL_LATE)
    if left is not None and left <= URGENT and not waits:
        return 0, task.due_at, task.case_id, task.account
    if task.kind == "money":
        return 1, -task.losing, -task.amount, task.case_id, task.account
    return 2, task.due_at or now, task.case_id, task.account


def _call(call: Call) -> Task:
    return Task(
        kind="call",
        case_id=call.case_id,
        hold_id="",
        account=Account(call.account, call.currency),
        institution=call.institution,
        state=call.due.step,
        amount=call.amount or 0,
        due_at=call.due.at,
        since=call.since,
        call_id=call.call_id,
        level=call.level,
        name=call.name,
    )


def _tasks(case_id: str, digest: _Digest, now: datetime) -> Iterator[Task]:
    for hold in digest.holds:
        now_at = standing(hold.steps, now)
        plain: dict[str, Any] = {
            "case_id": case_id,
            "hold_id": hold.hold_id,
            "account": hold.account,
            "institution": hold.institution,
            "state": now_at.state,
            "since": now_at.since,
            "missing": hold.missing,
        }
        if now_at.state in WAITING and digest.confirmed_at is not None:
            there, later = _there(hold, digest.confirmed_at, now)
            if there:
                yield Task(kind="money", amount=there, losing=max(0, there - later), **plain)
        elif now_at.expires_at is not None and now < now_at.expires_at <= now + SOON:
            amount = hold.steps[-1].amount or 0
            yield Task(kind="clock", amount=amount, due_at=now_at.expires_at, **plain)
    yield from _appealed(case_id, digest, now)


def _there(hold: _Planned, confirmed: datetime, now: datetime) -> tuple[int, int]:
    """What is likely still there now, and in a minute."""
    first = later = 0.0
    for amount, credited in hold.holdings:
        first += amount * still_there(hold.rail, credited, confirmed, now)
        later += amount * still_there(hold.rail, credited, confirmed, now + WITHIN)
    return min(hold.cap, round(first)), min(hold.cap, round(later))


def _appealed(case_id: str, digest: _Digest, now: datetime) -> Iterator[Task]:
    """Appeals whose excess is still held: a step on the hold after the appeal answers it."""
    held = {hold.account: hold for hold in digest.holds}
    for appeal in digest.appeals:
        hold = held.get(appeal.account)
        steps = hold.steps if hold else ()
        state = standing(steps, now).state
        answered = any(step.at > appeal.at for step in steps)
        if appeal.release_due_at is None or answered or (steps and state not in IN_FORCE):
            continue
        yield Task(
            kind="appeal",
            case_id=case_id,
            hold_id=hold.hold_id if hold else "",
            account=appeal.account,
            institution=hold.institution if hold else "",
            state=state,
            amount=appeal.release_now,
            due_at=appeal.release_due_at,
            since=appeal.at,
        )


_ONE_AT_A_TIME = Lock()  # fifty pages at once wait for one reading instead of doing it fifty times


def _digest(casebook: Casebook, case_id: str, tip: int) -> _Digest:
    with _ONE_AT_A_TIME:
        return _read_digest(casebook, case_id, tip)


@lru_cache(maxsize=KEPT_CASES)
def _read_digest(casebook: Casebook, case_id: str, _tip: int) -> _Digest:
    record = casebook.case(case_id).latest("hold_plan")
    body = casebook.finding(record) if record else None
    facts = case_facts(casebook, case_id)
    if body is None:
        return _Digest(facts=facts)
    return _Digest(
        facts=facts,
        confirmed_at=datetime.fromisoformat(body["confirmed_at"]),
        holds=tuple(_planned(casebook, case_id, said) for said in body["holds"]),
        appeals=recorded_appeals(casebook, case_id),
    )


def _planned(casebook: Casebook, case_id: str, said: dict[str, Any]) -> _Planned:
    return _Planned(
        hold_id=said["hold_id"],
        account=Account(*said["account"]),
        institution=said["institution"],
        cap=said["cap"],
        missing=tuple(said["missing"]),
        rail=entry("rail", said.get("survival", {}).get("rail", DEFAULT_RAIL)),
        holdings=tuple(
            (h["amount"], datetime.fromisoformat(h["last_credit_at"])) for h in said["holdings"]
        ),
        steps=casebook.actions_on(case_id, said["hold_id"]),
    )
