"""Use case: the main job. A case folder in, the whole case worked through and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fanzha.casebook import open_casebook
from fanzha.model.instant import zone
from fanzha.money.holds import Desk
from fanzha.services.case_folder import facts_of, open_case
from fanzha.services.casework import (
    Instants,
    Progress,
    compute,
    decided,
    keep,
    quiet,
    result_of,
    sources_of,
)
from fanzha.services.experience import curves_of
from fanzha.services.result import CaseResult


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRequest(Instants):
    """The case folder and the casebook; `now` is when the records are made."""

    folder: str
    casebook: Path
    now: datetime
    tz: str | None = None


def work(request: WorkRequest, progress: Progress = quiet) -> CaseResult:
    """Work a case through: read, record, find the money, plan holds and returns, name the gaps.

    The files are recorded before anything is computed, so that nothing that was read is lost.
    Raises `NothingUsable` when no payment or no theft could be taken.
    """
    case = open_case(request.folder, zone(request.tz) if request.tz else None)
    with open_casebook(request.casebook) as casebook:
        progress("recording", {"count": len(case.files)})
        records = casebook.append(case.case_id, facts_of(case, request.now), request.now)
        found = compute(case, request, progress, Desk(curves=curves_of(casebook)))
        result = result_of(
            case.case_id,
            sources_of(case, records, found.read),
            found,
            decided(casebook, case.case_id, found),
            request.now,
        )
        progress("keeping", {})
        return keep(casebook, result, request.now)
