"""Story S6: twelve messages, exact levels and kinds, each with the words that say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fanzha.model.catalogue import LANGS, say, topic
from fanzha.recognise.check import check, check_level

STORY = Path(__file__).parents[1] / "assets" / "stories" / "s6.jsonl"
MESSAGES = [json.loads(line) for line in STORY.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m["id"])
def test_message_gets_its_level_kind_and_quotes(message: dict[str, str]) -> None:
    verdict = check(message["text"])
    assert verdict.level == message["level"]
    assert check_level(message["text"]) == (verdict.level, verdict.probability)
    if message["level"] in ("medium", "high"):
        assert verdict.types[0][0] == message["type"]
        assert any(e.weight > 0 and e.quote for e in verdict.evidence)
    for evidence in verdict.evidence:
        assert message["text"][evidence.start : evidence.end] == evidence.quote


def test_counts_are_seven_one_and_four() -> None:
    levels = [check(m["text"]).level for m in MESSAGES]
    assert (levels.count("high"), levels.count("medium"), levels.count("none")) == (7, 1, 4)


def test_no_reason_or_advice_says_safe() -> None:
    for name in ("why", "advice"):
        for key in topic(name):
            english, simplified, traditional = (say(f"{name}.{key}", lang) for lang in LANGS)
            assert "is safe" not in english.lower()
            assert "放心" not in simplified + traditional
            assert "是安全的" not in simplified + traditional
