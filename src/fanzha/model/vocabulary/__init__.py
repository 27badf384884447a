"""The words of the field as data: codes with their labels in three languages and what they mean.

Each vocabulary is a YAML file beside this module that code only interprets. Codes are never
renamed, for casebooks hold them; labels may be bettered at any time. How to add a code stands in
`docs/reference/vocabulary.md`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, overload

from fanzha.errors import VocabularyError
from fanzha.model.catalogue import Lang
from fanzha.model.vocabulary.check import read_entries
from fanzha.model.vocabulary.entries import (
    Country,
    HoldState,
    Rail,
    ReturnRule,
    Role,
    ScamType,
    Term,
)

_KINDS: dict[str, type[Any]] = {
    "country": Country,
    "hold_state": HoldState,
    "rail": Rail,
    "return_rule": ReturnRule,
    "role": Role,
    "scam_type": ScamType,
    "tactic": Term,
    "terminal_kind": Term,
    "unodc": Term,
    "witting": Term,
}
Terms = Literal["tactic", "terminal_kind", "unodc", "witting"]


def names() -> list[str]:
    """The vocabularies there are."""
    return sorted(_KINDS)


@overload
def vocabulary(name: Literal["country"]) -> Mapping[str, Country]: ...
@overload
def vocabulary(name: Literal["hold_state"]) -> Mapping[str, HoldState]: ...
@overload
def vocabulary(name: Literal["rail"]) -> Mapping[str, Rail]: ...
@overload
def vocabulary(name: Literal["return_rule"]) -> Mapping[str, ReturnRule]: ...
@overload
def vocabulary(name: Literal["role"]) -> Mapping[str, Role]: ...
@overload
def vocabulary(name: Literal["scam_type"]) -> Mapping[str, ScamType]: ...
@overload
def vocabulary(name: Terms) -> Mapping[str, Term]: ...
@overload
def vocabulary(name: str) -> Mapping[str, Any]: ...
def vocabulary(name: str) -> Mapping[str, Any]:
    """All entries of a vocabulary by code, in the order of its file; read and checked once.

    >>> list(vocabulary("return_rule"))
    ['traced', 'pro_rata_account', 'pro_rata_loss']
    """
    return _load(name)


@overload
def entry(name: Literal["country"], code: str) -> Country: ...
@overload
def entry(name: Literal["hold_state"], code: str) -> HoldState: ...
@overload
def entry(name: Literal["rail"], code: str) -> Rail: ...
@overload
def entry(name: Literal["return_rule"], code: str) -> ReturnRule: ...
@overload
def entry(name: Literal["role"], code: str) -> Role: ...
@overload
def entry(name: Literal["scam_type"], code: str) -> ScamType: ...
@overload
def entry(name: Terms, code: str) -> Term: ...
@overload
def entry(name: str, code: str) -> Any: ...
def entry(name: str, code: str) -> Any:
    """The entry of that code; one that does not exist is a `VocabularyError`.

    >>> entry("rail", "retail_instant").fast_seconds
    300
    """
    try:
        return _load(name)[code]
    except KeyError as missing:
        raise VocabularyError("no_such_code", vocabulary=name, code=code) from missing


def label(name: str, code: str, lang: Lang = "en") -> str:
    """What a reader sees for a code.

    >>> label("scam_type", "task", "zh-Hans")
    '刷单返利'
    """
    text: str = entry(name, code).label[lang]
    return text


def rail_of(channel: str) -> Rail | None:
    """The rail that a payment channel word of a statement or report means, if it is a known one.

    Letter case and width do not matter. An unknown word is None and what to assume then is the
    caller's business; most payments of victims travel by `retail_instant`.

    >>> rail_of("Ｗｉｒｅ").code, rail_of("pigeon")
    ('corporate_wire', None)
    """
    return _channels().get(_folded(channel))


@cache
def _load(name: str) -> Mapping[str, Any]:
    if name not in _KINDS:
        raise VocabularyError("no_such_vocabulary", vocabulary=name)
    text = (files(__package__) / f"{name}.yaml").read_text("utf-8")
    return MappingProxyType(read_entries(name, text, _KINDS[name]))


@cache
def _channels() -> dict[str, Rail]:
    return {_folded(word): rail for rail in vocabulary("rail").values() for word in rail.channels}


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()
