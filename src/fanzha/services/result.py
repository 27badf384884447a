"""What the main job gives back: one frozen object that every face reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.intake.report import Report
from fanzha.model.chain import Reason
from fanzha.model.payment import Refusal
from fanzha.money.appeal import Appeal
from fanzha.money.hold_state import Standing
from fanzha.money.holds import HoldPlan
from fanzha.money.movements import Movements
from fanzha.money.returns import ReturnPlan
from fanzha.money.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of the case, what it was read as, and the hash by which anybody can check it.

    `kind` is report, statement, payments, thefts, balances, terminals, institutions or carriers;
    `shape` and `encoding` say how a statement was read. `record` is its number in the casebook.
    """

    name: str
    kind: str
    sha256: str
    size: int
    record: int
    shape: str = ""
    encoding: str = ""
    rows: int = 0
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that is not known, how much money hangs on it, and so what to ask for next.

    `code` is a key of the catalogue under `gap.`; `values` fill its sentence; `amount` (minor
    units of `currency`) orders the list.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    amount: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case worked through: what happened, where the money is, what may be held and returned.

    `traces` are by method (fifo, lifo, pro_rata, libr, poison), in that order; `plan` and
    `returns` follow `plan.method`. `returns_basis` is `held` when holds are in force in the
    casebook, else `planned`: what could be returned if every planned hold stood. `reopened` names
    thefts that an earlier return plan of this case did not know. `appeals` are the last one heard
    for each account.
    """

    case_id: str
    as_of: datetime
    confirmed_at: datetime
    hold_at: datetime
    tz: ZoneInfo
    sources: tuple[Source, ...]
    reports: tuple[Report, ...]
    movements: Movements
    traces: Mapping[str, Trace]
    plan: HoldPlan
    standings: Mapping[str, Standing]
    returns: tuple[ReturnPlan, ...]
    returns_basis: str
    reopened: tuple[str, ...]
    appeals: tuple[Appeal, ...] = ()
    gaps: tuple[Gap, ...]
    notes: tuple[Reason, ...]
    refusals: tuple[Refusal, ...]
    checkpoint: str
