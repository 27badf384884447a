"""What an analyst notes from a bulletin: who acted, where, when, how many, with what, how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from fanzha.recognise.page.finding import PageFact
from fanzha.recognise.page.lines import Line
from fanzha.recognise.page.rules import Pattern, fact_data, fold
from fanzha.recognise.page.sheet import Sheet

MAX_FACTS = 2_000
MAX_NAME = 16  # characters of an authority's name before its ending
_NUMBER = r"(?P<n>\d[\d,]{0,14}(?:\.\d{1,4})?|[零一二两三四五六七八九十百千]{1,9})(?:余|多)?(?P<unit>万亿|千万|百万|十万|亿|万|千)?"  # noqa: E501
_UNITS = {"万亿": 12, "亿": 8, "千万": 7, "百万": 6, "十万": 5, "万": 4, "千": 3, "": 0}
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_STEPS = {"十": 10, "百": 100, "千": 1000}
_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d{2})\s?[年\-/.]\s?)?(?<!\d)(?P<m>1[0-2]|0?[1-9])(?P<sep>月|[\-/.])(?P<d>3[01]|[12]\d|0?[1-9])(?P<end>日|号|(?!\d))"
    r"|(?P<ym>(?:19|20)\d{2})年(?P<mm>1[0-2]|0?[1-9])月(?!\d)"
    r"|(?<![\d月])(?P<day>3[01]|[12]\d|[1-9])日(?=凌晨|上午|中午|下午|晚|夜|,|披露|通报|电|从)"
)
_HAN_BEFORE = re.compile(r"[\u4e00-\u9fff]{0,16}$")


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    value: str
    start: int
    end: int


def page_facts(
    sheet: Sheet, lines: Sequence[Line], published: datetime | None
) -> tuple[PageFact, ...]:
    """The facts of headline and body, each at its first mention, in document order.

    A day without a year is of the year in which the page was published, or of the one before
    where it would lie behind that day.
    """
    seen: set[tuple[str, str]] = set()
    facts: list[PageFact] = []
    days = _Days(published.date() if published else None)
    for line in lines:
        text = fold(line.text)
        for one in _outermost(_found(text, days)):
            free = not sheet.overlaps(line, one.start, one.end)
            if free and (one.kind, one.value) not in seen and len(facts) < MAX_FACTS:
                seen.add((one.kind, one.value))
                start, end = line.span(one.start, one.end)
                facts.append(PageFact(one.kind, one.value, start, end))
    return tuple(facts)


def _found(text: str, days: _Days) -> Iterator[_Found]:
    yield from _authorities(text)
    yield from days.find(text)
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            value = _value(kind, match)
            if value:
                yield _Found(kind, value, *_span(match))


def _outermost(found: Iterator[_Found]) -> list[_Found]:
    """In order, without what lies in another of its kind: a province in a town's full name."""
    kept: list[_Found] = []
    reach: dict[str, int] = {}
    for one in sorted(found, key=lambda f: (f.start, -f.end, f.kind)):
        if one.end > reach.get(one.kind, 0):
            kept.append(one)
            reach[one.kind] = one.end
    return kept


def _span(match: re.Match[str]) -> tuple[int, int]:
    return match.span("v") if "v" in match.re.groupindex else match.span()


def _value(kind: str, match: re.Match[str]) -> str:
    """The clean form; empty for a number that is none."""
    groups = match.re.groupindex
    if "n" not in groups:
        return match["v"]
    number = _number(match["n"], match["unit"] or "")
    if number is None:
        return ""
    if kind == "amount":
        return f"{number} {_currencies()[match['cur']]}"
    return f"{match['what'].strip('“”')} {number}" if "what" in groups else number


def _number(written: str, unit: str) -> str | None:
    """In figures: `1.3` and `万` → `13000`; Chinese numerals as far as they are whole."""
    try:
        base = Decimal(written.replace(",", "")) if written[0].isdigit() else _chinese(written)
    except InvalidOperation:
        return None
    value = base.scaleb(_UNITS[unit])
    whole = value.to_integral_value()
    return f"{whole:f}" if value == whole else f"{value.normalize():f}"


def _chinese(written: str) -> Decimal:
    total, digit = 0, 0
    for char in written:
        if char in _STEPS:
            total += (digit or 1) * _STEPS[char]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[char] if digit else _DIGITS[char]
    return Decimal(total + digit)


def _authorities(text: str) -> Iterator[_Found]:
    """Read from the ending backwards: a name ends at the nearest word that cannot belong to it."""
    ending, stop = _authority_patterns()
    floor = 0
    for match in ending.finditer(text):
        before = text[max(floor, match.start() - MAX_NAME) : match.start()]
        han = _HAN_BEFORE.search(before)
        name = han[0] if han else ""
        cut = max((word.end() for word in stop.finditer(name)), default=0)
        floor = match.end()
        if cut < len(name) or match[0] in fact_data()["authority"]["alone"]:
            start = match.start() - len(name) + cut
            yield _Found("authority", text[start : match.end()], start, match.end())


class _Days:
    """Dates in the order of reading: a bare day goes on in the month that was named last."""

    def __init__(self, published: date | None) -> None:
        self.published = published
        self.last: tuple[str, int] | None = None  # the year or "-", the month

    def find(self, text: str) -> Iterator[_Found]:
        """All dates of one line."""
        for match in _DATE.finditer(text):
            value = self._value(match)
            if value:
                yield _Found("date", value, match.start(), match.end())

    def _value(self, match: re.Match[str]) -> str:
        if match["ym"]:
            self.last = (match["ym"], int(match["mm"]))
            return f"{match['ym']}-{int(match['mm']):02d}"
        if match["day"]:
            return self._day(*self.last, int(match["day"])) if self.last else ""
        if match["sep"] != "月" and not match["y"]:
            return ""  # 9.25 is a case, not a day
        month, day = int(match["m"]), int(match["d"])
        year = match["y"] or self._year(month, day)
        self.last = (year, month)
        return self._day(year, month, day)

    def _year(self, month: int, day: int) -> str:
        if self.last and self.last[0] != "-" and not self.published:
            return self.last[0]
        if not self.published:
            return "-"
        later = (month, day) > (self.published.month, self.published.day)
        return str(self.published.year - later)

    @staticmethod
    def _day(year: str, month: int, day: int) -> str:
        try:
            date(int(year) if year != "-" else 2024, month, day)
        except ValueError:
            return ""
        return f"{year}-{month:02d}-{day:02d}"


@cache
def _patterns() -> tuple[tuple[str, Pattern], ...]:
    kinds = {k: v for k, v in fact_data().items() if k not in ("authority", "currencies")}
    return tuple(
        (kind, re.compile(line.replace("<N>", _NUMBER)))
        for kind, ls in kinds.items()
        for line in ls
    )


@cache
def _authority_patterns() -> tuple[Pattern, Pattern]:
    data = fact_data()["authority"]
    return re.compile(data["ending"]), re.compile(data["stop"])


@cache
def _currencies() -> dict[str, str]:
    return {word: code for code, words in fact_data()["currencies"].items() for word in words}
