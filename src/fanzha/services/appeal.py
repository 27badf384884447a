"""Use case: somebody says that too much of their money is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NotAllowed, UnknownRecord, UsageError
from fanzha.intake.statement import SourceFile
from fanzha.model.chain import Action, Fact, Ref
from fanzha.model.payment import Account
from fanzha.money.appeal import Appeal, Claim, Frozen, appraise
from fanzha.money.hold_state import IN_FORCE, standing
from fanzha.money.holds import hold_id as name_of
from fanzha.services.contents import HOLD, Contents
from fanzha.services.money_inputs import minor, moment
from fanzha.services.recorded import (
    ANSWER,
    RecordedHold,
    find_case,
    open_appeals,
    recorded_holds,
)
from fanzha.services.sources import read_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """The account, and what its holder says is held.

    `frozen` (major units) is what is held; without it the casebook's hold in force is taken, or
    else the whole balance last seen: that is what a freeze of the account would have hit.
    """

    account: str
    now: datetime
    frozen: str | None = None
    since: str | None = None
    noticed: bool | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRequest(Objection):
    """The same of a case that is named by its folder, or by its number and a casebook file."""

    case: str
    evidence: tuple[str, ...] = ()
    casebook: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealResult:
    """The appraisal as recorded; a person decides."""

    case_id: str
    tz: ZoneInfo
    appeal: Appeal
    record: int


def hear_appeal(request: AppealRequest) -> AppealResult:
    """Read the evidence, open the casebook of the case and hear the appeal, see `hear`."""
    ref = find_case(request.case, request.casebook)
    files = read_sources(request.evidence)
    with open_casebook(ref.casebook, create=False) as casebook:
        return hear(casebook, ref.case_id, request, files, ref.tz)


def hear(
    casebook: Casebook,
    case_id: str,
    said: Objection,
    files: Sequence[SourceFile],
    tz: ZoneInfo,
) -> AppealResult:
    """Record the evidence, and compare what is held with what was traced to the account."""
    at = moment(said.at, tz) or said.now
    hold = _hold(casebook, case_id, said)
    facts = [
        Fact(kind="appeal_evidence", source=f.name, received_at=at, payload=f.content)
        for f in files
    ]
    claim = Claim(
        account=hold.account,
        traced=hold.traced,
        method=hold.method,
        rows=tuple(Ref(file, row) for file, row in hold.rows),
    )
    history = casebook.actions_on(case_id, hold.hold_id, HOLD)
    frozen = _frozen(history, said, hold, at, tz)
    appeal = appraise(claim, frozen, [f.name for f in files], at)
    records = casebook.append(case_id, [*facts, appeal], said.now)
    return AppealResult(case_id=case_id, tz=tz, appeal=appeal, record=records[-1].seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upheld:
    """A person's decision that a hold stays as it is: the reason that the holder is given."""

    why: str
    basis: str
    who: str
    now: datetime


def uphold(casebook: Casebook, case_id: str, hold_id: str, said: Upheld) -> None:
    """Answer an appeal: the hold stays, or ended by itself. Excess is never upheld.

    Raises `NotAllowed`: `appeal_none` where nobody appealed since the last decision,
    `appeal_excess` while more is held than was traced, `appeal_needs_reason` without both a reason
    and a legal basis.
    """
    contents = Contents(casebook, case_id)
    open_ones = open_appeals(contents)
    appeal = next((a for a in open_ones if name_of(a.account) == hold_id), None)
    if appeal is None:
        raise NotAllowed("appeal_none", case=case_id, hold=hold_id)
    if not (said.why.strip() and said.basis.strip()):
        raise NotAllowed("appeal_needs_reason")
    steps = contents.steps.get(hold_id, ())
    in_force = standing(steps, said.now).state in IN_FORCE
    if in_force and (steps[-1].amount or 0) > appeal.traced:
        raise NotAllowed("appeal_excess", hold=hold_id)
    done = Action(
        kind=ANSWER,
        on=hold_id,
        who=said.who,
        at=said.now,
        legal_basis=said.basis,
        note=said.why,
    )
    casebook.append(case_id, [done], said.now)


def _hold(casebook: Casebook, case_id: str, said: Objection) -> RecordedHold:
    """The planned hold on the account; an account that nothing was traced to has a claim of nil."""
    holds = recorded_holds(casebook, case_id)
    number, _, currency = said.account.partition(":")
    found = [
        h for h in holds if h.account.number == number and currency in ("", h.account.currency)
    ]
    if len(found) > 1:
        raise UsageError(
            "held_ambiguous", account=number, known=", ".join(h.account.currency for h in found)
        )
    if found:
        return found[0]
    if said.frozen is None or not holds:
        raise UnknownRecord("unknown_account", case=case_id, account=said.account)
    return RecordedHold(
        hold_id="",
        account=Account(number, currency or holds[0].account.currency),
        traced=0,
        cap=0,
        balance=0,
        missing=(),
        method=holds[0].method,
        rows=(),
    )


def _frozen(
    history: tuple[Action, ...],
    said: Objection,
    hold: RecordedHold,
    at: datetime,
    tz: ZoneInfo,
) -> Frozen:
    steps = _in_force(history, at)
    amount = _amount(steps, hold) if steps else hold.balance
    if said.frozen is not None:
        amount = minor(said.frozen, hold.account.currency)
    since = moment(said.since, tz) or (steps[0].at if steps else None)
    return Frozen(amount=amount, since=since, noticed=said.noticed)


def _in_force(history: tuple[Action, ...], at: datetime) -> list[Action]:
    """The steps since which money is held without a break; none where nothing is held."""
    if not history or standing(history, at).state not in IN_FORCE:
        return []
    steps: list[Action] = []
    for step in history:
        steps = [*steps, step] if step.state in IN_FORCE else []
    return steps


def _amount(steps: Sequence[Action], hold: RecordedHold) -> int:
    """What the last step holds; after a partial release, what stayed held."""
    last = steps[-1].amount if steps else 0
    return hold.balance if last is None else last
