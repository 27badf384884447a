"""The call-backs of the example centre: who asked, who pays step by step, who was called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import orjson

from fanzha.model.chain import Action, Fact
from fanzha.services.calls.grade import FOLLOW_UPS
from fanzha.services.calls.wanted import CALL, name_of
from fanzha.services.measures import AVERT
from fanzha.services.public_check import REPORT_KIND, PublicReport

STEPS = ((9 * 86_400, 50_000), (5 * 86_400, 300_000), (1.5 * 86_400, 1_200_000))
ASKED = (
    "群里说做任务返佣金，前两单已经返了，现在让我垫付五千才能提现，是真的吗",
    "自称公安的人说我的卡涉案，让我把钱转到安全账户，不许告诉家人",
    "Your parcel is held, pay the fee at https://post.example/pay within 24 hours",
    "网上买的票说航班取消，加客服领三百块赔偿",
)
PHONE = "+1 202 555 0143"  # of a series kept for fiction
LIVE = timedelta(days=2)


def step_by_step(number: int) -> Iterator[tuple[Random, float, int]]:
    """For some cases, somebody who paid the first account before and has not reported it."""
    if number % 7 == 5:
        for before, amount in STEPS:
            yield Random(number), before, amount * (1 + number % 3)


def call_backs(
    case_id: str, reported_at: datetime, now: datetime
) -> Iterator[tuple[list[Fact | Action], datetime]]:
    """What was sent from the public page, and the calls that people made, each with its instant."""
    rng = Random(case_id)
    if now - reported_at < LIVE and rng.random() < 0.25:
        at = now - timedelta(minutes=rng.uniform(2, 240))
        yield [_asked(rng, f"{case_id}-public.json", at)], at
    for _, wait in FOLLOW_UPS:
        at = reported_at + wait + timedelta(minutes=rng.uniform(-10, 40))
        if at > now or rng.random() < 0.12:
            return
        if rng.random() < 0.2:
            missed = at - timedelta(minutes=15)
            yield [_made(rng, "not_reached", missed)], missed
        yield [_made(rng, "persuaded", at), *_averted(case_id, at)], at


def _averted(case_id: str, at: datetime) -> Iterator[Action]:
    """Now and then the caller was about to pay once more, and did not."""
    rng = Random(f"{case_id} {at}")
    if rng.random() < 0.1:
        yield Action(
            kind=AVERT,
            on=name_of("report", "report.txt"),
            who="op.wang",
            at=at,
            legal_basis="",
            state=rng.choice(("payment_stopped", "stated_loss")),
            amount=rng.choice((300_000, 500_000, 1_000_000, 2_000_000)),
            currency="CNY",
        )


def _asked(rng: Random, source: str, at: datetime) -> Fact:
    report = PublicReport(
        text=rng.choice(ASKED),
        kind="message",
        level=rng.choice(("high", "high", "medium", "low")),
        contact=PHONE,
        paid=rng.random() < 0.3,
        lang="zh-Hans",
    )
    return Fact(
        kind=REPORT_KIND,
        source=source,
        received_at=at,
        payload=orjson.dumps(report),
        media_type="application/json",
    )


def _made(rng: Random, outcome: str, at: datetime) -> Action:
    return Action(
        kind=CALL,
        on=name_of("report", "report.txt"),
        who=rng.choice(("op.wang", "op.li")),
        at=at,
        legal_basis="",
        state=outcome,
    )
