"""Figures of a centre as a reader wants them: each with how many it rests on and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import decimals, show, to_major
from fanzha.money.measures import DEFINED_ON, SMALL, VERSION, Cohort, Measures, Share, Spread, Sums
from fanzha.present.sheet import sheet
from fanzha.present.words import major, visible

MINUTE, HOUR, DAY = 60, 3600, 86_400
SHARES = ("held", "recovered", "returned")
AMOUNTS = ("loss", *SHARES)
TIMES = ("report_delay", "order_time", "hold_time", "appeal_time")
DEFINED = (
    "cohort", "loss", "held", "recovered", "returned", "averted", "first_hop", "report_delay",
    "order_time", "hold_time", "wrong_holds", "innocent", "appeal_time", "quantiles",
)  # fmt: skip
# Upper ends of the bins of a distribution, in seconds, each labelled by its unit.
BINS = (
    ("minutes", "0–5", 300), ("minutes", "5–10", 600), ("minutes", "10–30", 1800),
    ("minutes", "30–60", HOUR), ("hours", "1–3", 3 * HOUR), ("hours", "3–24", DAY),
    ("days", "1–3", 3 * DAY), ("days", "3–7", 7 * DAY), ("days", ">7", None),
)  # fmt: skip
UNITS: dict[Lang, tuple[tuple[int, str], ...]] = {
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "k")),
    "zh-Hans": ((10**8, "亿"), (10**4, "万")),
    "zh-Hant": ((10**8, "億"), (10**4, "萬")),
}
COHORT_HEADER = (
    "month", "cases", "currency", *AMOUNTS, "averted_estimate", "held_share", "recovered_share",
    "returned_share", "first_hop_share", "innocent_amount_days",
)  # fmt: skip
TIME_HEADER = ("month", "measure", "n", "p50_seconds", "p90_seconds")
WRONG_HEADER = ("month", "holds", "overturned", "rate", "low_95", "high_95", "small_n")
SPREAD_HEADER = ("from_seconds", "to_seconds", "cases")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a tile: what it is called, its value, and what it rests on."""

    name: str
    value: str
    detail: str
    warning: str = ""


def percent(share: Fraction | float | None, lang: Lang) -> str:
    """A share to a tenth of a percent.

    >>> percent(Fraction(206, 1558), "en"), percent(None, "zh-Hans")
    ('13.2 %', '–')
    """
    if share is None:
        return "–"
    return f"{rounded(share * 100)}{' ' if lang == 'en' else ''}%"


def rounded(value: Fraction | float, places: int = 1) -> str:
    """A number to so many decimal places, half up as people round.

    >>> rounded(Fraction(1075, 10)), rounded(Fraction(1, 8), 2), rounded(9.5)
    ('107.5', '0.13', '9.5')
    """
    exact = Fraction(value) * 10**places
    whole = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return f"{Decimal(whole).scaleb(-places):,f}"


def duration(seconds: Fraction | int | None, lang: Lang) -> str:
    """A time in the unit in which it is best compared: minutes to three hours, hours, days.

    >>> duration(6450, "en"), duration(570, "zh-Hans"), duration(259200, "en")
    ('107.5 min', '9.5 分钟', '3.0 d')
    """
    if seconds is None:
        return "–"
    for unit, size, most in (("minutes", MINUTE, 3 * HOUR), ("hours", HOUR, 3 * DAY)):
        if seconds < most:
            return say(f"measures.{unit}", lang, n=rounded(Fraction(seconds) / size))
    return say("measures.days", lang, n=rounded(Fraction(seconds) / DAY))


def compact(minor: int, currency: str, lang: Lang) -> str:
    """An amount for a label in a picture, to three digits.

    >>> compact(155_800_000, "CNY", "en"), compact(155_800_000, "CNY", "zh-Hans")
    ('1.56M', '156万')
    """
    value = Decimal(minor).scaleb(-decimals(currency))
    for size, unit in UNITS[lang]:
        if value >= size:
            return f"{_three(value / size)}{unit}"
    return _three(value)


