"""Statements of banks and payment services, each shape as it comes from the source."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.intake.statement.build import CARD, cn, codes, read, reasons, short, source

from fanzha.intake.statement import read_statements
from fanzha.model.payment import Account, Sighting

ALIPAY = """------------------------------------------------------------------------------------
导出信息：
姓名：林芳
支付宝账户：lin@mail.example
起始时间：[2024-05-14 00:00:00]    终止时间：[2024-05-15 00:00:00]
共5笔记录
------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------
交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,
2024-05-14 14:02:10,转账红包,陈志强,chen@mail.example,转账,支出,300000.00,余额,交易成功,2024051400001\t,,,
2024-05-14 13:50:00,日用百货,某店,,纸巾,支出,12.00,余额,交易关闭,2024051400002\t,,,
2024-05-14 13:40:00,日用百货,某店,138******12,纸巾,不计收支,12.00,余额,退款成功,2024051400003\t,,,
2024-05-14 13:30:00,信用借还,银行,,提现,不计收支,100.00,余额,交易成功,2024051400004\t,,,
2024-05-14 13:20:00,其他,某某,,,不计收支,5.00,余额,交易成功,2024051400005\t,,,
"""  # noqa: E501 the lines of the export itself
WECHAT = """微信支付账单明细,,,,,,,,,,
微信昵称：[林芳],,,,,,,,,,
起始时间：[2024-05-14 00:00:00] 终止时间：[2024-05-15 00:00:00],,,,,,,,,,
共3笔记录,,,,,,,,,,
收入：1笔 120.00元,,,,,,,,,,
支出：2笔 212.00元,,,,,,,,,,
,,,,,,,,,,
----------------------微信支付账单明细列表--------------------,,,,,,,,,,
交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注
2024-05-14 14:02:10,转账,陈志强,"转账备注:微信转账",支出,¥200.00,零钱,对方已收钱,"1000050001\t","1\t","/"
2024-05-13 10:00:00,微信红包,客服,"/",收入,¥120.00,/,已存入零钱,"1000050002\t","2\t","/"
2024-05-13 09:00:00,商户消费,某店,"纸巾",支出,¥12.00,零钱,已全额退款,"1000050003\t","3\t","/"
2024-05-13 09:30:00,某店-退款,某店,"纸巾",收入,¥12.00,零钱,已全额退款,"1000050004\t","4\t","/"
2024-05-13 08:00:00,零钱提现,某银行,"/",/,¥50.00,某银行,提现已到账,"1000050005\t","5\t","/"
"""  # noqa: E501 the lines of the export itself


def test_the_ledger_of_two_sided_payments() -> None:
    found = read(
        "booked_at,debtor_account,creditor_account,amount,currency,channel,note,debtor_name,"
        "creditor_name,debtor_agent,creditor_agent,serial,end_to_end_id\n"
        "2024-05-14T14:01:00+08:00,V2,B2,50000.00,CNY,app,x,林芳,陈志强,工行,建行,77,E2E-1\n"
    )
    payment = found.payments[0]
    assert (payment.debtor_name, payment.creditor_name) == ("林芳", "陈志强")
    assert (payment.debtor_agent, payment.creditor_agent) == ("工行", "建行")
    assert (payment.serial, payment.serial_bank) == ("77", "工行")
    assert payment.identifiers is not None
    assert payment.identifiers.end_to_end_id == "E2E-1"
    assert payment.sightings == (Sighting(file="0.csv", row=2, side="both"),)
    assert found.seen == {Account("V2", "CNY"), Account("B2", "CNY")}
    assert found.files[0].accounts == ()
    assert found.files[0].shape == "payments"


def test_two_sided_payments_in_chinese_take_the_chinese_zone() -> None:
    found = read(
        "交易时间,付款账号,付款户名,收款账号,收款户名,交易金额(元)\n"
        "2024/5/14 14:02,V1,林芳,A1,陈志强,1.5\n"
    )
    payment = found.payments[0]
    assert payment.booked_at == datetime(2024, 5, 14, 6, 2, tzinfo=UTC)
    assert payment.precision_seconds == 60
    assert (payment.amount, payment.currency) == (150, "CNY")
    assert (payment.debtor_name, payment.creditor_name) == ("林芳", "陈志强")


@pytest.mark.parametrize(
    ("word", "leaves"),
    [(w, True) for w in ("借", "出", "支出", "D", "DR", "付", "debit", "借方", "-")]
    + [(w, False) for w in ("贷", "进", "收入", "C", "CR", "收", "credit", "贷方", "+")],
)
def test_words_for_the_direction(word: str, leaves: bool) -> None:
    found = read(cn([f"2024-05-14 14:02:10,A1,5.00,{word},,B1,,,,"]))
    assert short(found) == [("A1", "B1", 500) if leaves else ("B1", "A1", 500)]


def test_the_police_format_with_date_and_time_apart() -> None:
    found = read(
        "交易卡号,交易账号,交易方户名,交易日期,交易时刻,交易金额,交易余额,收付标志,交易对手账卡号,"
        "对手户名,对手开户银行,摘要说明,交易币种,交易流水号\n"
        f"{CARD},1,陈志强,20240514,90210,300000.00,300200.00,进,V1,林芳,工行,转账,人民币,S1\n"
        f",0012,陈志强,2024-05-14,14:03,5.00,,出,B1,,,,CNY,S2\n"
    )
    assert short(found) == [("V1", CARD, 30_000_000), ("0012", "B1", 500)]
    assert found.payments[0].booked_at == datetime(2024, 5, 14, 1, 2, 10, tzinfo=UTC)
    assert found.payments[0].creditor_name == "陈志强"
    assert found.payments[1].precision_seconds == 60


def test_a_time_of_four_bare_digits_could_be_two_things_and_is_refused() -> None:
    text = "交易日期,交易时刻,账号,交易金额,收付标志,余额\n20240514,1402,A1,5.00,进,\n"
    assert codes(read(text)) == [(2, "交易日期", "time_unreadable")]


@pytest.mark.parametrize(
    "header",
    ["借方发生额,贷方发生额", "支出,收入", "支出金额(元),收入金额(元)", "金额(支出),金额(收入)"],
)
def test_two_amount_columns(header: str) -> None:
    found = read(
        f"交易时间,账号,{header},余额,对方账号\n"
        "2024-05-14 14:02:10,A1,,300000.00,300200.00,V1\n"
        "2024-05-14 14:03:05,A1,99000.00,0.00,201200.00,B1\n"
        "2024-05-14 14:03:06,A1,1.00,1.00,201200.00,B1\n"
        "2024-05-14 14:03:07,A1,,-,201200.00,B1\n"
    )
    assert short(found) == [("V1", "A1", 30_000_000), ("A1", "B1", 9_900_000)]
    assert [code for _, _, code in codes(found)] == ["both_sides", "amount_missing"]


def test_an_english_statement() -> None:
    found = read(
        "Account Statement\nAccount name: Test Ltd,,\nAccount number: 0012-34,,\nCurrency: USD,,\n"
        "Date,Time,Counterparty account,Counterparty name,Counterparty bank,Debit,Credit,Balance,"
        "Description,Reference\n"
        "2024-05-14,14:02:10,V1,J. Doe,First Bank,,\"1,000.00\",1500.00,invoice,R1\n"
        "2024-05-14,14:05:10,,,,50.00,,1450.00,Cash withdrawal,R2\n"
        "2024-05-14,14:06:10,,,,2.00,,1448.00,Service charge,R3\n"
        "Closing balance,,,,,,,1448.00,,\n"
    )  # fmt: skip
    assert short(found) == [
        ("V1", "001234", 100_000),
        ("001234", "CASH", 5_000),
        ("001234", "FEE:0.csv", 200),
    ]
    assert found.payments[0].creditor_name == "Test Ltd"
    assert found.payments[0].booked_at == datetime(2024, 5, 14, 14, 2, 10, tzinfo=UTC)
    assert found.openings[Account("001234", "USD")].amount == 50_000


def test_an_english_statement_with_signed_amounts() -> None:
    found = read(
        "timestamp,account,counterparty,amount,currency,balance\n"
        "2024-05-14 14:02:10,A1,B1,-5.00,EUR,95.00\n"
        "2024-05-14 14:02:11,A1,B2,(1.00),EUR,94.00\n"
        "2024-05-14 14:02:12,A1,B3,+7.00,EUR,101.00\n"
    )
    assert short(found) == [("A1", "B1", 500), ("A1", "B2", 100), ("B3", "A1", 700)]
    assert not any(p.reversal for p in found.payments)


def test_an_english_statement_without_a_currency_is_refused() -> None:
    text = "date,account,counterparty,debit,credit\n2024-05-14,A1,B1,5.00,\n"
    assert codes(read(text)) == [(0, "", "currency_missing")]
    assert short(read(text.replace("debit", "debit (USD)"))) == [("A1", "B1", 500)]


def test_own_account_name_bank_and_currency_stand_above_the_header() -> None:
    found = read(
        "某某银行交易明细\n账号：6205 5000 0000 0000 004  户名：陈志强\n币种,港币\n"
        "交易时间,交易金额,收付标志,余额,对手账号,流水号\n"
        "2024-05-14 14:02:10,300.00,进,300.00,V1,S1\n合计,300.00\n"
    )
    payment = found.payments[0]
    assert payment.creditor_account == CARD
    assert (payment.creditor_name, payment.creditor_agent) == ("陈志强", "某某银行")
    assert (payment.currency, payment.serial_bank) == ("HKD", "某某银行")
    assert found.files[0].accounts == (Account(CARD, "HKD"),)
    assert (found.files[0].rows, found.files[0].refused) == (1, 0)


def test_several_accounts_one_below_the_other() -> None:
    header = "交易时间,交易金额,收付标志,余额,对手账号\n"
    found = read(
        f"账号：A1\n{header}2024-05-14 14:02:10,3.00,进,3.00,V1\n"
        f"账号：A2\n{header}2024-05-14 14:02:11,4.00,进,4.00,V2\n"
    )
    assert short(found) == [("V1", "A1", 300), ("V2", "A2", 400)]


def test_a_statement_that_does_not_say_whose_it_is() -> None:
    text = "交易时间,交易金额,收付标志,余额,对手账号\n2024-05-14 14:02:10,3.00,进,3.00,V1\n"
    assert codes(read(text)) == [(0, "", "own_account_missing")]


def test_counterparties_without_a_number_never_join() -> None:
    found = read(
        cn(
            [
                "2024-05-14 14:02:10,A1,5.00,借,,,某某,,转账,",
                "2024-05-14 14:02:11,A1,6.00,借,,-,某某,,转账,",
                "2024-05-14 14:02:12,A1,7.00,借,,6205****0004,某某,,转账,",
                "2024-05-14 14:02:13,A1,8.00,借,,陈志强,,,转账,",
                "2024-05-14 14:02:14,A1,9.00,借,,A1,,,定期,",
            ]
        )
    )
    assert [p.creditor_account for p in found.payments] == [
        "?A1@0.csv:2", "?A1@0.csv:3", "?A1@0.csv:4:6205****0004", "?A1@0.csv:5", "?A1@0.csv:6",
    ]  # fmt: skip
    assert found.payments[3].creditor_name == "陈志强"
    assert reasons(found)["counterparty_unknown"] == 5


@pytest.mark.parametrize("word", ["ATM取款", "现金存入", "柜台取款", "cash"])
def test_cash_has_an_account_of_its_own(word: str) -> None:
    assert short(read(cn([f"2024-05-14 14:02:10,A1,5.00,借,,,,,{word},"]))) == [("A1", "CASH", 500)]


def test_a_word_inside_another_word_is_not_that_word() -> None:
    found = read(cn(["2024-05-14 14:02:10,A1,5.00,借,,,,,coffee at cashier,"]))
    assert found.payments[0].creditor_account.startswith("?")


def test_a_fee_column_is_a_payment_of_its_own() -> None:
    header = "交易时间,账号,交易金额,手续费,收付标志,余额,对手账号"
    found = read(
        f"某某银行\n{header}\n2024-05-14 14:02:10,A1,5.00,0.50,出,94.50,B1\n"
        "2024-05-14 14:02:11,A1,5.00,0.00,出,89.50,B1\n2024-05-14 14:02:12,A1,5.00,1,出,83.50,B1\n"
    )
    assert short(found) == [
        ("A1", "B1", 500), ("A1", "FEE:某某银行", 50), ("A1", "B1", 500), ("A1", "B1", 500),
        ("A1", "FEE:某某银行", 100),
    ]  # fmt: skip
    assert "rows_missing" not in reasons(found)
    assert found.openings[Account("A1", "CNY")].amount == 10_000


def test_alipay() -> None:
    found = read(source(ALIPAY, "alipay.csv", "gb18030"))
    own = "lin@mail.example"
    assert found.files[0].shape == "alipay"
    assert short(found) == [
        (own, "chen@mail.example", 30_000_000),
        (f"?{own}@alipay.csv:11:138******12", own, 1_200),
        (own, f"?{own}@alipay.csv:12", 10_000),
    ]
    assert [p.reversal for p in found.payments] == [False, True, False]
    assert found.payments[0].debtor_name == "林芳"
    assert found.payments[0].serial == "2024051400001"
    assert reasons(found)["moved_nothing"] == 1
    assert codes(found) == [(13, "收/支", "direction_unknown")]


def test_an_order_that_was_paid_refunded_and_closed_counts_both_ways() -> None:
    found = read(ALIPAY.replace("2024051400003", "2024051400002_1"))
    paid = [(p.serial, p.amount, p.reversal) for p in found.payments]
    assert ("2024051400002", 1_200, False) in paid
    assert ("2024051400002_1", 1_200, True) in paid
    assert "moved_nothing" not in reasons(found)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("交易日期,帐号,币种,收入/支出金额,余额,对方户名,对方帐号", "{},A1,人民币,-5.00,95,李,B1"),
        (
            "记账日期,记账时间,账号,币别,金额,余额,对方账户名,对方卡号/账号",
            "{},08:00:00,A1,人民币,-5,9,李,B1",
        ),
        (
            "交易日期,交易时间,账号,交易金额,本次余额,对手信息,对方账号",
            "{},080000,A1,-5.00,95.00,李,B1",
        ),
    ],
)
def test_headers_of_large_banks(header: str, cells: str) -> None:
    found = read(f"{header}\n{cells.format('2024-05-14')}\n")
    assert short(found) == [("A1", "B1", 500)]
    assert found.payments[0].creditor_name == "李"


def test_a_counterparty_of_zeros_is_none() -> None:
    found = read(cn(["2024-05-14 14:02:10,A1,5.00,借,,000,,,ATM取款,"]))
    assert short(found) == [("A1", "CASH", 500)]


def test_wechat() -> None:
    found = read(source(WECHAT, "wechat.csv", "utf-8-sig"))
    assert found.files[0].shape == "wechat"
    assert [(p.amount, p.reversal) for p in found.payments] == [
        (20_000, False), (12_000, False), (1_200, False), (1_200, True), (5_000, False),
    ]  # fmt: skip
    assert [p.debtor_account == "林芳" for p in found.payments] == [True, False, True, False, True]
    assert found.refusals == ()


def test_pending_orders_are_refused() -> None:
    text = "交易时间,账号,交易金额,收付标志,余额,交易状态\n2024-05-14 14:02:10,A1,5.00,出,,处理中\n"
    assert codes(read(text)) == [(2, "交易状态", "status_pending")]


def test_words_and_minus_signs_mark_reversals() -> None:
    found = read(
        cn(
            [
                "2024-05-14 14:02:10,A1,5.00,借,95.00,B1,,,转账,1",
                "2024-05-14 14:02:11,A1,-5.00,借,100.00,B1,,,冲正,2",
                "2024-05-14 14:02:12,A1,5.00,贷,105.00,B1,,,退款,3",
            ]
        )
    )
    assert short(found) == [("A1", "B1", 500), ("B1", "A1", 500), ("B1", "A1", 500)]
    assert [p.reversal for p in found.payments] == [False, True, True]
    assert "rows_missing" not in reasons(found)
    assert reasons(found)["reversal"] == 2


@pytest.mark.parametrize("balances", [("95.00", "90.00", "97.00"), ("", "", "")])
def test_a_bank_that_signs_everything_that_leaves(balances: tuple[str, str, str]) -> None:
    rows = [
        f"2024-05-14 14:02:10,A1,-5.00,借,{balances[0]},B1,,,转账,1",
        f"2024-05-14 14:02:11,A1,-5.00,借,{balances[1]},B1,,,转账,2",
        f"2024-05-14 14:02:12,A1,7.00,贷,{balances[2]},B1,,,转账,3",
    ]
    found = read(cn(rows))
    assert short(found) == [("A1", "B1", 500), ("A1", "B1", 500), ("B1", "A1", 700)]
    assert not any(p.reversal for p in found.payments)
    assert [p.sightings[0].side for p in found.payments] == ["debit", "debit", "credit"]


def test_a_single_minus_is_a_reversal_where_nothing_speaks_against_it() -> None:
    found = read(cn(["2024-05-14 14:02:10,A1,-5.00,借,,B1,,,转账,1"]))
    assert short(found) == [("B1", "A1", 500)]
    assert found.payments[0].reversal


def test_zones() -> None:
    row = "2024-05-14 14:02:10,A1,5.00,借,,B1,,,,"
    offset = row.replace("14:02:10", "14:02:10+09:00")
    tokyo = read_statements([source(cn([row, offset]))], tz=ZoneInfo("Asia/Tokyo"))
    assert [p.booked_at.hour for p in tokyo.payments] == [5, 5]
    assert tokyo.files[0].zone_assumed == 1
    shanghai = read(cn([row]))
    assert shanghai.payments[0].booked_at.hour == 6
    assert reasons(shanghai)["zone_assumed"] == 1


def test_a_column_of_zones() -> None:
    found = read(
        "timestamp,time zone,account,counterparty,amount,currency,balance\n"
        "2024-05-14 14:02:10,+08:00,A1,B1,1.00,EUR,\n"
        "2024-05-14 14:02:10,Asia/Tokyo,A1,B1,2.00,EUR,\n"
        "2024-05-14 14:02:10,UTC+7,A1,B1,3.00,EUR,\n"
        "2024-05-14 14:02:10,Nowhere/City,A1,B1,4.00,EUR,\n"
        "2024-05-14 14:02:10,,A1,B1,5.00,EUR,\n"
    )
    assert [p.booked_at.hour for p in found.payments] == [6, 5, 7, 14]
    assert codes(found) == [(5, "timestamp", "zone_unknown")]
    assert found.files[0].zone_assumed == 1


def test_a_repeated_header_and_page_totals_are_not_rows() -> None:
    header = "交易时间,账号,交易金额,收付标志,余额,对手账号"
    row = "2024-05-14 14:02:10,A1,5.00,出,,B1"
    found = read(
        f"{header}\n{row}\n本页合计,,5.00,,,\n{header}\n{row}\n第 2 页\n打印时间：2024-05-15\n"
    )
    assert len(found.payments) == 2
    assert (found.files[0].rows, found.refusals) == (2, ())
