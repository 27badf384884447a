"""The catalogue is whole: every code has its text, every text its languages and values."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanzha import errors
from fanzha.model.catalogue import LANGS, topic, topics
from fanzha.money.holds import FLAGS

SOURCE = Path(errors.__file__).parent
# Codes that are put together at run time, or that stand in a message for machines only.
ERRORS = {n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception)}
INTERNAL = {"no_such_topic", "no_such_text", "languages_incomplete", "rules_unreadable"}


def calls(names: set[str]) -> Iterator[tuple[str, str]]:
    """Where one of these is called with a code, and the code."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if name in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", first.value


@pytest.mark.parametrize("name", topics())
def test_every_text_takes_the_same_values_in_every_language(name: str) -> None:
    for key, texts in topic(name).items():
        wanted = {
            lang: {f for _, f, _, _ in string.Formatter().parse(texts[lang]) if f} for lang in LANGS
        }
        assert wanted["zh-Hans"] == wanted["zh-Hant"], f"{name}.{key}"
        assert wanted["zh-Hans"] <= wanted["en"] | wanted["zh-Hans"], f"{name}.{key}"
        assert all(text.strip() for text in texts.values()), f"{name}.{key}"


def test_every_error_has_its_text() -> None:
    known = set(topic("error")) | set(topic("refusal")) | INTERNAL
    missing = {f"{code} ({at})" for at, code in calls(ERRORS) if code not in known}
    assert not missing


def test_every_refusal_has_its_remedy() -> None:
    assert set(topic("refusal")) == set(topic("remedy"))


def test_every_reason_has_its_sentence() -> None:
    known = {
        key
        for name in ("reason", "reading", "intake", "why", "number")
        if name in topics()
        for key in topic(name)
    }
    silent = {"read_from"}  # only points at files
    missing = {f"{code} ({at})" for at, code in calls({"Reason"}) if code not in known | silent}
    assert not missing


def test_every_state_and_flag_has_its_word() -> None:
    assert set(FLAGS) <= set(topic("hold_flag"))
    assert {"resting", "terminal", "last_seen"} == set(topic("state"))
