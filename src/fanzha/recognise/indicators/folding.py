"""One spelling for the finders, with the way back to the characters as given.

Only letters, digits and the marks of addresses are folded: full-width, circled and mathematical
forms, digits of other scripts, traditional characters of the cue words. Invisible characters fall
away. What is cut out for a reader is always cut from the text as it was given.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from fanzha.recognise.indicators.words import words

# Zero-width and directional marks, variation selectors, the keycap ring around digits.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u20e3\ufe00-\ufe0f\ufeff]"
)
_MARKS = {
    **dict.fromkeys(map(ord, "．﹒"), "."),
    **dict.fromkeys(map(ord, "‐‑‒–—−－﹣"), "-"),
    ord("／"): "/",
    ord("＠"): "@",
    ord("＋"): "+",
    ord("＿"): "_",
    ord("＃"): "#",
    **dict.fromkeys(map(ord, "￥"), "¥"),
    **dict.fromkeys(map(ord, "＄"), "$"),
    **dict.fromkeys(map(ord, "\u3000\u00a0\u2009\u202f"), " "),
}


class _Table(dict[int, str]):
    """What each character becomes, found out once; always one character for one."""

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if code <= 0xFFFF:  # what a hostile text can make it hold stays small
            self[code] = folded
        return folded


class Folded(NamedTuple):
    """Folded text, and where each of its characters stood if any fell away."""

    text: str
    places: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span in the text as given."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> Folded:
    """The text as the finders read it.

    >>> fold("加微信：ＡＢ①").text, fold("1\u200b3").span(1, 2)
    ('加微信：AB1', (2, 3))
    """
    if text.isascii():
        return Folded(text, None)
    if not _INVISIBLE.search(text):
        return Folded(text.translate(_TABLE), None)
    places = [place for place, char in enumerate(text) if not _INVISIBLE.match(char)]
    return Folded("".join(map(text.__getitem__, places)).translate(_TABLE), places)


def _fold_char(char: str) -> str:
    simplified = words().simplified.get(char)
    if simplified or char.isascii():
        return simplified or char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    normal = unicodedata.normalize("NFKC", char)
    return normal if len(normal) == 1 and normal.isascii() and normal.isalnum() else char


_TABLE = _Table(_MARKS)
