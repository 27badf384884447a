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
from fanzha.money.rounding import share_out
from fanzha.money.trace import Trace

VERSION = "1"


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
    found: Trace, thefts: Sequence[Theft], held: Mapping[Account, int], rule: str = "all"
) -> tuple[ReturnPlan, ...]:
    """Split the money held in each account among the victims whose money reached it.

    `traced` gives each what the tracing method finds there; `pro_rata_account` weighs by the
    stolen money that came into the account; `pro_rata_loss` by the whole stolen amounts. `all`
    gives all three. Raises `UsageError` for another rule, or for a trace by poison.
    """
    if found.rule == "poison":
        raise UsageError("poison_not_for_plans")
    rules = tuple(vocabulary("return_rule"))
    if rule not in (*rules, "all"):
        raise UsageError("return_rule_unknown", rule=rule, known=", ".join(("all", *rules)))
    plans: list[ReturnPlan] = []
    for name in rules if rule == "all" else (rule,):
        room = {t.theft_id: max(0, t.amount - t.refunded) for t in thefts}
        for account, amount in held.items():
            weights = _weights(found, thefts, account, name)
            caps = {t: min(room[t], w) if name == "traced" else room[t] for t, w in weights.items()}
            shares = _within_caps(amount, weights, caps)
            for theft_id, share in shares.items():
                room[theft_id] -= share
            plans.append(_plan(found, name, account, amount, shares))
    return tuple(plans)


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


def _weights(found: Trace, thefts: Sequence[Theft], account: Account, rule: str) -> dict[str, int]:
    """By theft, in the order of the thefts; only those whose money came into this account."""
    came_in: dict[str, int] = defaultdict(int)
    for carried in found.carried:
        if carried.payment.creditor == account:
            came_in[carried.theft_id] += carried.amount
    here = [t for t in thefts if t.theft_id in came_in]
    if rule == "pro_rata_loss":
        return {t.theft_id: t.amount for t in here}
    if rule == "pro_rata_account":  # money that came round twice is still stolen once
        return {t.theft_id: min(t.amount, came_in[t.theft_id]) for t in here}
    return {t: amount for t, amount in _resting(found, account).items() if amount}


def _resting(found: Trace, account: Account) -> dict[str, int]:
    return {h.theft_id: h.amount for h in found.holdings if h.account == account}


def _within_caps(total: int, weights: Mapping[str, int], caps: Mapping[str, int]) -> dict[str, int]:
    """Share out by weight; who reaches the cap keeps it, and the others share the rest anew."""
    shares: dict[str, int] = {}
    open_to = dict(weights)
    left = total
    while open_to:
        parts = dict(zip(open_to, share_out(left, list(open_to.values())), strict=True))
        full = [t for t, part in parts.items() if part > caps[t]]
        if not full:
            shares.update(parts)
            break
        for theft_id in full:
            shares[theft_id] = caps[theft_id]
            left -= caps[theft_id]
            del open_to[theft_id]
    return {theft_id: shares[theft_id] for theft_id in weights}
