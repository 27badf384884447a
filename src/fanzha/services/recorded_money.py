"""A case's money computed again from the facts that the casebook keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.casebook import Casebook, CaseView, Record
from fanzha.errors import NothingUsable, UnreadableInput
from fanzha.intake.report import Report, read_report_file
from fanzha.intake.statement import SourceFile
from fanzha.model.instant import zone
from fanzha.model.payment import Theft
from fanzha.money.movements import Movements, gather
from fanzha.money.trace import Trace, trace
from fanzha.services.case_folder import TABLES
from fanzha.services.entered import recorded_entries, with_entries
from fanzha.services.money_inputs import MoneyRead, MoneySources, read_money
from fanzha.services.reported import reported_thefts

STATEMENTS = ("statement", "payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMoney:
    """The movements of a case and its thefts, each at the instant of the payment that it is."""

    read: MoneyRead
    movements: Movements
    thefts: tuple[Theft, ...]

    def trace(self, method: str) -> Trace:
        """The trace by one method."""
        return trace(self.movements, method, self.read.carriers)


def recorded_money(casebook: Casebook, case_id: str, tz: str | None = None) -> RecordedMoney:
    """Read the case's files as they were last recorded; `NothingUsable` when they hold no theft.

    `tz` is for instants without an offset, as it was given to the main job. Files that were
    erased are gone, and with them what they showed.
    """
    facts = _used(casebook.case(case_id))
    taken = [r for r in facts if r.kind in (*STATEMENTS, *TABLES, "mapping")]
    sources = [(r.kind, s) for r in taken if (s := _source(casebook, r)) is not None]
    tables = {kind: s for kind, s in sources if kind not in STATEMENTS}
    payments = tuple(s for kind, s in sources if kind in STATEMENTS)
    read = read_money(MoneySources(payments=payments, tz=zone(tz) if tz else None, **tables))
    reports = _reports(casebook, case_id, facts, read)
    thefts, _ = reported_thefts(read.payments, read.thefts, reports)
    movements = gather(read.payments, thefts, read.known)
    if not movements.thefts:
        raise NothingUsable("no_thefts", refusals=(*read.refusals, *movements.refusals))
    found = tuple(
        dataclasses.replace(theft, booked_at=movements.payments[place].booked_at)
        for place, theft in movements.thefts.items()
    )
    return RecordedMoney(read=read, movements=movements, thefts=found)


def _used(case: CaseView) -> list[Record]:
    """The files behind the last recorded trace; without one, the last bytes of every file."""
    found = case.latest("trace")
    if found is not None and found.refs:
        return [r for r in case.facts if r.seq in set(found.refs)]
    return list({(r.kind, r.metadata["source"]): r for r in case.facts}.values())


def _source(casebook: Casebook, record: Record) -> SourceFile | None:
    fact = casebook.fact(record)
    return None if fact is None else SourceFile(name=fact.source, content=fact.payload)


def _reports(
    casebook: Casebook, case_id: str, facts: Sequence[Record], read: MoneyRead
) -> list[Report]:
    """What callers said, with what operators entered beside it."""
    entries, reports = recorded_entries(casebook, case_id), []
    for record in facts:
        source = _source(casebook, record) if record.kind == "report" else None
        if source is not None:
            try:
                said = read_report_file(source.name, source.content, None, read.tz)
            except UnreadableInput:  # the main job said so when it was recorded
                continue
            reports.append(with_entries(said, entries.get(source.name, ()), read.tz)[0])
    return reports
