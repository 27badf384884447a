"""After old payments were dropped, a later theft is traced as before, and the rest is said."""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.payments import SMALL, add
from tests.money.ledgers import NUMBERS, START, Ledger, pay, theft_of

from fanzha.cli import main
from fanzha.errors import NothingUsable
from fanzha.intake.statement import SourceFile
from fanzha.ledger import create, open_ledger
from fanzha.ledger.append import Append
from fanzha.ledger.retain import drop
from fanzha.ledger.store import STATED
from fanzha.model.catalogue import LANGS, say
from fanzha.model.instant import iso
from fanzha.model.money import to_major
from fanzha.model.payment import Account, Theft
from fanzha.money.follow import ENDINGS, Bounds, Facts, micros, origins
from fanzha.money.movements import CASH
from fanzha.money.pots import METHODS
from fanzha.money.trace import Trace
from fanzha.services.ledger_trace import (
    BackwardResult,
    LedgerTraceRequest,
    trace_back,
    trace_ledger,
)
from fanzha.services.money_inputs import MoneySources
from fanzha.services.trace import TraceResult

SEEDS, CUTS = st.integers(0, 10_000), st.integers(28, 38)


def town(seed: int) -> Ledger:
    """Forty payments of six accounts, two in one second now and then; thefts early and late."""
    chance = random.Random(seed)
    seconds = sorted(chance.randrange(60) for _ in range(40))
    rows = [
        pay(
            chance.choice(NUMBERS), chance.choice(NUMBERS), chance.randint(1, 20) * 100 + at, second
        )
        for at, second in enumerate(seconds)
    ]
    stolen = {i: f"T{i}" for i in (*chance.sample(range(14), 2), *chance.sample(range(28, 38), 3))}
    known = {Account(n, "CNY"): chance.randint(-20, 20) * 100 for n in NUMBERS[::2]}
    return Ledger(tuple(rows), stolen, known)


def cut_at(path: Path, second: int) -> datetime:
    """Drop what lies before a second; the instant before which nothing is kept now."""
    gone = drop(path, START + timedelta(seconds=second))
    assert gone.before is not None
    return gone.before


def lay(path: Path, made: Ledger) -> None:
    """The payments in segments of at most `SMALL`, with what was stated of accounts."""
    create(path)
    with Append(path) as writer:
        writer.open_with({a: (amount, STATED) for a, amount in made.known.items()})
        writer.commit()
    add(path, made.payments, SMALL)


def stated(thefts: list[Theft]) -> SourceFile:
    rows = ["theft_id,debtor_account,creditor_account,amount,currency,booked_at"]
    rows += [
        f"{t.theft_id},{t.debtor_account},{t.creditor_account},"
        f"{to_major(t.amount, t.currency)},{t.currency},{iso(t.booked_at)}"
        for t in thefts
    ]
    return SourceFile(name="thefts.csv", content="\n".join(rows).encode())


def traced(path: Path, thefts: list[Theft]) -> TraceResult:
    sources = MoneySources(payments=(), thefts=stated(thefts))
    return trace_ledger(LedgerTraceRequest(ledger=str(path), sources=sources))


def backward(path: Path, number: str) -> tuple[BackwardResult, ...]:
    sources = MoneySources(payments=())
    return trace_back(LedgerTraceRequest(ledger=str(path), sources=sources), number)


