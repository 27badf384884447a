"""Calendar dates, in the form of ISO 8601; one without its year is `--05-14`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from fanzha.recognise.indicators.candidate import SHAPED, Candidate

_MONTH, _DAY = r"1[0-2]|0?[1-9]", r"3[01]|[12][0-9]|0?[1-9]"
_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_CLOCK = (
    r"(?:[ T，,]{0,2}(?P<hour>[01]?[0-9]|2[0-3])[:：点时](?P<minute>[0-5][0-9])"
    r"(?:[:：分](?P<second>[0-5][0-9])秒?|分)?)?"
)
_HAN = re.compile(
    rf"(?<![0-9])(?:{_YEAR}\s?年\s?)?(?P<month>{_MONTH})\s?月\s?(?P<day>{_DAY})\s?[日号]"
    rf"(?![码群线楼])(?:上午|下午|晚上?|早上?)?{_CLOCK}"
)
_ISO = re.compile(
    rf"(?<![A-Za-z0-9./_-]){_YEAR}(?P<sep>[-/.])(?P<month>{_MONTH})(?P=sep)(?P<day>{_DAY})"
    rf"(?![0-9/-]|\.[0-9]){_CLOCK}"
)
_DAY_FIRST = re.compile(
    rf"(?<![A-Za-z0-9./_-])(?P<one>{_DAY})(?P<sep>[-/.])(?P<two>{_DAY})(?P=sep)"
    r"(?P<year>(?:19|20|25)[0-9]{2})(?![0-9/-]|\.[0-9])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ENGLISH = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<day>{_DAY})(?:st|nd|rd|th)?(?: of)?[ -](?P<name>{_NAME})"
    rf"|(?P<name2>{_NAME})\.? (?P<day2>{_DAY})(?:st|nd|rd|th)?(?![0-9:]))"
    rf"(?:\.?,? ?-?{_YEAR}(?![0-9]))?(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def find_dates(text: str) -> Iterator[Candidate]:
    """Dates that are days of the calendar. 05/06/2024 stays as it is written: nobody can tell."""
    if "月" in text:
        yield from filter(None, map(_numeric, _HAN.finditer(text)))
    yield from filter(None, map(_numeric, _ISO.finditer(text)))
    yield from filter(None, map(_day_first, _DAY_FIRST.finditer(text)))
    yield from filter(None, map(_english, _ENGLISH.finditer(text)))


def _numeric(match: re.Match[str]) -> Candidate | None:
    day = _day(match["year"], int(match["month"]), int(match["day"]))
    if not day:
        return None
    clock = ""
    if match["hour"] and match["year"]:
        clock = f"T{int(match['hour']):02}:{match['minute']}"
        clock += f":{match['second']}" if match["second"] else ""
    end = match.end() if clock else _without_clock(match)
    return Candidate(SHAPED, match.start(), end, "date", day + clock)


def _without_clock(match: re.Match[str]) -> int:
    """The end of the day itself, where the clock is left to stand apart."""
    rest = match.string[match.end("day") : match.end()]
    mark = re.match(r"\s?[日号]", rest)
    return match.end("day") + (mark.end() if mark else 0)


def _day_first(match: re.Match[str]) -> Candidate | None:
    one, two = int(match["one"]), int(match["two"])
    if one <= 12 and two <= 12 and one != two:
        return Candidate(SHAPED, match.start(), match.end(), "date", match[0])
    month, day = (two, one) if one > 12 or one == two else (one, two)
    value = _day(match["year"], month, day)
    return Candidate(SHAPED, match.start(), match.end(), "date", value) if value else None


def _english(match: re.Match[str]) -> Candidate | None:
    name = (match["name"] or match["name2"])[:3].lower()
    value = _day(match["year"], _MONTHS.index(name) + 1, int(match["day"] or match["day2"]))
    return Candidate(SHAPED, match.start(), match.end(), "date", value) if value else None


def _day(year: str | None, month: int, day: int) -> str:
    """The date, or "" where the calendar has none; without a year the 29th of February counts."""
    if year and year.startswith("25"):  # of the Buddhist era, as Thailand counts
        year = str(int(year) - 543)
    try:
        found = date(int(year or 2000), month, day).isoformat()
    except ValueError:
        return ""
    return found if year else f"--{found[5:]}"
