"""The watch measured: payments a second by column and by line, time for one line, same answers.

    python benchmarks/watch.py [--payments 2000000] [--lines 300000] [--seconds 10] [--seed 7]
        [--only answers,kernel,columns,lines,line]

Data are made here: accounts of uneven activity, one payment a millisecond, thefts among the first
half. They are no measure of how often real payments carry stolen money. Medians of `RUNS`; the
answers of every way in are compared with a batch trace of the same rows before anything is timed.
The time for one line is from writing it into the pipe to reading its answer from the other one, in
one process beside the watch: two free cores are needed, or the sender's own delays are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fanzha.cli import main as fanzha
from fanzha.model.payment import Payment, Theft
from fanzha.money.kernel import compiled
from fanzha.money.movements import Known, gather
from fanzha.money.stream import Stream
from fanzha.money.walk import Walk

PARTS = ("answers", "kernel", "columns", "lines", "line")
RUNS = 3
PER_SECOND = 20_000  # lines, for the time of one
MARKS = (50, 99, 99.9)  # percentiles of the time for one line
START = datetime(2024, 5, 14, 6, tzinfo=UTC)
METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")
CHECKED = 30_000  # payments whose answers are compared with a batch trace, by every method


@dataclass(frozen=True, slots=True)
class Made:
    """Payments as numbers, and the rows that are thefts."""

    debtor: Any
    creditor: Any
    amount: Any
    stolen: Any


def main() -> int:
    """Compare answers, then print figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--payments", type=int, default=2_000_000)
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    said = parser.parse_args()
    only = said.only.split(",")
    print(f"{datetime.now(UTC):%Y-%m-%d} {platform.machine()} {os.cpu_count()} cores, python "
          f"{platform.python_version()}, seed {said.seed}, load {os.getloadavg()[0]:.1f}, kernel "
          f"{'compiled' if compiled(sys.modules[Stream.__module__]) else 'plain'}")  # fmt: skip
    made = make(said.payments, said.seed)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        steps: dict[str, Callable[[], None]] = {
            "answers": lambda: same_answers(make(CHECKED, said.seed), work),
            "kernel": lambda: kernel(made),
            "columns": lambda: columns(made, work),
            "lines": lambda: lines(made, said.lines, work),
            "line": lambda: one_line(made, said.seconds, work),
        }
        for part in PARTS:
            if part in only:
                steps[part]()
    return 0