@settings(max_examples=10, deadline=None)
@given(SEEDS, CUTS)
def test_a_theft_after_the_cut_is_traced_as_before(seed: int, second: int) -> None:
    made = town(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, cut = Path(folder, "whole"), Path(folder, "cut")
        lay(whole, made)
        lay(cut, made)
        before = cut_at(cut, second)
        later = [t for t in made.thefts if t.booked_at >= before]
        assert later
        whole_answer, after = traced(whole, later), traced(cut, later)
        assert not after.read.refusals
        assert [n.code for n in after.read.notes] == ["payments_dropped"]
        for method in METHODS:
            one, other = whole_answer.traces[method], after.traces[method]
            assert plain(other) == dataclasses.replace(plain(one), reasons=other.reasons), method


def plain(found: Trace) -> Trace:
    """Without how much it could be otherwise: of dropped rows other orders cannot be tried."""
    holdings = (dataclasses.replace(h, low=None, high=None, tie=False) for h in found.holdings)
    return dataclasses.replace(found, holdings=tuple(holdings), ties=())


@settings(max_examples=10, deadline=None)
@given(SEEDS, CUTS)
def test_a_theft_before_the_cut_is_said_to_be_dropped(seed: int, second: int) -> None:
    made = town(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cut")
        lay(path, made)
        before = cut_at(path, second)
        earlier = {t.theft_id for t in made.thefts if t.booked_at < before}
        try:
            found = traced(path, made.thefts)
        except NothingUsable as nothing:
            refusals: Any = nothing.values["refusals"]
            assert len(earlier) == len(made.thefts)
        else:
            refusals = found.movements.refusals
            assert not earlier & {h.theft_id for t in found.traces.values() for h in t.holdings}
        assert {str(r.values["theft_id"]): r.code for r in refusals} == dict.fromkeys(
            earlier, "theft_dropped"
        )


@settings(max_examples=10, deadline=None)
@given(SEEDS, CUTS, st.sampled_from("ABCDE"))
def test_money_followed_back_ends_at_the_cut_and_says_so(
    seed: int, second: int, number: str
) -> None:
    made = town(seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, cut = Path(folder, "whole"), Path(folder, "cut")
        lay(whole, made)
        lay(cut, made)
        before = cut_at(cut, second)
        for other in backward(cut, number):
            for method, parts in other.fed.items():
                assert sum(p.amount for p in parts) == other.held[method]
                found = Counter[str]()
                for p in parts:
                    found[p.ending] += p.amount
                wanted = stopped_at(whole, number, method, before)
                assert found.keys() <= {"opening", "terminal", "before_ledger"}
                assert found["terminal"] == wanted["terminal"]
                # what an account had of its own is not told from what dropped payments brought
                assert found["before_ledger"] >= wanted["stopped"]
                assert found["opening"] <= wanted["opening"]
                assert found.total() == wanted.total()


def stopped_at(path: Path, number: str, method: str, before: datetime) -> Counter[str]:
    """Who fed an account by the whole ledger, followed back to payments before an instant."""
    ledger = open_ledger(path)
    facts = Facts.of(len(ledger.accounts), {})
    said = ledger.opening_ids
    facts.stated[said[:, 0]] = said[:, 1]
    (at,) = ledger.accounts.numbered([number]).values()
    ends = list(ledger.accounts.numbered([CASH]).values())
    facts.terminal[ends] = 1
    bounds = Bounds(stops=range(ledger.index.position_after(micros(before) - 1)))
    rows = origins(ledger.index, facts, at, method, bounds=bounds).sources.tolist()
    found = Counter[str]()
    for ending, _, amount, _, _ in rows:
        found[ENDINGS[ending]] += amount
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twice the same payment, one before the cut and one after it."""
    ledger = tmp_path / "ledger"
    rows = [pay("V", "A", 500, 0), *(pay("X", "Y", n + 1, n + 1) for n in range(SMALL))]
    rows += [pay("V", "A", 500, 100), pay("A", "B", 300, 101)]
    add(ledger, rows, SMALL)
    drop(ledger, START + timedelta(seconds=90))
    return ledger


def test_a_like_payment_after_the_cut_is_taken_with_a_doubt(path: Path) -> None:
    earlier = theft_of(pay("V", "A", 500, 0), "T")
    found = traced(path, [earlier])
    codes = [reason.code for reason in found.traces["fifo"].reasons]
    assert "theft_maybe_dropped" in codes
    later = theft_of(pay("V", "A", 500, 100), "T")
    reasons = traced(path, [later]).traces["fifo"].reasons
    assert "theft_maybe_dropped" not in [reason.code for reason in reasons]


def test_the_command_says_it_in_every_language(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "thefts.csv"
    table.write_bytes(stated([theft_of(pay("X", "Y", 1, 1), "T")]).content)
    before = open_ledger(path).manifest.dropped_before
    assert before is not None
    for lang in LANGS:
        command = ["trace", "--ledger", str(path), "--thefts", str(table), "--lang", lang]
        assert main(command) == 2  # there is no other theft
        assert say("remedy.theft_dropped", lang)[:12] in capsys.readouterr().err
        assert main([*command[:3], "--backward", "Y", "--lang", lang]) == 0
        assert say("ledger.ending_before_ledger", lang) in capsys.readouterr().out
