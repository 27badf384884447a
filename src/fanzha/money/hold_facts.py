"""What one hold did for the victims and against the innocent, from its recorded steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from fanzha.money.hold_state import IN_FORCE

RETURNED, PAID, RECOVERED, ANSWERED = "returned", "paid", "recovered", "answered"
LET_GO = ("released", "partial_release")
BESIDE = (PAID, RECOVERED, ANSWERED)  # steps that leave what is in force as it is
DECIDED = (*LET_GO, "frozen", "active", RETURNED, ANSWERED)


class HoldStep(NamedTuple):
    """One recorded step of a hold; `amount` is what is in force from now on, or was paid out.

    `state` is a code of `hold_state`, or one of `BESIDE`: by the ledger of returns `recovered`
    (secured for return; below zero what was let go again) and `paid` (out to a victim); `answered`
    (an appeal was decided and the hold stays as it is).
    """

    at: datetime
    state: str
    amount: int | None = None
    expires_at: datetime | None = None


class Appealed(NamedTuple):
    """An appeal against a hold; `excess` is what was held beyond the traced amount."""

    at: datetime
    excess: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFacts:
    """What is recorded of one hold: its steps and the appeals against it, each oldest first.

    `first_hop` is the part of the planned amount that victims paid in directly; None where no plan
    says so.
    """

    hold_id: str
    currency: str
    first_hop: int | None = None
    steps: tuple[HoldStep, ...] = ()
    appeals: tuple[Appealed, ...] = ()


def held(hold: HoldFacts) -> int:
    """The most that ever stood in force, less what was let go on appeal."""
    peak = max((s.amount or 0 for s in hold.steps if s.state in IN_FORCE), default=0)
    return max(0, peak - let_go(hold))


def overturned(hold: HoldFacts) -> bool:
    """Whether all or part of it was let go after its holder appealed."""
    return _reversal(hold) is not None


def let_go(hold: HoldFacts) -> int:
    """What was released after an appeal."""
    first = _reversal(hold)
    if first is None:
        return 0
    before = _in_force_before(hold, first)
    left = [s for s in hold.steps if s.at >= first.at and s.state in LET_GO]
    return max(0, before - _kept(left[-1]))


def innocent_seconds(hold: HoldFacts, as_of: datetime) -> int:
    """Minor units × seconds for which money was held that had to be let go, or is in excess.

    What lay above the amount that stayed after an appeal counts from the first stop until the
    release; while an appeal is open, what is beyond the traced amount counts.
    """
    kept = _kept_at_last(hold)
    if kept is None:
        return 0
    return sum(
        max(0, amount - kept) * int((end - start).total_seconds())
        for start, end, amount in _stretches(hold, as_of)
    )


def between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole seconds between two instants that are both known."""
    return None if start is None or end is None else int((end - start).total_seconds())


def appeal_seconds(hold: HoldFacts) -> int | None:
    """From the first appeal to the first decision after it; None while there is none."""
    first = hold.appeals[0].at
    return between(first, next((s.at for s in _after(hold) if s.state in DECIDED), None))


def _after(hold: HoldFacts) -> list[HoldStep]:
    return [s for s in hold.steps if hold.appeals and s.at >= hold.appeals[0].at]


def _reversal(hold: HoldFacts) -> HoldStep | None:
    return next((s for s in _after(hold) if s.state in LET_GO), None)


def _kept(step: HoldStep) -> int:
    return 0 if step.state == "released" else step.amount or 0


def _in_force_before(hold: HoldFacts, step: HoldStep) -> int:
    amount = 0
    for earlier in hold.steps[: hold.steps.index(step)]:
        if earlier.state in IN_FORCE:
            amount = earlier.amount or 0
    return amount


def _kept_at_last(hold: HoldFacts) -> int | None:
    """What rightly stays: as decided, or by the traced amount while nobody has decided yet."""
    decided = [s for s in _after(hold) if s.state in LET_GO]
    if decided:
        return _kept(decided[-1])
    excess = max((a.excess for a in hold.appeals), default=0)
    amounts = [s.amount or 0 for s in hold.steps if s.state in IN_FORCE]
    return max(0, amounts[-1] - excess) if excess and amounts else None


def _stretches(hold: HoldFacts, as_of: datetime) -> Iterable[tuple[datetime, datetime, int]]:
    """From when to when how much was in force."""
    ends = [*(s for s in hold.steps if s.state not in BESIDE), HoldStep(as_of, "")]
    for step, following in pairwise(ends):
        if step.state in IN_FORCE:
            end = min(following.at, step.expires_at or following.at)
            yield step.at, max(end, step.at), step.amount or 0
