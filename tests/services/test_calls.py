"""Call-backs: the task is graded by what happened, and each call is due when it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import UnknownRecord, UsageError
from fanzha.intake.report import read_report
from fanzha.model.catalogue import LANGS, topic
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Payment, Theft
from fanzha.model.vocabulary import vocabulary
from fanzha.services.calls import (
    Averted,
    Call,
    Said,
    all_calls,
    avert,
    find_call,
    is_open,
    log_attempt,
    open_calls,
)
from fanzha.services.calls.grade import (
    FIRST,
    LEVELS,
    OUTCOMES,
    REASONS,
    RETRY,
    Attempt,
    grade,
    next_due,
)
from fanzha.services.calls.scripts import script_for
from fanzha.services.calls.step_by_step import find_steps, paying_step_by_step
from fanzha.services.measures import count_measures
from fanzha.services.public_check import REPORT_KIND, PublicReport
from fanzha.services.queue import what_burns

AT = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)
TZ = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
S1 = (
    "我叫林芳,今天下午两点零二分用工行给一个叫'陈志强'的转了三十万,"
    "卡号6205 5000 0000 0000 004,他们前天还返了我120块,现在还让我在会议软件里别挂"
)


@pytest.fixture
def casebook(tmp_path: Path) -> Iterator[Casebook]:
    with open_casebook(tmp_path / "casebook.db") as opened:
        yield opened


def tell(casebook: Casebook, case_id: str, words: str = S1, at: datetime = AT) -> Call:
    """Keep a victim's report; gives the call that follows from it."""
    report = read_report(words, received_at=at.astimezone(TZ), tz=TZ, source="report.txt")
    casebook.append(case_id, [report], at)
    (call,) = [c for c in open_calls(casebook, at) if c.case_id == case_id]
    return call


def send(casebook: Casebook, case_id: str, **said: Any) -> Call:
    """Keep what somebody sent from the public page; gives the call that follows from it."""
    fields: dict[str, Any] = {"text": "先垫付再返", "kind": "message", "level": "high", **said}
    report = PublicReport(**{"contact": "+1 202 555 0143", **fields})
    fact = Fact(
        kind=REPORT_KIND, source=f"{case_id}.json", received_at=AT, payload=orjson.dumps(report)
    )
    casebook.append(case_id, [fact], AT)
    (call,) = [c for c in open_calls(casebook, AT) if c.case_id == case_id]
    return call


def paid(minutes: float, debtor: str, creditor: str, amount: int, name: str = "") -> Payment:
    """A payment of yuan so many minutes after AT."""
    return Payment(
        booked_at=AT + timedelta(minutes=minutes),
        debtor_account=debtor,
        creditor_account=creditor,
        amount=amount,
        currency="CNY",
        debtor_name=name,
    )


THEFT = Theft(
    theft_id="T",
    debtor_account="V",
    creditor_account="A",
    amount=100,
    currency="CNY",
    booked_at=AT,
)


# Whom it is about must not matter: everything a form or a caller may say of a person.
PEOPLE = st.sampled_from(
    ["我今年十九岁。", "我今年78岁,", "我是男的。", "我是女的,", "我是越南人。", "我是缅甸人,",
     "我老家在福建。", "我住在浦东新区,", "我没有工作。", "我是退休教师,"]
)  # fmt: skip


@given(name=st.text(max_size=30), note=st.text(max_size=60), lang=st.sampled_from(LANGS),
       country=st.sampled_from(sorted(vocabulary("country"))))  # fmt: skip
def test_nothing_personal_enters_the_grade_of_a_sent_report(
    tmp_path_factory: pytest.TempPathFactory, name: str, note: str, lang: Any, country: str
) -> None:
    with open_casebook(tmp_path_factory.mktemp("book") / "c.db") as casebook:
        plain = send(casebook, "P1", paid=True)
        other = send(casebook, "P2", paid=True, name=name, note=note, lang=lang, country=country)
    assert (other.level, other.reasons, other.due) == (plain.level, plain.reasons, plain.due)


