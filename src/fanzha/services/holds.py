"""Use case: what may be held where, and whom to ask first?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fanzha.money.holds import LAMBDA, HoldPlan, Timing, plan_holds
from fanzha.services.money_inputs import OnFile, moment
from fanzha.services.trace import TraceRequest, TraceResult, trace_payments


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsRequest:
    """What to trace by one method, and when balances were confirmed and holds can land."""

    trace: TraceRequest
    confirmed_at: str
    hold_at: str
    weight: Decimal = LAMBDA


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsResult:
    """The ranking and the trace that it rests on."""

    traced: TraceResult
    plan: HoldPlan


def rank_holds(request: HoldsRequest, on_file: OnFile | None = None) -> HoldsResult:
    """Trace the thefts and rank the accounts in which their money may be held."""
    traced = trace_payments(request.trace, on_file)
    found = traced.traces[request.trace.method]
    tz = traced.read.tz
    confirmed, hold = moment(request.confirmed_at, tz), moment(request.hold_at, tz)
    timing = Timing(confirmed_at=confirmed, hold_at=hold, weight=request.weight)
    return HoldsResult(traced=traced, plan=plan_holds(found, timing, traced.read.terms))
