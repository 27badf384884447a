"""A cleaned page as JSON and at the terminal, in every language of the catalogue."""

from pathlib import Path

import orjson
import pytest

from fanzha.model.catalogue import LANGS, Lang
from fanzha.present.page_view import page_json, page_lines
from fanzha.recognise.page import clean_page

ASSETS = Path(__file__).parents[1] / "assets/pages"


@pytest.mark.parametrize("lang", LANGS)
def test_json_has_spans_with_class_and_reason(lang: Lang) -> None:
    content = (ASSETS / "h2_hidden_injection.html").read_bytes()
    shown = page_json(clean_page(content), lang)
    assert orjson.loads(orjson.dumps(shown)) == shown
    (one,) = shown["injected"]
    assert one["quote"] == content.decode()[one["start"] : one["end"]]
    assert (shown["class"], one["class"]) == ("hidden_injection", "hidden_injection")
    assert (
        shown["label"]
        == {
            "en": "hidden injection",
            "zh-Hans": "隐藏注入",
            "zh-Hant": "隱藏注入",
        }[lang]
    )
    assert shown["date"] == "2024-05-14T09:30:00+08:00"


def test_json_names_the_borrowed_text() -> None:
    shown = page_json(clean_page((ASSETS / "h3_doorway.txt").read_bytes()), "en")
    assert shown["label"] == "semantic confusion"
    assert shown["borrowed"] is True
    assert shown["official"]["title"] == "电信网络诈骗及其关联违法犯罪联合惩戒办法"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["h2_hidden_injection.html", "h3_doorway.html"])
def test_the_terminal_shows_no_address_that_can_be_followed(name: str, lang: Lang) -> None:
    page = clean_page((ASSETS / name).read_bytes())
    lines = page_lines(page, lang)
    assert lines[-1] == page.clean_text.splitlines()[-1]
    assert not any("http://" in line or "https://" in line for line in lines)


def test_a_clean_page_is_never_called_safe() -> None:
    page = clean_page((ASSETS / "h1_clean_county_law.txt").read_bytes())
    lines = page_lines(page, "en")
    assert lines[0] == "nothing found"
    assert "check the source yourself" in lines[1]
    assert "safe" not in " ".join(lines[:2])
