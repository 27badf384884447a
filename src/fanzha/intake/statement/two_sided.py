"""Rows that name both accounts: payments ledgers and exports of payment systems."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fanzha.intake.statement.header import Layout
from fanzha.intake.statement.rows import FEE, Entry, Origin, RowReader, refuse
from fanzha.model.payment import Identifiers, Payment, Sighting

_NONE = ("", "")


class TwoSided(RowReader):
    """Reads payments; debtor and creditor both stand in the row."""

    def __init__(self, layout: Layout, origin: Origin, tz: ZoneInfo | None, currency: str) -> None:
        super().__init__(layout, origin, tz, currency)
        parties = ("debtor_name", "creditor_name", "debtor_agent", "creditor_agent")
        self._named = any(field in layout.columns for field in parties)

    def read(self, row: int, cells: Sequence[str]) -> list[Entry]:
        """The row's payment, and its fee as one of its own.

        Raises `UnreadableInput` whose `values["field"]` names the field at fault.
        """
        instant = self.instant(cells)
        currency = self.currency_of(cells)
        minor = self._amount(cells, currency)
        debtor = self._party(cells, "debtor_account", row)
        creditor = self._party(cells, "creditor_account", row)
        names, agents = self._people(cells) if self._named else (_NONE, _NONE)
        if minor < 0:
            debtor, creditor, names, agents = creditor, debtor, names[::-1], agents[::-1]
        note, channel = self.note(cells), self.phrase(cells, "channel")
        serial = self.serial(cells)
        end_to_end = self.phrase(cells, "end_to_end_id")
        payment = Payment(
            booked_at=instant.at,
            debtor_account=debtor,
            creditor_account=creditor,
            amount=abs(minor),
            currency=currency,
            debtor_name=names[0],
            creditor_name=names[1],
            debtor_agent=agents[0],
            creditor_agent=agents[1],
            channel=channel,
            note=note,
            serial=serial,
            serial_bank=(agents[0] or self.origin.file) if serial else "",
            precision_seconds=instant.precision_seconds,
            reversal=minor < 0 or bool((note or channel) and self.marks(f"{note} {channel}")[2]),
            identifiers=Identifiers(end_to_end_id=end_to_end) if end_to_end else None,
            sightings=(Sighting(file=self.origin.file, row=row),),
        )
        entry = Entry(payment, "both", None, True, row, self.origin.index)
        return [entry, *self._fee(cells, entry)] if "fee" in self.columns else [entry]

    def _people(self, cells: Sequence[str]) -> tuple[tuple[str, str], tuple[str, str]]:
        """Names and agents, debtor's and creditor's."""
        return (
            (self.phrase(cells, "debtor_name"), self.phrase(cells, "creditor_name")),
            (self.phrase(cells, "debtor_agent"), self.phrase(cells, "creditor_agent")),
        )

    def _amount(self, cells: Sequence[str], currency: str) -> int:
        text = self.text(cells, "amount")
        if not text:
            raise refuse("amount", "amount_missing")
        minor = self.money(text, "amount", currency)
        if minor == 0:
            raise refuse("amount", "amount_zero", text)
        if "credited_amount" in self.columns or "credited_currency" in self.columns:
            self._same_on_arrival(cells, minor, currency)
        return minor

    def _same_on_arrival(self, cells: Sequence[str], minor: int, currency: str) -> None:
        """What arrived must be what left: another currency needs a record of the conversion."""
        arrived = self.text(cells, "credited_currency")
        if arrived and self.currency_of(cells, "credited_currency") != currency:
            raise refuse("credited_currency", "two_currencies", arrived, currency=currency)
        text = self.text(cells, "credited_amount")
        if text and self.money(text, "credited_amount", currency) != minor:
            raise refuse("credited_amount", "two_amounts", text)

    def _party(self, cells: Sequence[str], field: str, row: int) -> str:
        number = self.account(cells, field)
        if not number:
            raise refuse(field, "account_missing")
        return f"?{number}@{self.origin.file}:{row}" if "*" in number else number

    def _fee(self, cells: Sequence[str], entry: Entry) -> list[Entry]:
        text = self.text(cells, "fee")
        paid = entry.payment
        minor = abs(self.money(text, "fee", paid.currency)) if text else 0
        if not minor:
            return []
        fee = Payment(
            booked_at=paid.booked_at,
            debtor_account=paid.debtor_account,
            creditor_account=f"{FEE}:{paid.debtor_agent or self.origin.file}",
            amount=minor,
            currency=paid.currency,
            debtor_name=paid.debtor_name,
            debtor_agent=paid.debtor_agent,
            creditor_agent=paid.debtor_agent,
            channel="fee",
            serial=paid.serial,
            serial_bank=paid.serial_bank,
            precision_seconds=paid.precision_seconds,
            sightings=paid.sightings,
        )
        return [Entry(fee, "both", None, True, entry.row, entry.file)]
