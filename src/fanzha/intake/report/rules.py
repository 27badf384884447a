"""The analysts' data beside this module, read once and compiled."""

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
class Rules:
    """Everything that the reading of a report takes from data."""

    simplified: dict[int, int]
    cues: Pattern  # one named group for each class of cue
    banks: Pattern
    bank_names: dict[str, str]  # lower-case spelling → full name
    before: Pattern  # currency words in front of a number
    after: Pattern  # and behind it
    currency_of: dict[str, str]  # lower-case word → code, `unit` or `dollar`
    zones: dict[str, str]
    surnames: frozenset[str]
    names: dict[str, Any]
    places: frozenset[str]
    place_endings: tuple[str, ...]
    signals: dict[str, Signal]
    contact: dict[str, Pattern]


@dataclass(frozen=True, slots=True)
class Signal:
    """Words that point to scam types, each with a weight."""

    words: Pattern | None
    points: dict[str, int]


@cache
def rules() -> Rules:
    """All rules, compiled. Raises `VocabularyError` where a file does not say what it must."""
    banks, money, names, places = (
        _load(n) for n in ("institutions", "currencies", "names", "places")
    )
    spellings = {s.lower(): full for full, short in banks.items() for s in [full, *short]}
    before, after = _currency_words(money, "before"), _currency_words(money, "after")
    return Rules(
        simplified={ord(a): ord(b) for a, b in _load("spelling")["pairs"].split()},
        cues=_classes(_load("cues")),
        banks=_words(spellings),
        bank_names=spellings,
        before=_words(before),
        after=_words(after),
        currency_of={**before, **after},
        zones=money["zones"],
        surnames=frozenset("".join(names["surnames"].split())) | frozenset(names["compound"]),
        names=names,
        places=frozenset(places["places"].split()),
        place_endings=tuple(places["endings"]),
        signals={
            code: Signal(_any(entry["words"]) if "words" in entry else None, entry["points"])
            for code, entry in _load("signals").items()
        },
        contact={name: _any(lines) for name, lines in _load("contact").items()},
    )


def _load(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath(f"{name}.yaml").read_text("utf-8")
    loaded = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(loaded, dict):
        raise VocabularyError("rules_unreadable", name=name)
    return loaded


def _currency_words(money: dict[str, Any], side: str) -> dict[str, str]:
    words = {w.lower(): code for code, entry in money["codes"].items() for w in entry[side]}
    if side == "after":
        return words | dict.fromkeys(money["unit"], "unit")
    return words | dict.fromkeys(money["dollar"], "dollar")


def _any(lines: list[str]) -> Pattern:
    return re.compile("|".join(f"(?:{line})" for line in lines), re.IGNORECASE)


def _classes(classes: dict[str, list[str]]) -> Pattern:
    groups = (
        f"(?P<{name}>" + "|".join(f"(?:{line})" for line in lines) + ")"
        for name, lines in classes.items()
    )
    return re.compile("|".join(groups), re.IGNORECASE)


def _words(words: dict[str, str]) -> Pattern:
    longest = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(_bounded(word) for word in longest), re.IGNORECASE)


def _bounded(word: str) -> str:
    head = r"(?<![A-Za-z])" if word[0].isascii() and word[0].isalpha() else ""
    tail = r"(?![A-Za-z])" if word[-1].isascii() and word[-1].isalpha() else ""
    return head + re.escape(word) + tail
