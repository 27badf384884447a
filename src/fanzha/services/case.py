"""Use case: a case of the centre as it stands now, worked through from what the casebook holds."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from fanzha.casebook import Casebook, Record
from fanzha.intake.report import Report
from fanzha.services.case_folder import CaseFolder, recorded_case
from fanzha.services.casework import Computed, Instants, compute, keep, read_reports, result_of
from fanzha.services.result import CaseResult

KEPT = 256  # cases whose computation is kept in memory


class Cases:
    """The cases of one casebook; what the kernels found is kept until a case gets new files.

    What people decided (holds, appeals) and the clocks are read anew every time.
    """

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook
        self._found: OrderedDict[tuple[object, ...], Computed] = OrderedDict()
        self._lock = Lock()

    def open(self, case_id: str, now: datetime) -> CaseResult:
        """The case as it stands at `now`; nothing is recorded.

        Raises `UnknownRecord` for a case that is not there, `NothingUsable` while it has no
        payments or no theft among them.
        """
        case, records = recorded_case(self._casebook, case_id)
        return result_of(self._casebook, case, records, self._compute(case, records), now)

    def reports(self, case_id: str) -> tuple[Report, ...]:
        """What callers said, for a case that has no payments yet."""
        case, _ = recorded_case(self._casebook, case_id)
        return read_reports(case)[0]

    def rework(self, case_id: str, now: datetime) -> CaseResult:
        """The same, and record what was found: after files were added to the case."""
        return keep(self._casebook, self.open(case_id, now), now)

    def _compute(self, case: CaseFolder, records: tuple[Record, ...]) -> Computed:
        entered = {name: tuple(said) for name, said in case.entries.items()}
        key = (*(record.seq for record in records), *sorted(entered.items()))
        with self._lock:  # kernels run on one core anyway: whoever comes second waits and reads
            found = self._found.pop(key, None) or compute(case, Instants())
            self._found[key] = found
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return found
