"""The files of a case: reports, statements and the small tables, from a folder or the casebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, CaseView, Record
from fanzha.errors import UsageError
from fanzha.intake.statement import SourceFile
from fanzha.model.chain import Fact
from fanzha.services.entered import KIND as ENTERED
from fanzha.services.entered import Entry, recorded_entries
from fanzha.services.money_inputs import MoneySources
from fanzha.services.sources import read_source

TABLES = ("thefts", "balances", "terminals", "institutions", "carriers")
MAPPING = "mapping.yaml"
KINDS = ("report", "statement", *TABLES, "mapping")
IGNORED = ("readme",)  # a file whose name begins so is for people
MEDIA = {"csv": "text/csv", "txt": "text/plain", "json": "application/json", "xml": "text/xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFolder:
    """The files of a case; `kinds` names what each was taken for.

    `entries` are what operators entered beside the words of a report, by its name.
    """

    case_id: str
    reports: tuple[SourceFile, ...]
    money: MoneySources
    kinds: dict[str, str]
    entries: Mapping[str, Sequence[Entry]] = field(default_factory=dict)

    @property
    def files(self) -> list[SourceFile]:
        """Every file, in the order in which they are recorded."""
        tables = [getattr(self.money, name) for name in (*TABLES, "mapping")]
        return [*self.reports, *self.money.payments, *(t for t in tables if t is not None)]


def open_case(folder: str, tz: ZoneInfo | None) -> CaseFolder:
    """Read a case folder: `report*.txt|json`, `thefts.csv` and its like, the rest statements.

    The folder's name is the number of the case. Sub-folders, hidden files and a README are left
    alone. Raises `UsageError` when the folder is not there or cannot be read.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UsageError("folder_missing", path=folder)
    try:
        found = sorted(p for p in path.iterdir() if p.is_file() and not _ignored(p.name))
    except OSError as refused:
        raise UsageError("file_unreadable", path=folder, why=str(refused)) from refused
    read = {p.name: read_source(str(p)) for p in found}
    kinds = {name: kind_of(name) for name in read}
    return _sorted_out(path.resolve().name, read, kinds, tz)


def recorded_case(
    casebook: Casebook, case_id: str, tz: ZoneInfo | None = None
) -> tuple[CaseFolder, tuple[Record, ...]]:
    """The files of a case that the casebook holds, and their records in the order of `files`.

    Of several facts with one name the newest counts; what was erased is gone.
    """
    newest = {r.metadata["source"]: r for r in casebook.case(case_id).facts if r.kind in KINDS}
    read: dict[str, SourceFile] = {}
    for name, record in newest.items():
        content = casebook.payload(record.seq)
        if content is not None:
            read[name] = SourceFile(name=name, content=content)
    case = _sorted_out(case_id, read, {name: newest[name].kind for name in read}, tz)
    case = replace(case, entries=recorded_entries(casebook, case_id))
    return case, tuple(newest[source.name] for source in case.files)


def rests_on(case: CaseView) -> tuple[int, ...]:
    """The records of a case that its computation rests on, and those that erased any."""
    facts = [record.seq for record in case.facts if record.kind in (*KINDS, ENTERED)]
    return (*facts, *(record.seq for record in case.actions if record.kind == "erase"))


def facts_of(case: CaseFolder, now: datetime) -> list[Fact]:
    """The files as facts, in the order of `files`."""
    return [
        Fact(
            kind=case.kinds[source.name],
            source=source.name,
            received_at=now,
            payload=source.content,
            media_type=MEDIA.get(
                source.name.rpartition(".")[2].lower(), "application/octet-stream"
            ),
        )
        for source in case.files
    ]


def _sorted_out(
    case_id: str, read: Mapping[str, SourceFile], kinds: dict[str, str], tz: ZoneInfo | None
) -> CaseFolder:
    tables = {kinds[n]: s for n, s in read.items() if kinds[n] in (*TABLES, "mapping")}
    return CaseFolder(
        case_id=case_id,
        reports=_of_kind("report", read, kinds),
        money=MoneySources(payments=_of_kind("statement", read, kinds), tz=tz, **tables),
        kinds=kinds,
    )


def _of_kind(
    kind: str, read: Mapping[str, SourceFile], kinds: Mapping[str, str]
) -> tuple[SourceFile, ...]:
    return tuple(source for name, source in read.items() if kinds[name] == kind)


def kind_of(name: str) -> str:
    """What a file of a case folder is, by its name.

    >>> kind_of("report-1.txt"), kind_of("thefts.csv"), kind_of("statement.csv")
    ('report', 'thefts', 'statement')
    """
    stem, _, ending = name.lower().rpartition(".")
    if stem.startswith("report") and ending in ("txt", "json"):
        return "report"
    if name.lower() == MAPPING:
        return "mapping"
    return stem if stem in TABLES and ending == "csv" else "statement"


def _ignored(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().startswith(IGNORED)
