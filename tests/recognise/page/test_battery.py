"""What holds for every page: the same twice, reasons for all, hostile input bounded."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.errors import UnreadableInput
from fanzha.model.catalogue import has
from fanzha.recognise.page import Page, clean_page

ASSETS = Path(__file__).parents[2] / "assets/pages"
PAGES = sorted(p.name for p in ASSETS.iterdir() if p.suffix in (".html", ".txt"))
PIECES = [
    "<p>",
    "</p>",
    "<div style='display:none'>",
    "</div>",
    "<br>",
    "<a href='http://a.example'>",
    "</a>",
    "澳门博彩",
    "金龙国际官网",
    "金龙国际APP下载",
    "银湾娱乐城投注",
    "\n",
    " ",
    "&amp;",
    "&#20013;",
    "<",
    "<!--",
    "-->",
    "<style>.x{color:#fff}</style>",
    "<script>",
    "</script>",
    "第一条\u3000为了预防、遏制。",
    "(zhì)",
    "制",
    "🐬🖍",
    "(撰稿:某)",
    "<ruby>",
    "<rt>",
    "来源：某报",
    "首页 > 新闻",
    "\x00",
    "\ud800",
    "İ",
    "<title>",
    "</title>",
    '"',
    "='",
]


def check(document: str, found: Page) -> None:
    last = 0
    for one in found.injected:
        assert last <= one.start < one.end <= len(document)
        assert one.quote == document[one.start : one.end]
        assert has(f"page_class.{one.cls}")
        assert has(f"page_why.{one.why}")
        last = one.end
    assert bool(found.injected) == bool(found.verdict) == bool(found.reasons)
    for fact in found.facts:
        assert 0 <= fact.start < fact.end <= len(document)
        assert has(f"page_fact.{fact.kind}")
    for link in found.links:
        assert 0 <= link.start < link.end <= len(document)


@pytest.mark.parametrize("name", PAGES)
def test_bytes_and_characters_say_the_same_twice(name: str) -> None:
    content = (ASSETS / name).read_bytes()
    first = clean_page(content)
    document = content.decode(first.encoding)
    assert clean_page(content) == first
    again = clean_page(document)
    assert (again.injected, again.facts, again.clean_text) == (
        first.injected,
        first.facts,
        first.clean_text,
    )
    check(document, first)


@pytest.mark.parametrize("name", PAGES)
def test_what_was_cleaned_is_clean(name: str) -> None:
    cleaned = clean_page((ASSETS / name).read_bytes()).clean_text
    assert clean_page(cleaned).injected == ()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_mixture_of_tags_and_tricks_is_read(document: str) -> None:
    found = clean_page(document)
    assert clean_page(document) == found
    check(document, found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(content: bytes) -> None:
    found = clean_page(content)
    assert isinstance(found.clean_text, str)


def test_more_than_twenty_mebibytes_are_refused() -> None:
    with pytest.raises(UnreadableInput) as refused:
        clean_page(b"a" * (20 * 1024 * 1024 + 1), name="big.html")
    assert (refused.value.code, refused.value.values["path"]) == ("file_too_large", "big.html")


HOSTILE = {
    "bare angle brackets": "<",
    "unclosed elements": "<div>",
    "end tags of nothing": "</x>",
    "unclosed quotes": '<a href="',
    "comments that never end": "<!--",
    "nested hidden blocks": "<div style='display:none'>博彩",
    "paragraphs": "<p>澳门博彩</p>",
    "brand lines": "金龙国际官网\n",
    "readings": "制(zhì)",
    "opening brackets": "制(",
    "numbers": "1,",
    "references": "&#20013;",
    "attributes": "<a " + "b='c' " * 30 + ">",
    "links": "<a href='http://a.example/'>x</a>",
    "Chinese": "公安局嫌疑人",
    "spaces": " ",
    "questions": "怎么办怎么办\n",
    "quotation marks": "“",
    "dots": "http://www.",
    "comments in a style": "<style>" + "/*" * 20 + "</style>",
    "spun statute": "依据规定处罚，制(zhì)定本法，",
    "one long tag": "<a " + " " * 500,
    "many rules": "<style>.a .b{color:#fff}.a%d .b{top:0}</style><i class=b>",
    "style rules": "<style>.a .b{color:#fff}</style><p class=b>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_read_in_linear_time(name: str) -> None:
    """Four times the input, not much more than four times the time, and seconds at most."""
    unit = HOSTILE[name]
    small, large = (unit * (size // len(unit)) for size in (60_000, 240_000))
    began = time.process_time()
    clean_page(small)
    middle = time.process_time()
    clean_page(large)
    ended = time.process_time()
    assert ended - middle < 4 * 2.5 * max(middle - began, 0.1)
    assert ended - middle < 10


def test_depth_is_bounded() -> None:
    found = clean_page("<div>" * 100_000 + "<p>正文在这里，句子完整。</p>")
    assert found.clean_text == "正文在这里，句子完整。"
