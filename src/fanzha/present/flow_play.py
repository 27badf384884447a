"""The drawing of money flow over time: when how much of each ribbon and account has moved."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fanzha.model.money import decimals
from fanzha.money.trace import Trace
from fanzha.present.fate import BOUND, DISPUTED, Leg
from fanzha.present.flow import Drawing
from fanzha.present.flow_graph import Node, Ribbon
from fanzha.present.flow_layout import Band, Box, PlacedNode

Steps = list[list[float]]  # [instant, value from then on], by the place of the instant in `times`
_Moves = list[tuple[int, int]]  # place of the instant, what came (or left, below zero)
PARTS = 10_000  # a ribbon's width in whole numbers: fewer letters on the way to the browser
MOMENTS = (
    300  # beyond this neighbouring instants are shown as one: nobody sees more in half a minute
)
FINEST = 0.5  # px by which something must grow to be drawn anew


def play(found: Trace, drawings: Sequence[Drawing]) -> dict[str, Any]:
    """What the player needs beside the pictures of a trace, as plain JSON.

    `times` are the instants (epoch seconds) at which anything moved, of many the last of each of
    300 groups, and every other list of steps speaks of them by their place. A ribbon has for each
    of its bands how much of it has moved (of 10,000). A node has the first instant at which it is
    `seen`, how much of its bar is filled (`full`), the stolen money in it (`there`, minor units;
    none where a sum would mean nothing), and for each box that stays how much has come. `labels`
    are the ribbons whose time is written, by their place.
    """
    carried = [leg for drawing in drawings for leg in drawing.graph.carried]
    payments = {id(leg.payment): leg.payment.booked_at.timestamp() for leg in carried}
    instants = sorted(set(payments.values()))
    size = math.ceil(len(instants) / MOMENTS)
    place = {instant: number // size for number, instant in enumerate(instants)}
    times = [
        instants[min(at + size, len(instants)) - 1] for at in range(0, len(instants), size or 1)
    ]
    at = {payment: place[instant] for payment, instant in payments.items()}
    return {
        "times": times,
        "payments": _running((number, 1) for number in at.values()),
        "pictures": [_Player(found, drawing, at).picture() for drawing in drawings],
    }


class _Player:
    def __init__(self, found: Trace, drawing: Drawing, at: Mapping[int, int]) -> None:
        self.drawing, self.graph, self.at = drawing, drawing.graph, at
        self.moved: dict[int, dict[str, _Moves]] = defaultdict(lambda: defaultdict(list))
        self.left: dict[int, _Moves] = defaultdict(list)
        self.disputed: dict[tuple[int, str], _Moves] = defaultdict(list)
        self._follow(found)

    def picture(self) -> dict[str, Any]:
        """One picture's part of what `play` gives."""
        ribbons, nodes = self.drawing.layout.ribbons, self.drawing.layout.nodes
        thefts = [leg for leg in self.graph.carried if leg.theft]
        return {
            "first": self.drawing.first,
            "currency": self.graph.nodes[0].currency,
            "decimals": decimals(self.graph.nodes[0].currency),
            "labels": [number for number, placed in enumerate(ribbons) if placed.label],
            "ribbons": [[self._band(p.ribbon, band) for band in p.bands] for p in ribbons],
            "nodes": [self._node(placed) for placed in nodes],
            "stolen": _running((self._when(leg), leg.amount) for leg in thefts),
        }

    def _when(self, leg: Leg) -> int:
        return self.at[id(leg.payment)]

    def _follow(self, found: Trace) -> None:
        """By node and theft what came and went; what a victim paid was never stolen before."""
        carried_off: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for part in found.disputed:
            carried_off[part.by].append((part.theft_id, part.amount))
        for leg in self.graph.carried:
            source, target = (id(self.graph.drawn[a]) for a in (leg.source, leg.target))
            number = self._when(leg)
            if leg.theft:
                self.left[source].append((number, leg.amount))
                for theft_id, amount in carried_off[leg.theft_id]:
                    self.moved[source][theft_id].append((number, -amount))
                    self.disputed[source, theft_id].append((number, amount))
            elif source != target:
                self.moved[source][leg.theft_id].append((number, -leg.amount))
            if source != target:
                self.moved[target][leg.theft_id].append((number, leg.amount))

    def _band(self, ribbon: Ribbon, band: Band) -> Steps:
        if band.look == "own":
            own = ((self.at[payment], size) for payment, size in _own(ribbon.legs))
            return _parts(own, band.height)
        moved = (
            (self._when(leg), size)
            for leg in ribbon.legs
            if band.theft in ("", leg.theft_id)
            for fate, size in leg.parts
            if fate == band.look
        )
        return _parts(moved, band.height)

    def _node(self, placed: PlacedNode) -> dict[str, Any]:
        node = placed.node
        listed = [move for moves in self.moved[id(node)].values() for move in moves]
        came = [(number, size) for number, size in listed if size > 0]
        left = self.left[id(node)]
        said: dict[str, Any] = {
            "seen": min((number for number, _ in (*came, *left)), default=0),
            "full": _parts(came or left, placed.height),
            "boxes": [self._box(node, box) for box in placed.boxes],
        }
        if node.bound is None and came:
            said["there"] = _running(listed)
        return said

    def _box(self, node: Node, box: Box) -> Steps | None:
        """How far a box is filled; None for the bar and for own money, which `full` fills."""
        if box.look in ("bar", "own"):
            return None
        moves = self.moved[id(node)]
        if box.look == DISPUTED:
            return _parts(self.disputed[id(node), box.theft], box.height)
        if box.look == BOUND:
            came = ((n, size) for listed in moves.values() for n, size in listed if size > 0)
            return _parts(came, box.height)
        stays = node.held[box.theft]
        shares = ((number, size / stays) for number, size in _running(moves[box.theft]))
        steps = [[number, round(PARTS * max(0, min(1, share)))] for number, share in shares]
        return _seen(steps, box.height)


