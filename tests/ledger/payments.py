"""Small ledgers for tests: payments of every kind, and a ledger that they go into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.money.ledgers import START

from fanzha.ledger import create
from fanzha.ledger.append import Append, Appended
from fanzha.model.payment import Identifiers, Payment, Sighting

SMALL = 8  # payments a segment holds at most in these tests


def full(second: int = 0, **more: object) -> Payment:
    """A payment that says everything there is to say."""
    fields: dict[str, object] = {
        "booked_at": START + timedelta(seconds=second, microseconds=7),
        "debtor_account": "V1",
        "creditor_account": "A1",
        "amount": 500,
        "currency": "CNY",
        "debtor_name": "赵某",
        "creditor_name": "钱某",
        "debtor_agent": "AAAACNBJ",
        "creditor_agent": "BBBBCNBJ",
        "channel": "mobile",
        "note": "货款",
        "serial": "0017",
        "serial_bank": "AAAACNBJ",
        "precision_seconds": 60,
        "reversal": True,
        "identifiers": Identifiers(message_id="M1", uetr="00000000-0000-4000-8000-000000000001"),
        "sightings": (Sighting(file="a.csv", row=2, side="debit"),),
    }
    return Payment(**{**fields, **more})  # type: ignore[arg-type]


def add(path: Path, payments: Sequence[Payment], limit: int = SMALL) -> Appended:
    """One append."""
    if not (path / "manifest.json").exists():
        create(path)
    with Append(path, limit) as writer:
        writer.add_payments(payments)
        return writer.commit()
