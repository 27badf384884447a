"""Where everything of the drawing stands, in pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby

from fanzha.present.flow_graph import ALTERNATIVE, Graph, Node, Ribbon

TALLEST = 300  # px that the column with most money takes for money alone
BAR = 12
POOL = 30  # how far what stays in an account stands out of its bar
LABEL = 34  # two lines of text over every bar
GAP = 14
MAX_NAME = 16  # characters of a masked name in the picture
OWN_LABEL = 12  # a line of text under a bar with own money
TOP = 46  # the heads of the columns
MARGIN = 12
PITCH = (200, 300)
SCREEN = 1250  # px that a page of usual width has for the picture
THINNEST = 1.5
SAMPLE = 8  # px that the band of a legend has at least
EDGED = 4
BESIDE = 16  # the box of an alternative carrier, which has no scale
TIGHTEST = 12  # px between two times that are written under each other
THIN = 10  # px: the time of a thinner ribbon stands above it, not on it
TIMED = 80  # px that a time and whose money it is take
ASIDE = (0, 12, -12, 22)  # px by which a time steps aside for a name
DROP = 60  # px that a bar may stand below the one above it even in the tallest column
OWN_LIMIT = 2.0  # own money is drawn to scale up to this many times the stolen, then broken off
LEAST_OWN = 6  # px up to which it is drawn in any case

FATES = ("disputed", "resting", "last_seen", "abroad", "offramp", "merchant", "cash", "bound")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of one look; `theft` is empty for own money."""

    x: float
    y: float
    width: float
    height: float
    look: str
    theft: str = ""


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A bar with what stays in it (`boxes`); its label begins at `x`, above `y`."""

    node: Node
    x: float
    y: float
    height: float
    boxes: tuple[Box, ...]
    broken: bool


@dataclass(frozen=True, slots=True)
class Band:
    """One look of a ribbon as an SVG path."""

    path: str
    look: str
    theft: str
    height: float

    @property
    def wide(self) -> bool:
        """Whether it is wide enough for an edge."""
        return self.height >= EDGED


@dataclass(frozen=True, slots=True)
class PlacedRibbon:
    """A ribbon's bands, and where its time may be written (None: too thin, see the node)."""

    ribbon: Ribbon
    bands: tuple[Band, ...]
    label: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole drawing."""

    width: float
    height: float
    nodes: list[PlacedNode]
    ribbons: list[PlacedRibbon]
    columns: list[tuple[float, list[Node]]]
    beside: list[tuple[str, Node]]
    unit: float  # px for a minor unit of money

    @property
    def sample(self) -> tuple[int, float]:
        """A round amount (minor units) and how thick a band of it is, for a legend."""
        size = 1
        for factor in cycle((2, 5, 10)):
            amount = factor * size
            if amount * self.unit >= SAMPLE:
                return amount, amount * self.unit
            size *= 10 if factor == 10 else 1
        raise AssertionError


class Scale:
    """Pixels for money; what is there is never thinner than a hair."""

    def __init__(self, graph: Graph) -> None:
        totals: dict[int, float] = defaultdict(float)
        for node in (n for n in graph.nodes if n.fate != ALTERNATIVE):
            totals[node.column] += _stolen(node, graph)
        self.unit = TALLEST / max(max(totals.values(), default=1), 1)

    def __call__(self, amount: float) -> float:
        return max(amount * self.unit, THINNEST) if amount > 0 else 0.0

    def own(self, amount: int, stolen: float) -> tuple[float, bool]:
        """Height of own money beside this much stolen money, and whether it was broken off."""
        whole, limit = self(amount), max(LEAST_OWN, OWN_LIMIT * self(stolen))
        return min(whole, limit), whole > limit

    def own_in(self, ribbon: Ribbon) -> float:
        """Height of the own money in a ribbon."""
        return self.own(ribbon.own, ribbon.carried)[0]


def _stolen(node: Node, graph: Graph) -> float:
    gone = sum(sum(r.bands.values()) for r in graph.ribbons if r.source is node)
    return max(node.came_in, gone)


def lay_out(graph: Graph) -> Layout:
    """Columns by level, accounts in the order of their first credit, ribbons without knots."""
    scale = Scale(graph)
    into, out = _ends(graph.ribbons)
    heights = {id(n): _height(n, scale, into[id(n)], out[id(n)]) for n in graph.nodes}
    columns = [
        list(members)
        for _, members in groupby(
            sorted(graph.nodes, key=lambda n: (n.column, n.others, n.first_at, n.key)),
            key=lambda n: n.column,
        )
    ]
    pitch = _pitch(graph.nodes, len(columns))
    tops = _tops(columns, heights, into)
    xs = {id(n): MARGIN + pitch * i for i, members in enumerate(columns) for n in members}
    names = [_name_of(n, xs, tops) for n in graph.nodes]
    ribbons = list(_paths(graph.ribbons, scale, xs, tops, names))
    nodes = [_placed(n, scale, xs, tops, heights, out[id(n)]) for c in columns for n in c]
    return Layout(
        width=MARGIN + pitch * (len(columns) - 1) + _last_width(columns, pitch),
        height=max((p.y + p.height for p in nodes), default=0) + GAP * 2,
        nodes=nodes,
        ribbons=ribbons,
        columns=[(MARGIN + pitch * i, members) for i, members in enumerate(columns)],
        beside=[(_link(a, b, xs, tops, heights), b) for a, b in graph.beside],
        unit=scale.unit,
    )


_Sides = Mapping[int, list[Ribbon]]


def _ends(ribbons: Sequence[Ribbon]) -> tuple[_Sides, _Sides]:
    into: dict[int, list[Ribbon]] = defaultdict(list)
    out: dict[int, list[Ribbon]] = defaultdict(list)
    for ribbon in ribbons:
        into[id(ribbon.target)].append(ribbon)
        out[id(ribbon.source)].append(ribbon)
    return into, out


def thickness(ribbon: Ribbon, scale: Scale) -> float:
    """A ribbon's height at its ends."""
    return sum(scale(size) for size in ribbon.bands.values()) + scale.own_in(ribbon)


