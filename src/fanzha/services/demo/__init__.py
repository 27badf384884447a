"""An example centre: seeded, fictional cases in every state, so that every page has life."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from fanzha.casebook import Casebook
from fanzha.errors import NotAllowed
from fanzha.model.chain import Action, Fact
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.hold_state import advance
from fanzha.money.holds import Hold
from fanzha.services.case import Cases
from fanzha.services.case_folder import MEDIA
from fanzha.services.centre import Centre
from fanzha.services.closing import close_case
from fanzha.services.demo.calls import call_backs, step_by_step
from fanzha.services.result import CaseResult

CASES = 200
LIVE = 45  # of them were reported within the last two days
DAYS = 170  # how far back the oldest go
CITY = "Asia/Shanghai"
YUAN = "CNY"
# How far a hold has come, as the steps that led there; a real centre has all of these at once.
PATHS: Mapping[str, tuple[str, ...]] = {
    "drafted": (),
    "ready": ("fields_ok",),
    "sent": ("fields_ok", "sent"),
    "ack": ("fields_ok", "sent", "ack"),
    "rejected": ("fields_ok", "sent", "rejected"),
    "active": ("fields_ok", "sent", "ack", "active"),
    "frozen": ("fields_ok", "sent", "ack", "active", "frozen"),
    "partly": ("fields_ok", "sent", "ack", "active", "frozen", "partial_release"),
    "released": ("fields_ok", "sent", "ack", "active", "released"),
    "returned": ("fields_ok", "sent", "ack", "active", "frozen", "returned"),
}
YOUNG = ("drafted", "ready", "sent", "ack", "active", "active", "rejected", "frozen")
OLD = ("active", "frozen", "frozen", "partly", "released", "returned", "returned", "rejected")
# Minutes after the report, median and spread, at which each step is taken.
PACE = {"fields_ok": 2, "sent": 2, "ack": 3, "active": 5, "rejected": 6, "frozen": 1500}
FREEZE = timedelta(days=180)
CLOSED_AFTER = timedelta(days=60)

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Story:
    """One fictional case while it is written: rows of its statement and its small tables."""

    case_id: str
    rng: Random
    at: datetime  # of the first theft
    reported_at: datetime
    kind: str
    payments: list[dict[str, str]] = field(default_factory=list)
    thefts: list[dict[str, str]] = field(default_factory=list)
    openings: list[dict[str, str]] = field(default_factory=list)
    institutions: list[dict[str, str]] = field(default_factory=list)
    words: str = ""


def load_demo(
    centre: Centre,
    now: datetime,
    progress: Progress | None = None,
    seed: int = 7,
    count: int = CASES,
) -> int:
    """Fill an empty centre with the example; gives the number of cases.

    Raises `NotAllowed` (`demo_not_empty`) where the centre has cases already: an example never
    mixes with real work.
    """
    if centre.casebook.cases():
        raise NotAllowed("demo_not_empty", path=str(centre.folder))
    for number in range(count):
        story = _story(number, Random(seed * 100_003 + number), now)
        _record(centre.casebook, centre.cases, story, now)
        if progress is not None:
            progress(number + 1, count)
    return count


@cache
def _data() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(
        files(__package__).joinpath("demo.yaml").read_text("utf-8")
    )
    return said


def _story(number: int, rng: Random, now: datetime) -> Story:
    live = number < LIVE  # the first ones, so that a small example is a live one
    age = (
        timedelta(minutes=rng.uniform(9, 60) * (1 + number))
        if live
        else timedelta(days=rng.uniform(2, DAYS))
    )
    delay = timedelta(minutes=min(rng.lognormvariate(3.6, 1.1), 4000))
    reported = now - age
    at = (reported - delay).replace(microsecond=0)
    told = rng.choices(_data()["stories"], [s["weight"] for s in _data()["stories"]])[0]
    story = Story(
        case_id=f"{reported:%Y-%m%d}-{number + 1:03d}",
        rng=rng,
        at=at,
        reported_at=reported.replace(microsecond=0),
        kind=told["type"],
    )
    stolen = _yuan(rng, 10.3 if told["type"] != "game_item" else 8.2, 1.1)
    _launder(story, number, stolen)
    first = story.payments[0]
    story.words = told["words"].format(
        victim=first["debtor_name"],
        bank=first["debtor_agent"],
        payee=first["creditor_name"],
        account=first["creditor_account"],
        yuan=f"{stolen / 100:.2f}",
        back=rng.randrange(20, 180),
        clock=_clock(at, reported),
    )
    return story


def _clock(at: datetime, said: datetime) -> str:
    """How a caller names an hour."""
    local, today = at.astimezone(ZoneInfo(CITY)), said.astimezone(ZoneInfo(CITY)).date()
    day = "今天" if local.date() == today else f"{local:%m月%d日}"
    return f"{day}{local:%H点%M分}"


def _launder(story: Story, number: int, stolen: int) -> None:
    """The first account, its split over mules, and where their money went on to."""
    rng, name = story.rng, f"DEMO-{number + 1:03d}"
    victim = Party(f"{name}-V", _name(rng, number), rng.choice(_data()["banks"]))
    first = Party(_test_card(number), _name(rng), rng.choice(_data()["banks"]))
    _pay(story, 0, victim, first, stolen)
    story.thefts.append(_theft("V1", story.payments[-1]))
    story.openings.append(_opening(victim.account, stolen + _yuan(rng, 8, 1)))
    left, at = stolen - rng.randrange(0, max(1, stolen // 50)), 40.0
    mules = [Party(f"{name}-B{n}", _name(rng), rng.choice(_data()["banks"])) for n in range(1, 6)]
    mules = mules[: rng.randint(1, 5)]
    for place, mule in enumerate(mules, 1):
        at += rng.lognormvariate(4.2, 0.8)
        part = left if place == len(mules) else round(left * rng.uniform(0.2, 0.7))
        left -= part
        own = _yuan(rng, 9, 1) if rng.random() < 0.4 else 0
        if own:
            story.openings.append(_opening(mule.account, own))
        _pay(story, at, first, mule, part)
        _onward(story, mule, part + own, at, f"{name}-C{place}")
    if number % 8 == 3:  # a second victim pays one of the same mules
        other = Party(f"{name}-W", _name(rng), rng.choice(_data()["banks"]))
        lost = _yuan(rng, 9.5, 0.8)
        _pay(story, 20, other, mules[0], lost)
        story.thefts.append(_theft("V2", story.payments[-1]))
        story.openings.append(_opening(other.account, lost + 100_000))
    for party, before, amount in step_by_step(number):
        payer = Party(f"{name}-N", _name(party), _data()["banks"][0])
        _pay(story, -before, payer, first, amount)
    story.payments.sort(key=lambda p: p["booked_at"])


def _onward(story: Story, mule: Party, held: int, at: float, name: str) -> None:
    rng = story.rng
    for hop in range(rng.randint(0, 3)):
        at += rng.lognormvariate(4.6, 0.9)
        part = round(held * rng.uniform(0.2, 0.8))
        held -= part
        way = rng.random()
        if way < 0.25:
            end, channel, note = Party("CASH", "", ""), "atm", ""
        elif way < 0.4:
            end, channel, note = Party("DEMO-OFFRAMP", "示例兑换商", ""), "app", "USDT"
        elif way < 0.55:
            end, channel, note = (
                Party(f"{name}S{hop}", _name(rng), "乙银行"),
                "app",
                f"订单{rng.randrange(10**5)}",
            )
            story.institutions.append(
                {"account": end.account, "acts_in_time": "", "good_faith": "0.6"}
            )
        else:
            end, channel, note = (
                Party(f"{name}{rng.randrange(1, 9)}", _name(rng), rng.choice(_data()["banks"])),
                "app",
                "",
            )
        _pay(story, at, mule, end, part, channel, note)


@dataclass(frozen=True, slots=True)
class Party:
    """An account with its holder's name and bank, as statements show them."""

    account: str
    name: str
    bank: str


