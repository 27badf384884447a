"""Stories S6, S7, S10 and S11 through `fanzha check`, and what others script against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.commands import ASSETS, fanzha

PAGES = Path(__file__).parents[1] / "assets" / "pages"
S6 = [json.loads(line) for line in (ASSETS / "s6.jsonl").read_text("utf-8").splitlines()]
S10 = [json.loads(line) for line in (ASSETS / "s10.jsonl").read_text("utf-8").splitlines()]
KEYS = {
    "level", "probability", "types", "tactics", "stage", "reasons", "indicators", "advice", "lang",
}  # fmt: skip


@pytest.fixture(scope="module")
def streamed() -> dict[str, Any]:
    lines = "\n".join(json.dumps({"id": m["id"], "text": m["text"]}) for m in S6)
    ran = fanzha("check", "--lines", stdin=lines)
    assert ran.code == 0, ran.err
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [a["id"] for a in answers] == [m["id"] for m in S6]
    return {a["id"]: a for a in answers}


@pytest.mark.parametrize("message", S6, ids=lambda m: m["id"])
def test_s6_levels_types_and_quoted_words(streamed: dict[str, Any], message: Any) -> None:
    answer = streamed[message["id"]]
    assert answer.keys() >= KEYS
    assert answer["level"] == message["level"]
    if "type" in message:
        assert answer["types"][0]["code"] == message["type"]
    assert answer["reasons"]
    for reason in answer["reasons"]:
        assert message["text"][reason["start"] : reason["end"]] == reason["quote"]
        assert reason["quote"]
        assert reason["why"]


def test_s6_no_word_ever_says_safe() -> None:
    for lang, words in (("en", ("safe",)), ("zh-Hans", ("安全的", "放心"))):
        for text in (S6[0]["text"], S6[9]["text"]):
            said = fanzha("check", text, "--lang", lang)
            own = said.out.replace(text, "").lower()
            assert not any(word in own.replace("安全账户", "") for word in words)


def test_a_person_reads_the_words_the_number_and_what_to_do() -> None:
    ran = fanzha("check", S6[10]["text"])
    assert ran.code == 0
    for word in ("very likely a scam", "96110", "安全账户", "Already paid?"):
        assert word in ran.out


def test_a_bad_line_is_answered_and_the_stream_goes_on() -> None:
    lines = (
        '{"id": 1, "text": "你好"}\nnonsense\n[]\n{"id": 2, "text": 5}\n{"id": 3, "text": "hi"}\n'
    )
    ran = fanzha("check", "--lines", stdin=lines)
    assert ran.code == 3
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [a["id"] for a in answers] == [1, None, None, None, 3]
    assert all("error" in a for a in answers if a["id"] is None)


@pytest.mark.parametrize("advert", S10, ids=lambda a: a["id"])
def test_s10_adverts(advert: Any) -> None:
    body = fanzha("check", advert["text"], "--advert", "--json").json
    assert body["lure"]["level"] == advert["lure"]
    assert body["lure"]["risk" if advert["lure"] == "high" else "protective"]


def test_a_list_of_persons_is_refused_with_the_reason() -> None:
    rows = "姓名,国籍,年龄,航班\n" + "\n".join(
        f"张{n},中国,2{n},XX100" for n in "一二三四五六七八九"
    )
    ran = fanzha("check", "-", "--advert", stdin=rows)
    assert ran.code == 2
    assert "advert" in ran.err.lower()


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (["+8696110"], "spoof"),
        (["0096110"], "spoof"),
        (["02596110"], "plausible"),
        (["+8613900000000", "--trunk", "intl", "--subscriber", "home"], "spoof"),
        (["+8613900000000", "--trunk", "intl", "--subscriber", "roaming:TH"], "allow"),
        (["00447700900123"], "foreign"),
        (["13900000000"], "unknown"),
    ],
)
def test_s7_numbers(arguments: list[str], outcome: str) -> None:
    body = fanzha("check", "--number", *arguments, "--json").json
    assert body["outcome"] == outcome
    assert body["reasons"]


def test_s11_a_poisoned_page_comes_out_as_its_author_wrote_it() -> None:
    clean = fanzha("check", "--page", PAGES / "h1_clean_county_law.html", "--json").json
    poisoned = fanzha("check", "--page", PAGES / "h2_hidden_injection.html", "--json").json
    assert clean["injected"] == []
    assert {i["class"] for i in poisoned["injected"]} == {"hidden_injection"}
    assert poisoned["clean_text"] == clean["clean_text"]
    assert "facts" in clean


def test_a_file_standard_input_and_the_text_itself_are_the_same(tmp_path: Path) -> None:
    text = S6[7]["text"]
    file = tmp_path / "message.txt"
    file.write_text(text, encoding="utf-8")
    answers = [
        fanzha("check", text, "--json").json,
        fanzha("check", file, "--json").json,
        fanzha("check", "-", "--json", stdin=text).json,
    ]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "wrong", [["check"], ["check", "hi", "--country", "atlantis"], ["check", "--page", "/nowhere"]]
)
def test_usage_errors(wrong: list[str]) -> None:
    ran = fanzha(*wrong)
    assert ran.code == 2
    assert ran.err.strip()
    assert "Traceback" not in ran.err
