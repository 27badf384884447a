"""Story S12 as records of a casebook: what callers said, orders, holds, an appeal, returns."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, Record
from fanzha.intake.report import read_report
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Account
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.holds import hold_id

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 6, 30, 18, tzinfo=ZONE) + timedelta(days=1)
CARD = "6205500000000000004"  # a public test number
BASIS = "Anti-Telecom and Online Fraud Law art. 20"
WRONG = Account("000111222333", "CNY")  # the account whose holder appeals


def at(clock: str, day: int = 14) -> datetime:
    """An instant of May 2024 in China."""
    return datetime.fromisoformat(f"2024-05-{day:02}T{clock}:00+08:00")


def keep(
    casebook: Casebook, case_id: str, paid: str, amount: str, delay: int = 16, words: str = "转了"
) -> tuple[Record, ...]:
    """What a caller said, as the hotline records it."""
    hour, minute = paid.split(":")
    received = at(paid) + timedelta(minutes=delay)
    text = (
        f"我叫林芳，5月14日{hour}点{minute}分用工行给一个叫陈志强的{words}{amount}，卡号{CARD}，"
        f"我的电话13800138000，对方网址hxxp://etc-xx[.]example"
    )
    source = f"report-{case_id}.txt"
    fact = Fact(kind="report", source=source, received_at=received, payload=text.encode())
    report = read_report(text, received_at=received, tz=ZONE, source=source)
    return casebook.append(case_id, [fact, report], received)


def hold_step(name: str, state: str, clock: str, amount: int, day: int = 14) -> Action:
    """A step of a hold; the amount in yuan."""
    return Action(
        kind="hold",
        on=name,
        who="analyst 7",
        at=at(clock, day),
        legal_basis=BASIS,
        state=state,
        amount=amount * 100,
        currency="CNY",
    )


def landed(name: str, after: int, amount: int) -> list[Action]:
    """An order of 15:00 and the stop that landed so many minutes later."""
    return [
        hold_step(name, "sent", "15:00", amount),
        hold_step(name, "active", f"15:{after:02}", amount),
    ]


def keep_story(casebook: Casebook) -> None:
    """K1 to K5: nine holds, one of them overturned; K5 was stopped before payment."""
    cases = {  # paid at, amount, delay, hold, each hold's (held, returned)
        "K1": ("14:02", "30万", 16, 7, ((120_000, 100_000), (68_000, 50_000))),
        "K2": ("09:02", "5万", 190, 12, ((6_000, 6_000), (4_000, 4_000))),
        "K3": ("14:02", "8000元", 25, 6, ((5_000, 5_000), (3_000, 3_000))),
        "K4": ("14:02", "120万", 4_320, 35, ((0, 0), (0, 0))),
    }
    for case_id, (paid, amount, delay, after, holds) in cases.items():
        keep(casebook, case_id, paid, amount, delay)
        for number, (held, returned) in enumerate(holds):
            steps = landed(f"H-{case_id}{number}", after, held)
            if returned:
                steps.append(hold_step(f"H-{case_id}{number}", "returned", "10:00", returned, 30))
            casebook.append(case_id, steps, at("16:00"))
    keep_wrong_hold(casebook)
    keep(casebook, "K5", "15:00", "9万", -1, words="正要转")
    averted = Action(
        kind="avert",
        on="report-K5.txt",
        who="operator 3",
        at=at("15:05"),
        legal_basis="",
        state="payment_stopped",
        amount=9_000_000,
        currency="CNY",
    )
    casebook.append("K5", [averted], at("15:06"))


def keep_wrong_hold(casebook: Casebook) -> None:
    """9,300 of a seller's money, let go five days later on appeal."""
    name = hold_id(WRONG)
    casebook.append("K3", landed(name, 6, 9_300), at("16:00"))
    appeal = appraise(
        Claim(account=WRONG, traced=0, method="fifo/1"), Frozen(amount=930_000), [], at("10:00", 17)
    )
    casebook.append("K3", [appeal, hold_step(name, "released", "15:06", 0, 19)], at("15:06", 19))
