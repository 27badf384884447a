"""Use case: files dropped on the desk: what each was taken for, and its refused rows put right."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from fanzha.casebook import Casebook, Record
from fanzha.casebook.record import load_action
from fanzha.errors import NothingUsable, UnreadableInput, UsageError
from fanzha.exchange.pacs008 import is_iso20022
from fanzha.intake.statement import SourceFile
from fanzha.intake.statement.text import text_of
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Refusal
from fanzha.services.case_folder import KINDS, MEDIA, kind_of
from fanzha.services.centre import Centre
from fanzha.services.desk.intake import free_name, names_in, new_number
from fanzha.services.desk.rows import (
    RefusedRows,
    nothing_refused,
    read_again,
    refused_in,
    tables_of,
)
from fanzha.services.money_inputs import MoneySources, read_payments

MIB = 1024 * 1024
MOST_FILES, MOST_BYTES, MOST_TOGETHER = 40, 32 * MIB, 64 * MIB
PICTURE, PAGE, WORDS, UNKNOWN = "picture", "page", "words", "file"
WORDY = (PICTURE, PAGE, WORDS)  # what holds words for a report, and no payments
DROPPED, CORRECTED = "drop_files", "correct_rows"  # actions: who did it
SHOWN = 300  # files of a case that the page lists
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
_PAGE_ENDINGS = ("html", "htm", "mhtml", "mht", "xhtml")
_HEAD = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """One file of a case: what it was taken for, and what came of its rows."""

    seq: int
    name: str
    kind: str
    size: int
    at: datetime
    shape: str = ""
    encoding: str = ""
    rows: int = 0
    taken: int = 0
    refused: int = 0
    corrected: int = 0  # of the refused rows, those that somebody put right
    why: Refusal | None = None  # of a file of which nothing was taken
    erased: bool = False


def keep_files(
    centre: Centre, files: Sequence[SourceFile], case_id: str, who: str, now: datetime
) -> str:
    """Keep the files as they came and trace the case at once; gives the case's number.

    Raises `UsageError`: `files_none`, `files_too_many`, `file_too_large`.
    """
    _bounded(files)
    case_id = case_id or new_number(centre, now)
    known = names_in(centre, case_id)
    facts: list[Fact] = []
    for file in files:
        plain = clean_name(file.name)
        kind = taken_for(SourceFile(name=plain, content=file.content))
        name = free_name(plain, known)
        known[name] = ""
        facts.append(_fact(SourceFile(name=name, content=file.content), kind, now))
    note = ", ".join(fact.source for fact in facts)
    drop = Action(kind=DROPPED, on=case_id, who=who, at=now, legal_basis="", note=note)
    centre.casebook.append(case_id, [*facts, drop], now)
    _trace(centre, case_id, now)
    return case_id


def taken_for(source: SourceFile) -> str:
    """What a file is, by its name where a case folder would say so, else by its content."""
    said = kind_of(source.name)
    if said != "statement":
        return said
    if source.content.startswith(_PICTURES) and b"\0" in source.content[:_HEAD]:
        return PICTURE
    if is_iso20022(source.content):
        return "statement"
    if tables_of(source):
        return "statement"
    ending = source.name.rpartition(".")[2].lower()
    head = source.content[:_HEAD].lstrip().lower()
    if ending in _PAGE_ENDINGS or head.startswith((b"<!doctype html", b"<html")):
        return PAGE
    if ending in ("txt", "md", "eml", "json") and _is_text(source.content):
        return WORDS
    return "statement" if ending in ("csv", "xlsx", "xls", "tsv", "xml") else UNKNOWN


def look(centre: Centre, case_id: str) -> list[FileLine]:
    """The files of the case, the newest first, at most `SHOWN`."""
    view = centre.casebook.case(case_id)
    done = _corrected(centre.casebook, view.actions)
    shown = (*KINDS, *WORDY, UNKNOWN)
    facts = [r for r in reversed(view.facts) if r.kind in shown][:SHOWN]
    return [_line(centre.casebook, record, len(done.get(record.seq, ()))) for record in facts]


def refused_rows(centre: Centre, case_id: str, seq: int) -> tuple[FileLine, RefusedRows]:
    """A file of the case with its refused rows, ready to be put right."""
    record, source = file_of(centre, case_id, seq)
    done = _corrected(centre.casebook, centre.casebook.case(case_id).actions)
    fixed = done.get(seq, frozenset())
    line = _line(centre.casebook, record, len(fixed))
    return line, refused_in(source, fixed) if record.kind == "statement" else nothing_refused()


def correct_rows(
    centre: Centre,
    case_id: str,
    seq: int,
    given: Mapping[tuple[int, int], Sequence[str]],
    who: str,
    now: datetime,
) -> tuple[int, dict[tuple[int, int], Refusal]]:
    """Read rows again as somebody put them right: how many were taken, and why the others not.

    The file stays as it came. Rows that can be read now are a file of their own beside it, below
    the same header, and an action says who put right which rows. Keys are table and row.
    """
    _, source = file_of(centre, case_id, seq)
    taken = 0
    again: dict[tuple[int, int], Refusal] = {}
    for number, table in enumerate(tables_of(source)):
        rows = {row: list(cells) for (place, row), cells in given.items() if place == number}
        if not rows:
            continue
        content, good, bad = read_again(source.name, table, rows)
        again |= {(number, row): refusal for row, refusal in bad.items()}
        if good:
            note = ", ".join(f"{number}:{row}" for row in good)
            _keep_rows(centre, case_id, (source.name, seq), (content, note), (who, now))
            taken += len(good)
    if taken:
        _trace(centre, case_id, now)
    return taken, again


def words_of(source: SourceFile, kind: str) -> str:
    """The words of a picture, page or text, to be offered as a report's.

    Raises `UsageError` (`ocr_missing`) and `UnreadableInput` where there is nothing to read.
    """
    from fanzha.services.check import check_page, check_picture

    if kind == PICTURE:
        return check_picture(source.content).text
    if kind == PAGE:
        return check_page(source.name, source.content).text
    return text_of(source.content)[0]


def file_of(centre: Centre, case_id: str, seq: int) -> tuple[Record, SourceFile]:
    """A file of the case by its record; `UsageError` (`file_not_here`) if it is not there."""
    record = next((r for r in centre.casebook.case(case_id).facts if r.seq == seq), None)
    payload = centre.casebook.payload(seq) if record is not None else None
    if record is None or payload is None:
        raise UsageError("file_not_here")
    return record, SourceFile(name=str(record.metadata["source"]), content=payload)


def clean_name(name: str) -> str:
    """The name of a file without its folders and whatever could disturb a page.

    >>> clean_name("C:\\\\tmp\\\\流水.csv"), clean_name("../../etc/passwd"), clean_name("")
    ('流水.csv', 'passwd', 'file')
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(". ")
    stem, dot, ending = kept.rpartition(".")
    short = f"{stem[:80]}{dot}{ending[:12]}" if dot else kept[:80]
    return short or "file"


