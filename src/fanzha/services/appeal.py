"""Use case: somebody says that too much of their money is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import UnknownRecord, UsageError
from fanzha.model.chain import Action, Fact, Ref
from fanzha.model.payment import Account
from fanzha.money.appeal import Appeal, Claim, Frozen, appraise
from fanzha.money.hold_state import standing
from fanzha.services.money_inputs import minor, moment
from fanzha.services.recorded import CaseRef, RecordedHold, find_case, recorded_holds
from fanzha.services.sources import read_sources


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRequest:
    """The case, the account, and what its holder shows and says.

    `frozen` (major units) is what is held; without it the casebook's hold in force is taken, or
    else the whole balance last seen: that is what a freeze of the account would have hit.
    """

    case: str
    account: str
    now: datetime
    evidence: tuple[str, ...] = ()
    frozen: str | None = None
    since: str | None = None
    noticed: bool | None = None
    at: str | None = None
    casebook: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealResult:
    """The appraisal as recorded; a person decides."""

    case_id: str
    tz: ZoneInfo
    appeal: Appeal
    record: int


def hear_appeal(request: AppealRequest) -> AppealResult:
    """Record the evidence, and compare what is held with what was traced to the account."""
    ref = find_case(request.case, request.casebook)
    files = read_sources(request.evidence)
    at = moment(request.at, ref.tz) or request.now
    with open_casebook(ref.casebook, create=False) as casebook:
        hold = _hold(casebook, ref.case_id, request)
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
        frozen = _frozen(casebook, ref, request, hold, at)
        appeal = appraise(claim, frozen, [f.name for f in files], at)
        records = casebook.append(ref.case_id, [*facts, appeal], request.now)
        return AppealResult(case_id=ref.case_id, tz=ref.tz, appeal=appeal, record=records[-1].seq)


def _hold(casebook: Casebook, case_id: str, request: AppealRequest) -> RecordedHold:
    """The planned hold on the account; an account that nothing was traced to has a claim of nil."""
    holds = recorded_holds(casebook, case_id)
    number, _, currency = request.account.partition(":")
    found = [
        h for h in holds if h.account.number == number and currency in ("", h.account.currency)
    ]
    if len(found) > 1:
        raise UsageError(
            "held_ambiguous", account=number, known=", ".join(h.account.currency for h in found)
        )
    if found:
        return found[0]
    if request.frozen is None or not holds:
        raise UnknownRecord("unknown_account", case=case_id, account=request.account)
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
    casebook: Casebook, ref: CaseRef, request: AppealRequest, hold: RecordedHold, at: datetime
) -> Frozen:
    in_force = _in_force(casebook.actions_on(ref.case_id, hold.hold_id), at)
    amount = hold.balance
    if request.frozen is not None:
        amount = minor(request.frozen, hold.account.currency)
    elif in_force is not None and in_force.amount is not None:
        amount = in_force.amount
    since = moment(request.since, ref.tz) or (in_force.at if in_force else None)
    return Frozen(amount=amount, since=since, noticed=request.noticed)


def _in_force(history: tuple[Action, ...], at: datetime) -> Action | None:
    if history and standing(history, at).state in ("active", "frozen", "partial_release"):
        return history[-1]
    return None
