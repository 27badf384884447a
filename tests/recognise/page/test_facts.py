"""What an analyst notes from a bulletin: eleven invented ones, each to the last fact."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fanzha.model.catalogue import topic
from fanzha.recognise.page import clean_page

BULLETINS: list[dict[str, Any]] = (
    yaml.load(  # every value as the characters that stand there, days and counts too
        (Path(__file__).parents[2] / "assets/pages/bulletins.yaml").read_text("utf-8"),
        yaml.BaseLoader,
    )
)


@pytest.mark.parametrize("bulletin", BULLETINS, ids=lambda b: b["text"].split("\n")[0])
def test_every_fact_of_a_bulletin_and_no_other(bulletin: dict[str, Any]) -> None:
    text = bulletin["text"]
    page = clean_page(text)
    found = [[f.kind, f.value, text[f.start : f.end]] for f in page.facts]
    assert page.verdict == ""
    assert sorted(found) == sorted(bulletin["facts"])


def test_facts_point_into_the_markup_of_a_page() -> None:
    document = "<h1>通报</h1><p>抓获犯罪嫌疑人<b>25</b>名，涉案&#50;0万元。</p>"
    facts = clean_page(document).facts
    assert [(f.kind, f.value, document[f.start : f.end]) for f in facts] == [
        ("suspects", "25", "犯罪嫌疑人<b>25</b>名"),
        ("amount", "200000 CNY", "&#50;0万元"),
    ]


def test_a_day_without_any_year_says_so() -> None:
    facts = clean_page("5月3日，警方在行动中取得进展，抓获4人。").facts
    assert ("date", "--05-03") in [(f.kind, f.value) for f in facts]


def test_every_kind_has_its_name() -> None:
    kinds = {kind for b in BULLETINS for kind, _, _ in b["facts"]}
    assert kinds == set(topic("page_fact"))
