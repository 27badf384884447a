"""Parquet and Arrow files in bulk: columns to columns, no payment is ever an object here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fanzha.errors import UnreadableInput
from fanzha.ledger.append import Append
from fanzha.ledger.rows import FIELDS, REFERENCES, TEXTS, TIME, schema_of
from fanzha.model.money import currency_code
from fanzha.model.payment import Refusal

MAGIC = {b"PAR1": "parquet", b"ARRO": "arrow"}
BATCH = 4_000_000  # rows that are decoded at once
MAX_REFUSALS = 20_000  # listed one by one; beyond, one line gives the number
NEEDED = ("booked_at", "debtor_account", "creditor_account", "amount", "currency")
OPTIONAL = (*TEXTS, "precision_seconds", "reversal", *REFERENCES)
_REPEATING = ["debtor_account", "creditor_account", "currency"]  # decoded to words and numbers
_SPAN = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # the years 1 to 9999

OnRows = Callable[[int], None]


@dataclass(slots=True)
class Taken:
    """What a file gave."""

    rows: int = 0
    taken: int = 0
    zone_assumed: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def shape_of(path: Path) -> str:
    """`parquet` or `arrow` by the file's first bytes, else nothing."""
    with path.open("rb") as file:
        return MAGIC.get(file.read(4), "")


def take(
    writer: Append, path: Path, name: str, tz: ZoneInfo | None, on_rows: OnRows = lambda _: None
) -> Taken:
    """Add the payments of a Parquet or Arrow file; rows that cannot be taken are refused.

    Columns `booked_at` (timestamps), `debtor_account`, `creditor_account`, `amount` (whole minor
    units) and `currency`; further fields of a payment under their own names. Account numbers are
    taken as they stand. A negative amount is a reversal: it runs the other way.
    """
    result = Taken()
    try:
        for table in _tables(path, tz):
            _add(writer, table, name, tz, result)
            on_rows(result.rows)
    except UnreadableInput as bad:
        values = dict(bad.values)
        column = str(values.pop("field", ""))
        _refuse(result, name, 0, (column, str(values.pop("value", "")), bad.code), values)
    except pa.ArrowInvalid as broken:
        _refuse(result, name, 0, ("", str(broken).partition("\n")[0][:80], "file_columns_broken"))
    if result.refused > len(result.refusals):
        more = {"count": result.refused - len(result.refusals)}
        result.refusals.append(
            Refusal(file=name, row=0, field="", value="", code="more_refused", values=more)
        )
    return result


def _tables(path: Path, tz: ZoneInfo | None) -> Iterator[Any]:
    """The file in stretches of about `BATCH` rows."""
    held: list[Any] = []
    for batch in _batches(path, tz):
        held.append(batch)
        if sum(len(each) for each in held) >= BATCH:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _batches(path: Path, tz: ZoneInfo | None) -> Iterator[Any]:
    if shape_of(path) == "parquet":
        wanted = wanted_columns(pq.read_schema(path), tz)
        file = pq.ParquetFile(path, memory_map=True, read_dictionary=_REPEATING)
        yield from file.iter_batches(batch_size=BATCH, columns=wanted)
        return
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        wanted = wanted_columns(reader.schema, tz)
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number).select(wanted)


def wanted_columns(
    schema: Any, tz: ZoneInfo | None, optional: Sequence[str] = OPTIONAL
) -> list[str]:
    """The columns to read; `UnreadableInput` says what is missing or of the wrong kind."""
    if lacking := [name for name in NEEDED if name not in schema.names]:
        raise UnreadableInput("table_header_unknown", field="", fields=", ".join(lacking))
    found = schema.field("booked_at").type
    if not pa.types.is_timestamp(found) or (found.tz is None and tz is None):
        wanted = "timestamp[us, tz=UTC]"
        raise UnreadableInput("column_kind", field="booked_at", found=str(found), wanted=wanted)
    found = schema.field("amount").type
    if not pa.types.is_integer(found) or pa.types.is_uint64(found):
        raise UnreadableInput("column_kind", field="amount", found=str(found), wanted="int64")
    for name in ("debtor_account", "creditor_account", "currency"):
        found = schema.field(name).type
        plain = found.value_type if pa.types.is_dictionary(found) else found
        if not pa.types.is_string(plain) and not pa.types.is_large_string(plain):
            raise UnreadableInput("column_kind", field=name, found=str(found), wanted="string")
    return [*NEEDED, *(name for name in optional if name in schema.names)]


def _add(writer: Append, table: Any, name: str, tz: ZoneInfo | None, result: Taken) -> None:
    numbers = np.arange(result.rows + 1, result.rows + 1 + table.num_rows)
    result.rows += table.num_rows
    times, assumed = _instants(table["booked_at"], tz)
    kinds, bad_currency = _currencies(writer, table["currency"])
    amounts = np.asarray(pc.fill_null(table["amount"].cast(pa.int64()), 0))
    faults = _faults(writer, table, times, amounts, bad_currency)
    keep = np.ones(len(numbers), bool)
    for bad, column, code in faults:
        for at in np.flatnonzero(bad & keep)[: MAX_REFUSALS - len(result.refusals) + 1].tolist():
            value = table[column][at].as_py()
            _refuse(result, name, int(numbers[at]),
                    (column, "" if value is None else str(value), code))  # fmt: skip
        result.refused += max(0, int((bad & keep).sum()) - MAX_REFUSALS - 1)
        keep &= ~bad
    columns = _details(table)
    columns |= {"booked_at": times, "amount": amounts, "row": numbers}
    if not keep.all():
        places = pa.array(np.flatnonzero(keep))
        columns = {k: v.take(places) if hasattr(v, "take") and not isinstance(v, np.ndarray)
                   else v[keep] for k, v in columns.items()}  # fmt: skip
        table, kinds = table.take(places), kinds[keep]
    if not table.num_rows:
        return
    result.taken += table.num_rows
    result.zone_assumed += assumed and table.num_rows
    _hand_over(writer, table, kinds, columns, writer.name(name))


