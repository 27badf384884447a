"""What to say when calling somebody back: sentences by type of scam, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from fanzha.errors import VocabularyError
from fanzha.model.catalogue import LANGS, Lang
from fanzha.model.vocabulary import vocabulary

GENERAL = "general"
BEFORE, AFTER = ("who", "listen", "alone"), ("stop", "close")  # of the general sentences
OWN = ("ask", "show", "answer")


@dataclass(frozen=True, slots=True)
class Script:
    """The sentences of one call in order; `verified` when people who call have agreed to them."""

    sentences: tuple[str, ...]
    verified: bool


def script_for(scam_type: str, lang: Lang) -> Script:
    """What to say; without a known type the general sentences alone.

    >>> script_for("task", "en").sentences[3]
    'How much came back to you at first, and how much is locked in the task now?'
    >>> len(script_for("", "en").sentences)
    5
    """
    general, own = _scripts()[GENERAL], _scripts().get(scam_type)
    middle = [own["sentences"][name][lang] for name in OWN] if own else []
    first = [general["sentences"][name][lang] for name in BEFORE]
    last = [general["sentences"][name][lang] for name in AFTER]
    verified = general["verified"] and (own is None or own["verified"])
    return Script((*first, *middle, *last), verified)


@cache
def _scripts() -> dict[str, dict[str, Any]]:
    text = files(__package__).joinpath("scripts.yaml").read_text("utf-8")
    said: dict[str, dict[str, Any]] = yaml.safe_load(text)
    wanted = {GENERAL: {*BEFORE, *AFTER}, **{code: set(OWN) for code in vocabulary("scam_type")}}
    for code, names in wanted.items():
        found = said.get(code, {}).get("sentences", {})
        if set(found) != names or any(set(texts) != set(LANGS) for texts in found.values()):
            raise VocabularyError("languages_incomplete", topic="call_scripts", key=code)
    return said
