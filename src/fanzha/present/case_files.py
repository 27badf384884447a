"""The files that the main job leaves behind: the report, its data, the tables and the letters."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang
from fanzha.model.instant import iso
from fanzha.model.money import to_major
from fanzha.model.payment import Refusal
from fanzha.present.case_page import render_case
from fanzha.present.letters import LetterFacts, letters, refused
from fanzha.present.money_json import (
    by_number,
    method_json,
    notes_json,
    plan_json,
    refusal_text,
    refused_json,
    return_plan_json,
    theft_json,
)
from fanzha.present.report_view import report_json
from fanzha.present.return_notice import return_notice_docx, return_notice_text
from fanzha.present.sheet import sheet
from fanzha.present.words import gap_text, masked
from fanzha.services.result import CaseResult, Source
from fanzha.services.whole_file import write_whole

REFUSED_HEADER = ("file", "row", "field", "value", "reason", "remedy")
HOLDS_HEADER = (
    "rank", "hold_id", "account", "currency", "institution", "payee_name", "traced", "cap",
    "balance", "excess", "expected", "net_expected", "theft_ids", "flags", "missing", "state",
    "expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, by its name in the folder."""

    folder: Path
    names: tuple[str, ...]
    refused_drafts: tuple[str, ...]  # holds for which no letter could be drafted


def write_case(result: CaseResult, out: Path, lang: Lang, now: datetime) -> Written:
    """Write `case.html`, `case.json`, `holds.csv`, `refused.csv`, `holds/` and `notices/`.

    Every file replaces its predecessor whole, so that a reader never sees half of one; letters of
    an earlier run go, for a stale order is a dangerous one. Raises `UsageError` when the folder
    cannot be written.
    """
    facts = LetterFacts(
        case_id=result.case_id,
        tz=result.tz,
        as_of=result.as_of,
        method=result.plan.method,
        created_at=now,
    )
    drafted = letters(result.plan, facts, lang)
    notice = return_notice_text(result.returns, facts, lang)
    notices = {
        "return-notice.txt": notice.encode(),
        "return-notice.docx": return_notice_docx(result.returns, facts, lang),
    }
    orders: dict[str, bytes] = {}
    for letter in drafted:
        orders[f"{letter.stem}.txt"] = letter.text.encode()
        orders[f"{letter.stem}.docx"] = letter.docx
        if letter.camt056 is not None:
            orders[f"{letter.stem}.camt056.xml"] = letter.camt056
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write_folder(out / "holds", orders)
        _write_folder(out / "notices", notices)
        files = {
            "case.html": render_case(result, lang).encode(),
            "case.json": orjson.dumps(case_json(result, lang), option=orjson.OPT_INDENT_2),
            "holds.csv": _holds_csv(result),
            "refused.csv": refused_csv(result.refusals, lang),
        }
        for name, content in files.items():
            write_whole(out / name, content)
    except OSError as error:
        raise UsageError("folder_unwritable", path=str(out), why=str(error)) from error
    names = (*files, *(f"holds/{n}" for n in orders), *(f"notices/{n}" for n in notices))
    return Written(out, tuple(names), tuple(r.hold_id for r in refused(result.plan, lang)))


def write_refused(refusals: Sequence[Refusal], out: Path, lang: Lang) -> None:
    """Write only `refused.csv`: nothing else could be made of the input."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(out / "refused.csv", refused_csv(refusals, lang))
    except OSError as error:
        raise UsageError("folder_unwritable", path=str(out), why=str(error)) from error


def refused_csv(refusals: Sequence[Refusal], lang: Lang) -> bytes:
    """Every refused row with its reason and remedy; the header alone when there is none."""
    return sheet(
        REFUSED_HEADER,
        (
            (
                r.file,
                r.row,
                r.field,
                r.value,
                refusal_text("refusal", r, lang),
                refusal_text("remedy", r, lang),
            )
            for r in refusals
        ),
    )


def case_json(result: CaseResult, lang: Lang) -> dict[str, Any]:
    """The whole case as data; `lang` is for the sentences in it."""
    drafts = {h.hold_id: result.standings[h.hold_id] for h in result.plan.holds}
    return {
        "case_id": result.case_id,
        "as_of": iso(result.as_of),
        "time_zone": str(result.tz),
        "reports": [report_json(report, lang) for report in result.reports],
        "thefts": [theft_json(theft) for theft in result.movements.thefts.values()],
        "methods": {method: method_json(found) for method, found in result.traces.items()},
        "balances": by_number(result.traces["poison"].balances),
        **plan_json(result.plan),
        "hold_states": {
            hold_id: {
                "state": now.state,
                "since": now.since and iso(now.since),
                "expires_at": now.expires_at and iso(now.expires_at),
                "alert": now.alert,
                "next": list(now.next),
            }
            for hold_id, now in drafts.items()
        },
        "returns_basis": result.returns_basis,
        "returns": [return_plan_json(plan) for plan in result.returns],
        "reopened_by": list(result.reopened),
        "gaps": [
            {
                "code": gap.code,
                "text": gap_text(gap, lang),
                "amount": gap.amount,
                "currency": gap.currency,
                "values": dict(gap.values),
            }
            for gap in result.gaps
        ],
        "sources": [_source_json(source) for source in result.sources],
        "notes": notes_json((*result.notes, *result.plan.reasons, *result.movements.reasons), lang),
        "refused": refused_json(result.refusals, lang),
        "checkpoint": result.checkpoint,
    }


def _source_json(source: Source) -> dict[str, Any]:
    return dataclasses.asdict(source)


def _holds_csv(result: CaseResult) -> bytes:
    return sheet(
        HOLDS_HEADER, (_hold_row(result, index) for index in range(len(result.plan.holds)))
    )


def _hold_row(result: CaseResult, index: int) -> list[object]:
    hold = result.plan.holds[index]
    now = result.standings[hold.hold_id]
    amounts = (hold.traced, hold.cap, hold.balance, hold.excess, hold.expected, hold.net_expected)
    return [
        hold.rank,
        hold.hold_id,
        hold.account.number,
        hold.account.currency,
        hold.institution,
        masked(hold.payee_name),
        *(to_major(amount, hold.account.currency) for amount in amounts),
        " ".join(hold.theft_ids),
        " ".join(hold.flags),
        " ".join(hold.missing),
        now.state,
        iso(now.expires_at, result.tz) if now.expires_at else "",
    ]


def _write_folder(path: Path, files: dict[str, bytes]) -> None:
    """Replace the folder whole."""
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    os.chmod(fresh, 0o755)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    if path.exists():
        shutil.rmtree(path)
    os.replace(fresh, path)
