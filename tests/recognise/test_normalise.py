"""Undoing evasion: what comes out, that it stays, and the way back to the characters as given."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.recognise.characters import characters
from fanzha.recognise.kernel import undoer
from fanzha.recognise.normalise import given as code_points
from fanzha.recognise.normalise import normalise

BITS = st.sampled_from(
    [
        *"转账加微信验证码讠正马佥石车专薇維帳戶vqx *·.\u200b\u202e\u0301аеорc，。💰㍿Ⅷﬁ１",
        "加v",
        "薇信",
        "vx",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(BITS, max_size=24).map("".join))


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("转\u200b账\u202e", "转账"),
        ("転 转*账", "転转账"),
        ("раураl", "paypal"),
        ("привет", "привет"),
        ("轉帳到這個帳戶", "转账到这个账户"),
        ("马佥讠正石马", "验证码"),
        ("加Ｖ信", "加微信"),
        ("加 V 信", "加微信"),
        ("+V 领任务", "加微信领任务"),
        ("薇信", "微信"),
        ("㍿", "公司"),
        ("🅥🅧", "微信"),
        ("扣扣", "qq"),
        ("vxworks", "vxworks"),
        ("转。账", "转。账"),
        ("2024-01-02 a-b", "2024-01-02 a-b"),
        ("e\u0301", "é"),
    ],
)
def test_known_evasions(odd: str, plain: str) -> None:
    assert normalise(odd).text == plain


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_its_own_output_stays(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_offsets_lead_back_in_order(text: str) -> None:
    normal = normalise(text)
    assert len(normal.origin) == len(normal.text) + 1
    assert all(a <= b for a, b in pairwise(normal.origin))
    assert normal.origin[-1] == len(text)
    assert all(0 <= place <= len(text) for place in normal.origin)


def test_every_fold_stays() -> None:
    table = characters().fold
    for code in range(len(table)):
        folded = table[code]
        if folded < len(table):
            assert table[folded] == folded, hex(code)


def test_spellings_do_not_feed_each_other() -> None:
    """No plain word begins, ends or holds an odd spelling, so one pass over the words is enough."""
    chars = characters()
    for number in range(len(chars.spell_from) // 2):
        start = chars.spell_from[number * 2]
        plain = "".join(map(chr, chars.spell_out[start + 1 : start + 1 + chars.spell_out[start]]))
        assert normalise(plain).text == plain


def test_zalgo_is_bounded() -> None:
    text = "转" + "\u0336" * 5000 + "账"
    assert normalise(text).text == "转账"
    codes, _ = code_points(text)
    assert len(undoer().normalise(codes).origin) < 20


def test_composes_as_unicode_does() -> None:
    text = unicodedata.normalize("NFD", "tài khoản của bạn")
    assert normalise(text).text == "tài khoản của bạn"