def _three(value: Decimal) -> str:
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_days(sums: Sums) -> str:
    """Money × days, rounded down to the day's minor unit at the end and not before."""
    return f"{major(sums.innocent_seconds // DAY, sums.currency)} {visible(sums.currency, 8)}"


def times(cohort: Cohort, lang: Lang) -> list[Figure]:
    """The tiles of times and mistakes."""
    named = [(name, getattr(cohort, name)) for name in TIMES[:-1]]
    found = [Figure(name, duration(s.p50, lang), _of(s, cohort, lang)) for name, s in named]
    found.append(_wrong(cohort.wrong_holds, lang))
    appeal = cohort.appeal_time
    words = {"n": appeal.n, "open": cohort.appeals_open, "p90": duration(appeal.p90, lang)}
    key = "appeals_n" if appeal.n else "appeals_open"
    detail = say(f"measures.{key}", lang, **words)
    found.append(Figure("appeal_time", duration(appeal.p50, lang), detail))
    held_wrongly = [
        say("measures.amount_days", lang, amount=amount_days(s))
        for s in cohort.sums
        if s.innocent_seconds
    ]
    value = held_wrongly[0] if held_wrongly else say("measures.nothing", lang)
    found.append(Figure("innocent", value, " · ".join(held_wrongly[1:])))
    return found


def _of(spread: Spread, cohort: Cohort, lang: Lang) -> str:
    if not spread.n:
        return say("measures.not_known", lang)
    values = {"p90": duration(spread.p90, lang), "n": spread.n, "of": cohort.cases}
    return say("measures.p50_of", lang, **values)


def _wrong(share: Share, lang: Lang) -> Figure:
    if not share.of:
        return Figure("wrong_holds", "–", say("measures.rate_none", lang))
    low, high = (percent(edge, lang) for edge in share.interval)
    detail = say("measures.rate_of", lang, count=share.count, of=share.of, low=low, high=high)
    warning = say("measures.small_n", lang, of=share.of) if share.small else ""
    return Figure("wrong_holds", percent(share.value, lang), detail, warning)


def definitions(lang: Lang) -> list[tuple[str, str]]:
    """What each figure means: its code and its definition, in the order of the page."""
    return [(name, say(f"measures.def_{name}", lang, small=SMALL)) for name in DEFINED]


def report_lines(cohort: Cohort, lang: Lang) -> list[str]:
    """A month's figures for the terminal, the estimate apart."""
    lines = [f"{cohort.month} · {say('measures.cases', lang)} {cohort.cases:,}"]
    for s in cohort.sums:
        lines.append(f"{say('measures.loss', lang)}: {show(s.loss, s.currency)}")
        for name in SHARES:
            share = say("measures.of_loss", lang, share=percent(s.share(name), lang))
            amount = show(getattr(s, name), s.currency)
            lines.append(f"{say(f'measures.{name}', lang)}: {amount} ({share})")
    for figure in times(cohort, lang):
        detail = f" ({figure.detail})" if figure.detail else ""
        lines.append(f"{say(f'measures.{figure.name}', lang)}: {figure.value}{detail}")
        lines += [figure.warning] if figure.warning else []
    for s in cohort.sums:
        if s.averted:
            apart = f"{say('measures.averted', lang)} ({say('measures.apart', lang)})"
            lines.append(f"{apart}: {show(s.averted, s.currency)}")
    return [*lines, say("measures.cohort_note", lang)]


def binned(spread: Spread) -> list[int]:
    """How many values lie in each of `BINS`."""
    counts = [0] * len(BINS)
    for value in spread.values:
        counts[next(i for i, (_, _, end) in enumerate(BINS) if end is None or value < end)] += 1
    return counts


