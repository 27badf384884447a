"""Parquet and Arrow files for the watch: columns to columns, only rows that carry are looked at.

The columns are those of a ledger's bulk files: `booked_at` (timestamps), `debtor_account`,
`creditor_account`, `amount` (whole minor units), `currency`; `channel`, `debtor_agent` and
`creditor_agent` where there are any. Account numbers are taken as they stand; a negative amount
runs the other way. Rows count from 1 and are taken in the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fanzha.errors import UnreadableInput, UsageError
from fanzha.ledger.bulk import shape_of, wanted_columns
from fanzha.services.watch.doors import Session
from fanzha.services.watch.lines import Details, Paid
from fanzha.services.watch.live import Answer, Watch

BATCH = 1 << 20  # rows decoded, answered and kept at once: names that repeat are looked up once
_WORDS = ["debtor_account", "creditor_account", "currency"]
_FIRST, _LAST = 0, 4_102_444_800_000_000  # 1970 to 2100, µs

Between = Callable[[Sequence[Answer], int, int], bytes]  # hits, first row, last row


def is_columns(path: Path) -> bool:
    """Whether this is a Parquet or Arrow file, by its first bytes."""
    try:
        return bool(shape_of(path))
    except OSError:
        return False


def take_columns(session: Session, path: Path, tz: ZoneInfo | None, render: Between) -> None:
    """Take a whole file from the row after the last one that was taken."""
    watch = session.watch
    read = 0
    try:
        for batch in _batches(path, tz):
            last = read + len(batch)
            if last > watch.row:
                batch = batch.slice(max(0, watch.row - read))
                first = watch.row + 1
                hits = take_batch(watch, batch, first, tz)
                watch.row = last
                session.hand_over(render(hits, first, last), 0)
            read = last
            if session.stop.asked:
                return
    except (pa.ArrowInvalid, OSError) as broken:
        why = str(broken).partition("\n")[0][:200]
        raise UsageError("file_unreadable", path=str(path), why=why) from broken


def take_batch(watch: Watch, batch: Any, first: int, tz: ZoneInfo | None = None) -> list[Answer]:
    """Move the money of a batch whose first row is `first`: the rows that carry, or are refused."""
    at = np.asarray(pc.fill_null(_instants(batch["booked_at"], tz), -1))
    amount = np.asarray(pc.fill_null(batch["amount"].cast(pa.int64()), 0))
    debtor, creditor, bad = _ends(watch, batch)
    bad |= (at < _FIRST) | (at >= _LAST) | (amount == 0) | (amount == np.iinfo(np.int64).min)
    rows = np.flatnonzero(~bad)
    back = amount < 0
    if back.any():
        debtor, creditor = np.where(back, creditor, debtor), np.where(back, debtor, creditor)
        amount = np.abs(amount)
    columns = [at, debtor, creditor, amount]
    if len(rows) < len(bad):
        columns = [column[rows] for column in columns]
    answers = [watch.refuse(first + row, _why(batch, row)) for row in np.flatnonzero(bad).tolist()]
    answers += _move(watch, batch, columns, rows, first)
    return sorted(answers, key=lambda answer: answer[0])


def _move(
    watch: Watch, batch: Any, columns: Sequence[Any], rows: Any, first: int
) -> Iterator[Answer]:
    at, debtor, creditor, amount = (np.ascontiguousarray(column) for column in columns)
    try:
        watch.stream.spend_room(_sum(amount))
    except OverflowError as full:
        raise UnreadableInput("watch_too_much", field="amount", value="") from full
    views = tuple(memoryview(c) for c in (at, debtor, creditor, amount))  # type: ignore[arg-type]
    for hit in watch.stream.feed(*views, 0, len(amount)):
        place = int(rows[hit.row])
        paid = _paid(batch, place, int(at[hit.row]))
        yield first + place, watch.decide(first + place, paid, hit)
    kept = watch.batch
    for name, column in (("at", at), ("debtor", debtor), ("creditor", creditor)):
        getattr(kept, name).frombytes(column.tobytes())
    kept.amount.frombytes(amount.tobytes())


def _ends(watch: Watch, batch: Any) -> tuple[Any, Any, Any]:
    """Ids of debtors and creditors, and which rows name none or no currency."""
    money = _coded(batch["currency"])
    codes, currencies = np.asarray(pc.fill_null(money.indices, -1)), money.dictionary.to_pylist()
    bad = codes < 0
    ids = []
    for name in _WORDS[:2]:
        coded = _coded(batch[name])
        places = np.asarray(pc.fill_null(coded.indices, -1))
        bad = bad | (places < 0)
        found = np.zeros(len(places), np.int32)
        for code, currency in enumerate(currencies):
            here = np.flatnonzero((codes == code) & (places >= 0)) if len(currencies) > 1 else None
            _number(watch, currency, (coded.dictionary, places, here), found)
        ids.append(found)
    return ids[0], ids[1], bad


def _number(watch: Watch, currency: str, words: tuple[Any, Any, Any], found: Any) -> None:
    """The ids of one column's accounts in one currency, into `found`."""
    dictionary, places, here = words
    some = places if here is None else places[here]
    used = np.flatnonzero(np.bincount(some[some >= 0], minlength=len(dictionary)))
    names = dictionary.take(pa.array(used)).to_pylist()
    ids = watch.number_all(names, currency)
    table = np.zeros(len(dictionary) + 1, np.int32)
    table[used] = ids
    if here is None:
        found[:] = table[places]
    else:
        found[here] = table[some]


