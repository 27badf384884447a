"""Every refusal has a reason and a remedy, and every note a text, in three languages."""

from __future__ import annotations

import re
import string
from pathlib import Path

import fanzha.intake.statement as package
from fanzha.model.catalogue import topic

FOLDER = Path(package.__file__).parent
SOURCES = [*FOLDER.glob("*.py"), FOLDER.parent / "tables.py"]
_REFUSAL = re.compile(
    r'UnreadableInput\(\s*"(\w+)"|refuse\(\s*[\w"]+,\s*"(\w+)"|BadRow\("(\w+)"'
    r'|_bad_line\("(\w+)"|\.refuse\(\s*\w+,\s*[^,]+,\s*[^,]+,\s*"(\w+)"'
    r'|"(amount_zero|amount_missing|more_refused)"'
)
_MODEL = {
    "time_unreadable", "amount_unreadable", "amount_too_fine", "currency_unreadable",
    "zone_unknown",
}  # fmt: skip


def code_text() -> str:
    return "\n".join(path.read_text("utf-8") for path in SOURCES)


def test_every_refusal_of_the_code_has_a_reason_and_a_remedy() -> None:
    used = {next(filter(None, found)) for found in _REFUSAL.findall(code_text())}
    assert len(used) > 30
    assert used | _MODEL <= set(topic("refusal"))
    assert set(topic("refusal")) == set(topic("remedy"))


def test_every_note_of_the_code_has_a_text() -> None:
    named = set(re.findall(r'_note\(\s*"(\w+)"|Reason\(\s*"(\w+)"', code_text()))
    used = {next(filter(None, found)) for found in named} | {"rows_missing"}
    assert used <= set(topic("reading"))


def test_all_languages_fill_in_the_same_values() -> None:
    for name in ("refusal", "remedy", "reading"):
        for key, texts in topic(name).items():
            fields = [
                sorted(field for _, field, _, _ in string.Formatter().parse(text) if field)
                for text in texts.values()
            ]
            assert fields[0] == fields[1] == fields[2], (name, key)
