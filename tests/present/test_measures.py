"""Figures as a reader sees them: rounding, pictures, and a report in every language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.money.test_measures import NOW, ZONE, story

from fanzha.model.catalogue import LANGS, Lang
from fanzha.money.measures import CaseFacts, Spread, measure
from fanzha.present import charts, measures
from fanzha.present.monthly_report import DATA, data_csv, monthly_report_html

MAY = measure(story(), NOW, ZONE)
MONTHS = measure(
    [
        CaseFacts(
            case_id=f"C{n}",
            opened_at=datetime(2020 + n // 12, n % 12 + 1, 9, tzinfo=UTC),
            loss={"CNY": n * 10**n, "USDT": n},
        )
        for n in range(36)
    ],
    datetime(2024, 1, 1, tzinfo=UTC),
    ZONE,
)


@given(st.fractions(0, 10**6), st.integers(0, 3))
def test_rounding_is_half_up_and_never_further_than_half(value: Fraction, places: int) -> None:
    shown = Fraction(measures.rounded(value, places).replace(",", ""))
    assert abs(shown - value) <= Fraction(1, 2 * 10**places)


@given(st.integers(0, 10**13), st.sampled_from(("CNY", "JPY", "USDT")))
def test_a_label_is_never_longer_than_a_bar_is_wide(minor: int, currency: str) -> None:
    for lang in LANGS:
        assert len(measures.compact(minor, currency, lang)) <= 9


@pytest.mark.parametrize("lang", LANGS)
def test_pictures_are_well_formed_and_inside_their_frame(lang: Lang) -> None:
    for found in (MAY, MONTHS):
        pictures = [
            charts.money_chart(found.cohorts, "CNY", lang),
            charts.wrong_chart(found.cohorts, lang),
            charts.spread_chart(found.together.report_delay, lang),
        ]
        for picture in pictures:
            root = etree.fromstring(picture.strip())
            for rect in root.iter("{*}rect", "rect"):
                assert float(rect.get("height", 0)) >= 0
                assert 0 <= float(rect.get("y", 0)) <= charts.HEIGHT
                assert 0 <= float(rect.get("x", 0)) <= charts.WIDTH


def test_a_picture_shows_the_newest_months_only() -> None:
    picture = charts.money_chart(MONTHS.cohorts, "CNY", "en")
    assert "22-12" in picture
    assert "20-06" not in picture


@given(st.lists(st.integers(0, 10**8)))
def test_every_value_has_its_column(values: list[int]) -> None:
    assert sum(measures.binned(Spread(tuple(sorted(values))))) == len(values)


@pytest.mark.parametrize("lang", LANGS)
def test_the_report_speaks_one_language_and_has_every_definition(lang: Lang) -> None:
    page = monthly_report_html(MAY, "2024-05", ZONE, lang, "中心 <b>")
    assert "<b>" not in page.split("<body>")[1].split("</header>")[0]
    for _, words in measures.definitions(lang):
        assert words.replace("'", "&#39;") in page
    if lang != "en":
        text = re.sub(
            r"<style>.*?</style>|<[^>]+>|fanzha-[\w.-]+|Fanzha|Wilson|Hyndman–Fan",
            " ",
            page,
            flags=re.S,
        )
        assert re.findall(r"[A-Za-z]{4,}", text.replace("Asia/Shanghai", "")) == []


def test_currencies_stand_apart() -> None:
    page = monthly_report_html(MONTHS, "2020-02", ZONE, "en")
    assert page.count('class="tiles sums"') == 2
    rows = data_csv(MONTHS, "", "money").decode("utf-8-sig").splitlines()
    assert sum(",USDT," in row for row in rows) == 35


@pytest.mark.parametrize("kind", DATA)
def test_data_is_there_even_of_nothing(kind: str) -> None:
    empty = measure([], NOW, ZONE)
    assert len(data_csv(empty, "", kind).splitlines()) >= 1
