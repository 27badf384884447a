"""The one catalogue of everything a user reads, in English, 简体中文 and 繁體中文.

A key is `topic.name`; the topic is the YAML file beside this module. Every entry has all three
languages. Kernels return codes and values; only the faces (`present`, `cli`, `web`) call `say`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

from fanzha.errors import FanzhaError, VocabularyError

Lang = Literal["en", "zh-Hans", "zh-Hant"]
LANGS: tuple[Lang, ...] = get_args(Lang)


@cache
def topic(name: str) -> dict[str, dict[str, str]]:
    """All entries of one topic, checked: every key in every language and nothing else."""
    path = files(__package__) / f"{name}.yaml"
    if not path.is_file():
        raise VocabularyError("no_such_topic", topic=name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: dict[str, dict[str, str]] = yaml.load(path.read_text("utf-8"), loader)
    for key, texts in entries.items():
        if set(texts) != set(LANGS):
            raise VocabularyError("languages_incomplete", topic=name, key=key)
    return entries


@cache
def topics() -> tuple[str, ...]:
    """The names of all topics."""
    names = (p.name for p in files(__package__).iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".yaml")))


def has(key: str) -> bool:
    """Whether the catalogue knows this key."""
    name, _, rest = key.partition(".")
    return name in topics() and rest in topic(name)


def say(key: str, lang: Lang = "en", **values: object) -> str:
    """The sentence for `key` in `lang`, its `{placeholders}` filled from `values`.

    >>> say("state.resting", "zh-Hans")
    '仍在账上'
    """
    name, _, rest = key.partition(".")
    try:
        return topic(name)[rest][lang].format_map(values)
    except KeyError as missing:
        raise VocabularyError("no_such_text", key=key, lang=lang, missing=str(missing)) from missing


def explain(error: FanzhaError, lang: Lang = "en") -> str:
    """What went wrong and what to do now, as a sentence; empty where the catalogue has none.

    A whole input that cannot be read is explained by the texts of a refused row.

    >>> explain(FanzhaError("file_missing", path="x.csv"))
    'There is no file x.csv. Check the path.'
    """
    keys = [f"error.{error.code}"]
    if not has(keys[0]):
        keys = [f"refusal.{error.code}", f"remedy.{error.code}"]
    if not all(has(key) for key in keys):
        return ""
    return " ".join(say(key, lang, **error.values) for key in keys)
