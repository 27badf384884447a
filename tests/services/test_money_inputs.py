"""Payments from several kinds of files together."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from fanzha.errors import NothingUsable, UsageError
from fanzha.exchange.pacs008 import write_pacs008
from fanzha.intake.statement import SourceFile
from fanzha.model.payment import Identifiers, Payment
from fanzha.services.money_inputs import MoneySources, minor, moment, read_money

AT = datetime(2024, 5, 14, 6, tzinfo=UTC)
ROWS = b"""booked_at,debtor_account,creditor_account,amount,currency
2024-05-14T14:00:00,V,A,10.00,CNY
"""


def message(name: str, *ids: str) -> SourceFile:
    payments = [
        Payment(
            booked_at=AT,
            debtor_account="V",
            creditor_account="A",
            amount=1000,
            currency="CNY",
            debtor_name="Victim",
            creditor_name="Payee",
            debtor_agent="BANKCNBJ",
            creditor_agent="BANKCNBJ",
            identifiers=Identifiers(
                message_id="M1",
                end_to_end_id=f"E{number}",
                transaction_id=number,
                settlement_date="2024-05-14",
                settlement_amount="10.00",
            ),
        )
        for number in ids
    ]
    return SourceFile(name=name, content=write_pacs008(payments, "M1", AT))


def test_messages_and_statements_stand_in_the_order_of_the_files() -> None:
    table = SourceFile(name="b.csv", content=ROWS)
    read = read_money(MoneySources(payments=(message("a.xml", "1"), table, message("c.xml", "2"))))
    assert [p.sightings[0].file for p in read.payments] == ["a.xml", "b.csv", "c.xml"]
    assert [f.shape for f in read.files if f.name.endswith("xml")] == ["pacs.008", "pacs.008"]


def test_sheets_of_a_workbook_stand_where_the_workbook_was_given() -> None:
    book = Workbook()
    columns = ["booked_at", "debtor_account", "creditor_account", "amount", "currency"]
    for number, sheet in enumerate((book.active, book.create_sheet("more"))):
        sheet.append(columns)
        sheet.append([f"2024-05-14T14:0{number}:00", "V", "A", "10.00", "CNY"])
    content = BytesIO()
    book.save(content)
    source = SourceFile(name="book.xlsx", content=content.getvalue())
    read = read_money(MoneySources(payments=(message("a.xml", "1"), source)))
    assert [p.sightings[0].file for p in read.payments] == ["a.xml", "book.xlsx", "book.xlsx[more]"]


def test_a_payment_that_two_banks_hand_over_in_one_message_is_one() -> None:
    sources = (message("bank-x.xml", "1", "2"), message("bank-y.xml", "2"))
    read = read_money(MoneySources(payments=sources))
    assert [p.identifiers and p.identifiers.transaction_id for p in read.payments] == ["1", "2"]
    assert [s.file for s in read.payments[1].sightings] == ["bank-x.xml", "bank-y.xml"]


def test_a_copy_of_a_file_is_read_once_and_named() -> None:
    once = SourceFile(name="a.csv", content=ROWS)
    again = SourceFile(name="a (1).csv", content=ROWS)
    read = read_money(MoneySources(payments=(once, again)))
    assert len(read.payments) == 1
    (note,) = [r for r in read.notes if r.code == "copy_of"]
    assert (note.refs[0].source, note.values["original"]) == ("a (1).csv", "a.csv")


def test_stated_openings_win_and_a_contradiction_is_said() -> None:
    bank = SourceFile(
        name="bank.csv",
        content="交易时间,交易卡号,对手账号,交易金额,借贷标志,交易余额,币种\n"
        "2024-05-14 14:00:00,A,B,10.00,借,90.00,人民币\n".encode(),
    )
    stated = SourceFile(
        name="balances.csv", content=b"account,opening_balance,currency\nA,120.00,CNY\n"
    )
    read = read_money(MoneySources(payments=(bank,), balances=stated))
    assert list(read.known.openings.values()) == [12_000]
    (note,) = [r for r in read.notes if r.code == "opening_differs"]
    assert (note.values["stated"], note.values["implied"]) == (12_000, 10_000)
    assert read.tz.key == "Asia/Shanghai"


def test_no_payment_at_all_carries_the_refusals() -> None:
    with pytest.raises(NothingUsable, match="no_payments") as nothing:
        read_money(MoneySources(payments=(SourceFile(name="x.csv", content=b"\x00\x01"),)))
    assert nothing.value.values["refusals"]


def test_what_a_user_types_is_read_or_explained() -> None:
    with pytest.raises(UsageError, match="time_unreadable"):
        moment("yesterday", UTC)
    with pytest.raises(UsageError, match="amount_unreadable"):
        minor("much", "CNY")
    assert moment(None, UTC) is None
