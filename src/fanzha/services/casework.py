"""A case worked through: from its files to traces, plans and gaps, wherever the files lie."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, Record
from fanzha.errors import NothingUsable, UnreadableInput
from fanzha.intake.report import Report, read_report_file
from fanzha.model.chain import Action, Finding, Reason, Ref
from fanzha.model.instant import zone
from fanzha.model.payment import Account, Refusal
from fanzha.model.vocabulary import vocabulary
from fanzha.money.appeal import Appeal
from fanzha.money.hold_state import IN_FORCE, Standing, standing
from fanzha.money.holds import LAMBDA, NO_DESK, Desk, HoldPlan, Timing, plan_holds
from fanzha.money.movements import Movements, gather
from fanzha.money.pots import METHODS
from fanzha.money.returns import plan_return
from fanzha.money.trace import Trace, trace
from fanzha.services.case_folder import CaseFolder
from fanzha.services.contents import Contents
from fanzha.services.entered import with_entries
from fanzha.services.gaps import find_gaps
from fanzha.services.money_inputs import MoneyRead, moment, read_money
from fanzha.services.recorded import recorded_appeals
from fanzha.services.reported import reported_thefts
from fanzha.services.result import CaseResult, Source

HOLD_DELAY = timedelta(minutes=5)  # from the last known instant to a hold that lands
PLAN_METHOD = "fifo"

Progress = Callable[[str, Mapping[str, object]], None]


def quiet(stage: str, values: Mapping[str, object]) -> None:
    """Tell nobody how far the work has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """The instants of a question about a case, where they are not to be the default.

    `confirmed_at` defaults to the latest instant in the inputs, `hold_at` to five minutes later,
    `as_of` to everything.
    """

    as_of: str | None = None
    confirmed_at: str | None = None
    hold_at: str | None = None
    weight: Decimal = LAMBDA


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """What the kernels found in the files of a case."""

    read: MoneyRead
    reports: tuple[Report, ...]
    movements: Movements
    traces: Mapping[str, Trace]
    plan: HoldPlan
    notes: tuple[Reason, ...]
    refusals: tuple[Refusal, ...]


