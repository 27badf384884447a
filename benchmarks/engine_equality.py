"""Is the search engine right, and how fast is it? Against the plain walk, on a made-up ledger.

    python benchmarks/engine_equality.py compare [payments] [thefts]   # default 1,000,000 10,000
    python benchmarks/engine_equality.py time [payments]               # default 10,000,000

The ledger is random: a few accounts pay and get most, amounts are log-normal, nobody is a mule.
Money runs on until it rests, so walks are far longer here than stolen money's usually are.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from fanzha.model.payment import Payment, Theft
from fanzha.money.follow import Facts, follow, follower, origins, reachable
from fanzha.money.frontier import EXACT, Frontier
from fanzha.money.index import Index, Totals, build_segment
from fanzha.money.movements import Known, Movements, assemble
from fanzha.money.walk import Walk, whole_amounts

SEGMENT = 5_000_000
START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 30


@dataclass(frozen=True, eq=False)
class Columns:
    """A ledger as arrays."""

    booked_at: Any
    debtor: Any
    creditor: Any
    amount: Any

    def __len__(self) -> int:
        return len(self.amount)


def ledger(payments: int, seed: int = 7) -> Columns:
    """A random ledger in order, over 30 days."""
    chance = np.random.default_rng(seed)
    accounts = max(10, payments // 20)
    ends = [(accounts * chance.random(payments) ** 2).astype(np.int32) for _ in range(2)]
    amount = np.exp(chance.normal(9, 1.5, payments)).astype(np.int64) + 1
    gaps = chance.exponential(DAYS * 86_400e6 / payments, payments)
    booked_at = (START.timestamp() * 1e6 + np.cumsum(gaps)).astype(np.int64)
    return Columns(
        booked_at, chance.permutation(accounts).astype(np.int32)[ends[0]], ends[1], amount
    )


def indexed(made: Columns, segment: int = SEGMENT) -> Index:
    """Its index."""
    totals = Totals.nothing(int(max(made.debtor.max(), made.creditor.max())) + 1)
    parts = []
    for at in range(0, len(made), segment):
        to = at + segment
        columns = (made.booked_at[at:to], made.debtor[at:to], made.creditor[at:to])
        parts.append(build_segment(at, *columns, made.amount[at:to], totals))
    return Index(parts, len(totals.lowest))


def some(payments: int, count: int, since: float = 0.0, seed: int = 11) -> list[int]:
    """Positions of random thefts after a part of the ledger."""
    chance = np.random.default_rng(seed)
    first = int(since * payments)
    return sorted((first + chance.choice(payments - first, count, replace=False)).tolist())


def plain(made: Columns) -> Iterator[Payment]:
    """The same as payments."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    rows = zip(*(c.tolist() for c in vars(made).values()), strict=True)
    for at, debtor, creditor, amount in rows:
        yield Payment(
            booked_at=epoch + timedelta(microseconds=at),
            debtor_account=str(debtor),
            creditor_account=str(creditor),
            amount=amount,
            currency="CNY",
        )


def stolen(payments: Sequence[Payment], positions: Sequence[int]) -> dict[int, Theft]:
    """Thefts, one for each position."""
    return {
        at: Theft(
            theft_id=f"T{number}",
            debtor_account=payments[at].debtor_account,
            creditor_account=payments[at].creditor_account,
            amount=payments[at].amount,
            currency="CNY",
            booked_at=payments[at].booked_at,
        )
        for number, at in enumerate(positions)
    }


def same_by_search(index: Index, movements: Movements, method: str) -> bool:
    """Whether FIFO or LIFO by search gives what the plain walk gives: amounts, rows, levels."""
    walk = Walk(movements, method)
    walk.run()
    amounts, disputed = whole_amounts(walk)
    names = [t.theft_id for t in movements.thefts.values()]
    found = follow(index, Facts.of(index.accounts, {}), list(movements.thefts), method)
    resting = {(names[t], str(a)): (n, level) for t, a, n, level, _ in found.resting.tolist()}
    open_claims: dict[tuple[str, str, str], int] = {}
    for t, a, n, by, _ in found.disputed.tolist():
        key = (names[t], str(a), names[by])
        open_claims[key] = open_claims.get(key, 0) + n
    return (
        resting == {(t, a.number): (n, walk.level[t, a]) for (t, a), n in amounts.items() if n}
        and open_claims == {(d.theft_id, d.account.number, d.by): d.amount for d in disputed}
        and [(p, names[t], n) for p, _, t, n, _ in found.carried.tolist()] == walk.carried
    )


