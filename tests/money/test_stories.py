"""Stories S2 to S5, to the cent, in the kernels."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fanzha.errors import UsageError
from fanzha.model.money import to_minor
from fanzha.model.payment import Account, Carrier, Payment, Theft
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.holds import Terms, Timing, plan_holds
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.returns import plan_return
from fanzha.money.trace import trace

STORIES = Path(__file__).parents[1] / "assets" / "stories"
FIFO = "A1 200, B1 34000, B2 30000, B3 49800, B4 1000, C1 45000, C2 70000, C3 25000, C4 1000"


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2024-05-14T{clock}+08:00")


def rows(name: str) -> list[dict[str, str]]:
    with (STORIES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def theft(theft_id: str, creditor: str, amount: int, clock: str, refunded: int = 0) -> Theft:
    return Theft(
        theft_id=theft_id,
        debtor_account=theft_id,
        creditor_account=creditor,
        amount=amount * 100,
        currency="CNY",
        booked_at=at(clock),
        refunded=refunded,
    )


V1 = theft("V1", "A1", 300_000, "14:02:10", refunded=120_00)
V2 = theft("V2", "B2", 50_000, "14:01:00")


def case(*thefts: Theft) -> Movements:
    payments = [
        Payment(
            booked_at=datetime.fromisoformat(r["booked_at"]),
            debtor_account=r["debtor_account"],
            creditor_account=r["creditor_account"],
            amount=to_minor(r["amount"], "CNY"),
            currency="CNY",
            channel=r["channel"],
            note=r["note"],
        )
        for r in rows("ledger_s2.csv")
    ]
    known = {
        Account(r["account"], "CNY"): to_minor(r["opening_balance"], "CNY")
        for r in rows("balances_s2.csv")
    }
    return gather(payments, thefts, Known(openings=known))


def yuan(text: str) -> dict[str, int]:
    pairs = (part.split() for part in text.split(", "))
    return {account: to_minor(amount, "CNY") for account, amount in pairs}


@pytest.mark.parametrize(
    ("method", "v1", "v2"),
    [
        ("fifo", f"{FIFO}, CASH 44000", "C2 50000"),
        (
            "pro_rata",
            "A1 200, B1 29526.32, B2 20000, B3 34856.26, B4 1000, C1 52105.26, C2 80000, "
            "C3 25000, C4 1000, CASH 41368.42, SUPPLIER 14943.74",
            "B2 10000, C2 40000",
        ),
        (
            "libr",
            "A1 200, B1 34000, B2 20000, B3 49800, B4 1000, C1 45000, C2 80000, C3 25000, "
            "C4 1000, CASH 44000",
            "B2 10000, C2 40000",
        ),
    ],
)
def test_s2_where_the_money_is(method: str, v1: str, v2: str) -> None:
    found = trace(case(V1, V2), method)
    by_theft = {
        name: {h.account.number: h.amount for h in found.holdings if h.theft_id == name}
        for name in ("V1", "V2")
    }
    assert by_theft == {"V1": yuan(v1), "V2": yuan(v2)}
    assert found.total() == {"V1": 300_000_00, "V2": 50_000_00}
    assert found.disputed == ()
    assert found.ties == ()


def test_s2_balances_and_levels() -> None:
    found = trace(case(V1, V2), "fifo")
    balances = yuan(
        "A1 200, B1 34000, B2 30000, B3 93300, B4 1000, C1 60000, C2 120000, C3 25000, C4 1000"
    )
    assert {a.number: b for a, b in found.balances.items() if a.number != "CASH"} == balances
    levels = {(h.theft_id, h.account.number): h.level for h in found.holdings}
    assert [levels["V1", a] for a in ("A1", "B1", "B2", "C1")] == [1, 2, 2, 3]
    pro_rata = trace(case(V1, V2), "pro_rata")
    assert {
        h.level for h in pro_rata.holdings if (h.theft_id, h.account.number) == ("V2", "B2")
    } == {1}


@pytest.mark.parametrize(
    ("method", "own"), [("fifo", 15_000), ("libr", 15_000), ("pro_rata", 7_894)]
)
def test_s2_own_money_of_b1_is_not_tainted(method: str, own: int) -> None:
    found = trace(case(V1, V2), method)
    (carried,) = (c.amount for c in found.carried if c.payment.creditor_account == "C1")
    assert (60_000_00 - carried) // 100 == own


def test_s2_a_wallet_is_an_alternative_carrier_and_never_added() -> None:
    usdt = Carrier(
        booked_at=at("14:15"),
        account="C2",
        amount=120_000_00,
        currency="CNY",
        carrier="W1",
        carrier_amount=to_minor("16550", "USDT"),
        carrier_currency="USDT",
    )
    found = trace(case(V1, V2), "fifo", [usdt])
    (beside,) = found.alternatives
    assert beside.claims == (("V1", 70_000_00), ("V2", 50_000_00))
    assert found.total() == {"V1": 300_000_00, "V2": 50_000_00}


TIMING = Timing(confirmed_at=at("14:20"), hold_at=at("14:25"))
C1_SLOW = {"C1": Terms(acts_in_time=Decimal("0.60"))}


def test_s3_ranking_to_the_yuan() -> None:
    plan = plan_holds(trace(case(V1), "fifo"), TIMING, C1_SLOW)
    expected = {h.account.number: round(Decimal(h.expected) / 100) for h in plan.holds}
    assert list(expected.items()) == [
        ("C2", 51_768),
        ("B3", 41_023),
        ("B1", 28_755),
        ("B2", 25_077),
        ("C1", 22_094),
        ("C3", 17_805),
        ("B4", 811),
        ("C4", 698),
        ("A1", 172),
    ]
    assert sum(expected.values()) == 188_203
    assert abs(sum(h.expected for h in plan.holds) - 188_201_85) <= len(plan.holds)
    assert sum(h.traced for h in plan.holds) == 256_000_00


def test_s3_a_possible_good_faith_seller_ranks_lower_and_only_the_traced_sum_is_held() -> None:
    terms = {**C1_SLOW, "B3": Terms(good_faith=Decimal("0.7"))}
    b3 = next(
        h
        for h in plan_holds(trace(case(V1), "fifo"), TIMING, terms).holds
        if h.account.number == "B3"
    )
    assert (b3.rank, round(Decimal(b3.net_expected) / 100)) == (4, 23_593)
    assert (b3.cap, b3.balance, b3.excess) == (49_800_00, 93_300_00, 43_500_00)
    assert {"verify_first", "excess", "trade_reference"} <= set(b3.flags)


def test_s3_one_hold_serves_two_victims() -> None:
    plan = plan_holds(trace(case(V1, V2), "fifo"), TIMING, C1_SLOW)
    c2 = next(h for h in plan.holds if h.account.number == "C2")
    assert (c2.cap, c2.theft_ids) == (120_000_00, ("V1", "V2"))
    assert "several_victims" in c2.flags
    assert "CASH" not in {h.account.number for h in plan.holds}


def test_poison_makes_neither_holds_nor_returns() -> None:
    found = trace(case(V1, V2), "poison")
    with pytest.raises(UsageError, match="poison_not_for_plans"):
        plan_holds(found, TIMING)
    with pytest.raises(UsageError, match="poison_not_for_plans"):
        plan_return(found, [V1, V2], {Account("B2", "CNY"): 1})


def test_s4_three_rules_side_by_side() -> None:
    plans = plan_return(trace(case(V1, V2), "fifo"), [V1, V2], {Account("B2", "CNY"): 30_000_00})
    assert {p.rule: {s.theft_id: s.amount for s in p.shares} for p in plans} == {
        "traced": {"V1": 30_000_00},
        "pro_rata_account": {"V1": 20_000_00, "V2": 10_000_00},
        "pro_rata_loss": {"V1": 25_714_29, "V2": 4_285_71},
    }
    assert {p.undistributed for p in plans} == {0}


def test_s5_excess_checklist_clocks_and_defect() -> None:
    frozen = Frozen(amount=93_300_00, since=at("14:30"), noticed=None)
    claim = Claim(account=Account("B3", "CNY"), traced=49_800_00, method="fifo/1")
    appeal = appraise(
        claim,
        frozen,
        ["order-88213.pdf", "chat.png", "courier-slip.jpg"],
        datetime.fromisoformat("2024-05-23T15:00+08:00"),
    )
    assert (appeal.release_now, appeal.decide, appeal.days_held) == (43_500_00, 49_800_00, 9)
    assert {c.code: c.evidence for c in appeal.checklist} == {
        "sale_price": ("order-88213.pdf",),
        "delivery_proof": ("courier-slip.jpg",),
        "prior_trade": ("chat.png",),
        "account_age": (),
    }
    assert appeal.release_due_at == datetime.fromisoformat("2024-05-26T15:00+08:00")
    assert appeal.defects == ("notice_missing",)
    assert [r.code for r in appeal.reasons] == ["traced", "excess"]


def test_s5_what_was_never_traced_is_released_whole() -> None:
    claim = Claim(account=Account("Z", "CNY"), traced=0, method="fifo/1")
    appeal = appraise(claim, Frozen(amount=17_500, noticed=True), [], at("15:00"))
    assert (appeal.release_now, appeal.decide, appeal.defects) == (17_500, 0, ())
