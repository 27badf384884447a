"""From a row of cells to a payment: what both kinds of statement share."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fanzha.errors import FanzhaError, UnreadableInput
from fanzha.intake.statement.cells import (
    REMEMBERED,
    account,
    amount,
    currency_reader,
    instant_reader,
    offset,
    phrase,
    unwrap,
)
from fanzha.intake.statement.header import Layout
from fanzha.intake.statement.mapping import finder, plain, words
from fanzha.model.instant import Instant
from fanzha.model.payment import Account, Payment

FEE = "FEE"
CASH = "CASH"


@dataclass(slots=True)
class Entry:
    """One payment as one row shows it.

    `own` is the account whose statement the row stands in, None in a two-sided file. `known` says
    that the counterparty has a number: only then may another bank's row be the same payment.
    `balance` is what the row says lay in `own` afterwards; `delta` what the row did to it, signed.
    """

    payment: Payment
    side: str
    own: Account | None
    known: bool
    row: int
    file: int
    balance: int | None = None
    delta: int = 0
    fee: int = 0
    signed: bool = False  # the row's amount had a minus beside a word for its direction
    marked: bool = False  # the row's own words speak of money going back


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: the file's name and its place among the files given."""

    file: str
    index: int


def refuse(field: str, code: str, value: str = "", **values: object) -> UnreadableInput:
    """A refusal of one cell; `field` becomes the file's own header when it is reported."""
    return UnreadableInput(code, field=field, value=value, **values)


