"""Who ought to be called, as the records of a case say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from fanzha.casebook import Casebook, Record
from fanzha.services.calls.grade import (
    REASONS,
    Attempt,
)
from fanzha.services.calls.step_by_step import Stepwise, paying_step_by_step
from fanzha.services.case_folder import rests_on
from fanzha.services.contents import Contents
from fanzha.services.public_check import REPORT_KIND
from fanzha.services.watch.hits import WATCH_HIT

CALL = "call"  # an action on a call: its state is the outcome, `expires_at` when to call again
STOLEN = "theft_itself"  # the ground of a hit that is a victim paying, not somebody further down
STEPS_LAST = timedelta(days=30)  # after the last statement nobody looks for step-by-step payments
KEPT_CASES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
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

    wanted: tuple[Wanted, ...]
    statement_at: datetime | None


def wanted_in(casebook: Casebook, case_id: str, tip: int, now: datetime) -> Iterator[Wanted]:
    """Whom to call in this case; payments are looked at for a while after a statement came."""
    digest = _digest(casebook, case_id, tip)
    yield from digest.wanted
    if digest.statement_at is not None and now - digest.statement_at <= STEPS_LAST:
        for wanted in _steps(casebook, case_id, tip):
            yield replace(wanted, since=max(wanted.since, digest.statement_at))


@lru_cache(maxsize=KEPT_CASES)
def _digest(casebook: Casebook, case_id: str, _tip: int) -> _Digest:
    contents = Contents(casebook, case_id, (REPORT_KIND, WATCH_HIT))
    attempts = _attempts(contents)
    came = [r.recorded_at for r in contents.records if (r.type, r.kind) == ("fact", "statement")]
    return _Digest(
        wanted=(
            *_reported(contents, attempts),
            *_sent(contents, attempts),
            *_hits(contents, attempts),
        ),
        statement_at=max(came, default=None),
    )


@lru_cache(maxsize=KEPT_CASES)
def _steps(casebook: Casebook, case_id: str, _tip: int) -> tuple[Wanted, ...]:
    """Payments are read only where a statement came lately: the rest has lapsed anyhow."""
    attempts = _attempts(Contents(casebook, case_id))
    files = rests_on(casebook.case(case_id))
    return tuple(_stepwise(p, attempts) for p in _patterns(casebook, case_id, files))


@lru_cache(maxsize=KEPT_CASES)
def _patterns(casebook: Casebook, case_id: str, _files: tuple[int, ...]) -> tuple[Stepwise, ...]:
    return tuple(paying_step_by_step(casebook, case_id))


def _attempts(contents: Contents) -> dict[str, tuple[Attempt, ...]]:
    """By call, oldest first; what was taken back is not there."""
    found: dict[str, tuple[Attempt, ...]] = {}
    for act in contents.decided.values():
        if act.kind == CALL:
            made = Attempt(act.who, act.at, act.state, act.expires_at, act.note)
            found[act.on] = (*found.get(act.on, ()), made)
    return found


def name_of(source: str, key: str) -> str:
    """The stable name of a call: of a report by its file, of a fact by its record."""
    return f"call-{hashlib.sha256(f'{source}|{key}'.encode()).hexdigest()[:10]}"


def _reported(contents: Contents, attempts: dict[str, tuple[Attempt, ...]]) -> Iterator[Wanted]:
    """A victim is called again two hours and a day after they reported."""
    bodies = {body["source"]: body for body in contents.findings("report")}
    for source, body in bodies.items():
        call_id = name_of("report", source)
        told = body["transfers"]
        amount = sum(t["amount"] or 0 for t in told) or None
        yield Wanted(
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
    contents: Contents,
    attempts: dict[str, tuple[Attempt, ...]],
) -> Iterator[Wanted]:
    """Who sent a report from the public page asked to be called."""
    for record, said in _facts(contents, REPORT_KIND):
        call_id = name_of(REPORT_KIND, str(record.seq))
        asked = f"asked_{said.get('level') or 'none'}"
        reasons = [asked if asked in REASONS else "asked_none"]
        if said.get("paid"):
            reasons.insert(0, "already_paid")
        yield Wanted(
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
    contents: Contents,
    attempts: dict[str, tuple[Attempt, ...]],
) -> Iterator[Wanted]:
    """A victim's own account was seen paying again; a hit further down the path warns nobody."""
    for record, said in _facts(contents, WATCH_HIT):
        path = said.get("path")
        if isinstance(path, list) and path and path[0] != said.get("debtor_account"):
            continue
        if not any(why[0] == STOLEN for why in said.get("reasons", ())):
            continue
        call_id = name_of(WATCH_HIT, str(record.seq))
        amount = said.get("amount")
        yield Wanted(
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


def _facts(contents: Contents, kind: str) -> Iterator[tuple[Record, dict[str, Any]]]:
    for record, payload in contents.rows:
        if record.type == "fact" and record.kind == kind and payload is not None:
            said = _object(payload)
            if said is not None:
                yield record, said


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _stepwise(pattern: Stepwise, attempts: dict[str, tuple[Attempt, ...]]) -> Wanted:
    call_id = name_of("steps", f"{pattern.debtor}>{pattern.creditor}")
    reasons = [code for code, seen in (("paid_back_first", pattern.paid_back),) if seen]
    return Wanted(
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
