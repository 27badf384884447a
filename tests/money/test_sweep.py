"""A look at every payment finds whom a search finds, at the same first payments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.money.test_search import CASES, Case, several

from fanzha.money import follow
from fanzha.money.follow import NO_BOUND, Facts, Reached, reachable
from fanzha.money.index import Index, Totals, build_segment

STARTS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 25)), max_size=3)


def seen(found: Reached) -> dict[int, int]:
    return dict(zip(found.accounts.tolist(), found.first.tolist(), strict=True))


@given(case=CASES, starts=STARTS)
@several
def test_a_sweep_finds_what_a_search_finds(case: Case, starts: list[tuple[str, int]]) -> None:
    ids = {account.number: at for at, account in enumerate(case.names.accounts)}
    begun = [(ids[name], at) for name, at in starts if name in ids]
    asked = (case.index, case.facts, case.positions, case.limit, begun)
    searched = reachable(*asked, budget=NO_BOUND - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "FEW", 1 << 40)  # nothing is searched
        swept = reachable(*asked)
    assert seen(swept) == seen(searched)
    assert len(swept.accounts) == len(seen(swept))
    assert swept.cut == 0


@pytest.mark.parametrize("span", [500, 50_000, 50_000_000])  # nearly all rows share an instant, few
@pytest.mark.parametrize("seed", range(3))
def test_and_so_it_does_where_nobody_and_where_nearly_everybody_has_money(
    span: int, seed: int
) -> None:
    chance = np.random.default_rng(seed)
    rows, accounts = 6_000, 400
    at = np.sort(chance.integers(0, span, rows))
    ends = [chance.integers(0, accounts, rows).astype(np.int32) for _ in range(2)]
    totals = Totals.nothing()
    parts = [
        build_segment(a, at[a:b], ends[0][a:b], ends[1][a:b], np.ones(b - a, np.int64), totals)
        for a, b in ((0, 1_000), (1_000, rows))
    ]
    index, facts = Index(parts, accounts), Facts.of(accounts, {}, [1, 2, 3])
    for position in (10, 990, 3_000):
        asked = (index, facts, [position - 1], None, [(5, position)])
        searched = reachable(*asked, budget=NO_BOUND - 1)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(follow, "FEW", 1 << 40)
            swept = reachable(*asked)
        assert seen(swept) == seen(searched)
        assert len(swept.accounts) > accounts // 2