def _height(node: Node, scale: Scale, into: Sequence[Ribbon], out: Sequence[Ribbon]) -> float:
    if node.fate == ALTERNATIVE:
        return BESIDE
    entering = sum(thickness(r, scale) for r in into)
    leaving = sum(thickness(r, scale) for r in out)
    stays = sum(size for _, _, size in _staying(node, scale))
    own = scale.own(node.own, node.came_in)[0]
    own_in = sum(scale.own_in(r) for r in into)
    own_out = sum(scale.own_in(r) for r in out)
    return max(entering + max(0, own - own_in), leaving + stays + max(0, own - own_out), 3.0)


def _pitch(nodes: Sequence[Node], columns: int) -> float:
    """Wide enough for the longest account number, and as wide as a usual screen allows."""
    longest = max((len(n.key[0]) for n in nodes if not n.others), default=0)
    low, high = PITCH
    return max(low, min(high, 40 + longest * 7.4), min(high, SCREEN / max(columns, 1)))


def _last_width(columns: Sequence[Sequence[Node]], pitch: float) -> float:
    """The last column has nothing to its right, and so room for whole labels."""
    longest = max((_letters(n) for n in columns[-1] if not n.others), default=0)
    return max(pitch * 0.92, 30 + longest * 7.4)


def _letters(node: Node) -> int:
    return len(node.key[0]) + min(len(node.name), MAX_NAME)


def _tops(
    columns: Sequence[Sequence[Node]], heights: Mapping[int, float], into: _Sides
) -> dict[int, float]:
    """Each account as near to what feeds it as the order by time allows."""
    tops: dict[int, float] = {}
    rooms = [sum(_room(n, heights) for n in members) for members in columns]
    for members, room in zip(columns, rooms, strict=True):
        free, spare = float(TOP), max(rooms) - room
        for node in members:
            feeds = [tops[id(r.source)] - LABEL for r in into[id(node)] if id(r.source) in tops]
            wished = sum(feeds) / len(feeds) if feeds else free
            top = max(free, min(wished, free + max(DROP, spare)))
            spare -= top - free
            tops[id(node)] = top + LABEL
            free = top + _room(node, heights)
    return tops


def _room(node: Node, heights: Mapping[int, float]) -> float:
    """What a bar takes of its column with its label and the gap under it."""
    return LABEL + heights[id(node)] + GAP + (OWN_LABEL if node.own else 0)


def _staying(node: Node, scale: Scale) -> list[tuple[str, str, float]]:
    """What does not leave an account, disputed money first."""
    disputed = [("disputed", theft, scale(amount)) for theft, amount in node.disputed.items()]
    if node.bound is not None:
        return [*disputed, ("bound", "", scale(node.there))]
    return disputed + [(node.fate, theft, scale(amount)) for theft, amount in node.held.items()]


