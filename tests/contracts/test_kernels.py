"""What every kernel promises: same input, same answer; input untouched; a reason for everything."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.journeys.commands import LEDGER
from tests.journeys.test_stories import S1
from tests.money.ledgers import START, pay, theft_of
from tests.money.test_stories import V1, V2, case

from fanzha.evidence.leaf import canonical
from fanzha.exchange.pacs008 import read_pacs008, write_pacs008
from fanzha.intake.report import read_report
from fanzha.intake.statement import SourceFile, read_statements
from fanzha.model.chain import Finding, Reason
from fanzha.model.payment import Account
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.holds import Terms, Timing, plan_holds
from fanzha.money.movements import gather
from fanzha.money.pots import METHODS
from fanzha.money.returns import plan_return
from fanzha.money.trace import trace

SAYS_ITSELF = {
    "statements"
}  # its payments and refusals carry their rows; a clean file needs no note
AT = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)
MOVEMENTS = case(V1, V2)
FIFO = trace(MOVEMENTS, "fifo")
TIED = [pay("V", "A", 10, 0), pay("A", "B", 10, 1), pay("X", "A", 10, 1), pay("A", "C", 10, 1)]
TIMING = Timing(confirmed_at=START, hold_at=START)
MESSAGE = write_pacs008([pay("V", "A", 10, 0)], "M1", AT)
LEDGER_FILE = SourceFile(name="ledger.csv", content=LEDGER.read_bytes())

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
CALLS: dict[str, Call] = {
    "read_report": (read_report, (S1,), {"received_at": AT}),
    "read_statements": (read_statements, ([LEDGER_FILE],), {}),
    "read_pacs008": (read_pacs008, ("m.xml", MESSAGE), {}),
    "gather": (gather, (TIED, [theft_of(TIED[0], "T")]), {}),
    **{f"trace {method}": (trace, (MOVEMENTS, method), {}) for method in METHODS},
    "trace with ties": (trace, (gather(TIED, [theft_of(TIED[0], "T")]), "fifo"), {}),
    "plan_holds": (plan_holds, (FIFO, TIMING, {"B3": Terms(good_faith=Decimal("0.7"))}), {}),
    "plan_return": (plan_return, (FIFO, [V1, V2], {Account("B2", "CNY"): 3_000_000}), {}),
    "appraise": (
        appraise,
        (Claim(account=Account("B3", "CNY"), traced=5, method="fifo/1"), Frozen(amount=9), [], AT),
        {},
    ),
    "canonical": (canonical, ({"b": [1, {"a": "反诈"}]},), {}),
}


@pytest.mark.parametrize("name", CALLS)
def test_deterministic_and_leaves_its_input_alone(name: str) -> None:
    verb, arguments, named = CALLS[name]
    before = copy.deepcopy(arguments)
    first = verb(*arguments, **named)
    assert arguments == before
    assert verb(*arguments, **named) == first


@pytest.mark.parametrize("name", CALLS)
def test_every_finding_names_its_method_and_reasons(name: str) -> None:
    verb, arguments, named = CALLS[name]
    result = verb(*arguments, **named)
    for finding in result if isinstance(result, tuple) else (result,):
        if isinstance(finding, Finding):
            assert "/" in finding.method
            assert finding.reasons or not SAYS_ITSELF.isdisjoint({finding.kind})
            assert all(isinstance(reason, Reason) for reason in finding.reasons)


@pytest.mark.parametrize("name", CALLS)
def test_what_comes_back_cannot_be_changed(name: str) -> None:
    verb, arguments, named = CALLS[name]
    result = verb(*arguments, **named)
    if dataclasses.is_dataclass(result):
        field = dataclasses.fields(result)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, field, None)
    else:
        assert isinstance(result, tuple | bytes)
