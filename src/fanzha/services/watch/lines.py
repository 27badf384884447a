"""Payments as lines: one JSON object or CSV row each, and messages of ISO 20022."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from orjson import loads

from fanzha.errors import FanzhaError, UnreadableInput
from fanzha.exchange.pacs008 import read_pacs008
from fanzha.intake.statement.cells import MAX_ACCOUNT, REMEMBERED, amount
from fanzha.intake.statement.header import Layout, match
from fanzha.intake.statement.mapping import shapes
from fanzha.intake.statement.rows import Origin, RowReader, refuse
from fanzha.intake.statement.two_sided import TwoSided
from fanzha.model.payment import Payment
from fanzha.services.sources import STDIN

MAX_LINE_BYTES = 64 * 1024  # a payment has a few hundred; a pacs.008 message on a line more
MAX_LAYOUTS = 64  # different sets of keys that are remembered
EXACT_BELOW = 1e13  # a JSON number below keeps two decimals in the float it is read into
SLOW = ("fee", "status", "credited_amount", "credited_currency")  # read as a statement's rows are
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1970, 2100  # between them the short way needs no second look
_FIVE = ("booked_at", "debtor_account", "creditor_account", "amount", "currency")
OWN_ROW = "row"  # the number that a sender gives a line
_NOT_PLAIN = (LookupError, ValueError, TypeError, AttributeError, FanzhaError)
_INSTANTS = 4_096
_UTC = ZoneInfo("UTC")
_TWO_SIDED = tuple(shape for shape in shapes() if shape.sides == "two")


class Details(NamedTuple):
    """What else a payment says that matters for where it goes."""

    channel: str = ""
    debtor_agent: str = ""
    creditor_agent: str = ""


class Paid(NamedTuple):
    """A payment as the watch takes it: `at` in µs since 1970 (UTC), `amount` in minor units."""

    at: int
    debtor: str
    creditor: str
    amount: int
    currency: str
    source: Any = None  # what `details` reads from: only payments that carry are asked

    def details(self) -> Details:
        """Channel and banks."""
        if isinstance(self.source, Payment):
            p = self.source
            return Details(p.channel, p.debtor_agent, p.creditor_agent)
        if self.source is None:
            return Details()
        if isinstance(self.source, Details):
            return self.source
        table, said = self.source
        cells = (
            said
            if isinstance(said, list)
            else [value if type(value) is str else _text(value) for value in said.values()]
        )
        return Details(*(table.reader.phrase(cells, field) for field in Details._fields))


class Lines:
    """Reads lines: what starts with `{` is JSON, with `<` a message; the rest is CSV.

    The names of fields are those of two-sided payments files, in English or Chinese; in CSV the
    first line gives them. Instants without an offset are in `tz`.
    """

    def __init__(self, tz: ZoneInfo | None = None, file: str = STDIN) -> None:
        self.tz = tz
        self.file = file
        self.own_row = 0  # that the line just read gives itself, or 0
        self._tables: dict[tuple[str, ...], _Table] = {}
        self._csv: _Table | None = None

    def header(self, line: bytes) -> bool:
        """Whether this line is no payment but names the columns of those that follow."""
        if line.lstrip()[:1] in (b"{", b"<", b""):
            return False
        cells = _cells(line)
        layout = match(cells, _TWO_SIDED)
        if layout is not None:
            self._csv = _Table(layout, self)
        return layout is not None

    def quick(self, line: bytes) -> tuple[int, str, str, int, str, Any] | None:
        """The fields of `Paid` for a plain line of a known kind; None sends it to `read`."""
        try:
            if line[:1] == b"{":
                said = loads(line)
                table: Any = self._tables[tuple(said)]
                when, payer, payee, much, unit = table.keys
            else:
                table = self._csv
                said = line.decode().rstrip().split(",")
                when, payer, payee, much, unit = table.spots
                if b'"' in line or len(said) < table.width:
                    return None
            code = table.codes[said[unit]]
            debtor, creditor = said[payer], said[payee]
            if not (_plain(debtor) and _plain(creditor)):
                debtor, creditor = table.numbers[debtor], table.numbers[creditor]
            at = table.instants.get(said[when])
            if at is None:
                at = table.instant(said[when])
            minor = amount(said[much], code)
        except _NOT_PLAIN:
            return None
        return (at, debtor, creditor, minor, code, (table, said)) if minor > 0 else None

    def read(self, row: int, line: bytes) -> list[Paid]:
        """The payments of a line: one, or more where it names a fee or is a whole message.

        Raises `UnreadableInput` whose `values` name the field at fault.
        """
        if len(line) > MAX_LINE_BYTES:
            raise UnreadableInput("line_too_long", limit=MAX_LINE_BYTES)
        self.own_row = 0
        if line[:1] == b"{":
            table, cells = self._object(line)
            return table.read(row, cells)
        if line.lstrip().startswith(b"<"):
            return message(f"{self.file}:{row}", line, self.tz)
        if self._csv is None:
            if line.lstrip()[:1] == b"{":
                return self.read(row, line.lstrip())
            raise UnreadableInput("line_unreadable", value=shown(line))
        return self._csv.read(row, _cells(line))

    def _object(self, line: bytes) -> tuple[_Table, list[str]]:
        try:
            said = loads(line)
        except ValueError as garbled:
            raise UnreadableInput("line_unreadable", value=shown(line)) from garbled
        if OWN_ROW in said:
            own = said[OWN_ROW]
            self.own_row = own if type(own) is int and own > 0 else 0
        cells = [value if type(value) is str else _text(value) for value in said.values()]
        return self._table(tuple(said)), cells

    def _table(self, keys: tuple[str, ...]) -> _Table:
        table = self._tables.get(keys)
        if table is None:
            layout = match(keys, _TWO_SIDED)
            if layout is None:
                raise UnreadableInput("line_fields_missing", value=", ".join(keys)[:80])
            if len(self._tables) >= MAX_LAYOUTS:
                self._tables.clear()
            table = self._tables[keys] = _Table(layout, self)
        return table


class _Table:
    """Rows of one layout, read by the rules of statements, with what repeats remembered.

    `spots` are the columns of the five fields, `keys` their names in JSON: None where a row of
    this layout cannot be read the quick way.
    """

    def __init__(self, layout: Layout, lines: Lines) -> None:
        origin = Origin(lines.file, 0)
        currency = layout.unit or layout.shape.currency
        self.width = len(layout.header)
        self.whole = TwoSided(layout, origin, lines.tz, currency)
        self.reader = RowReader(layout, origin, lines.tz, currency)
        self.slow = any(field in layout.columns for field in SLOW)
        self.spots = None if self.slow else _spots(layout)
        self.keys: Any = None
        if self.spots is not None and OWN_ROW not in layout.header:
            self.keys = tuple(layout.header[spot] for spot in self.spots)
        self.instants: dict[str, int] = {}
        self.codes: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self._file = lines.file

    def read(self, row: int, cells: list[str]) -> list[Paid]:
        """The payments of one row."""
        missing = self.width - len(cells)
        if missing > 0:
            cells = cells + [""] * missing
        if self.slow:
            if self.whole.moved_nothing(cells):
                return []
            return [paid_of(entry.payment) for entry in self.whole.read(row, cells)]
        return [self._by_field(row, cells)]

    def instant(self, text: str) -> int:
        """An instant in ISO 8601 with its offset; `ValueError` sends others the long way."""
        when = datetime.fromisoformat(text)
        if when.tzinfo is None or not FIRST_YEAR < when.year < LAST_YEAR or len(text) < 19:
            raise ValueError(text)
        if len(self.instants) >= _INSTANTS:
            self.instants.clear()
        at = self.instants[text] = micros(when)
        return at

    def _by_field(self, row: int, cells: list[str]) -> Paid:
        """The same the long way, with a refusal that names the field."""
        reader = self.reader
        at = micros(reader.instant(cells).at)
        currency = reader.currency_of(cells)
        text = reader.text(cells, "amount")
        if not text:
            raise refuse("amount", "amount_missing")
        minor = reader.money(text, "amount", currency)
        if not minor:
            raise refuse("amount", "amount_zero", text)
        debtor = self._party(cells, "debtor_account", row)
        creditor = self._party(cells, "creditor_account", row)
        self._remember(cells, currency, debtor, creditor)
        if minor < 0:
            debtor, creditor, minor = creditor, debtor, -minor
        return Paid(at, debtor, creditor, minor, currency, (self, cells))

    def _remember(self, cells: list[str], currency: str, debtor: str, creditor: str) -> None:
        if self.spots is None:
            return
        _, payer, payee, _, unit = self.spots
        if len(self.numbers) > REMEMBERED:
            self.numbers.clear()
        for spot, number in ((payer, debtor), (payee, creditor)):
            if not number.startswith("?"):  # a masked number is another account in every row
                self.numbers[cells[spot]] = number
        if len(self.codes) < MAX_LAYOUTS:
            self.codes[cells[unit]] = currency

    def _party(self, cells: Sequence[str], field: str, row: int) -> str:
        number = self.reader.account(cells, field)
        if not number:
            raise refuse(field, "account_missing")
        return f"?{number}@{self._file}:{row}" if "*" in number else number


def _spots(layout: Layout) -> tuple[int, int, int, int, int] | None:
    """Where the five fields stand, if each has a column and nothing else says when or in what."""
    columns = [layout.columns.get(field, ()) for field in _FIVE]
    joined = any(field in layout.joins for field in _FIVE)
    if joined or any(len(spots) != 1 for spots in columns):
        return None
    if {"date", "time", "zone"} & layout.columns.keys() or layout.shape.steps is not None:
        return None
    when, payer, payee, sum_, unit = (spots[0] for spots in columns)
    return when, payer, payee, sum_, unit


def _plain(number: str) -> bool:
    """Whether an account number is already in the form in which it is compared.

    Letters and digits of ASCII are; shorter ones may be a word for nothing, such as `null`.
    """
    return 4 < len(number) <= MAX_ACCOUNT and number.isascii() and number.isalnum()


def message(name: str, content: bytes, tz: ZoneInfo | None) -> list[Paid]:
    """The payments of an ISO 20022 message; the first one refused refuses the message."""
    payments, refusals = read_pacs008(name, content, tz or _UTC)
    if refusals:
        bad = refusals[0]
        raise UnreadableInput(bad.code, field=bad.field, value=bad.value, **bad.values)
    return [paid_of(payment) for payment in payments]


def paid_of(p: Payment) -> Paid:
    """A payment that was read whole, as the watch takes it."""
    at = micros(p.booked_at)
    return Paid(at, p.debtor_account, p.creditor_account, p.amount, p.currency, p)


def micros(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def at_of(micros: int) -> datetime:
    """The instant so many microseconds after 1970 (UTC)."""
    return _EPOCH + timedelta(microseconds=micros)


def shown(line: bytes) -> str:
    """The beginning of a line, to find it again by."""
    return line[:80].decode("utf-8", "replace").strip()


def _cells(line: bytes) -> list[str]:
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as garbled:
        raise UnreadableInput("line_unreadable", value=shown(line)) from garbled
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as garbled:
        raise UnreadableInput("line_unreadable", value=shown(line)) from garbled


def _text(value: object) -> str:
    """A JSON value as a cell; a number too large for a float to hold exactly says so."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value) if abs(value) < EXACT_BELOW else f"≈{value!r}"
    return str(value) if isinstance(value, int | bool) else orjson.dumps(value).decode()
