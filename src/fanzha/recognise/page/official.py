"""Official text on a page: which one it is, and how much of the page is word for word from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from fanzha.recognise.page.finding import Official
from fanzha.recognise.page.rules import fold, official_texts

SHINGLE = 8  # characters; two texts of law on different things hardly ever share eight
MIN_SHINGLES = 25  # about two clauses: a quoted title or half a sentence is no official text
MIN_SHARE = 0.05
MAX_COMPARED = 500_000  # characters of a page
MIN_PARAGRAPH = 40  # characters
MIN_NAMED = 2  # paragraphs that speak of a text, for one that is known by its name only
_NOT_WORD = re.compile(r"[\W_]+")
_LAW = re.compile(r"《([^《》\n]{2,60}?(?:法|条例|规定|办法|解释|决定|通知|意见|细则|规则)(?:\([^)]{1,12}\))?)》")  # fmt: skip  # noqa: E501


def official_text(lines: Sequence[str]) -> Official | None:
    """The official text that these lines hold, by its very words or else by its name."""
    return _by_words(lines) or _by_name(lines)


def _by_words(lines: Sequence[str]) -> Official | None:
    known, hits, total = _shingles(), Counter[str](), 0
    for line in lines:
        bare = letters(line[: max(0, MAX_COMPARED - total)])
        for at in range(len(bare) - SHINGLE + 1):
            total += 1
            title = known.get(bare[at : at + SHINGLE])
            if title:
                hits[title] += 1
    if not hits:
        return None
    title, count = max(hits.items(), key=lambda hit: (hit[1], hit[0]))
    share = count / total
    if count < MIN_SHINGLES or share < MIN_SHARE:
        return None
    return Official(title, round(share, 4), "text")


def _by_name(lines: Sequence[str]) -> Official | None:
    """A text of state that most paragraphs of some length speak of."""
    long = [fold(line) for line in lines if len(line) >= MIN_PARAGRAPH]
    named = Counter(name for line in long for name in set(_LAW.findall(line)))
    if not named:
        return None
    name, count = max(named.items(), key=lambda hit: (hit[1], hit[0]))
    if count < MIN_NAMED and count < len(long):
        return None
    return Official(_full(name), round(count / len(long), 4), "name")


def _full(name: str) -> str:
    for known in official_texts():
        if name == known.title or name in known.names:
            return known.title
    return name


def letters(text: str) -> str:
    """Only letters and digits, folded: what is left when the punctuation of two copies differs."""
    return _NOT_WORD.sub("", fold(text))


@cache
def _shingles() -> dict[str, str]:
    found: dict[str, str] = {}
    for known in official_texts():
        for line in known.text.splitlines():
            bare = letters(line)
            for at in range(len(bare) - SHINGLE + 1):
                found.setdefault(bare[at : at + SHINGLE], known.title)
    return found
