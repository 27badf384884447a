"""One peer, one question, in a process of its own: `benchmarks/money.py` starts it.

    python -m benchmarks.money_peers QUESTION PEER FOLDER OUT RUNS

Loads, then answers as often as asked, and writes the answer and the seconds. Every peer gets its
data in the form that it likes best before the clock starts; what that took is `prepare`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from benchmarks.money_data import Data, Question
from benchmarks.money_ours import (
    ONE_BY_ONE,
    Ask,
    batches,
    ours_each,
    ours_fifo,
    ours_index,
    ours_one,
    ours_parquet,
    ours_reach,
)

from fanzha.money.index import ROW

ONE_THEFT_IN = 8_000  # payments, of a batch: 1,250 thefts in ten million
WEIGHTS = (1_000_003, 998_244_353)  # of columns in a checksum
SLOW = 60.0  # seconds after which a question is not asked again
ENOUGH, MOST = 6.0, 15  # seconds up to which a quick one is asked more often, and how often at most


def arrow_parquet(data: Data) -> Ask:
    """The same file only decoded, by pyarrow."""
    return lambda: np.array([sum(len(batch) for batch in batches(data))])


# DuckDB.


def duck(data: Data) -> Any:
    """A database in memory with the payments in order."""
    import duckdb

    base = duckdb.connect()
    arrays = {
        "pos": np.arange(len(data.at), dtype=np.int64),
        "debtor": data.debtor,
        "creditor": data.creditor,
        "amount": data.amount,
        "live": data.live,
    }
    rows = pa.table({name: pa.array(np.asarray(column)) for name, column in arrays.items()})
    base.register("rows", rows)
    base.execute("CREATE TABLE p AS SELECT * FROM rows ORDER BY pos")
    base.unregister("rows")
    return base


DUCK_INDEX = """CREATE OR REPLACE TABLE idx AS SELECT *,
  (sum(amount) OVER (PARTITION BY debtor ORDER BY pos ROWS UNBOUNDED PRECEDING) - amount)::BIGINT
    AS cout,
  (sum(amount) OVER (PARTITION BY creditor ORDER BY pos ROWS UNBOUNDED PRECEDING) - amount)::BIGINT
    AS cin
  FROM p"""


DUCK_PACKED = [
    f"CREATE OR REPLACE TABLE {name} AS FROM idx ORDER BY {side}, pos"
    for name, side in (("outgoing", "debtor"), ("incoming", "creditor"))
]


DUCK_HEIGHTS = """CREATE OR REPLACE TABLE heights AS
  SELECT o.pos, (coalesce(i.cin + i.amount, 0) - o.cout - o.amount)::BIGINT AS low
  FROM outgoing o ASOF LEFT JOIN incoming i ON i.creditor = o.debtor AND i.pos < o.pos"""

DUCK_BUILT = {
    "sums": [DUCK_INDEX],
    "index": [DUCK_INDEX, *DUCK_PACKED],
    "heights": [DUCK_INDEX, *DUCK_PACKED, DUCK_HEIGHTS],
}


def duck_index(question: str, data: Data) -> Ask:
    """The two prefix sums as two window sums, and what else is asked for."""
    base = duck(data)

    def ask() -> Any:
        for text in DUCK_BUILT[question]:
            base.execute(text)
        return base

    return ask


DUCK_REACH = """WITH RECURSIVE r(account, since) USING KEY (account) AS (
  SELECT {account}::INTEGER, {begin}::BIGINT
  UNION
  SELECT p.creditor, min(p.pos) + 1
  FROM r JOIN p ON p.debtor = r.account AND p.pos >= r.since
  LEFT JOIN recurring.r AS k ON k.account = p.creditor
  WHERE p.live AND p.pos >= {begin} AND p.pos < {end}
    AND (k.since IS NULL OR p.pos + 1 < k.since)
  GROUP BY p.creditor
) SELECT account FROM r"""


def duck_reach(data: Data, questions: list[Question]) -> Ask:
    """A recursive query that keeps the earliest arrival of each account."""
    base = duck(data)
    texts = [DUCK_REACH.format(account=q.account, begin=q.begin, end=q.end) for q in questions]
    return lambda: [base.execute(text).fetchnumpy()["account"] for text in texts]


DUCK_FIFO = """WITH RECURSIVE s(theft, account, lo, hi) AS (
  SELECT t.theft, i.creditor, o.opening + i.cin, o.opening + i.cin + i.amount
  FROM t JOIN idx i USING (pos) JOIN o ON o.account = i.creditor WHERE t.theft {which}
  UNION ALL
  SELECT s.theft, i.creditor,
    o.opening + i.cin + greatest(s.lo, i.cout) - i.cout,
    o.opening + i.cin + least(s.hi, i.cout + i.amount) - i.cout
  FROM s JOIN live i ON i.debtor = s.account AND i.cout < s.hi AND i.cout + i.amount > s.lo
  JOIN o ON o.account = i.creditor
), rests AS (
  SELECT s.theft, s.account,
    CASE WHEN o.terminal THEN hi - lo ELSE greatest(0, hi - greatest(lo, o.paid)) END AS amount
  FROM s JOIN o USING (account)
) SELECT theft, account, sum(amount)::BIGINT AS amount FROM rests
  GROUP BY ALL HAVING sum(amount) > 0"""


def duck_fifo(data: Data) -> Ask:
    """An interval join over the two prefix sums, hop by hop."""
    base = duck_traced(data)
    return lambda: duck_follow(base, ">= 0")


def duck_one(data: Data) -> Ask:
    """The same for a few thefts, each asked for by itself."""
    base = duck_traced(data)
    few = range(min(ONE_BY_ONE, len(data.theft)))
    return lambda: np.concatenate([duck_follow(base, f"= {number}") for number in few])


def duck_follow(base: Any, which: str) -> Any:
    """Where the money of these thefts lies."""
    found = base.execute(DUCK_FIFO.format(which=which)).fetchnumpy()
    return np.stack([found[name] for name in ("theft", "account", "amount")], axis=1)


def duck_traced(data: Data) -> Any:
    """Both prefix sums, thefts, and what is known of accounts."""
    base = duck(data)
    base.execute(DUCK_INDEX)
    paid = np.zeros(data.accounts, np.int64)
    np.add.at(paid, data.debtor, data.amount)
    known = {
        "account": np.arange(data.accounts, dtype=np.int32),
        "opening": np.asarray(data.opening),
        "terminal": np.asarray(data.terminal, bool),
        "paid": paid,
    }
    accounts = pa.table({name: pa.array(column) for name, column in known.items()})
    theft = pa.array(np.arange(len(data.theft)))
    thefts = pa.table({"theft": theft, "pos": pa.array(np.asarray(data.theft))})
    base.register("known", accounts)
    base.register("stolen", thefts)
    base.execute("CREATE TABLE o AS FROM known")
    base.execute("CREATE TABLE t AS FROM stolen")
    going = "FROM idx WHERE live AND pos NOT IN (SELECT pos FROM t) ORDER BY debtor, pos"
    base.execute(f"CREATE TABLE live AS {going}")
    return base


# Others, for reach.


def polars_reach(data: Data, questions: list[Question]) -> Ask:
    """Joins of a frontier with the payments, hop by hop."""
    import polars as pl

    columns = {"debtor": np.asarray(data.debtor), "creditor": np.asarray(data.creditor)}
    frame = pl.DataFrame({**columns, "live": data.live}).with_row_index("pos")

    def one(q: Question) -> Any:
        window = frame.slice(q.begin, q.end - q.begin).filter(pl.col("live"))
        best = np.full(data.accounts, len(data.at), np.int64)
        best[q.account] = q.begin
        front = pl.DataFrame({"debtor": np.array([q.account], np.int32), "since": [q.begin]})
        while len(front):
            came = (
                window.join(front, on="debtor")
                .filter(pl.col("pos") >= pl.col("since"))
                .group_by("creditor")
                .agg(pl.col("pos").min())
            )
            who, since = came["creditor"].to_numpy(), came["pos"].to_numpy().astype(np.int64) + 1
            better = since < best[who]
            best[who[better]] = since[better]
            front = pl.DataFrame({"debtor": who[better], "since": since[better]})
        return np.flatnonzero(best < len(data.at))

    return lambda: [one(q) for q in questions]


def python_reach(data: Data, questions: list[Question]) -> Ask:
    """Earliest arrival with a heap over lists of each account's payments."""
    paid: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for position in np.flatnonzero(data.live).tolist():
        positions, creditors = paid[int(data.debtor[position])]
        positions.append(position)
        creditors.append(int(data.creditor[position]))

    def rows(account: int, since: int, end: int) -> Any:
        positions, creditors = paid.get(account, ((), ()))
        first, last = bisect_left(positions, since), bisect_left(positions, end)
        return zip(positions[first:last], creditors[first:last], strict=True)

    return lambda: [earliest(q, rows) for q in questions]


