"""Use case: the figures of one month, counted from a casebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from fanzha.casebook import open_casebook
from fanzha.errors import UnknownRecord, UsageError
from fanzha.money.measures import Measures
from fanzha.services.measures import count_measures

_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """The month (`2024-05`, in the zone `tz`), the casebook, and when it is counted."""

    month: str
    casebook: Path
    now: datetime
    tz: tzinfo


def report_month(request: ReportRequest) -> Measures:
    """Every cohort as recorded until now; `UnknownRecord` where that month has no case."""
    check_month(request.month)
    with open_casebook(request.casebook, create=False) as casebook:
        found = count_measures(casebook, request.now, request.tz)
    if found.cohort(request.month) is None:
        known = ", ".join(c.month for c in found.cohorts) or "-"
        raise UnknownRecord("month_unknown", month=request.month, known=known)
    return found


def check_month(text: str) -> str:
    """A month as it is named here.

    >>> check_month("2024-05")
    '2024-05'
    """
    if not _MONTH.fullmatch(text):
        raise UsageError("month_unreadable", value=text[:40])
    return text
