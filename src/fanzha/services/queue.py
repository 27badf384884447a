"""Use case: every case of the centre at a glance, and what of it burns first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
from fanzha.money.hold_state import IN_FORCE, WAITING, standing
from fanzha.money.holds import DEFAULT_RAIL
from fanzha.money.measures import CaseFacts
from fanzha.money.survival import still_there
from fanzha.services.calls import Call, open_calls
from fanzha.services.closing import closing
from fanzha.services.contents import Contents
from fanzha.services.latest import Latest
from fanzha.services.measures import case_facts
from fanzha.services.recorded import open_appeals
from fanzha.services.watch.plan import Reach, Reaches

KINDS = ("money", "clock", "appeal", "call")
SECOND = timedelta(seconds=1)  # all desks that look within one see the queue as of its end
WITHIN = timedelta(minutes=1)
SOON = timedelta(days=3)  # a clock with more left than this can wait
CALL_SOON = timedelta(minutes=30)  # a call-back with more left than this can wait
CALL_LATE = timedelta(hours=2)  # after that even a high call-back stands behind the money
URGENT = timedelta(minutes=30)  # a clock that has so much left stands above all money
KEPT_CASES = 20_000
Ask = Callable[[datetime], Reaches]
_LATEST = Latest[list["Task"]]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that somebody should do now.

    `money`: a hold that is not in force, with the money likely still there (`amount`) and what is
    being lost of it in the next minute (`losing`), by the prior of the rail: an order of calls,
    not a measurement. `clock`: a hold in force whose time is running out. `appeal`: somebody
    waits for an answer; what is held beyond the traced amount is to be let go by `due_at`. `call`:
    somebody to call back by `due_at`, graded `level`; `state` is which call it is, and no account
    is meant. Amounts are minor units.
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
    closed: bool


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
    closed: bool = False  # nobody is asked to hold its money any more; clocks run on


def what_burns(
    casebook: Casebook, now: datetime, hidden: Collection[str] = (), reach: Ask | None = None
) -> list[Task]:
    """Every task of every case that is not `hidden`, the most urgent first.

    `reach` asks the watch where money is by now: where it moved on, it is to be held there.

    First the clocks with less than half an hour left and the high call-backs that are due, by time;
    then money by what is lost of it in the next minute, each currency by its own figure; then the
    other clocks, appeals and call-backs by time.
    """
    at = now.replace(microsecond=0) + SECOND * bool(now.microsecond)
    key = casebook, max(casebook.tips().values(), default=0), at, reach
    tasks = _LATEST.ask(key, lambda: _everything(casebook, at, reach(at) if reach else {}))
    return [task for task in tasks if task.case_id not in hidden]


def _everything(casebook: Casebook, at: datetime, reaches: Reaches) -> list[Task]:
    tasks: list[Task] = []
    for case_id, tip in casebook.tips().items():
        if case_id in reaches:
            tasks += _tasks(case_id, _digest(casebook, case_id, tip), at, reaches[case_id])
        else:
            tasks += _as_planned(casebook, case_id, tip, at)
    tasks += [_call(call) for call in open_calls(casebook, at) if call.due.at <= at + CALL_SOON]
    return sorted(tasks, key=lambda task: _urgency(task, at))


@lru_cache(maxsize=KEPT_CASES)
def _as_planned(casebook: Casebook, case_id: str, tip: int, at: datetime) -> tuple[Task, ...]:
    return tuple(_tasks(case_id, _digest(casebook, case_id, tip), at, None))


def list_cases(casebook: Casebook, now: datetime, hidden: Collection[str] = ()) -> list[CaseLine]:
    """Every case that is not `hidden`, the newest report first."""
    at = now.replace(second=0, microsecond=0)  # a clock that ran out since shows a minute late
    lines = [
        _line(casebook, case_id, tip, at)
        for case_id, tip in casebook.tips().items()
        if case_id not in hidden
    ]
    return sorted(lines, key=lambda line: (line.at, line.case_id), reverse=True)


def is_closed(casebook: Casebook, case_id: str) -> bool:
    """Whether a person closed the case, and nothing came in since."""
    return _digest(casebook, case_id, casebook.tip(case_id)).closed


@lru_cache(maxsize=KEPT_CASES)
def _line(casebook: Casebook, case_id: str, tip: int, now: datetime) -> CaseLine:
    digest = _digest(casebook, case_id, tip)
    may_hold: Counter[str] = Counter()
    for hold in digest.holds:
        may_hold[hold.account.currency] += hold.cap
    return CaseLine(
        case_id=case_id,
        at=digest.facts.reported_at or digest.facts.opened_at,
        loss=digest.facts.loss,
        may_hold=may_hold,
        states=Counter(standing(hold.steps, now).state for hold in digest.holds),
        closed=digest.closed,
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


def _tasks(
    case_id: str, digest: _Digest, now: datetime, reach: Mapping[Account, Reach] | None
) -> Iterator[Task]:
    for hold, confirmed_at in _reached(digest, reach):
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
        if now_at.state in WAITING and confirmed_at is not None and not digest.closed:
            there, later = _there(hold, confirmed_at, now)
            if there:
                yield Task(kind="money", amount=there, losing=max(0, there - later), **plain)
        elif now_at.expires_at is not None and now < now_at.expires_at <= now + SOON:
            amount = hold.steps[-1].amount or 0
            yield Task(kind="clock", amount=amount, due_at=now_at.expires_at, **plain)
    yield from _appealed(case_id, digest, now)


def _reached(
    digest: _Digest, reach: Mapping[Account, Reach] | None
) -> Iterator[tuple[_Planned, datetime | None]]:
    """The holds with what lies there now, and those for accounts that money went on to."""
    for hold in digest.holds:
        if reach is None:
            yield hold, digest.confirmed_at
        else:
            here = reach.get(hold.account)
            yield _now_there(hold, here), here.confirmed_at if here else digest.confirmed_at
    known = {hold.account for hold in digest.holds}
    for account, here in (reach or {}).items():
        if account not in known:
            new = _Planned(
                hold_id="",
                account=account,
                institution=here.institution,
                cap=0,
                missing=(),
                rail=here.rail,
                holdings=(),
                steps=(),
            )
            yield _now_there(new, here), here.confirmed_at


def _now_there(hold: _Planned, here: Reach | None) -> _Planned:
    parts = here.parts if here else ()
    rail = here.rail if here else hold.rail
    return replace(hold, cap=sum(amount for amount, _ in parts), rail=rail, holdings=parts)


def _there(hold: _Planned, confirmed: datetime, now: datetime) -> tuple[int, int]:
    """What is likely still there now, and in a minute."""
    first = later = 0.0
    for amount, credited in hold.holdings:
        first += amount * still_there(hold.rail, credited, confirmed, now)
        later += amount * still_there(hold.rail, credited, confirmed, now + WITHIN)
    return min(hold.cap, round(first)), min(hold.cap, round(later))


def _appealed(case_id: str, digest: _Digest, now: datetime) -> Iterator[Task]:
    """Appeals that nobody has answered; an answer is owed also where the hold ended by itself."""
    held = {hold.account: hold for hold in digest.holds}
    for appeal in digest.appeals:
        hold = held.get(appeal.account)
        state = standing(hold.steps if hold else (), now).state
        ended = hold is not None and bool(hold.steps) and state not in IN_FORCE
        yield Task(
            kind="appeal",
            case_id=case_id,
            hold_id=hold.hold_id if hold else "",
            account=appeal.account,
            institution=hold.institution if hold else "",
            state=state,
            amount=0 if ended else appeal.release_now or appeal.decide,
            due_at=None if ended else appeal.release_due_at,
            since=appeal.at,
        )


_ONE_AT_A_TIME = Lock()  # fifty pages at once wait for one reading instead of doing it fifty times


def _digest(casebook: Casebook, case_id: str, tip: int) -> _Digest:
    with _ONE_AT_A_TIME:
        return _read_digest(casebook, case_id, tip)


@lru_cache(maxsize=KEPT_CASES)
def _read_digest(casebook: Casebook, case_id: str, _tip: int) -> _Digest:
    contents = Contents(casebook, case_id)
    plan = contents.latest("hold_plan")
    return _Digest(
        facts=case_facts(casebook, contents, case_id),
        closed=closing(contents) is not None,
        confirmed_at=datetime.fromisoformat(plan["confirmed_at"]) if plan else None,
        holds=tuple(_planned(contents, said) for said in plan["holds"]) if plan else (),
        appeals=open_appeals(contents) if plan else (),
    )


def _planned(contents: Contents, said: dict[str, Any]) -> _Planned:
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
        steps=contents.steps.get(said["hold_id"], ()),
    )
