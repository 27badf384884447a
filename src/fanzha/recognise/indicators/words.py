"""The words beside identifiers and the lists the finders look up, read from YAML once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in `words.yaml`; there each list says what it is for."""

    messengers: Mapping[str, Mapping[str, str]]
    not_an_id: frozenset[str]
    account_cues: str
    card_cues: str
    case_cues: str
    courier_cues: str
    other_number_cues: str
    other_number_tails: str
    phone_cues: str
    courier_prefixes: Mapping[str, list[int]]
    messenger_hosts: Mapping[str, str]
    iban_chars: Mapping[str, int]
    shorteners: frozenset[str]
    simplified: Mapping[str, str]
    tlds: frozenset[str]
    word_tlds: frozenset[str]
    file_tlds: frozenset[str]
    not_domains: frozenset[str]

    @property
    def link_hosts(self) -> frozenset[str]:
        """Names that are domains without further signs: of short links and messengers."""
        return _link_hosts()

    @property
    def endings(self) -> frozenset[str]:
        """All top-level domains that a bare name may end in."""
        return _endings()

    def __post_init__(self) -> None:
        for char, plain in self.simplified.items():
            if len(char) != 1 or len(plain) != 1:
                raise ValueError(f"simplified: {char} is no single character")


@cache
def words() -> Words:
    """All of them; a key that no finder reads is an error of the file."""
    table = read_yaml("words.yaml")
    for name in ("tlds", "word_tlds"):
        table[name] = table[name].split()
    for name in ("not_an_id", "shorteners", "tlds", "word_tlds", "file_tlds", "not_domains"):
        table[name] = frozenset(table[name])
    return Words(**table)


@cache
def _endings() -> frozenset[str]:
    return words().tlds | words().word_tlds | words().file_tlds


@cache
def _link_hosts() -> frozenset[str]:
    return words().shorteners.union(words().messenger_hosts)


def read_yaml(name: str) -> dict[str, Any]:
    """A table that stands beside this module."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table: dict[str, Any] = yaml.load((files(__package__) / name).read_text("utf-8"), loader)
    return table


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of the tables: letter case does not matter."""
    return re.compile(text, re.IGNORECASE)
