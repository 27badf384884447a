"""The stories' case as a result, without files or casebook: what the page is drawn from."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fanzha.model.money import to_minor
from fanzha.model.payment import Account, Carrier, Payment, Sighting, Theft
from fanzha.money.hold_state import standing
from fanzha.money.holds import Terms, Timing, plan_holds
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.pots import METHODS
from fanzha.money.returns import plan_return
from fanzha.money.trace import trace
from fanzha.services.result import CaseResult, Gap, Source

STORIES = Path(__file__).parents[1] / "assets" / "stories"
ZONE = ZoneInfo("Asia/Shanghai")
NAMES = {"A1": "陈志强", "B1": "李小梅", "B3": "赵明", "C2": "Zhang Wei", "V1": "林芳"}


def at(clock: str) -> datetime:
    """An instant of the stories' day."""
    return datetime.fromisoformat(f"2024-05-14T{clock}+08:00")


def payments() -> list[Payment]:
    """The ledger of S2."""
    with (STORIES / "ledger_s2.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        Payment(
            booked_at=datetime.fromisoformat(r["booked_at"]),
            debtor_account=r["debtor_account"],
            creditor_account=r["creditor_account"],
            amount=to_minor(r["amount"], r["currency"]),
            currency=r["currency"],
            channel=r["channel"],
            note=r["note"],
            debtor_name=NAMES.get(r["debtor_account"], ""),
            creditor_name=NAMES.get(r["creditor_account"], ""),
            creditor_agent="工商银行" if r["creditor_account"] in ("B1", "B2", "C2") else "",
            sightings=(Sighting(file="ledger_s2.csv", row=i),),
        )
        for i, r in enumerate(rows, 2)
    ]


def openings() -> dict[Account, int]:
    """The known opening balances of S2."""
    with (STORIES / "balances_s2.csv").open(encoding="utf-8") as file:
        return {
            Account(r["account"], r["currency"]): to_minor(r["opening_balance"], r["currency"])
            for r in csv.DictReader(file)
        }


def theft(theft_id: str, account: str, amount: int, clock: str) -> Theft:
    """A theft whose victim's account is called like itself."""
    return Theft(
        theft_id=theft_id,
        debtor_account=theft_id,
        creditor_account=account,
        amount=amount,
        currency="CNY",
        booked_at=at(clock),
    )


V1 = theft("V1", "A1", 30_000_000, "14:02:10")
V2 = theft("V2", "B2", 5_000_000, "14:01:00")
W1 = Carrier(
    booked_at=at("14:15:00"),
    account="C2",
    amount=12_000_000,
    currency="CNY",
    carrier="W1",
    carrier_amount=16_550_000_000,
    carrier_currency="USDT",
)
TERMS = {"C1": Terms(acts_in_time=Decimal("0.6")), "B3": Terms(good_faith=Decimal("0.7"))}


def moves(thefts: Sequence[Theft] = (V2, V1), **known: Any) -> Movements:
    """The movements of S2."""
    return gather(payments(), thefts, Known(openings=openings(), **known))


def result(
    movements: Movements | None = None,
    carriers: Sequence[Carrier] = (W1,),
    terms: Mapping[str, Terms] | None = None,
    **changed: Any,
) -> CaseResult:
    """A case worked through, by FIFO; `changed` replaces fields of the result."""
    movements = moves() if movements is None else movements
    traces = {m: trace(movements, m, carriers) for m in METHODS}
    timing = Timing(confirmed_at=at("14:20:00"), hold_at=at("14:25:00"))
    plan = plan_holds(traces["fifo"], timing, TERMS if terms is None else terms)
    thefts = [movements.thefts[i] for i in sorted(movements.thefts)]
    fields: dict[str, Any] = {
        "case_id": "S2-2024-05-14",
        "as_of": movements.as_of,
        "confirmed_at": timing.confirmed_at,
        "hold_at": timing.hold_at,
        "tz": ZONE,
        "sources": (
            Source(
                name="ledger_s2.csv",
                kind="payments",
                sha256="ab" * 32,
                size=1011,
                record=1,
                shape="payments",
                encoding="utf-8",
                rows=13,
                taken=13,
            ),
        ),
        "reports": (),
        "movements": movements,
        "traces": traces,
        "plan": plan,
        "standings": {h.hold_id: standing((), timing.confirmed_at) for h in plan.holds},
        "returns": plan_return(traces["fifo"], thefts, {h.account: h.cap for h in plan.holds}),
        "returns_basis": "planned",
        "reopened": (),
        "gaps": tuple(
            Gap(
                code="no_addressee",
                values={"account": h.account.number},
                amount=h.cap,
                currency=h.account.currency,
            )
            for h in plan.holds
            if not h.institution
        ),
        "notes": (),
        "refusals": (),
        "checkpoint": "fanzha-casebook 7 " + "0f" * 32,
    }
    return CaseResult(**(fields | changed))
