"""The small tables of a case: thefts, opening balances, terminals, institutions, carriers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.decode import open_tables
from fanzha.intake.statement.header import MAX_PREAMBLE, Layout
from fanzha.intake.statement.mapping import Shape, plain
from fanzha.intake.statement.rows import Origin, RowReader, refuse
from fanzha.intake.statement.source import SourceFile
from fanzha.intake.statement.table import BadRow, Cells, Row
from fanzha.model.payment import Account, Carrier, Refusal, Sighting, Theft

TERMINAL_KINDS = ("cash", "merchant", "offramp", "abroad")
MAX_TABLE_ROWS = 200_000
MAX_OPENING = 1 << 62  # minor units: sums are exact integers of 64 bits
_SHOWN = 80

T = TypeVar("T")
Refusals = tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """What an analyst enters about one account's institution and payment, each from 0 to 1.

    `acts_in_time` is how likely the institution is to act before the money is gone; `good_faith`
    is the evidence that the receiver of *this payment* gave something for it. Neither says
    anything about a person. None means: not entered.
    """

    acts_in_time: Decimal | None
    good_faith: Decimal | None
    name: str = ""


def read_thefts(source: SourceFile, tz: ZoneInfo | None) -> tuple[tuple[Theft, ...], Refusals]:
    """The thefts of a case, one a row; the same victim may stand in several with distinct ids.

    Do not take a theft for a payment: whether such a payment exists is for the trace to find.
    Columns `theft_id, debtor_account, creditor_account, amount, currency, booked_at` and,
    optionally, `refunded`; instants without an offset are read in `tz`, else as UTC.

    >>> text = b"theft_id,debtor_account,creditor_account,amount,currency,booked_at\\n" \\
    ...        b"V1,V1,A1,300000.00,CNY,2024-05-14T14:02:10+08:00\\n"
    >>> read_thefts(SourceFile(name="thefts.csv", content=text), None)[0][0].amount
    30000000
    """
    fields = ("theft_id", "debtor_account", "creditor_account", "amount", "currency", "booked_at")
    known: set[str] = set()

    def take(table: RowReader, row: int, cells: Sequence[str]) -> Theft:
        name = _word(table, cells, "theft_id")
        currency = table.currency_of(cells)
        theft = Theft(
            theft_id=name,
            debtor_account=_account(table, cells, "debtor_account"),
            creditor_account=_account(table, cells, "creditor_account"),
            amount=_positive(table, cells, "amount", currency),
            currency=currency,
            booked_at=table.instant(cells).at,
            refunded=_refunded(table, cells, currency),
            sighting=Sighting(file=source.name, row=row),
        )
        _once(known, name, "theft_id")
        return theft

    taken, refusals = _read(source, fields, ("refunded",), take, tz)
    return tuple(taken), refusals


def read_openings(source: SourceFile) -> tuple[dict[Account, int], Refusals]:
    """What lay in each account before the first payment, in minor units, as a bank or person says.

    Columns `account, opening_balance, currency`.
    """

    def take(table: RowReader, _row: int, cells: Sequence[str]) -> tuple[Account, int]:
        account = Account(_account(table, cells, "account"), table.currency_of(cells))
        text = _word(table, cells, "opening_balance")
        _once(known, account, "account", account.number)
        minor = table.money(text, "opening_balance", account.currency)
        if abs(minor) > MAX_OPENING:
            raise refuse("opening_balance", "opening_too_large", text)
        return account, minor

    known: set[Account] = set()
    taken, refusals = _read(source, ("account", "opening_balance", "currency"), (), take)
    return dict(taken), refusals


def read_terminals(source: SourceFile) -> tuple[dict[str, str], Refusals]:
    """Accounts where tracing ends, by kind: cash, merchant, offramp or abroad.

    Columns `account, kind`.
    """

    def take(table: RowReader, _row: int, cells: Sequence[str]) -> tuple[str, str]:
        number = _account(table, cells, "account")
        kind = _word(table, cells, "kind").casefold()
        if kind not in TERMINAL_KINDS:
            raise refuse("kind", "terminal_kind_unknown", kind, known=", ".join(TERMINAL_KINDS))
        _once(known, number, "account")
        return number, kind

    known: set[str] = set()
    taken, refusals = _read(source, ("account", "kind"), (), take)
    return dict(taken), refusals


def read_institutions(source: SourceFile) -> tuple[dict[str, Institution], Refusals]:
    """What an analyst entered for each account to be held; empty cells are not entered.

    Columns `account, acts_in_time, good_faith` and, optionally, `institution`.
    """

    def take(table: RowReader, _row: int, cells: Sequence[str]) -> tuple[str, Institution]:
        number = _account(table, cells, "account")
        entered = Institution(
            acts_in_time=_share(table, cells, "acts_in_time"),
            good_faith=_share(table, cells, "good_faith"),
            name=table.phrase(cells, "institution"),
        )
        _once(known, number, "account")
        return number, entered

    known: set[str] = set()
    taken, refusals = _read(
        source, ("account", "acts_in_time", "good_faith"), ("institution",), take
    )
    return dict(taken), refusals


def read_carriers(source: SourceFile, tz: ZoneInfo | None) -> tuple[tuple[Carrier, ...], Refusals]:
    """What was handed over against money of an account: crypto-assets against fiat, say.

    Columns `booked_at, account, amount, currency, carrier, carrier_amount, carrier_currency`.
    """
    fields = (
        "booked_at", "account", "amount", "currency", "carrier", "carrier_amount",
        "carrier_currency",
    )  # fmt: skip

    def take(table: RowReader, _row: int, cells: Sequence[str]) -> Carrier:
        currency = table.currency_of(cells)
        carrier_currency = table.currency_of(cells, "carrier_currency")
        return Carrier(
            booked_at=table.instant(cells).at,
            account=_account(table, cells, "account"),
            amount=_positive(table, cells, "amount", currency),
            currency=currency,
            carrier=_account(table, cells, "carrier"),
            carrier_amount=_positive(table, cells, "carrier_amount", carrier_currency),
            carrier_currency=carrier_currency,
        )

    taken, refusals = _read(source, fields, (), take, tz)
    return tuple(taken), refusals


def _read(
    source: SourceFile,
    fields: Sequence[str],
    optional: Sequence[str],
    take: Callable[[RowReader, int, Sequence[str]], T],
    tz: ZoneInfo | None = None,
) -> tuple[list[T], Refusals]:
    """Every row that can be taken, and every refused one."""
    taken: list[T] = []
    refusals: list[Refusal] = []
    try:
        above, layout, rows = _open(source.content, fields, optional)
        table = RowReader(layout, Origin(source.name, 0), tz, "")
        for row, cells in enumerate(islice(rows, MAX_TABLE_ROWS), above + 1):
            try:
                if isinstance(cells, BadRow) or any(cells):
                    taken.append(take(table, row, _whole(cells, layout)))
            except UnreadableInput as bad:
                refusals.append(_refusal(source.name, row, bad, layout))
        if next(iter(rows), None) is not None:
            raise UnreadableInput("file_too_long", limit=MAX_TABLE_ROWS)
    except UnreadableInput as bad:
        refusals.append(_refusal(source.name, 0, bad, None))
    return taken, tuple(refusals)


def _open(
    content: bytes, fields: Sequence[str], optional: Sequence[str]
) -> tuple[int, Layout, Iterable[Row]]:
    """How many rows the header ends, where the fields stand, and the rows below."""
    for table in open_tables(content):
        for at, row in enumerate(islice(table.rows, MAX_PREAMBLE), 1):
            if not isinstance(row, list):
                continue
            spots = {plain(cell): spot for spot, cell in reversed(list(enumerate(row)))}
            if all(plain(field) in spots for field in fields):
                return at, _layout(row, spots, (*fields, *optional)), table.rows
    raise UnreadableInput("table_header_unknown", fields=",".join(fields))


def _layout(row: Sequence[str], spots: dict[str, int], fields: Sequence[str]) -> Layout:
    columns = {field: (spots[plain(field)],) for field in fields if plain(field) in spots}
    names = {field: row[spot[0]].strip() for field, spot in columns.items()}
    shape = Shape(name="table", sides="two", fields={}, requires=())
    return Layout(shape, columns, {}, names, tuple(row))


def _whole(cells: Row, layout: Layout) -> Sequence[str]:
    if isinstance(cells, BadRow):
        raise refuse("", cells.code, cells.value)
    missing = len(layout.header) - len(cells)
    if missing > 0 and type(cells) is Cells:
        raise refuse("", "row_cut", ",".join(cells))
    return [*cells, *[""] * missing] if missing > 0 else cells


def _refusal(file: str, row: int, bad: UnreadableInput, layout: Layout | None) -> Refusal:
    values = dict(bad.values)
    field, value = str(values.pop("field", "")), str(values.pop("value", ""))
    names = layout.names if layout is not None else {}
    shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    return Refusal(
        file=file, row=row, field=names.get(field, field), value=shown, code=bad.code, values=values
    )


def _word(table: RowReader, cells: Sequence[str], field: str) -> str:
    text = table.phrase(cells, field)
    if not text:
        raise refuse(field, "cell_missing")
    return text


def _account(table: RowReader, cells: Sequence[str], field: str) -> str:
    number = table.account(cells, field)
    if not number:
        raise refuse(field, "account_missing")
    return number


def _positive(table: RowReader, cells: Sequence[str], field: str, currency: str) -> int:
    text = table.text(cells, field)
    if not text:
        raise refuse(field, "amount_missing")
    minor = table.money(text, field, currency)
    if minor <= 0:
        raise refuse(field, "amount_not_positive", text)
    return minor


def _refunded(table: RowReader, cells: Sequence[str], currency: str) -> int:
    text = table.text(cells, "refunded")
    minor = table.money(text, "refunded", currency) if text else 0
    if minor < 0:
        raise refuse("refunded", "amount_not_positive", text)
    return minor


def _share(table: RowReader, cells: Sequence[str], field: str) -> Decimal | None:
    text = table.text(cells, field)
    if not text:
        return None
    try:
        share = Decimal(text) if len(text) <= 20 else Decimal("NaN")
    except InvalidOperation as garbled:
        raise refuse(field, "share_unreadable", text) from garbled
    if not share.is_finite() or not 0 <= share <= 1:
        raise refuse(field, "share_unreadable", text)
    return share


def _once(known: set[T], key: T, field: str, shown: str = "") -> None:
    if key in known:
        raise refuse(field, "given_twice", shown or str(key))
    known.add(key)
