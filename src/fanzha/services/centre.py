"""A centre on disk: its cases, its people, its payments, opened once and shared by every page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import UsageError
from fanzha.model.instant import zone
from fanzha.people import People, open_people
from fanzha.services.case import Cases
from fanzha.services.watch.centre import CentreWatch

FIRST_LINK_LIFE = timedelta(hours=1)
MOST_READ = 4 * 1024 * 1024
CASEBOOK_FILE, PEOPLE_FILE, LEDGER_FOLDER = "casebook.db", "people.db", "ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """An open centre. The casebook is the only truth about cases; `people` knows no case's content.

    `ledger` is where payments lie by column, whether or not anything lies there.
    """

    folder: Path
    casebook: Casebook
    people: People
    cases: Cases
    ledger: Path
    watch: CentreWatch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """What the centre calls itself."""
        return self.people.preferences.get("name", "Fanzha")

    @property
    def country(self) -> str:
        """Whose official numbers and clocks are shown (ISO 3166, lower case)."""
        return self.people.preferences.get("country", "cn")

    @property
    def tz(self) -> ZoneInfo:
        """The zone in which people at this centre read clocks."""
        return zone(self.people.preferences.get("tz", "Asia/Shanghai"))

    @property
    def needs_phone(self) -> bool:
        """Whether everybody has to enrol a phone before they may work."""
        return self.people.preferences.get("second_step", "required") == "required"

    def close(self) -> None:
        """Let go of every file."""
        self.watch.close()
        self.casebook.close()
        self.people.close()


def open_centre(folder: str | Path) -> Centre:
    """Open the centre in `folder`, made where there is none, for its owner alone."""
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError("folder_unwritable", path=str(path), why=str(refused)) from refused
    casebook = open_casebook(path / CASEBOOK_FILE)
    try:
        people = open_people(path / PEOPLE_FILE)
    except BaseException:
        casebook.close()
        raise
    return Centre(
        folder=path,
        casebook=casebook,
        people=people,
        cases=Cases(casebook),
        ledger=path / LEDGER_FOLDER,
        watch=CentreWatch(casebook, path, path / LEDGER_FOLDER),
    )


def first_link(centre: Centre, now: datetime) -> str | None:
    """The secret of the one-time link that makes the first administrator; None once there is one.

    Each start makes a new one and voids those before it.
    """
    if centre.people.users.all():
        return None
    centre.people.links.end_kind("first", now)
    return centre.people.links.make("first", {}, "serve", now, FIRST_LINK_LIFE)


def cases_about(centre: Centre, words: str) -> list[str]:
    """The case of that number, or the cases whose facts hold these very words.

    It reads every fact of text that is not larger than `MOST_READ` bytes, so it is exact and slow:
    for an auditor's question, not for searching.
    """
    cases = centre.casebook.cases()
    if words in cases:
        return [words]
    return [case for case in cases if _speaks_of(centre.casebook, case, words)]


def _speaks_of(casebook: Casebook, case: str, words: str) -> bool:
    for record in casebook.case(case).facts:
        payload = casebook.payload(record.seq)
        if payload is not None and len(payload) <= MOST_READ and _holds(payload, words):
            return True
    return False


def _holds(payload: bytes, words: str) -> bool:
    """Whether the words stand in a text, plainly or as JSON escapes them."""
    forms = (words.encode(), words.encode("gb18030"), json.dumps(words)[1:-1].encode())
    return any(form in payload for form in forms)
