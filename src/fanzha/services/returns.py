"""Use case: who gets what back from the money that is held?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanzha.errors import UsageError
from fanzha.model.payment import Account
from fanzha.money.returns import ReturnPlan, plan_return
from fanzha.services.money_inputs import OnFile, minor
from fanzha.services.trace import TraceRequest, TraceResult, trace_payments


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest:
    """What to trace by one method, what is held (`ACCOUNT=AMOUNT`, major units), and the rule."""

    trace: TraceRequest
    held: tuple[str, ...]
    rule: str = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnResult:
    """The plans, one for each rule and account, and the trace that they rest on."""

    traced: TraceResult
    plans: tuple[ReturnPlan, ...]


def split_held(request: ReturnRequest, on_file: OnFile | None = None) -> ReturnResult:
    """Trace the thefts and split what is held by each rule asked for."""
    traced = trace_payments(request.trace, on_file)
    found = traced.traces[request.trace.method]
    held = dict(_held(text, traced) for text in request.held)
    thefts = tuple(traced.movements.thefts.values())
    return ReturnResult(traced=traced, plans=plan_return(found, thefts, held, request.rule))


def _held(text: str, traced: TraceResult) -> tuple[Account, int]:
    """`B2=30000` or, where an account has several currencies, `B2:USD=30000`."""
    name, equals, amount = text.rpartition("=")
    if not equals:
        raise UsageError("held_unreadable", value=text)
    number, _, currency = name.partition(":")
    account = _account(number.strip(), currency.strip(), traced.movements.balances)
    held = minor(amount, account.currency)
    if held < 0:
        raise UsageError("held_unreadable", value=text)
    return account, held


def _account(number: str, currency: str, balances: Mapping[Account, int]) -> Account:
    found = [a for a in balances if a.number == number and currency in ("", a.currency)]
    if len(found) > 1:
        raise UsageError("held_ambiguous", account=number, known=_codes(found))
    if not found:
        raise UsageError("held_unknown_account", account=number)
    return found[0]


def _codes(accounts: list[Account]) -> str:
    return ", ".join(sorted(a.currency for a in accounts))
