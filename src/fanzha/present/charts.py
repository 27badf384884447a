"""Pictures of figures as SVG, made here: they need no script, print well and follow the theme.

Colours are the page's own variables (`--ink`, `--quiet`, `--line`, `--accent`, `--ok`, `--alert`,
`--paper`), so the same picture is right in the workbench, in the dark and on paper. Beside every
picture stands a table of the same figures: the picture itself is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from fanzha.model.catalogue import Lang, say
from fanzha.money.measures import Cohort, Spread, Sums
from fanzha.present.measures import BINS, binned, compact, duration, percent
from fanzha.present.page import template

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, FOOT = 12, 12, 46, 44
MONTHS = 24  # as many as can be told apart; the data has all of them
TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's bars; heights in px from the base line."""

    x: float
    width: float
    loss: float
    held: float
    returned: float
    label: str
    share: str
    month: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a distribution."""

    x: float
    width: float
    height: float
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A rate with its interval; y in px from the top, None where there was nothing."""

    x: float
    y: float | None
    low: float
    high: float
    label: str
    month: str
    of: int
    small: bool


def recent(cohorts: Sequence[Cohort]) -> Sequence[Cohort]:
    """The months that a picture shows."""
    return cohorts[-MONTHS:]


def money_chart(cohorts: Sequence[Cohort], currency: str, lang: Lang) -> Markup:
    """Loss by month of report, and within it what was held and what was returned."""
    shown = recent(cohorts)
    sums = [
        next((s for s in c.sums if s.currency == currency), Sums(currency=currency)) for c in shown
    ]
    most = max((max(s.loss, s.held) for s in sums), default=0) or 1
    scale = (HEIGHT - TOP - FOOT) / most
    step = (WIDTH - LEFT - RIGHT) / max(len(shown), 6)
    width = min(step * 0.62, 64)
    crowded = len(shown) > 12
    bars = [
        Bar(
            x=LEFT + step * i + (step - width) / 2,
            width=width,
            loss=s.loss * scale,
            held=s.held * scale,
            returned=s.returned * scale,
            label="" if len(shown) > 18 and i % 2 else compact(s.loss, currency, lang),
            share="" if crowded else percent(s.share("held"), lang),
            month=c.month[2:] if crowded else c.month,
        )
        for i, (c, s) in enumerate(zip(shown, sums, strict=True))
    ]
    return _svg("money", bars=bars, names=_names(("loss", "held", "returned"), lang))


def spread_chart(spread: Spread, lang: Lang) -> Markup:
    """How many cases took how long, with p50 and p90."""
    counts = binned(spread)
    step = (WIDTH - LEFT - RIGHT) / len(BINS)
    scale = (HEIGHT - TOP - FOOT) / max(*counts, 1)
    columns = [
        Column(
            x=LEFT + step * i + 3,
            width=step - 6,
            height=count * scale,
            count=count,
            label=say(f"measures.{unit}", lang, n=span),
        )
        for i, (count, (unit, span, _)) in enumerate(zip(counts, BINS, strict=True))
    ]
    marks = [
        (LEFT + step * _place(float(q)), f"{name} {duration(q, lang)}")
        for name, q in (("p50", spread.p50), ("p90", spread.p90))
        if q is not None
    ]
    return _svg("spread", columns=columns, marks=marks)


def wrong_chart(cohorts: Sequence[Cohort], lang: Lang) -> Markup:
    """The wrong-hold rate by month of report, with how far chance alone could move it."""
    shown = recent(cohorts)
    most = max((c.wrong_holds.interval[1] for c in shown if c.wrong_holds.of), default=1.0)
    top = next(t for t in (0.1, 0.2, 0.5, 1.0) if most <= t)
    scale = (HEIGHT - TOP - FOOT) / top
    step = (WIDTH - LEFT - RIGHT - 40) / max(len(shown), 6)
    base = HEIGHT - FOOT
    crowded = len(shown) > 12
    dots = [
        Dot(
            x=LEFT + 40 + step * (i + 0.5),
            y=None if share.value is None else base - float(share.value) * scale,
            low=base - share.interval[0] * scale,
            high=base - share.interval[1] * scale,
            label="" if crowded else percent(share.value, lang),
            month=c.month[2:] if crowded else c.month,
            of=share.of,
            small=share.small,
        )
        for i, c in enumerate(shown)
        for share in [c.wrong_holds]
    ]
    lines = [
        (base - top * scale * i / TICKS, percent(top * i / TICKS, lang)) for i in range(TICKS + 1)
    ]
    return _svg("wrong", dots=dots, lines=lines)


def _place(seconds: float) -> float:
    """Where a duration stands among the bins: their number, and how far into the bin."""
    start = 0.0
    for i, (_, _, end) in enumerate(BINS):
        if end is None:
            return i + 0.5
        if seconds < end:
            return i + (seconds - start) / (end - start)
        start = float(end)
    raise AssertionError("the last bin has no end")


def _names(codes: Sequence[str], lang: Lang) -> list[tuple[str, str]]:
    return [(code, say(f"measures.{code}", lang)) for code in codes]


def _svg(kind: str, **values: object) -> Markup:
    frame = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT}
    base = HEIGHT - FOOT
    return Markup(template("chart.html").render(kind=kind, **frame, top=TOP, base=base, **values))
