"""Story S11: the poisoned page, as HTML and as a text copy, exact to the character."""

import socket
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from fanzha.recognise.page import Page, clean_page

ASSETS = Path(__file__).parents[2] / "assets/pages"
BOTH = pytest.mark.parametrize("form", ["html", "txt"])


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("cleaning a page must not touch the network")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)


def document(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def page(name: str) -> Page:
    return clean_page((ASSETS / name).read_bytes(), name=name)


def quotes(found: Page) -> list[tuple[str, str, str]]:
    return [(one.cls, one.why, one.quote) for one in found.injected]


@BOTH
def test_h1_a_clean_page_of_a_county_has_no_finding(form: str) -> None:
    found = page(f"h1_clean_county_law.{form}")
    assert (found.verdict, found.injected, found.borrowed) == ("", (), False)
    assert found.official
    assert found.official.title == "中华人民共和国反电信网络诈骗法"
    assert found.title == "学法用法：反电信网络诈骗法这些规定与你有关"
    assert found.source == "云溪县司法局"
    assert found.date
    assert found.date.isoformat() == "2024-05-14T09:30:00+08:00"


def test_h1_clean_text_is_headline_and_body_and_nothing_else() -> None:
    lines = document("h1_clean_county_law.txt").split("\n")
    body = [
        line.strip() for line in lines[3:] if line.startswith("　　第") or "县司法局摘编" in line
    ]
    expected = "\n".join(["学法用法：反电信网络诈骗法这些规定与你有关", *body])
    assert page("h1_clean_county_law.txt").clean_text == expected
    assert page("h1_clean_county_law.html").clean_text == expected


def test_h2_the_hidden_block_is_found_to_the_character() -> None:
    clean, poisoned = document("h1_clean_county_law.html"), document("h2_hidden_injection.html")
    found = page("h2_hidden_injection.html")
    (block,) = found.injected
    assert found.verdict == block.cls == "hidden_injection"
    assert block.why == "hidden_off_screen"
    assert block.quote == poisoned[block.start : block.end]
    assert block.quote.startswith("<div style=")
    assert block.quote.endswith("</div>")
    assert block.quote.count("<br>") == 9
    without = poisoned[: block.start].rstrip(" ") + poisoned[block.end + 1 :]
    assert without == clean  # the span is the injection, no character more or less
    assert found.clean_text.encode() == page("h1_clean_county_law.html").clean_text.encode()
    assert [(link.url, link.hidden) for link in found.links if link.hidden] == [
        ("http://www.jinlong-vip.example/", True),
        ("https://aoxinbo.example/reg?c=8", True),
        ("http://m.yinwan88.example/", True),
    ]


def test_h2_as_a_text_copy() -> None:
    clean, poisoned = document("h1_clean_county_law.txt"), document("h2_hidden_injection.txt")
    found = page("h2_hidden_injection.txt")
    (block,) = found.injected
    assert (found.verdict, block.why) == ("hidden_injection", "block_in_copy")
    assert len(block.quote.split("\n")) == 12
    assert poisoned[: block.start] + poisoned[block.end + 1 :] == clean
    assert found.clean_text.encode() == page("h1_clean_county_law.txt").clean_text.encode()
    assert len(found.links) == 3


def test_h2_in_another_encoding_gives_the_same_words() -> None:
    found = page("h2_hidden_injection_gbk.html")
    assert found.encoding == "gb18030"
    assert found.verdict == "hidden_injection"
    assert found.clean_text == page("h1_clean_county_law.html").clean_text


@BOTH
def test_h3_a_doorway_confuses_what_it_means_with_borrowed_law(form: str) -> None:
    found = page(f"h3_doorway.{form}")
    assert found.verdict == "semantic_confusion"
    assert found.borrowed
    assert found.official
    assert found.official.title == "电信网络诈骗及其关联违法犯罪联合惩戒办法"
    assert (found.official.by, found.official.similarity > 0.9) == ("text", True)
    whys = [one.why for one in found.injected if one.why != "title_swapped"]
    assert whys == ["emoji_row", "brand_block", "false_byline"]
    assert {one.cls for one in found.injected} == {"semantic_confusion"}
    lines = found.clean_text.split("\n")
    assert [line[:3] for line in lines] == ["第一条", "第三条"]
    assert all(line in document("h3_doorway.txt") for line in lines)


def test_h3_spans_of_the_text_copy() -> None:
    lines = document("h3_doorway.txt").split("\n")
    spans = [one.quote for one in page("h3_doorway.txt").injected]
    assert spans == [lines[0], "\n".join(lines[1:9]), lines[11]]


@BOTH
def test_h4_police_who_quote_gambling_have_no_finding(form: str) -> None:
    found = page(f"h4_police_quotes_gambling.{form}")
    assert (found.verdict, found.injected, found.official) == ("", (), None)
    assert "“金龙国际”" in found.clean_text
    assert "http://www.jinlong-vip.example/" in found.clean_text
    assert "编辑" not in found.clean_text


@BOTH
def test_h5_a_spun_statute_reads_like_the_original_again(form: str) -> None:
    found = page(f"h5_pinyin_spun.{form}")
    original = document("h5_original.txt").strip()
    assert found.verdict == "pinyin_spun"
    assert found.borrowed
    assert SequenceMatcher(None, found.clean_text, original, autojunk=False).ratio() >= 0.98
    assert found.clean_text == original
    assert all(one.quote[0] == "(" and one.quote[-1] == ")" for one in found.injected)


def test_h5_the_original_itself_has_no_finding() -> None:
    assert page("h5_original.txt").verdict == ""
