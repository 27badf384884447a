"""When the stolen money moved: one line for each hop, minutes from left to right."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fanzha.model.payment import Account
from fanzha.money.movements import Movements
from fanzha.money.trace import Trace
from fanzha.present import words
from fanzha.present.fate import Leg, fate_in, legs
from fanzha.present.flow_layout import FATES
from fanzha.present.page import template

WIDTH, LEFT, ROW, HEAD = 1240, 120, 44, 14
NAMES, MOST_NAMES = 13, 4  # px of a line of names above the hops, and lines at most
NAMED = 190  # px that a name with its time may take
TALLEST, THINNEST = 34, 3  # px of the side of a block
BINS = 160
MAX_ROWS = 6  # hops beyond the last line are drawn on it
EXIT = 0  # the line of money that left the reach of tracing
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 43_200, 525_600)
MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant with a name of the catalogue (under `page.`): a report, a hold that lands."""

    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Named:
    """A mark where it is drawn; `row` is the line of its name, None where there is no room."""

    x: float
    key: str
    text: str
    row: int | None
    before: bool  # the name ends at the mark; else it begins there


@dataclass(frozen=True, slots=True)
class Block:
    """What moved in one span of time and became of one kind."""

    x: float
    y: float
    width: float
    height: float
    look: str


@dataclass(frozen=True, slots=True)
class Line:
    """One hop: its level (`EXIT`: left the reach of tracing) and where it is drawn."""

    level: int
    y: float
    more: bool


class Axis:
    """Time from left to right."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first = first
        self.span = max((last - first).total_seconds(), 60.0)

    def x(self, at: datetime) -> float:
        """Pixels for an instant."""
        share = (at - self.first).total_seconds() / self.span
        return LEFT + share * (WIDTH - LEFT - 24)

    def ticks(self, tz: ZoneInfo) -> list[tuple[float, str]]:
        """Round local times, at most `MOST_TICKS` of them."""
        minutes = next((s for s in STEPS if self.span / 60 / s <= MOST_TICKS), STEPS[-1])
        step = timedelta(minutes=minutes)
        midnight = self.first.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + step * -((midnight - self.first) // step)
        found = []
        while at <= self.first + timedelta(seconds=self.span):
            form = "%m-%d" if minutes >= 1440 else "%m-%d %H:%M" if minutes > 120 else "%H:%M"
            found.append((self.x(at), at.astimezone(tz).strftime(form)))
            at += step
        return found


def timeline_svg(
    found: Trace, movements: Movements, tz: ZoneInfo, marks: Sequence[Mark] = ()
) -> str:
    """The picture, or nothing where no money was carried; for money of the first currency."""
    every = legs(found, movements)
    if not every:
        return ""
    carried = [leg for leg in every if leg.payment.currency == every[0].payment.currency]
    times = [leg.payment.booked_at for leg in carried] + [m.at for m in marks]
    axis = Axis(min(times), max(times))
    binned = _binned(carried, movements, axis)
    named = list(_named(marks, axis, tz))
    head = HEAD + NAMES * (1 + max((m.row or 0 for m in named), default=0))
    lines = _lines(binned, head)
    return template("timeline.html").render(
        width=WIDTH,
        left=LEFT,
        height=head + ROW * len(lines) + 22,
        head=head,
        names=NAMES,
        lines=lines,
        blocks=list(_blocks(binned, lines)),
        ticks=axis.ticks(tz),
        marks=named,
        exit=EXIT,
    )


_Binned = Mapping[tuple[int, float], dict[str, float]]


def _binned(carried: Sequence[Leg], movements: Movements, axis: Axis) -> _Binned:
    """What moved, by line and span of time; within them by what became of it."""
    width = (WIDTH - LEFT - 24) / BINS
    levels: dict[tuple[str, Account], int] = {}
    binned: dict[tuple[int, float], dict[str, float]] = defaultdict(dict)
    for leg in carried:
        level = 1 if leg.theft else levels.get((leg.theft_id, leg.source), 0) + 1
        here = leg.theft_id, leg.target
        levels[here] = min(level, levels.get(here, level))
        left = fate_in(movements, leg.target) not in ("resting", "last_seen")
        line = EXIT if left else min(levels[here], MAX_ROWS)
        place = int((axis.x(leg.payment.booked_at) - LEFT) / width)
        bar = binned[line, LEFT + place * width]
        for fate, size in leg.parts:
            bar[fate] = bar.get(fate, 0) + size
    return binned


def _named(marks: Sequence[Mark], axis: Axis, tz: ZoneInfo) -> Iterator[Named]:
    """Each mark with a line of its own for its name, as far as names would touch."""
    free: list[float] = []  # where each line of names is free from
    for mark in sorted(marks, key=lambda m: m.at):
        x = axis.x(mark.at)
        before = x >= NAMED
        start = x - NAMED if before else x
        row = next((r for r, taken in enumerate(free) if taken <= start), len(free))
        if row < MOST_NAMES:
            free[row : row + 1] = [start + NAMED]
        shown = row if row < MOST_NAMES else None
        yield Named(x, mark.key, words.clock(mark.at, tz), shown, before)


def _lines(binned: _Binned, head: int) -> list[Line]:
    levels = sorted({level for level, _ in binned}, key=lambda level: (level == EXIT, level))
    return [Line(level, head + ROW * i, level == MAX_ROWS) for i, level in enumerate(levels)]


def _blocks(binned: _Binned, lines: Sequence[Line]) -> Iterator[Block]:
    """Squares whose area is the amount, cut by what became of it, standing on their line."""
    most = max(sum(bar.values()) for bar in binned.values())
    bottom = {line.level: line.y + ROW - 8 for line in lines}
    for (level, x), bar in sorted(binned.items()):
        whole = sum(bar.values())
        side = max(math.sqrt(whole / most) * TALLEST, THINNEST)
        y = bottom[level]
        for fate in sorted(bar, key=lambda f: FATES.index(f) if f in FATES else len(FATES)):
            height = side * bar[fate] / whole
            y -= height
            yield Block(x - side / 2, y, side, height, fate)
