"""One spelling for finding words again, and the pairs of characters that the index is made of.

Width, letter case, traditional and simplified characters, invisible characters, and the spaces
and dashes inside numbers make no difference. Pairs of neighbouring characters, asked for as a
phrase, find every stretch of a text, a Chinese word of two characters as well as part of a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from fanzha.recognise.characters import characters
from fanzha.recognise.layout import DROPPED, EXPANDS, TABLE

_INSIDE_NUMBER = re.compile(r"(?<=[0-9])[ \-()]{1,3}(?=[0-9])")
_DEFANGED = re.compile(r"(?<![a-z0-9])h(?:xx|\*\*)p(?=s?[\[:])")
_OTHER = re.compile(r"[\W_]+")
_PLAIN = re.compile(r"[0-9a-z\u4e00-\u9fa5]")  # what SQLite's tokenizer surely takes for a letter


class _Table(dict[int, str]):
    """What each character becomes, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(code)
        return plain


def _plain(code: int) -> str:
    if code >= TABLE:
        return chr(code)
    known = characters()
    found = known.fold[code]
    if found == DROPPED:
        return ""
    if found < DROPPED:
        return chr(found).lower()
    start = found - EXPANDS + 1
    return "".join(map(chr, known.expansions[start : start + known.expansions[start - 1]])).lower()


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is searched: words of plain characters with one space between them.

    `origin` says for each of its characters where it stood in the text as given.
    """

    text: str
    origin: tuple[int, ...]

    def find(self, needle: str) -> list[tuple[int, int]]:
        """Every place of a needle (itself a reading's text), as spans of the text as given."""
        found: list[tuple[int, int]] = []
        at = self.text.find(needle) if needle else -1
        while at >= 0:
            found.append((self.origin[at], self.origin[at + len(needle) - 1] + 1))
            at = self.text.find(needle, at + len(needle))
        return found


def plain(text: str) -> str:
    """The text as it is searched.

    >>> plain("轉賬 ＋86-138 0013 8000"), plain("hxxp://etc-xx[.]example")
    ('转账 8613800138000', 'http etc xx example')
    """
    folded = _DEFANGED.sub("http", text.translate(_TABLE))
    return _OTHER.sub(" ", _INSIDE_NUMBER.sub("", folded)).strip()


def reading(text: str) -> Reading:
    """The same with the way back to the text as given; slower, for what is shown.

    >>> found = reading("加 微信，138 0013 8000")
    >>> found.find(plain("13800138000"))
    [(5, 18)]
    """
    pieces = [(folded, place) for place, char in enumerate(text) for folded in _TABLE[ord(char)]]
    chars, places = [c for c, _ in pieces], [p for _, p in pieces]
    folded = "".join(chars)
    for match in _DEFANGED.finditer(folded):
        chars[match.start() + 1 : match.start() + 3] = "tt"
    dropped = {i for m in _INSIDE_NUMBER.finditer(folded) for i in range(m.start(), m.end())}
    kept = [i for i in range(len(chars)) if i not in dropped]
    spaced = _OTHER.sub(lambda m: " " * len(m[0]), "".join(chars[i] for i in kept))
    shown = [
        (char, places[kept[i]])
        for i, char in enumerate(spaced)
        if char != " " or (i and spaced[i - 1] != " ")
    ]
    return Reading("".join(c for c, _ in shown), tuple(p for _, p in shown))


def grams(text: str) -> str:
    """What the index keeps of a text: its pairs, each word's last character by itself.

    >>> grams("张伟 30")
    '张伟 伟 30 0'
    """
    return " ".join(gram for word in plain(text).split() for gram in _pairs(word))


def phrase(needle: str) -> str:
    """The index's question for a stretch of text (a reading's text); empty for nothing.

    >>> phrase("张伟"), phrase("张"), phrase("etc xx")
    ('"张伟"', '"张"*', '"et tc c xx"')
    """
    words = needle.split()
    if not words:
        return ""
    before = [gram for word in words[:-1] for gram in _pairs(word)]
    pairs = _pairs(words[-1])
    last = pairs[:-1] or pairs
    return f'"{" ".join([*before, *last])}"{"*" if len(words[-1]) == 1 else ""}'


def _pairs(word: str) -> list[str]:
    letters = [c if _PLAIN.match(c) else f"u{ord(c):x}u" for c in word]
    return [*map("".join, pairwise(letters)), letters[-1]]
