"""Who is wanted is taken out of an advert before it is read; a list of persons is refused."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from fanzha.errors import NotAllowed
from fanzha.recognise.advert.tables import all_people, all_places, table
from fanzha.recognise.normalise import normalise

BLANK = "。"  # stands where something was said about a person; no phrase reaches across it
FEWEST_COLUMNS = 2  # named in one line, to call it the head of a list
FEWEST_KINDS = 2  # of cells in a line, to call it a person's row
FEWEST_ROWS = 2  # with a telling cell
FEWEST_PLAIN_ROWS = 3  # with nothing but ages and countries
WHOLE_ROW = 3  # kinds of cells that are a person's record by themselves
_ENDS = re.compile(r"[,\t;|\n，；：｜、]|(?<![0-9]):|:(?![0-9])| {2,}")
_JSON = re.compile(r"[\"'{}\[\]]")
LONGEST_CELL = 24


@dataclass(frozen=True, slots=True)
class Seen:
    """An advert without what it says about persons, with the way back to the text as given."""

    text: str
    starts: tuple[int, ...]  # where in `text` each stretch that was kept begins
    shifts: tuple[int, ...]  # what to add there to get the place in the text as given

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters as given behind `text[start:end]`."""
        return start + self._shift(start), end + self._shift(max(start, end - 1))

    def _shift(self, place: int) -> int:
        return self.shifts[bisect_right(self.starts, place) - 1]


def without_persons(text: str) -> Seen:
    """The advert as every rule reads it: nationality, age, sex and home town are blanks.

    >>> without_persons("招泰国籍女性，18-35岁，月薪1万").text
    '招。，。，月薪1万'
    """
    pieces, starts, shifts, kept, size = [], [0], [0], 0, 0
    for start, end in _joined(_said(text)):
        pieces += [text[kept:start], BLANK]
        size += start - kept + 1
        starts.append(size)
        shifts.append(end - size)
        kept = end
    return Seen("".join([*pieces, text[kept:]]), tuple(starts), tuple(shifts))


def refuse_list(text: str) -> None:
    """Raise `NotAllowed` (`people_not_scored`) where the text is a list of persons.

    >>> refuse_list("姓名,护照号,国籍\\n张三,E00000000,中国")
    Traceback (most recent call last):
    fanzha.errors.NotAllowed: people_not_scored
    """
    heads = rows = telling = filled = 0
    for line in text.splitlines():
        cells = [cell.strip() for cell in _ENDS.split(_JSON.sub("", line)) if cell.strip()]
        named = sum(cell.lower().replace(" ", "_") in _columns() for cell in cells)
        kinds = {kind for cell in cells if (kind := _about_person(cell))}
        heads += named >= FEWEST_COLUMNS and named + len(kinds) >= len(cells) // 2
        rows += len(kinds) >= FEWEST_KINDS
        filled += bool(kinds & _telling())
        if len(kinds) >= FEWEST_KINDS and kinds & _telling():
            telling += FEWEST_ROWS if len(kinds) >= WHOLE_ROW else 1
    headed = heads and (rows or filled)
    listed = telling >= FEWEST_ROWS or rows >= FEWEST_PLAIN_ROWS or headed
    if listed or _requests().search(normalise(text).text):
        raise NotAllowed("people_not_scored")


def _said(text: str) -> Iterator[tuple[int, int]]:
    """Where something is said about persons, in the text as given, in order."""
    normal = normalise(text)
    last = 0
    for match in _attributes().finditer(normal.text):
        start, end = normal.span(*match.span())
        if match.group() and end > start >= last:
            last = end
            yield start, end


def _joined(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that adjoin, as one: two remarks about persons leave the same blank as one."""
    start = end = -1
    for first, last in spans:
        if first == end:
            end = last
            continue
        if end >= 0:
            yield start, end
        start, end = first, last
    if end >= 0:
        yield start, end


def _about_person(cell: str) -> str:
    """The kind of cell this is in a list of persons, or ""."""
    if len(cell) > LONGEST_CELL:
        return ""
    return next((kind for kind, form in _cells().items() if form.fullmatch(cell.lower())), "")


@cache
def _attributes() -> re.Pattern[str]:
    return re.compile("|".join(map(_filled, table("person")["attributes"])))


@cache
def _columns() -> frozenset[str]:
    return frozenset(table("person")["columns"].split())


@cache
def _cells() -> dict[str, re.Pattern[str]]:
    return {kind: re.compile(_filled(form)) for kind, form in table("person")["cells"].items()}


@cache
def _telling() -> frozenset[str]:
    return frozenset(table("person")["telling"])


@cache
def _requests() -> re.Pattern[str]:
    return re.compile("|".join(table("person")["requests"]))


def _filled(pattern: str) -> str:
    return f"(?:{pattern.replace('{place}', all_places()).replace('{people}', all_people())})"
