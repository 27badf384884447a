"""A report cut into clauses, each with the things and the cue words in it, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims, Token

_BREAK = re.compile(
    r"[,。;!?\n…]|\.{2,}|(?<=[A-Za-z\u4e00-\u9fff)])\.(?=\s|$|[\u4e00-\u9fff])"
    r"|(?<=\d)\.(?=\s+[A-Z]|\s*$)|(?<=\d)\.(?=[\u4e00-\u9fff])|\b(?:but|so i"
    r"|and then|and they)\b",
    re.IGNORECASE,
)


LONGEST = 200  # characters of a clause: talk written down without a pause is cut there


@dataclass(slots=True)
class Clause:
    """A stretch of talk between two pauses; `things` and `cues` stand in order."""

    start: int
    end: int
    things: list[Token] = field(default_factory=list)
    cues: list[Token] = field(default_factory=list)

    def has(self, *kinds: str) -> bool:
        """Whether a cue of one of these classes is in it."""
        return any(cue.kind in kinds for cue in self.cues)

    def amounts(self) -> list[Token]:
        """The sums in it."""
        return [thing for thing in self.things if thing.kind == "amount"]


def find_cues(folded: str, claims: Claims) -> list[Token]:
    """The cue words of a text that are not part of a name, a number or a sum."""
    return [
        Token(m.lastgroup or "", m.start(), m.end(), m[0])
        for m in rules().cues.finditer(folded)
        if claims.free(m.start(), m.end())
    ]


def cut(folded: str, things: list[Token], cues: list[Token], claims: Claims) -> list[Clause]:
    """The clauses of a text; a comma inside a number is no pause."""
    breaks = [m.start() for m in _BREAK.finditer(folded) if claims.free(m.start(), m.end())]
    edges = _bounded([*breaks, len(folded)], claims)
    starts = [0, *(edge + 1 for edge in edges[:-1])]
    clauses = [Clause(a, b) for a, b in zip(starts, edges, strict=True)]
    _deal(clauses, sorted(things, key=lambda t: t.start), "things")
    _deal(clauses, cues, "cues")
    return [c for c in clauses if folded[c.start : c.end].strip()]


def _bounded(breaks: list[int], claims: Claims) -> list[int]:
    """The breaks with more between those that lie too far apart, where possible outside a thing."""
    edges: list[int] = []
    last = 0
    for edge in breaks:
        while edge - last > LONGEST:
            last += LONGEST
            spare = 0
            while (
                spare < LONGEST
                and last + spare < edge
                and not claims.free(last + spare, last + spare + 1)
            ):
                spare += 1
            last += spare
            edges.append(last)
        if not edges or edge > edges[-1]:
            edges.append(edge)
        last = edge
    return edges


def _deal(clauses: list[Clause], tokens: list[Token], to: str) -> None:
    """Give each token to the clause in which it begins."""
    at = 0
    for token in tokens:
        while at + 1 < len(clauses) and clauses[at + 1].start <= token.start:
            at += 1
        getattr(clauses[at], to).append(token)
