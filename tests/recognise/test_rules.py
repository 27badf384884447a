"""The rules as data: what a line of YAML means, and that the shipped lines say what they must."""

from __future__ import annotations

from array import array

import pytest

from fanzha.model.catalogue import has
from fanzha.model.vocabulary import vocabulary
from fanzha.recognise.characters import characters
from fanzha.recognise.kernel import Scanner
from fanzha.recognise.normalise import given, normalise
from fanzha.recognise.rules import NEGATOR, NOT_ASKED, Concept, Rule, Rules, expand, rules
from fanzha.recognise.tables import tables


def words(name: str, *phrases: str, negatable: bool = False) -> Concept:
    parts = tuple(tuple(tuple(expand(p)) for p in phrase.split("…")) for phrase in phrases)
    return Concept(name, parts, negatable)


def fired(text: str, concepts: list[Concept], made: list[Rule]) -> list[str]:
    first = [words(NEGATOR, "请勿", "不要"), words(NOT_ASKED, "占位词")]
    known = Rules((*first, *concepts), tuple(made))
    kernel = Scanner(tables(characters(), known, bytes(1 << 4), 60))
    reading = kernel.read(given(text)[0])
    return [rule.name for rule, on in zip(made, reading.fired, strict=True) if on]


PAY, WHO, NEWS = (
    words("pay", "转账", "汇…万", negatable=True),
    words("who", "警官"),
    words("n", "记者"),
)
BOTH = Rule(name="both", parts=(("who",), ("pay",)), window=10, weight=1.0, why="x")
ONE = Rule(name="one", parts=(("pay",),), weight=1.0, why="x")
TURNED = Rule(name="turned", parts=((NOT_ASKED,),), weight=-1.0, why="x")
UNLESS = Rule(name="unless", parts=(("pay",),), unless=("n",), window=10, weight=1.0, why="x")
ALL = [BOTH, ONE, TURNED, UNLESS]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("转账", ["one", "unless"]),
        ("警官说转账", ["both", "one", "unless"]),
        ("转账给警官", ["both", "one", "unless"]),
        ("警官" + "天" * 11 + "转账", ["one", "unless"]),
        ("请勿转账", ["turned"]),
        ("请勿相信，转账", ["one", "unless"]),
        ("汇个三万", ["one", "unless"]),
        ("汇个。三万", []),
        ("汇" + "天" * 13 + "万", []),
        ("记者问转账", ["one"]),
        ("转账的事，记者问", ["one"]),
        ("转账" + "天" * 12 + "记者", ["one", "unless"]),
        ("", []),
    ],
)
def test_what_a_rule_means(text: str, names: list[str]) -> None:
    assert fired(text, [PAY, WHO, NEWS], ALL) == names


def test_latin_phrases_are_whole_words_unless_open() -> None:
    concepts = [words("a", "card"), words("b", "http*")]
    made = [Rule(name=n, parts=((n,),), weight=1.0, why="x") for n in ("a", "b")]
    assert fired("discard cards", concepts, made) == []
    assert fired("my card https://a.example", concepts, made) == ["a", "b"]


def test_one_file_for_each_language_adds_to_the_same_concept() -> None:
    spelt = {
        s for c in rules().concepts if c.name == "account_word" for p in c.phrases for s in p[0]
    }
    assert {"paypal", "บัญชี", "tài khoản", "계좌", "akaun"} <= spelt


def test_shipped_rules_name_known_codes() -> None:
    for rule in rules().rules:
        assert set(rule.types) <= set(vocabulary("scam_type"))
        assert set(rule.tactics) <= set(vocabulary("tactic"))
        assert has(f"why.{rule.why}"), rule.why
        assert rule.weight


def test_shipped_phrases_are_written_as_they_look_undone() -> None:
    for concept in rules().concepts:
        for phrase in concept.phrases:
            for part in phrase:
                for spelt in part:
                    word = spelt.removesuffix("*")
                    assert normalise(word).text == word, (concept.name, word)


def test_every_shipped_scam_type_has_advice() -> None:
    for code in (*vocabulary("scam_type"), "none", "low", "other"):
        assert has(f"advice.{code}"), code


def test_hits_are_bounded() -> None:
    text = "转账" * 2000
    kernel = Scanner(tables(characters(), rules(), bytes(1 << 4), 60))
    reading = kernel.read(given(text)[0])
    assert reading.hits <= len(text) * 4 + 16
    assert isinstance(given(text)[0], array)
