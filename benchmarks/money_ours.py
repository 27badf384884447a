"""Our side of `benchmarks/money.py`: the questions asked of the kernels themselves."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from benchmarks.money_data import KINDS, Data, Question

from fanzha.money.follow import Facts, follower, reachable, table
from fanzha.money.index import Index, Totals, build_segment
from fanzha.money.stream import Stream

Ask = Callable[[], Any]  # the question, answered once
ONE_BY_ONE = 20  # thefts
TAINTED, TERMINAL = 1, 2  # marks of the stream


def ours_index(data: Data) -> Ask:
    """Both prefix sums of every payment, and the payments packed both ways."""
    return lambda: segment_of(data)


def segment_of(data: Data) -> Any:
    """All payments as one segment."""
    totals = Totals.nothing(data.accounts)
    return build_segment(0, data.at, data.debtor, data.creditor, data.amount, totals)


def grounds(data: Data) -> tuple[Index, Facts]:
    """An index, and what is known of the accounts."""
    facts = Facts(np.array(data.opening), np.array(data.terminal))
    return Index([segment_of(data)], data.accounts), facts


def ours_reach(data: Data, questions: list[Question]) -> Ask:
    """Search over the index."""
    index, facts = grounds(data)
    return lambda: [reachable(index, facts, [q.begin - 1], q.end).accounts for q in questions]


def ours_fifo(data: Data) -> Ask:
    """Every theft followed by first in, first out."""
    kernel = marked(data)

    def ask() -> Any:
        kernel.clear()
        kernel.follow_all()
        return table(kernel.resting)[:, :3]

    return ask


def marked(data: Data) -> Any:
    """The kernel, told which payments are thefts."""
    index, facts = grounds(data)
    kernel = follower(index, facts, "fifo")
    for position in data.theft.tolist():
        kernel.mark(position)
    return kernel


def ours_one(data: Data) -> Ask:
    """A few thefts, each asked for by itself, with all others known."""
    kernel = marked(data)

    def ask() -> Any:
        found = []
        for number in range(min(ONE_BY_ONE, len(data.theft))):
            kernel.clear()
            kernel.follow(number)
            found.append(table(kernel.resting)[:, :3])
        return np.concatenate(found)

    return ask


def ours_each(data: Data) -> Ask:
    """Nanoseconds of each theft by itself, in the kernel."""
    kernel = marked(data)

    def ask() -> Any:
        taken = []
        kernel.clear()
        for number in range(len(data.theft)):
            began = time.perf_counter_ns()
            kernel.follow(number)
            taken.append(time.perf_counter_ns() - began)
        return np.array(taken)

    return ask


def batches(data: Data) -> Iterator[Any]:
    """The ledger's Parquet, decoded batch by batch."""
    yield from pq.ParquetFile(data.folder / "ids.parquet").iter_batches(1 << 20)


def ours_parquet(data: Data) -> Ask:
    """From Parquet to where the money of every theft lies: one pass, no index."""
    thefts = [
        [int(column[row]) for column in (data.debtor, data.creditor, data.amount, data.at)]
        for row in data.theft.tolist()
    ]
    opening = array("q", data.opening.tolist())
    stated, terminal = int(data.opening.sum()), bytes(np.array(data.terminal) * TERMINAL)

    def ask() -> Any:
        stream = Stream("fifo", silent=True)
        stream.grow(data.accounts)
        stream.spend_room(stated)
        memoryview(stream.balance)[: data.accounts] = memoryview(opening)
        memoryview(stream.mark)[: data.accounts] = memoryview(terminal)
        for theft in thefts:
            stream.want(*theft)
        with ThreadPoolExecutor(1) as decoder:
            coming = batches(data)
            waiting = decoder.submit(next, coming, None)
            while (batch := waiting.result()) is not None:
                waiting = decoder.submit(next, coming, None)
                at, debtor, creditor, amount = (memoryview(batch[n].to_numpy()) for n in KINDS)
                stream.spend_room(int(batch["amount"].to_numpy().sum()))
                stream.feed(at, debtor, creditor, amount, 0, len(batch))
        return holdings(stream)

    return ask


def holdings(stream: Any) -> Any:
    """Where the money of every theft lies after a stream: theft, account, amount."""
    tainted = np.flatnonzero(np.frombuffer(stream.mark, np.uint8) & TAINTED).tolist()
    rows = [
        (theft, account, amount)
        for account in tainted
        for theft, amount in stream.inside(account).items()
    ]
    rows += [(theft, account, amount) for (theft, account), amount in stream.ended.items()]
    return np.array(rows, np.int64).reshape(-1, 3)
