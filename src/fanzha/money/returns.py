"""Who gets what back from held money: every rule beside the others, none chosen here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fanzha.errors import UsageError
from fanzha.model.chain import Finding
from fanzha.model.payment import Account, Theft
from fanzha.model.vocabulary import vocabulary
from fanzha.money.shares import Pot, share_pots
from fanzha.money.trace import Trace

VERSION = "1"

Paid = Mapping[tuple[Account, str], int]  # what a theft was paid back from an account already


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one theft's victim gets from one held account."""

    theft_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnPlan(Finding):
    """How one rule splits one account's held money; shares and `undistributed` add up to it.

    Shares are weighted by gross stolen amounts and never exceed what a victim lost net of refunds
    already received, over all accounts of the plan together. Which rule applies is a decision of
    the authority that returns the money, not of the software.
    """

    kind: ClassVar[str] = "return_plan"
    rule: str
    account: Account
    held: int
    shares: tuple[Share, ...]
    undistributed: int


def plan_return(
    found: Trace,
    thefts: Sequence[Theft],
    held: Mapping[Account, int],
    rule: str = "all",
    paid: Paid | None = None,
) -> tuple[ReturnPlan, ...]:
    """Split the money held in each account among the victims whose money reached it.

    `traced` gives each what the tracing method finds there; `pro_rata_account` weighs by the
    stolen money that came into the account; `pro_rata_loss` by the whole stolen amounts. `all`
    gives all three. All accounts are shared at once (see `shares`): their order changes nothing.
    What was `paid` already is part of `held`, and kept: nobody pays back when a late victim
    changes the split. Raises `UsageError` for another rule, or for a trace by poison.
    """
    if found.rule == "poison":
        raise UsageError("poison_not_for_plans")
    rules = tuple(vocabulary("return_rule"))
    if rule not in (*rules, "all"):
        raise UsageError("return_rule_unknown", rule=rule, known=", ".join(("all", *rules)))
    arrived, kept = _arrived(found, thefts), _by_account(paid or {})
    room = {theft_id: 0 for theft_ids in kept.values() for theft_id in theft_ids}
    room.update((t.theft_id, max(0, t.amount - t.refunded)) for t in thefts)
    plans: list[ReturnPlan] = []
    for name in rules if rule == "all" else (rule,):
        pots = [
            _pot(amount, name, _weights(arrived, account, name), kept.get(account, {}))
            for account, amount in held.items()
        ]
        for (account, amount), shares in zip(held.items(), share_pots(pots, room), strict=True):
            plans.append(_plan(found, name, account, amount, shares))
    return tuple(plans)


def _pot(held: int, rule: str, weights: Mapping[str, int], kept: Mapping[str, int]) -> Pot:
    return Pot(
        total=held,
        weights={**weights, **{t: 0 for t in kept if t not in weights}},
        caps=weights if rule == "traced" else {},
        floors=kept,
    )


def _plan(
    found: Trace, rule: str, account: Account, held: int, shares: Mapping[str, int]
) -> ReturnPlan:
    return ReturnPlan(
        method=f"{found.rule}/{VERSION}",
        reasons=found.reasons,
        rule=rule,
        account=account,
        held=held,
        shares=tuple(Share(theft_id=t, amount=a) for t, a in shares.items() if a),
        undistributed=held - sum(shares.values()),
    )


@dataclass(frozen=True, slots=True)
class _Arrived:
    """By account and theft: what came in and what rests there; `place` is the thefts' order."""

    came_in: Mapping[Account, Mapping[str, int]]
    resting: Mapping[Account, Mapping[str, int]]
    stated: Mapping[str, Theft]
    place: Mapping[str, int]


def _arrived(found: Trace, thefts: Sequence[Theft]) -> _Arrived:
    came_in: dict[Account, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for carried in found.carried:
        came_in[carried.payment.creditor][carried.theft_id] += carried.amount
    resting: dict[Account, dict[str, int]] = defaultdict(dict)
    for holding in found.holdings:
        resting[holding.account][holding.theft_id] = holding.amount
    stated = {t.theft_id: t for t in thefts}
    return _Arrived(came_in, resting, stated, {t: place for place, t in enumerate(stated)})


def _weights(arrived: _Arrived, account: Account, rule: str) -> dict[str, int]:
    """By theft, in the order of the thefts; only those whose money came into this account."""
    if rule == "traced":
        resting = arrived.resting.get(account, {})
        return {t: amount for t, amount in resting.items() if amount and t in arrived.stated}
    came_in = arrived.came_in.get(account, {})
    here = sorted((t for t in came_in if t in arrived.stated), key=arrived.place.__getitem__)
    if rule == "pro_rata_loss":
        return {t: arrived.stated[t].amount for t in here}
    # money that came round twice is still stolen once
    return {t: min(arrived.stated[t].amount, came_in[t]) for t in here}


def _by_account(paid: Paid) -> dict[Account, dict[str, int]]:
    kept: dict[Account, dict[str, int]] = defaultdict(dict)
    for (account, theft_id), amount in paid.items():
        if amount:
            kept[account][theft_id] = amount
    return kept