def _own(legs: Iterable[Leg]) -> Iterator[tuple[int, int]]:
    """The own money of each payment in a ribbon."""
    stolen: dict[int, int] = defaultdict(int)
    payments = {}
    for leg in legs:
        stolen[id(leg.payment)] += leg.amount
        payments[id(leg.payment)] = leg.payment
    for key, payment in payments.items():
        yield key, max(0, payment.amount - stolen[key])


def _running(moves: Iterable[tuple[int, float]]) -> Steps:
    """The sum after each instant.

    >>> _running([(0, 5), (2, 1), (0, 2)])
    [[0, 7], [2, 8]]
    """
    sums: dict[int, float] = defaultdict(int)
    for number, size in moves:
        sums[number] += size
    steps: Steps = []
    for number in sorted(sums):
        steps.append([number, sums[number] + (steps[-1][1] if steps else 0)])
    return steps


def _parts(moves: Iterable[tuple[int, float]], height: float) -> Steps:
    """The same as parts of 10,000 of the whole, for something that is so high at the end.

    >>> _parts([(0, 30), (1, 10)], 20), _parts([(0, 30), (1, 5), (2, 5)], 2)
    ([[0, 7500], [1, 10000]], [[0, 7500], [2, 10000]])
    """
    steps = _running(moves)
    whole = steps[-1][1] if steps else 0
    parts = [[number, round(PARTS * size / whole)] for number, size in steps] if whole else []
    return _seen(parts, height)


def _seen(steps: Steps, height: float) -> Steps:
    """Without steps that nobody could see; the first and the last stay."""
    finest = PARTS * FINEST / height if height > 0 else PARTS
    kept: Steps = steps[:1]
    for step in steps[1:-1]:
        if abs(step[1] - kept[-1][1]) > finest:
            kept.append(step)
    return kept + steps[1:][-1:]
