"""What the generator writes beside statements: Parquet of the payments, and the small tables."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from fanzha.money.town import (
    CHANNELS,
    CURRENCIES,
    LOCAL,
    MOST_SERIAL,
    NAMED,
    OUTSIDE,
    SECOND,
    Town,
)
from fanzha.services.generate.run import Batch, Longs, Run

DICTIONARY_UP_TO = 1 << 17  # accounts; with more, plain text is smaller and read three times faster
COLUMNS = ("booked_at", "debtor_account", "creditor_account", "amount", "currency", "channel")
DECIMALS = pa.decimal128(20, 2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def numbers(run: Run) -> Any:
    """Every account's number: `F`, two digits of its bank, eight that tell nothing else."""
    ids = np.arange(OUTSIDE, run.town.accounts, dtype=np.int64)
    digits = np.empty((len(ids), 11), np.uint8)
    digits[:, 0] = ord("F")
    value = (run.banks[OUTSIDE:].astype(np.int64) + 1) * 10**8 + ids * 48_271 % MOST_SERIAL
    for place in range(10, 0, -1):
        value, digit = np.divmod(value, 10)
        digits[:, place] = digit + ord("0")
    edges = np.arange(len(ids) + 1, dtype=np.int64) * 11
    buffers = [None, pa.py_buffer(edges.astype(np.int32)), pa.py_buffer(digits)]
    return pa.concat_arrays(
        [pa.array(NAMED), pa.Array.from_buffers(pa.string(), len(ids), buffers)]
    )


def write_payments(path: Path, run: Run, names: Any) -> None:
    """All payments into one Parquet file, batch by batch; one is encoded while the next is made."""
    with _writer(path, run.town) as writer, ThreadPoolExecutor(1) as encoder:
        waiting: Future[None] | None = None
        for batch in run.batches():
            table = _table_of(batch, names, run.town)
            if waiting is not None:
                waiting.result()
            waiting = encoder.submit(writer.write_table, table, table.num_rows or 1)
        if waiting is not None:
            waiting.result()


def _writer(path: Path, town: Town) -> Any:
    words = ["currency", "channel"]
    text = ["debtor_account", "creditor_account"]
    few = town.accounts <= DICTIONARY_UP_TO
    account = pa.dictionary(pa.int32(), pa.string()) if few else pa.string()
    word = pa.dictionary(pa.int8(), pa.string())
    kinds = (pa.timestamp("us", "UTC"), account, account, pa.int64(), word, word)
    encodings = {"booked_at": "DELTA_BINARY_PACKED", "amount": "PLAIN"}
    return pq.ParquetWriter(
        path,
        pa.schema(list(zip(COLUMNS, kinds, strict=True))),
        compression="zstd",
        compression_level=1,
        use_dictionary=[*words, *text] if few else words,
        dictionary_pagesize_limit=1 << 24,
        column_encoding=encodings if few else {**encodings, **dict.fromkeys(text, "PLAIN")},
        write_statistics=["booked_at"],
    )


def _table_of(batch: Batch, names: Any, town: Town) -> Any:
    columns = [
        pa.array(batch.booked_at).view(pa.timestamp("us", "UTC")),
        _named(batch.debtor, names, town),
        _named(batch.creditor, names, town),
        pa.array(batch.amount),
        pa.DictionaryArray.from_arrays(currencies(batch.debtor, town), pa.array(CURRENCIES)),
        pa.DictionaryArray.from_arrays(batch.channel, pa.array(CHANNELS)),
    ]
    return pa.Table.from_arrays(columns, names=COLUMNS)


def _named(ids: Any, names: Any, town: Town) -> Any:
    if town.accounts <= DICTIONARY_UP_TO:
        return pa.DictionaryArray.from_arrays(ids, names)
    return names.take(pa.array(ids))


