"""The check: its terms add up, point at the text, and are the same however it is asked."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.model.catalogue import has
from fanzha.recognise.calibration import calibration
from fanzha.recognise.check import check, check_level
from fanzha.recognise.language import language

STORY = Path(__file__).parents[1] / "assets" / "stories" / "s6.jsonl"
SCAM = "我是市局张警官，你涉嫌一起洗钱案，马上把资金转到安全账户核查，不许告诉任何人。"
PIECES = [
    "转账",
    "验证码",
    "我是王总",
    "安全账户",
    "请勿",
    "，",
    "。",
    "a",
    "加V",
    " ",
    "\u200b",
    "退款",
    "投资稳赚",
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map("".join))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_terms_add_up_and_point_at_the_text(text: str) -> None:
    verdict = check(text)
    odds = calibration().base + sum(e.weight for e in verdict.evidence)
    assert 1 / (1 + math.exp(-odds)) == pytest.approx(verdict.probability, abs=1e-9)
    assert check_level(text) == (verdict.level, verdict.probability)
    assert check(text) == verdict
    for evidence in verdict.evidence:
        assert text[evidence.start : evidence.end] == evidence.quote
        assert has(evidence.why)
    assert has(f"advice.{verdict.advice}")


def test_a_flagged_text_has_reasons_and_a_quiet_one_names_no_kind() -> None:
    assert check(SCAM).evidence
    assert check(SCAM).tactics[0] in ("authority", "fear", "isolation")
    assert check(SCAM).stage == "ask"
    assert check("明天几点出发？").types == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("账户", "帳戶").replace("钱", "錢"),
        lambda t: "\u200b".join(t),
        lambda t: " ".join(t),
        lambda t: t.replace("转到", "转*到").replace("安全", "安·全"),
        lambda t: t.replace("转", "车专"),
        lambda t: t.replace("，", ","),
    ],
)
def test_disguise_changes_no_level(change: object) -> None:
    assert callable(change)
    assert check(change(SCAM)).level == "high"


def test_evidence_of_a_disguised_text_quotes_the_disguise() -> None:
    text = "我是刘总，在开会，你先给王总转\u200b18*万"
    quotes = [e.quote for e in check(text).evidence if e.why == "why.superior_asks"]
    assert any("转\u200b18*万" in quote for quote in quotes) or quotes


def test_source_as_plain_python_says_the_same() -> None:
    """The uncompiled kernel gives the same numbers, to the last bit."""
    texts = [json.loads(line)["text"] for line in STORY.read_text("utf-8").splitlines()]
    code = (
        "import json,sys; from fanzha.recognise.check import check_level;"
        "print(json.dumps([check_level(t) for t in json.load(sys.stdin)]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FANZHA_PURE": "1"},
    )
    assert [tuple(pair) for pair in json.loads(run.stdout)] == [check_level(t) for t in texts]


def test_no_numeric_package_is_loaded() -> None:
    code = (
        "import sys; from fanzha.recognise.check import check; check('你好');"
        "print([m for m in ('numpy','sklearn','scipy','Cython') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_long_text_takes_time_in_proportion() -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        check_level(text)
        return time.process_time() - start

    check_level(SCAM)
    short = min(seconds(SCAM * 250) for _ in range(3))
    long = min(seconds(SCAM * 2500) for _ in range(3))
    assert long < 40 * short  # ten times the text; bad growth would be a hundredfold


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("请立即转账到这个账户", "zh-Hans"),
        ("請立即轉帳到這個帳戶", "zh-Hant"),
        ("Your parcel is held at the depot", "en"),
        ("รหัสของคุณคือ", "th"),
        ("Tài khoản của bạn đã bị khóa", "vi"),
        ("계좌가 정지되었습니다", "ko"),
        ("Sila hubungi kami untuk hadiah percuma anda", "ms"),
        ("Silakan hubungi kami untuk hadiah gratis anda", "id"),
        ("12345", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, lang: str) -> None:
    assert language(text) == lang
