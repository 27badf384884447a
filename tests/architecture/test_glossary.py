"""The glossary: one concept, one word, in three languages, and no public word is missing."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fanzha
from fanzha.model.chain import Finding
from fanzha.model.vocabulary import names
from fanzha.money.pots import METHODS

DOCS = Path(__file__).parents[2] / "docs"
COLUMNS = ["English", "简体中文", "繁體中文", "Meaning"]


def test_every_row_is_filled_in_three_languages() -> None:
    header, *rows = _table(DOCS / "glossary.md")
    assert header == COLUMNS
    assert len(rows) > 50
    for english, hans, hant, meaning in rows:
        assert re.fullmatch(r"[A-Za-z][A-Za-z, ]*[a-z]( \(`[a-z_]+`\))?", english), english
        assert re.fullmatch(r"[\u4e00-\u9fff]+", hans), hans
        assert re.fullmatch(r"[\u4e00-\u9fff]+", hant), hant
        assert hans.encode("gb2312"), "no traditional characters"
        assert hant.encode("big5"), "no simplified characters"
        assert meaning.endswith("."), english


@pytest.mark.parametrize("column", range(3))
def test_no_word_stands_for_two_concepts(column: int) -> None:
    words = [row[column] for row in _table(DOCS / "glossary.md")]
    assert len(words) == len(set(words))


def test_every_public_word_of_the_code_is_explained() -> None:
    explained = {
        code for row in _table(DOCS / "glossary.md") for code in re.findall("`(.+?)`", row[0])
    }
    public = {*names(), *METHODS, *(finding.kind for finding in _findings())}
    assert public - explained == set()
    assert explained - public == set()


def test_every_vocabulary_file_is_described() -> None:
    described = [row[0].strip("`") for row in _table(DOCS / "reference" / "vocabulary.md")[1:]]
    assert described == [f"{name}.yaml" for name in names()]


def _table(path: Path) -> list[list[str]]:
    """The first table of a page, header first, without the line of dashes."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if not set("".join(row)) <= {"-", " "}]


def _findings() -> Iterator[type[Finding]]:
    """Every class of finding, wherever it is defined."""
    for module in pkgutil.walk_packages(fanzha.__path__, "fanzha."):
        importlib.import_module(module.name)
    waiting: list[type[Finding]] = [Finding]
    while waiting:
        found = waiting.pop()
        waiting.extend(found.__subclasses__())
        yield found
