"""Payments as columns and back: what stands in a segment's Parquet file.

Five columns are always there; a detail has a column only where some payment has that detail.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanzha.ledger.accounts import Accounts
from fanzha.model.payment import Identifiers, Payment, Sighting

TIME = pa.timestamp("us", "UTC")
TEXTS = ("debtor_name", "creditor_name", "debtor_agent", "creditor_agent", "channel", "note",
         "serial", "serial_bank")  # fmt: skip
REFERENCES = tuple(field.name for field in dataclasses.fields(Identifiers))
FIELDS: dict[str, Any] = {
    "booked_at": TIME,
    "debtor": pa.int32(),
    "creditor": pa.int32(),
    "amount": pa.int64(),
    **dict.fromkeys(TEXTS, pa.string()),
    "precision_seconds": pa.int32(),
    "reversal": pa.bool_(),
    **{f"id_{name}": pa.string() for name in REFERENCES},
    "file": pa.int32(),  # of the first sighting: its place among the manifest's names
    "row": pa.int64(),
    "side": pa.int8(),  # place in SIDES
    "more": pa.string(),  # every row seen, as JSON, where there are several
}
ALWAYS = ("booked_at", "debtor", "creditor", "amount")
SIDES = ("both", "debit", "credit")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Seen(NamedTuple):
    """One row of a file that shows a payment, with what that row itself says."""

    file: int
    row: int
    side: int
    serial: str
    at: int  # microseconds


def micros(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The instant of so many microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=at)


def schema_of(columns: Iterable[str]) -> Any:
    """The columns in the one order in which they always stand."""
    wanted = set(columns)
    return pa.schema([(name, kind) for name, kind in FIELDS.items() if name in wanted])


def table_of(
    payments: Sequence[Payment], ends: tuple[Any, Any], seen: Sequence[Sequence[Seen]]
) -> Any:
    """Payments as a table; `ends` are the ids of debtors and creditors, `seen` their rows."""
    columns: dict[str, Any] = {
        "booked_at": pa.array([micros(p.booked_at) for p in payments], pa.int64()).cast(TIME),
        "debtor": pa.array(ends[0], pa.int32()),
        "creditor": pa.array(ends[1], pa.int32()),
        "amount": pa.array([p.amount for p in payments], pa.int64()),
    }
    for name in TEXTS:
        columns[name] = [getattr(p, name) or None for p in payments]
    columns["precision_seconds"] = _unless(1, [p.precision_seconds for p in payments])
    columns["reversal"] = _unless(False, [p.reversal for p in payments])
    for name in REFERENCES:
        said = [getattr(p.identifiers, name) if p.identifiers else None for p in payments]
        columns[f"id_{name}"] = said  # "" is kept: it tells empty references from none
    columns |= _sightings(seen)
    kept = {
        name: pa.array(values, FIELDS[name]) if isinstance(values, list) else values
        for name, values in columns.items()
        if not isinstance(values, list) or any(value is not None for value in values)
    }
    return pa.table(kept, schema=schema_of(kept))


def _unless(usual: object, values: list[Any]) -> list[Any]:
    """Nothing where every value is the usual one."""
    return [None] * len(values) if all(value == usual for value in values) else values


def _sightings(seen: Sequence[Sequence[Seen]]) -> dict[str, list[Any]]:
    several = [
        json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if len(rows) > 1 else None
        for rows in seen
    ]
    return {
        "file": [rows[0].file if rows else None for rows in seen],
        "row": [rows[0].row if rows else None for rows in seen],
        "side": _unless(0, [rows[0].side if rows else 0 for rows in seen]),
        "more": several,
    }


def payments_of(table: Any, accounts: Accounts, names: Sequence[str]) -> list[Payment]:
    """The whole payments of a table, in its order."""
    rows = table.set_column(0, "booked_at", table["booked_at"].cast(pa.int64())).to_pylist()
    return named_payments(rows, accounts, names)


def named_payments(
    rows: Sequence[Mapping[str, Any]], accounts: Accounts, names: Sequence[str]
) -> list[Payment]:
    """The same from rows that have been read: an instant is microseconds, an account its id."""
    wanted = sorted({row[side] for row in rows for side in ("debtor", "creditor")})
    known = dict(zip(wanted, accounts.named(wanted), strict=True))
    return [_payment(row, known, names) for row in rows]


def _payment(row: Mapping[str, Any], known: Mapping[int, Any], names: Sequence[str]) -> Payment:
    debtor, creditor = known[row["debtor"]], known[row["creditor"]]
    texts = {name: row[name] for name in TEXTS if row.get(name) is not None}
    said = {name: row.get(f"id_{name}") for name in REFERENCES}
    references = {name: text for name, text in said.items() if text is not None}
    return Payment(
        booked_at=instant(row["booked_at"]),
        debtor_account=debtor.number,
        creditor_account=creditor.number,
        amount=row["amount"],
        currency=debtor.currency,
        **texts,
        precision_seconds=_given(row.get("precision_seconds"), 1),
        reversal=bool(row.get("reversal")),
        identifiers=Identifiers(**references) if references else None,
        sightings=tuple(
            Sighting(file=names[seen.file], row=seen.row, side=SIDES[seen.side])
            for seen in seen_of(row)
        ),
    )


def seen_of(row: Mapping[str, Any]) -> list[Seen]:
    """The rows in which a payment was seen, with serial and instant of each."""
    if row.get("more"):
        return [Seen(*said) for said in json.loads(row["more"])]
    if row.get("file") is None:
        return []
    side = _given(row.get("side"), 0)
    return [Seen(row["file"], row["row"], side, row.get("serial") or "", row["booked_at"])]


def _given(value: Any, usual: int) -> int:
    return usual if value is None else int(value)


def put_in_order(table: Any, given: Any = None) -> Any:
    """Rows by instant, then by the bank's serial, then as they stand (or by `given`).

    Gives the places to take them from, or None where they are in order already. The rule is that
    of `fanzha.money.order.in_order`, for tables.
    """
    times = np.asarray(table["booked_at"].cast(pa.int64()))
    sorted_already = bool(np.all(times[1:] >= times[:-1]))
    order = None
    if given is not None:
        order = np.lexsort((given, times))
    elif not sorted_already:
        order = np.argsort(times, kind="stable")
    if "serial" not in table.column_names:
        return order
    order = np.arange(len(times)) if order is None else order
    moved = _by_serial(table, times, order)
    return moved if moved is not None or not sorted_already or given is not None else None


def _by_serial(table: Any, times: Any, order: Any) -> Any:
    """Rows of one bank and instant by its serial, in the places that they hold."""
    has = np.asarray(pc.fill_null(pc.not_equal(table["serial"], ""), False))[order]
    places = np.flatnonzero(has)
    if not len(places):
        return order
    at = times[order[places]]
    tied = neighbours(at[1:] == at[:-1])
    places, at = places[tied], at[tied]
    if not len(places):
        return order
    some = table.select(["serial", "serial_bank"] if "serial_bank" in table.column_names
                        else ["serial"]).take(pa.array(order[places]))  # fmt: skip
    bank = _ranks(some["serial_bank"]) if "serial_bank" in some.column_names else at * 0
    size, digits = _serial_keys(some["serial"])
    held = np.lexsort((places, bank, at))
    wanted = np.lexsort((places, digits, size, bank, at))
    result = order.copy()
    result[places[held]] = order[places[wanted]]
    return result


def neighbours(same: Any) -> Any:
    """Which of n things equal the one before or after, from n - 1 comparisons of neighbours."""
    either = np.zeros(len(same) + 1, bool)
    either[1:] |= same
    either[:-1] |= same
    return either


def _serial_keys(serials: Any) -> tuple[Any, Any]:
    """How long a serial is without leading noughts, and its rank among others."""
    said = serials.to_pylist()
    bare = [text.lstrip("0") if text.isdigit() else text for text in said]
    return np.array([len(text) for text in bare]), _ranks(pa.array(bare, pa.string()))


def _ranks(texts: Any) -> Any:
    return np.asarray(pc.rank(pc.fill_null(texts, ""), tiebreaker="dense")).astype(np.int64)