@given(who=PEOPLE)
def test_nothing_personal_enters_the_grade_of_a_victims_report(
    tmp_path_factory: pytest.TempPathFactory, who: str
) -> None:
    with open_casebook(tmp_path_factory.mktemp("book") / "c.db") as casebook:
        plain, other = tell(casebook, "R1"), tell(casebook, "R2", who + S1)
    assert (other.level, other.reasons, other.due) == (plain.level, plain.reasons, plain.due)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_name_changes_no_pattern(one: str, other: str) -> None:
    def found(name: str) -> list[tuple[object, ...]]:
        made = [paid(n, "N", "A", amount, name) for n, amount in ((0, 5), (9, 50))]
        return [(s.debtor, s.amount, s.growing) for s in find_steps(made, [THEFT])]

    assert found(one) == found(other) == [("N", 55, True)]


def test_every_reason_has_a_level_and_a_sentence() -> None:
    assert set(REASONS.values()) <= set(LEVELS)
    assert {f"reason_{code}" for code in REASONS} <= set(topic("web_calls"))
    assert grade(REASONS) == "high"


def test_a_victim_is_called_after_two_hours_and_after_a_day(casebook: Casebook) -> None:
    call = tell(casebook, "R1")
    assert call.level == "high"
    assert "victim_connected" in call.reasons
    assert (call.due.step, call.due.at) == ("two_hours", AT + 2 * HOUR)
    log_attempt(casebook, "R1", call.call_id, Said(outcome="not_reached"), "op", AT + 2 * HOUR)
    (again,) = open_calls(casebook, AT + 2 * HOUR)
    assert again.due.at == AT + 2 * HOUR + RETRY["high"]
    log_attempt(casebook, "R1", call.call_id, Said(outcome="persuaded"), "op", AT + 3 * HOUR)
    (day,) = open_calls(casebook, AT + 3 * HOUR)
    assert (day.due.step, day.due.at) == ("day", AT + 24 * HOUR)
    log_attempt(casebook, "R1", call.call_id, Said(outcome="persuaded"), "op", AT + 25 * HOUR)
    assert open_calls(casebook, AT + 26 * HOUR) == []
    done = find_call(casebook, "R1", call.call_id, AT + 26 * HOUR)
    assert not is_open(done)
    assert [a.outcome for a in done.attempts] == ["not_reached", "persuaded", "persuaded"]


def test_who_sent_a_report_is_called_at_once_and_followed_up(casebook: Casebook) -> None:
    call = send(casebook, "P1", paid=True)
    assert (call.due.step, call.due.at, call.contact) == (
        "first", AT + FIRST["high"], "+1 202 555 0143",
    )  # fmt: skip
    log_attempt(casebook, "P1", call.call_id, Said(outcome="persuaded"), "op", AT + HOUR)
    (next_call,) = open_calls(casebook, AT + HOUR)
    assert (next_call.due.step, next_call.due.at) == ("two_hours", AT + 3 * HOUR)
    lost = Said(outcome="lost_later", note="又转了五千")
    log_attempt(casebook, "P1", call.call_id, lost, "op", AT + 3 * HOUR)
    assert open_calls(casebook, AT + 3 * HOUR) == []


def test_they_are_called_again_when_they_asked_for_it(casebook: Casebook) -> None:
    call = tell(casebook, "R1")
    wanted = AT + 7 * HOUR
    said = Said(outcome="call_again", again_at=wanted)
    log_attempt(casebook, "R1", call.call_id, said, "op", AT + 2 * HOUR)
    assert open_calls(casebook, AT + 3 * HOUR)[0].due.at == wanted
    for bad in (AT, AT + timedelta(days=60)):
        said = Said(outcome="call_again", again_at=bad)
        with pytest.raises(UsageError, match="again_unusable"):
            log_attempt(casebook, "R1", call.call_id, said, "op", AT + 2 * HOUR)
    with pytest.raises(UsageError, match="outcome_unknown"):
        log_attempt(casebook, "R1", call.call_id, Said(outcome="won"), "op", AT)
    with pytest.raises(UnknownRecord, match="unknown_call"):
        log_attempt(casebook, "R1", "call-x", Said(outcome="persuaded"), "op", AT)


