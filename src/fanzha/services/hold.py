"""Use case: a person moves one hold to its next state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NotAllowed, UnknownRecord
from fanzha.model.chain import Action
from fanzha.money.hold_state import Standing, advance, standing
from fanzha.services.contents import HOLD
from fanzha.services.money_inputs import minor, moment
from fanzha.services.recorded import RecordedHold, find_case, recorded_holds

READY = ("fields_ok", "sent")  # states that only a hold with its four match fields may enter
# What a person has to say of a step beside its legal basis, at a desk that asks for it.
ASKED = {
    "frozen": ("amount", "expires_at"),
    "partial_release": ("amount", "note"),
    "released": ("note",),
    "rejected": ("note",),
    "returned": ("amount", "note"),
}
ORDERED = "frozen"  # an authority may have ordered more than was traced: recorded, and appealable


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStep:
    """Which hold goes to which state, who says so, when, and on what legal basis."""

    hold_id: str
    state: str
    who: str
    basis: str
    now: datetime
    at: str | None = None
    expires_at: str | None = None
    amount: str | None = None  # decimal major units
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest(HoldStep):
    """A step of a case that is named by its folder, or by its number and a casebook file."""

    case: str
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
    """Open the casebook of the case and take the step, see `take_step`."""
    ref = find_case(request.case, request.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        return take_step(casebook, ref.case_id, request, ref.tz)


def take_step(casebook: Casebook, case_id: str, step: HoldStep, tz: ZoneInfo) -> HoldResult:
    """Record the step if it is allowed from where the hold stands; `NotAllowed` says why not.

    A hold never exceeds the traced amount, and one whose match fields are missing is not sent.
    The amount is what the hold holds from then on; after a partial release, what stays held.
    `tz` is for instants without an offset.
    """
    holds = recorded_holds(casebook, case_id)
    hold = next((h for h in holds if h.hold_id == step.hold_id), None)
    if hold is None:
        known = ", ".join(h.hold_id for h in holds) or "-"
        raise UnknownRecord("unknown_hold", case=case_id, hold=step.hold_id, known=known)
    history = casebook.actions_on(case_id, hold.hold_id, HOLD)
    taken = advance(history, _action(step, hold, tz))
    _check(taken, hold)
    (record,) = casebook.append(case_id, [taken], step.now)
    return HoldResult(
        case_id=case_id,
        hold=hold,
        action=taken,
        standing=standing((*history, taken), step.now),
        record=record.seq,
    )


def _check(step: Action, hold: RecordedHold) -> None:
    if step.state in READY and hold.missing:
        raise NotAllowed("hold_not_draftable", hold=hold.hold_id, missing=", ".join(hold.missing))
    if step.amount is not None and step.amount > hold.cap and step.state != ORDERED:
        raise NotAllowed("hold_above_cap", hold=hold.hold_id)


def _action(step: HoldStep, hold: RecordedHold, tz: ZoneInfo) -> Action:
    return Action(
        kind=HOLD,
        on=hold.hold_id,
        who=step.who,
        at=moment(step.at, tz) or step.now,
        legal_basis=step.basis,
        state=step.state,
        expires_at=moment(step.expires_at, tz),
        amount=hold.cap if step.amount is None else minor(step.amount, hold.account.currency),
        currency=hold.account.currency,
        note=step.note,
    )
