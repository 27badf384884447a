"""Measures counted from a real casebook whose records say what story S12 says."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.journeys.commands import BALANCES, LEDGER, THEFTS
from tests.services.s12 import CARD, NOW, ZONE, at, hold_step, keep, keep_story

from fanzha.casebook import Casebook, open_casebook
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Account
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.holds import hold_id
from fanzha.money.measures import Cohort, Sums
from fanzha.money.restitution import Entry, Leg
from fanzha.services.measures import count_measures
from fanzha.services.restitution.record import record_step, recorded_books
from fanzha.services.work import WorkRequest, work


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    with open_casebook(tmp_path_factory.mktemp("s12") / "casebook.db") as casebook:
        keep_story(casebook)
        (cohort,) = count_measures(casebook, NOW, ZONE).cohorts
    return cohort


def percent(sums: Sums, name: str) -> float:
    return round(100 * float(sums.share(name) or 0), 1)


def test_s12_from_its_records(may: Cohort) -> None:
    (sums,) = may.sums
    assert (may.month, may.cases, sums.currency, sums.loss) == ("2024-05", 5, "CNY", 155_800_000)
    assert (percent(sums, "held"), percent(sums, "returned")) == (13.2, 10.8)
    assert may.report_delay.p50 == Fraction(1075, 10) * 60
    assert may.hold_time.p50 == Fraction(95, 10) * 60
    assert (may.report_delay.n, may.hold_time.n) == (4, 4)
    assert (may.wrong_holds.count, may.wrong_holds.of, may.wrong_holds.small) == (1, 9, True)
    assert sums.averted == 9_000_000
    assert sums.innocent_seconds == 930_000 * 5 * 86_400


def fresh(tmp_path: Path) -> Casebook:
    return open_casebook(tmp_path / "casebook.db")


def test_a_case_is_read_again_once_it_has_a_new_record(tmp_path: Path) -> None:
    with fresh(tmp_path) as casebook:
        keep(casebook, "K1", "14:02", "30万")
        assert count_measures(casebook, NOW, ZONE).together.sums[0].held == 0
        casebook.append("K1", [hold_step("H-1", "active", "14:25", 188_000)], at("14:25"))
        assert count_measures(casebook, NOW, ZONE).together.sums[0].held == 18_800_000


def test_an_action_that_was_taken_back_does_not_count(tmp_path: Path) -> None:
    with fresh(tmp_path) as casebook:
        (first,) = casebook.append(
            "K5", [Action(kind="avert", on="r", who="o", at=NOW, legal_basis="", amount=5)], NOW
        )
        undo = Action(kind="avert", on="r", who="o", at=NOW, legal_basis="", undoes=first.seq)
        casebook.append("K5", [undo], NOW)
        assert count_measures(casebook, NOW, ZONE).together.sums == ()


def test_a_return_in_the_ledger_counts_once(tmp_path: Path) -> None:
    """The ledger of returns paid 4.00 of what its hold then calls returned."""
    account = Account(CARD, "CNY")
    name = hold_id(account)
    entries = [
        Entry(
            kind=kind,
            who="o",
            at=NOW,
            basis="x",
            legs=(Leg(account, source, t1, -400), Leg(account, target, t2, 400)),
        )
        for kind, source, t1, target, t2 in (
            ("held", "outside", "", "pool", ""),
            ("allotted", "pool", "", "due", "T1"),
            ("paid", "due", "T1", "paid", "T1"),
        )
    ]
    with fresh(tmp_path) as casebook:
        keep(casebook, "K1", "14:02", "30万")
        casebook.append("K1", [hold_step(name, "active", "14:25", 5)], NOW)
        record_step(casebook, "K1", recorded_books(casebook, "K1"), entries, NOW)
        casebook.append("K1", [hold_step(name, "returned", "15:00", 4)], NOW)
        sums = count_measures(casebook, NOW, ZONE).together.sums[0]
        assert (sums.held, sums.recovered, sums.returned) == (500, 400, 400)


def test_what_is_secured_for_return_is_recovered_and_not_yet_returned(tmp_path: Path) -> None:
    account = Account(CARD, "CNY")
    secured = Entry(
        kind="held",
        who="o",
        at=NOW,
        basis="x",
        legs=(Leg(account, "outside", "", -300), Leg(account, "pool", "", 300)),
    )
    let_go = Entry(
        kind="released",
        who="o",
        at=NOW,
        basis="x",
        legs=(Leg(account, "pool", "", -100), Leg(account, "released", "", 100)),
    )
    with fresh(tmp_path) as casebook:
        keep(casebook, "K1", "14:02", "30万")
        casebook.append("K1", [hold_step(hold_id(account), "active", "14:25", 5)], NOW)
        record_step(casebook, "K1", recorded_books(casebook, "K1"), [secured, let_go], NOW)
        sums = count_measures(casebook, NOW, ZONE).together.sums[0]
        assert (sums.held, sums.recovered, sums.returned) == (500, 200, 0)


def test_an_appeal_that_failed_is_answered_and_no_wrong_hold(tmp_path: Path) -> None:
    account = Account(CARD, "CNY")
    appeal = appraise(
        Claim(account=account, traced=500, method="fifo/1"), Frozen(amount=500), [], at("15:00")
    )
    upheld = Action(
        kind="appeal", on=hold_id(account), who="o", at=at("16:00"), legal_basis="x", note="shown"
    )
    with fresh(tmp_path) as casebook:
        keep(casebook, "K1", "14:02", "30万")
        casebook.append("K1", [hold_step(hold_id(account), "active", "14:25", 5), appeal], NOW)
        assert count_measures(casebook, NOW, ZONE).together.appeals_open == 1
        casebook.append("K1", [upheld], NOW)
        together = count_measures(casebook, NOW, ZONE).together
        assert (together.appeals_open, together.appeal_time.values) == (0, (3600,))
        assert (together.wrong_holds.count, together.sums[0].held) == (0, 500)


def test_erased_reports_are_counted_no_more(tmp_path: Path) -> None:
    with fresh(tmp_path) as casebook:
        fact, finding = keep(casebook, "K1", "14:02", "30万")
        for record in (fact, finding):
            erase = Action(
                kind="erase", on=str(record.seq), who="o", at=NOW, legal_basis="PIPL art. 47"
            )
            casebook.erase(record.seq, erase, NOW)
        together = count_measures(casebook, NOW, ZONE).together
        assert (together.cases, together.sums, together.report_delay.n) == (1, (), 0)


def test_a_case_without_a_report_counts_when_it_was_opened(tmp_path: Path) -> None:
    with fresh(tmp_path) as casebook:
        fact = Fact(kind="statement", source="a.csv", received_at=NOW, payload=b"x")
        casebook.append("K9", [fact], NOW)
        assert [c.month for c in count_measures(casebook, NOW, ZONE).cohorts] == ["2024-07"]


def test_once_money_is_traced_the_trace_says_the_loss(tmp_path: Path) -> None:
    """Story S2: two thefts of 300,000 and 50,000."""
    folder = tmp_path / "s2"
    folder.mkdir()
    for name, content in {
        "ledger.csv": LEDGER.read_bytes(),
        "balances.csv": BALANCES.read_bytes(),
        "thefts.csv": THEFTS.encode(),
    }.items():
        (folder / name).write_bytes(content)
    request = WorkRequest(folder=str(folder), casebook=tmp_path / "casebook.db", now=NOW)
    result = work(request)
    stolen = sum(t.amount for t in result.movements.thefts.values())
    with fresh(tmp_path) as casebook:
        (sums,) = count_measures(casebook, NOW, ZONE).together.sums
        assert sums.loss == stolen
        best = result.plan.holds[0]
        step = hold_step(best.hold_id, "active", "14:25", best.cap // 100)
        casebook.append(result.case_id, [step], NOW)
        (sums,) = count_measures(casebook, NOW, ZONE).together.sums
        level = sum(h.amount for h in best.holdings if h.level == 1)
        assert (sums.held, sums.first_hop) == (best.cap, min(level, best.cap))
