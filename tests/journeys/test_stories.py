"""Stories S1 to S5 through the command line, to the cent."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.commands import BALANCES, LEDGER, THEFTS, fanzha, money, write

S1 = (
    "我叫林芳,今天下午两点零二分用工行给一个叫'陈志强'的转了三十万,卡号6205 5000 0000 0000 004,"
    "他们前天还返了我120块,现在还让我在会议软件里别挂…我在浦东"
)
ONE = "\n".join(THEFTS.splitlines()[:2])


def test_s1_hotline_intake() -> None:
    ran = fanzha("intake", "-", "--received-at", "2024-05-14T14:18+08:00", "--json", stdin=S1)
    assert ran.code == 0, ran.err
    said = ran.json
    (transfer,) = said["transfers"]
    wanted = {
        "payee_name": "陈志强",
        "payee_acct": "6205500000000000004",
        "amount": 300_000_00,
        "currency": "CNY",
        "time": "2024-05-14T14:02+08:00",
        "victim_bank": "工商银行",
        "order_allowed": True,
    }
    assert {key: transfer[key] for key in wanted} == wanted
    assert said["inducements"] == [{"amount": 120_00, "currency": "CNY"}]
    assert said["net_loss"] == [{"amount": 299_880_00, "currency": "CNY"}]
    codes = {candidate["code"] for candidate in said["candidates"]}
    assert {"impersonating_authority", "customer_service", "task"} <= codes
    assert {m["field"] for m in said["missing"]} == {"payee_bank", "time_second", "victim_acct"}
    assert (said["tier"], said["report_delay_seconds"]) == ("high", 16 * 60)
    assert said["caller"]["name"] == "林芳"
    assert said["caller"]["locality"] == "浦东"
    spoken = fanzha("intake", "-", "--received-at", "2024-05-14T14:18+08:00", stdin=S1)
    assert "hang up" in said["script"][0].lower()
    assert said["script"][0] in spoken.out


def test_s1_a_wrong_digit_is_read_back_and_never_repaired() -> None:
    wrong = S1.replace("0000 004", "0000 014")
    ran = fanzha("intake", "-", "--received-at", "2024-05-14T14:18+08:00", "--json", stdin=wrong)
    (transfer,) = ran.json["transfers"]
    assert transfer["payee_acct"] == "6205500000000000014"
    assert transfer["order_allowed"] is False
    assert [w["field"] for w in ran.json["warnings"]] == ["payee_acct"]


def holdings(body: dict[str, Any], method: str, theft_id: str) -> dict[str, int]:
    found = body["methods"][method]["holdings"]
    return {h["account"]: h["amount"] for h in found if h["theft_id"] == theft_id}


def test_s2_fund_penetration(tmp_path: Path) -> None:
    ran = fanzha("trace", *money(tmp_path), "--method", "all", "--json")
    assert (ran.code, ran.err) == (0, "")
    body = ran.json
    assert holdings(body, "fifo", "V1") == {
        "C2": 70_000_00,
        "B3": 49_800_00,
        "C1": 45_000_00,
        "CASH": 44_000_00,
        "B1": 34_000_00,
        "B2": 30_000_00,
        "C3": 25_000_00,
        "B4": 1_000_00,
        "C4": 1_000_00,
        "A1": 200_00,
    }
    assert list(holdings(body, "fifo", "V1"))[:2] == ["C2", "B3"]
    pro_rata = holdings(body, "pro_rata", "V1")
    exact = {"B1": 29_526_32, "B2": 20_000_00, "B3": 34_856_26, "C1": 52_105_26}
    exact |= {"C2": 80_000_00, "CASH": 41_368_42, "SUPPLIER": 14_943_74}
    assert {account: pro_rata[account] for account in exact} == exact
    assert holdings(body, "libr", "V2") == {"C2": 40_000_00, "B2": 10_000_00}
    for method in ("fifo", "lifo", "pro_rata", "libr"):
        assert body["methods"][method]["total"] == {"V1": 300_000_00, "V2": 50_000_00}
    balances = {"A1": 200, "B1": 34_000, "B2": 30_000, "B3": 93_300, "B4": 1_000}
    balances |= {"C1": 60_000, "C2": 120_000, "C3": 25_000, "C4": 1_000}
    assert {a: body["balances"][a] // 100 for a in balances} == balances
    assert {h["state"] for h in body["methods"]["fifo"]["holdings"]} == {"resting", "terminal"}
    assert body["refused"] == []


def test_s2_money_released_against_a_wallet(tmp_path: Path) -> None:
    carriers = write(
        tmp_path / "carriers.csv",
        "booked_at,account,amount,currency,carrier,carrier_amount,carrier_currency\n"
        "2024-05-14T14:15:00+08:00,C2,120000.00,CNY,W1,16550,USDT\n",
    )
    ran = fanzha("trace", *money(tmp_path), "--method", "fifo", "--carriers", carriers, "--json")
    fifo = ran.json["methods"]["fifo"]
    (beside,) = fifo["alternative_carriers"]
    assert (beside["carrier"], beside["carrier_currency"]) == ("W1", "USDT")
    assert sum(claim["amount"] for claim in beside["claims"]) == 120_000_00
    assert fifo["total"] == {"V1": 300_000_00, "V2": 50_000_00}


TIMES = ["--confirmed-at", "2024-05-14T14:20+08:00", "--hold-at", "2024-05-14T14:25+08:00"]


def test_s3_freeze_ranking(tmp_path: Path) -> None:
    entered = write(tmp_path / "i.csv", "account,acts_in_time,good_faith\nC1,0.60,\n")
    ran = fanzha("holds", *money(tmp_path, ONE), *TIMES, "--institutions", entered, "--json")
    holds = ran.json["holds"]
    yuan = [(h["account"], round(h["expected"] / 100)) for h in holds]
    assert yuan == [
        ("C2", 51_768),
        ("B3", 41_023),
        ("B1", 28_755),
        ("B2", 25_077),
        ("C1", 22_094),
        ("C3", 17_805),
        ("B4", 811),
        ("C4", 698),
        ("A1", 172),
    ]
    assert [h["rank"] for h in holds] == list(range(1, 10))


def test_s3_a_possible_good_faith_seller(tmp_path: Path) -> None:
    entered = write(tmp_path / "i.csv", "account,acts_in_time,good_faith\nC1,0.60,0\nB3,,0.7\n")
    ran = fanzha(
        "holds",
        *money(tmp_path, ONE),
        *TIMES,
        "--institutions",
        entered,
        "--lambda",
        ".5",
        "--json",
    )
    b3 = next(h for h in ran.json["holds"] if h["account"] == "B3")
    assert (b3["rank"], round(b3["net_expected"] / 100)) == (4, 23_593)
    assert (b3["cap"], b3["excess"]) == (49_800_00, 43_500_00)
    assert "verify_first" in b3["flags"]


def test_s4_return(tmp_path: Path) -> None:
    ran = fanzha("return", *money(tmp_path), "--held", "B2=30000", "--rule", "all", "--json")
    plans = {
        plan["rule"]: {s["theft_id"]: s["amount"] for s in plan["shares"]}
        for plan in ran.json["plans"]
    }
    assert plans == {
        "traced": {"V1": 30_000_00},
        "pro_rata_account": {"V1": 20_000_00, "V2": 10_000_00},
        "pro_rata_loss": {"V1": 25_714_29, "V2": 4_285_71},
    }


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("s2-case")
    shutil.copy(LEDGER, folder / "ledger.csv")
    shutil.copy(BALANCES, folder / "balances.csv")
    write(folder / "thefts.csv", THEFTS)
    write(folder / "report.txt", f"received_at: 2024-05-14T14:18+08:00\n{S1}\n")
    out = tmp_path_factory.mktemp("out")
    ran = fanzha("work", folder, "--out", out, *TIMES)
    assert ran.code == 0, ran.err
    return out


def test_s5_wrong_hold_appeal(worked: Path) -> None:
    files = [write(worked / name, "x") for name in ("order.txt", "chat.txt", "courier.txt")]
    ran = fanzha(
        "appeal", "--case", worked, "--account", "B3", "--evidence", *files,
        "--frozen", "93300", "--frozen-at", "2024-05-14T14:30+08:00",
        "--at", "2024-05-23T15:00+08:00", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    said = ran.json
    assert (said["traced"], said["frozen"], said["excess"]) == (49_800_00, 93_300_00, 43_500_00)
    assert (said["release_now"], said["decide"], said["days_held"]) == (43_500_00, 49_800_00, 9)
    checks = {c["code"]: bool(c["evidence"]) for c in said["checklist"]}
    assert checks == {
        "sale_price": True,
        "delivery_proof": True,
        "prior_trade": True,
        "account_age": False,
    }
    assert [d["code"] for d in said["defects"]] == ["notice_missing"]
    due = next(c["due_at"] for c in said["clocks"] if c["due_at"])
    assert datetime.fromisoformat(due) == datetime.fromisoformat("2024-05-26T15:00+08:00")
    assert "five business days" in said["comparator"]["text"]
    assert said["decision"] is None
    letter = fanzha("appeal", "--case", worked, "--account", "B3", "--lang", "zh-Hans")
    assert "43,500.00" in letter.out
    assert "49,800.00" in letter.out
    assert "解除" in letter.out


def test_s5_without_a_stated_amount_the_whole_balance_is_what_a_freeze_hit(worked: Path) -> None:
    said = fanzha("appeal", "--case", worked, "--account", "B3", "--json").json
    assert (said["frozen"], said["release_now"]) == (93_300_00, 43_500_00)
