"""Use case: the first hold of a case of which only callers have told, before a statement came."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from datetime import datetime

from fanzha.casebook import Casebook
from fanzha.intake.report import Report, ReportedTransfer
from fanzha.model.payment import Payment, Sighting, Theft
from fanzha.money.holds import Hold, HoldPlan, Timing, plan_holds
from fanzha.money.movements import Known, gather
from fanzha.money.trace import trace
from fanzha.services.casework import HOLD_DELAY, PLAN_METHOD
from fanzha.services.recorded import recorded_holds


def reported_plan(reports: Sequence[Report]) -> HoldPlan | None:
    """A plan of the transfers that callers told of, as if they were all that happened.

    None while no caller named an account and an amount. No balance is known: each hold asks for
    what was transferred. `missing` names the match fields that nobody stated, or that do not hold
    water, so that an order is ready exactly when the intake allows it.
    """
    told = {_marks(t): (report, t) for report in reports for t in report.transfers}
    payments = [_payment(report, t) for report, t in told.values() if t.payee_account and t.amount]
    if not payments:
        return None
    thefts = [_theft(payment, number) for number, payment in enumerate(payments, 1)]
    last = max(report.received_at for report in reports)
    found = trace(gather(payments, thefts, Known(seen=frozenset())), PLAN_METHOD)
    plan = plan_holds(found, Timing(confirmed_at=last, hold_at=last + HOLD_DELAY))
    doubtful = {t.payee_account for _, t in told.values() if not t.number_passes}
    return dataclasses.replace(plan, holds=tuple(_checked(h, doubtful) for h in plan.holds))


def keep_reported(casebook: Casebook, case_id: str, plan: HoldPlan, now: datetime) -> None:
    """Record the plan that a person is about to act on, unless the case has one already."""
    if not recorded_holds(casebook, case_id):
        casebook.append(case_id, [plan], now)


def _marks(transfer: ReportedTransfer) -> tuple[object, ...]:
    """Two callers who tell the same tell of one transfer."""
    return transfer.payee_account, transfer.amount, transfer.currency, transfer.at


def _payment(report: Report, told: ReportedTransfer) -> Payment:
    return Payment(
        booked_at=told.at or report.received_at,
        debtor_account=told.victim_account or "-",
        creditor_account=told.payee_account,
        amount=told.amount or 0,
        currency=told.currency or "CNY",
        creditor_name="" if "*" in told.payee_name else told.payee_name,
        debtor_agent=told.victim_bank,
        creditor_agent=told.payee_bank,
        channel=told.channel,
        precision_seconds=told.precision_seconds if told.at else 86_400,
        sightings=(Sighting(file=report.source, row=0),),
    )


def _theft(payment: Payment, number: int) -> Theft:
    (seen,) = payment.sightings
    return Theft(
        theft_id=f"{seen.file.rpartition('.')[0] or seen.file}-{number}",
        debtor_account=payment.debtor_account,
        creditor_account=payment.creditor_account,
        amount=payment.amount,
        currency=payment.currency,
        booked_at=payment.booked_at,
        sighting=seen,
    )


def _checked(hold: Hold, doubtful: Collection[str]) -> Hold:
    """A number that fails its own check digits is read back to the caller before anything else."""
    if hold.account.number not in doubtful:
        return hold
    return dataclasses.replace(hold, missing=("payee_account", *hold.missing))
