"""What was found, as a page shows it: a stretch around the words that were asked for."""

from __future__ import annotations

from collections.abc import Iterator

from fanzha.present.words import visible
from fanzha.services.search import FoundPlace

AROUND = 60  # characters before and after a marked stretch of a long text
SHORT = 200  # a text up to this length is shown whole
MOST = 6  # marked stretches of one line


def pieces(place: FoundPlace) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it was asked for; what is left out is an ellipsis.

    >>> pieces(FoundPlace(1, "words", "加 微信 转账", ((2, 4),)))
    [('加 ', False), ('微信', True), (' 转账', False)]
    """
    return cut(place.text, place.spans)


def cut(text: str, spans: tuple[tuple[int, int], ...]) -> list[tuple[str, bool]]:
    """The same for any text."""
    return [(visible(part, len(part)), marked) for part, marked in _cut(text, spans[:MOST]) if part]


def _cut(text: str, spans: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, bool]]:
    if len(text) <= SHORT:
        first, last = 0, len(text)
    else:
        first = max(0, spans[0][0] - AROUND) if spans else 0
        last = min(len(text), spans[-1][1] + AROUND) if spans else SHORT
    at = first
    yield ("…" if first else ""), False
    for start, end in spans:
        yield from _between(text[at:start])
        yield text[start:end], True
        at = end
    yield from _between(text[at:last])
    yield ("…" if last < len(text) else ""), False


def _between(text: str) -> Iterator[tuple[str, bool]]:
    text = " ".join(text.split("\n"))
    if len(text) <= 2 * SHORT:
        yield text, False
    else:
        yield f"{text[:AROUND]} … {text[-AROUND:]}", False
