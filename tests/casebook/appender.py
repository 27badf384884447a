"""A process that appends batches to a casebook and prints what was acknowledged.

`appender.py PATH COUNT TAG` appends COUNT batches. `appender.py PATH kills N SEED` forks N
children that append for ever and kills each with SIGKILL at a random moment.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from fanzha.casebook import open_casebook
from fanzha.model.chain import Fact

NOW = datetime(2024, 5, 14, tzinfo=UTC)
BATCH = 3  # facts in each transaction: all three are there, or none
LONGEST = 0.3  # seconds a child lives: from before it opened the file to many appends later


def batch(tag: str, number: int) -> list[Fact]:
    """Three facts of different sizes, the last one over several database pages."""
    words = (f"{tag}/{number}/{part}/" + "x" * 5000 * part for part in range(BATCH))
    return [
        Fact(kind="statement", source=tag, received_at=NOW, payload=text.encode()) for text in words
    ]


def append(path: Path, tag: str, count: int, out: int) -> None:
    """Append, and write one line for each batch only after it was acknowledged."""
    with open_casebook(path) as casebook:
        for number in range(count):
            done = casebook.append(f"case {tag}", batch(tag, number), NOW)
            os.write(out, f"{tag} {number} {done[-1].seq}\n".encode())


def kill_at_random(path: Path, times: int, seed: int) -> None:
    """Start `times` children one after the other and kill each of them."""
    chance = random.Random(seed)
    for number in range(times):
        child = os.fork()
        if not child:
            append(path, f"child{number}", 10**9, 1)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if sys.argv[2] == "kills":
        kill_at_random(target, int(sys.argv[3]), int(sys.argv[4]))
    else:
        append(target, sys.argv[3], int(sys.argv[2]), 1)
