"""A finder's claim to a stretch of the text, and how claims that overlap are settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

IGNORED = ""  # the kind of what is known to be no indicator: a code, an order number, a clock time


class Candidate(NamedTuple):
    """One claim. A higher `rank` wins over a longer span: a proof or a cue makes it surer."""

    rank: int
    start: int
    end: int
    kind: str
    value: str
    anomalies: tuple[str, ...] = ()


# Ranks, surest first.
ADDRESS = 6  # of web, mail, store, wallet: nothing that stands inside one is anything else
CUED = 5  # a word beside it says what it is
CLAIMED = 4  # a word beside it says that it is none of ours
CHECKED = 3  # a checksum or an international prefix says so
SHAPED = 2  # only its form says so

Finder = Callable[[str], Iterator[Candidate]]


def settled(candidates: Iterable[Candidate], length: int) -> list[Candidate]:
    """Those that stay, in order of place: by rank, then the longer, then the earlier.

    >>> a, b = Candidate(SHAPED, 0, 9, "phone", ""), Candidate(CUED, 4, 8, "account", "")
    >>> settled([a, b], 10) == [b]
    True
    """
    taken = bytearray(length)
    kept = []
    for claim in sorted(candidates, key=lambda c: (-c.rank, c.start - c.end, c.start, c.kind)):
        if 1 not in taken[claim.start : claim.end]:
            taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
            kept.append(claim)
    return sorted((c for c in kept if c.kind), key=lambda c: c.start)
