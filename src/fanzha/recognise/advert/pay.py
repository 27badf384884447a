"""Pay beside what people usually earn: the oldest sign of a lure is a wage that nobody pays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from fanzha.recognise.advert.tables import table

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "十": 10}
_SCALES = {"百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "m": 1_000_000, "": 1}
_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9}(?:\.[0-9]{1,2})?|[一二两三四五六七八九十]"
_SCALE = r"百|千|万|k|w(?![a-z])|m(?![a-z])|"
_NEAR = 12  # characters between the word for pay and its figure
_TIMES = re.compile(
    r"(?:国内|当地|本地|现在|平均)[^。;!?\n]{0,6}?([0-9]{1,2}|[两三四五六七八九十])倍(?!流量)"
    r"|([0-9]{1,2}|[两三四五六七八九十])倍(?:薪|工资|收入|月薪)"
    r"|([0-9]{1,2})\s?(?:x|times)\s(?:your|the|local|what|more|home|current)"
)


class Figure(NamedTuple):
    """Pay as found in the undone text: where, how many times the usual, and of which country."""

    start: int
    end: int
    ratio: float
    country: str


def find_pay(text: str, countries: Iterable[str], lang: str) -> Figure | None:
    """The pay in the text that is furthest above the usual one, or None where none is named.

    It is set beside the highest median of the countries where the work lies and of the one whose
    money it is (that not for US dollars, which all the world pays in). `lang` is the language of
    the text as given: in Chinese, 元 and a bare figure mean the money of the script.

    >>> round(find_pay("月薪3万,包吃住", [], "zh-Hans").ratio, 1)
    4.2
    >>> find_pay("工资是国内5倍", [], "zh-Hans").ratio
    5.0
    """
    figures = [*_multiples(text), *_figures(text, tuple(countries), lang)]
    return max(figures, key=lambda f: (f.ratio, -f.start), default=None)


def weight_of(ratio: float) -> float:
    """The weight of such a ratio, 0 where it is not worth a word."""
    return max((weight for least, weight in table("pay")["weights"] if ratio >= least), default=0.0)


def _multiples(text: str) -> Iterable[Figure]:
    for match in _TIMES.finditer(text):
        times = next(group for group in match.groups() if group)
        yield Figure(match.start(), match.end(), float(_value(times, "")), "")


def _figures(text: str, countries: tuple[str, ...], lang: str) -> Iterable[Figure]:
    tables = _tables()
    means = table("pay")["plain"]
    plain = next((means[said] for said in (*countries, lang) if said in means), "")
    for match in _pattern().finditer(text):
        money = f"{match['money_before'] or ''} {match['money_after'] or ''}".strip()
        currency = _which(tables.currencies, money)
        currency = plain if currency in ("", "plain") else currency
        if currency:
            unit = _which(tables.units, match["unit_before"] or match["unit_after"])
            amount = _value(match["low"], match["scale"] or match["scale_high"] or "")
            yield Figure(match.start(), match.end(), *_ratio(amount, unit, currency, countries))


def _ratio(
    amount: float, unit: str, currency: str, countries: tuple[str, ...]
) -> tuple[float, str]:
    """How many times the highest of the medians it is set beside."""
    usual = table("pay")
    monthly = amount * usual["per_month"][unit] / usual["per_usd"][currency]
    beside = [c for c in countries if c in usual["median_usd"]]
    if currency != "USD" or not beside:
        beside.append(usual["home"][currency])
    country = max(beside, key=lambda c: float(usual["median_usd"][c]))
    return monthly / max(usual["median_usd"][country], usual["lowest_usd"]), country


def _value(number: str, scale: str) -> float:
    digits = number.replace(",", "")
    return float(_DIGITS.get(digits, digits)) * _SCALES[scale]


def _which(table_: list[tuple[str, re.Pattern[str]]], said: str) -> str:
    return next((name for name, pattern in table_ if pattern.search(said)), "") if said else ""


class _Tables(NamedTuple):
    currencies: list[tuple[str, re.Pattern[str]]]
    units: list[tuple[str, re.Pattern[str]]]


@cache
def _tables() -> _Tables:
    listed = table("pay")
    return _Tables(
        [(name, re.compile(said)) for name, said in listed["currencies"]],
        [(name, re.compile(f"{before}|{behind}")) for name, before, behind in listed["units"]],
    )


@cache
def _pattern() -> re.Pattern[str]:
    """Unit, figure and currency in either order; a figure without a unit is no pay."""
    listed = table("pay")
    money = "|".join(p for _, p in listed["currencies"])
    before = "|".join(said for _, said, _ in listed["units"])
    behind = "|".join(f"{said}|{also}" for _, said, also in listed["units"])
    figure = (
        rf"(?P<money_before>{money})?\s?(?<![0-9.])(?P<low>{_NUMBER})\s?(?P<scale>{_SCALE})"
        rf"(?:\s?(?:-|~|–|—|至|到|to)\s?(?:{money})?\s?(?:{_NUMBER})\s?(?P<scale_high>{_SCALE}))?"
        rf"(?![0-9])\s?(?P<money_after>{money})?"
    )
    between = rf"[^0-9。;!?\n一二两三四五六七八九]{{0,{_NEAR}}}?"
    after = rf"[+以上左右起\s]{{0,4}}/?\s?(?P<unit_after>{behind})"
    return re.compile(rf"(?:(?P<unit_before>{before}){between})?{figure}(?(unit_before)|{after})")
