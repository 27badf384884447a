"""Somebody who pays step by step into an account of a theft, and has not reported: a pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fanzha.casebook import Casebook
from fanzha.errors import NothingUsable
from fanzha.model.payment import Account, Payment, Theft
from fanzha.services.case_folder import recorded_case
from fanzha.services.casework import read_reports
from fanzha.services.money_inputs import read_money
from fanzha.services.reported import reported_thefts

WITHIN = timedelta(days=30)  # two payments further apart are not one story
REPEATED = 3  # payments that need not grow
MOST_BYTES = 4 * 1024 * 1024  # of a case's statements; larger cases are an analyst's work
MOST = 50  # patterns of one case


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepwise:
    """An account that pays into a first-level account again and again: perhaps a next victim.

    It is no accusation and no proof: rent is paid step by step too. Amounts are minor units.
    """

    debtor: str
    creditor: str
    name: str = field(repr=False)
    institution: str
    currency: str
    amount: int
    count: int
    growing: bool
    paid_back: bool
    last: datetime


def paying_step_by_step(casebook: Casebook, case_id: str) -> list[Stepwise]:
    """The pattern in a recorded case; none in one whose statements are larger than `MOST_BYTES`."""
    case, _ = recorded_case(casebook, case_id)
    if sum(len(source.content) for source in case.money.payments) > MOST_BYTES:
        return []
    with suppress(NothingUsable):
        read = read_money(case.money)
        thefts, _unmatched = reported_thefts(read.payments, read.thefts, read_reports(case)[0])
        return find_steps(read.payments, thefts, read.known.terminals)
    return []


def find_steps(
    payments: Sequence[Payment], thefts: Iterable[Theft], known: Collection[str] = ()
) -> list[Stepwise]:
    """Accounts that are no known victim's and pay a first-level account in growing or equal steps.

    Two payments that grow, or `REPEATED` of any size, within `WITHIN` of each other. Accounts in
    `known` (cash, exchanges) are left out, and so is who got as much from there as they paid: small
    sums paid back first are a lure, larger ones are the theft moving on.
    """
    stolen = list(thefts)
    victims = {t.debtor_account for t in stolen}
    first = {Account(t.creditor_account, t.currency) for t in stolen}
    got: Counter[tuple[str, str]] = Counter()
    for payment in payments:
        if payment.debtor in first:
            got[payment.creditor_account, payment.debtor_account] += payment.amount
    fed = {payer for payer, _ in got}
    by_pair: dict[tuple[str, Account], list[Payment]] = {}
    for payment in payments:
        payer = payment.debtor_account
        skipped = payer in victims or payer in known or payment.debtor in first
        if payment.creditor in first and not skipped and not payment.reversal:
            by_pair.setdefault((payer, payment.creditor), []).append(payment)
    found = [
        step
        for (payer, creditor), made in by_pair.items()
        if (step := _steps(made, got[payer, creditor.number]))
        and (payer not in fed or step.paid_back)
    ]
    return sorted(found, key=lambda s: (s.last, s.debtor), reverse=True)[:MOST]


def _steps(made: Sequence[Payment], got: int) -> Stepwise | None:
    ordered = sorted(made, key=lambda p: p.booked_at)
    last = ordered[-1]
    near = [p for p in ordered if last.booked_at - p.booked_at <= WITHIN]
    amounts = [p.amount for p in near]
    growing = len(amounts) > 1 and amounts == sorted(set(amounts))
    if not growing and len(amounts) < REPEATED:
        return None
    return Stepwise(
        debtor=last.debtor_account,
        creditor=last.creditor_account,
        name=last.debtor_name,
        institution=last.debtor_agent,
        currency=last.currency,
        amount=sum(amounts),
        count=len(amounts),
        growing=growing,
        paid_back=0 < got < sum(amounts),
        last=last.booked_at,
    )
