"""Opening balances of a ledger: a table of millions is read as a table of three is."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.cli import main
from fanzha.intake import tables
from fanzha.intake.statement import SourceFile
from fanzha.ledger import create, open_ledger
from fanzha.ledger.append import Append
from fanzha.model.payment import Account, Refusal
from fanzha.services.ledger_openings import MOST_REFUSALS, take_openings

HEADER = b"account,opening_balance,currency\n"

PLAIN = st.tuples(
    st.from_regex(r"[0-9A-Za-z]{5,9}", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,6}(\.[0-9]{1,4})?", fullmatch=True),
    st.sampled_from(["CNY", "USD", "JPY", "KWD", "XYZ"]),
)
ODD = st.tuples(
    st.sampled_from(["A-1", " 6205 5000 ", "", "null", "账户１２３", "1E+15", "'001234"]),
    st.sampled_from(["1,5", "¥3", "(2.50)", "", "x", "１２", "9" * 20, "1e3", ".5", "1."]),
    st.sampled_from(["cny", "人民币", "", "C", "USDT", " CNY"]),
)
LINES = st.lists(
    st.one_of(PLAIN, PLAIN, ODD, st.tuples(st.text("ab,\t;", max_size=5))), max_size=30
)


def read(folder: Path, content: bytes, piece: int) -> tuple[dict[Account, int], list[Refusal]]:
    """What a ledger takes of a table in pieces of so many bytes."""
    path, table = folder / "ledger", folder / "balances.csv"
    table.write_bytes(content)
    create(str(path))
    with Append(path) as writer:
        refusals = take_openings(writer, str(table), large=0, piece=piece)
        writer.commit()
    ledger = open_ledger(str(path))
    rows = ledger.opening_ids.tolist()
    names = ledger.accounts.named([row[0] for row in rows])
    return dict(zip(names, (row[1] for row in rows), strict=True)), list(refusals)


@settings(max_examples=80, deadline=None)
@given(LINES, st.integers(1, 400), st.booleans(), st.booleans())
def test_a_large_table_is_taken_and_refused_as_a_small_one(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[tuple[str, ...]],
    piece: int,
    crlf: bool,
    ends: bool,
) -> None:
    once = {cells[0]: cells for cells in reversed(lines)}  # who is given twice: the next test
    end = "\r\n" if crlf else "\n"
    body = end.join(",".join(cells) for cells in once.values()) + (end if ends else "")
    content = HEADER.replace(b"\n", end.encode()) + body.encode()
    wanted, refused = tables.read_openings(SourceFile(name="balances.csv", content=content))
    piece = max(piece, *map(len, content.splitlines()))
    got, said = read(tmp_path_factory.mktemp("l"), content, piece)
    assert got == wanted
    assert said == list(refused)


@pytest.mark.parametrize("piece", [40, 100, 1 << 20])
def test_an_account_given_twice_counts_as_first_given(tmp_path: Path, piece: int) -> None:
    rows = ["AAAAA,1.00,CNY", "BBBBB,2.00,CNY", "AAAAA,3.00,USD", '"AAAAA",4.00,CNY',
            "BBBBB,5.00,CNY", "C-1,6.00,CNY", "C-1,7.00,CNY", "AAAAA,8.00,USD"]  # fmt: skip
    got, refused = read(tmp_path, HEADER + "\n".join(rows).encode(), piece)
    assert got == {
        Account("AAAAA", "CNY"): 100,
        Account("BBBBB", "CNY"): 200,
        Account("AAAAA", "USD"): 300,
        Account("C-1", "CNY"): 600,
    }
    assert [(r.row, r.code, r.value) for r in refused] == [
        (5, "given_twice", "AAAAA"),
        (6, "given_twice", "BBBBB"),
        (8, "given_twice", "C-1"),
        (9, "given_twice", "AAAAA"),
    ]


def test_columns_in_another_order_and_a_mark_at_the_beginning(tmp_path: Path) -> None:
    content = "\ufeffCurrency, Opening_Balance ,ACCOUNT\nCNY,1.5,AAAAA\n\nJPY,1.5,BBBBB\n".encode()
    got, refused = read(tmp_path, content, 1 << 20)
    assert got == {Account("AAAAA", "CNY"): 150}
    (bad,) = refused
    assert (bad.row, bad.code, bad.field) == (4, "amount_too_fine", "Opening_Balance")


def test_a_torn_line_spoils_itself_alone(tmp_path: Path) -> None:
    content = HEADER + b'"AAAAA,1,CNY\n"B-1",2,CNY\nCC\rCCC,3,CNY\nDDDDD,4,CNY\n'
    got, refused = read(tmp_path, content, 1 << 20)
    assert {account.number: amount for account, amount in got.items()} == {
        "B-1": 200,
        "CC CCC": 300,
        "DDDDD": 400,
    }
    assert [r.row for r in refused] == [2]


def test_what_is_no_such_table_is_refused_as_before(tmp_path: Path) -> None:
    got, refused = read(tmp_path, b"name,sum\nA,1\n" * 9, 1 << 20)
    assert not got
    assert [r.code for r in refused] == ["table_header_unknown"]


def test_endless_faults_are_counted(tmp_path: Path) -> None:
    body = b"".join(b"A%07d,none,CNY\n" % n for n in range(MOST_REFUSALS + 5))
    got, refused = read(tmp_path, HEADER + body, 1 << 16)
    assert not got
    assert (len(refused), refused[0].row) == (MOST_REFUSALS + 1, 2)
    assert (refused[-1].code, refused[-1].values) == ("more_refused", {"count": 5})


def test_many_rows_take_seconds_and_no_more_memory_than_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = 300_000
    rows = b"".join(b"6205550%012d,%d.%02d,CNY\n" % (n, n, n % 100) for n in range(count))
    table = tmp_path / "balances.csv"
    table.write_bytes(HEADER + rows + b"6205550000000000000,1,CNY\nX,,CNY\n")
    ledger = tmp_path / "ledger"
    tracemalloc.start()
    began = time.process_time()
    assert main(["ledger", "init", str(ledger), "--balances", str(table)]) == 3
    took, (_, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said = capsys.readouterr().err
    assert str(count + 2) in said  # the row that is given twice, and the one without an amount
    assert str(count + 3) in said
    found = open_ledger(str(ledger))
    assert len(found.accounts) == count
    assert np.array_equal(found.opening_ids[:, 1], np.arange(count) * 100 + np.arange(count) % 100)
    assert took < 15
    assert most < 400 * count
