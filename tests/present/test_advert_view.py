"""The advert's findings as a person reads them and as a program does."""

from __future__ import annotations

import json

import pytest

from fanzha.model.catalogue import LANGS, Lang
from fanzha.present.advert_view import advert_json, advert_lines
from fanzha.recognise.advert import check_advert

LURE = check_advert("昆明出发，经老挝到妙瓦底做客服，月薪3万，加飞机号 kk_work66，名额有限")
HONEST = check_advert("苏州电子厂招聘普工，月薪5500元，缴纳社保")


def test_json_says_what_the_contract_promises() -> None:
    body = advert_json(LURE, "en")
    assert json.loads(json.dumps(body)) == body
    assert body["level"] == "high"
    assert {"code", "start", "end", "quote", "weight", "text"} <= set(body["risk"][0])
    assert [(s["role"], s["place"], s["country"]) for s in body["route"]] == [
        ("from", "昆明", "CN"),
        ("via", "老挝", "LA"),
        ("to", "妙瓦底", "MM"),
    ]
    assert [c["value"] for c in body["contacts"]] == ["telegram:kk_work66"]
    assert {"12308", "1868"} <= {line["number"] for line in body["advice"]["hotlines"]}
    assert body["pay"]["verified"] is False


@pytest.mark.parametrize("lang", LANGS)
def test_lines_begin_with_the_level_and_tell_both_readers_what_to_do(lang: Lang) -> None:
    lines = advert_lines(LURE, lang)
    advice = advert_json(LURE, lang)["advice"]
    assert advert_json(LURE, lang)["level_text"] in lines[0]
    assert advice["recruit"] in lines[-3]
    assert advice["family"] in lines[-2]
    assert "12308" in lines[-1]
    if lang != "en":
        quoted = {"KK", "GoIP", "Telegram", "kk_work66"}
        words = "".join(lines)
        for word in quoted:
            words = words.replace(word, "")
        assert not any("a" <= c.lower() <= "z" for c in words)


def test_an_honest_advert_is_never_called_safe() -> None:
    lines = " ".join(advert_lines(HONEST, "en")).lower()
    assert HONEST.level == "none"
    assert "safe" not in lines
    assert "verify" in lines
