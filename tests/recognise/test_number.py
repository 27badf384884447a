"""The caller desk: the caller-ID table to the letter, and what it must never say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.errors import UsageError
from fanzha.model.catalogue import LANGS, topic
from fanzha.present.number_view import number_json, number_lines
from fanzha.recognise.number import OUTCOMES, check_number
from fanzha.recognise.service_numbers import countries, short_numbers

MOBILE = "+8613900000000"
TABLE = [
    ("+8696110", "", "", "spoof", "service_behind_prefix"),
    ("0096110", "", "", "spoof", "service_behind_prefix"),
    ("008696110", "", "", "spoof", "service_behind_prefix"),
    ("+86 25 96110", "", "", "spoof", "service_behind_prefix"),
    ("+86110", "", "", "spoof", "service_behind_prefix"),
    ("+96110", "", "", "spoof", "service_behind_prefix"),
    ("＋86９６１１０", "", "", "spoof", "service_behind_prefix"),
    ("02596110", "", "", "plausible", "service_with_area"),
    ("025-96110", "domestic", "", "plausible", "service_with_area"),
    ("96110", "", "", "plausible", "service_number"),
    ("02596110", "intl", "", "spoof", "service_from_abroad"),
    ("95588", "intl", "home", "spoof", "service_from_abroad"),
    (MOBILE, "intl", "home", "spoof", "home_attached_abroad"),
    (MOBILE, "intl", "roaming:CN", "spoof", "home_attached_abroad"),
    (MOBILE, "intl", "roaming:TH", "allow", "roaming_agrees"),
    (MOBILE, "intl", "unknown", "unknown", "roaming_not_known"),
    (MOBILE, "intl", "", "unknown", "roaming_not_known"),
    (MOBILE, "domestic", "home", "unknown", "nothing_known"),
    ("139 0000 0000", "", "", "unknown", "nothing_known"),
    ("+862500000000", "intl", "roaming:TH", "spoof", "fixed_line_abroad"),
    ("00447700900123", "", "", "foreign", "foreign_country"),
    ("+44 7700 900123", "intl", "", "foreign", "foreign_country"),
    ("+1 202 555 0123", "", "", "foreign", "foreign_country"),
    ("BANK", "", "", "unknown", "not_a_number"),
    ("", "intl", "home", "unknown", "not_a_number"),
    ("5" * 18, "", "", "unknown", "not_in_plan"),
]


@pytest.mark.parametrize(("number", "trunk", "subscriber", "outcome", "code"), TABLE)
def test_table(number: str, trunk: str, subscriber: str, outcome: str, code: str) -> None:
    verdict = check_number(number, trunk=trunk, subscriber=subscriber)
    assert (verdict.outcome, verdict.reasons[0].code) == (outcome, code)
    assert verdict.number_display == number


def test_the_country_is_named_even_for_a_range_that_nobody_may_use() -> None:
    verdict = check_number("0044 7700 900123")
    assert (verdict.label, verdict.e164) == ("GB", "+447700900123")
    assert "United Kingdom (GB)" in "\n".join(number_lines(verdict, "en"))
    assert number_json(verdict, "zh-Hant")["country"] == "英國"


def test_a_faked_hotline_says_which_number_to_dial() -> None:
    verdict = check_number("+8696110")
    assert (verdict.call, verdict.emergency) == ("96110", False)
    assert (verdict.e164, verdict.label) == ("", "")
    assert "dial 96110 yourself" in number_lines(verdict, "en")[-1]


def test_foreign_number_on_a_domestic_trunk_is_said() -> None:
    codes = [r.code for r in check_number("+447700900123", trunk="domestic").reasons]
    assert codes == ["foreign_country", "foreign_on_domestic_trunk"]


def test_every_emergency_number_is_marked_whatever_the_outcome() -> None:
    for home in countries():
        short = short_numbers(home)
        assert short is not None
        for number in short.emergency:
            for trunk in ("", "intl", "domestic"):
                assert check_number(number, trunk=trunk, home=home).emergency, (home, number)
    assert check_number("025110").emergency
    assert not check_number("+86110").emergency


def test_another_home_judges_by_its_own_plan() -> None:
    assert check_number("+6618001441", home="TH").outcome != "plausible"
    assert check_number("+661441", home="TH").outcome == "spoof"
    assert check_number("+65999", home="SG").outcome == "spoof"
    assert check_number(MOBILE, home="TH").outcome == "foreign"


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"trunk": "satellite"}, "number_trunk_unknown"),
        ({"subscriber": "abroad"}, "number_subscriber_unknown"),
        ({"subscriber": "roaming:Thailand"}, "number_subscriber_unknown"),
        ({"home": "XX"}, "number_home_unknown"),
    ],
)
def test_wrong_questions_are_refused(given_: dict[str, str], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        check_number(MOBILE, **given_)
    assert refused.value.code == code


SUBSCRIBERS = st.sampled_from(["", "home", "unknown", "roaming:TH", "roaming:CN"])
NUMBERS = st.one_of(
    st.text(max_size=30), st.from_regex(r"(\+|00)?[0-9]{1,17}", fullmatch=True), st.just(MOBILE)
)


@given(NUMBERS, st.sampled_from(["", "intl", "domestic"]), SUBSCRIBERS)
def test_always_an_answer_with_reasons_and_the_same_each_time(
    number: str, trunk: str, subscriber: str
) -> None:
    verdict = check_number(number, trunk=trunk, subscriber=subscriber)
    assert verdict.outcome in OUTCOMES
    assert verdict.reasons
    assert verdict == check_number(number, trunk=trunk, subscriber=subscriber)
    for lang in LANGS:
        assert number_lines(verdict, lang)[-1]
        assert number_json(verdict, lang)["reasons"][0]["text"]


def test_no_text_says_that_a_number_is_safe() -> None:
    english = " ".join(texts["en"] for texts in topic("number").values())
    assert not re.search(r"\b(safe|fine|genuine|trust\w*|no risk|ok)\b", english, re.IGNORECASE)
    chinese = " ".join(texts["zh-Hans"] for texts in topic("number").values())
    assert not re.search("安全|放心|可信|无风险", chinese)


def test_a_number_stays_out_of_logs() -> None:
    assert "13900000000" not in repr(check_number(MOBILE))


def test_hostile_input_is_bounded() -> None:
    assert check_number("1" * 1_000_000).outcome == "unknown"
