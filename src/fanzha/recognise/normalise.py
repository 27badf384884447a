"""Undo what hides words from filters, and keep the way back to every character as given.

Width and compatibility forms, zero-width and direction controls, Cyrillic or Greek letters among
Latin ones, 火星文 and taken-apart characters, symbols between characters, letters and nicknames
for words (加V, 薇信, 扣扣), Traditional to Simplified. What comes out is for finding words in; a
reader is shown the characters as given, by `origin`. It is no spelling correction: a name that
happens to look like an odd spelling is changed too.
"""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fanzha.recognise.kernel import undoer

LONGEST_CLUSTER = 8  # a letter and its marks; "zalgo" heaps hundreds
COMBINING = frozenset(range(0x300, 0x370))


@dataclass(frozen=True, slots=True)
class Normal:
    """The undone text, and for each of its characters the span `start:end` it stands for."""

    text: str
    origin: tuple[int, ...]  # as long as `text` plus one: its last is the length as given

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters as given from which `text[start:end]` was made."""
        return self.origin[start], self.origin[end] if end > start else self.origin[start]


def normalise(text: str) -> Normal:
    """The text with its evasions undone.

    >>> normalise("加Ｖ，转\\u200b*账").text
    '加微信,转账'
    >>> normalise("轉帳").origin
    (0, 1, 2)
    """
    codes, places = given(text)
    return normal_of(text, undoer().normalise(codes), places)


def normal_of(text: str, reading: Any, places: list[int] | None) -> Normal:
    """What the kernel's reading of `text` says, with offsets into it."""
    size = reading.size
    undone = array("I", reading.codes[:size]).tobytes().decode("utf-32-le", "surrogatepass")
    starts = reading.origin[:size]
    origin = (*((places[i] for i in starts) if places else starts), len(text))
    return Normal(undone, origin)


def given(text: str) -> tuple[array[int], list[int] | None]:
    """Code points; where marks stood apart from their letters, joined, with their places."""
    if not text.isascii() and not COMBINING.isdisjoint(map(ord, text)):
        return _composed(text)
    codes = array("I")
    codes.frombytes(text.encode("utf-32-le", "surrogatepass"))
    return codes, None


def _composed(text: str) -> tuple[array[int], list[int]]:
    starts = [i for i, c in enumerate(text) if i == 0 or ord(c) not in COMBINING]
    codes, places = array("I"), []
    for start, end in pairwise([*starts, len(text)]):
        joined = text[start] if end == start + 1 else _joined(text[start:end])
        codes.extend(map(ord, joined))
        places.extend([start] * len(joined))
    return codes, places


def _joined(cluster: str) -> str:
    return unicodedata.normalize("NFC", cluster[:LONGEST_CLUSTER])
