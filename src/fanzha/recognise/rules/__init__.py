"""Scripts and tactics as data: words gathered into concepts, and rules that join concepts.

`words_*.yaml` name a concept and its phrases (several files may add to one concept: there is one
for each language besides Chinese); `scripts*.yaml` join concepts into rules with a
weight on the scale of log odds. How both are written stands at the head of `words_ask.yaml` and
`scripts.yaml`. Unknown keys and names are refused when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import yaml

from fanzha.errors import VocabularyError
from fanzha.recognise.layout import PARTS

NEGATOR, NOT_ASKED = "negator", "not_asked"  # concepts that the kernel knows by place, 0 and 1
WINDOW = 60  # characters, where a rule does not say
STAGES = ("contact", "grooming", "ask", "paid", "recovery", "")
GAP = "…"  # in a phrase: up to twelve characters of anything, within the sentence
GROUP = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning and the phrases that carry it; `negatable` when "do not" turns it round.

    A phrase is one part or several with gaps between; a part is any of its spellings.
    """

    name: str
    phrases: tuple[tuple[tuple[str, ...], ...], ...]
    negatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Concepts that speak together: each of `parts` is met by any of its names."""

    name: str
    parts: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    window: int = WINDOW
    weight: float
    types: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    stage: str = ""
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """All concepts, the two that the kernel knows first, and all rules."""

    concepts: tuple[Concept, ...]
    rules: tuple[Rule, ...]


@cache
def rules() -> Rules:
    """The shipped rules, read and checked once."""
    words = _words()
    first = [NEGATOR, NOT_ASKED]
    names = [*first, *(name for name in words if name not in first)]
    concepts = tuple(_concept(name, words[name]) for name in names)
    scripts = [(n, e) for file in _files("scripts") for n, e in _read(file).items()]
    return Rules(concepts, tuple(_rule(name, entry, set(names)) for name, entry in scripts))


def expand(phrase: str) -> Iterator[str]:
    """Every spelling of a phrase with alternatives.

    >>> list(expand("(转|汇)账_now(|!)"))
    ['转账 now', '转账 now!', '汇账 now', '汇账 now!']
    """
    parts = GROUP.split(phrase.replace("_", " "))
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    for chosen in product(*choices):
        yield "".join(chosen)


def _files(prefix: str) -> list[str]:
    return sorted(
        f.name
        for f in files(__package__).iterdir()
        if f.name.startswith(prefix) and f.name.endswith(".yaml")
    )


def _words() -> dict[str, list[Any]]:
    """The entries of each concept: one file for each language may add its phrases to it."""
    words: dict[str, list[Any]] = {}
    for file in _files("words_"):
        for name, entry in _read(file).items():
            words.setdefault(name, []).append(entry)
    return words


def _read(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    loaded = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(loaded, dict):
        raise VocabularyError("rules_unreadable", name=name)
    return loaded


def _concept(name: str, entries: list[Any]) -> Concept:
    entries = [{"words": entry} if isinstance(entry, str) else entry for entry in entries]
    if any(set(entry) - {"words", "negatable"} for entry in entries):
        raise VocabularyError("rules_unreadable", name=name)
    phrases = tuple(
        tuple(tuple(expand(part)) for part in phrase.split(GAP))
        for entry in entries
        for phrase in entry["words"].split()
    )
    if not all(_sound(spelt) for phrase in phrases for part in phrase for spelt in part):
        raise VocabularyError("rules_unreadable", name=name)
    return Concept(name, phrases, any(entry.get("negatable") for entry in entries))


def _sound(spelt: str) -> bool:
    """Not empty, and no bracket left over from one that a gap cut in two."""
    return bool(spelt) and not set(spelt) & set("()|")


def _rule(name: str, entry: dict[str, Any], known: set[str]) -> Rule:
    fields = {"all", "unless", "within", "weight", "types", "tactics", "stage", "why"}
    parts = tuple(tuple(part.split("|")) for part in entry.get("all", ()))
    unless = tuple(entry.get("unless", ()))
    named = {n for part in parts for n in part} | set(unless)
    stage = entry.get("stage", "")
    if set(entry) - fields or not 1 <= len(parts) <= PARTS or named - known or stage not in STAGES:
        raise VocabularyError("rules_unreadable", name=f"{name} {sorted(named - known)}")
    return Rule(
        name=name,
        parts=parts,
        unless=unless,
        window=entry.get("within", WINDOW),
        weight=float(entry["weight"]),
        types=tuple(entry.get("types", ())),
        tactics=tuple(entry.get("tactics", ())),
        stage=stage,
        why=entry.get("why", name),
    )
