"""A victim's words → transfers, gaps, candidate types, urgency and what to say next."""

from fanzha.intake.report.files import read_report_file
from fanzha.intake.report.finding import (
    Candidate,
    Found,
    Inducement,
    Missing,
    Report,
    ReportedTransfer,
    Warning_,
)
from fanzha.intake.report.reading import read_report

__all__ = [
    "Candidate",
    "Found",
    "Inducement",
    "Missing",
    "Report",
    "ReportedTransfer",
    "Warning_",
    "read_report",
    "read_report_file",
]
