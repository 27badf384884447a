"""Every golden report is read exactly as its block says."""

from __future__ import annotations

import pytest
from tests.intake.report.golden import Golden, differences, load


@pytest.mark.parametrize("golden", list(load()), ids=lambda golden: golden.title)
def test_golden(golden: Golden) -> None:
    assert differences(golden) == [], golden.text


def test_there_are_enough_of_them() -> None:
    blocks = list(load())
    assert len(blocks) >= 60
    assert sum(b.title.startswith("english") for b in blocks) >= 8
    assert sum(b.title.startswith("traditional") for b in blocks) >= 6
