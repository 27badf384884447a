"""How fast statements are read: 100,000 two-sided rows, and 100,000 rows of four banks' statements.

    python -m benchmarks.read_statements

Prints processor seconds. The data are made here from a seed; one statement is GB18030, one XLSX.
"""

from __future__ import annotations

import platform
import random
import time
from datetime import datetime, timedelta

from tests.assets.statements.make import workbook

from fanzha.intake.statement import SourceFile, read_statements

SEED = 2024
ROWS = 100_000
_HEADER = (
    "交易时间,交易卡号,户名,交易金额,借贷标志,交易余额,对手账号,对手户名,对手行,摘要,币种,流水号"
)
_START = datetime(2024, 5, 14)  # noqa: DTZ001 as a statement writes it


def two_sided(rng: random.Random) -> SourceFile:
    """A ledger of two-sided payments."""
    lines = ["booked_at,debtor_account,creditor_account,amount,currency,channel,note"]
    for at in range(ROWS):
        when = (_START + timedelta(seconds=at * 4 // 5)).isoformat()
        debtor, creditor = (f"62055000{rng.randrange(5000):011d}" for _ in range(2))
        amount = rng.randrange(100, 9_999_999) / 100
        lines.append(f"{when}+08:00,{debtor},{creditor},{amount:.2f},CNY,app,")
    return SourceFile(name="payments.csv", content="\n".join([*lines, ""]).encode())


def statement(rng: random.Random, bank: int, kind: str) -> SourceFile:
    """A quarter of the rows, as one bank's statement of 500 accounts."""
    balances: dict[str, int] = {}
    rows: list[list[str]] = []
    for at in range(ROWS // 4):
        own = f"62055{bank}{rng.randrange(500):013d}"
        other = f"62055{rng.randrange(4)}{rng.randrange(500):013d}"
        amount, leaves = rng.randrange(100, 1_000_000), rng.random() < 0.5
        balances[own] = balances.get(own, 10**8) + (-amount if leaves else amount)
        when = (_START + timedelta(seconds=at * 3)).isoformat(" ")
        rows.append(
            [when, own, "某某", f"{amount / 100:.2f}", "借" if leaves else "贷",
             f"{balances[own] / 100:.2f}", other, "某人", "某银行", "转账", "人民币",
             f"{bank}{at:08d}"]
        )  # fmt: skip
    if kind == "xlsx":
        return SourceFile(name=f"{bank}.xlsx", content=workbook([_HEADER.split(","), *rows]))
    text = "\r\n".join([_HEADER, *(",".join(row) for row in rows), ""])
    return SourceFile(name=f"{bank}.csv", content=text.encode(kind))


def timed(label: str, sources: list[SourceFile]) -> None:
    """Read and print."""
    start = time.process_time()
    found = read_statements(sources)
    took = time.process_time() - start
    print(
        f"{label:32} {took:6.2f} s  {len(found.payments):7} payments  {len(found.refusals)} refused"
    )


def main() -> None:
    """Make the files and read them."""
    rng = random.Random(SEED)
    print(f"seed {SEED}, Python {platform.python_version()}, {platform.machine()}")
    timed(f"{ROWS} two-sided rows", [two_sided(rng)])
    kinds = ("utf-8", "gb18030", "utf-8-sig", "xlsx")
    four = [statement(rng, bank, kind) for bank, kind in enumerate(kinds)]
    for source, kind in zip(four, kinds, strict=True):
        timed(f"{ROWS // 4} statement rows, {kind}", [source])
    timed(f"{ROWS} statement rows, four banks", four)


if __name__ == "__main__":
    main()
