"""The example centre is the same every time, has every state, and never mixes with real work."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanzha.errors import NotAllowed
from fanzha.model.chain import Fact
from fanzha.services.case import Cases
from fanzha.services.centre import Centre, open_centre
from fanzha.services.demo import load_demo

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def payloads(centre: Centre) -> list[bytes | None]:
    """Everything that the casebook holds."""
    book = centre.casebook
    return [book.payload(seq) for seq in range(1, book.verify().size + 1)]


def test_the_same_seed_gives_the_same_centre(tmp_path: Path) -> None:
    with open_centre(tmp_path / "a") as one, open_centre(tmp_path / "b") as two:
        assert load_demo(one, NOW, count=6) == load_demo(two, NOW, count=6) == 6
        assert payloads(one) == payloads(two)
        cases = Cases(one.casebook)
        for case_id in one.casebook.cases():
            result = cases.open(case_id, NOW)
            assert not result.refusals
            assert (
                result.reports[0].transfers[0].payee_account
                == str(result.movements.payments[0].creditor_account)
                or len(result.movements.thefts) > 1
            )
            for theft in result.movements.thefts.values():
                assert (
                    result.traces["fifo"].total()[theft.theft_id]
                    + sum(
                        d.amount
                        for d in result.traces["fifo"].disputed
                        if d.theft_id == theft.theft_id
                    )
                    == theft.amount
                )


def test_an_example_never_mixes_with_real_work(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        fact = Fact(kind="report", source="r.txt", received_at=NOW, payload=b"real")
        centre.casebook.append("REAL-1", [fact], NOW)
        with pytest.raises(NotAllowed, match="demo_not_empty"):
            load_demo(centre, NOW, count=1)
        assert centre.casebook.cases() == ("REAL-1",)