def _link(
    node: Node,
    other: Node,
    xs: Mapping[int, float],
    tops: Mapping[int, float],
    heights: Mapping[int, float],
) -> str:
    """A line from what stays in the account to its alternative carrier."""
    x0, y0 = xs[id(node)] + BAR + POOL, tops[id(node)] + heights[id(node)] - 4
    x1, y1 = xs[id(other)], tops[id(other)] + BESIDE / 2
    bend = (x1 - x0) / 2
    return f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def _placed(
    node: Node,
    scale: Scale,
    xs: Mapping[int, float],
    tops: Mapping[int, float],
    heights: Mapping[int, float],
    out: Sequence[Ribbon],
) -> PlacedNode:
    x, y, height = xs[id(node)], tops[id(node)], heights[id(node)]
    own, broken = scale.own(node.own, node.came_in)
    boxes = [Box(x, y, BAR, height - own, "bar"), Box(x, y + height - own, BAR, own, "own")]
    at = y + sum(thickness(r, scale) for r in out)
    pool = BAR if node.fate in ("cash", "merchant", "offramp", "abroad") else BAR + POOL
    start = x if pool == BAR else x + BAR
    for look, theft_id, size in _staying(node, scale):
        boxes.append(Box(start, at, pool if pool == BAR else POOL, size, look, theft_id))
        at += size
    return PlacedNode(node, x, y, height, tuple(b for b in boxes if b.height > 0), broken)


def _paths(
    ribbons: Sequence[Ribbon],
    scale: Scale,
    xs: Mapping[int, float],
    tops: Mapping[int, float],
    names: Sequence[tuple[float, float, float]],
) -> Iterator[PlacedRibbon]:
    leaves, arrives = dict(tops), dict(tops)
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    written: dict[int, float] = {}
    labels: dict[int, tuple[float, float]] = {}
    outward = sorted(ribbons, key=lambda r: (xs[id(r.target)], tops[id(r.target)], r.at))
    for ribbon in outward:
        starts[id(ribbon)] = leaves[id(ribbon.source)]
        leaves[id(ribbon.source)] += thickness(ribbon, scale)
    for ribbon in sorted(ribbons, key=lambda r: (r.at, tops[id(r.source)])):
        target = id(ribbon.target)
        ends[id(ribbon)] = arrives[target]
        arrives[target] += thickness(ribbon, scale)
        middle = (ends[id(ribbon)] + arrives[target]) / 2
        middle -= 7 if arrives[target] - ends[id(ribbon)] < THIN else 0
        free = (middle + by for by in ASIDE if _free(xs[target] - 6, middle + by, names))
        place = next((y for y in free if y - written.get(target, -TIGHTEST) >= TIGHTEST), None)
        if place is not None:
            labels[id(ribbon)] = (xs[target] - 6, place)
            written[target] = place
    for ribbon in sorted(ribbons, key=lambda r: -thickness(r, scale)):
        x0, x1 = xs[id(ribbon.source)] + BAR, xs[id(ribbon.target)]
        y0, y1 = starts[id(ribbon)], ends[id(ribbon)]
        bands = []
        for (theft, look), size in _stacked(ribbon):
            height = scale.own_in(ribbon) if look == "own" else scale(size)
            path = _ribbon_path(x0, y0, x1, y1, height)
            bands.append(Band(path, look, theft, height))
            y0, y1 = y0 + height, y1 + height
        yield PlacedRibbon(ribbon, tuple(bands), labels.get(id(ribbon)))


def _name_of(
    node: Node, xs: Mapping[int, float], tops: Mapping[int, float]
) -> tuple[float, float, float]:
    """Where a bar's name begins and ends, and the middle of its line."""
    letters = _letters(node) + (12 * len(node.levels) if len(set(node.levels.values())) > 1 else 0)
    x = xs[id(node)]
    return x, x + letters * 7.4, tops[id(node)] - 24


def _free(end: float, y: float, names: Sequence[tuple[float, float, float]]) -> bool:
    """Whether a time that ends here would touch no name."""
    return all(
        abs(y - middle) >= TIGHTEST or x >= end or last <= end - TIMED for x, last, middle in names
    )


def _stacked(ribbon: Ribbon) -> list[tuple[tuple[str, str], float]]:
    stolen = sorted(ribbon.bands.items(), key=lambda b: (b[0][0], _rank(b[0][1])))
    return [*stolen, (("", "own"), float(ribbon.own))] if ribbon.own else stolen


def _rank(fate: str) -> int:
    return FATES.index(fate) if fate in FATES else len(FATES)


def _ribbon_path(x0: float, y0: float, x1: float, y1: float, height: float) -> str:
    bend = (x1 - x0) / 2 if x1 > x0 else 90
    a, b = x0 + bend, x1 - bend
    return (
        f"M{x0:.1f} {y0:.1f}C{a:.1f} {y0:.1f} {b:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        f"v{height:.1f}C{b:.1f} {y1 + height:.1f} {a:.1f} {y0 + height:.1f} "
        f"{x0:.1f} {y0 + height:.1f}Z"
    )
