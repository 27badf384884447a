"""The seven known patterns of poisoned pages, and harmless pages that look like them."""

from pathlib import Path

import pytest

from fanzha.recognise.page import Page, clean_page

ASSETS = Path(__file__).parents[2] / "assets/pages"
BENIGN = sorted(path.name for path in ASSETS.glob("benign_*"))


def page(name: str) -> Page:
    return clean_page((ASSETS / name).read_bytes(), name=name)


def whys(found: Page) -> list[str]:
    return [one.why for one in found.injected]


@pytest.mark.parametrize("name", BENIGN)
def test_a_look_alike_has_no_finding(name: str) -> None:
    found = page(name)
    assert (found.verdict, found.injected) == ("", ())
    assert len(found.clean_text) > 40


def test_a_news_page_keeps_all_its_paragraphs() -> None:
    lines = page("benign_gambling_news.html").clean_text.split("\n")
    assert lines[0] == "澳门博彩业一季度收入回升"
    assert lines[2] == "博彩税收"
    assert len(lines) == 6


def test_readings_for_learners_stay_where_they_are() -> None:
    assert "银行(háng)的职员步行(xíng)上班" in page("benign_polyphone_lesson.html").clean_text
    assert "床前明月光，疑是地上霜。" in page("benign_ruby_poem.html").clean_text


def test_1_a_doorway_kit_around_a_text_that_is_known_by_name() -> None:
    found = page("p1_brand_block_inline.html")
    assert found.verdict == "semantic_confusion"
    assert found.official
    assert (found.official.by, found.borrowed) == ("name", True)
    assert (
        whys(found)
        == ["emoji_row", "brand_block", "sprinkled_words", "false_byline"] + ["doorway_tail"] * 3
    )
    assert found.injected[2].quote == "ag真人百家乐官网"
    assert "实施惩戒，让社会公众" in found.clean_text


def test_2_a_row_of_keywords_before_a_mirrored_page() -> None:
    found = page("p2_adult_row.html")
    assert (found.verdict, whys(found)) == ("keyword_row", ["keyword_row"])
    assert found.injected[0].quote.startswith("<div>国产精品無碼")
    assert found.clean_text.startswith("云溪县：守护群众“钱袋子”\n云溪县公安局")


def test_2_readings_after_traditional_characters() -> None:
    found = page("p2_traditional_noise.txt")
    assert found.verdict == "pinyin_spun"
    assert whys(found)[-1] == "keyword_row"
    assert "(" not in found.clean_text
    assert found.source == "雲溪日報"
    assert "懲戒對象包括被追究刑事責任的人" in found.clean_text


def test_3_sprinkled_lines() -> None:
    found = page("p3_sprinkled.txt")
    assert (found.verdict, found.borrowed) == ("sprinkled", True)
    assert [one.quote for one in found.injected] == ["澳门博彩", "澳门巴黎人", "澳门博彩"]


def test_4_readings_with_a_label() -> None:
    found = page("p4_labelled_readings.txt")
    assert found.verdict == "pinyin_spun"
    assert found.injected[0].quote == "【拼音:rèn】"
    assert "拼音" not in found.clean_text


def test_5_a_farm_of_questions() -> None:
    found = page("p5_question_farm.html")
    assert (found.verdict, found.title) == ("doorway", "")
    assert set(whys(found)) == {"question_farm"}


@pytest.mark.parametrize("name", ["p6_hack_recovery.html", "p6_coupon_wrapper.txt"])
def test_6_a_parasite_upload(name: str) -> None:
    found = page(name)
    assert (found.verdict, found.title) == ("parasite", "")
    assert found.clean_text.startswith("云溪县公安局")


def test_7_five_ways_of_hiding() -> None:
    found = page("p7_hidden_four_ways.html")
    assert found.verdict == "hidden_injection"
    assert whys(found) == [
        "hidden_by_visibility",
        "same_colour",
        "hidden_by_size",
        "hidden_by_size",
        "hidden_by_script",
    ]
    assert found.clean_text == page("p7_hidden_link_burst.html").clean_text


def test_7_hidden_links_without_a_telling_word() -> None:
    found = page("p7_hidden_link_burst.html")
    assert whys(found) == ["hidden_links"]
    assert all(link.hidden for link in found.links)


def test_7_a_swapped_title_and_a_script_for_searchers() -> None:
    found = page("p7_title_swap_redirect.html")
    assert whys(found) == ["title_swapped", "meta_stuffed", "turns_searchers_off"]
    assert found.title == "云溪县中小学招生通知"
