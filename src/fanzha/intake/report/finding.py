"""What a hotline report says, as a finding: transfers, gaps, candidate types, what to say next."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from fanzha.intake.report.accounts import passes_check
from fanzha.model.chain import Finding, Reason

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Found:
    """The words a value was read from: code points `start:end` of the text as it was given."""

    value: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTransfer:
    """One transfer as the caller tells it; an empty string or None is what was not said.

    `at` begins the span of `precision_seconds` in which the transfer lies (60: the minute was
    said, 86400: only the day). `words` says for each field where it was read; its keys are the
    names of the JSON form (`payee_name`, `payee_acct`, `payee_bank`, `amount`, `currency`, `time`,
    `victim_bank`, `victim_acct`, `channel`, `reference`). Numbers stand as they were said.
    """

    payee_name: str = field(default="", repr=False)
    payee_account: str = ""
    payee_bank: str = ""
    amount: int | None = None
    currency: str = ""
    at: datetime | None = None
    precision_seconds: int = 0
    victim_bank: str = ""
    victim_account: str = ""
    channel: str = ""
    reference: str = ""
    by_card: bool = False  # the number was said to be a card's
    words: Mapping[str, Found] = field(default_factory=dict, repr=False)

    @property
    def number_passes(self) -> bool:
        """Whether the payee's number passes its own check digits, where its kind has any."""
        return passes_check(self.payee_account, said_card=self.by_card)

    @property
    def order_allowed(self) -> bool:
        """Whether a stop order may be drafted: the four match fields are there and hold water.

        A bank must not act when account, name, amount or minute differ from its own record.
        """
        return bool(
            self.payee_account
            and self.payee_name
            and "*" not in self.payee_name
            and self.amount
            and self.at
            and self.precision_seconds <= MINUTE
            and self.number_passes
        )


@dataclass(frozen=True, slots=True)
class Inducement:
    """Money the scammers paid *to* the caller to win trust; it lowers the loss, not the theft."""

    amount: int
    currency: str
    words: Found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scam type that the words point to, with the words; none is forced upon the report."""

    code: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A field of a transfer (counted from 0) that was not said; the view asks for it."""

    transfer: int
    field: str


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something to read back to the caller before anyone acts on it; nothing was repaired.

    `transfer` counts from 0; -1 means the report as a whole. `value` is what was said.
    """

    transfer: int
    field: str
    code: str
    value: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Finding):
    """A caller's words, read by rules: check it against the caller before you act on it.

    Nothing here is more than what was said; where a value was concluded (a day that was not
    named, a payee carried over from the transfer before), a warning says so.
    """

    kind: ClassVar[str] = "report"
    source: str
    received_at: datetime
    caller_name: str = field(default="", repr=False)
    caller_phone: str = field(default="", repr=False)
    locality: str = ""
    transfers: tuple[ReportedTransfer, ...] = ()
    inducements: tuple[Inducement, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    tier: str = "low"
    still_connected: bool = False
    missing: tuple[Missing, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    script: tuple[str, ...] = ()
    report_delay_seconds: int | None = None

    @property
    def net_loss(self) -> dict[str, int]:
        """Transfers less inducements, for each currency in which there was a transfer."""
        net: dict[str, int] = {}
        for transfer in self.transfers:
            if transfer.amount is not None:
                net[transfer.currency] = net.get(transfer.currency, 0) + transfer.amount
        for inducement in self.inducements:
            if inducement.currency in net:
                net[inducement.currency] -= inducement.amount
        return net
