"""Use case: what may be held where, and whom to ask first?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fanzha.errors import UsageError
from fanzha.model.vocabulary import vocabulary
from fanzha.money.holds import LAMBDA, Desk, HoldPlan, Timing, plan_holds
from fanzha.services.experience import own_curves
from fanzha.services.money_inputs import OnFile, moment
from fanzha.services.trace import TraceRequest, TraceResult, trace_payments


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsRequest:
    """What to trace by one method, and when balances were confirmed and holds can land.

    `casebook` is where the desk's own holds are counted. `minutes` are an analyst's minutes for a
    hold by institution or rail (`Bank A=12`).
    """

    trace: TraceRequest
    confirmed_at: str
    hold_at: str
    weight: Decimal = LAMBDA
    casebook: Path | None = None
    minutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsResult:
    """The ranking and the trace that it rests on."""

    traced: TraceResult
    plan: HoldPlan


def rank_holds(request: HoldsRequest, on_file: OnFile | None = None) -> HoldsResult:
    """Trace the thefts and rank the accounts in which their money may be held."""
    desk = Desk(minutes=minutes_by_name(request.minutes), curves=own_curves(request.casebook))
    traced = trace_payments(request.trace, on_file)
    found = traced.traces[request.trace.method]
    tz = traced.read.tz
    confirmed, hold = moment(request.confirmed_at, tz), moment(request.hold_at, tz)
    timing = Timing(confirmed_at=confirmed, hold_at=hold, weight=request.weight)
    return HoldsResult(traced=traced, plan=plan_holds(found, timing, traced.read.terms, desk))


def minutes_by_name(said: Sequence[str]) -> dict[str, Decimal]:
    """Minutes for a hold as a user wrote them, by institution or rail.

    >>> minutes_by_name(["Bank A=12", "corporate_wire=30"])["Bank A"]
    Decimal('12')
    """
    minutes = {}
    for text in said:
        name, equals, number = text.rpartition("=")
        try:
            value = Decimal(number)
        except InvalidOperation as unreadable:
            raise _unreadable(text) from unreadable
        if not equals or not name.strip() or not value.is_finite() or value <= 0:
            raise _unreadable(text)
        minutes[name.strip()] = value
    return minutes


def _unreadable(text: str) -> UsageError:
    return UsageError("minutes_unreadable", value=text, rails=", ".join(vocabulary("rail")))
