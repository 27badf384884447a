"""What lies in a case folder: reports, statements and the small tables, told apart by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.errors import UsageError
from fanzha.intake.statement import SourceFile
from fanzha.services.money_inputs import MoneySources
from fanzha.services.sources import read_source

TABLES = ("thefts", "balances", "terminals", "institutions", "carriers")
MAPPING = "mapping.yaml"
IGNORED = ("readme",)  # a file whose name begins so is for people


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFolder:
    """The files of a case; `kinds` names what each was taken for."""

    case_id: str
    reports: tuple[SourceFile, ...]
    money: MoneySources
    kinds: dict[str, str]

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
    tables = {kinds[n]: s for n, s in read.items() if kinds[n] in (*TABLES, "mapping")}
    return CaseFolder(
        case_id=path.resolve().name,
        reports=tuple(s for n, s in read.items() if kinds[n] == "report"),
        money=MoneySources(
            payments=tuple(s for n, s in read.items() if kinds[n] == "statement"),
            tz=tz,
            **tables,
        ),
        kinds=kinds,
    )


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
