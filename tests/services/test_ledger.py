"""Files into a ledger: each once, what is refused is said, and the trace answers as from files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fanzha.errors import NothingUsable
from fanzha.ledger import open_ledger
from fanzha.ledger.verify import verify
from fanzha.model.payment import Account, Refusal
from fanzha.services import ledger as service
from fanzha.services.ledger_trace import LedgerTraceRequest, trace_back, trace_ledger
from fanzha.services.money_inputs import MoneySources
from fanzha.services.sources import read_optional, read_sources
from fanzha.services.trace import TraceRequest, TraceResult, trace_payments

HEADER = "booked_at,debtor_account,creditor_account,amount,currency\n"
ROWS = """2024-05-14T06:00:00Z,V1,A1,100.00,CNY
2024-05-14T06:01:00Z,X,A1,50.00,CNY
2024-05-14T06:02:00Z,A1,B1,120.00,CNY
2024-05-14T06:03:00Z,B1,CASH,20.00,CNY
"""
LATE = "2024-05-14T06:01:30Z,A1,C1,40.00,CNY\n2024-05-14T06:05:00Z,B1,D1,0.00,CNY\n"
THEFTS = """theft_id,debtor_account,creditor_account,amount,currency,booked_at
T1,V1,A1,100.00,CNY,2024-05-14T06:00:10Z
T2,V9,A1,100.00,CNY,2024-05-14T06:00:10Z
"""
BALANCES = "account,opening_balance,currency\nA1,30.00,CNY\n"
AT = pa.timestamp("us", "UTC")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    said = {
        "a.csv": HEADER + ROWS,
        "b.csv": HEADER + LATE,
        "thefts.csv": THEFTS,
        "balances.csv": BALANCES,
    }
    for name, text in said.items():
        (tmp_path / name).write_text(text, "utf-8")
    return {name: str(tmp_path / name) for name in said} | {"ledger": str(tmp_path / "ledger")}


def add(files: Mapping[str, str], *names: str) -> service.AppendResult:
    paths = tuple(files.get(name, name) for name in names)
    return service.append(service.AppendRequest(ledger=files["ledger"], files=paths))


def from_ledger(files: Mapping[str, str], as_of: str | None = None) -> TraceResult:
    sources = MoneySources(payments=(), thefts=read_optional(files["thefts.csv"]))
    return trace_ledger(LedgerTraceRequest(ledger=files["ledger"], sources=sources, as_of=as_of))


def from_files(files: Mapping[str, str], *names: str, as_of: str | None = None) -> TraceResult:
    sources = MoneySources(
        payments=read_sources([files[name] for name in names]),
        thefts=read_optional(files["thefts.csv"]),
        balances=read_optional(files["balances.csv"]),
    )
    return trace_payments(TraceRequest(sources=sources, as_of=as_of))


@pytest.mark.parametrize("as_of", [None, "2024-05-14T06:02:00Z", "2024-05-14T06:00:00Z"])
@pytest.mark.parametrize("split", [True, False])
def test_a_ledger_answers_as_its_files_do(
    files: dict[str, str], split: bool, as_of: str | None
) -> None:
    service.init(files["ledger"], files["balances.csv"])
    for names in (("b.csv",), ("a.csv",)) if split else (("a.csv", "b.csv"),):
        add(files, *names)
    verify(files["ledger"])
    wanted, found = from_files(files, "a.csv", "b.csv", as_of=as_of), from_ledger(files, as_of)
    for method, trace in wanted.traces.items():
        got = found.traces[method]
        assert got.holdings == trace.holdings
        assert got.disputed == trace.disputed
        assert got.balances == trace.balances
        assert {r.code for r in got.reasons} == {r.code for r in trace.reasons}
    assert found.movements.as_of == wanted.movements.as_of
    assert found.movements.refusals == wanted.movements.refusals
    refused = sorted(map(repr, wanted.read.refusals))
    assert sorted(map(repr, found.read.refusals)) == refused != []


def test_no_theft_found_is_said(files: dict[str, str]) -> None:
    service.init(files["ledger"])
    add(files, "b.csv")
    with pytest.raises(NothingUsable, match="no_thefts"):
        from_ledger(files)


def test_the_same_file_adds_nothing(files: dict[str, str], tmp_path: Path) -> None:
    service.init(files["ledger"])
    add(files, "a.csv")
    copy = tmp_path / "copy.csv"
    copy.write_text(HEADER + ROWS)
    version = open_ledger(files["ledger"]).manifest.version
    again = add(files, str(copy))
    assert again.again == ((str(copy), "a.csv"),)
    assert open_ledger(files["ledger"]).manifest.version == version
    twice = add(files, "b.csv", "b.csv")
    assert [note.code for note in twice.said.notes] == ["copy_of"]
    assert twice.appended.rows == 1


def test_nothing_usable_commits_nothing(files: dict[str, str], tmp_path: Path) -> None:
    service.init(files["ledger"])
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing,here\n1,2\n")
    with pytest.raises(NothingUsable, match="no_payments"):
        add(files, str(bad))
    assert open_ledger(files["ledger"]).manifest.sources == ()


def refused_by(nothing: NothingUsable) -> tuple[Refusal, ...]:
    return cast("tuple[Refusal, ...]", nothing.values["refusals"])


def columns(**more: object) -> dict[str, object]:
    at = [datetime(2024, 5, 14, 6, minute, tzinfo=UTC) for minute in (3, 1, 2, 4, 5, 6)]
    return {
        "booked_at": pa.array(at, AT),
        "debtor_account": ["A", "V", "A", "", "A", "B"],
        "creditor_account": ["B", "A", "B", "X", "B", "A"],
        "amount": [5, 9, 0, 3, -2, 1],
        "currency": ["CNY", "CNY", "CNY", "CNY", "cny", "?"],
        "debtor_name": ["甲", None, "", "", "甲", "乙"],
        "creditor_name": ["乙", "甲", "", "", "乙", "甲"],
        **more,
    }


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_bulk_rows_are_taken_and_bad_ones_named(
    files: dict[str, str], tmp_path: Path, kind: str
) -> None:
    service.init(files["ledger"])
    path = tmp_path / f"bulk.{kind}"
    table = pa.table(columns())
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    result = add(files, str(path))
    refused = sorted((r.row, r.field, r.code) for r in result.said.refusals)
    assert refused == [
        (3, "amount", "amount_zero"),
        (4, "debtor_account", "account_missing"),
        (6, "currency", "currency_unreadable"),
    ]
    verify(files["ledger"])
    ledger = open_ledger(files["ledger"])
    first, second, back = ledger.walk()
    assert (first.amount, second.amount) == (9, 5)
    assert (back.debtor_account, back.creditor_account, back.amount) == ("B", "A", 2)
    assert (back.debtor_name, back.reversal, second.reversal) == ("乙", True, False)
    assert [s.row for p in (first, second, back) for s in p.sightings] == [2, 1, 5]
    assert set(ledger.seen) == {Account(n, "CNY") for n in "ABV"}


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("amount", [1.5] * 6, "column_kind"),
        ("booked_at", ["2024-05-14"] * 6, "column_kind"),
        ("booked_at", pa.array([0] * 6, pa.timestamp("us")), "column_kind"),
        ("currency", None, "table_header_unknown"),
    ],
)
def test_bulk_columns_of_the_wrong_kind_are_refused(
    files: dict[str, str], tmp_path: Path, column: str, values: object, code: str
) -> None:
    service.init(files["ledger"])
    said = {k: v for k, v in columns(**{column: values}).items() if v is not None}
    pq.write_table(pa.table(said), tmp_path / "bulk.parquet")
    with pytest.raises(NothingUsable) as nothing:
        add(files, str(tmp_path / "bulk.parquet"))
    (refusal,) = refused_by(nothing.value)
    assert (refusal.row, refusal.code) == (0, code)


def test_a_cut_off_parquet_file_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    service.init(files["ledger"])
    pq.write_table(pa.table(columns()), tmp_path / "bulk.parquet")
    content = (tmp_path / "bulk.parquet").read_bytes()
    (tmp_path / "bulk.parquet").write_bytes(content[:-40])
    with pytest.raises(NothingUsable) as nothing:
        add(files, str(tmp_path / "bulk.parquet"))
    (refusal,) = refused_by(nothing.value)
    assert refusal.code == "file_columns_broken"


def test_currencies_never_mix(files: dict[str, str], tmp_path: Path) -> None:
    service.init(files["ledger"])
    money = ["CNY", "USD", "CNY", "USD", "CNY", "USD"]
    amounts = {"debtor_account": ["A"] * 6, "amount": [1, 2, 3, 4, 5, 6], "currency": money}
    for name in ("one.parquet", "two.parquet"):
        pq.write_table(pa.table(columns(**amounts, note=[name] * 6)), tmp_path / name)
        add(files, str(tmp_path / name))
    verify(files["ledger"])
    ledger = open_ledger(files["ledger"])
    ids = ledger.accounts.numbered(["A"])
    paid = {account.currency: ledger.index.totals(at)[1] for account, at in ids.items()}
    assert paid == {"CNY": 18, "USD": 24}


def test_who_fed_an_account(files: dict[str, str]) -> None:
    service.init(files["ledger"], files["balances.csv"])
    add(files, "a.csv")
    request = LedgerTraceRequest(ledger=files["ledger"], sources=MoneySources(payments=()))
    (found,) = trace_back(dataclasses.replace(request, method="fifo"), "B1")
    parts = {(fed.account.number, fed.amount) for fed in found.fed["fifo"]}
    assert found.held == {"fifo": 10_000}
    assert sum(amount for _, amount in parts) == 10_000
    assert ("V1", 9_000) in parts


def test_info_counts(files: dict[str, str]) -> None:
    service.init(files["ledger"])
    add(files, "a.csv")
    found = service.info(files["ledger"])
    assert (found.payments, found.accounts, found.currencies) == (4, 5, ("CNY",))
    assert [source.name for source in found.sources] == ["a.csv"]
    assert 0 < found.hot < found.disk
