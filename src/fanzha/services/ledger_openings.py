"""Opening balances of a whole country's accounts: a large table by columns, in bounded memory.

A table that a person made is read whole by `intake.tables`, at most 200,000 rows of it, for each
row becomes objects. One that a machine wrote for a ledger may have millions: here plain rows are
read by columns, and every other row by the very same reader as the small table, so that it is
taken or refused alike, with its row, field and remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanzha.errors import UsageError
from fanzha.intake import tables
from fanzha.intake.statement import SourceFile
from fanzha.intake.statement.cells import MAX_ACCOUNT
from fanzha.intake.statement.mapping import plain
from fanzha.ledger.append import Append
from fanzha.model.money import decimals
from fanzha.model.payment import Refusal
from fanzha.services.sources import STDIN, read_source

FIELDS = ("account", "opening_balance", "currency")
LARGE = 4 << 20  # bytes: smaller tables are read as a case's are
PIECE = 16 << 20  # bytes read at once
TOGETHER = 1_000_000  # rows whose accounts are looked up at once
_SOME = 100_000  # rows that the reader of small tables gets at once
_MOST_PLACES = 3  # of currencies that are read by column
MOST_REFUSALS = 20_000  # listed one by one; beyond, one line gives the number
_CELL = {
    "account": f"[0-9A-Za-z]{{5,{MAX_ACCOUNT}}}",
    "opening_balance": r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?",
    "currency": "[A-Z]{3}",
}
_LONE = re.compile(rb"\r(?!\n)(?!$)")  # a carriage return inside a line: a space
_END = r"(?:\r?\n)?"


class _Found(NamedTuple):
    """Openings that can be taken: `rows` of the file, from 1; `kinds` stand for currencies."""

    rows: Any
    numbers: Any
    amounts: Any
    kinds: Any


@dataclass(slots=True)
class _Task:
    """One file on its way into a ledger."""

    writer: Append
    name: str
    header: bytes
    columns: tuple[str, ...]
    refusals: list[Refusal] = field(default_factory=list)
    more: int = 0
    known: Any = field(default_factory=lambda: np.zeros(0, bool))
    waiting: list[_Found] = field(default_factory=list)

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Keep refusals, the first of them one by one."""
        room = MOST_REFUSALS - len(self.refusals)
        self.refusals += refusals[:room]
        self.more += max(0, len(refusals) - room)


def take_openings(
    writer: Append, path: str, *, large: int = LARGE, piece: int = PIECE
) -> tuple[Refusal, ...]:
    """State what lay in each account before the ledger's first payment; gives refused rows.

    CSV with the columns `account, opening_balance, currency` in any order and a header in its
    first line may have any number of rows; every other table is read as a small one. Of an account
    that is given twice the first counts.
    """
    opened = None if path == STDIN else _opened(path)
    if opened is not None:
        with opened as file:
            head = file.readline(1 << 16)
            columns = _columns(head)
            if columns and Path(path).stat().st_size > large:
                task = _Task(writer, Path(path).name, head.removeprefix(b"\xef\xbb\xbf"), columns)
                _take_pieces(task, file, piece)
                return _said(task)
    stated, refusals = tables.read_openings(read_source(path))
    accounts = list(stated)
    amounts = np.array(list(stated.values()), np.int64)
    writer.open_stated(writer.ids(accounts), amounts)
    return refusals


def _opened(path: str) -> BinaryIO | None:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError):
        return None  # whoever reads it whole says what is wrong


def _columns(head: bytes) -> tuple[str, ...]:
    """The order of the three columns, nothing where the first line is no such header."""
    try:
        names = tuple(plain(cell) for cell in head.decode("utf-8-sig").strip().split(","))
    except UnicodeDecodeError:
        return ()
    wanted = {plain(name): name for name in FIELDS}
    found = tuple(wanted.get(name, "") for name in names)
    return found if sorted(found) == sorted(FIELDS) else ()


def _take_pieces(task: _Task, file: BinaryIO, piece: int) -> None:
    row, rest = 2, b""
    while block := file.read(piece):
        end = block.rfind(b"\n") + 1
        if end:
            row += _take(task, rest + block[:end], row)
        rest = block[end:] if end else rest + block
        if len(rest) > 2 * piece:
            why = f"row {row} does not end"
            raise UsageError("file_unreadable", path=task.name, why=why)
    if rest:
        _take(task, rest, row)
    _state(task)


