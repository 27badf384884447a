"""Small ledgers made by hypothesis, with thefts among their payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from fanzha.model.payment import Account, Payment, Theft

START = datetime(2024, 5, 14, 6, tzinfo=UTC)
NUMBERS = ("A", "B", "C", "D", "E", "CASH")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Payments in the order given, the thefts among them by position, and stated openings."""

    payments: tuple[Payment, ...]
    stolen: dict[int, str]
    known: dict[Account, int]

    @property
    def thefts(self) -> list[Theft]:
        return [theft_of(self.payments[i], name) for i, name in self.stolen.items()]


def pay(debtor: str, creditor: str, amount: int, second: int, **more: str) -> Payment:
    return Payment(
        booked_at=START + timedelta(seconds=second),
        debtor_account=debtor,
        creditor_account=creditor,
        amount=amount,
        currency=more.pop("currency", "CNY"),
        **more,  # type: ignore[arg-type]
    )


def theft_of(payment: Payment, theft_id: str, refunded: int = 0) -> Theft:
    return Theft(
        theft_id=theft_id,
        debtor_account=payment.debtor_account,
        creditor_account=payment.creditor_account,
        amount=payment.amount,
        currency=payment.currency,
        booked_at=payment.booked_at,
        refunded=refunded,
    )


@st.composite
def ledgers(draw: st.DrawFn, *, most: int = 14, distinct: bool = True, largest: int = 20) -> Ledger:
    """Any ledger: mixing, loops, payments to oneself, cash in and out, thefts inside thefts."""
    row = st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS), st.integers(1, largest))
    rows = draw(st.lists(row, min_size=1, max_size=most))
    seconds: Sequence[int] = range(len(rows))
    if not distinct:
        steps = draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
        seconds = [sum(steps[: i + 1]) for i in range(len(rows))]
    payments = tuple(pay(d, c, n, s) for (d, c, n), s in zip(rows, seconds, strict=True))
    keys = [(p.debtor, p.creditor, p.amount) for p in payments]
    single = [i for i, key in enumerate(keys) if keys.count(key) == 1]
    chosen = draw(st.lists(st.sampled_from(single), unique=True, max_size=4)) if single else []
    stolen = {i: f"T{n}" for n, i in enumerate(sorted(chosen))}
    opening = st.dictionaries(st.sampled_from(NUMBERS), st.integers(-largest, largest))
    known = {Account(number, "CNY"): amount for number, amount in draw(opening).items()}
    return Ledger(payments, stolen, known)
