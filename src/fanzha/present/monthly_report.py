"""The monthly report: one page, complete in itself, that a centre publishes and prints."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from markupsafe import Markup

from fanzha import __version__
from fanzha.errors import UnknownRecord
from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.money.measures import DEFINED_ON, VERSION, Cohort, Measures
from fanzha.present import charts, measures, words
from fanzha.present.page import asset, csp_hash, template

DATA = ("money", "times", "report_delay", "hold_time", "wrong")
SPREADS = {"chart_delay": "report_delay", "chart_hold": "hold_time"}


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a reader gets on from the figures: to a month, and to the data behind a picture."""

    month: Callable[[str], str]  # an address, or empty where there is none
    data: Callable[[str], str]  # by a name of `DATA`
    open: bool = False  # whether tables stand open, as on paper


def until(found: Measures, month: str) -> tuple[Cohort, ...]:
    """The months up to this one, all of them for an empty name."""
    return tuple(c for c in found.cohorts if not month or c.month <= month)


def cohort_of(found: Measures, month: str) -> Cohort:
    """The cohort of a month, or all together; `UnknownRecord` where no case was reported."""
    cohort = found.cohort(month) if month else found.together
    if cohort is None:
        known = ", ".join(c.month for c in found.cohorts) or "-"
        raise UnknownRecord("month_unknown", month=month, known=known)
    return cohort


def data_csv(found: Measures, month: str, kind: str) -> bytes:
    """The data behind one picture or table, as CSV; `kind` is one of `DATA`."""
    cohort, cohorts = cohort_of(found, month), until(found, month)
    if kind == "money":
        return measures.cohorts_csv(cohorts)
    if kind == "times":
        return measures.times_csv(cohorts)
    if kind == "wrong":
        return measures.wrong_csv(cohorts)
    if kind not in SPREADS.values():
        raise UnknownRecord("data_unknown", name=kind, known=", ".join(DATA))
    return measures.spread_csv(getattr(cohort, kind))


def figures_html(found: Measures, month: str, tz: tzinfo, lang: Lang, ways: Ways) -> Markup:
    """Tiles, pictures with their data, and every definition, for a month or for all of them."""
    cohort, cohorts = cohort_of(found, month), until(found, month)
    shown = charts.recent(cohorts)
    text = template("measures.html").render(
        c=cohort,
        shown=shown,
        cut=len(shown) < len(cohorts),
        most=charts.MONTHS,
        averted=[s for s in cohort.sums if s.averted],
        times=measures.times(cohort, lang),
        money_charts=[
            (s.currency, charts.money_chart(cohorts, s.currency, lang))
            for s in cohort.sums
            if s.loss or s.held
        ],
        spreads=[_spread(name, cohort, lang) for name in SPREADS],
        wrong_svg=charts.wrong_chart(cohorts, lang),
        definitions=measures.definitions(lang),
        counted=counted(found, tz, lang),
        t=partial(_say, lang),
        percent=lambda share: measures.percent(share, lang),
        amount=show,
        money=words.money,
        month_link=lambda name: _link(name, ways.month(name)),
        data=ways.data,
        file=lambda kind: f"fanzha-{month or 'all'}-{kind}.csv",
        open=ways.open,
    )
    return Markup(text)


def monthly_report_html(
    found: Measures, month: str, tz: tzinfo, lang: Lang, centre: str = "Fanzha"
) -> str:
    """The report of one month in one language: no script, no network, made for A4 paper.

    Every picture carries its data as a CSV file inside the page. Raises `UnknownRecord` for a
    month in which no case was reported.
    """
    style = asset("monthly_report.css")
    ways = Ways(
        month=lambda _: "", data=lambda kind: _inside(data_csv(found, month, kind)), open=True
    )
    return template("monthly_report.html").render(
        lang=lang,
        month=month,
        centre=words.visible(centre, 60),
        cases=f"{cohort_of(found, month).cases:,}",
        counted=counted(found, tz, lang),
        style=Markup(style),
        csp=report_policy(),
        body=figures_html(found, month, tz, lang, ways),
        t=partial(_say, lang),
        version=__version__,
    )


def report_policy() -> str:
    """What the report may load: its own style, and nothing from anywhere."""
    style = csp_hash(asset("monthly_report.css"))
    return f"default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'"


def counted(found: Measures, tz: tzinfo, lang: Lang) -> str:
    """When it was counted, and by which definitions."""
    at = f"{found.as_of.astimezone(tz):%Y-%m-%d %H:%M}"
    return _say(lang, "counted_at", at=at, tz=tz, defined=DEFINED_ON, version=VERSION)


def _say(lang: Lang, key: str, **values: object) -> str:
    return say(f"measures.{key}", lang, **values)


def _spread(key: str, cohort: Cohort, lang: Lang) -> tuple[str, Markup, list[tuple[str, int]]]:
    spread = getattr(cohort, SPREADS[key])
    labels = [_say(lang, unit, n=span) for unit, span, _ in measures.BINS]
    counts = measures.binned(spread)
    return (
        key.removeprefix("chart_"),
        charts.spread_chart(spread, lang),
        list(zip(labels, counts, strict=True)),
    )


def _link(name: str, address: str) -> Markup | str:
    return Markup('<a href="{}">{}</a>').format(address, name) if address else name


def _inside(content: bytes) -> str:
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode()}"
