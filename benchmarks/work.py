"""How long the main job takes: 100,000 payments with 20 thefts, from files to report.

    python benchmarks/work.py [--payments 100000] [--thefts 20] [--seed 20240514] [--runs 3]

Writes the bundled case anew into a temporary folder and runs `fanzha work` on it as a process of
its own, several times. Every run gets a new casebook. Prints what a published figure needs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

GENERATE = Path(__file__).resolve().parents[1] / "examples" / "generate.py"
TAKEN = (0, 3)  # done; done, but some rows were refused (the case has three damaged ones)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: wall seconds from start to end, seconds of the job by its own clock, peak memory."""

    seconds: float
    inside: float
    peak_mib: float


def main() -> int:
    """Generate, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--payments", type=int, default=100_000)
    parser.add_argument("--thefts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20_240_514)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        written = generate(folder / "case", asked.payments, asked.thefts, asked.seed)
        runs = [work(folder / "case", folder / f"out{n}") for n in range(asked.runs)]
    print(f"date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    print(f"machine   {cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    print(f"python    {platform.python_implementation()} {platform.python_version()}")
    print(f"case      {written}")
    wall = [run.seconds for run in runs]
    print(
        f"wall      min {min(wall):.2f} s, median {statistics.median(wall):.2f} s, "
        f"max {max(wall):.2f} s over {len(wall)} runs"
    )
    print(
        f"job       median {statistics.median(run.inside for run in runs):.2f} s by its own clock"
    )
    print(f"memory    peak {max(run.peak_mib for run in runs):.0f} MiB")
    return 0


def generate(folder: Path, payments: int, thefts: int, seed: int) -> str:
    """Write the case; what the generator says of it."""
    size = ["--payments", str(payments), "--thefts", str(thefts), "--seed", str(seed)]
    done = subprocess.run(
        [sys.executable, str(GENERATE), str(folder), *size],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip().partition(": ")[2]


def work(case: Path, out: Path) -> Run:
    """One run of the main job, as a user starts it."""
    command = [sys.executable, "-m", "fanzha.cli", "work", str(case), "--out", str(out), "--json"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=log)
        _, status, used = os.wait4(process.pid, 0)  # the memory of this child alone
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        log.seek(0)
        if process.returncode not in TAKEN:
            sys.exit(f"fanzha work ended with {process.returncode}\n{log.read().decode()[-2000:]}")
        inside = float(json.loads(said.read())["seconds"])
        return Run(seconds, inside, peak_mib(used.ru_maxrss))


def peak_mib(maxrss: int) -> float:
    """Mebibytes; Linux counts in KiB, macOS in bytes."""
    return maxrss / 2**20 if sys.platform == "darwin" else maxrss / 2**10


def cpu() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


if __name__ == "__main__":
    sys.exit(main())
