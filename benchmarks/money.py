"""Money at the speed of memory: ours beside its peers, on the same payments, in the same run.

    python -m benchmarks.money [--sizes 1,10,50] [--thefts N] [--peers duckdb,polars] [--seed 7]
                               [--out out/money] [--only near,fifo]

Sizes are millions of payments. Each peer answers in a process of its own, at least three times
where one answer takes less than a minute, up to fifteen times where it is quick; the median
counts. Answers are compared before times are. A peer that needs more than ten minutes or 16 GiB is
printed as not run, and not asked about larger sizes. The payments are made up (see
docs/reference/generator.md): quote ratios, not seconds, and never the accuracy of a method.
Peers: `pip install 'fanzha[bench]'`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.money_data import NEAR_HOURS, QUESTIONS, make
from benchmarks.money_ours import ONE_BY_ONE
from benchmarks.money_peers import ONE_THEFT_IN, OTHER, REACH
from benchmarks.money_plot import draw

RUNS, LONGEST, MOST_MEMORY = 3, 600.0, 16 << 30
DAYS = 12
ONE_IN = 1_000  # payments: no more thefts than that
IGNORES_TIME = ("igraph",)
MOST_OPENINGS = 200_000  # rows that a table of balances may have
ASKED = {
    "near": f"who could have received it within {NEAR_HOURS} hours, {QUESTIONS} thefts",
    "far": f"who could have received it to the end, {QUESTIONS} thefts",
    "index": "index: both prefix sums, and all payments laid by debtor and by creditor",
    "heights": "the same with the payer's balance after each payment, which ours gives anyway",
    "sums": "the same index beside the prefix sums alone",
    "fifo": "where the money of all thefts lies, first in, first out",
    "batch": f"the same for one theft in {ONE_THEFT_IN:,} payments, together",
    "one": f"the same for {ONE_BY_ONE} thefts, one by one",
    "parquet": "from Parquet to the answer for one theft in as many, without an index",
    "each": "one theft by itself, in the kernel",
    "cold": "fanzha trace --ledger of one theft, from a cold process",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What one peer gave; `seconds` is empty and `why` says so where it was not run."""

    seconds: tuple[float, ...] = ()
    prepare: float = 0.0
    peak: int = 0
    answer: Any = None
    why: str = ""

    @property
    def median(self) -> float:
        """The median of all runs."""
        return statistics.median(self.seconds)


