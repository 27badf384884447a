"""The YAML beside the code as compiled patterns, read and checked once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from fanzha.errors import VocabularyError

GAP = "[^,。;!?\\n]{0,8}?"  # what `…` stands for
BETWEEN = "(?:[\\s-]{1,3})"  # what `_` stands for
# Words and figures are bounded, and never hold what stands between words: so matching stays linear.
_WORDS = (
    ("]+", "]{1,12}"),
    (r"\w*", r"\w{0,20}"),
    (r"\w+_", r"[\w']{1,20}_"),
    (r"\S+_", r"[^\s-]{1,24}_"),
    ("…", GAP),
    ("_", BETWEEN),
)
_FIELDS = {"weight", "kind", "decisive", "negatable", "computed", "abroad", "phrases"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One entry of `features.yaml`; its keys are explained at the head of that file."""

    code: str
    weight: float
    kind: str
    decisive: bool
    negatable: bool
    abroad: bool
    pattern: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that adverts name."""

    name: str
    country: str
    border: bool


@cache
def table(name: str) -> dict[str, Any]:
    """A YAML file of this package."""
    text = files(__package__).joinpath(f"{name}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def signs(side: str) -> dict[str, Sign]:
    """The signs of one side, `risk` or `protective`, in the order of the file."""
    return {code: _sign(code, entry) for code, entry in table("features")[side].items()}


@cache
def offers() -> re.Pattern[str]:
    """What makes a text an offer of work, travel or money at all."""
    return re.compile("|".join(_phrase(phrase) for phrase in table("features")["offer"]))


@cache
def places() -> tuple[re.Pattern[str], dict[str, Place]]:
    """A pattern for every name of a place, and the place of each name."""
    listed = table("places")
    known = {
        name: Place(place, entry["country"], entry.get("border", False))
        for place, entry in listed["places"].items()
        for name in entry["names"]
    }
    for word in listed["china"].split():
        known.setdefault(word, Place(word, "cn", False))
    return re.compile(f"(?P<name>{names(known)})"), known


@cache
def all_places() -> str:
    """A pattern for any place that may be said of a person: the places and the other countries."""
    others = [word.replace("_", " ") for word in table("places")["elsewhere"].split()]
    return f"(?:{names([*places()[1], *others])})"


@cache
def all_people() -> str:
    """A pattern for what the people of a country are called in English."""
    return "|".join(word.replace("_", " ") for word in table("places")["people"].split())


def names(known: Any) -> str:
    """Names as a pattern, longest first; in Latin letters only where no letter adjoins."""
    longest = sorted(known, key=lambda name: (-len(name), name))
    return "|".join(
        rf"(?<![a-z]){re.escape(n)}(?![a-z])" if n.isascii() else re.escape(n) for n in longest
    )


def _sign(code: str, entry: dict[str, Any]) -> Sign:
    phrases = entry.get("phrases", [])
    if set(entry) - _FIELDS or bool(phrases) == bool(entry.get("computed")):
        raise VocabularyError("rules_unreadable", name=code)
    return Sign(
        code=code,
        weight=float(entry["weight"]),
        kind=entry.get("kind", ""),
        decisive=entry.get("decisive", False),
        negatable=entry.get("negatable", False),
        abroad=entry.get("abroad", False),
        pattern=re.compile("|".join(map(_phrase, phrases))) if phrases else None,
    )


def _phrase(written: str) -> str:
    for sign, meaning in _WORDS:
        written = written.replace(sign, meaning)
    return written