def _paid(batch: Any, place: int, at: int) -> Paid:
    """A payment that carries, with its details."""
    said = {
        name: batch[name][place].as_py() or ""
        for name in (*_WORDS, *Details._fields)
        if name in batch.schema.names
    }
    amount = batch["amount"][place].as_py()
    ends = said["debtor_account"], said["creditor_account"]
    details = Details(*(said.get(name, "") for name in Details._fields))
    debtor, creditor = ends if amount > 0 else ends[::-1]
    return Paid(at, debtor, creditor, abs(amount), said["currency"], details)


def _why(batch: Any, row: int) -> UnreadableInput:
    """What is wrong with a row that was left out."""
    for name, code in (
        ("booked_at", "time_missing"),
        ("debtor_account", "account_missing"),
        ("creditor_account", "account_missing"),
        ("amount", "amount_missing"),
        ("currency", "currency_missing"),
    ):
        if not batch[name][row].is_valid:
            return UnreadableInput(code, field=name, value="")
    if batch["amount"][row].as_py() == 0:
        return UnreadableInput("amount_zero", field="amount", value="0")
    return UnreadableInput("time_unlikely", field="booked_at", value=str(batch["booked_at"][row]))


def _batches(path: Path, tz: ZoneInfo | None) -> Iterator[Any]:
    if shape_of(path) == "parquet":
        file = pq.ParquetFile(path, memory_map=True, read_dictionary=_WORDS)
        columns = wanted_columns(file.schema_arrow, tz, Details._fields)
        yield from file.iter_batches(batch_size=BATCH, columns=columns)
        return
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        columns = wanted_columns(reader.schema, tz, Details._fields)
        held: list[Any] = []
        for number in range(reader.num_record_batches):
            held.append(reader.get_batch(number).select(columns))
            if sum(map(len, held)) >= BATCH or number == reader.num_record_batches - 1:
                yield from pa.Table.from_batches(held).combine_chunks().to_batches()
                held = []


def _instants(column: Any, tz: ZoneInfo | None) -> Any:
    if column.type.tz is None:
        column = pc.assume_timezone(column, str(tz), ambiguous="earliest", nonexistent="earliest")
    return column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())


def _coded(column: Any) -> Any:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _sum(amounts: Any) -> int:
    """The exact sum of many int64, none of them negative."""
    high, low = amounts >> 31, amounts & ((1 << 31) - 1)
    return (int(high.sum()) << 31) + int(low.sum())
