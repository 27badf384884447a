"""A text cut where its telling words begin and end, so that a page can mark them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.present.words import visible
from fanzha.recognise.verdict import Evidence

MOST_REASONS = 6
LEAST_WEIGHT = 0.25  # of the strongest; what speaks fainter is left to the JSON


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of the text, and the numbers of the reasons that quote them."""

    text: str
    numbers: tuple[int, ...]


def strongest(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    """The weightiest reasons for a scam, what they quote together under each, best first.

    >>> faint = Evidence(3, 4, "c", "why.y", 0.1)
    >>> [[e.quote for e in g] for g in strongest([Evidence(0, 2, "ab", "why.x", 1.0), faint])]
    [['ab']]
    """
    groups: dict[str, list[Evidence]] = {}
    for one in evidence:
        if one.quote and one.weight > 0:
            groups.setdefault(one.why, []).append(one)
    ranked = sorted(groups.values(), key=lambda g: -sum(e.weight for e in g))
    floor = sum(e.weight for e in ranked[0]) * LEAST_WEIGHT if ranked else 0.0
    return [g for g in ranked[:MOST_REASONS] if sum(e.weight for e in g) >= floor]


def pieces(text: str, groups: Sequence[Sequence[Evidence]]) -> list[Piece]:
    """The text in pieces, in order and without loss; each marked run with the reasons in it.

    >>> [(p.text, p.numbers) for p in pieces("abcd", [[Evidence(1, 3, "bc", "why.x", 1.0)]])]
    [('a', ()), ('bc', (1,)), ('d', ())]
    """
    found, at = [], 0
    for start, end in runs([(e.start, e.end) for group in groups for e in group]):
        inside = [
            number
            for number, group in enumerate(groups, 1)
            if any(start <= e.start and e.end <= end for e in group)
        ]
        found += [Piece(shown(text[at:start]), ()), Piece(shown(text[start:end]), tuple(inside))]
        at = end
    return [piece for piece in (*found, Piece(shown(text[at:]), ())) if piece.text]


def runs(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that overlap or touch, told as one.

    >>> runs([(5, 6), (0, 2), (1, 4)])
    [(0, 4), (5, 6)]
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def quotes(text: str, group: Sequence[Evidence]) -> list[str]:
    """What a reason quotes, each stretch once.

    >>> quotes("abcdef", [Evidence(0, 2, "ab", "why.x", 1.0), Evidence(1, 4, "bcd", "why.x", 1.0)])
    ['abcd']
    """
    spans = runs([(e.start, e.end) for e in group])
    return list(dict.fromkeys(visible(text[start:end]) for start, end in spans))


def shown(text: str) -> str:
    """Foreign text that cannot disturb the page, with its lines kept."""
    return "\n".join(visible(line, len(line)) for line in text.splitlines(keepends=False)) + (
        "\n" if text.endswith("\n") else ""
    )