def compute(
    case: CaseFolder, asked: Instants, progress: Progress = quiet, desk: Desk = NO_DESK
) -> Computed:
    """Run every kernel over the files; `NothingUsable` when no payment or no theft was taken."""
    reports, no_reports = read_reports(case)
    read = read_money(
        case.money, lambda name, rows: progress("read", {"file": name, "count": rows})
    )
    thefts, unmatched = reported_thefts(read.payments, read.thefts, reports)
    progress("ordering", {"count": len(read.payments)})
    movements = gather(read.payments, thefts, read.known, moment(asked.as_of, read.tz))
    refusals = (*no_reports, *read.refusals, *movements.refusals)
    if not movements.thefts:
        raise NothingUsable("no_thefts", refusals=refusals)
    traces = {}
    for method in METHODS:
        progress("tracing", {"method": method})
        traces[method] = trace(movements, method, read.carriers)
    return Computed(
        read=read,
        reports=reports,
        movements=movements,
        traces=traces,
        plan=plan_holds(traces[PLAN_METHOD], _timing(asked, read, reports), read.terms, desk),
        notes=(*unmatched, *read.notes),
        refusals=refusals,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people did in a case until now, and which thefts its last recorded trace knew not."""

    steps: Mapping[str, tuple[Action, ...]]  # by hold
    appeals: tuple[Appeal, ...]
    reopened: tuple[str, ...]


def decided(casebook: Casebook, case_id: str, found: Computed) -> Decided:
    """Read what was decided on the holds that were planned."""
    contents = Contents(casebook, case_id)
    return Decided(
        steps={h.hold_id: contents.steps.get(h.hold_id, ()) for h in found.plan.holds},
        appeals=recorded_appeals(contents),
        reopened=_reopened(contents, found.movements),
    )


def result_of(
    case_id: str, sources: tuple[Source, ...], found: Computed, done: Decided, now: datetime
) -> CaseResult:
    """The case as it stands now: what was computed, with what people decided since."""
    standings = {name: standing(steps, now) for name, steps in done.steps.items()}
    held, basis = _held(found.plan, standings)
    thefts = tuple(found.movements.thefts.values())
    result = CaseResult(
        case_id=case_id,
        as_of=found.movements.as_of,
        confirmed_at=found.plan.confirmed_at,
        hold_at=found.plan.hold_at,
        tz=_shown_zone(found.read, thefts[0].currency),
        sources=sources,
        reports=found.reports,
        movements=found.movements,
        traces=found.traces,
        plan=found.plan,
        standings=standings,
        returns=plan_return(found.traces[PLAN_METHOD], thefts, held),
        returns_basis=basis,
        reopened=done.reopened,
        appeals=done.appeals,
        gaps=(),
        notes=found.notes,
        refusals=found.refusals,
        checkpoint="",
    )
    return dataclasses.replace(result, gaps=find_gaps(result))


def keep(casebook: Casebook, result: CaseResult, now: datetime) -> CaseResult:
    """Record the findings of a case; the result names the checkpoint after that."""
    casebook.append(result.case_id, _findings(result), now)
    return dataclasses.replace(result, checkpoint=casebook.checkpoint())


def read_reports(case: CaseFolder) -> tuple[tuple[Report, ...], tuple[Refusal, ...]]:
    """What callers said, and the files in which nothing could be read."""
    taken: list[Report] = []
    refused: list[Refusal] = []
    tz = case.money.tz or zone("Asia/Shanghai")
    for source in case.reports:
        try:
            said = read_report_file(source.name, source.content, None, tz)
            taken.append(with_entries(said, case.entries.get(source.name, ()), tz)[0])
        except UnreadableInput as unreadable:
            value = str(unreadable.values.get("value", ""))[:80]
            refused.append(
                Refusal(
                    file=source.name,
                    row=0,
                    field="",
                    value=value,
                    code=unreadable.code,
                    values=unreadable.values,
                )
            )
    return tuple(taken), tuple(refused)


def _timing(asked: Instants, read: MoneyRead, reports: Sequence[Report]) -> Timing:
    instants = [p.booked_at for p in read.payments] + [r.received_at for r in reports]
    latest = moment(asked.as_of, read.tz) or max(instants)
    confirmed = moment(asked.confirmed_at, read.tz) or latest
    return Timing(
        confirmed_at=confirmed,
        hold_at=moment(asked.hold_at, read.tz) or confirmed + HOLD_DELAY,
        weight=asked.weight,
    )


def _held(plan: HoldPlan, standings: Mapping[str, Standing]) -> tuple[dict[Account, int], str]:
    """What there is to return: what is in force, or else what could be."""
    in_force = {h.account: h.cap for h in plan.holds if standings[h.hold_id].state in IN_FORCE}
    planned = {h.account: h.cap for h in plan.holds}
    return (in_force, "held") if in_force else (planned, "planned")


def _reopened(contents: Contents, movements: Movements) -> tuple[str, ...]:
    """Thefts that the last recorded trace of the case did not know: its split is open again."""
    body = contents.latest("trace")
    if body is None:
        return ()
    known = {part["theft_id"] for part in (*body["holdings"], *body["disputed"])}
    return tuple(t.theft_id for t in movements.thefts.values() if t.theft_id not in known)


def sources_of(case: CaseFolder, records: Sequence[Record], read: MoneyRead) -> tuple[Source, ...]:
    """Each file with its record, in the order of `case.files`, and what it was read as."""
    by_name = {r.name: r for r in read.files}
    sources = []
    for source, record in zip(case.files, records, strict=True):
        said = by_name.get(source.name)
        plain = Source(
            name=source.name,
            kind=case.kinds[source.name],
            sha256=record.payload_sha256,
            size=len(source.content),
            record=record.seq,
        )
        sources.append(
            plain
            if said is None
            else dataclasses.replace(
                plain,
                shape=said.shape,
                encoding=said.encoding,
                rows=said.rows,
                taken=said.taken,
                refused=said.refused,
            )
        )
    return tuple(sources)


def _shown_zone(read: MoneyRead, currency: str) -> ZoneInfo:
    """The zone in which people read this case: as said, else of the country of the money."""
    if read.tz.key != "UTC":
        return read.tz
    countries = vocabulary("country").values()
    return zone(next((c.time_zone for c in countries if c.currency == currency), "UTC"))


def _findings(result: CaseResult) -> list[Finding]:
    """What is kept: all that an action may rest on. The rest is computed again from the facts."""
    read_from = Reason("read_from", tuple(Ref(source.name) for source in result.sources))
    slim = dataclasses.replace(result.traces[PLAN_METHOD], carried=())
    found: list[Finding] = [*result.reports, slim, result.plan, *result.returns]
    return [dataclasses.replace(f, reasons=(*f.reasons, read_from)) for f in found]