def networkx_reach(data: Data, questions: list[Question]) -> Ask:
    """The same over a graph of networkx."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    live = np.flatnonzero(data.live)
    debtors, creditors = data.debtor[live].tolist(), data.creditor[live].tolist()
    graph.add_edges_from(zip(debtors, creditors, live.tolist(), strict=True))  # the key is the time

    def rows(account: int, since: int, end: int) -> Any:
        if account in graph:
            for _, creditor, position in graph.out_edges(account, keys=True):
                if since <= position < end:
                    yield position, creditor

    return lambda: [earliest(q, rows) for q in questions]


def earliest(q: Question, rows: Callable[[int, int, int], Any]) -> Any:
    """Dijkstra over time: every account once, at its earliest."""
    best = {q.account: q.begin}
    heap = [(q.begin, q.account)]
    while heap:
        since, account = heappop(heap)
        if since > best[account]:
            continue
        for position, creditor in rows(account, since, q.end):
            if position + 1 < best.get(creditor, q.end + 1):
                best[creditor] = position + 1
                heappush(heap, (position + 1, creditor))
    return np.array(sorted(best), np.int64)


def igraph_reach(data: Data, questions: list[Question]) -> Ask:
    """All that can be reached when time is ignored, as graph libraries do."""
    import igraph

    ends = np.stack((data.debtor[data.live], data.creditor[data.live]), axis=1)
    graph = igraph.Graph(n=data.accounts, edges=ends, directed=True)
    return lambda: [np.array(graph.subcomponent(q.account, mode="out")) for q in questions]


def raphtory_reach(data: Data, questions: list[Question]) -> Ask:
    """Raphtory's own algorithm."""
    from raphtory import Graph, algorithms

    graph = Graph()
    live = np.flatnonzero(data.live)
    edges = pa.table(
        {
            "time": pa.array(live),
            "src": pa.array(data.debtor[live].astype(np.int64)),
            "dst": pa.array(data.creditor[live].astype(np.int64)),
        }
    )
    graph.load_edges(edges, time="time", src="src", dst="dst")

    def one(q: Question) -> Any:
        if not graph.has_node(q.account):
            return np.array([q.account])
        part = graph.window(q.begin, q.end)
        if not part.has_node(q.account):
            return np.array([q.account])
        found: Any = algorithms.temporally_reachable_nodes(part, 1 << 30, q.begin - 1, [q.account])
        reached = [int(n.name) for n, times in found.items() if times["reachable_nodes"]]
        return np.array(sorted({q.account, *reached}))

    return lambda: [one(q) for q in questions]


