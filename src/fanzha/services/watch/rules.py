"""What a payment system is advised to do with one payment, and on what grounds.

The rule, whole: what carries nothing is released. What carries stolen money is a case for
`hold_amount` when one of the grounds in `LEAVING` says that it is about to leave reach and none
in `DOUBTS` speaks against naming an amount; everything else that carries is a case for `ask`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fanzha.exchange.iso20022 import BIC
from fanzha.model.payment import Account
from fanzha.model.vocabulary import rail_of, vocabulary
from fanzha.services.watch.lines import Details

RELEASE, ASK, HOLD = "release", "ask", "hold_amount"
TERMINALS = {kind: f"to_{kind}" for kind in vocabulary("terminal_kind")}  # kind to its ground
LEAVING = frozenset({*TERMINALS.values(), "by_rail", "to_bank_abroad"})
DOUBTS = frozenset({"small", "upper_bound", "late"})
SMALL_PART = 1000  # below a thousandth of each theft it is not worth a hold: ask
BOUNDS = frozenset({"poison"})  # methods whose amounts are upper bounds and hold nothing


class Ground(NamedTuple):
    """A code of the catalogue's `watch` topic and the values of its sentence."""

    code: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Advice on one payment; the payment system acts, and a person answers for it.

    `amount` is what to hold under `hold_amount`, else 0: never more than was traced, nor than the
    payment. `traced` is in minor units by theft. `part` counts the payments of one row.
    """

    row: int
    decision: str
    method: str
    account: Account
    to: Account
    traced: tuple[tuple[str, int], ...]
    leaving: bool
    grounds: tuple[Ground, ...]
    amount: int = 0
    part: int = 1


class Carrying(NamedTuple):
    """A payment that carries, and what is known of where it goes."""

    row: int
    part: int
    method: str
    account: Account
    to: Account
    amount: int
    kind: str  # of the terminal that it goes to, or nothing
    details: Details


def decide(paid: Carrying, hit: Any, thefts: Any) -> Decision:
    """Grounds first, then the rule; `hit` is the kernel's, `thefts` maps its numbers to thefts."""
    traced = tuple((thefts[theft].theft_id, amount) for theft, amount in hit.traced)
    grounds = (
        *_carries(paid, hit, thefts),
        *_leaves(paid),
        *_doubts(paid, hit, thefts),
    )
    codes = {ground.code for ground in grounds}
    leaving = bool(codes & LEAVING)
    held = leaving and not codes & DOUBTS
    if not leaving:
        grounds = (*grounds, Ground("stays", {"account": paid.to.number}))
    return Decision(
        row=paid.row,
        part=paid.part,
        decision=HOLD if held else ASK,
        method=paid.method,
        account=paid.account,
        to=paid.to,
        traced=traced,
        leaving=leaving,
        grounds=grounds,
        amount=min(paid.amount, sum(amount for _, amount in traced)) if held else 0,
    )


def _carries(paid: Carrying, hit: Any, thefts: Any) -> list[Ground]:
    """What it carries: the theft itself, or money of thefts before."""
    if hit.begun >= 0:
        theft = thefts[hit.begun].theft_id
        inside = [
            Ground("disputed", {"theft_id": thefts[t].theft_id, "by": theft})
            for t, _ in hit.disputed
        ]
        return [Ground("theft_itself", {"theft_id": theft}), *inside]
    grounds = [Ground("carries", {"count": len(hit.traced), "method": paid.method})]
    if hit.short:
        grounds.append(Ground("beyond_balance", {"account": paid.account.number}))
    return grounds


def _leaves(paid: Carrying) -> list[Ground]:
    """Whether it is about to go where tracing ends."""
    grounds = []
    if paid.kind:
        grounds.append(Ground(TERMINALS[paid.kind], {"account": paid.to.number}))
    rail = rail_of(paid.details.channel) if paid.details.channel else None
    if rail is not None and not rail.survives:
        grounds.append(Ground("by_rail", {"channel": paid.details.channel}))
    here, there = _country(paid.details.debtor_agent), _country(paid.details.creditor_agent)
    if here and there and here != there:
        grounds.append(Ground("to_bank_abroad", {"here": here, "there": there}))
    return grounds


def _doubts(paid: Carrying, hit: Any, thefts: Any) -> list[Ground]:
    """Why no amount should be held for all that."""
    grounds = []
    if paid.method in BOUNDS:
        grounds.append(Ground("upper_bound", {}))
    if hit.late:
        grounds.append(Ground("late", {}))
    if all(amount * SMALL_PART < thefts[theft].amount for theft, amount in hit.traced):
        grounds.append(Ground("small", {"part": SMALL_PART}))
    return grounds


def _country(agent: str) -> str:
    """The country in a bank's BIC (ISO 9362); nothing where it is named otherwise."""
    return agent[4:6] if BIC.fullmatch(agent) else ""
