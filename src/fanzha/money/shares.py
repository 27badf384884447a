"""Sharing several held accounts among victims at once, so that no order of accounts matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fanzha.money.rounding import share_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Pot:
    """The money of one account that is to be shared, by theft.

    `weights` say in which proportion, `caps` what each may get here at most (none: no limit here),
    `floors` what each was paid from here already and keeps.
    """

    total: int
    weights: Mapping[str, int]
    caps: Mapping[str, int] = field(default_factory=dict)
    floors: Mapping[str, int] = field(default_factory=dict)


def share_pots(pots: Sequence[Pot], room: Mapping[str, int]) -> list[dict[str, int]]:
    """What each theft gets from each pot; over all pots together never more than its `room`.

    Every pot is shared by its own weights first. A theft that would get more than its room from
    all of them gives back in each in proportion to what it got there, and the others share that
    anew, until nobody is over. So the order of the pots changes nothing, and a victim's limit is
    not used up by the accounts that happen to stand first.

    >>> share_pots([Pot(total=60, weights={"T": 1, "U": 1})] * 2, {"T": 20, "U": 999})
    [{'T': 10, 'U': 50}, {'T': 10, 'U': 50}]
    """
    fixed: list[dict[str, int]] = [{} for _ in pots]
    shares = [_share(pot, {}) for pot in pots]
    places: dict[str, list[int]] = defaultdict(list)
    for place, pot in enumerate(pots):
        for theft_id in pot.weights:
            places[theft_id].append(place)
    waiting = set(places)
    while over := sorted(_over(waiting, places, shares, room)):
        touched: set[int] = set()
        for theft_id in over:
            _give_back(theft_id, places[theft_id], pots, shares, fixed, room[theft_id])
            touched.update(places[theft_id])
        waiting -= set(over)
        for place in touched:
            shares[place] = _share(pots[place], fixed[place])
    return shares


def _over(
    waiting: Iterable[str],
    places: Mapping[str, Sequence[int]],
    shares: Sequence[Mapping[str, int]],
    room: Mapping[str, int],
) -> list[str]:
    return [t for t in waiting if sum(shares[place][t] for place in places[t]) > room[t]]


def _give_back(
    theft_id: str,
    places: Sequence[int],
    pots: Sequence[Pot],
    shares: Sequence[Mapping[str, int]],
    fixed: Sequence[dict[str, int]],
    room: int,
) -> None:
    """Keep exactly `room` in proportion to what was got; what was paid already is kept anyway."""
    floors = [pots[place].floors.get(theft_id, 0) for place in places]
    above = [shares[p][theft_id] - floor for p, floor in zip(places, floors, strict=True)]
    kept = share_out(max(0, room - sum(floors)), above)
    for place, floor, more in zip(places, floors, kept, strict=True):
        fixed[place][theft_id] = floor + more


def _share(pot: Pot, fixed: Mapping[str, int]) -> dict[str, int]:
    """Share by weight; who reaches a cap or floor keeps that, and the others share the rest anew.

    The side that is further off is settled first, which is what makes one pass enough to be right
    (as in CSS flexible boxes, section 9.7).
    """
    shares = dict(fixed)
    open_to = {t: w for t, w in pot.weights.items() if t not in fixed}
    left = pot.total - sum(fixed.values())
    while open_to:
        parts = dict(zip(open_to, share_out(left, list(open_to.values())), strict=True))
        low = {t: f for t in open_to if (f := pot.floors.get(t, 0)) > parts[t]}
        high = {t: c for t in open_to if (c := _cap(pot, t)) is not None and c < parts[t]}
        too_little = sum(floor - parts[t] for t, floor in low.items())
        too_much = sum(parts[t] - cap for t, cap in high.items())
        settled = (high if too_much >= too_little else low) or parts
        shares.update(settled)
        left -= sum(settled.values())
        for theft_id in settled:
            del open_to[theft_id]
    return {theft_id: shares[theft_id] for theft_id in pot.weights}


def _cap(pot: Pot, theft_id: str) -> int | None:
    cap = pot.caps.get(theft_id)
    return None if cap is None else max(cap, pot.floors.get(theft_id, 0))