def currencies(accounts: Any, town: Town) -> Any:
    """The place in `CURRENCIES` of the currency of each account."""
    beyond = accounts - (town.first_mule + town.mules)
    return np.where(beyond < 0, 0, 1 + beyond // town.foreign).astype(np.int8)


def write_balances(path: Path, run: Run, names: Any) -> None:
    """`balances.csv`: every account and what lay there before the first payment."""
    codes = currencies(np.arange(run.town.accounts), run.town)
    table = pa.table(
        {
            "account": names,
            "opening_balance": decimals(run.openings()),
            "currency": pa.array(CURRENCIES).take(pa.array(codes)),
        }
    )
    options = arrow_csv.WriteOptions(quoting_style="none", quoting_header="none")
    arrow_csv.write_csv(table, path, options)


def decimals(minor: Longs) -> Any:
    """Minor units as text with two decimals."""
    halves = np.stack((minor, minor >> 63), axis=1)
    whole = pa.Array.from_buffers(DECIMALS, len(minor), [None, pa.py_buffer(halves)])
    return whole.cast(pa.string())


def write_tables(folder: Path, run: Run, names: Any, timespec: str) -> Iterator[Path]:
    """`thefts.csv`, `terminals.csv`, `carriers.csv` and `truth.csv`, as they are written."""
    terminal = set(run.merchants().tolist())
    yield _table(
        folder / "thefts.csv",
        "theft_id,debtor_account,creditor_account,amount,currency,booked_at,reported_at,shape",
        _thefts(run, names, timespec),
    )
    kinds = {"UTILITY": "merchant", "OFFRAMP": "offramp", "ABROAD": "abroad"}
    outside = ((name, kinds[name[:-1]]) for name in NAMED if name[:-1] in kinds)
    shops = ((names[shop].as_py(), "merchant") for shop in sorted(terminal))
    yield _table(folder / "terminals.csv", "account,kind", (*outside, *shops))
    yield _table(
        folder / "carriers.csv",
        "booked_at,account,amount,currency,carrier,carrier_amount,carrier_currency",
        _changes(run, timespec),
    )
    yield _table(
        folder / "truth.csv",
        "theft_id,account,amount,state",
        (
            (
                theft_id(number),
                names[account].as_py(),
                yuan(left),
                "merchant" if state == "seller" and account in terminal else state,
            )
            for number, account, left, state in sorted(run.loot.rests)
        ),
    )


def _thefts(run: Run, names: Any, timespec: str) -> Iterator[tuple[str, ...]]:
    for theft in run.loot.thefts:
        yield (
            theft_id(theft.number),
            names[theft.debtor].as_py(),
            names[theft.creditor].as_py(),
            yuan(theft.amount),
            CURRENCIES[0],
            instant(theft.at, timespec),
            instant(theft.reported_at, "seconds"),
            theft.shape,
        )


def _changes(run: Run, timespec: str) -> Iterator[tuple[str, ...]]:
    """Wallets have made-up names: nobody has an address like these."""
    for number, change in enumerate(run.loot.changed, 1):
        whole, rest = divmod(change.bought, 10**6)
        yield (
            instant(change.at, timespec),
            NAMED[change.ramp],
            yuan(change.amount),
            CURRENCIES[0],
            f"WALLET{number:07d}",
            f"{whole}.{rest:06d}",
            "USDT",
        )


def theft_id(number: int) -> str:
    """A theft's name."""
    return f"T{number:06d}"


def yuan(minor: int) -> str:
    """Major units of a sum that is not negative."""
    return f"{minor // 100}.{minor % 100:02d}"


def instant(at: int, timespec: str = "auto") -> str:
    """ISO 8601 in China's time."""
    when = _EPOCH + timedelta(microseconds=at if timespec != "seconds" else at // SECOND * SECOND)
    return when.astimezone(LOCAL).isoformat(timespec=timespec)


def _table(path: Path, header: str, rows: Iterable[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(header.split(","))
        write.writerows(rows)
    return path