def _pay(
    story: Story, after: float, debtor: Party, creditor: Party, amount: int,
    channel: str = "app", note: str = "",
) -> None:  # fmt: skip
    story.payments.append(
        {
            "booked_at": (story.at + timedelta(seconds=round(after))).isoformat(),
            "debtor_account": debtor.account,
            "creditor_account": creditor.account,
            "amount": f"{amount / 100:.2f}",
            "currency": YUAN,
            "debtor_name": debtor.name,
            "creditor_name": creditor.name,
            "debtor_agent": debtor.bank,
            "creditor_agent": creditor.bank,
            "channel": channel,
            "note": note,
        }
    )


def _theft(theft_id: str, payment: Mapping[str, str]) -> dict[str, str]:
    fields = ("debtor_account", "creditor_account", "amount", "currency", "booked_at")
    return {"theft_id": theft_id, **{name: payment[name] for name in fields}}


def _opening(account: str, amount: int) -> dict[str, str]:
    return {"account": account, "opening_balance": f"{amount / 100:.2f}", "currency": YUAN}


def _test_card(number: int) -> str:
    """A number in the series of UnionPay's public test card: right by its check digit, nobody's."""
    body = f"6205500000000{number:05d}"
    doubled = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return f"{body}{-doubled % 10}"


def _name(rng: Random, number: int = 1) -> str:
    if number % 50 == 0:
        return str(_data()["long_name"])
    return f"{rng.choice(_data()['surnames'])}{rng.choice(_data()['given'])}"


