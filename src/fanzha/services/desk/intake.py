"""Use case: a report taken at the desk, from pasted words to orders that are ready to send."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput, UsageError
from fanzha.intake.report import Report, read_report, read_report_file
from fanzha.intake.report.reading import MAX_CHARS
from fanzha.model.chain import Fact
from fanzha.money.holds import HoldPlan
from fanzha.services.centre import Centre
from fanzha.services.entered import Entry, Problems, entry_fact, with_entries
from fanzha.services.reported_plan import keep_reported, reported_plan

MOST_WORDS = MAX_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Words as they are understood now: `plain` from the words alone, `report` as entered."""

    words: str = field(repr=False)
    plain: Report
    report: Report
    problems: Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be kept: the words as they came, when, and what the operator entered."""

    words: str = field(repr=False)
    received_at: datetime
    entries: tuple[Entry, ...] = ()
    case_id: str = ""  # an existing case, if it is another report in that


def read_words(told: Told, tz: ZoneInfo) -> Reading:
    """Read the words; nothing is kept."""
    plain = read_report(told.words, received_at=told.received_at.astimezone(tz), tz=tz)
    report, problems = with_entries(plain, told.entries, tz)
    return Reading(words=told.words, plain=plain, report=report, problems=problems)


def take(centre: Centre, told: Told, who: str, now: datetime) -> str:
    """Keep the words, what was entered, and the finding together; gives the case's number.

    Where a caller named account and amount, the plan of the first holds is recorded too, so that
    the money stands in the queue from this moment. Raises `UsageError` for words that cannot be
    read as text, or entries that cannot be read.
    """
    if not told.words.strip():
        raise UsageError("report_empty")
    tz = centre.tz
    case_id = told.case_id or new_number(centre, now)
    source = _free_name(centre, case_id)
    fact = _words_fact(source, told, tz)
    try:
        plain = read_report_file(source, fact.payload, None, tz)
    except UnreadableInput as unreadable:
        raise UsageError(unreadable.code, **unreadable.values) from unreadable
    report, problems = with_entries(plain, told.entries, tz)
    if problems:
        first = next(iter(problems.values()))
        raise UsageError(first.code, **first.values) from first
    noted = [entry_fact(source, who, told.entries, now)] if told.entries else []
    centre.casebook.append(case_id, [fact, *noted, report], now)
    plan = plan_of(centre, case_id)
    if plan is not None:
        keep_reported(centre.casebook, case_id, plan, now)
    return case_id


def reports_of(centre: Centre, case_id: str) -> tuple[Report, ...]:
    """What callers said in the case, with what operators entered."""
    return centre.cases.reports(case_id)


def plan_of(centre: Centre, case_id: str) -> HoldPlan | None:
    """The holds that the reports of a case allow to be asked for, before any statement came."""
    return reported_plan(reports_of(centre, case_id))


def new_number(centre: Centre, now: datetime) -> str:
    """A number for a new case that nobody can guess from another."""
    return f"R{now.astimezone(centre.tz):%y%m%d}-{secrets.token_hex(3).upper()}"


def names_in(centre: Centre, case_id: str) -> dict[str, str]:
    """The files that a case has, by name, with their hashes; none for a case that is not there."""
    if case_id not in centre.casebook.tips():
        return {}
    facts = centre.casebook.case(case_id).facts
    return {str(r.metadata["source"]): r.payload_sha256 for r in facts}


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that is free.

    >>> free_name("a.csv", {"a.csv", "a-2.csv"})
    'a-3.csv'
    """
    known, number, name = set(taken), 2, wanted
    stem, dot, ending = wanted.rpartition(".")
    while name in known:
        name = f"{stem or ending}-{number}{dot}{ending if stem else ''}"
        number += 1
    return name


def _free_name(centre: Centre, case_id: str) -> str:
    return free_name("report.txt", names_in(centre, case_id))


def _words_fact(source: str, told: Told, tz: ZoneInfo) -> Fact:
    """The words as a report file: a line that says when they came in, then nothing but them."""
    head = f"received_at: {told.received_at.astimezone(tz).isoformat()}\n"
    return Fact(
        kind="report",
        source=source,
        received_at=told.received_at,
        payload=(head + told.words).encode("utf-8", "replace"),
        media_type="text/plain",
    )
