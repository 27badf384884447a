"""The drawing of money flow over time: exact where it is small, bounded where it is large."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.present.stories import ZONE, at, moves
from tests.present.test_flow import pay, stolen

from fanzha.money.movements import Movements, gather
from fanzha.money.trace import trace
from fanzha.present.flow import Rows, draw
from fanzha.present.flow_play import MOMENTS, PARTS, play


def played(movements: Movements, method: str) -> dict[str, Any]:
    found = trace(movements, method)
    return play(found, draw(found, movements, Rows(ZONE)))


def test_every_instant_of_a_small_case_is_shown() -> None:
    movements = moves()
    said = played(movements, "fifo")
    booked = {c.payment.booked_at.timestamp() for c in trace(movements, "fifo").carried}
    assert said["times"] == sorted(booked)
    assert min(booked) == at("14:01:00").timestamp()


@pytest.mark.parametrize("method", ["fifo", "pro_rata"])
def test_many_payments_are_shown_together_and_all_counted(method: str) -> None:
    """2,000 payments of 20 thefts are a page of usual weight, and nothing is lost at the end."""
    thefts = range(20)
    paid = [pay(1 + t, f"V{t}", "M", 1_000_000) for t in thefts]
    paid += [pay(100 + i, "M", f"P{i % 300:03}", 9_000 + i) for i in range(2000)]
    movements = gather(paid, [stolen(f"T{t}", f"V{t}", "M", 1_000_000) for t in thefts])
    said = played(movements, method)
    (picture,) = said["pictures"]
    carried = {id(c.payment) for c in trace(movements, method).carried}
    assert len(said["times"]) <= MOMENTS
    assert said["payments"][-1][1] == len(carried)
    ended = [steps[-1][1] for bands in picture["ribbons"] for steps in bands if steps]
    assert set(ended) == {PARTS}
    assert sum(n["there"][-1][1] for n in picture["nodes"] if "there" in n) == 20_000_000
    assert len(orjson.dumps(said)) < 100_000
