"""The border to the database: how it is opened, and what its errors mean in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from fanzha.errors import CasebookBroken, CasebookBusy, CasebookError

BUSY_SECONDS = 30  # one append takes milliseconds, a large statement a second
CONNECTIONS = 45  # one for each thread that answers requests
WRITING = "fanzha_writing"  # execution option: this transaction takes the write lock at once
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# FULL makes an acknowledged append survive a power cut; secure_delete overwrites what a lawful
# erasure removes.
_PRAGMAS = ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON")


def open_engine(path: Path, busy_seconds: float) -> Engine:
    """An engine on the file at `path` whose writers queue instead of colliding.

    A writer takes the lock with BEGIN IMMEDIATE: a plain BEGIN upgrades later and then fails at
    once with "database is locked" where two processes write.
    """
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": busy_seconds}, pool_size=CONNECTIONS)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Let only our own errors out."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _meaning(error, path) from error
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise _meaning(error, path) from error


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where we say, below
    for setting in _PRAGMAS:
        connection.execute(f"PRAGMA {setting}").close()


def pragma(engine: Engine, text: str) -> object:
    """What SQLite answers to a PRAGMA, outside any transaction."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None  # a connection just taken has its driver's
        row = raw.execute(f"PRAGMA {text}").fetchone()
        return row[0] if row else None


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _meaning(error: Exception, path: Path) -> CasebookError:
    if isinstance(error, UnicodeDecodeError):  # the driver quoting a damaged schema
        return CasebookBroken("casebook_damaged", path=str(path), record=0)
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF  # the rest of the number is detail
    if primary in _BUSY:
        return CasebookBusy("casebook_busy", path=str(path))
    if primary in _DAMAGED:
        return CasebookBroken("casebook_damaged", path=str(path), record=0)
    return CasebookError("casebook_unusable", path=str(path), why=str(cause))
