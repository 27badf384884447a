"""Short numbers of each country, and how they look when somebody fakes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from fanzha.model.vocabulary import vocabulary

_AREA = re.compile(r"10|2[0-9]|[3-9][0-9]{2}")  # of mainland China, without the trunk prefix 0
_LONGEST = 8  # digits of a short number, CN 95xxxxxx
_LONGEST_BARE = 6  # behind + alone, for longer ones are numbers of real countries (+95, +961)


@dataclass(frozen=True, slots=True)
class ShortNumbers:
    """The short numbers of one country.

    A number of `shape` only has the form of one: whether it is in use stands nowhere here.
    """

    country: str
    calling_code: str
    emergency: frozenset[str]
    known: frozenset[str]  # emergency numbers and public hotlines
    police: frozenset[str]  # emergency numbers and those that never call from abroad
    figures: frozenset[str]  # those that are a common figure too
    shape: re.Pattern[str]

    def has(self, digits: str) -> bool:
        """Whether these digits are a short number or have the form of one."""
        return digits in self.known or self.shape.fullmatch(digits) is not None


@cache
def short_numbers(country: str) -> ShortNumbers | None:
    """Those of the country (ISO 3166), or None where nobody has listed any.

    >>> sorted(short_numbers("CN").emergency)[:3]
    ['110', '119', '120']
    """
    listed = _table().get(country)
    if listed is None:
        return None
    import phonenumbers  # lazily: its tables take a while

    emergency = frozenset(listed["emergency"])
    known = emergency.union(listed["service"], _hotlines(country))
    code = str(phonenumbers.country_code_for_region(country))
    figures = frozenset(listed.get("figure", ()))
    shape = re.compile(listed["shape"] or r"(?!)")
    police = emergency.union(listed.get("police", ()))
    return ShortNumbers(country, code, emergency, known, police, figures, shape)


def countries() -> list[str]:
    """The countries whose short numbers are listed."""
    return sorted(_table())


def behind_prefix(shown: str, short: ShortNumbers) -> str:
    """The short number that somebody put behind `+` or `00`, or "" where none is.

    Short numbers have no international form: the true 96110 shows as area code and 96110, and
    anything before it that only a call from abroad has is a fake. It is so on a *display*: in a
    text, banks and the consular hotline write `+86 10 12308` for callers from abroad.

    >>> [behind_prefix(n, short_numbers("CN")) for n in ("+8696110", "0096110", "02596110")]
    ['96110', '96110', '']
    """
    if not shown.startswith(("+", "00")) or short.has(shown):
        return ""
    digits = shown.lstrip("+0")
    inside = digits.removeprefix(short.calling_code).lstrip("0")
    bare = [digits] if len(digits) <= _LONGEST_BARE else []
    area = [rest for rest in _without_area(inside, short) if rest in short.police]
    coded = [*area, inside] if inside != digits else []
    return _first(short, (*bare, *coded))


def behind_area(shown: str, short: ShortNumbers) -> str:
    """The short number behind an area code as a landline dials it, or "".

    >>> [behind_area(n, short_numbers("CN")) for n in ("02596110", "02500000000")]
    ['96110', '']
    """
    if short.country != "CN" or not shown.startswith("0") or shown.startswith("00"):
        return ""
    return _first(short, _without_area(shown[1:], short))


def _first(short: ShortNumbers, candidates: Iterable[str]) -> str:
    return next((digits for digits in candidates if short.has(digits)), "")


def _without_area(digits: str, short: ShortNumbers) -> list[str]:
    area = _AREA.match(digits) if short.country == "CN" else None
    rest = digits[area.end() :] if area else ""
    return [rest] if len(rest) <= _LONGEST and rest in short.known else []


def _hotlines(country: str) -> list[str]:
    profile = vocabulary("country").get(country.lower())
    return [line.number for line in profile.hotlines if line.number] if profile else []


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = (files(__package__) / "service_numbers.yaml").read_text("utf-8")
    table: dict[str, dict[str, Any]] = yaml.load(
        text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    return table
