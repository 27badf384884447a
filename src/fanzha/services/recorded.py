"""What the casebook already knows of a case: its number, and its last plan of holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook
from fanzha.errors import UsageError
from fanzha.model.instant import zone
from fanzha.model.payment import Account
from fanzha.money.appeal import Appeal, Check
from fanzha.money.hold_facts import DECIDED
from fanzha.money.holds import hold_id
from fanzha.services.contents import HOLD, Contents

ANSWER = "appeal"  # an action: an appeal against a hold was decided and the hold stays as it is
CASE_FILE = "case.json"
CASEBOOK_FILE = "casebook.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRef:
    """A case by its number and the casebook that has it."""

    case_id: str
    casebook: Path
    tz: ZoneInfo


def find_case(case: str, casebook: Path | None) -> CaseRef:
    """The case that was meant: a folder that the main job wrote, or a number with a casebook."""
    folder = Path(case)
    written = folder / CASE_FILE
    if not written.is_file():
        if casebook is None:
            raise UsageError("case_unknown", case=case)
        return CaseRef(case_id=case, casebook=casebook, tz=zone("UTC"))
    try:
        said = json.loads(written.read_text("utf-8"))
        case_id, tz = said["case_id"], zone(said["time_zone"])
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise UsageError("case_file_unreadable", path=str(written)) from broken
    return CaseRef(case_id=str(case_id), casebook=casebook or folder / CASEBOOK_FILE, tz=tz)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHold:
    """A hold as the last recorded plan has it."""

    hold_id: str
    account: Account
    traced: int
    cap: int
    balance: int
    missing: tuple[str, ...]
    method: str
    rows: tuple[tuple[str, int], ...]


def recorded_holds(casebook: Casebook, case_id: str) -> tuple[RecordedHold, ...]:
    """The holds of the last recorded plan of the case, best first; none when it has no plan."""
    record = casebook.case(case_id).latest("hold_plan")
    body = casebook.finding(record) if record else None
    return tuple(_hold(said, body["method"]) for said in body["holds"]) if body else ()


def recorded_appeals(contents: Contents) -> tuple[Appeal, ...]:
    """The last appeal heard for each account of the case."""
    heard = {appeal.account: appeal for appeal in map(_appeal, contents.findings(Appeal.kind))}
    return tuple(heard.values())


def open_appeals(contents: Contents) -> tuple[Appeal, ...]:
    """The appeals that nobody has answered: no decision on the hold since, to let go or to keep."""
    decided: dict[str, datetime] = {}
    for act in contents.decided.values():
        if act.kind == ANSWER or (act.kind == HOLD and act.state in DECIDED):
            decided[act.on] = max(act.at, decided.get(act.on, act.at))
    return tuple(
        appeal
        for appeal in recorded_appeals(contents)
        if decided.get(hold_id(appeal.account), appeal.at) <= appeal.at
    )


def _appeal(said: dict[str, Any]) -> Appeal:
    due = said["release_due_at"]
    return Appeal(
        method=said["method"],
        account=Account(*said["account"]),
        at=datetime.fromisoformat(said["at"]),
        frozen=said["frozen"],
        traced=said["traced"],
        release_now=said["release_now"],
        decide=said["decide"],
        days_held=said["days_held"],
        checklist=tuple(
            Check(code=c["code"], evidence=tuple(c["evidence"])) for c in said["checklist"]
        ),
        release_due_at=due and datetime.fromisoformat(due),
        defects=tuple(said["defects"]),
    )


def _hold(said: dict[str, Any], method: str) -> RecordedHold:
    return RecordedHold(
        hold_id=said["hold_id"],
        account=Account(*said["account"]),
        traced=said["traced"],
        cap=said["cap"],
        balance=said["balance"],
        missing=tuple(said["missing"]),
        method=method,
        rows=tuple((s["file"], s["row"]) for p in said["credits"] for s in p["sightings"]),
    )
