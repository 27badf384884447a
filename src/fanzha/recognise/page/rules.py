"""The analysts' data beside this module, read once: words, furniture, official texts, facts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from fanzha.errors import VocabularyError

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of poisoned pages, over folded text."""

    gambling: Pattern
    adult: Pattern
    trade: Pattern
    rescue: Pattern
    coupon: Pattern
    promo: Pattern
    brand: Pattern
    honest: Pattern
    report: Pattern
    official: Pattern
    schooling: Pattern
    question: Pattern
    share: Pattern
    public_hosts: Pattern
    search_engines: Pattern
    inline: Pattern  # a brand and what it promises, in the middle of a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """Lines around an article, by kind, and the elements that hold them."""

    kinds: tuple[tuple[str, Pattern], ...]
    zones: Pattern
    zone_tags: frozenset[str]
    body_names: Pattern
    title_tail: Pattern


@dataclass(frozen=True, slots=True)
class OfficialText:
    """A text of state that pages borrow."""

    title: str
    names: tuple[str, ...]
    text: str


@cache
def words() -> Words:
    """The words of poisoned pages."""
    lists = dict(_load("words"))
    lists.pop("variants")
    patterns = {name: _any(lines) for name, lines in lists.items()}
    strong, brand, promo = ("|".join(lists[n]) for n in ("gambling", "brand", "promo"))
    inline = f"[a-z0-9]{{0,12}}(?:{strong}|[\\u4e00-\\u9fff]{{2}}(?:{brand}))(?:{strong}|{brand}|{promo}|[a-z0-9]){{0,4}}(?:{promo})"  # noqa: E501
    return Words(**patterns, inline=re.compile(inline))


@cache
def furniture() -> Furniture:
    """The lines around an article."""
    data = dict(_load("furniture"))
    zones, tags, names, tail = (
        data.pop(n) for n in ("zones", "zone_tags", "body_names", "title_tail")
    )
    return Furniture(
        kinds=tuple((kind, _any(lines)) for kind, lines in data.items()),
        zones=_any(zones),
        zone_tags=frozenset(tags),
        body_names=_any(names),
        title_tail=re.compile(tail),
    )


@cache
def official_texts() -> tuple[OfficialText, ...]:
    """The official texts that Fanzha knows."""
    return tuple(
        OfficialText(entry["title"], tuple(entry["names"]), entry["text"])
        for entry in _load("official")
    )


def fact_data() -> dict[str, Any]:
    """What a bulletin's facts look like, by kind, as written."""
    data: dict[str, Any] = _load("facts")
    return data


def fold(text: str) -> str:
    """The text for comparing: half width, lower case, simplified; one character for one.

    >>> fold("ＡＰＰ官網登錄")
    'app官网登录'
    """
    return text.translate(_folding()).lower() if not text.isascii() else text.lower()


@cache
def _folding() -> dict[int, int]:
    pairs = {ord(pair[0]): ord(pair[1]) for pair in str(_load("words")["variants"]).split()}
    wide = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    # Lower-casing must not change the length: the one letter that would is taken out of its way.
    return wide | pairs | {0x3000: 0x20, 0xA0: 0x20, ord("İ"): ord("i")}


def _any(lines: list[str]) -> Pattern:
    return re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE)


@cache
def _load(name: str) -> Any:
    text = files(__package__).joinpath(f"{name}.yaml").read_text("utf-8")
    loaded = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not loaded:
        raise VocabularyError("rules_unreadable", name=name)
    return loaded
