"""How long a search takes: 200 cases, a report and a trace each, 100,000 accounts in the traces.

    python benchmarks/search.py [--cases 200] [--accounts 100000] [--seed 20240514] [--runs 30]

Makes a casebook with made-up numbers and names in a temporary folder, lets the index catch up
once, and then asks the same questions as a person would, each many times in the same process.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.intake.report import read_report
from fanzha.model.chain import Fact
from fanzha.model.payment import Account
from fanzha.money.trace import Holding, Trace
from fanzha.services.search import SearchRequest, search

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)
NAMES = ("林芳", "陈志强", "张伟", "王秀英", "李娜", "欧阳修远", "Zhang Wei", "Nguyen Thi Lan")
QUESTIONS = (
    "林芳", "伟张", "安全账户", "安全賬戶", "卡", "30万", "300,000", "5月14日", "14/05", "0004",
    "6205 5000 0000", "+86 138 0013 8000", "etc-xx.example", "林芳 安全账户 30万", "没有这个词",
    "CNY", "0", "2024",
)  # fmt: skip


def main() -> int:
    """Make, ask, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20_240_514)
    parser.add_argument("--runs", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "casebook.db"
        with open_casebook(path) as casebook:
            fill(casebook, asked.cases, asked.accounts // asked.cases, asked.seed)
            started = time.perf_counter()
            ask(casebook, "林芳")
            indexed = time.perf_counter() - started
            print(f"date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
            print(f"machine   {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
            print(f"casebook  {asked.cases} cases, {asked.accounts:,} accounts, seed {asked.seed}")
            print(f"index     {indexed:.1f} s once, file {path.stat().st_size / 2**20:.0f} MiB")
            for question in QUESTIONS:
                times = sorted(timed(casebook, question) for _ in range(asked.runs))
                print(
                    f"{question:<24} {ask(casebook, question):4} cases   "
                    f"median {statistics.median(times):6.1f} ms   max {times[-1]:6.1f} ms"
                )
    return 0


def fill(casebook: Casebook, cases: int, accounts: int, seed: int) -> None:
    """Cases with a report and a trace, each with so many accounts."""
    chance = random.Random(seed)
    for number in range(cases):
        at = START + timedelta(hours=number)
        amount = chance.choice(("30万", "5万", "8000元", "120万"))
        text = (
            f"我叫{chance.choice(NAMES)}，5月14日14点02分给{chance.choice(NAMES)}转了{amount}，"
            f"卡号6205500000000000004，对方说是安全账户，网址hxxp://etc-xx[.]example，"
            f"我的电话13800138{chance.randrange(1000):03}"
        )
        source = f"report-{number}.txt"
        fact = Fact(kind="report", source=source, received_at=at, payload=text.encode())
        report = read_report(text, received_at=at, tz=ZONE, source=source)
        casebook.append(f"C-{number:04}", [fact, report, trace(chance, accounts, at)], at)


def trace(chance: random.Random, accounts: int, at: datetime) -> Trace:
    """A trace that ended in so many accounts."""
    holdings = tuple(
        Holding(
            theft_id="T1",
            account=Account(f"62055{chance.randrange(10**13):013}4", "CNY"),
            amount=chance.randrange(1, 10**8),
            level=chance.randrange(1, 6),
            state="resting",
            last_credit_at=at + timedelta(minutes=chance.randrange(600)),
        )
        for _ in range(accounts)
    )
    return Trace(method="fifo/1", as_of=at, holdings=holdings, disputed=(), carried=(), balances={})


def ask(casebook: Casebook, question: str) -> int:
    """How many cases answer."""
    return search(casebook, SearchRequest(query=question, tz=ZONE)).total


def timed(casebook: Casebook, question: str) -> float:
    """Milliseconds of one search."""
    started = time.perf_counter()
    ask(casebook, question)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
