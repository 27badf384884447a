"""From what callers report to thefts: which payment is the one they speak of?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime

from fanzha.intake.report import Report, ReportedTransfer
from fanzha.model.chain import Reason, Ref
from fanzha.model.payment import Payment, Sighting, Theft
from fanzha.money.movements import THEFT_WINDOW


def reported_thefts(
    payments: Sequence[Payment], listed: Sequence[Theft], reports: Sequence[Report]
) -> tuple[tuple[Theft, ...], tuple[Reason, ...]]:
    """The listed thefts with what reports add, and thefts that only a report names.

    A reported transfer is a listed theft when payee account, amount and currency agree and the
    times are within 24 hours; else the nearest such payment makes it a theft of its own, named
    after the report. What the scammers paid back is taken off what the first of them may get
    returned. A transfer that no payment bears out is said, never invented.
    """
    thefts = list(listed)
    said: list[Reason] = []
    for report in reports:
        found = [
            place
            for number, transfer in enumerate(report.transfers, 1)
            if (place := _place(payments, thefts, report, transfer, number)) is not None
        ]
        told = [t for t in report.transfers if t.payee_account and t.amount]
        if len(set(found)) < len(told):
            said.append(
                Reason(
                    "reported_not_found",
                    (Ref(report.source),),
                    {"count": len(told) - len(set(found))},
                )
            )
        if found:
            first = thefts[found[0]]
            back = sum(i.amount for i in report.inducements if i.currency == first.currency)
            thefts[found[0]] = dataclasses.replace(first, refunded=first.refunded + back)
    return tuple(thefts), tuple(said)


def _place(
    payments: Sequence[Payment],
    thefts: list[Theft],
    report: Report,
    transfer: ReportedTransfer,
    number: int,
) -> int | None:
    """Where among `thefts` the transfer stands, after adding it if a payment bears it out."""
    at = transfer.at or report.received_at
    for place, theft in enumerate(thefts):
        same = (theft.creditor_account, theft.amount, theft.currency)
        if same == _marks(transfer) and abs(theft.booked_at - at) <= THEFT_WINDOW:
            return place
    payment = _nearest((p for p in payments if _paid(p) == _marks(transfer)), at)
    if payment is None:
        return None
    thefts.append(
        Theft(
            theft_id=f"{report.source.rpartition('.')[0] or report.source}-{number}",
            debtor_account=payment.debtor_account,
            creditor_account=payment.creditor_account,
            amount=payment.amount,
            currency=payment.currency,
            booked_at=payment.booked_at,
            sighting=Sighting(file=report.source, row=0),
        )
    )
    return len(thefts) - 1


def _marks(transfer: ReportedTransfer) -> tuple[str, int | None, str]:
    return transfer.payee_account, transfer.amount, transfer.currency


def _paid(payment: Payment) -> tuple[str, int | None, str]:
    return payment.creditor_account, payment.amount, payment.currency


def _nearest(candidates: Iterable[Payment], at: datetime) -> Payment | None:
    near = [p for p in candidates if abs(p.booked_at - at) <= THEFT_WINDOW]
    return min(near, key=lambda p: abs(p.booked_at - at), default=None)