def _take(task: _Task, block: bytes, first: int) -> int:
    """The openings of some lines, of which the first is row `first`; gives how many lines."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(block)]
    lines = pa.Array.from_buffers(pa.binary(), len(ends), buffers)
    shape = ",".join(_CELL[name] for name in task.columns)
    plainly = np.flatnonzero(np.asarray(pc.match_substring_regex(lines, f"^{shape}{_END}$")))
    found, exact = _by_column(task, lines.take(pa.array(plainly)), first + plainly)
    others = np.ones(len(ends), bool)
    others[plainly[exact]] = False
    task.waiting += [found, *_by_row(task, lines, np.flatnonzero(others), first)]
    if sum(len(part.rows) for part in task.waiting) >= TOGETHER:
        _state(task)
    return len(ends)


def _by_column(task: _Task, lines: Any, rows: Any) -> tuple[_Found, Any]:
    """Plain lines, and which of them have no more decimals than their currency."""
    cells = pc.split_pattern(pc.ascii_rtrim_whitespace(lines.cast(pa.string())), ",").flatten()
    columns = {name: cells[at::3] for at, name in enumerate(task.columns)}
    codes = columns["currency"].dictionary_encode()
    where = np.asarray(codes.indices)
    amounts, kinds = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    exact = np.zeros(len(rows), bool)
    for number, code in enumerate(codes.dictionary.to_pylist()):
        here = np.flatnonzero(where == number)
        texts, places = columns["opening_balance"].take(pa.array(here)), decimals(code)
        if places > _MOST_PLACES:
            continue
        fine = f"^-?[0-9]+(?:\\.[0-9]{{1,{places}}})?$" if places else "^-?[0-9]+$"
        some = np.asarray(pc.match_substring_regex(texts, fine))
        here, texts = here[some], texts.filter(pa.array(some))
        major = texts.cast(pa.decimal128(18, places))
        whole = pc.multiply(major, pa.scalar(10**places, pa.decimal128(places + 1, 0)))
        amounts[here], exact[here] = np.asarray(whole.cast(pa.int64())), True
        kinds[here] = task.writer.accounts.currency(code)
    numbers = columns["account"].filter(pa.array(exact))
    return _Found(rows[exact], numbers, amounts[exact], kinds[exact]), exact


def _by_row(task: _Task, lines: Any, others: Any, first: int) -> Iterator[_Found]:
    """All other lines, through the reader of small tables: it takes them or says what is wrong."""
    for begin in range(0, len(others), _SOME):
        some = others[begin : begin + _SOME]
        texts = lines.take(pa.array(some)).to_pylist()
        each = [
            (row, _LONE.sub(b" ", text))
            for row, text in zip((some + first).tolist(), texts, strict=True)
            if text.strip(b"\r\n")
        ]
        whole = [line for line in each if line[1].count(b'"') % 2 == 0]
        torn = [[line] for line in each if line[1].count(b'"') % 2]  # must not swallow the next
        for group in [whole, *torn]:
            if group:
                yield _through_small(task, group)


def _through_small(task: _Task, each: Sequence[tuple[int, bytes]]) -> _Found:
    rows = [row for row, _ in each]
    content = task.header + b"".join(text for _, text in each)
    stated, refusals = tables.read_openings(SourceFile(name=task.name, content=content))
    task.refuse([replaced(r, row=rows[r.row - 2] if r.row else 0) for r in refusals])
    refused = {r.row - 2 for r in refusals}
    taken = [row for at, row in enumerate(rows) if at not in refused][: len(stated)]
    kinds = [task.writer.accounts.currency(account.currency) for account in stated]
    return _Found(
        np.array(taken, np.int64),
        pa.array([account.number for account in stated], pa.string()),
        np.array(list(stated.values()), np.int64),
        np.array(kinds, np.int64),
    )


def _state(task: _Task) -> None:
    """Hand what waits to the ledger; of an account given twice the first row counts."""
    parts, task.waiting = task.waiting, []
    if not parts:
        return
    numbers = pa.chunked_array([part.numbers for part in parts], pa.string())
    rows, amounts, kinds = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("rows", "amounts", "kinds")
    )
    order = np.argsort(rows, kind="stable")
    ids = task.writer.accounts.encode([(numbers, kinds)])[0]
    more = len(task.writer.accounts) - len(task.known)
    task.known = np.concatenate([task.known, np.zeros(more, bool)])
    _, firsts = np.unique(ids[order], return_index=True)
    new = np.zeros(len(ids), bool)
    new[order[firsts]] = True
    new &= ~task.known[ids]
    task.known[ids[new]] = True
    task.writer.open_stated(ids[new], amounts[new])
    twice = np.flatnonzero(~new)
    some = twice[: MOST_REFUSALS + 1]
    said = numbers.take(pa.array(some)).to_pylist()
    task.refuse(
        [
            Refusal(file=task.name, row=row, field="account", value=text[:80], code="given_twice")
            for row, text in zip(rows[some].tolist(), said, strict=True)
        ]
    )
    task.more += len(twice) - len(some)


def _said(task: _Task) -> tuple[Refusal, ...]:
    found = sorted(task.refusals, key=lambda r: r.row)
    if task.more:
        more = {"count": task.more}
        found.append(
            Refusal(file=task.name, row=0, field="", value="", code="more_refused", values=more)
        )
    return tuple(found)
