"""Use case: a person closes a case, for there is nothing left to ask a bank for."""

from __future__ import annotations

from datetime import datetime

from fanzha.casebook import Casebook
from fanzha.errors import NotAllowed
from fanzha.model.chain import Action
from fanzha.money.hold_state import IN_FORCE, standing
from fanzha.services.contents import Contents

CLOSE = "close"


def close_case(casebook: Casebook, case_id: str, why: str, who: str, now: datetime) -> None:
    """Record that the case is closed, and why: nobody is asked to hold its money any more.

    Whatever comes in later opens it again by itself. Raises `NotAllowed`: `case_holds_money`
    while a hold of the case is in force, for its clock runs on, `case_closed` where it is.
    """
    contents = Contents(casebook, case_id)
    if closing(contents) is not None:
        raise NotAllowed("case_closed", case=case_id)
    for hold_id, steps in contents.steps.items():
        if standing(steps, now).state in IN_FORCE:
            raise NotAllowed("case_holds_money", case=case_id, hold=hold_id)
    done = Action(kind=CLOSE, on=case_id, who=who, at=now, legal_basis="", note=why)
    casebook.append(case_id, [done], now)


def reopen_case(casebook: Casebook, case_id: str, who: str, now: datetime) -> None:
    """Take the closing back. Raises `NotAllowed` (`case_open`) where the case is open."""
    found = closing(Contents(casebook, case_id))
    if found is None:
        raise NotAllowed("case_open", case=case_id)
    back = Action(kind=CLOSE, on=case_id, who=who, at=now, legal_basis="", undoes=found[0])
    casebook.append(case_id, [back], now)


def closing(contents: Contents) -> tuple[int, Action] | None:
    """The record by which a case is closed; None where it is open.

    A fact that came after it opened the case again.
    """
    came = max((record.seq for record in contents.records if record.type == "fact"), default=0)
    closed = [(seq, act) for seq, act in contents.decided.items() if act.kind == CLOSE]
    return closed[-1] if closed and closed[-1][0] > came else None
