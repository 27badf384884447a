"""What an operator enters beside a caller's words: kept apart from them, and then counted on."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook
from fanzha.errors import UnreadableInput
from fanzha.intake.report import Report, ReportedTransfer, Warning_
from fanzha.intake.report.urgency import find_missing, report_delay, tier
from fanzha.model.chain import Fact
from fanzha.model.instant import parse_instant
from fanzha.model.money import currency_code, to_minor

KIND = "report_entry"
FIELDS: Mapping[str, str] = {  # in the order in which an operator reads them
    "payee_acct": "payee_account",
    "payee_name": "payee_name",
    "payee_bank": "payee_bank",
    "currency": "currency",
    "amount": "amount",
    "time": "at",
    "victim_bank": "victim_bank",
    "victim_acct": "victim_account",
    "channel": "channel",
    "reference": "reference",
}
MOST_TRANSFERS = 40  # of one report that an operator may still add to
LONGEST = 200
HOME_CURRENCY = "CNY"  # where neither the words nor the operator say one
METHOD = "+entered/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of one transfer (from 0) as the operator entered it; empty: it was not said."""

    transfer: int
    field: str
    value: str = dataclasses.field(repr=False)


Problems = dict[tuple[int, str], UnreadableInput]


def with_entries(report: Report, entries: Iterable[Entry], tz: ZoneInfo) -> tuple[Report, Problems]:
    """The report with what was entered in place of what was read, and what could not be read.

    The words stay where they were found. What hangs on the fields is worked out again: what is
    missing, the check of a number, urgency, delay and script. A transfer one beyond the last is a
    new one that the words did not tell.
    """
    transfers, problems = list(report.transfers), Problems()
    touched: set[tuple[int, str]] = set()
    order = list(FIELDS)
    for entry in sorted(entries, key=lambda e: (e.transfer, order.index(e.field))):
        place = entry.transfer
        if place == len(transfers) < MOST_TRANSFERS and entry.value.strip():
            transfers.append(ReportedTransfer())
        if not 0 <= place < len(transfers):
            continue
        try:
            transfers[place] = _with(transfers[place], entry, tz)
        except UnreadableInput as unreadable:
            problems[place, entry.field] = unreadable
            continue
        touched.add((place, entry.field))
    return (_worked_out(report, tuple(transfers), touched) if touched else report), problems


def entry_fact(source: str, who: str, entries: Sequence[Entry], at: datetime) -> Fact:
    """The entries as a fact of their own, that names the report and who entered them."""
    said = {
        "report": source,
        "who": who,
        "entries": [dataclasses.asdict(entry) for entry in entries],
    }
    return Fact(
        kind=KIND,
        source=f"{source}.entered.json",
        received_at=at,
        payload=json.dumps(said, ensure_ascii=False).encode(),
        media_type="application/json",
        reliability="B2",
    )


def recorded_entries(casebook: Casebook, case_id: str) -> dict[str, list[Entry]]:
    """What was entered in the case, by the name of the report; a later entry of a field counts."""
    found: dict[str, list[Entry]] = {}
    for record in casebook.case(case_id).facts:
        if record.kind == KIND and (payload := casebook.payload(record.seq)) is not None:
            said: dict[str, Any] = json.loads(payload)
            found.setdefault(said["report"], []).extend(Entry(**e) for e in said["entries"])
    return found


def _with(transfer: ReportedTransfer, entry: Entry, tz: ZoneInfo) -> ReportedTransfer:
    text = unicodedata.normalize("NFKC", entry.value).strip()
    if len(text) > LONGEST:
        raise UnreadableInput("field_too_long", field=entry.field, most=LONGEST)
    if entry.field == "time":
        if not text:
            return dataclasses.replace(transfer, at=None, precision_seconds=0)
        read = parse_instant(text, tz)
        at = read.at.astimezone(tz)
        return dataclasses.replace(transfer, at=at, precision_seconds=read.precision_seconds)
    if entry.field == "amount":
        if not text:
            return dataclasses.replace(transfer, amount=None)
        currency = transfer.currency or HOME_CURRENCY
        amount = to_minor(text, currency)
        if amount <= 0:
            raise UnreadableInput("amount_unreadable", value=text)
        return dataclasses.replace(transfer, amount=amount, currency=currency)
    if entry.field == "currency" and text:
        text = currency_code(text)
    if entry.field in ("payee_acct", "victim_acct"):
        text = "".join(c for c in text if not c.isspace() and c not in "-‐–").upper()
    plain: dict[str, Any] = {FIELDS[entry.field]: text}
    return dataclasses.replace(transfer, **plain)


def _worked_out(
    report: Report, transfers: tuple[ReportedTransfer, ...], touched: set[tuple[int, str]]
) -> Report:
    missing = find_missing(transfers)
    warnings = [w for w in report.warnings if (w.transfer, w.field) not in touched]
    warnings += [
        Warning_(place, name, "luhn", transfers[place].payee_account)
        for place, name in sorted(touched)
        if name == "payee_acct" and not transfers[place].number_passes
    ]
    due = {
        "read_back": bool(transfers),
        "check_warnings": bool(warnings),
        "ask_missing": bool(missing),
        "stop_order": any(t.order_allowed for t in transfers),
        "case_number": True,
        "evidence": True,
        "recovery_scam": bool(transfers),
        "call_back": bool(transfers),
    }
    first = tuple(step for step in report.script if step not in due)  # what the words alone say
    return dataclasses.replace(
        report,
        method=report.method if report.method.endswith(METHOD) else report.method + METHOD,
        transfers=transfers,
        tier=tier(
            transfers,
            report.received_at,
            told=bool(report.candidates),
            connected=report.still_connected,
        ),
        missing=missing,
        warnings=tuple(warnings),
        script=first + tuple(step for step, wanted in due.items() if wanted),
        report_delay_seconds=report_delay(transfers, report.received_at),
    )
