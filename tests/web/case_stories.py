"""Cases of a centre for tests of its pages: the stories' money, and one with many payments."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from fanzha.model.chain import Fact
from fanzha.services.case_folder import kind_of
from fanzha.services.centre import Centre

ASSETS = Path(__file__).parents[1] / "assets" / "stories"
CARD = "6205500000000000004"  # a public UnionPay test card; A1 in the stories
REPORT = (
    "received_at: {at}\n"
    "我叫林芳,今天下午两点零二分用工行给一个叫'陈志强'的转了三十万,卡号6205 5000 0000 0000 004,"
    "他们前天还返了我120块,现在还让我在会议软件里别挂…我在浦东\n"
)
V1 = f"V1,V1,{CARD},300000.00,CNY,2024-05-14T14:02:10+08:00\n"
V2 = "V2,V2,B2,50000.00,CNY,2024-05-14T14:01:00+08:00\n"
HEAD = "theft_id,debtor_account,creditor_account,amount,currency,booked_at\n"
ORDER_FAITH = "account,acts_in_time,good_faith\nC1,0.60,0\nB3,,0.7\n"


def add_case(centre: Centre, case_id: str, files: Mapping[str, str], at: datetime) -> None:
    """A case with these files; worked through where there is money in them."""
    facts = [
        Fact(kind=kind_of(name), source=name, received_at=at, payload=text.encode())
        for name, text in files.items()
    ]
    centre.casebook.append(case_id, facts, at)
    if any(kind_of(name) == "statement" for name in files):
        centre.cases.rework(case_id, at)


def story(thefts: str = V1 + V2) -> dict[str, str]:
    """S2's ledger with a name for every payee, the report and what the analyst entered.

    The report comes at 14:20, so that balances are confirmed then and holds land at 14:25.
    """
    columns, *rows = (ASSETS / "ledger_s2.csv").read_text("utf-8").splitlines()
    named = [f"{columns},creditor_name", *(f"{row},Payee {n}" for n, row in enumerate(rows))]
    return {
        "ledger.csv": "\n".join(named).replace(",A1,", f",{CARD},"),
        "balances.csv": (ASSETS / "balances_s2.csv").read_text("utf-8"),
        "thefts.csv": HEAD + thefts,
        "institutions.csv": ORDER_FAITH,
        "report.txt": REPORT.format(at="2024-05-14T14:20+08:00"),
    }


def report_only() -> dict[str, str]:
    """S1: what the caller said, and no statement."""
    return {"report.txt": REPORT.format(at="2024-05-14T14:18+08:00")}


def crowd(payments: int = 2220, thefts: int = 30) -> dict[str, str]:
    """Thefts that run through three levels of many accounts within a day."""
    dice, at = random.Random(5), datetime.fromisoformat("2024-05-14T08:00:00+08:00")
    levels = [
        [f"{name}{n:03d}" for n in range(size)]
        for name, size in zip("ABC", (30, 90, 200), strict=True)
    ]
    rows, listed = [], []
    for number in range(thefts):
        target = levels[0][number]
        when = at + timedelta(seconds=number * 30)
        rows.append((when, f"V{number}", target, 900_000))
        listed.append(f"V{number},V{number},{target},900000.00,CNY,{when.isoformat()}\n")
    for step in range(payments - thefts):
        level = min(1, step * 2 // (payments - thefts))
        source, target = dice.choice(levels[level]), dice.choice(levels[level + 1])
        when = at + timedelta(seconds=600 + step * 20)
        rows.append((when, source, target, dice.randrange(500, 20_000)))
    lines = [f"{w.isoformat()},{s},{t},{a}.00,CNY" for w, s, t, a in rows]
    head = "booked_at,debtor_account,creditor_account,amount,currency\n"
    return {"ledger.csv": head + "\n".join(lines) + "\n", "thefts.csv": HEAD + "".join(listed)}