def _bounded(files: Sequence[SourceFile]) -> None:
    if not files:
        raise UsageError("files_none")
    if len(files) > MOST_FILES:
        raise UsageError("files_too_many", most=MOST_FILES)
    for file in files:
        if len(file.content) > MOST_BYTES:
            raise UsageError(
                "dropped_too_large", name=clean_name(file.name), most=MOST_BYTES // MIB
            )


def _fact(source: SourceFile, kind: str, now: datetime) -> Fact:
    ending = source.name.rpartition(".")[2].lower()
    media = MEDIA.get(ending, "application/octet-stream")
    return Fact(
        kind=kind,
        source=source.name,
        received_at=now,
        payload=source.content,
        media_type=media,
    )


def _trace(centre: Centre, case_id: str, now: datetime) -> None:
    """Trace the case where it has payments and a theft by now."""
    with suppress(NothingUsable):
        centre.cases.rework(case_id, now)


def _is_text(content: bytes) -> bool:
    with suppress(UnreadableInput):
        return bool(text_of(content)[0].strip())
    return False


def _corrected(casebook: Casebook, actions: Sequence[Record]) -> dict[int, frozenset[str]]:
    """By the record of the file: `table:row` of each row that somebody put right."""
    found: dict[int, frozenset[str]] = {}
    for record in actions:
        if record.kind == CORRECTED and (payload := casebook.payload(record.seq)) is not None:
            done = load_action(payload)
            seq = int(done.on.rpartition("#")[2])
            found[seq] = found.get(seq, frozenset()) | frozenset(done.note.split(", "))
    return found


def _line(casebook: Casebook, record: Record, corrected: int) -> FileLine:
    shape, encoding, rows, taken, refused, why, size = _counts(casebook, record.seq, record.kind)
    return FileLine(
        seq=record.seq,
        name=str(record.metadata["source"]),
        kind=record.kind,
        size=max(0, size),
        at=record.recorded_at,
        shape=shape,
        encoding=encoding,
        rows=rows,
        taken=taken,
        refused=refused,
        corrected=corrected,
        why=why,
        erased=size < 0,
    )


@lru_cache(maxsize=4096)  # files never change; only counts are kept
def _counts(
    casebook: Casebook, seq: int, kind: str
) -> tuple[str, str, int, int, int, Refusal | None, int]:
    content = casebook.payload(seq)
    if content is None:
        return "", "", 0, 0, 0, None, -1
    if kind != "statement":
        return "", "", 0, 0, 0, None, len(content)
    read = read_payments(MoneySources(payments=(SourceFile(name="f", content=content),)), None)
    whole = next((r for r in read.refusals if r.row == 0), None)
    nothing = not any(file.taken for file in read.files)
    why = dataclasses.replace(whole, value="") if whole and nothing else None
    return (
        ", ".join(dict.fromkeys(f.shape for f in read.files if f.shape)),
        read.files[0].encoding if read.files else "",
        sum(f.rows for f in read.files),
        sum(f.taken for f in read.files),
        sum(f.refused for f in read.files),
        why,
        len(content),
    )


def _keep_rows(
    centre: Centre,
    case_id: str,
    of: tuple[str, int],
    rows: tuple[bytes, str],
    by: tuple[str, datetime],
) -> None:
    (name, seq), (content, note), (who, now) = of, rows, by
    stem = name.rpartition(".")[0] or name
    name = free_name(f"{stem}.corrected.csv", names_in(centre, case_id))
    fact = Fact(
        kind="statement",
        source=name,
        received_at=now,
        payload=content,
        media_type="text/csv",
        reliability="B2",
    )
    done = Action(kind=CORRECTED, on=f"{name}#{seq}", who=who, at=now, legal_basis="", note=note)
    centre.casebook.append(case_id, [fact, done], now)
