"""The one drawing of money flow: levels from left to right, width by amount, colour by end.

Every page that shows where money went shows this picture. Its looks stand in `templates/flow.css`,
its words in the catalogue in all languages at once, and it asks for no script: the rows behind a
ribbon are its title, and `entries` hold them for a page that shows them better.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.model.payment import Payment
from fanzha.money.movements import Movements
from fanzha.money.trace import Trace
from fanzha.present import words
from fanzha.present.fate import Leg
from fanzha.present.flow_graph import ALTERNATIVE, Graph, Node, Ribbon, graphs
from fanzha.present.flow_layout import Band, Layout, PlacedNode, PlacedRibbon, lay_out
from fanzha.present.page import template

MAX_ROWS = 12  # payments that one ribbon or account names; the rest are counted
MAX_LEVELS = 4  # thefts beyond which an account's label does not list its level for each
MAX_LINES = 4  # of these in a plain title
# Everything a picture can show, in the order of a legend.
LOOKS = (
    "resting",
    "last_seen",
    "cash",
    "merchant",
    "offramp",
    "abroad",
    "disputed",
    "own",
    ALTERNATIVE,
    "bound",
)


@dataclass(slots=True)
class Rows:
    """The payments that pictures refer to, each written once."""

    tz: ZoneInfo
    texts: list[tuple[str, ...]] = field(default_factory=list)
    _known: dict[int, int] = field(default_factory=dict)

    def number(self, payment: Payment) -> int:
        """The place of this payment in `texts`."""
        if id(payment) not in self._known:
            self._known[id(payment)] = len(self.texts)
            self.texts.append(row_text(payment, self.tz))
        return self._known[id(payment)]


def row_text(payment: Payment, tz: ZoneInfo) -> tuple[str, ...]:
    """Where it was seen, when, from whom to whom, how much, remark."""
    return (
        ", ".join(f"{words.visible(s.file, 60)}:{s.row}" for s in payment.sightings) or "–",
        words.clock(payment.booked_at, tz, day=True),
        words.visible(payment.debtor_account, 64),
        words.visible(payment.creditor_account, 64),
        words.major(payment.amount, payment.currency),
        words.visible(payment.currency, 8),
        words.visible(payment.note, 60),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing of the picture that can be pointed at: its plain title and the rows behind it."""

    title: str
    rows: list[tuple[int, str, str]]  # row number, theft, share
    more: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture: markup, the entries that `data-e` numbers name, and what it was drawn from.

    Entries are numbered from `first`: the ribbons of the layout, then its nodes.
    """

    svg: str
    entries: list[Shown]
    graph: Graph
    layout: Layout
    first: int
    looks: frozenset[str]


def flow_svg(found: Trace, movements: Movements, tz: ZoneInfo) -> str:
    """The picture of a trace, one SVG for each currency; empty where nothing was carried."""
    return "".join(d.svg for d in draw(found, movements, Rows(tz)))


def draw(found: Trace, movements: Movements, rows: Rows, first: int = 0) -> list[Drawing]:
    """The pictures of a trace with their entries, which are numbered from `first`."""
    drawings = []
    for number, graph in enumerate(graphs(found, movements)):
        drawing = _Picture(graph, rows, f"{found.rule}-{number}", first).drawing()
        first += len(drawing.entries)
        drawings.append(drawing)
    return drawings


def behind(drawings: Sequence[Drawing], entry: int) -> tuple[str, list[Leg]]:
    """All that an entry of a picture stands for, oldest first, and its title.

    Nothing where there is no such entry.
    """
    for drawing in drawings:
        place, ribbons = entry - drawing.first, drawing.layout.ribbons
        if 0 <= place < len(ribbons):
            found = list(ribbons[place].ribbon.legs)
        elif len(ribbons) <= place < len(drawing.entries):
            node = drawing.layout.nodes[place - len(ribbons)].node
            into = (r for r in drawing.graph.ribbons if r.target is node)
            found = [leg for ribbon in into for leg in ribbon.legs]
        else:
            continue
        return drawing.entries[place].title, sorted(found, key=lambda leg: leg.payment.booked_at)
    return "", []


class _Picture:
    def __init__(self, graph: Graph, rows: Rows, name: str, first: int) -> None:
        self.graph, self.rows, self.name, self.first = graph, rows, name, first
        self.entries: list[Shown] = []
        self.order = {theft: i for i, theft in enumerate(graph.thefts)}
        self.into: dict[int, list[Leg]] = {}
        for ribbon in graph.ribbons:
            self.into.setdefault(id(ribbon.target), []).extend(ribbon.legs)

    def drawing(self) -> Drawing:
        layout = lay_out(self.graph)
        svg = template("flow.html").render(
            p=self, layout=layout, w=words, name=self.name, ALTERNATIVE=ALTERNATIVE
        )
        looks = frozenset(_looks(layout))
        return Drawing(svg, self.entries, self.graph, layout, self.first, looks)

    def theft_class(self, theft_id: str) -> str:
        """How a script finds what belongs to a theft."""
        return f"t{self.order[theft_id]}" if theft_id in self.order else ""

    def classes(self, theft_ids: Sequence[str]) -> str:
        return " ".join(f"t{self.order[t]}" for t in dict.fromkeys(theft_ids) if t in self.order)

    def ribbon_entry(self, ribbon: Ribbon) -> int:
        source, target = (_plain(n) for n in (ribbon.source, ribbon.target))
        return self._entry(f"{source} → {target}", ribbon.legs)

    def node_entry(self, node: Node) -> int:
        return self._entry(_plain(node), self.into.get(id(node), []))

    def title(self, number: int) -> str:
        """Everything an entry says, in lines, for whoever has no script and for a reader's ear."""
        entry = self.entries[number - self.first]
        lines = [entry.title]
        for row, theft_id, share in entry.rows[:MAX_LINES]:
            seen, at, source, target, amount, currency, _ = self.rows.texts[row]
            lines.append(
                f"{at} {source} → {target} {amount} {currency} · {theft_id} {share} · {seen}"
            )
        more = entry.more + len(entry.rows[MAX_LINES:])
        return "\n".join(lines + ([f"… +{more}"] if more else []))

    def _entry(self, title: str, legs: Sequence[Leg]) -> int:
        biggest = sorted(legs, key=lambda leg: -leg.amount)[:MAX_ROWS]
        shown = sorted(biggest, key=lambda leg: leg.payment.booked_at)
        rows = [
            (
                self.rows.number(leg.payment),
                words.visible(leg.theft_id, 40),
                words.major(leg.amount, leg.payment.currency),
            )
            for leg in shown
        ]
        self.entries.append(Shown(title, rows, len(legs) - len(rows)))
        return self.first + len(self.entries) - 1

    def time(self, at: datetime) -> str:
        return words.clock(at, self.rows.tz)

    def span(self, nodes: Sequence[Node]) -> str:
        """First and last time at which money first came to these accounts."""
        first, last = min(n.first_at for n in nodes), max(n.first_at for n in nodes)
        if first == last:
            return words.clock(first, self.rows.tz)
        return f"{words.clock(first, self.rows.tz)} – {words.clock(last, self.rows.tz)}"

    def ribbon_label(self, placed: PlacedRibbon) -> str:
        ribbon = placed.ribbon
        text = words.clock(ribbon.at, self.rows.tz)
        return f"{text} ×{ribbon.payments}" if ribbon.payments > 1 else text

    def of(self, ribbon: Ribbon) -> list[str]:
        """The thefts whose money it carries, in order of appearance."""
        return list(dict.fromkeys(leg.theft_id for leg in ribbon.legs))

    def by(self, ribbon: Ribbon) -> str:
        """Whose money it is, where the picture shows several thefts."""
        thefts = self.of(ribbon)
        if len(self.order) < 2:
            return ""
        named = " ".join(words.visible(t, 8) for t in thefts[:2])
        return f"{named} +{len(thefts) - 2}" if len(thefts) > 2 else named

    def held(self, placed: PlacedNode) -> Iterator[tuple[str, str]]:
        """What the label says is held: for all thefts, then for each where there are several."""
        held = placed.node.held
        if held:
            yield "all", words.major(placed.node.there, placed.node.currency)
        for theft_id, amount in held.items() if len(self.order) > 1 else ():
            yield self.theft_class(theft_id), words.major(amount, placed.node.currency)

    def levels(self, node: Node) -> str:
        """Levels by theft, where they differ: level belongs to a theft and an account."""
        if len(set(node.levels.values())) < 2 or len(self.order) > MAX_LEVELS:
            return ""
        return " · ".join(f"{words.visible(t, 12)}:{v}" for t, v in node.levels.items())


def _plain(node: Node) -> str:
    if node.others:
        return f"({node.accounts})"
    name = words.masked(node.name)
    return " ".join(filter(None, (words.visible(node.key[0], 64), name)))


def _looks(layout: Layout) -> Iterator[str]:
    for ribbon in layout.ribbons:
        yield from (band.look for band in ribbon.bands if isinstance(band, Band))
    for node in layout.nodes:
        yield from (box.look for box in node.boxes)
        if node.node.fate == ALTERNATIVE:
            yield ALTERNATIVE
