"""Finding the header: which row it is, which shape it has, which column holds which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.mapping import Column, Shape, bracketed, currency_words, plain
from fanzha.intake.statement.table import Row

MAX_PREAMBLE = 100  # rows above the header; the longest known (Alipay) has 25
# Two columns of the same header for one of these would be a guess about money.
_WEIGHTY = frozenset(
    ("booked_at", "date", "amount", "debit", "credit", "direction", "balance", "currency",
     "account", "counterparty_account", "debtor_account", "creditor_account", "fee")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of one table stand.

    `columns[field]` are column positions, best first; with a glue in `joins` they are all joined.
    `names[field]` is the file's own header. `unit` is a currency named in a header's bracket.
    """

    shape: Shape
    columns: Mapping[str, tuple[int, ...]]
    joins: Mapping[str, str]
    names: Mapping[str, str]
    header: tuple[str, ...]
    unit: str = ""


def find(rows: Iterable[Row], shapes: Sequence[Shape]) -> tuple[list[Row], Layout | None]:
    """Read on to the header row; what stood above it, and the layout (None: there is none)."""
    above: list[Row] = []
    for row in islice(rows, MAX_PREAMBLE):
        if isinstance(row, list):
            layout = match(row, shapes)
            if layout is not None:
                return above, layout
        above.append(row)
    return above, None


def match(row: Sequence[str], shapes: Sequence[Shape]) -> Layout | None:
    """The shape that explains most columns of this row, if any explains enough.

    Raises `UnreadableInput` when one of the columns that matter stands there twice.
    """
    if sum(1 for cell in row if cell.strip()) < 3:
        return None
    fits = [(shape, found) for shape in shapes if (found := _columns(shape, row))]
    if not fits:
        return None
    shape, columns = max(fits, key=lambda fit: len(fit[1]))
    for field, spots in columns.items():
        name = row[spots[0]]
        if field in _WEIGHTY and sum(1 for cell in row if plain(cell) == plain(name)) > 1:
            raise UnreadableInput("header_twice", field=field, name=name.strip()[:80])
    return Layout(
        shape,
        columns,
        {field: column.join for field, column in shape.fields.items() if column.join is not None},
        {field: row[spots[0]].strip() for field, spots in columns.items()},
        tuple(cell.strip() for cell in row),
        _unit(row, columns),
    )


def _positions(shape: Shape, row: Sequence[str]) -> dict[str, int]:
    """Plain header to column; a bracket is left out where the shape does not know it."""
    known = {name for column in shape.fields.values() for name in column.headers}
    found: dict[str, int] = {}
    for at, cell in enumerate(row):
        found.setdefault(plain(cell), at)
    for at, cell in enumerate(row):
        if plain(cell) not in known:
            found.setdefault(plain(bracketed(cell)[0]), at)
    found.pop("", None)
    return found


def _columns(shape: Shape, row: Sequence[str]) -> dict[str, tuple[int, ...]] | None:
    positions = _positions(shape, row)
    columns = {
        field: spots
        for field, column in shape.fields.items()
        if (spots := _spots(column, positions))
    }
    if all(any(field in columns for field in group) for group in shape.requires):
        return columns
    return None


def _spots(column: Column, positions: Mapping[str, int]) -> tuple[int, ...]:
    spots = tuple(positions[name] for name in column.headers if name in positions)
    if column.join is not None and len(spots) < len(column.headers):
        return ()
    return tuple(dict.fromkeys(spots)) if column.join is None else spots


def _unit(row: Sequence[str], columns: Mapping[str, tuple[int, ...]]) -> str:
    for field in ("amount", "debit", "credit"):
        if field in columns:
            inside = bracketed(row[columns[field][0]])[1]
            code = currency_words().get(plain(inside), "")
            if code or (len(inside) == 3 and inside.isascii() and inside.isupper()):
                return code or inside
    return ""
