"""One transfer in two banks' statements is one payment, and nothing else is put together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.statement.build import cn, read, reasons, short

from fanzha.intake.statement import Statements
from fanzha.intake.statement.merge import TOLERANCE

HEADER = "交易时间,账号,户名,交易金额,借贷标志,对手账号,对手户名,摘要,流水号"


def row(clock: str, own: str, side: str, other: str, amount: str = "5.00", serial: str = "") -> str:
    return f"2024-05-14 {clock},{own},,{amount},{side},{other},,,{serial}"


def statement(*rows: str) -> str:
    return cn(rows, HEADER)


def test_both_sides_make_one_payment_with_what_each_bank_knows() -> None:
    found = read(
        f"工商银行\n{HEADER}\n2024-05-14 14:02:10,A1,张三,5.00,借,B1,李,转给李,S1\n",
        f"建设银行\n{HEADER}\n2024-05-14 14:02:15,B1,李四,5.00,贷,A1,张,,S9\n",
    )
    (payment,) = found.payments
    assert payment.booked_at == datetime(2024, 5, 14, 6, 2, 10, tzinfo=UTC)
    assert (payment.debtor_name, payment.creditor_name) == ("张三", "李四")
    assert (payment.debtor_agent, payment.creditor_agent) == ("工商银行", "建设银行")
    assert (payment.serial, payment.serial_bank, payment.note) == ("S1", "工商银行", "转给李")
    assert [(s.file, s.row, s.side) for s in payment.sightings] == [
        ("0.csv", 3, "debit"),
        ("1.csv", 3, "credit"),
    ]
    assert reasons(found)["merged"] == 1
    assert [file.taken for file in found.files] == [1, 1]


def test_the_payment_stands_where_it_was_first_seen() -> None:
    found = read(
        statement(row("14:02:15", "B1", "贷", "A1"), row("14:09:00", "B1", "借", "C1")),
        statement(row("14:01:00", "A1", "贷", "V1"), row("14:02:10", "A1", "借", "B1")),
    )
    assert short(found) == [("A1", "B1", 500), ("B1", "C1", 500), ("V1", "A1", 500)]
    assert found.payments[0].booked_at.second == 10


def test_the_more_precise_time_is_kept() -> None:
    found = read(
        statement(row("14:02", "A1", "借", "B1")), statement(row("14:02:15", "B1", "贷", "A1"))
    )
    (payment,) = found.payments
    assert (payment.booked_at.second, payment.precision_seconds) == (15, 1)


@pytest.mark.parametrize(("seconds", "count"), [(0, 1), (120, 1), (121, 2)])
def test_at_most_120_seconds_apart(seconds: int, count: int) -> None:
    later = datetime(2024, 5, 14, 14, 2, 10, tzinfo=UTC) + timedelta(seconds=seconds)
    found = read(
        statement(row("14:02:10", "A1", "借", "B1")),
        statement(row(f"{later:%H:%M:%S}", "B1", "贷", "A1")),
    )
    assert len(found.payments) == count


@pytest.mark.parametrize(
    "other",
    [
        row("14:02:10", "B1", "贷", "A1", "5.01"),  # another amount
        row("14:02:10", "B1", "贷", "A2"),  # another debtor
        row("14:02:10", "B1", "借", "A1"),  # the other way
        row("14:02:10", "B1", "贷", ""),  # no number: it could be anybody
    ],
)
def test_what_differs_stays_apart(other: str) -> None:
    found = read(statement(row("14:02:10", "A1", "借", "B1")), statement(other))
    assert len(found.payments) == 2
    assert "merged" not in reasons(found)


def test_rows_of_one_file_stay_apart_unless_their_serial_is_equal() -> None:
    apart = statement(row("14:02:10", "A1", "借", "B1"), row("14:02:10", "B1", "贷", "A1"))
    assert len(read(apart).payments) == 2
    assert reasons(read(apart))["maybe_twice"] == 1
    other_serial = statement(
        row("14:02:10", "A1", "借", "B1", serial="1"), row("14:02:10", "B1", "贷", "A1", serial="2")
    )
    assert len(read(other_serial).payments) == 2
    together = statement(
        row("14:02:10", "A1", "借", "B1", serial="1"), row("14:02:10", "B1", "贷", "A1", serial="1")
    )
    assert len(read(together).payments) == 1


def test_structured_payments_that_look_alike_are_paired_one_to_one() -> None:
    found = read(
        statement(*(row(f"14:02:{s:02}", "A1", "借", "B1") for s in (10, 20, 30))),
        statement(*(row(f"14:02:{s:02}", "B1", "贷", "A1") for s in (31, 21))),
    )
    assert len(found.payments) == 3
    assert [len(p.sightings) for p in found.payments] == [1, 2, 2]
    assert [p.sightings[-1].row for p in found.payments] == [2, 3, 2]


def test_the_nearest_in_time_goes_first_then_input_order() -> None:
    found = read(
        statement(row("14:02:00", "A1", "借", "B1"), row("14:02:50", "A1", "借", "B1")),
        statement(row("14:02:55", "B1", "贷", "A1")),
    )
    assert [len(p.sightings) for p in found.payments] == [1, 2]
    tied = read(
        statement(row("14:02:00", "A1", "借", "B1"), row("14:02:00", "A1", "借", "B1")),
        statement(row("14:02:00", "B1", "贷", "A1")),
    )
    assert [len(p.sightings) for p in tied.payments] == [2, 1]


def test_overlapping_exports_of_one_account_count_once() -> None:
    rows = [row(f"14:02:{s}", "A1", "借", "B1", serial=f"S{s}") for s in range(10, 15)]
    found = read(statement(*rows[:4]), statement(*rows[2:]))
    assert [p.serial for p in found.payments] == ["S10", "S11", "S12", "S13", "S14"]
    assert [len(p.sightings) for p in found.payments] == [1, 1, 2, 2, 1]
    assert reasons(found)["repeats_dropped"] == 2


def test_overlaps_without_a_counterparty_are_known_by_their_serial_too() -> None:
    text = statement(row("14:02:10", "A1", "借", "", serial="S1"))
    assert len(read(text, text).payments) == 1


def test_overlaps_without_a_serial_are_noted_and_not_merged() -> None:
    text = statement(row("14:02:10", "A1", "借", "B1"))
    found = read(text, text)
    assert len(found.payments) == 2
    assert reasons(found)["maybe_twice"] == 1


def test_a_row_printed_twice_counts_once_only_with_a_serial() -> None:
    numbered = row("14:02:10", "A1", "借", "B1", serial="S1")
    assert len(read(statement(numbered, numbered)).payments) == 1
    bare = row("14:02:10", "A1", "借", "B1")
    assert len(read(statement(bare, bare)).payments) == 2


def test_a_date_without_hours_never_merges_but_is_noted() -> None:
    found = read(
        cn(["2024-05-14,A1,,5.00,借,B1,,,"], HEADER.replace("交易时间", "交易日期")),
        statement(row("14:02:15", "B1", "贷", "A1")),
    )
    assert len(found.payments) == 2
    assert reasons(found)["maybe_twice"] == 1
    assert reasons(found)["hours_missing"] == 1


def test_thousands_of_look_alikes_end_soon() -> None:
    out = [row(f"14:{m:02}:{s:02}", "A1", "借", "B1") for m in range(60) for s in range(60)]
    into = [row(f"14:{m:02}:{s:02}", "B1", "贷", "A1") for m in range(60) for s in range(60)]
    assert len(read(statement(*out), statement(*into)).payments) == 3600
    shifted = [line.replace(" 14:", " 15:") for line in into[:60]]
    same = read(statement(*([out[-1]] * 3000)), statement(*(shifted * 50)))
    assert len(same.payments) == 3000  # one to one: all three thousand credits found a debit


clocks = st.lists(st.integers(0, 600), min_size=0, max_size=12)


@given(clocks, clocks)
def test_no_row_is_lost_or_used_twice(out: list[int], into: list[int]) -> None:
    def clock(second: int) -> str:
        return f"14:{second // 60:02}:{second % 60:02}"

    files = []
    if out:
        files.append(statement(*(row(clock(s), "A1", "借", "B1") for s in out)))
    if into:
        files.append(statement(*(row(clock(s), "B1", "贷", "A1") for s in into)))
    found = read(*files)
    seen = [(s.file, s.row) for p in found.payments for s in p.sightings]
    assert len(seen) == len(set(seen)) == len(out) + len(into)
    merged = _merged(found)
    assert len(found.payments) == len(out) + len(into) - merged
    assert _close(found)
    unpaired = [p for p in found.payments if len(p.sightings) == 1]
    debits = [p.booked_at for p in unpaired if p.sightings[0].side == "debit"]
    credits = [p.booked_at for p in unpaired if p.sightings[0].side == "credit"]
    assert not any(abs(d - c) <= TOLERANCE for d in debits for c in credits)


def _merged(found: Statements) -> int:
    return sum(len(p.sightings) == 2 for p in found.payments)


def _close(found: Statements) -> bool:
    return all(
        {s.side for s in p.sightings} == {"debit", "credit"}
        and len({s.file for s in p.sightings}) == 2
        for p in found.payments
        if len(p.sightings) == 2
    )
