"""The running balance points at missing rows and says what lay in the account before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.intake.statement.build import cn, read, reasons

from fanzha.intake.statement import Statements
from fanzha.model.chain import Reason, Ref
from fanzha.model.payment import Account

HEADER = "交易时间,账号,交易金额,借贷标志,交易余额,对手账号"
A1 = Account("A1", "CNY")


def statement(deltas: list[int], opening: int = 10_000, own: str = "A1") -> list[str]:
    rows, balance = [], opening
    for at, delta in enumerate(deltas):
        balance += delta
        side = "贷" if delta > 0 else "借"
        clock = f"14:{at // 60:02}:{at % 60:02}"
        rows.append(
            f"2024-05-14 {clock},{own},{abs(delta) / 100:.2f},{side},{balance / 100:.2f},B{at}"
        )
    return rows


def gaps(found: Statements) -> list[Reason]:
    return [r for r in found.reasons if r.code == "rows_missing"]


def test_a_whole_statement_has_no_gap_and_shows_its_opening_and_end() -> None:
    found = read(cn(statement([500, -300, 200]), HEADER))
    assert gaps(found) == []
    assert (found.openings[A1].amount, found.openings[A1].row) == (10_000, 2)
    last = found.last_balances[A1]
    assert (last.amount, last.row, last.file) == (10_400, 4, "0.csv")
    assert found.seen == {A1}


def test_a_missing_row_is_pointed_at() -> None:
    rows = statement([500, -300, 200, 100])
    found = read(cn([rows[0], *rows[2:]], HEADER))
    (gap,) = gaps(found)
    assert gap.refs == (Ref("0.csv", 2), Ref("0.csv", 3))
    assert gap.values == {"account": "A1", "currency": "CNY", "difference": -300}


def test_a_gap_over_a_refused_row_is_explained() -> None:
    rows = statement([500, -300, 200, 100])
    rows[1] = rows[1].replace("3.00", "three")
    found = read(cn(rows, HEADER))
    assert gaps(found) == []
    assert "gap_at_refused_row" in reasons(found)


def test_a_statement_with_the_newest_row_first_is_read_from_the_bottom_up() -> None:
    found = read(cn(statement([500, -300, 200])[::-1], HEADER))
    assert gaps(found) == []
    assert found.openings[A1].row == 4
    assert found.last_balances[A1].amount == 10_400
    assert [p.sightings[0].row for p in found.payments] == [4, 3, 2]
    assert "newest_first" in reasons(found)


def test_rows_of_one_instant_are_ordered_by_their_balance() -> None:
    rows = [line.replace(":01,", ":00,").replace(":02,", ":00,") for line in statement([5, 7, 9])]
    found = read(cn(rows[::-1], HEADER))
    assert gaps(found) == []
    assert found.openings[A1].amount == 10_000


def test_two_accounts_in_one_file_are_kept_apart() -> None:
    mixed = [
        line
        for pair in zip(statement([500, -300]), statement([7, 9], 0, "A2"), strict=True)
        for line in pair
    ]
    found = read(cn(mixed, HEADER))
    assert gaps(found) == []
    assert {a.number: o.amount for a, o in found.openings.items()} == {"A1": 10_000, "A2": 0}


def test_a_gap_between_two_months() -> None:
    rows = statement([500, -300, 200, 100])
    whole = read(cn(rows[:2], HEADER), cn(rows[2:], HEADER))
    assert gaps(whole) == []
    assert whole.openings[A1].source == "0.csv"
    found = read(cn(rows[:2], HEADER), cn(rows[3:], HEADER))
    (gap,) = gaps(found)
    assert gap.refs == (Ref("0.csv", 3), Ref("1.csv", 2))


def test_a_balance_that_does_not_run_along_proves_nothing() -> None:
    rows = statement([500, -300, 200, 100, 50])
    still = [",".join([*line.split(",")[:4], "77.00", line.split(",")[5]]) for line in rows]
    found = read(cn(still, HEADER))
    assert len(found.payments) == 5
    assert found.openings == {}
    assert "balance_not_running" in reasons(found)


def test_no_balances_no_openings() -> None:
    found = read(cn([",".join([*line.split(",")[:4], "", "B"]) for line in statement([5])], HEADER))
    assert found.openings == {}
    assert found.last_balances == {}


@given(
    st.lists(st.integers(-5000, 5000).filter(bool), min_size=3, max_size=20),
    st.booleans(),
    st.data(),
)
def test_any_inner_row_taken_out_is_found(
    deltas: list[int], turned: bool, data: st.DataObject
) -> None:
    rows = statement(deltas, 1_000_000)
    whole = read(cn(rows[::-1] if turned else rows, HEADER))
    assert gaps(whole) == []
    assert whole.openings[A1].amount == 1_000_000
    out = data.draw(st.integers(1, len(rows) - 2))
    left = rows[:out] + rows[out + 1 :]
    if len(left) >= 4:  # with fewer, one gap is half of all steps
        found = read(cn(left[::-1] if turned else left, HEADER))
        assert [gap.values["difference"] for gap in gaps(found)] == [deltas[out]]