def make(payments: int, seed: int) -> Made:
    """Accounts of uneven activity pay each other; no two payments have the same amount."""
    chance = np.random.default_rng(seed)
    accounts = max(100, payments // 10)
    uneven = (accounts * chance.random((2, payments)) ** 2).astype(np.int32)
    debtor, creditor = uneven[0], (uneven[1] + 1 + uneven[0]) % accounts
    amount = chance.integers(100, 500_000, payments) * 1_000 + np.arange(payments) % 1_000
    stolen = np.sort(chance.choice(payments // 2, max(10, payments // 2_000), replace=False))
    return Made(debtor, creditor.astype(np.int32), amount, stolen)


def name(account: int) -> str:
    """An account number that no bank has: too long for one."""
    return f"N{account:018}"


def at(row: int) -> datetime:
    """When a payment happens."""
    return START + timedelta(milliseconds=int(row))


def write_thefts(made: Made, path: Path) -> Path:
    """The thefts as their victims state them."""
    rows = ["theft_id,debtor_account,creditor_account,amount,currency,booked_at"]
    rows += [
        f"T{n},{name(made.debtor[i])},{name(made.creditor[i])},{made.amount[i] / 100:.2f},CNY,"
        f"{at(i).isoformat()}"
        for n, i in enumerate(made.stolen.tolist())
    ]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def table(made: Made) -> Any:
    """The payments by column, account numbers as text."""
    words = pa.array([name(i) for i in range(int(max(made.debtor.max(), made.creditor.max())) + 1)])
    micros = np.arange(len(made.amount), dtype=np.int64) * 1_000
    begin = int(START.timestamp()) * 1_000_000
    return pa.table(
        {
            "booked_at": pa.array(begin + micros).cast(pa.timestamp("us", "UTC")),
            "debtor_account": words.take(pa.array(made.debtor)),
            "creditor_account": words.take(pa.array(made.creditor)),
            "amount": pa.array(made.amount),
            "currency": pa.array(["CNY"]).take(pa.array(np.zeros(len(micros), np.int32))),
        }
    )


def line(made: Made, row: int) -> bytes:
    """A payment as a line."""
    return (
        f'{{"booked_at":"{at(row).isoformat()}","debtor_account":"{name(made.debtor[row])}",'
        f'"creditor_account":"{name(made.creditor[row])}","amount":"{made.amount[row] / 100:.2f}",'
        f'"currency":"CNY","channel":"app"}}\n'
    ).encode()


def same_answers(made: Made, work: Path) -> None:
    """Lines and columns against a batch trace, with the openings that the trace finds."""
    rows = [
        Payment(booked_at=at(i), debtor_account=name(d), creditor_account=name(c), amount=a,
                currency="CNY")
        for i, (d, c, a) in enumerate(
            zip(made.debtor.tolist(), made.creditor.tolist(), made.amount.tolist(), strict=True))
    ]  # fmt: skip
    thefts = [
        Theft(theft_id=f"T{n}", debtor_account=rows[i].debtor_account, currency="CNY",
              creditor_account=rows[i].creditor_account, amount=rows[i].amount, booked_at=at(i))
        for n, i in enumerate(made.stolen.tolist())
    ]  # fmt: skip
    movements = gather(rows, thefts, Known())
    balances = ["account,opening_balance,currency"]
    balances += [f"{a.number},{o.amount / 100:.2f},CNY" for a, o in movements.openings.items()]
    (work / "balances.csv").write_text("\n".join(balances) + "\n", "utf-8")
    (work / "rows.jsonl").write_bytes(b"".join(line(made, i) for i in range(len(rows))))
    pq.write_table(table(made), work / "rows.parquet")
    listed = write_thefts(made, work / "few.csv")
    flags = ["--thefts", str(listed), "--balances", str(work / "balances.csv"), "--only-hits"]
    for method in METHODS:
        walk = Walk(movements, method)
        walk.run()
        for kind in ("jsonl", "parquet"):
            said = answers(["watch", *flags, "--method", method, str(work / f"rows.{kind}")], work)
            _compare(walk, said, method, kind)


def _compare(walk: Walk, said: list[dict[str, Any]], method: str, kind: str) -> None:
    right: dict[tuple[int, str], int] = {}
    for position, theft, amount in walk.carried:
        key = (position + 1, theft)
        right[key] = right.get(key, 0) + round(amount)
    found = {(a["row"], t["theft_id"]): t["amount"] for a in said for t in a["traced"]}
    off = [
        abs(found.get(key, 0) - right.get(key, 0))
        for key in found.keys() | right.keys()
    ]  # fmt: skip
    allowed = 1 if method in ("pro_rata", "libr") else 0  # shares below the floor are let go
    word = "the same" if max(off, default=0) <= allowed else "DIFFERENT"
    print(f"answers {method:9}{kind:8} {word} in {len(found):,} amounts, {sum(map(bool, off))} off "
          f"by one minor unit, {len(walk.movements.payments):,} payments")  # fmt: skip


def answers(arguments: list[str], work: Path) -> list[dict[str, Any]]:
    """What one watch says, its messages thrown away."""
    out = work / "out"
    out.unlink(missing_ok=True)
    run([*arguments, "--out", str(out)])
    return [json.loads(said) for said in out.read_bytes().splitlines()]


def run(arguments: list[str]) -> None:
    """One command in this process; what it tells people is not shown."""
    quiet, sys.stderr = sys.stderr, open(os.devnull, "w")  # noqa: SIM115 closed below
    try:
        code = fanzha(arguments)
    finally:
        sys.stderr.close()
        sys.stderr = quiet
    if code:
        raise SystemExit(f"{arguments}: exit code {code}")


def median(step: Callable[[], None]) -> float:
    """Seconds, the median of `RUNS`."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def kernel(made: Made) -> None:
    """Account numbers already known: the pass alone, clean and with thefts."""
    when = np.arange(len(made.amount), dtype=np.int64)
    columns: Any = (when, made.debtor, made.creditor, made.amount)
    when_, debtor, creditor, amount = (memoryview(column) for column in columns)
    for method in METHODS:
        stolen: list[int] = made.stolen.tolist()
        for thefts in (stolen[:0], stolen):
            slow = thefts and method not in ("fifo", "lifo")
            size = min(len(when), 100_000) if slow else len(when)
            hits = 0

            def step(method: str = method, thefts: list[int] = thefts, size: int = size) -> None:
                nonlocal hits
                floor = "0.01" if method in ("pro_rata", "libr") else 0
                stream = Stream(method, floor)
                stream.grow(int(max(made.debtor.max(), made.creditor.max())) + 1)
                for i in thefts:
                    if i < size:
                        ends = int(made.debtor[i]), int(made.creditor[i])
                        stream.want(*ends, int(made.amount[i]), i)
                hits = len(stream.feed(when_, debtor, creditor, amount, 0, size))

            rate = size / median(step) / 1e6
            print(f"kernel  {method:9}{len(thefts):6,} thefts {rate:7.2f} M payments/s"
                  f" ({hits:,} of {size:,} carry)")  # fmt: skip


def columns(made: Made, work: Path) -> None:
    """Parquet and Arrow files with account numbers as text, through the command."""
    thefts = write_thefts(made, work / "thefts.csv")
    said = table(made)
    pq.write_table(said, work / "p.parquet", compression="zstd")
    with pa.OSFile(str(work / "p.arrow"), "wb") as sink, pa.ipc.new_file(sink, said.schema) as file:
        file.write_table(said, max_chunksize=1 << 18)
    for kind in ("parquet", "arrow"):
        for state in (False, True):
            flags = ["watch", "--thefts", str(thefts), "--only-hits", "--out", str(work / "hits")]
            if state:
                flags += ["--state", str(work / "state")]

            def step(kind: str = kind, flags: list[str] = flags) -> None:
                for path in work.glob("state*"):
                    path.unlink()
                (work / "hits").unlink(missing_ok=True)
                run([*flags, str(work / f"p.{kind}")])

            rate = len(made.amount) / median(step) / 1e6
            kept = "with state" if state else "no state"
            print(f"columns {kind:8} {kept:10} {rate:6.2f} M payments/s "
                  f"({(work / 'hits').read_bytes().count(b'traced'):,} hits)")  # fmt: skip


def lines(made: Made, count: int, work: Path) -> None:
    """JSON lines through a pipe into a process of its own, start and end of it included."""
    count = min(count, len(made.amount))
    thefts = write_thefts(made, work / "thefts.csv")
    (work / "p.jsonl").write_bytes(b"".join(line(made, i) for i in range(count)))
    plan = work / "plan.json"
    for more in ([], ["--only-hits"], ["--state", str(work / "state")], ["--plan", str(plan)]):
        command = [sys.executable, "-m", "fanzha.cli", "watch", "--thefts", str(thefts), *more]

        def step(command: list[str] = command) -> None:
            for path in work.glob("state*"):
                path.unlink()
            with (work / "p.jsonl").open("rb") as source, (work / "said").open("wb") as out:
                subprocess.run(command, stdin=source, stdout=out, stderr=subprocess.DEVNULL,
                               check=True)  # fmt: skip

        def nothing(command: list[str] = command) -> None:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)

        empty = median(nothing)
        seconds = median(step)
        whole, alone = count / seconds, count / max(seconds - empty, 1e-9)
        print(f"lines   {' '.join(more)[:11]:12} {whole:9,.0f} lines/s whole, {alone:9,.0f} "
              f"without {empty:.2f} s of start{ranked(plan)}")  # fmt: skip


def ranked(plan: Path) -> str:
    """How large the ranking was in the end, where there is one."""
    if not plan.exists():
        return ""
    said = json.loads(plan.read_bytes())
    return f"; {said['cases']:,} thefts, {said['ranked']:,} accounts ranked"


def one_line(made: Made, seconds: int, work: Path) -> None:
    """The time from writing a line to reading its answer, at a steady rate; with a plan and not."""
    thefts = write_thefts(made, work / "thefts.csv")
    count = min(PER_SECOND * seconds, len(made.amount))
    said = [line(made, i) for i in range(count)]
    plan = work / "ranking.json"
    for more in ([], ["--plan", str(plan)]):
        for path in work.glob("state*"):
            path.unlink()
        command = [sys.executable, "-m", "fanzha.cli", "watch", "--thefts", str(thefts),
                   "--state", str(work / "state"), *more, "-"]  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdin is not None
        assert process.stdout is not None
        took = _paced(process.stdin.fileno(), process.stdout.fileno(), said)
        process.stdin.close()
        process.wait()
        took.sort()
        marks = {f"p{p}": took[min(len(took) - 1, int(len(took) * p / 100))] for p in MARKS}
        shown = ", ".join(f"{mark} {1e3 * value:.3f} ms" for mark, value in marks.items())
        kept = "with state and plan" if more else "with state"
        print(f"line    at {PER_SECOND:,}/s {kept}: {shown}, longest {1e3 * took[-1]:.1f} ms, "
              f"{count:,} lines{ranked(plan)}")  # fmt: skip


def _paced(to: int, back: int, said: list[bytes]) -> list[float]:
    os.write(to, said[0])
    os.read(back, 1 << 16)  # it has started
    sent, took, begin = [0.0], [0.0], time.perf_counter()
    while len(took) < len(said):
        now = time.perf_counter()
        if len(sent) < len(said) and now - begin >= len(sent) / PER_SECOND:
            os.write(to, said[len(sent)])
            sent.append(now)
        due = begin + len(sent) / PER_SECOND - time.perf_counter()
        if not select.select([back], [], [], max(due, 0))[0]:
            continue
        came = os.read(back, 1 << 16).count(b"\n")
        now = time.perf_counter()
        took += [now - sent[len(took) + i] for i in range(came)]
    return took[1:]


if __name__ == "__main__":
    raise SystemExit(main())