def main() -> int:
    """Ask everything about every size, print, and draw how it grows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="1,10,50")
    parser.add_argument("--thefts", type=int, default=10_000)
    parser.add_argument("--peers", default="")
    parser.add_argument("--only", default=",".join(ASKED))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("out/money"))
    wanted = parser.parse_args()
    cores = os.cpu_count()
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {cores} cores"
    )
    found: dict[tuple[str, str], dict[int, float]] = {}
    beaten: set[tuple[str, str]] = set()
    for size in (int(float(text) * 1_000_000) for text in wanted.sizes.split(",")):
        thefts = min(wanted.thefts, size // ONE_IN)
        folder = wanted.out / f"{size}"
        generated(folder, size, thefts, wanted.seed)
        known: dict[str, Result] = {}
        for question in wanted.only.split(","):
            print(f"\n{size:,} payments, {thefts:,} thefts: {ASKED[question]}")
            peers = cold(folder) if question == "cold" else asked(question, folder, wanted, beaten)
            for peer, result in report(question, peers, known):
                found.setdefault((question, peer), {})[size] = grown(question, result)
    for path in draw(wanted.out, ASKED, found):
        print(path)
    return 0


def generated(folder: Path, size: int, thefts: int, seed: int) -> None:
    """The payments twice: as a user gets them, timed, and as columns."""
    case = folder / "case"
    numbers = {"payments": size, "thefts": thefts, "seed": seed, "days": DAYS}
    flags = [text for name, number in numbers.items() for text in (f"--{name}", str(number))]
    command = [sys.executable, "-m", "fanzha.cli", "generate", *flags, "--out", str(case)]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    rate = size / seconds / 1e6
    print(f"\nfanzha generate, {size:,} payments: {seconds:.1f} s, {rate:.1f} million a second")
    make(folder / "columns", size, thefts, seed, DAYS)


def asked(
    question: str, folder: Path, wanted: argparse.Namespace, beaten: set[tuple[str, str]]
) -> Iterator[tuple[str, Result]]:
    """Ours and each peer that could still answer at the size before."""
    peers = REACH if question in ("near", "far") else OTHER[question]
    chosen = wanted.peers.split(",") if wanted.peers else [*peers]
    for peer in peers:
        if peer != "ours" and peer not in chosen:
            continue
        if (question, peer) in beaten:
            yield peer, Result(why="the size before was too much")
            continue
        result = run(question, peer, folder / "columns")
        if result.why:
            beaten.add((question, peer))
        yield peer, result


def run(question: str, peer: str, columns: Path) -> Result:
    """One peer in a process of its own, watched."""
    out = columns / "answer.json"
    out.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks.money_peers",
        question,
        peer,
        str(columns),
        str(out),
    ]
    with (columns / "errors.txt").open("w+b") as errors:
        child = subprocess.Popen([*command, str(RUNS)], stderr=errors)
        why = watched(child)
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip().splitlines()
    if why or child.returncode:
        return Result(why=why or (said[-1] if said else f"exit code {child.returncode}"))
    told = json.loads(out.read_text("utf-8"))
    answer = np.load(f"{out}.npy")
    return Result(tuple(told["seconds"]), told["prepare"], told["peak"], answer)


def watched(child: subprocess.Popen[bytes]) -> str:
    """Wait for a process; end it when it takes too long or too much, and say why."""
    began = time.monotonic()
    while child.poll() is None:
        why = ""
        if time.monotonic() - began > LONGEST:
            why = f"longer than {LONGEST / 60:.0f} minutes"
        elif resident(child.pid) > MOST_MEMORY:
            why = f"more than {MOST_MEMORY >> 30} GiB"
        if why:
            child.kill()
            child.wait()
            return why
        time.sleep(0.1)
    return ""


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096
    except (OSError, IndexError):
        return 0


def cold(folder: Path) -> Iterator[tuple[str, Result]]:
    """A ledger made by the commands, and one theft traced by a fresh process."""
    case, ledger = folder / "case", folder / "ledger"
    fanzha = [sys.executable, "-m", "fanzha.cli"]
    one = case / "one.csv"
    one.write_text("\n".join((case / "thefts.csv").read_text("utf-8").splitlines()[:2]) + "\n")
    balances = sum(1 for _ in (case / "balances.csv").open("rb")) - 1
    stated = ["--balances", str(case / "balances.csv")] if balances <= MOST_OPENINGS else []
    began = time.perf_counter()
    if not ledger.exists():
        for step in (
            ["init", str(ledger), *stated],
            ["append", str(ledger), str(case / "payments.parquet")],
        ):
            done = subprocess.run([*fanzha, "ledger", *step], capture_output=True, check=False)
            if done.returncode:
                yield "ours", Result(why=done.stderr.decode().strip()[-200:])
                return
    prepare = time.perf_counter() - began
    tables = ["--thefts", str(one), "--terminals", str(case / "terminals.csv")]
    command = [*fanzha, "trace", "--ledger", str(ledger), *tables, "--method", "fifo", "--json"]
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        with (folder / "trace.json").open("wb") as out:
            child = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
            why = watched(child)
        if why or child.returncode:
            yield "ours", Result(why=why or f"exit code {child.returncode}")
            return
        seconds.append(time.perf_counter() - began)
    yield "ours", Result(tuple(seconds), prepare)


def report(
    question: str, results: Iterator[tuple[str, Result]], known: dict[str, Result]
) -> Iterator[tuple[str, Result]]:
    """Print each result as it comes, compared with ours, which comes first and becomes known."""
    for peer, result in results:
        if result.why:
            print(f"  {peer:<9} not run: {result.why}", flush=True)
            continue
        ours = known.setdefault(question, result)
        runs = f"{len(result.seconds)} runs" if len(result.seconds) > 1 else "1 run"
        print(
            f"  {peer:<9} {result.median:11.5f} s {result.median / ours.median:10.1f} x   "
            f"{runs}, prepared in {result.prepare:6.1f} s, {result.peak >> 20:6} MiB   "
            f"{verdict(question, peer, known, result)}",
            flush=True,
        )
        yield peer, result


def grown(question: str, result: Result) -> float:
    """What is drawn over the sizes: seconds of an answer, of one theft where each is asked."""
    return float(np.median(result.answer)) / 1e9 if question == "each" else result.median


def verdict(question: str, peer: str, known: dict[str, Result], result: Result) -> str:
    """Whether the answer is ours, or what else is worth saying about it."""
    if question == "each":
        half, most = np.percentile(result.answer, (50, 99)) / 1000
        return f"p50 {half:.1f} µs, p99 {most:.1f} µs"
    right = known.get("batch" if question == "parquet" else question, result).answer
    if right is None or peer == "pyarrow" or (peer == "ours" and question != "parquet"):
        return ""
    if np.array_equal(right, result.answer):
        return "same answer"
    wrong = "ignores time: " if peer in IGNORES_TIME else "OTHER ANSWER: "
    return f"{wrong}{len(result.answer):,} rows instead of {len(right):,}"


if __name__ == "__main__":
    sys.exit(main())
