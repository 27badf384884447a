"""Golden texts for indicators, read as tests/golden/indicators/README.md says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fanzha.recognise.indicators import find_indicators

FOLDER = Path(__file__).parents[1] / "golden" / "indicators"
SHOWN = {"\u200b": "\\u200b", "\u2060": "\\u2060"}


@dataclass(frozen=True, slots=True)
class Golden:
    """One block: the text, and the lines of what must be found in it."""

    title: str
    text: str
    wanted: list[str]


def load() -> Iterator[Golden]:
    """Every block of every file."""
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text("utf-8").split("=== ")[1:]:
            said, _, wanted = block.partition("\n---")
            title, _, text = said.partition("\n")
            lines = [line for line in wanted.split("\n") if line.strip()]
            yield Golden(f"{path.stem}: {title.strip()}", text, lines)


def found(text: str) -> list[str]:
    """The lines that the finders make of a text."""
    lines = []
    for indicator in find_indicators(text):
        shown = indicator.display
        for char, escape in SHOWN.items():
            shown = shown.replace(char, escape)
        parts = [indicator.kind, indicator.value, shown, ",".join(indicator.anomalies)]
        lines.append(" | ".join(filter(None, parts)))
    return lines
