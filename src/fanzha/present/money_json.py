"""Results about money as JSON: integer minor units with their currency, instants in ISO 8601."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fanzha.model.catalogue import Lang, has, say
from fanzha.model.chain import Reason
from fanzha.model.instant import iso
from fanzha.model.payment import Account, Refusal, Sighting, Theft
from fanzha.money.holds import Hold, HoldPlan
from fanzha.money.returns import ReturnPlan
from fanzha.money.tie import Tie
from fanzha.money.trace import AlternativeCarrier, Trace
from fanzha.present.words import first_known

if TYPE_CHECKING:
    from fanzha.services.hold import HoldResult
    from fanzha.services.holds import HoldsResult
    from fanzha.services.returns import ReturnResult
    from fanzha.services.trace import TraceResult

Json = dict[str, Any]


def trace_json(result: TraceResult, lang: Lang) -> Json:
    """The object that `fanzha trace --json` prints."""
    balances: dict[Account, int] = {}
    for found in result.traces.values():
        balances.update(found.balances)
    return {
        "as_of": iso(result.movements.as_of),
        "methods": {method: method_json(found) for method, found in result.traces.items()},
        "balances": by_number(balances),
        "notes": notes_json((*result.read.notes, *_reasons(result.traces)), lang),
        "zone_assumed": sum(file.zone_assumed for file in result.read.files),
        "refused": refused_json((*result.read.refusals, *result.movements.refusals), lang),
    }


def holds_json(result: HoldsResult, lang: Lang) -> Json:
    """The object that `fanzha holds --json` prints."""
    traced = result.traced
    return {
        **plan_json(result.plan),
        "notes": notes_json((*traced.read.notes, *result.plan.reasons), lang),
        "refused": refused_json((*traced.read.refusals, *traced.movements.refusals), lang),
    }


def return_json(result: ReturnResult, lang: Lang) -> Json:
    """The object that `fanzha return --json` prints."""
    traced = result.traced
    return {
        "plans": [return_plan_json(plan) for plan in result.plans],
        "refused": refused_json((*traced.read.refusals, *traced.movements.refusals), lang),
    }


def hold_json(result: HoldResult) -> Json:
    """The object that `fanzha hold --json` prints."""
    step, now = result.action, result.standing
    return {
        "case_id": result.case_id,
        "hold_id": result.hold.hold_id,
        "account": result.hold.account.number,
        "state": now.state,
        "at": iso(step.at),
        "by": step.who,
        "legal_basis": step.legal_basis,
        "amount": step.amount,
        "currency": step.currency,
        "expires_at": now.expires_at and iso(now.expires_at),
        "alert": now.alert,
        "next": list(now.next),
        "record": result.record,
    }


def method_json(found: Trace) -> Json:
    """One trace: holdings and disputed parts of every theft, ties, alternative carriers."""
    return {
        "holdings": [
            {
                "theft_id": h.theft_id,
                **account_json(h.account),
                "amount": h.amount,
                "level": h.level,
                "state": h.state,
                "last_credit_at": iso(h.last_credit_at),
                "tie": h.tie,
                "low": h.low,
                "high": h.high,
            }
            for h in found.holdings
        ],
        "disputed": [
            {"theft_id": d.theft_id, **account_json(d.account), "amount": d.amount, "by": d.by}
            for d in found.disputed
        ],
        "total": found.total(),
        "ties": [_tie_json(tie) for tie in found.ties],
        "alternative_carriers": [_alternative_json(a) for a in found.alternatives],
        "upper_bound_only": found.rule == "poison",
    }


def plan_json(plan: HoldPlan) -> Json:
    """The ranked holds and the statements to ask for next."""
    return {
        "method": plan.method,
        "confirmed_at": iso(plan.confirmed_at),
        "hold_at": iso(plan.hold_at),
        "lambda": str(plan.weight),
        "holds": [_hold_json(hold) for hold in plan.holds],
        "ask_next": [{**account_json(a), "amount": amount} for a, amount in plan.ask_next],
    }


def return_plan_json(plan: ReturnPlan) -> Json:
    """One rule over one account."""
    return {
        "rule": plan.rule,
        "method": plan.method,
        **account_json(plan.account),
        "held": plan.held,
        "shares": [{"theft_id": s.theft_id, "amount": s.amount} for s in plan.shares],
        "undistributed": plan.undistributed,
    }


def theft_json(theft: Theft) -> Json:
    """A theft as it was stated."""
    return {
        "theft_id": theft.theft_id,
        "debtor_account": theft.debtor_account,
        "creditor_account": theft.creditor_account,
        "amount": theft.amount,
        "currency": theft.currency,
        "booked_at": iso(theft.booked_at),
        "refunded": theft.refunded,
    }


def refused_json(refusals: Sequence[Refusal], lang: Lang) -> list[Json]:
    """Every refused row with its reason and remedy."""
    return [
        {
            "file": r.file,
            "row": r.row,
            "field": r.field,
            "value": r.value,
            "code": r.code,
            "reason": refusal_text("refusal", r, lang),
            "remedy": refusal_text("remedy", r, lang),
        }
        for r in refusals
    ]


def refusal_text(topic: str, refusal: Refusal, lang: Lang) -> str:
    """Why (`refusal`) or what to do now (`remedy`), in the reader's language."""
    key = f"{topic}.{refusal.code}"
    if not has(key):  # a report that could not be read carries the error's own text, remedy and all
        key = f"error.{refusal.code}"
    values = {"value": refusal.value, "field": refusal.field, **refusal.values}
    return say(key, lang, **values)


