"""What holds for every detector: the same twice, its input left alone, reasons, hostile input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.errors import FanzhaError
from fanzha.recognise.advert import check_advert
from fanzha.recognise.check import check, check_level
from fanzha.recognise.indicators import find_indicators
from fanzha.recognise.language import language
from fanzha.recognise.normalise import normalise
from fanzha.recognise.number import check_number
from fanzha.recognise.page import clean_page

Detector = Callable[[str], Any]
DETECTORS: dict[str, Detector] = {
    "check": check,
    "check_level": check_level,
    "indicators": find_indicators,
    "advert": check_advert,
    "page": clean_page,
    "number": check_number,
    "language": language,
    "normalise": normalise,
}
HOSTILE = [
    "",
    "\x00",
    "\ud800",
    "(",
    "转账到安全账户，",
    "http://",
    "6",
    "a@",
    "+86",
    "\u202e\u200b",
    "e\u0301\u0302",
    "😀",
    "<div>",
    "บัญชีถูกระงับ",
    "1,",
    "加V ",
]
ROOM = 30_000  # characters of a hostile text
SLOWEST = 20.0  # seconds, on a machine where others work too
PIECES = st.lists(
    st.sampled_from(
        [
            *HOSTILE,
            "我是公安局的",
            "验证码",
            "共享屏幕",
            "招聘客服",
            "月薪3万",
            "缅甸",
            "6205500000000000004",
        ]
    ),
    max_size=12,
)


def asked(detector: Detector, text: str) -> Any:
    """What it finds, or the error of ours with which it refuses; any other error is a failure."""
    try:
        return detector(text)
    except FanzhaError as refused:
        return refused.code


@pytest.mark.parametrize("name", DETECTORS)
@settings(max_examples=25, deadline=None)
@given(pieces=PIECES)
def test_same_twice_and_input_unchanged(name: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    before = text.encode("utf-32", "surrogatepass")
    first = asked(DETECTORS[name], text)
    assert asked(DETECTORS[name], "".join(pieces)) == first
    assert text.encode("utf-32", "surrogatepass") == before


@settings(max_examples=60, deadline=None)
@given(pieces=PIECES)
def test_every_finding_has_reasons_that_quote_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    verdict = check(text)
    if verdict.level in ("medium", "high"):
        assert any(e.weight > 0 and e.quote for e in verdict.evidence)
    for evidence in verdict.evidence:
        assert text[evidence.start : evidence.end] == evidence.quote
    for found in find_indicators(text):
        assert text[found.start : found.end] == found.display
    lure = asked(check_advert, text)
    if not isinstance(lure, str):
        assert lure.level == "none" or (lure.reasons and lure.risk)
    page = asked(clean_page, text)
    if not isinstance(page, str):
        assert all(one.why for one in page.injected)


@pytest.mark.parametrize("name", DETECTORS)
def test_hostile_input_is_bounded(name: str) -> None:
    for piece in HOSTILE:
        text = (piece * ROOM)[:ROOM]
        start = time.perf_counter()
        asked(DETECTORS[name], text)
        assert time.perf_counter() - start < SLOWEST, (name, piece)


def test_a_megabyte_takes_ten_times_a_tenth() -> None:
    text = (
        "您好，请把钱转到安全账户 6205500000000000004，详情 http://a.example 回复TD退订。" * 25_000
    )

    def seconds(size: int) -> float:
        start = time.process_time()
        check_level(text[:size])
        return time.process_time() - start

    seconds(1000)
    assert seconds(1_000_000) < 25 * min(seconds(100_000) for _ in range(3)) + 0.1
