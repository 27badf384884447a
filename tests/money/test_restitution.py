"""The restitution ledger always balances, whatever people do, and replays to the same books."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.money.ledgers import START, pay, theft_of
from tests.money.test_stories import V1, V2, case

from fanzha.errors import NotAllowed, UsageError
from fanzha.model.payment import Account, Theft
from fanzha.money import restitution_steps as steps
from fanzha.money.movements import gather
from fanzha.money.restitution import Books, Entry, Leg, replay
from fanzha.money.restitution_steps import NOTICE, Part, Signed
from fanzha.money.returns import plan_return
from fanzha.money.trace import Trace, trace

B2, C2 = Account("B2", "CNY"), Account("C2", "CNY")
A, B = Account("A", "CNY"), Account("B", "CNY")
RULES = ("traced", "pro_rata_account", "pro_rata_loss")
FIFO = trace(case(V1, V2), "fifo")


def signed(day: int) -> Signed:
    return Signed(who="officer 7", at=START + timedelta(days=day), basis="art. 20")


def split(
    books: Books, found: Trace, thefts: Iterable[Theft], rule: str, day: int, extra: int = 0
) -> Books:
    """Secure `extra` more in A and split anew by `rule`."""
    held = steps.in_ledger(books)
    held[A] = held.get(A, 0) + extra
    books = replay(steps.secure(books, held, signed(day)), books)
    plans = plan_return(
        found,
        steps.less_aside(books, thefts),
        steps.to_share(books, held),
        rule,
        books.box("paid"),
    )
    return replay(steps.allot(books, plans, signed(day)), books)


def s4(rule: str = "pro_rata_account") -> Books:
    books = replay(steps.secure(Books(), {B2: 30_000_00}, signed(0)))
    plans = plan_return(FIFO, [V1, V2], {B2: 30_000_00}, rule)
    return replay(steps.allot(books, plans, signed(0)), books)


def noticed(books: Books, day: int = 1) -> Books:
    return replay([steps.notice(books, signed(day))], books)


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        ("traced", {"V1": 30_000_00}),
        ("pro_rata_account", {"V1": 20_000_00, "V2": 10_000_00}),
        ("pro_rata_loss", {"V1": 25_714_29, "V2": 4_285_71}),
    ],
)
def test_s4_is_allotted_by_the_rule_that_a_person_chose(rule: str, shares: dict[str, int]) -> None:
    books = s4(rule)
    assert {t: tally.allotted for t, tally in books.by_theft().items()} == shares
    assert [e.kind for e in books.entries] == ["held", "allotted"]
    assert (books.rule, books.method) == (rule, "fifo/1")


def test_nothing_is_paid_before_the_notice_has_ended_nor_twice_by_one_proof() -> None:
    books = s4()
    with pytest.raises(NotAllowed, match="restitution_no_notice"):
        steps.pay(books, B2, signed(40), Part("V1"), "p1")
    books = noticed(books)
    assert books.notice_until == START + timedelta(days=1) + NOTICE
    with pytest.raises(NotAllowed, match="restitution_notice_runs"):
        steps.pay(books, B2, signed(30), Part("V1"), "p1")
    books = replay([steps.pay(books, B2, signed(31), Part("V1", 5_000_00), "p1")], books)
    assert books.by_theft()["V1"].paid == 5_000_00
    for proof in ("p1", ""):
        with pytest.raises(NotAllowed, match="restitution_proof_used"):
            steps.pay(books, B2, signed(31), Part("V1"), proof)
    with pytest.raises(NotAllowed, match="restitution_nothing_due"):
        steps.pay(books, B2, signed(31), Part("V1", 15_000_01), "p2")


def test_one_transfer_pays_a_share_in_all_accounts() -> None:
    held = {B2: 30_000_00, C2: 60_000_00}
    books = replay(steps.secure(Books(), held, signed(0)))
    plans = plan_return(FIFO, [V1, V2], held, "pro_rata_account")
    books = noticed(replay(steps.allot(books, plans, signed(0)), books))
    paid = steps.pay(books, None, signed(31), Part("V1"), "p")
    assert {leg.account for leg in paid.legs} == {B2, C2}
    assert paid.amount == books.by_theft()["V1"].allotted


def test_a_disputed_share_is_not_paid_until_the_objection_is_decided() -> None:
    books = noticed(s4())
    books = replay(steps.dispute(books, B2, signed(5), Part("V2", 4_000_00)), books)
    assert books.by_account()[B2].set_aside == 4_000_00
    with pytest.raises(NotAllowed, match="restitution_nothing_due"):
        steps.pay(books, B2, signed(40), Part("V2", 6_000_01), "p")
    lost = replay([steps.dismiss(books, B2, signed(41), Part("V2"))], books)
    assert lost.by_theft()["V2"].allotted == 10_000_00
    won = replay([steps.release(books, B2, signed(41), 4_000_00)], books)
    tally = won.by_account()[B2]
    assert (tally.released, tally.set_aside, tally.allotted) == (4_000_00, 0, 26_000_00)
    with pytest.raises(NotAllowed, match="restitution_not_free"):
        steps.release(won, B2, signed(42), 1)  # the rest is shares: object or split anew first


def test_a_late_victim_stops_payments_and_what_was_paid_stays_paid() -> None:
    rows = [pay("V", "A", 100, 0), pay("W", "A", 100, 1), pay("X", "A", 200, 2)]
    thefts = [theft_of(r, r.debtor_account) for r in rows]
    found = trace(gather(rows, thefts), "fifo")
    books = split(Books(), trace(gather(rows, thefts[:2]), "fifo"), thefts[:2], RULES[1], 0, 100)
    books = noticed(books)
    books = replay([steps.pay(books, A, signed(31), Part("V", 40), "p")], books)
    books = replay([steps.claim_late(books, "X", signed(32))], books)
    with pytest.raises(NotAllowed, match="restitution_reopen_first"):
        steps.pay(books, A, signed(33), Part("W"), "q")
    with pytest.raises(NotAllowed, match="restitution_claimed_already"):
        steps.claim_late(books, "X", signed(33))
    books = split(books, found, thefts, RULES[1], 34)
    # 25, 25 and 50 of 100 would be right; V keeps 40, and W and X share the other 60 as 1 to 2.
    assert {t: n.held for t, n in books.by_theft().items()} == {"V": 40, "W": 20, "X": 40}
    assert books.notice_until is None
    assert [e.kind for e in books.entries][-2:] == ["reopened", "allotted"]


def test_an_uncollected_share_goes_back_and_can_be_split_anew() -> None:
    books = replay([steps.lapse(s4(), B2, signed(400), Part("V2"))], s4())
    tally = books.by_account()[B2]
    assert (tally.undistributed, tally.allotted) == (30_000_00, 20_000_00)


@pytest.mark.parametrize(
    "entry",
    [
        Entry(kind="held", who="x", at=START, basis="y", legs=(Leg(A, "pool", "", 5),)),
        Entry(
            kind="paid",
            who="x",
            at=START,
            basis="y",
            legs=(Leg(A, "due", "T", -5), Leg(A, "paid", "T", 5)),
        ),
        Entry(kind="vanished", who="x", at=START, basis="y"),
    ],
)
def test_a_ledger_that_does_not_balance_is_refused(entry: Entry) -> None:
    with pytest.raises(UsageError, match="restitution_unbalanced"):
        replay([entry])


def test_steps_need_a_person_a_basis_a_split_and_the_order_of_time() -> None:
    nobody = dataclasses.replace(signed(0), who=" ")
    with pytest.raises(NotAllowed, match="restitution_needs_basis"):
        list(steps.secure(Books(), {A: 5}, nobody))
    with pytest.raises(NotAllowed, match="restitution_no_split"):
        steps.notice(Books(), signed(0))
    with pytest.raises(NotAllowed, match="restitution_held_less"):
        list(steps.secure(s4(), {B2: 1}, signed(1)))
    with pytest.raises(NotAllowed, match="restitution_before_last"):
        noticed(s4(), day=-1)


STEPS = ("split", "notice", "dispute", "dismiss", "pay", "release", "lapse", "claim")


@settings(max_examples=200)
@given(st.data())
def test_the_ledger_balances_after_any_sequence_of_steps(data: st.DataObject) -> None:
    rows = [
        pay("V", "A", 40, 0),
        pay("W", "A", 30, 1),
        pay("X", "B", 50, 2),
        pay("A", "B", 25, 3),
    ]
    thefts = [theft_of(row, row.debtor_account, refunded=3) for row in rows[:3]]
    found = trace(gather(rows, thefts), "fifo")
    books = Books()
    for day in range(data.draw(st.integers(1, 14))):
        try:
            books = _step(data, books, (found, thefts), 20 * day)
        except NotAllowed:
            continue
        for tally in (*books.by_account().values(), *books.by_theft().values()):
            assert tally.held == (
                tally.paid + tally.released + tally.set_aside + tally.undistributed
            )
            assert min(dataclasses.astuple(tally)) >= 0
            assert tally.allotted <= tally.undistributed
        for theft in thefts:
            mine = books.by_theft().get(theft.theft_id)
            if mine:
                assert mine.paid + mine.set_aside + mine.allotted <= theft.amount - 3
        assert sum(books.boxes.values()) == 0
    assert replay(books.entries) == books
    held = sum(e.amount for e in books.entries if e.kind == "held")
    assert held == sum(t.held for t in books.by_account().values())


def _step(data: st.DataObject, books: Books, known: tuple[Trace, list[Theft]], day: int) -> Books:
    step = data.draw(st.sampled_from(STEPS))
    account = data.draw(st.sampled_from((A, B)))
    part = Part(
        data.draw(st.sampled_from(("", "V", "W", "X"))),
        data.draw(st.none() | st.integers(1, 20)),
    )
    by = signed(day)
    if step == "split":
        count = data.draw(st.integers(1, 3))
        extra = data.draw(st.integers(0, 60))
        return split(
            books, known[0], known[1][:count], data.draw(st.sampled_from(RULES)), day, extra
        )
    if step == "notice":
        return replay([steps.notice(books, by)], books)
    if step == "dispute":
        return replay(steps.dispute(books, account, by, part), books)
    if step == "pay":
        proof = data.draw(st.sampled_from("pqrs"))
        where = data.draw(st.sampled_from((account, None)))
        return replay([steps.pay(books, where, by, Part("V", part.amount), proof)], books)
    if step == "release":
        return replay([steps.release(books, account, by, part.amount or 1)], books)
    if step == "claim":
        return replay([steps.claim_late(books, "X", by)], books)
    move = steps.dismiss if step == "dismiss" else steps.lapse
    return replay([move(books, account, by, part)], books)