attempts_made = st.lists(
    st.tuples(st.sampled_from(OUTCOMES), st.integers(0, 5_000)), max_size=12
).map(
    lambda made: [
        Attempt("op", AT + timedelta(minutes=sum(m for _, m in made[: n + 1])), outcome)
        for n, (outcome, _) in enumerate(made)
    ]
)


@given(st.sampled_from(LEVELS), attempts_made, st.booleans())
def test_a_call_ends_after_all_follow_ups_or_a_loss_and_never_else(
    level: str, attempts: list[Attempt], spoken: bool
) -> None:
    due = next_due(AT, level, attempts, spoken=spoken)
    outcomes = [a.outcome for a in attempts]
    before = outcomes[: outcomes.index("lost_later")] if "lost_later" in outcomes else outcomes
    ended = before.count("persuaded") >= (2 if spoken else 3) or "lost_later" in outcomes
    assert (due is None) == ended
    if due is not None:
        assert due.at >= AT
        if attempts and attempts[-1].outcome == "not_reached":
            assert due.at > attempts[-1].at


def test_a_call_that_nobody_made_lapses_and_is_counted(casebook: Casebook) -> None:
    tell(casebook, "R1")
    late = AT + timedelta(days=3, hours=3)
    assert open_calls(casebook, late) == []
    assert [c.lapsed for c in all_calls(casebook, late)] == [True]


def test_payments_that_grow_into_a_first_level_account_are_seen() -> None:
    made = [
        paid(0, "V", "A", 100),
        *(paid(n, "GROWS", "A", amount) for n, amount in ((1, 5), (2, 50), (3, 500))),
        *(paid(n, "SAME", "A", 7) for n in (1, 2, 3)),
        paid(1, "ONCE", "A", 9),
        *(paid(n, "FALLS", "A", amount) for n, amount in ((1, 50), (2, 5))),
        *(paid(n, "V", "A", n) for n in (4, 5)),
        *(paid(n, "ELSE", "B", n) for n in (4, 5)),
        *(paid(n, "CASH", "A", n) for n in (4, 5)),
        paid(1, "A", "MULE", 90),
        *(paid(n, "MULE", "A", n) for n in (4, 5)),
        paid(1, "A", "LURED", 1),
        *(paid(n, "LURED", "A", n * 10) for n in (4, 5)),
    ]
    found = {s.debtor: s for s in find_steps(made, [THEFT], {"CASH"})}
    assert set(found) == {"GROWS", "SAME", "LURED"}
    assert (found["GROWS"].growing, found["GROWS"].amount) == (True, 555)
    assert (found["SAME"].growing, found["SAME"].count) == (False, 3)
    assert found["LURED"].paid_back
    far = [paid(0, "N", "A", 5), paid(60 * 24 * 40, "N", "A", 50)]
    assert find_steps(far, [THEFT]) == []


def test_a_pattern_in_a_cases_statement_becomes_a_high_call(casebook: Casebook) -> None:
    table = "booked_at,debtor_account,creditor_account,amount,currency,debtor_agent\n"
    for n, who, amount in ((0, "V", 100), (5, "PAYER", 5), (9, "PAYER", 50)):
        table += f"{(AT + timedelta(minutes=n)).isoformat()},{who},A,{amount}.00,CNY,甲银行\n"
    theft = "theft_id,debtor_account,creditor_account,amount,currency,booked_at\n"
    theft += f"T,V,A,100.00,CNY,{AT.isoformat()}\n"
    facts = [
        Fact(kind="statement", source="p.csv", received_at=AT, payload=table.encode()),
        Fact(kind="thefts", source="thefts.csv", received_at=AT, payload=theft.encode()),
    ]
    casebook.append("C1", facts, AT)
    assert [s.debtor for s in paying_step_by_step(casebook, "C1")] == ["PAYER"]
    (call,) = open_calls(casebook, AT + HOUR)
    assert (call.source, call.level, call.account, call.institution, call.amount) == (
        "steps", "high", "PAYER", "甲银行", 5500,
    )  # fmt: skip
    assert call.reasons[0] == "paid_lately"


