"""Payments, thefts and refused rows: the types that several kernels exchange."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class Account(NamedTuple):
    """An account in one currency: money of two currencies never mixes without a conversion."""

    number: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One row of one file in which a payment was seen.

    `side` is `debit` or `credit` for a one-sided statement row, `both` for a two-sided payment.
    Rows count from 1 as in a spreadsheet, the header included.
    """

    file: str
    row: int
    side: str = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifiers:
    """The original references of an ISO 20022 payment, needed to ask for its cancellation."""

    message_id: str = ""
    message_name: str = ""  # pacs.008.001.08
    created: str = ""  # CreDtTm as written
    instruction_id: str = ""
    end_to_end_id: str = ""
    transaction_id: str = ""
    uetr: str = ""
    settlement_date: str = ""
    settlement_amount: str = ""  # decimal text as in the message


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One transfer from a debtor's account to a creditor's, wherever it was seen.

    `amount` is in minor units of `currency` and positive; a reversal is a payment the other way.
    `precision_seconds` is 60 where the source gave no seconds. `serial` is the bank's own running
    number and orders rows of one `serial_bank` that share an instant.
    """

    booked_at: datetime
    debtor_account: str
    creditor_account: str
    amount: int
    currency: str
    debtor_name: str = dataclasses.field(default="", repr=False)
    creditor_name: str = dataclasses.field(default="", repr=False)
    debtor_agent: str = ""
    creditor_agent: str = ""
    channel: str = ""
    note: str = ""
    serial: str = ""
    serial_bank: str = ""
    precision_seconds: int = 1
    reversal: bool = False
    identifiers: Identifiers | None = None
    sightings: tuple[Sighting, ...] = ()

    @property
    def debtor(self) -> Account:
        """Where it came from."""
        return Account(self.debtor_account, self.currency)

    @property
    def creditor(self) -> Account:
        """Where it went."""
        return Account(self.creditor_account, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theft:
    """One payment that a victim was tricked or forced into, as the victim or police state it.

    `refunded` is what the victim already got back from the scammers (an inducement, say): it caps
    what may be returned, and never changes the weight of a share.
    """

    theft_id: str
    debtor_account: str
    creditor_account: str
    amount: int
    currency: str
    booked_at: datetime
    refunded: int = 0
    sighting: Sighting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Something of value handed over against money of an account: USDT against fiat, say.

    It is an *alternative* carrier of the same claim: shown beside the money, never added to it.
    """

    booked_at: datetime
    account: str
    amount: int
    currency: str
    carrier: str
    carrier_amount: int
    carrier_currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row or file that was not taken, and what to do about it.

    `code` is a key of the catalogue under `refusal.` (why) and `remedy.` (what to do now).
    `row` is 0 when the whole file is meant.
    """

    file: str
    row: int
    field: str
    value: str
    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
