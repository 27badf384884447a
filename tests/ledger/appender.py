"""A process that appends to a ledger and prints what was committed.

`appender.py PATH N SEED` forks N children one after the other that append for ever, and kills
each with SIGKILL at a random moment.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fanzha.ledger import open_ledger
from fanzha.ledger.append import Append
from fanzha.model.payment import Payment

START = datetime(2024, 5, 14, tzinfo=UTC)
BATCH = 5  # payments in each append: all are there, or none
LIMIT = 40  # payments in a segment
FIRST = 4  # appends that are timed before anything is killed


def batch(number: int) -> list[Payment]:
    """The payments of one append; every third comes late, so that older segments are rewritten."""
    at = START + timedelta(minutes=number if number % 3 else number - 6)
    return [
        Payment(
            booked_at=at + timedelta(seconds=second),
            debtor_account=f"A{number % 7}",
            creditor_account=f"B{number}",
            amount=number * BATCH + second + 1,
            currency="CNY",
        )
        for second in range(BATCH)
    ]


def append(path: Path, times: int) -> None:
    """Append, and print the number of each batch only after it was committed."""
    number = len(open_ledger(path)) // BATCH
    for _ in range(times):
        with Append(path, LIMIT) as writer:
            writer.add_payments(batch(number))
            writer.commit()
        os.write(1, f"{number}\n".encode())
        number += 1


def timed(path: Path) -> float:
    """The seconds that two appends take here and now, once everything is imported."""
    append(path, 1)
    started = time.perf_counter()
    append(path, FIRST)
    return (time.perf_counter() - started) * 2 / FIRST


def kill_at_random(path: Path, times: int, seed: int) -> None:
    """Start `times` children one after the other and kill each of them."""
    chance = random.Random(seed)
    longest = timed(path)
    for _ in range(times):
        child = os.fork()
        if not child:
            append(path, 10**9)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    kill_at_random(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