def notes_json(reasons: Sequence[Reason], lang: Lang) -> list[Json]:
    """What the reader of a result should know about how it was read and traced."""
    unique = {(r.code, repr(r.values), r.refs): r for r in reasons}
    return [
        {
            "code": r.code,
            "text": first_known(("reason", "reading"), r.code, r.values)(lang),
            "values": dict(r.values),
            "rows": [{"file": ref.source, "row": ref.row} for ref in r.refs],
        }
        for r in unique.values()
    ]


def account_json(account: Account) -> Json:
    """An account's number with its currency."""
    return {"account": account.number, "currency": account.currency}


def by_number(balances: Mapping[Account, int]) -> dict[str, int]:
    """Balances by account number; one held in several currencies is named `NUMBER:CURRENCY`."""
    often = Counter(account.number for account in balances)
    return {
        a.number if often[a.number] == 1 else f"{a.number}:{a.currency}": balances[a]
        for a in sorted(balances)
    }


def _reasons(traces: Mapping[str, Trace]) -> list[Reason]:
    return [reason for found in traces.values() for reason in found.reasons]


def _hold_json(hold: Hold) -> Json:
    return {
        "rank": hold.rank,
        "hold_id": hold.hold_id,
        **account_json(hold.account),
        "institution": hold.institution,
        "theft_ids": list(hold.theft_ids),
        "traced": hold.traced,
        "cap": hold.cap,
        "balance": hold.balance,
        "excess": hold.excess,
        "expected": hold.expected,
        "net_expected": hold.net_expected,
        "minutes": str(hold.minutes),
        "per_minute": hold.per_minute,
        "survival": dataclasses.asdict(hold.survival),
        "acts_in_time": str(hold.terms.acts_in_time),
        "good_faith": str(hold.terms.good_faith),
        "flags": list(hold.flags),
        "missing": list(hold.missing),
        "rows": [_row(s) for p in hold.credits for s in p.sightings],
    }


def _row(seen: Sighting) -> Json:
    return {"file": seen.file, "row": seen.row}


def _tie_json(tie: Tie) -> Json:
    return {
        "booked_at": iso(tie.payments[0].booked_at),
        "payments": [
            {
                "debtor_account": p.debtor_account,
                "creditor_account": p.creditor_account,
                "amount": p.amount,
                "currency": p.currency,
                "rows": [_row(s) for s in p.sightings],
            }
            for p in tie.payments
        ],
    }


def _alternative_json(beside: AlternativeCarrier) -> Json:
    carrier = beside.carrier
    return {
        "account": carrier.account,
        "amount": carrier.amount,
        "currency": carrier.currency,
        "carrier": carrier.carrier,
        "carrier_amount": carrier.carrier_amount,
        "carrier_currency": carrier.carrier_currency,
        "booked_at": iso(carrier.booked_at),
        "claims": [{"theft_id": theft_id, "amount": amount} for theft_id, amount in beside.claims],
    }
