"""Use case: a case of the centre as it stands now, worked through from what the casebook holds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from fanzha.casebook import Casebook
from fanzha.intake.report import Report
from fanzha.money.holds import Desk
from fanzha.services.case_folder import recorded_case, rests_on
from fanzha.services.casework import (
    Computed,
    Decided,
    Instants,
    compute,
    decided,
    keep,
    read_reports,
    result_of,
    sources_of,
)
from fanzha.services.experience import curves_of
from fanzha.services.result import CaseResult, Source

KEPT = 256  # cases whose computation is kept in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A case as its records were when `tip` was the newest of them."""

    tip: int
    facts: tuple[int, ...]  # what the computation rests on
    sources: tuple[Source, ...]
    found: Computed
    done: Decided


class _Case:
    """One case in memory; whoever comes while it is being read waits, for that case alone."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.read: _Read | None = None


class Cases:
    """The cases of one casebook; what the kernels found is kept until a case gets new files.

    What people decided is read anew whenever the case has a new record, clocks every time.
    """

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook
        self._cases: OrderedDict[str, _Case] = OrderedDict()
        self._lock = Lock()

    def open(self, case_id: str, now: datetime) -> CaseResult:
        """The case as it stands at `now`; nothing is recorded.

        Raises `UnknownRecord` for a case that is not there, `NothingUsable` while it has no
        payments or no theft among them.
        """
        kept = self._kept(case_id)
        tip = self._casebook.tip(case_id)
        with kept.lock:
            read = kept.read
            if read is None or read.tip != tip:
                read = kept.read = self._again(case_id, tip, read)
        return result_of(case_id, read.sources, read.found, read.done, now)

    def reports(self, case_id: str) -> tuple[Report, ...]:
        """What callers said, for a case that has no payments yet."""
        case, _ = recorded_case(self._casebook, case_id)
        return read_reports(case)[0]

    def rework(self, case_id: str, now: datetime) -> CaseResult:
        """The same, and record what was found: after files were added to the case."""
        return keep(self._casebook, self.open(case_id, now), now)

    def _kept(self, case_id: str) -> _Case:
        with self._lock:
            kept = self._cases.setdefault(case_id, _Case())
            self._cases.move_to_end(case_id)
            while len(self._cases) > KEPT:
                self._cases.popitem(last=False)
            return kept

    def _again(self, case_id: str, tip: int, known: _Read | None) -> _Read:
        """Read what is new in a case; the kernels run only where its files are others."""
        facts = rests_on(self._casebook.case(case_id))
        if known is None or known.facts != facts:
            case, records = recorded_case(self._casebook, case_id)
            found = compute(case, Instants(), desk=Desk(curves=curves_of(self._casebook)))
            sources = sources_of(case, records, found.read)
        else:
            found, sources = known.found, known.sources
        done = decided(self._casebook, case_id, found)
        return _Read(tip=tip, facts=facts, sources=sources, found=found, done=done)
