"""The picture of when stolen money moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree
from tests.present.stories import ZONE, at, moves, payments

from fanzha.money.movements import gather
from fanzha.money.trace import trace
from fanzha.present.timeline import LEFT, MOST_TICKS, WIDTH, Axis, Mark, timeline_svg


def drawn(marks: list[Mark] | None = None) -> etree._Element:
    movements = moves()
    return etree.fromstring(timeline_svg(trace(movements, "fifo"), movements, ZONE, marks or []))


def test_every_hop_has_its_line_and_cash_the_last() -> None:
    lines = [t for t in drawn().findall(".//text") if t.get("x") == "0"]
    said = [t.findtext("tspan[@lang='en']") for t in lines]
    assert said == ["Level 1", "Level 2", "Level 3", "Out of reach"]


def test_area_is_the_amount() -> None:
    """V1's 300,000 against V2's 50,000: six times the area, whatever became of them."""
    blocks: dict[int, float] = {}
    for rect in drawn().findall(".//rect"):
        x = round(float(rect.get("x", 0)) + float(rect.get("width", 0)) / 2)
        area = float(rect.get("width", 0)) * float(rect.get("height", 0))
        blocks[x] = blocks.get(x, 0) + area
    first, second = sorted(blocks)[:2]
    assert blocks[second] / blocks[first] == pytest.approx(6, rel=0.05)


def test_marks_are_named_with_their_time() -> None:
    svg = etree.tostring(drawn([Mark(at("14:25:00"), "mark_hold")]), encoding="unicode")
    assert "holds land" in svg
    assert "14:25:00" in svg


def test_names_of_marks_at_one_instant_stand_under_each_other() -> None:
    marks = [Mark(at("14:25:00"), key) for key in ("mark_report", "mark_confirmed", "mark_hold")]
    names = [t for t in drawn(marks).findall(".//text") if "mark" in t.get("class", "").split()]
    assert len({t.get("y") for t in names}) == 3
    edge = [t.get("class") for t in drawn([Mark(at("13:59:00"), "mark_report")]).findall(".//text")]
    assert "when mark after" in edge  # no name begins outside the picture


@pytest.mark.parametrize("span", [0, 1, 15, 90, 1000, 20_000, 500_000, 3_000_000])
def test_ticks_are_few_round_and_inside(span: int) -> None:
    axis = Axis(at("14:01:00"), at("14:01:00") + timedelta(minutes=span))
    ticks = axis.ticks(ZONE)
    assert len(ticks) <= MOST_TICKS + 1
    assert all(LEFT - 1 <= x <= WIDTH for x, _ in ticks)


def test_nothing_stolen_is_no_picture() -> None:
    movements = gather(payments(), [])
    assert timeline_svg(trace(movements, "fifo"), movements, ZONE) == ""
