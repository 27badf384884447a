"""A look at every payment finds whom a search finds, at the same first payments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.money.test_search import CASES, Case, several

from fanzha.money import follow
from fanzha.money.follow import NO_BOUND, Reached, reachable

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
