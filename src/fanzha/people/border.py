"""The border to people.db: how it is opened, and what its errors mean in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from threading import Lock

from sqlalchemy import URL, Connection, create_engine, event, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from fanzha.errors import UsageError
from fanzha.people.schema import APPEND_ONLY, LOGS, schema

BUSY_SECONDS = 30
CONNECTIONS = 45  # one for each thread that answers requests
_WRITING = "fanzha_writing"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Store:
    """The open file; each `read` and `write` is one transaction, and writers queue."""

    def __init__(self, path: Path) -> None:
        self._path = path
        url = URL.create("sqlite", database=str(path))
        self._engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS}, pool_size=CONNECTIONS, max_overflow=10
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(**{_WRITING: True})
        self._turn = Lock()

    def lay_out(self) -> None:
        """Make the tables where the file is new; refuse a file of somebody else's."""
        if not self._path.exists():
            self._path.touch(mode=0o600)
        with self.write() as connection:
            found = set(inspect(connection).get_table_names())
            if found and not set(schema.tables) <= found:
                raise UsageError("people_unusable", path=str(self._path), why="tables")
            if not found:
                schema.create_all(connection)
                for table, verb in product(LOGS, ("UPDATE", "DELETE")):
                    connection.exec_driver_sql(APPEND_ONLY.format(table=table.name, verb=verb))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that changes nothing."""
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its beginning."""
        # Threads take turns before they ask the file: its own waiting sleeps, and is unfair.
        with self._turn, self._translated(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        with self._translated():
            self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise UsageError("people_unusable", path=str(self._path), why=str(cause)) from error


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where we say, below
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def stamp(at: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def instant(count: int) -> datetime:
    """The instant that many microseconds after 1970 UTC."""
    return _EPOCH + count * _MICROSECOND