def cohorts_csv(cohorts: Sequence[Cohort]) -> bytes:
    """Money by month and currency: major units, shares as decimals, the estimate named so."""
    return sheet(COHORT_HEADER, (row for cohort in cohorts for row in _money_rows(cohort)))


def _money_rows(cohort: Cohort) -> Iterator[list[object]]:
    for s in cohort.sums:
        yield [
            cohort.month,
            cohort.cases,
            s.currency,
            *(to_major(getattr(s, name), s.currency) for name in AMOUNTS),
            to_major(s.averted, s.currency),
            *(_decimal(s.share(name)) for name in (*SHARES, "first_hop")),
            to_major(s.innocent_seconds // DAY, s.currency),
        ]


def times_csv(cohorts: Sequence[Cohort]) -> bytes:
    """p50 and p90 of every time by month, in seconds."""
    return sheet(
        TIME_HEADER,
        (
            [c.month, name, s.n, _decimal(s.p50, 1), _decimal(s.p90, 1)]
            for c in cohorts
            for name in TIMES
            for s in [getattr(c, name)]
        ),
    )


def wrong_csv(cohorts: Sequence[Cohort]) -> bytes:
    """Overturned holds by month."""
    return sheet(WRONG_HEADER, (_wrong_row(c) for c in cohorts))


def _wrong_row(cohort: Cohort) -> list[object]:
    share = cohort.wrong_holds
    low, high = share.interval
    edges = (_decimal(low), _decimal(high)) if share.of else ("", "")
    return [cohort.month, share.of, share.count, _decimal(share.value), *edges, int(share.small)]


def spread_csv(spread: Spread) -> bytes:
    """A distribution in the bins of its picture; the last has no upper end."""
    ends = [end for _, _, end in BINS]
    starts = [0, *ends[:-1]]
    return sheet(
        SPREAD_HEADER,
        ([a, b, n] for a, b, n in zip(starts, ends, binned(spread), strict=True)),
    )


def _decimal(value: Fraction | float | None, places: int = 6) -> str:
    return "" if value is None else rounded(value, places).replace(",", "")


def measures_json(measures: Measures, lang: Lang) -> dict[str, Any]:
    """All cohorts as data: amounts in minor units, times in seconds, definitions as sentences."""
    return {
        "counted_at": iso(measures.as_of),
        "definitions": {"version": VERSION, "of": DEFINED_ON, **dict(definitions(lang))},
        "cohorts": [cohort_json(cohort) for cohort in measures.cohorts],
        "together": cohort_json(measures.together),
    }


def cohort_json(cohort: Cohort) -> dict[str, Any]:
    """One cohort as data."""
    wrong = cohort.wrong_holds
    return {
        "month": cohort.month,
        "cases": cohort.cases,
        "money": [_sums_json(sums) for sums in cohort.sums],
        "times": {name: _spread_json(getattr(cohort, name)) for name in TIMES},
        "wrong_holds": {
            "overturned": wrong.count,
            "holds": wrong.of,
            "rate": None if wrong.value is None else float(wrong.value),
            "interval_95": list(wrong.interval),
            "small_n": wrong.small,
        },
        "appeals_open": cohort.appeals_open,
    }


def _sums_json(sums: Sums) -> dict[str, Any]:
    shares = {f"{n}_share": sums.share(n) for n in (*SHARES, "first_hop")}
    return {
        "currency": sums.currency,
        **{name: getattr(sums, name) for name in AMOUNTS},
        **{name: None if share is None else float(share) for name, share in shares.items()},
        "averted_estimate": sums.averted,
        "innocent_amount_days": sums.innocent_seconds // DAY,
    }


def _spread_json(spread: Spread) -> dict[str, Any]:
    p50, p90 = spread.p50, spread.p90
    return {
        "n": spread.n,
        "p50_seconds": None if p50 is None else float(p50),
        "p90_seconds": None if p90 is None else float(p90),
    }
