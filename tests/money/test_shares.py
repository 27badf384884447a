"""Several accounts shared at once: limits hold, the order of accounts is nothing."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from fanzha.money.rounding import share_out
from fanzha.money.shares import Pot, share_pots

NAMES = ("T", "U", "V", "W")


@st.composite
def pots(draw: st.DrawFn) -> Pot:
    weights = draw(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 50), min_size=1))
    floors = {t: draw(st.integers(0, 5)) for t in weights if draw(st.booleans())}
    caps = {t: draw(st.integers(0, 60)) for t in weights} if draw(st.booleans()) else {}
    total = sum(floors.values()) + draw(st.integers(0, 80))
    return Pot(total=total, weights=weights, caps=caps, floors=floors)


ROOM = st.fixed_dictionaries({t: st.integers(0, 90) for t in NAMES})


@given(st.lists(pots(), min_size=1, max_size=4), ROOM)
def test_no_limit_is_broken_and_what_was_paid_is_kept(
    found: list[Pot], room: dict[str, int]
) -> None:
    shares = share_pots(found, room)
    for pot, got in zip(found, shares, strict=True):
        assert set(got) == set(pot.weights)
        assert sum(got.values()) <= pot.total
        for theft_id, amount in got.items():
            floor = pot.floors.get(theft_id, 0)
            assert floor <= amount <= max(floor, pot.caps.get(theft_id, pot.total))
    for theft_id in NAMES:
        floors = sum(p.floors.get(theft_id, 0) for p in found)
        assert sum(g.get(theft_id, 0) for g in shares) <= max(room[theft_id], floors)


@given(st.lists(pots(), min_size=2, max_size=4), ROOM, st.randoms())
def test_the_order_of_the_accounts_changes_nothing(
    found: list[Pot], room: dict[str, int], rnd: object
) -> None:
    """But for a unit of rounding where a victim gives back in equal accounts."""
    order = list(range(len(found)))
    rnd.shuffle(order)  # type: ignore[attr-defined]
    straight = share_pots(found, room)
    turned = share_pots([found[i] for i in order], room)
    for place, i in enumerate(order):
        for theft_id, amount in turned[place].items():
            assert abs(amount - straight[i][theft_id]) <= len(NAMES) * len(found)


@given(pots(), ROOM)
def test_one_account_is_shared_as_the_plain_rule_says(pot: Pot, room: dict[str, int]) -> None:
    plain = Pot(total=pot.total, weights=pot.weights)
    (got,) = share_pots([plain], room)
    assert got == _plainly(pot.total, pot.weights, room)


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 50), min_size=1), ROOM)
def test_one_account_whose_shares_are_capped_by_what_was_traced_is_too(
    traced: dict[str, int], room: dict[str, int]
) -> None:
    total = sum(traced.values()) * 2 // 3
    (got,) = share_pots([Pot(total=total, weights=traced, caps=traced)], room)
    plain = _plainly(total, traced, {t: min(room[t], w) for t, w in traced.items()})
    assert all(abs(got[t] - plain[t]) <= 1 for t in traced)  # a unit, where two limits are met
    assert sum(got.values()) == sum(plain.values())


def _plainly(total: int, weights: Mapping[str, int], caps: Mapping[str, int]) -> dict[str, int]:
    """Who reaches the limit keeps it, and the others share the rest anew."""
    shares: dict[str, int] = {}
    open_to, left = dict(weights), total
    while open_to:
        parts = dict(zip(open_to, share_out(left, list(open_to.values())), strict=True))
        full = [t for t, part in parts.items() if part > caps[t]]
        for theft_id in full or parts:
            shares[theft_id] = caps[theft_id] if full else parts[theft_id]
            left -= shares[theft_id]
            del open_to[theft_id]
    return shares


def test_a_victims_limit_is_not_used_up_by_the_account_that_stands_first() -> None:
    found = [Pot(total=100, weights={"T": 1, "U": 1}), Pot(total=100, weights={"T": 1, "V": 1})]
    shares = share_pots(found, {"T": 50, "U": 999, "V": 999})
    assert shares == [{"T": 25, "U": 75}, {"T": 25, "V": 75}]
