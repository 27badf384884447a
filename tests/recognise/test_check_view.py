"""What a person reads of a verdict: each reason once, the words that say it, what to report."""

from __future__ import annotations

import pytest

from fanzha.model.catalogue import Lang
from fanzha.present.check_view import check_lines
from fanzha.services.check import check_text

TEXT = "【某银行】您的账户异常已冻结，请登录 http://bank.example/id 认证，电话 +12025550143。"


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_each_reason_is_said_once_and_what_to_report_is_named(lang: Lang) -> None:
    lines = check_lines(check_text(TEXT), lang, "cn")
    assert len(lines) == len(set(lines))
    said = [line.rpartition("：" if lang != "en" else ": ")[2] for line in lines]
    assert len(said) == len(set(said))
    assert sum("http://bank.example/id" in line for line in lines) >= 1
    assert any("96110" in line for line in lines)


def test_words_within_longer_ones_are_left_out() -> None:
    lines = check_lines(check_text(TEXT), "en", "cn")
    link = next(line for line in lines if "open a link" in line)
    quotes = link.partition(": ")[0].split(", ")
    bare = [quote.strip("“”") for quote in quotes]
    assert not any(a in b for a in bare for b in bare if a != b)


def test_amounts_and_dates_are_not_named_for_a_report() -> None:
    lines = check_lines(check_text("昨晚的饭AA，3月5日前每人85元，转我就行。"), "en", "cn")
    assert not any("for a report" in line for line in lines)
