"""The small tables of a case."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.assets.statements.make import workbook

from fanzha.intake.statement import SourceFile
from fanzha.intake.tables import (
    Institution,
    read_carriers,
    read_institutions,
    read_openings,
    read_terminals,
    read_thefts,
)
from fanzha.model.payment import Account, Refusal, Sighting

CARD = "6205500000000000004"


def source(text: str, name: str = "t.csv") -> SourceFile:
    return SourceFile(name=name, content=text.encode())


def codes(refusals: tuple[Refusal, ...]) -> list[tuple[int, str, str]]:
    return [(r.row, r.field, r.code) for r in refusals]


THEFTS = "theft_id,debtor_account,creditor_account,amount,currency,booked_at,refunded\n"


def test_thefts() -> None:
    thefts, refusals = read_thefts(
        source(
            THEFTS + f"T1,V1,{CARD[:4]} {CARD[4:]},300000.00,CNY,2024-05-14T14:02:10+08:00,120\n"
            "T2,V1,A1,5,CNY,2024-05-14 14:02,\n"
            "T2,V1,A1,5,CNY,2024-05-14 14:02,\n"
            "T4,V1,,5,CNY,2024-05-14 14:02,\n"
            "T5,V1,A1,-5,CNY,2024-05-14 14:02,\n"
            "T6,V1,A1,5,,2024-05-14 14:02,\n"
            "T7,V1,A1,5,CNY,soon,\n"
            "T8,V1,6.2055E+18,5,CNY,2024-05-14 14:02,\n"
            ",V1,A1,5,CNY,2024-05-14 14:02,\n"
            "\n"
            "T9,V1,A1,5,CNY"
        ),
        ZoneInfo("Asia/Shanghai"),
    )
    assert [theft.theft_id for theft in thefts] == ["T1", "T2"]
    assert (thefts[0].creditor_account, thefts[0].amount, thefts[0].refunded) == (
        CARD, 30_000_000, 12_000,
    )  # fmt: skip
    assert thefts[1].booked_at == datetime(2024, 5, 14, 6, 2, tzinfo=UTC)
    assert thefts[0].sighting == Sighting(file="t.csv", row=2)
    assert codes(refusals) == [
        (4, "theft_id", "given_twice"),
        (5, "creditor_account", "account_missing"),
        (6, "amount", "amount_not_positive"),
        (7, "currency", "currency_missing"),
        (8, "booked_at", "time_unreadable"),
        (9, "creditor_account", "account_mangled"),
        (10, "theft_id", "cell_missing"),
        (12, "", "row_cut"),
    ]


def test_a_zone_is_not_needed_for_thefts() -> None:
    thefts, _ = read_thefts(source(THEFTS + "T,V,A,5,CNY,2024-05-14 14:02,\n"), None)
    assert thefts[0].booked_at.hour == 14


def test_openings() -> None:
    openings, refusals = read_openings(
        source(
            "account,opening_balance,currency\nB1,15000.00,CNY\nB1,1,USD\nB1,2,CNY\nB2,-5.00,CNY\n"
            "B3,,CNY\n"
        )
    )
    assert openings == {
        Account("B1", "CNY"): 1_500_000, Account("B1", "USD"): 100, Account("B2", "CNY"): -500,
    }  # fmt: skip
    assert codes(refusals) == [
        (4, "account", "given_twice"),
        (6, "opening_balance", "cell_missing"),
    ]


def test_openings_from_a_workbook() -> None:
    rows: list[list[str | int | float]] = [
        ["说明"], ["Account", "Opening balance", "Currency"], ["B1", 15000.5, "人民币"],
    ]  # fmt: skip
    openings, refusals = read_openings(SourceFile(name="b.xlsx", content=workbook(rows)))
    assert openings == {Account("B1", "CNY"): 1_500_050}
    assert refusals == ()


def test_terminals() -> None:
    terminals, refusals = read_terminals(
        source("account,kind\nSHOP,merchant\nX,Abroad\nY,bank\nSHOP,cash\n")
    )
    assert terminals == {"SHOP": "merchant", "X": "abroad"}
    assert codes(refusals) == [(4, "kind", "terminal_kind_unknown"), (5, "account", "given_twice")]
    assert refusals[0].values["known"] == "cash, merchant, offramp, abroad"


def test_institutions() -> None:
    institutions, refusals = read_institutions(
        source(
            "account,acts_in_time,good_faith,institution\nB3,.95,0.7,建行\nB4,,,\nB5,1.1,,\nB6,x,,\n"
        )
    )
    assert institutions == {
        "B3": Institution(acts_in_time=Decimal(".95"), good_faith=Decimal("0.7"), name="建行"),
        "B4": Institution(acts_in_time=None, good_faith=None),
    }
    assert codes(refusals) == [
        (4, "acts_in_time", "share_unreadable"),
        (5, "acts_in_time", "share_unreadable"),
    ]


def test_carriers() -> None:
    carriers, refusals = read_carriers(
        source(
            "booked_at,account,amount,currency,carrier,carrier_amount,carrier_currency\n"
            "2024-05-14T14:15:00+08:00,C2,120000.00,CNY,W1,16550,USDT\n"
            "2024-05-14T14:15:00+08:00,C2,120000.00,CNY,W1,0,USDT\n"
        ),
        None,
    )
    (carrier,) = carriers
    assert (carrier.amount, carrier.carrier_amount) == (12_000_000, 16_550_000_000)
    assert carrier.booked_at == datetime(2024, 5, 14, 6, 15, tzinfo=UTC)
    assert codes(refusals) == [(3, "carrier_amount", "amount_not_positive")]


def test_files_that_are_no_such_table() -> None:
    for content, code in ((b"", "file_empty"), (b"a,b,c\n1,2,3\n", "table_header_unknown")):
        found, refusals = read_terminals(SourceFile(name="t.csv", content=content))
        assert found == {}
        assert codes(refusals) == [(0, "", code)]