class RowReader:
    """Reads cells by field; caches what repeats. One reader serves one table."""

    def __init__(self, layout: Layout, origin: Origin, tz: ZoneInfo | None, currency: str) -> None:
        self.layout = layout
        self.origin = origin
        self.columns = layout.columns
        self.currency = currency
        self.zone_assumed = 0
        self._tz = tz
        self._numbers: dict[str, str] = {}
        self._currency = currency_reader(layout.shape)
        self._instant = instant_reader(layout.shape, tz)
        self._single = {
            field: spots[0]
            for field, spots in layout.columns.items()
            if len(spots) == 1 and field not in layout.joins
        }
        self._zones: dict[str, object] = {}
        self._marks: dict[str, tuple[bool, bool, bool]] = {}
        self._nothing = words()["nothing"]

    def text(self, cells: Sequence[str], field: str) -> str:
        """The field's first cell that says something."""
        spot = self._single.get(field)
        if spot is None:
            return self._search(cells, field) if field in self.columns else ""
        text = cells[spot].strip()
        if len(text) > 4 or not text or plain(text) not in self._nothing:
            return text
        return ""

    def _search(self, cells: Sequence[str], field: str) -> str:
        spots = self.columns[field]
        if field in self.layout.joins:
            parts = [cells[spot].strip() for spot in spots]
            return self.layout.joins[field].join(parts) if all(parts) else ""
        for spot in spots:
            text = cells[spot].strip()
            if text and (len(text) > 4 or plain(text) not in self._nothing):
                return text
        return ""

    def phrase(self, cells: Sequence[str], field: str) -> str:
        """The field as a phrase on one line."""
        spot = self._single.get(field)
        if (spot is None and field not in self.columns) or (spot is not None and not cells[spot]):
            return ""
        text = self.text(cells, field)
        return phrase(text) if text else ""

    def note(self, cells: Sequence[str]) -> str:
        """All columns that hold notes, each text once."""
        spots = self.columns.get("note", ())
        if len(spots) == 1:
            return phrase(cells[spots[0]])
        return " ".join(dict.fromkeys(t for spot in spots if (t := phrase(cells[spot]))))

    def account(self, cells: Sequence[str], field: str) -> str:
        """The account number in this field, "" where the cell says nothing."""
        spot = self._single.get(field)
        cell = cells[spot] if spot is not None else self.text(cells, field)
        number = self._numbers.get(cell)
        if number is not None:
            return number
        text = self.text(cells, field)
        try:
            number = account(text) if text else ""
        except UnreadableInput as bad:
            raise refuse(field, bad.code, text) from bad
        if len(self._numbers) < REMEMBERED:
            self._numbers[cell] = number
        return number

    def currency_of(self, cells: Sequence[str], field: str = "currency") -> str:
        """The row's currency, else the table's; refused when neither says."""
        text = self.text(cells, field)
        if not text:
            if self.currency:
                return self.currency
            raise refuse(field, "currency_missing")
        try:
            return self._currency(text)
        except UnreadableInput as bad:
            raise refuse(field, bad.code, text) from bad

    def money(self, text: str, field: str, currency: str) -> int:
        """Signed minor units of a cell that holds something."""
        try:
            return amount(text, currency)
        except UnreadableInput as bad:
            raise refuse(field, bad.code, text, **_more(bad)) from bad

    def instant(self, cells: Sequence[str]) -> Instant:
        """When the row was booked; date and time may stand in two columns."""
        text = self.text(cells, "booked_at")
        if "date" in self.columns and len(text) <= 8:
            text = _joined(self.text(cells, "date"), text or self.text(cells, "time"))
        field = "booked_at" if "booked_at" in self.columns else "date"
        if not text:
            raise refuse(field, "time_missing")
        try:
            instant = self._zoned(text, cells) if "zone" in self.columns else self._instant(text)
        except FanzhaError as bad:
            raise refuse(field, bad.code, text, **_more(bad)) from bad
        self.zone_assumed += instant.assumed
        return instant

    def _zoned(self, text: str, cells: Sequence[str]) -> Instant:
        said = self.text(cells, "zone")
        if not said:
            return self._instant(text)
        if said not in self._zones:
            found = offset(said)
            reader = (
                instant_reader(self.layout.shape, found) if isinstance(found, ZoneInfo) else None
            )
            if len(self._zones) > 500:
                self._zones.clear()
            self._zones[said] = reader or found
        how = self._zones[said]
        if isinstance(how, str):
            return self._instant(unwrap(text) + how)
        return how(text)._replace(assumed=False) if callable(how) else self._instant(text)

    def serial(self, cells: Sequence[str]) -> str:
        """The bank's running number; one that a spreadsheet rounded is none."""
        text = self.text(cells, "serial")
        if not text:
            return ""
        clean = unwrap(text)[:128]
        return "" if "E+" in clean.upper() else clean

    def marks(self, text: str) -> tuple[bool, bool, bool]:
        """Whether a text speaks of cash, of a fee, of money going back."""
        found = self._marks.get(text)
        if found is None:
            folded = unicodedata.normalize("NFKC", text[:200]).casefold()
            found = (
                bool(finder("cash").search(folded)),
                bool(finder("fee").search(folded)),
                bool(finder("reversal").search(folded)),
            )
            if len(self._marks) < 50_000:
                self._marks[text] = found
        return found

    def moved_nothing(self, cells: Sequence[str]) -> bool:
        """Whether the row's status says that no money moved; refused where that is still open."""
        if "status" not in self.columns:
            return False
        status = plain(self.text(cells, "status"))
        if status in words()["pending"]:
            raise refuse("status", "status_pending", self.text(cells, "status"))
        return status in words()["void"]


def _more(bad: FanzhaError) -> dict[str, object]:
    return {key: value for key, value in bad.values.items() if key not in ("value", "field")}


def _joined(day: str, clock: str) -> str:
    """One text of a date cell and a time cell; a bare number of unclear digits stays unreadable."""
    day = unwrap(day).partition(" ")[0].partition("T")[0]
    clock = unwrap(clock)
    if not day or not clock:
        return day
    if clock.isdecimal():
        clock = clock.zfill(6) if len(clock) in (5, 6) else f"({clock})"
    return f"{day} {clock}"