def same_by_frontier(index: Index, movements: Movements, method: str) -> bool:
    """The same for the rules that mix: every digit of every row."""
    walk = Walk(movements, method)
    walk.run()
    facts = Facts.of(index.accounts, {})
    found = Frontier(index, facts, movements.thefts, method, index.size)
    found.frugal = EXACT
    found.run()
    levels = {(t, a.number): level for (t, a), level in walk.level.items()}
    return (
        found.carried == walk.carried
        and {(t, str(a)): level for (t, a), level in found.level.items()} == levels
        and {(t, str(a), by): n for (t, a, by), n in found.disputed.items()}
        == {(t, a.number, by): n for (t, a, by), n in walk.disputed.items()}
    )


def compare(size: int = 1_000_000, thefts: int = 10_000) -> dict[str, bool]:
    """All methods against the plain walk; the mixing ones over few thefts late in the ledger."""
    made = ledger(size)
    index = indexed(made, max(1, size // 7))
    payments = list(plain(made))
    known, as_of = Known(), payments[-1].booked_at
    many = assemble(payments, stolen(payments, some(size, thefts)), known, as_of)
    few = assemble(payments, stolen(payments, some(size, 20, 0.98)), known, as_of)
    result = {method: same_by_search(index, many, method) for method in ("fifo", "lifo")}
    return result | {m: same_by_frontier(index, few, m) for m in ("pro_rata", "libr", "poison")}


def timings(size: int = 10_000_000) -> dict[str, float]:
    """Seconds of the index, microseconds of one theft, seconds of 10,000 thefts, and more."""
    made = ledger(size)
    indexed(made)  # first touch of memory is the machine's affair
    begun = time.perf_counter()
    index = indexed(made)
    found = {"index s": time.perf_counter() - begun}
    begun = time.perf_counter()
    index = Index(index.segments, index.accounts)
    found["open ms"] = 1e3 * (time.perf_counter() - begun)
    facts = Facts.of(index.accounts, {})
    for method in ("fifo", "lifo"):
        for name, since in (("late", 0.97), ("early", 0.0)):
            found |= _one_by_one(index, facts, method, (name, since))
    account = int(np.bincount(made.creditor[-1000:]).argmax())
    begun = time.perf_counter()
    origins(index, facts, account, "fifo", amount=1)
    found["back 1 unit us"] = 1e6 * (time.perf_counter() - begun)
    start = int(0.999 * size)
    begun = time.perf_counter()
    reached = reachable(index, facts, [start])
    found["reach ms"] = 1e3 * (time.perf_counter() - begun)
    found["reached"] = len(reached.accounts)
    return found


def _one_by_one(
    index: Index, facts: Facts, method: str, part: tuple[str, float]
) -> dict[str, float]:
    name, since = part
    positions = some(index.size, 10_000, since)
    begun = time.perf_counter()
    rows = follow(index, facts, positions, method)
    whole = time.perf_counter() - begun
    forward = follower(index, facts, method)
    for position in positions:
        forward.mark(position)
    spent = []
    for theft in range(len(positions)):
        before = time.perf_counter_ns()
        forward.follow(theft)
        spent.append((time.perf_counter_ns() - before) / 1e3)
    label = f"{method} {name}"
    return {
        f"{label} p50 us": float(np.percentile(spent, 50)),
        f"{label} p99 us": float(np.percentile(spent, 99)),
        f"{label} 10,000 s": whole,
        f"{label} rows": float(len(rows.carried)),
    }


def main(words: Sequence[str]) -> None:
    """Run what is asked for and print it."""
    numbers = [int(word) for word in words[1:]]
    result: dict[str, Any] = dict(
        compare(*numbers) if words[:1] == ["compare"] else timings(*numbers)
    )
    for name, value in result.items():
        print(f"{name:24} {value if isinstance(value, bool) else round(value, 3)}")


if __name__ == "__main__":
    main(sys.argv[1:])