def _yuan(rng: Random, mean: float, spread: float) -> int:
    """An amount in fen; people round what they pay."""
    amount = min(rng.lognormvariate(mean, spread), 3_000_000)
    return int(round(amount, -2 if amount > 5000 else 0) * 100) + 100 * (amount < 1)


def _record(casebook: Casebook, cases: Cases, story: Story, now: datetime) -> None:
    """Take the report, then the statements, then everything that people did until now."""
    received = story.reported_at
    head = f"received_at: {received.isoformat()}\n"
    casebook.append(
        story.case_id,
        [_fact("report", "report.txt", head + story.words, received)],
        received,
    )
    read_at = min(now, received + timedelta(minutes=3))
    casebook.append(story.case_id, list(_tables(story, read_at)), read_at)
    result = cases.rework(story.case_id, read_at)
    casebook.append(story.case_id, list(_actions(story, result, now)), now)
    _close(casebook, story, now)
    for entries, at in call_backs(story.case_id, story.reported_at, now):
        casebook.append(story.case_id, entries, at)


def _tables(story: Story, at: datetime) -> Iterator[Fact]:
    named: Sequence[tuple[str, str, list[dict[str, str]]]] = (
        ("statement", "payments.csv", story.payments),
        ("thefts", "thefts.csv", story.thefts),
        ("balances", "balances.csv", story.openings),
        ("institutions", "institutions.csv", story.institutions),
        ("terminals", "terminals.csv", [{"account": "DEMO-OFFRAMP", "kind": "offramp"}]),
    )
    for kind, name, rows in named:
        if rows:
            yield _fact(kind, name, _csv(rows), at)


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _fact(kind: str, name: str, text: str, at: datetime) -> Fact:
    media = MEDIA[name.rpartition(".")[2]]
    return Fact(kind=kind, source=name, received_at=at, payload=text.encode(), media_type=media)


def _actions(story: Story, result: CaseResult, now: datetime) -> Iterator[Any]:
    rng = story.rng
    young = now - story.reported_at < timedelta(days=2)
    for place, hold in enumerate(result.plan.holds):
        if place > 3 or not hold.draftable:
            continue
        path = PATHS[rng.choice(YOUNG if young else OLD)]
        taken = list(_steps(story, hold, path, now))
        yield from taken
        if (
            taken
            and taken[-1].state in ("active", "frozen", "partial_release")
            and rng.random() < 0.15
        ):
            yield from _appeal(story, hold, taken, now)
    if rng.random() < 0.4:
        at = min(now, story.reported_at + timedelta(minutes=rng.uniform(5, 50)))
        said = rng.choice(_data()["notes"])
        yield Action(
            kind="note", on=story.case_id, who=_staff(rng), at=at, legal_basis="", note=said
        )


def _steps(story: Story, hold: Hold, path: Sequence[str], now: datetime) -> Iterator[Action]:
    at, done = story.reported_at, list[Action]()
    for state in path:
        at += timedelta(minutes=story.rng.lognormvariate(0, 0.5) * PACE.get(state, 9000))
        if at > now:
            return
        wanted = Action(
            kind="hold",
            on=hold.hold_id,
            state=state,
            who=_staff(story.rng),
            at=at,
            legal_basis=_data()["basis"],
            amount=hold.cap,
            currency=hold.account.currency,
            expires_at=at + FREEZE if state == "frozen" else None,
        )
        try:
            step = advance(done, wanted)
        except NotAllowed:  # the stop payment had lapsed before the next step: that too is life
            return
        done.append(step)
        yield step


def _appeal(story: Story, hold: Hold, taken: list[Action], now: datetime) -> Iterator[Any]:
    """Somebody shows that too much is held; mostly a person answers within two days."""
    last, rng = taken[-1], story.rng
    at = last.at + timedelta(days=rng.uniform(0.2, 8))
    answer = at + timedelta(days=rng.uniform(0.2, 2))
    if at > now:
        return
    yield _fact("appeal_evidence", "order.csv", "order,amount\n88213,49800\n", at)
    claim = Claim(account=hold.account, traced=hold.traced, method="fifo", rows=())
    frozen = Frozen(amount=hold.balance, since=last.at, noticed=rng.random() < 0.5)
    yield appraise(claim, frozen, ["order.csv"], at)
    if answer < now:
        with contextlib.suppress(NotAllowed):
            yield advance(taken, replace(last, state="partial_release", at=answer))


def _close(casebook: Casebook, story: Story, now: datetime) -> None:
    """Old cases without money in force are mostly closed by now."""
    at = story.reported_at + CLOSED_AFTER
    if at < now and story.rng.random() < 0.8:
        with contextlib.suppress(NotAllowed):  # money is still held
            close_case(casebook, story.case_id, _data()["closed"], _staff(story.rng), at)


def _staff(rng: Random) -> str:
    return str(rng.choice(_data()["staff"]))