def _hand_over(writer: Append, table: Any, kinds: Any, columns: dict[str, Any], file: int) -> None:
    sides = (table["debtor_account"], table["creditor_account"])
    debtor, creditor = writer.accounts.encode([(side, kinds) for side in sides])
    writer.add_seen(debtor)
    writer.add_seen(creditor)
    back = columns["amount"] < 0
    if back.any():
        debtor, creditor = np.where(back, creditor, debtor), np.where(back, debtor, creditor)
        columns["amount"] = np.abs(columns["amount"])
        said = columns.get("reversal")
        before = np.asarray(pc.fill_null(said, False)) if said is not None else False
        columns["reversal"] = back | before
        for one, other in (("debtor_name", "creditor_name"), ("debtor_agent", "creditor_agent")):
            _swap(columns, one, other, back)
    columns |= {"debtor": debtor, "creditor": creditor}
    columns["file"] = np.full(len(debtor), file, np.int32)
    columns["booked_at"] = pa.array(columns["booked_at"]).view(TIME)
    schema = schema_of(columns)
    writer.add_rows(pa.table({name: columns[name] for name in schema.names}, schema=schema))


def _swap(columns: dict[str, Any], one: str, other: str, back: Any) -> None:
    if one in columns or other in columns:
        nothing = pa.nulls(len(back), pa.string())
        left, right = columns.get(one, nothing), columns.get(other, nothing)
        columns[one] = pc.if_else(pa.array(back), right, left)
        columns[other] = pc.if_else(pa.array(back), left, right)


def _empty(column: Any) -> Any:
    """Which rows have no text at all."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(pc.fill_null(pc.equal(pc.utf8_length(column), 0), True))
    return np.concatenate([
        np.asarray(pc.fill_null(pc.equal(pc.utf8_length(chunk.dictionary), 0), True))[
            np.asarray(pc.fill_null(chunk.indices, -1))] | np.asarray(pc.is_null(chunk))
        if len(chunk.dictionary) else np.ones(len(chunk), bool)
        for chunk in column.chunks
    ])  # fmt: skip


def _details(table: Any) -> dict[str, Any]:
    """The optional columns that say anything, under the names that a segment gives them."""
    found: dict[str, Any] = {}
    for name in OPTIONAL:
        if name in table.column_names:
            own = f"id_{name}" if name in REFERENCES else name
            column = pc.cast(table[name], FIELDS[own]).combine_chunks()
            if name in TEXTS:
                column = pc.if_else(pc.equal(column, ""), None, column)
            if column.null_count < len(column):
                found[own] = column
    return found


def _instants(column: Any, tz: ZoneInfo | None) -> tuple[Any, bool]:
    """Microseconds, the smallest number where there is none; whether a zone was assumed."""
    assumed = column.type.tz is None
    if assumed:
        column = pc.assume_timezone(column, str(tz), ambiguous="earliest", nonexistent="latest")
    whole = pc.cast(column, TIME, safe=False).cast(pa.int64())
    return np.asarray(pc.fill_null(whole, _SPAN[0] - 1)), assumed


def _currencies(writer: Append, column: Any) -> tuple[Any, Any]:
    """The small number of each row's currency, and where there is none that can be read."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    kinds, bad = [], []
    for chunk in column.chunks:
        known = [_code(text) for text in chunk.dictionary.to_pylist()]
        numbers = np.array([*(writer.accounts.currency(c) if c else -1 for c in known), -1])
        at = np.asarray(pc.fill_null(chunk.indices, len(known)))
        kinds.append(numbers[at])
        bad.append(numbers[at] < 0)
    return np.concatenate(kinds), np.concatenate(bad)


@cache
def _code(text: str | None) -> str:
    try:
        return currency_code(text or "")
    except UnreadableInput:
        return ""


def _faults(
    writer: Append, table: Any, times: Any, amounts: Any, bad_currency: Any
) -> Sequence[tuple[Any, str, str]]:
    """Which rows cannot be taken, by which column, and why."""
    empty = [
        (_empty(table[name]), name, "account_missing")
        for name in ("debtor_account", "creditor_account")
    ]
    limit = writer.manifest.dropped_before
    return [
        ((times < _SPAN[0]) | (times > _SPAN[1]), "booked_at", "time_missing"),
        *([] if limit is None else [(times < limit, "booked_at", "ledger_dropped")]),
        *empty,
        (np.asarray(pc.is_null(table["amount"])), "amount", "amount_missing"),
        (amounts == 0, "amount", "amount_zero"),
        (bad_currency, "currency", "currency_unreadable"),
    ]


def _refuse(
    result: Taken,
    file: str,
    row: int,
    what: tuple[str, str, str],
    values: dict[str, Any] | None = None,
) -> None:
    column, value, code = what
    result.refused += 1
    if len(result.refusals) < MAX_REFUSALS:
        result.refusals.append(
            Refusal(
                file=file, row=row, field=column, value=value[:80], code=code, values=values or {}
            )
        )
