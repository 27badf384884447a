"""Cells: what is cleaned, what is refused, what is never repaired."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.statement.build import CARD, cn, codes, read

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.cells import account, amount
from fanzha.model.money import to_major, to_minor


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("6205 5000 0000 0000 004", CARD),
        ("6205-5000-0000-0000-004", CARD),
        ("６２０５５０００００００００００００４", CARD),
        (f'="{CARD}"', CARD),
        (f"'{CARD}", CARD),
        (f"\t{CARD}\u200b", CARD),
        ("0012", "0012"),
        ("123456.0", "123456"),
        ("A-1", "A-1"),
        ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
        ("10:8000EBD30", "10:8000EBD30"),
        ("8139F54E0", "8139F54E0"),
        ("lin@mail.example", "lin@mail.example"),
    ],
)
def test_accounts(written: str, read: str) -> None:
    assert account(written) == read


@pytest.mark.parametrize(
    "mangled", ["6.2055E+18", "6.2055e18", "6E+18", "6205500000000000000.0", "#######"]
)
def test_mangled_accounts_are_refused(mangled: str) -> None:
    with pytest.raises(UnreadableInput, match="account_mangled"):
        account(mangled)


@pytest.mark.parametrize("garbled", ["a\0b", "x" * 129, "62\ufffd05"])
def test_garbled_accounts_are_refused(garbled: str) -> None:
    with pytest.raises(UnreadableInput, match="account_garbled"):
        account(garbled)


@given(st.integers(0, 10**15), st.sampled_from(["CNY", "JPY", "KWD", "USDT"]))
def test_amounts_round_trip_and_the_fast_way_agrees_with_the_model(minor: int, code: str) -> None:
    text = to_major(minor, code)
    assert amount(text, code) == to_minor(text, code) == minor


@given(st.text("0123456789.,-+()¥ eE", max_size=12))
def test_whatever_the_fast_way_takes_the_model_takes_alike(text: str) -> None:
    try:
        expected: int | None = to_minor(text, "CNY")
    except UnreadableInput:
        return
    assert amount(text, "CNY") == expected


ROW = "2024-05-14 14:02:10,A1,5.00,借,100.00,B1,,,,"


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("14:02:10", "25:02:10", "交易时间", "time_unreadable"),
        ("2024-", "1899-", "交易时间", "time_unlikely"),
        (",A1,", ",,", "交易卡号", "account_missing"),
        ("5.00", "five", "交易金额", "amount_unreadable"),
        ("5.00", "0.00", "交易金额", "amount_zero"),
        ("5.00", "", "交易金额", "amount_missing"),
        ("5.00", "5.001", "交易金额", "amount_too_fine"),
        ("5.00", '"1.234,56"', "交易金额", "amount_unreadable"),
        ("借", "?", "借贷标志", "direction_unknown"),
        ("100.00", "1oo", "交易余额", "amount_unreadable"),
        ("B1", "6.2E+18", "对手账号", "account_mangled"),
    ],
)
def test_a_refused_row_names_the_files_own_header(
    old: str, new: str, field: str, code: str
) -> None:
    found = read(cn([ROW, ROW.replace(old, new, 1), ROW]))
    assert codes(found) == [(3, field, code)]
    assert len(found.payments) == 2
    assert (found.files[0].rows, found.files[0].taken, found.files[0].refused) == (3, 2, 1)


def test_a_long_value_is_shown_shortened() -> None:
    refusal = read(cn([ROW.replace("5.00", "x" * 500)])).refusals[0]
    assert len(refusal.value) == 80
    assert refusal.value.endswith("…")


def test_currencies_never_mix() -> None:
    header = "timestamp,from,to,amount,currency"
    found = read(
        f"{header}\n2024-05-14 14:02:10,A,B,5,人民币\n2024-05-14 14:02:10,A,B,5,US Dollar\n"
        "2024-05-14 14:02:10,A,B,5,usdt\n2024-05-14 14:02:10,A,B,5,\n"
        "2024-05-14 14:02:10,A,B,5,??\n"
    )
    assert [(p.amount, p.currency) for p in found.payments] == [
        (500, "CNY"), (500, "USD"), (5_000_000, "USDT"),
    ]  # fmt: skip
    assert [code for _, _, code in codes(found)] == ["currency_missing", "currency_unreadable"]