def test_a_watch_hit_calls_the_victim_and_nobody_further_down(casebook: Casebook) -> None:
    for case_id, path in (("W1", ["V", "A"]), ("W2", ["X", "V", "A"])):
        said = {
            "debtor_account": "V", "debtor_agent": "甲银行", "amount": 5, "currency": "CNY",
            "reasons": [["theft_itself", {}]],
        }  # fmt: skip
        payload = orjson.dumps({**said, "path": path})
        fact = Fact(kind="watch_hit", source="watch:1", received_at=AT, payload=payload)
        casebook.append(case_id, [fact], AT)
    (call,) = open_calls(casebook, AT)
    assert (call.case_id, call.level, call.account) == ("W1", "high", "V")


def test_what_was_averted_is_counted_apart(casebook: Casebook) -> None:
    call = send(casebook, "P1")
    stopped = Averted(amount=9_000_000, currency="CNY", estimate="payment_stopped")
    avert(casebook, "P1", call.call_id, stopped, "op", AT + HOUR)
    (cohort,) = count_measures(casebook, AT + HOUR, TZ).cohorts
    assert [s.averted for s in cohort.sums] == [9_000_000]
    averted = casebook.actions_on("P1", call.call_id, "avert")
    assert [(a.amount, a.state, a.who) for a in averted] == [(9_000_000, "payment_stopped", "op")]
    for bad in (Averted(amount=0, currency="CNY", estimate="stated_loss"),
                Averted(amount=5, currency="CNY", estimate="felt")):  # fmt: skip
        with pytest.raises(UsageError, match="averted_unusable"):
            avert(casebook, "P1", call.call_id, bad, "op", AT)


def test_hidden_erased_and_taken_back_are_left_out(casebook: Casebook) -> None:
    call = send(casebook, "P1")
    tell(casebook, "R1")
    assert {c.case_id for c in open_calls(casebook, AT, hidden={"P1"})} == {"R1"}
    log_attempt(casebook, "P1", call.call_id, Said(outcome="lost_later"), "op", AT + HOUR)
    assert find_call(casebook, "P1", call.call_id, AT).due.step == "done"
    made = casebook.case("P1").actions[-1]
    back = Action(kind="call", on=call.call_id, who="op", at=AT, legal_basis="", undoes=made.seq)
    casebook.append("P1", [back], AT + HOUR)
    assert find_call(casebook, "P1", call.call_id, AT + HOUR).due.step == "first"
    fact = casebook.case("P1").facts[0]
    erase = Action(kind="erase", on=str(fact.seq), who="in", at=AT, legal_basis="PIPL 47")
    casebook.erase(fact.seq, erase, AT)
    assert {c.case_id for c in open_calls(casebook, AT)} == {"R1"}


def test_the_queue_has_calls_that_are_due_and_a_high_one_before_the_low(casebook: Casebook) -> None:
    send(casebook, "HIGH", paid=True)
    send(casebook, "LOW", level="low")
    tasks = what_burns(casebook, AT)
    assert [(t.case_id, t.kind, t.level) for t in tasks] == [("HIGH", "call", "high")]
    tasks = what_burns(casebook, AT + 25 * HOUR)
    assert [t.case_id for t in tasks] == ["HIGH", "LOW"]


def test_every_type_of_scam_has_a_script_in_three_languages() -> None:
    for code in vocabulary("scam_type"):
        spoken = [script_for(code, lang) for lang in LANGS]
        assert len({len(s.sentences) for s in spoken}) == 1
        assert all(not s.verified for s in spoken)
        assert spoken[0].sentences != script_for("", "en").sentences
