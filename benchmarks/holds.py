"""How fast all open cases are ranked anew, and how fast a return to many victims is planned.

    python benchmarks/holds.py [--thefts 10000] [--victims 5000] [--holds 2000] [--seed 7]

Everything is made from the seed: cases of one theft whose money lies in a few accounts, some of
them shared with other cases and some of them short, and one trace whose victims share accounts.
The kernel alone is timed. Prints what a published figure needs.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from fanzha.casebook import open_casebook
from fanzha.cli import GC_THRESHOLD
from fanzha.model.payment import Account, Payment, Theft
from fanzha.model.vocabulary import entry
from fanzha.money.conflicts import Stake
from fanzha.money.holds import MINUTES, Terms
from fanzha.money.replan import Board, Stolen, View, replan
from fanzha.money.restitution import Books, Entry, replay
from fanzha.money.restitution_steps import Signed, allot, secure
from fanzha.money.returns import plan_return
from fanzha.money.sites import Moment, Site
from fanzha.money.trace import Carried, Holding, Trace
from fanzha.services.restitution.record import record_step, recorded_books

START = datetime(2024, 5, 14, 6, tzinfo=UTC)
AT = Moment(hold_at=START + timedelta(minutes=30))
LATER = Moment(hold_at=AT.hold_at + timedelta(seconds=20))
SHARED = 0.2  # of the money lies in accounts that other cases want too
SIGNED = Signed(who="benchmark", at=START, basis="benchmark")
SHORT = 0.1  # of the accounts have a balance below what was traced there


@dataclass(frozen=True, slots=True)
class Timed:
    """What was timed, over how many runs, in milliseconds."""

    name: str
    milliseconds: tuple[float, ...]

    def __str__(self) -> str:
        low, high = min(self.milliseconds), max(self.milliseconds)
        middle = statistics.median(self.milliseconds)
        return f"{self.name:<52} median {middle:9.2f} ms   min {low:9.2f}   max {high:9.2f}"


def main() -> int:
    """Make, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--thefts", type=int, default=10_000)
    parser.add_argument("--victims", type=int, default=5_000)
    parser.add_argument("--holds", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    print(f"date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {asked.seed}")
    print(f"machine   {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    print(f"python    {platform.python_implementation()} {platform.python_version()}")
    gc.set_threshold(GC_THRESHOLD)
    rnd = random.Random(asked.seed)
    for line in (*ranking(rnd, asked.thefts, asked.runs), *returning(rnd, asked)):
        print(line)
    return 0


def ranking(rnd: random.Random, thefts: int, runs: int) -> list[object]:
    """All at once, and after new rows in one case and in twenty."""
    cases = [a_case(rnd, number, thefts) for number in range(thefts)]
    board = replan(Board(), cases, AT)
    accounts, cut = len(board.order), sum(bool(s.gave_way) for s in board.spots.values())
    said: list[object] = [f"board     {thefts:,} open thefts, {accounts:,} accounts, {cut:,} cut"]
    said.append(timed("all cases ranked from nothing", runs, lambda: replan(Board(), cases, AT)))
    for some in (1, 20):
        fresh = [a_case(rnd, n, thefts) for n in rnd.sample(range(thefts), some)]
        again = partial(replan, board, fresh, LATER)
        said.append(timed(f"all ranked anew after new rows in {some} case(s)", runs, again))
    return said


def a_case(rnd: random.Random, number: int, thefts: int) -> View:
    """One theft; its money lies in one to three accounts."""
    case_id, victim = f"case-{number}", f"V{number} CNY"
    amount = rnd.randrange(10_000, 5_000_000)
    stakes, sites = [], []
    for place in range(rnd.randint(1, 3)):
        shared = rnd.random() < SHARED
        name = f"S{rnd.randrange(thefts // 10)}" if shared else f"A{number}-{place}"
        part = amount // 3
        stakes.append(
            Stake(
                theft=victim,
                victim=victim,
                account=Account(name, "CNY"),
                amount=part,
                credited_at=START + timedelta(seconds=rnd.randrange(1200)),
                cases=((case_id, "T"),),
                worth=0.95,
            )
        )
        sites.append(
            Site(
                account=Account(name, "CNY"),
                balance=part // 2 if rnd.random() < SHORT else part * rnd.randint(1, 3),
                confirmed_at=START + timedelta(minutes=20),
                rail=entry("rail", "retail_instant"),
                institution="",
                terms=Terms(),
                minutes=MINUTES,
            )
        )
    stolen = (Stolen(theft=victim, victim=victim, amount=amount, refunded=0),)
    return View(case_id=case_id, stolen=stolen, stakes=tuple(stakes), sites=tuple(sites))


def returning(rnd: random.Random, asked: argparse.Namespace) -> list[object]:
    """One plan for all victims and holds, by all three rules."""
    thefts = [a_theft(rnd, number) for number in range(asked.victims)]
    accounts = [Account(f"H{number}", "CNY") for number in range(asked.holds)]
    found = a_trace(rnd, thefts, accounts)
    held = {account: rnd.randrange(1, 20_000_000) for account in accounts}
    plans = plan_return(found, thefts, held)
    shares = sum(len(plan.shares) for plan in plans)
    chosen = [plan for plan in plans if plan.rule == "pro_rata_account"]
    books = replay(secure(Books(), held, SIGNED))
    entries = (*secure(Books(), held, SIGNED), *allot(books, chosen, SIGNED))
    return [
        f"return    {len(thefts):,} victims, {len(held):,} holds, {shares:,} shares by three rules",
        timed("one plan by all three rules", asked.runs, lambda: plan_return(found, thefts, held)),
        timed("the ledger after one rule was chosen", asked.runs, lambda: replay(entries)),
        *in_casebook(entries, asked.runs),
    ]


def in_casebook(entries: tuple[Entry, ...], runs: int) -> list[object]:
    """The same step recorded on disk, and the ledger read back from there."""
    with tempfile.TemporaryDirectory() as folder, open_casebook(Path(folder) / "c.db") as casebook:
        began = time.perf_counter()
        record_step(casebook, "case", recorded_books(casebook, "case"), entries, START)
        recorded = Timed("recorded in the casebook", ((time.perf_counter() - began) * 1000,))
        read = partial(recorded_books, casebook, "case")
        return [recorded, timed("read back from the casebook", runs, read)]


def a_theft(rnd: random.Random, number: int) -> Theft:
    amount = rnd.randrange(10_000, 50_000_000)
    return Theft(
        theft_id=f"T{number}",
        debtor_account=f"V{number}",
        creditor_account="A",
        amount=amount,
        currency="CNY",
        booked_at=START,
        refunded=rnd.choice((0, 0, amount // 10)),
    )


def a_trace(rnd: random.Random, thefts: list[Theft], accounts: list[Account]) -> Trace:
    """Every theft's money came into twenty of the accounts and rests in five of them."""
    carried, holdings = [], []
    for theft in thefts:
        for place, account in enumerate(rnd.sample(accounts, min(20, len(accounts)))):
            payment = Payment(
                booked_at=START,
                debtor_account="A",
                creditor_account=account.number,
                amount=theft.amount // 20 + 1,
                currency="CNY",
            )
            carried.append(Carried(payment, theft.theft_id, payment.amount))
            if place < 5:
                holdings.append(
                    Holding(
                        theft_id=theft.theft_id,
                        account=account,
                        amount=theft.amount // 20 + 1,
                        level=2,
                        state="resting",
                        last_credit_at=START,
                    )
                )
    return Trace(
        method="fifo/1",
        as_of=START,
        holdings=tuple(holdings),
        disputed=(),
        carried=tuple(carried),
        balances={},
    )


def timed(name: str, runs: int, work: Callable[[], object]) -> Timed:
    """Run it so often and keep every time."""
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return Timed(name, tuple(taken))


if __name__ == "__main__":
    raise SystemExit(main())
