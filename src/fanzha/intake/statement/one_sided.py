"""Rows of one account's statement: own account, counterparty, and which way the money went."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fanzha.intake.statement.header import Layout
from fanzha.intake.statement.mapping import finder, plain, words
from fanzha.intake.statement.rows import CASH, FEE, Entry, Origin, RowReader, refuse
from fanzha.model.instant import Instant
from fanzha.model.payment import Account, Identifiers, Payment, Sighting


@dataclass(slots=True)
class Own:
    """Whose statement it is, where the lines above the header say so and no column does."""

    account: str = ""
    name: str = ""
    agent: str = ""
    currency: str = ""


@dataclass(slots=True)
class _Party:
    account: str
    name: str
    agent: str
    known: bool = True


class OneSided(RowReader):
    """Reads a statement: every row is seen from the own account."""

    def __init__(self, layout: Layout, origin: Origin, tz: ZoneInfo | None, own: Own) -> None:
        super().__init__(layout, origin, tz, own.currency)
        self.own = own

    def read(self, row: int, cells: Sequence[str]) -> list[Entry]:
        """The row's payment, and its fee as one of its own.

        Raises `UnreadableInput` whose `values["field"]` names the field at fault.
        """
        instant = self.instant(cells)
        currency = self.currency_of(cells)
        own = self._own(cells)
        note, channel = self.note(cells), self.phrase(cells, "channel")
        said = f"{note} {channel} {self.text(cells, 'status')}"
        delta, signed = self._delta(cells, currency, said)
        marks = self.marks(f"{note} {channel}")
        other = self._other(cells, own, marks, row)
        debtor, creditor = (own, other) if delta < 0 else (other, own)
        serial = self.serial(cells)
        end_to_end = self.phrase(cells, "end_to_end_id")
        side = "debit" if delta < 0 else "credit"
        marked = marks[2] or (delta > 0 and self._refunded(cells))
        payment = Payment(
            booked_at=instant.at,
            debtor_account=debtor.account,
            creditor_account=creditor.account,
            amount=abs(delta),
            currency=currency,
            debtor_name=debtor.name,
            creditor_name=creditor.name,
            debtor_agent=debtor.agent,
            creditor_agent=creditor.agent,
            channel=channel,
            note=note,
            serial=serial,
            serial_bank=(own.agent or self.origin.file) if serial else "",
            precision_seconds=instant.precision_seconds,
            reversal=signed or marked,
            identifiers=Identifiers(end_to_end_id=end_to_end) if end_to_end else None,
            sightings=(Sighting(file=self.origin.file, row=row, side=side),),
        )
        entry = Entry(
            payment, side, Account(own.account, currency), other.known, row, self.origin.index,
            self._balance(cells, currency), delta, 0, signed, marked,
        )  # fmt: skip
        return self._with_fee(cells, entry, instant, own) if "fee" in self.columns else [entry]

    def _own(self, cells: Sequence[str]) -> _Party:
        number = self.account(cells, "account") or self.own.account
        if not number:
            raise refuse("account", "account_missing")
        return _Party(
            number,
            self.phrase(cells, "own_name") or self.own.name,
            self.phrase(cells, "own_agent") or self.own.agent,
        )

    def _delta(self, cells: Sequence[str], currency: str, said: str) -> tuple[int, bool]:
        """What the row did to the account, and whether a minus turned its direction round."""
        text = self.text(cells, "amount")
        if not text:
            return self._two_columns(cells, currency)
        minor = self.money(text, "amount", currency)
        if minor == 0:
            raise refuse("amount", "amount_zero", text)
        if "direction" not in self.columns:
            return minor, False
        sign = self._sign(cells, said)
        return sign * minor, minor < 0

    def _two_columns(self, cells: Sequence[str], currency: str) -> tuple[int, bool]:
        out, into = self.text(cells, "debit"), self.text(cells, "credit")
        paid = self.money(out, "debit", currency) if out else 0
        got = self.money(into, "credit", currency) if into else 0
        if paid and got:
            raise refuse("debit", "both_sides", out)
        if not paid and not got:
            field = next(f for f in ("amount", "debit", "credit") if f in self.columns)
            raise refuse(field, "amount_zero" if out or into else "amount_missing", out or into)
        return got - paid, paid < 0 or got < 0

    def _sign(self, cells: Sequence[str], said: str) -> int:
        direction = cells[self.columns["direction"][0]].strip()
        word = plain(direction)
        if word in words()["debit"] or direction == "-":
            return -1
        if word in words()["credit"] or direction == "+":
            return 1
        folded = unicodedata.normalize("NFKC", said[:200]).casefold()
        if finder("reversal").search(folded):
            return 1
        if finder("out_words").search(folded):
            return -1
        if finder("in_words").search(folded):
            return 1
        if "status" in self.columns and self.moved_nothing(cells):
            return -1  # an order that was closed; it counts only if its refund says it was paid
        raise refuse("direction", "direction_unknown", direction)

    def _other(
        self, cells: Sequence[str], own: _Party, marks: tuple[bool, bool, bool], row: int
    ) -> _Party:
        """The counterparty; one without a number is an account of its own that nothing joins."""
        number = self.account(cells, "counterparty_account")
        if not number.strip("0"):
            number = ""  # how some banks write that there is none
        name = self.phrase(cells, "counterparty_name")
        agent = self.phrase(cells, "counterparty_agent")
        cash, fee, _ = marks
        if number and plain(number) in words()["cash"]:
            return _Party(CASH, name, agent)
        if number and number != own.account and not _is_name(number) and "*" not in number:
            return _Party(number, name, agent)
        if not number and cash:
            return _Party(CASH, name, agent, False)
        if not number and fee:
            return _Party(f"{FEE}:{own.agent or self.origin.file}", name, own.agent, False)
        outside = f"?{own.account}@{self.origin.file}:{row}"
        if "*" in number:
            outside += f":{number}"
        elif _is_name(number):
            name = name or number
        return _Party(outside, name, agent, False)

    def _balance(self, cells: Sequence[str], currency: str) -> int | None:
        text = self.text(cells, "balance")
        return self.money(text, "balance", currency) if text else None

    def _refunded(self, cells: Sequence[str]) -> bool:
        """Whether the status says so; of an outgoing row it tells of another row, the refund."""
        status = self.text(cells, "status")
        return bool(status) and self.marks(status)[2]

    def _with_fee(
        self, cells: Sequence[str], entry: Entry, instant: Instant, own: _Party
    ) -> list[Entry]:
        text = self.text(cells, "fee")
        entry.fee = abs(self.money(text, "fee", entry.payment.currency)) if text else 0
        if not entry.fee:
            return [entry]
        fee = Payment(
            booked_at=instant.at,
            debtor_account=own.account,
            creditor_account=f"{FEE}:{own.agent or self.origin.file}",
            amount=entry.fee,
            currency=entry.payment.currency,
            debtor_name=own.name,
            debtor_agent=own.agent,
            creditor_agent=own.agent,
            channel="fee",
            serial=entry.payment.serial,
            serial_bank=entry.payment.serial_bank,
            precision_seconds=instant.precision_seconds,
            sightings=(Sighting(file=self.origin.file, row=entry.row, side="debit"),),
        )
        return [entry, Entry(fee, "debit", entry.own, False, entry.row, entry.file)]


def _is_name(number: str) -> bool:
    """Whether an account cell holds a name: no digit, and Chinese or of several words."""
    return not any(c.isdigit() for c in number) and (not number.isascii() or " " in number)
