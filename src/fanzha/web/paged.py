"""Long lists a page at a time: no page grows with the case, and nothing is out of reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

Item = TypeVar("Item")
Turned = Annotated[int, Query(ge=1, le=1_000_000)]  # `?page=2`


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Generic[Item]):
    """One page of a list: `first` is the place of its first item, counted from 1."""

    items: Sequence[Item]
    number: int
    pages: int
    first: int
    whole: int

    @property
    def last(self) -> int:
        """The place of its last item."""
        return self.first + len(self.items) - 1


def turned(
    listed: Sequence[Item], number: int, most: int, weigh: Callable[[Item], int] = lambda _: 1
) -> Paged[Item]:
    """Page `number` of a list, or the last where there are not so many.

    `weigh` says how many lines an item takes; a page has at most `most` lines, or one item.

    >>> turned("abcde", 2, 2).items, turned("abcde", 9, 2).items, turned("", 1, 2).whole
    ('cd', 'e', 0)
    """
    cuts = list(_cuts(listed, most, weigh))
    number = min(number, len(cuts))
    start, stop = cuts[number - 1]
    return Paged(
        items=listed[start:stop], number=number, pages=len(cuts), first=start + 1, whole=len(listed)
    )


def _cuts(
    listed: Sequence[Item], most: int, weigh: Callable[[Item], int]
) -> Iterator[tuple[int, int]]:
    start, lines = 0, 0
    for place, item in enumerate(listed):
        lines += weigh(item)
        if lines > most and place > start:
            yield start, place
            start, lines = place, weigh(item)
    yield start, len(listed)
