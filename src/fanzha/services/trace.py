"""Use case: where is the stolen money, by one method or by all of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanzha.errors import NothingUsable
from fanzha.money.movements import Movements, gather
from fanzha.money.pots import METHODS
from fanzha.money.trace import Trace, trace
from fanzha.services.money_inputs import MoneyRead, MoneySources, OnFile, moment, read_money

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRequest:
    """The files, the method (`all` for every one) and the instant up to which to trace."""

    sources: MoneySources
    method: str = ALL
    as_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceResult:
    """The traces by method, over the same movements."""

    read: MoneyRead
    movements: Movements
    traces: Mapping[str, Trace]


def trace_payments(request: TraceRequest, on_file: OnFile | None = None) -> TraceResult:
    """Read payments and thefts, and follow the thefts; `NothingUsable` when none was found."""
    read = read_money(request.sources, on_file)
    movements = gather(read.payments, read.thefts, read.known, moment(request.as_of, read.tz))
    if not movements.thefts and not movements.reasons:
        raise NothingUsable("no_thefts", refusals=(*read.refusals, *movements.refusals))
    methods = tuple(METHODS) if request.method == ALL else (request.method,)
    traces = {method: trace(movements, method, read.carriers) for method in methods}
    return TraceResult(read=read, movements=movements, traces=traces)
