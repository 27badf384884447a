"""Use case: a caller's words become transfers, what to ask next, and a script to say."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fanzha.casebook import open_casebook
from fanzha.errors import UnreadableInput, UsageError
from fanzha.intake.report import Report, read_report_file
from fanzha.model.chain import Fact
from fanzha.model.instant import zone
from fanzha.services.money_inputs import moment
from fanzha.services.sources import STDIN, read_source

ZONE = "Asia/Shanghai"  # of the caller's clock, unless said otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRequest:
    """The file (or `-`), when it came in, and the casebook to keep it in, if any."""

    file: str
    now: datetime
    received_at: str | None = None
    tz: str | None = None
    case_id: str | None = None
    casebook: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeResult:
    """The report as understood; `case_id` and `record` are set once it is kept."""

    report: Report
    case_id: str = ""
    record: int | None = None


def take_report(request: IntakeRequest) -> IntakeResult:
    """Read a report and, where a casebook is given, keep its very words before anything else."""
    source = read_source(request.file)
    tz = zone(request.tz or ZONE)
    received = moment(request.received_at, tz)
    try:
        report = read_report_file(source.name, source.content, received, tz)
    except UnreadableInput as unreadable:
        raise UsageError(unreadable.code, **unreadable.values) from unreadable
    if request.casebook is None:
        return IntakeResult(report=report)
    case_id = request.case_id or _case_id(source.name, source.content)
    fact = Fact(
        kind="report",
        source=source.name,
        received_at=report.received_at,
        payload=source.content,
        media_type="text/plain",
    )
    with open_casebook(request.casebook) as casebook:
        records = casebook.append(case_id, [fact, report], request.now)
    return IntakeResult(report=report, case_id=case_id, record=records[0].seq)


def _case_id(name: str, content: bytes) -> str:
    """A name for a case that has none yet: the report's, with the first digits of its hash."""
    stem = "report" if name == STDIN else Path(name).stem
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}"
