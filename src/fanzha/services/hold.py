"""Use case: a person moves one hold to its next state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import open_casebook
from fanzha.errors import NotAllowed, UnknownRecord
from fanzha.model.chain import Action
from fanzha.money.hold_state import Standing, advance, standing
from fanzha.services.money_inputs import minor, moment
from fanzha.services.recorded import RecordedHold, find_case, recorded_holds

READY = ("fields_ok", "sent")  # states that only a hold with its four match fields may enter
ORDERED = "frozen"  # an authority may have ordered more than was traced: recorded, and appealable


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """Which hold of which case goes to which state, who says so, when, and on what legal basis."""

    case: str
    hold_id: str
    state: str
    who: str
    basis: str
    now: datetime
    at: str | None = None
    expires_at: str | None = None
    amount: str | None = None  # decimal major units
    note: str = ""
    casebook: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldResult:
    """Where the hold now stands, and the record that says so."""

    case_id: str
    hold: RecordedHold
    action: Action
    standing: Standing
    record: int


def move_hold(request: HoldRequest) -> HoldResult:
    """Record the step if it is allowed from where the hold stands; `NotAllowed` says why not.

    A hold never exceeds the traced amount, and one whose match fields are missing is not sent.
    """
    ref = find_case(request.case, request.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        holds = recorded_holds(casebook, ref.case_id)
        hold = next((h for h in holds if h.hold_id == request.hold_id), None)
        if hold is None:
            known = ", ".join(h.hold_id for h in holds) or "-"
            raise UnknownRecord("unknown_hold", case=ref.case_id, hold=request.hold_id, known=known)
        history = casebook.actions_on(ref.case_id, hold.hold_id)
        step = advance(history, _step(request, hold, ref.tz))
        _check(step, hold)
        (record,) = casebook.append(ref.case_id, [step], request.now)
        return HoldResult(
            case_id=ref.case_id,
            hold=hold,
            action=step,
            standing=standing((*history, step), request.now),
            record=record.seq,
        )


def _check(step: Action, hold: RecordedHold) -> None:
    if step.state in READY and hold.missing:
        raise NotAllowed("hold_not_draftable", hold=hold.hold_id, missing=", ".join(hold.missing))
    if step.amount is not None and step.amount > hold.cap and step.state != ORDERED:
        raise NotAllowed("hold_above_cap", hold=hold.hold_id)


def _step(request: HoldRequest, hold: RecordedHold, tz: ZoneInfo) -> Action:
    return Action(
        kind="hold",
        on=hold.hold_id,
        who=request.who,
        at=moment(request.at, tz) or request.now,
        legal_basis=request.basis,
        state=request.state,
        expires_at=moment(request.expires_at, tz),
        amount=hold.cap if request.amount is None else minor(request.amount, hold.account.currency),
        currency=hold.account.currency,
        note=request.note,
    )
