"""Where the way leads: places in the order in which the advert names them."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from fanzha.recognise.advert.finding import Role
from fanzha.recognise.advert.tables import Place, places, table
from fanzha.recognise.normalise import Normal

_NEAR = 6  # characters that a word for the role may stand away


class Named(NamedTuple):
    """A place as found in the undone text."""

    role: Role
    place: Place
    start: int
    end: int


def find_route(written: str, normal: Normal) -> list[Named]:
    """Every place with its role; the same place in the same role is named once.

    `normal` is `written` undone, and the offsets of what comes back are of its text.

    >>> from fanzha.recognise.normalise import normalise
    >>> written = "昆明出发，经老挝到妙瓦底"
    >>> [(n.role, n.place.name) for n in find_route(written, normalise(written))]
    [('from', '昆明'), ('via', '老挝'), ('to', '妙瓦底')]
    """
    pattern, known = places()
    text = normal.text
    found = [(known[m["name"]], m.start(), m.end()) for m in pattern.finditer(text)]
    chained = _chained(written, [(normal.origin[s], normal.origin[e - 1] + 1) for _, s, e in found])
    named = [
        Named(_role(text, start, end) or chained.get(i, "to"), place, start, end)
        for i, (place, start, end) in enumerate(found)
    ]
    first = {(n.role, n.place.name): n for n in reversed(named)}
    return sorted(first.values(), key=lambda n: n.start)


def abroad(route: list[Named]) -> Named | None:
    """The first place of work that lies abroad, a border town before others."""
    home = table("places")["home"]
    away = [n for n in route if n.place.country not in home and n.role != "from"]
    return min(away, key=lambda n: not n.place.border, default=None)


def third_country(route: list[Named]) -> Named | None:
    """A stop in a country that is neither the first nor the last one of the way."""
    ends = {n.place.country for n in route if n.role in ("from", "to")}
    return next(
        (n for n in route if n.role == "via" and n.place.country not in ends | {"", "cn"}), None
    )


def _chained(written: str, spans: list[tuple[int, int]]) -> dict[int, Role]:
    """Roles of places joined by arrows or by 到 and the like: first, between, last."""
    roles: dict[int, Role] = {}
    link = _link()
    for i in range(1, len(spans)):
        if link.fullmatch(written[spans[i - 1][1] : spans[i][0]][:12]):
            roles[i - 1] = "via" if i - 1 in roles else "from"
            roles[i] = "to"
    return roles


def _role(text: str, start: int, end: int) -> Role | None:
    """What the words beside a place say; nothing said means that the way or work is there."""
    before, after = text[max(0, start - 2 * _NEAR) : start], text[end : end + _NEAR]
    for role, (leading, trailing) in _roles().items():
        if leading.search(before) or trailing.match(after):
            return role
    return None


@cache
def _link() -> re.Pattern[str]:
    return re.compile(table("places")["chain"])


@cache
def _roles() -> dict[Role, tuple[re.Pattern[str], re.Pattern[str]]]:
    said = table("places")["roles"]
    roles: tuple[Role, ...] = ("via", "from")
    return {
        role: (
            re.compile(rf"(?:{said[role]['before']})\s?$"),
            re.compile(rf"\s?(?:{said[role]['after']})"),
        )
        for role in roles
    }
