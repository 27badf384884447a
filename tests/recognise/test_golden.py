"""Messages and verdicts that an analyst can add to: `tests/golden/messages/*.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanzha.recognise.check import check

FOLDER = Path(__file__).parents[1] / "golden" / "messages"
ALLOWED = {"flagged": ("medium", "high"), "quiet": ("none", "low")}


def cases() -> list[tuple[str, str, str]]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                level, kind, text = line.split("\t")
                found.append((level, kind, text.replace("\\n", "\n")))
    return found


@pytest.mark.parametrize(("level", "kind", "text"), cases(), ids=lambda value: value[:24])
def test_verdict(level: str, kind: str, text: str) -> None:
    verdict = check(text)
    assert verdict.level in ALLOWED.get(level, (level,)), verdict
    if kind != "-":
        assert kind in [code for code, _ in verdict.types], verdict.types