REACH: dict[str, Callable[[Data, list[Question]], Ask]] = {
    "ours": ours_reach,
    "duckdb": duck_reach,
    "python": python_reach,
    "polars": polars_reach,
    "networkx": networkx_reach,
    "raphtory": raphtory_reach,
    "igraph": igraph_reach,
}
OTHER: dict[str, dict[str, Callable[[Data], Ask]]] = {
    **{q: {"ours": ours_index, "duckdb": partial(duck_index, q)} for q in DUCK_BUILT},
    "fifo": {"ours": ours_fifo, "duckdb": duck_fifo},
    "batch": {"ours": ours_fifo, "duckdb": duck_fifo},
    "one": {"ours": ours_one, "duckdb": duck_one},
    "each": {"ours": ours_each},
    "parquet": {"ours": ours_parquet, "pyarrow": arrow_parquet},
}


def main(question: str, peer: str, folder: str, out: str, runs: str) -> None:
    """Prepare, ask, write."""
    data = Data(Path(folder))
    if question in ("batch", "parquet"):
        data.theft = few(data)
    began = time.perf_counter()
    if question in ("near", "far"):
        ask = REACH[peer](data, data.questions(question == "near"))
    else:
        ask = OTHER[question][peer](data)
    prepare = time.perf_counter() - began
    seconds: list[float] = []
    while len(seconds) < int(runs) or (sum(seconds) < ENOUGH and len(seconds) < MOST):
        answer = None
        began = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - began)
        if seconds[0] > SLOW:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    Path(out).write_text(
        json.dumps({"seconds": seconds, "prepare": prepare, "peak": peak}), encoding="utf-8"
    )
    np.save(f"{out}.npy", np.array(plain(question, answer), np.int64))


def few(data: Data) -> Any:
    """One theft in so many payments, from all of the time."""
    return data.theft[:: max(1, len(data.theft) * ONE_THEFT_IN // len(data.at))]


def plain(question: str, answer: Any) -> Any:
    """An answer as numbers that can be compared."""
    if question in DUCK_BUILT:
        return checksum(answer, ("low",) if question == "heights" else ("cout", "cin"))
    if question in ("each", "parquet") and answer.ndim == 1:
        return answer
    if question in ("fifo", "batch", "one", "parquet"):
        return answer[np.lexsort((answer[:, 1], answer[:, 0]))]
    return [(n, account) for n, found in enumerate(answer) for account in sorted(found.tolist())]


def checksum(answer: Any, names: tuple[str, ...]) -> Any:
    """One number over some columns of all payments, whatever their order."""
    if hasattr(answer, "out"):
        out = answer.out
        found = {"cout": out[:, 0], "cin": out[:, 2], "pos": out[:, 3] & ROW, "low": answer.low}
    else:
        table = "heights" if "low" in names else "idx"
        found = answer.execute(f"SELECT {', '.join(names)}, pos FROM {table}").fetchnumpy()
    mixed = sum(found[name] * weight for name, weight in zip(names, WEIGHTS, strict=False))
    return [int((mixed * (2 * found["pos"] + 1)).sum())]


if __name__ == "__main__":
    main(*sys.argv[1:])
