"""The search index beside the chain: derived from the records, and made anew at will."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from fanzha.casebook.grams import grams
from fanzha.casebook.record import Record

FORMAT = 1  # of the tables and grams; another one is thrown away and made anew
BATCH = 25  # records that one transaction reads into the index: others may write between them
# The number of a place begins with its case's: so the cases of a hundred thousand hits are counted
# without looking any of them up.
SHIFT = 24
MAX_PLACES = 1 << SHIFT  # of one case

_LAY_OUT = (
    "CREATE TABLE search_state (version TEXT NOT NULL, tip INTEGER NOT NULL)",
    "CREATE TABLE search_cases (number INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE)",
    "CREATE TABLE search_places (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL,"
    " what TEXT NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX search_places_seq ON search_places (seq)",
    "CREATE VIRTUAL TABLE search_grams USING fts5(grams, content='', columnsize=0)",
    "CREATE TABLE search_marks (mark TEXT NOT NULL, place INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " PRIMARY KEY (mark, place, first)) WITHOUT ROWID",
    "CREATE INDEX search_marks_place ON search_marks (place)",
)
_TABLES = ("search_state", "search_cases", "search_places", "search_grams", "search_marks")


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands at `first:last` of a place, in a form that does not depend on its writing."""

    value: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a record that can be found: what kind of line it is, and its text as shown."""

    what: str
    text: str = field(repr=False)
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question: the index's phrases for it, or marks that mean the same."""

    phrases: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found; `spans` are those of its marks that were asked for."""

    id: int
    seq: int
    case_id: str
    what: str
    text: str = field(repr=False)
    spans: tuple[tuple[int, int], ...]


Reader = Callable[[Record, bytes], Iterable[Place]]
Open = Callable[[], AbstractContextManager[Connection]]
Since = Callable[[Connection, int, int], Sequence[tuple[Record, bytes | None]]]


class SearchIndex:
    """The index of one casebook. It knows nothing that the records do not say.

    It is brought up to date when somebody searches; an erased record leaves it in the same
    transaction as the erasure.
    """

    def __init__(self, read: Open, write: Open, since: Since) -> None:
        self._read, self._write, self._since = read, write, since

    def catch_up(self, reader: Reader, version: str, tip: int) -> None:
        """Read into the index what was recorded since, `reader` saying what each record holds.

        `version` names how the reader reads: an index made otherwise is made anew. `tip` is the
        newest record; an index that has it is left alone and nothing is written.
        """
        version = f"{FORMAT}/{version}"
        with self._read() as connection:
            known = _state(connection)
        if known == (version, tip):
            return
        while known is None or known[0] != version or known[1] < tip:
            with self._write() as connection:
                known = self._step(connection, reader, version)

    def find(self, asked: Asked) -> dict[str, Sequence[int]]:
        """The numbers of the places where the word stands, by case, the first recorded first."""
        text, values = _query(asked)
        if not text:
            return {}
        with self._read() as connection:
            raw = connection.connection.driver_connection  # a hundred thousand rows, bare
            assert raw is not None
            places = [row[0] for row in raw.execute(text, values)]
            cases = dict(raw.execute("SELECT number, case_id FROM search_cases"))
        return dict(_by_case(places, cases))

    def places(self, ids: Mapping[int, str], marks: Sequence[str]) -> list[Hit]:
        """These places, each given with its case, and where in them these marks stand."""
        wanted = list(ids)
        text = f"SELECT id, seq, what, text FROM search_places WHERE id IN ({_several(wanted)})"
        with self._read() as connection:
            rows = list(connection.exec_driver_sql(text, tuple(wanted)))
            spans = _spans(connection, marks, wanted)
        return [
            Hit(place, seq, ids[place], what, shown, tuple(spans.get(place, ())))
            for place, seq, what, shown in rows
        ]

    def _step(self, connection: Connection, reader: Reader, version: str) -> tuple[str, int]:
        known = _state(connection)
        if known is None or known[0] != version:
            _lay_out(connection, version)
            known = (version, 0)
        batch = self._since(connection, known[1], BATCH)
        for record, payload in batch:
            if payload is not None:
                _add(connection, record, reader(record, payload))
        tip = batch[-1][0].seq if batch else known[1]
        connection.exec_driver_sql("UPDATE search_state SET tip = ?", (tip,))
        return version, tip


def forget(connection: Connection, seq: int) -> None:
    """Take what a record said out of the index, and out of the file."""
    if _state(connection) is None:
        return
    rows = list(
        connection.exec_driver_sql("SELECT id, text FROM search_places WHERE seq = ?", (seq,))
    )
    for place, text in rows:
        connection.exec_driver_sql(
            "INSERT INTO search_grams (search_grams, rowid, grams) VALUES ('delete', ?, ?)",
            (place, grams(text)),
        )
        connection.exec_driver_sql("DELETE FROM search_marks WHERE place = ?", (place,))
    connection.exec_driver_sql("DELETE FROM search_places WHERE seq = ?", (seq,))
    if rows:  # a deleted word stays in its segment until the segments are merged
        connection.exec_driver_sql("INSERT INTO search_grams (search_grams) VALUES ('optimize')")


def _state(connection: Connection) -> tuple[str, int] | None:
    there = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE name = 'search_state'"
    ).first()
    row = there and connection.exec_driver_sql("SELECT version, tip FROM search_state").first()
    return (row[0], row[1]) if row else None


def _lay_out(connection: Connection, version: str) -> None:
    for table in _TABLES:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
    for statement in _LAY_OUT:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO search_state VALUES (?, 0)", (version,))


def _add(connection: Connection, record: Record, places: Iterable[Place]) -> None:
    listed = list(places)
    if not listed:
        return
    first = _free(connection, record.case_id)
    numbered = list(enumerate(listed[: MAX_PLACES - first % MAX_PLACES], first))
    connection.exec_driver_sql(
        "INSERT INTO search_places (id, seq, what, text) VALUES (?, ?, ?, ?)",
        [(place, record.seq, said.what, said.text) for place, said in numbered],
    )
    connection.exec_driver_sql(
        "INSERT INTO search_grams (rowid, grams) VALUES (?, ?)",
        [(place, grams(said.text)) for place, said in numbered],
    )
    marks = {(m.value, place, m.first): m.last for place, said in numbered for m in said.marks}
    if marks:
        connection.exec_driver_sql(
            "INSERT INTO search_marks (mark, place, first, last) VALUES (?, ?, ?, ?)",
            [(*key, last) for key, last in marks.items()],
        )


def _free(connection: Connection, case_id: str) -> int:
    """The first free number for a place of this case."""
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO search_cases (case_id) VALUES (?)", (case_id,)
    )
    number = _number(connection, case_id)
    assert number is not None
    last = connection.exec_driver_sql(
        "SELECT max(id) FROM search_places WHERE id >= ? AND id < ?",
        (number << SHIFT, (number + 1) << SHIFT),
    ).scalar()
    return (number << SHIFT) if last is None else int(last) + 1


def _number(connection: Connection, case_id: str) -> int | None:
    found = connection.exec_driver_sql(
        "SELECT number FROM search_cases WHERE case_id = ?", (case_id,)
    ).first()
    return found[0] if found else None


def _query(asked: Asked) -> tuple[str, tuple[str, ...]]:
    """A query for the numbers of places, in order, and its values."""
    parts: list[str] = []
    values: list[str] = []
    if asked.phrases:
        parts.append("SELECT rowid AS id FROM search_grams WHERE search_grams MATCH ?")
        values.append(" OR ".join(asked.phrases))
    if asked.marks:
        several = _several(asked.marks)
        parts.append(f"SELECT place AS id FROM search_marks WHERE mark IN ({several})")
        values.extend(asked.marks)
    return f"{' UNION '.join(parts)} ORDER BY id" if parts else "", tuple(values)


def _by_case(
    places: Sequence[int], cases: Mapping[int, str]
) -> Iterator[tuple[str, Sequence[int]]]:
    """Cut at the cases' boundaries, without looking at the places between them."""
    start = 0
    while start < len(places):
        number = places[start] >> SHIFT
        end = bisect_left(places, (number + 1) << SHIFT, start)
        yield cases[number], places[start:end]
        start = end


def _spans(
    connection: Connection, marks: Sequence[str], places: Sequence[int]
) -> Mapping[int, list[tuple[int, int]]]:
    if not marks or not places:
        return {}
    text = (
        f"SELECT place, first, last FROM search_marks WHERE mark IN ({_several(marks)})"
        f" AND place IN ({_several(places)}) ORDER BY place, first"
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for place, first, last in connection.exec_driver_sql(text, (*marks, *places)):
        found.setdefault(place, []).append((first, last))
    return found


def _several(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
