"""Indicators: exact on the golden texts, true to the text, and bounded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from tests.recognise.golden_indicators import Golden, found, load

import fanzha.recognise.indicators as package
from fanzha.errors import UnreadableInput
from fanzha.model.catalogue import has, topic
from fanzha.model.values import CardNumber, Domain, Iban, Phone, Url, Wallet
from fanzha.recognise.indicators import find_indicators
from fanzha.recognise.indicators.words import words
from fanzha.recognise.verdict import Indicator

GOLDEN = list(load())
KINDS = {
    "phone", "url", "domain", "email", "card", "iban", "account", "messenger", "wallet", "app",
    "amount", "date", "case_number", "courier_number",
}  # fmt: skip
PIECES = [
    "电话", "微信", "QQ", "卡号：", "验证码", "http://", "hxxp://", "www.", "a.example", "[.]",
    "@", "转", "万元", "块", "3", "13900000000", "+86", "00", "96110", "GB82WEST12345698765432",
    "6205500000000000004", "0x", "bc1", "T", ".apk", "com.", "2024-05-14", "月", "日", "年", "¥",
    "\u200b", "\ufe0f\u20e3", "帳號", "①", "𝟏", "٣", "-", "(", "）", "。", "请", "id", " ",
    "line id ", "\ud800",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.title)
def test_golden(golden: Golden) -> None:
    assert found(golden.text) == golden.wanted, golden.text


def test_there_are_enough_golden_texts() -> None:
    assert sum(golden.title.startswith("genuine") for golden in GOLDEN) >= 60
    kinds = {line.partition(" ")[0] for golden in GOLDEN for line in golden.wanted}
    assert kinds == KINDS


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_every_indicator_stands_in_the_text_and_overlaps_no_other(text: str) -> None:
    indicators = find_indicators(text)
    assert indicators == find_indicators(text)
    last = 0
    for indicator in indicators:
        assert indicator.kind in KINDS
        assert last <= indicator.start < indicator.end <= len(text)
        assert indicator.display == text[indicator.start : indicator.end]
        assert indicator.value
        assert all(has(f"anomaly.{code}") for code in indicator.anomalies)
        last = indicator.end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_every_value_is_clean_in_the_sense_of_its_own_type(text: str) -> None:
    for indicator in find_indicators(text):
        assert clean(indicator) == indicator.value


def clean(indicator: Indicator) -> str:
    """The value as its value type reads it; what has no type stays."""
    value = indicator.value
    match indicator.kind:
        case "url":
            return str(Url.read(value))
        case "domain":
            return str(Domain.read(value))
        case "card":
            return str(CardNumber.read(value))
        case "iban":
            return str(Iban.read(value))
        case "wallet":
            chain, _, address = value.partition(":")
            return f"{chain}:{Wallet.read(address)}"
        case "phone" if value.startswith("+") and not indicator.anomalies:
            return str(Phone.read(value))
    return value


UNITS = [
    "1", ".", "@", "a.", "1.", "1,", "1-", "a@", "@a.", "[.]", "http://", "http://a", "/", "账号",
    "账号1", "微信", "微信a", "第1", "万", "一", "一万", "转", "转一", "+", "00", "+1", "(0",
    "0-", "验证码", "bc1", "1A", "T1", "0x", "com.a.", "中.apk", "a.apk", "《", "￥1", "1月",
    "GB82", "x)", "a(dot)", "www.", "点com", "。com", "快递1", "\u200b", "1\u200b", "2024-", "1/",
    "%", "аb.", "京公字", "(2024)京", "96110，", "1 ", "13900000000 ", "a.example ",
    "6205500000000000004 ", "\n", "0x" + "0" * 40 + " ",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_hostile_text_is_bounded(unit: str) -> None:
    """Time grows with the length and no faster: four times the text in at most eight times."""
    short, long = unit * (20_000 // len(unit)), unit * (80_000 // len(unit))
    spent = []
    for text in (short, long):
        start = time.process_time()
        find_indicators(text)
        spent.append(time.process_time() - start)
    assert spent[1] < 8 * spent[0] + 0.5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13900000000号", "phone"),
        ("订单13900000000", None),
        ("139000000000", None),
        ("1.13900000000", None),
        ("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb1", None),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe0", None),
        ("6205500000000000005", None),
        ("GB82WEST12345698765433", None),
        ("2023-02-29", None),
        ("13月45日", None),
        ("千万不要转账", None),
        ("几万块钱", None),
    ],
)
def test_near_misses(text: str, kind: str | None) -> None:
    assert [indicator.kind for indicator in find_indicators(text)] == ([kind] if kind else [])


def test_lengths_of_ibans_agree_with_the_registry() -> None:
    for country, chars in words().iban_chars.items():
        with pytest.raises(stdnum_iban.ValidationError) as wrong:
            stdnum_iban.validate(f"{country}00{'0' * (chars - 5)}")
        assert not isinstance(wrong.value, stdnum_iban.InvalidComponent), country


def test_every_anomaly_of_the_code_has_a_text() -> None:
    folder = Path(package.__file__).parent
    code = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    assert all(f'"{name}"' in code for name in topic("anomaly"))


@pytest.mark.parametrize("text", ["http://1.2.3.4.5/", "http://0x1ffffffff.0.0.0/", "http://"])
def test_an_address_that_no_browser_opens_is_no_indicator(text: str) -> None:
    with pytest.raises(UnreadableInput):
        Url.read(text)
    assert [i for i in find_indicators(text) if i.kind == "url"] == []
