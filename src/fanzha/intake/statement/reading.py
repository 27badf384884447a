"""Reading statements: files in, payments, refusals and notes out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain as concatenate
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.balance import Chain, chains, judge
from fanzha.intake.statement.cells import unwrap
from fanzha.intake.statement.decode import open_tables
from fanzha.intake.statement.header import Layout, find
from fanzha.intake.statement.mapping import Shape, load, plain, shapes, words
from fanzha.intake.statement.merge import Pair, drop_repeats, joined, pairs
from fanzha.intake.statement.notes import notes_on_files, notes_on_rows
from fanzha.intake.statement.one_sided import OneSided, Own
from fanzha.intake.statement.preamble import clean_account, labelled, own_of
from fanzha.intake.statement.rows import Entry, Origin
from fanzha.intake.statement.signs import unturned
from fanzha.intake.statement.source import FileRead, SourceFile, Statements
from fanzha.intake.statement.table import MAX_ROWS, BadRow, Cells, Row, Table
from fanzha.intake.statement.two_sided import TwoSided
from fanzha.model.payment import Account, Payment, Refusal

METHOD = "statements/1"
MAX_REFUSALS = 20_000  # listed one by one for a file; beyond, one line gives the number
MAX_LABELS = 2_000  # lines between rows searched for the label of a new account
_SHOWN = 80  # characters of a refused value

OnFile = Callable[[str, int], None]


@dataclass(slots=True)
class _Read:
    """What one table gave."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    refused: int = 0
    rows: int = 0
    moved_nothing: list[int] = field(default_factory=list)
    closed: list[Entry] = field(default_factory=list)
    shape: str = ""
    encoding: str = ""
    zone_assumed: int = 0
    chains: list[Chain] = field(default_factory=list)
    newest_first: bool = False
    skipped: bool = False

    def refuse(self, row: int, field: str, value: str, code: str, **values: object) -> None:
        """Note a refusal; a file of garbage is not listed endlessly."""
        self.refused += 1
        if len(self.refusals) < MAX_REFUSALS:
            self.refusals.append(_refusal(self.name, row, field, value, code, values))


def _refusal(
    file: str, row: int, field: str, value: str, code: str, values: dict[str, object]
) -> Refusal:
    shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    return Refusal(file=file, row=row, field=field, value=shown, code=code, values=values)


def read_statements(
    sources: Sequence[SourceFile],
    *,
    mapping: SourceFile | None = None,
    tz: ZoneInfo | None = None,
    on_file: OnFile | None = None,
) -> Statements:
    """Every payment that the files show, each once, and everything that was not taken.

    Do not trust it to know what a file leaves out: gaps in the running balance are reported under
    `rows_missing`, and a file without balances can hide rows unseen. Instants without an offset
    are read in `tz`, else in the mapping's zone, and counted. A file that cannot be read is one
    refusal with row 0. Raises `VocabularyError` only, when `mapping` is not usable.

    >>> ledger = b"booked_at,debtor_account,creditor_account,amount,currency\\n" \\
    ...          b"2024-05-14T14:01:00+08:00,V2,B2,50000.00,CNY\\n"
    >>> read_statements([SourceFile(name="l.csv", content=ledger)]).payments[0].amount
    5000000
    """
    known = shapes() if mapping is None else (load(mapping), *shapes())
    reads: list[tuple[SourceFile, _Read]] = []
    count = 0
    for source in sources:
        rows = 0
        for read in _read_file(source, known, mapping is not None, tz, count):
            reads.append((source, read))
            count += 1
            rows += read.rows
        if on_file is not None:
            on_file(source.name, rows)
    return _together(reads)


def _read_file(
    source: SourceFile, known: Sequence[Shape], mapped: bool, tz: ZoneInfo | None, count: int
) -> Iterator[_Read]:
    """One reading for each table that has rows of payments; one with a refusal if none has."""
    try:
        tables = open_tables(source.content)
    except UnreadableInput as bad:
        yield _unreadable(source.name, "", bad)
        return
    first_rows: list[Row] = []
    unread: list[_Read] = []
    found = 0
    for table in tables:
        name = f"{source.name}[{table.sheet}]" if table.sheet and found else source.name
        try:
            above, layout = _find(table, known, mapped)
        except UnreadableInput as bad:
            yield _unreadable(name, table.encoding, bad)
            return
        if layout is None:
            first_rows = first_rows or above
            if any(isinstance(row, list) and any(row) for row in above):
                unread.append(_Read(f"{source.name}[{table.sheet}]", skipped=True))
            continue
        found += 1
        yield _read_table(table, layout, above, Origin(name, count + found - 1), tz)
        if not table.sheet:
            return
    if found:
        yield from unread
    else:
        yield _no_header(source.name, tables, first_rows)


def _find(table: Table, known: Sequence[Shape], mapped: bool) -> tuple[list[Row], Layout | None]:
    """The header by the user's own mapping if it fits, else by the shapes that come along."""
    above, layout = find(table.rows, known[:1] if mapped else known)
    if layout is None and mapped:
        rest = concatenate(above, table.rows)
        above, layout = find(rest, known[1:])
        table.rows = rest
    return above, layout


def _unreadable(name: str, encoding: str, bad: UnreadableInput) -> _Read:
    values = {k: v for k, v in bad.values.items() if k not in ("field", "value")}
    read = _Read(name, encoding=encoding)
    shown = str(bad.values.get("name", ""))
    read.refuse(0, shown, str(bad.values.get("value", "")), bad.code, **values)
    return read


def _no_header(name: str, tables: Sequence[Table], first: Sequence[Row]) -> _Read:
    read = _Read(name, encoding=tables[0].encoding if tables else "")
    shown = next((", ".join(row) for row in first if isinstance(row, list) and any(row)), "")
    read.refuse(0, "", shown, "header_unknown")
    return read


def _read_table(
    table: Table, layout: Layout, above: list[Row], origin: Origin, tz: ZoneInfo | None
) -> _Read:
    read = _Read(origin.file, shape=layout.shape.name, encoding=table.encoding)
    own = own_of(above, layout)
    two = layout.shape.sides == "two"
    if two and "theft_id" in layout.header:  # it would double every stolen payment
        read.refuse(0, "theft_id", "", "thefts_no_payments")
        return read
    if not two and not own.account and "account" not in layout.columns:
        read.refuse(0, "", "", "own_account_missing")
        return read
    if not own.currency and "currency" not in layout.columns:
        read.refuse(0, "", "", "currency_missing")
        return read
    one = OneSided(layout, origin, tz, own)
    reader = TwoSided(layout, origin, tz, own.currency) if two else one
    _Taking(reader, own, read).run(table, len(above) + 1)
    read.zone_assumed = reader.zone_assumed
    _reopen(read)
    if not read.rows and not read.refused:
        read.refuse(0, "", "", "no_rows")
    if not two:
        _settle(read)
    return read


class _Taking:
    """Takes the rows below a header one by one; a refused one does not stop the next."""

    def __init__(self, reader: OneSided | TwoSided, own: Own, read: _Read) -> None:
        self.reader, self.own, self.read = reader, own, read
        self.layout = layout = reader.layout
        fields = ("booked_at", "date", "amount", "debtor_account", "creditor_account")
        spots = [layout.columns[field][0] for field in fields if field in layout.columns]
        self.looks = MAX_LABELS if isinstance(reader, OneSided) else 0
        self.when = spots[0]
        self.needed = max(spots)  # a row that ends before this column was cut

    def run(self, table: Table, header_row: int) -> None:
        """Read to the end, or to where the file itself becomes unreadable."""
        row, width = header_row, len(self.layout.header)
        try:
            for row, cells in enumerate(table.rows, header_row + 1):
                if row > MAX_ROWS:
                    raise UnreadableInput("file_too_long", limit=MAX_ROWS)
                if isinstance(cells, BadRow):
                    self.read.rows += 1
                    self.read.refuse(row, "", cells.value, cells.code)
                elif len(cells) >= width:
                    self._take(row, cells)
                elif any(cells):
                    self._take_short(row, cells, width)
        except UnreadableInput as broken:
            self.read.refuse(row + 1, "", "", broken.code, **broken.values)

    def _take_short(self, row: int, cells: list[str], width: int) -> None:
        """Exports leave out empty cells at the end; a cut row lacks more, or ends the file."""
        whole = [*cells, *[""] * (width - len(cells))]
        cut = type(cells) is Cells or len(cells) <= self.needed
        if cut and not self._between(whole):
            self.read.rows += 1
            self.read.refuse(row, "", ",".join(cells), "row_cut")
        else:
            self._take(row, whole)

    def _take(self, row: int, cells: list[str]) -> None:
        if not cells[self.when][:1].isdecimal() and self._between(cells):
            return
        self.read.rows += 1
        closed = False
        try:
            closed = self.reader.moved_nothing(cells)
            entries = self.reader.read(row, cells)
        except UnreadableInput as bad:
            if closed:
                self.read.moved_nothing.append(row)
                return
            values = dict(bad.values)
            name, value = str(values.pop("field", "")), str(values.pop("value", ""))
            self.read.refuse(row, self.layout.names.get(name, name), value, bad.code, **values)
            return
        (self.read.closed if closed else self.read.entries).extend(entries)

    def _labels(self, cells: Sequence[str]) -> dict[str, str]:
        """What a line between the rows says of a new account."""
        if self.looks <= 0:
            return {}
        self.looks -= 1
        return labelled(cells)

    def _between(self, cells: Sequence[str]) -> bool:
        """Whether a row is no payment: blank, the header again, a sum, a line of a new account."""
        when = unwrap(cells[self.when])
        if when[:1].isdecimal():
            return False
        filled = [cell for cell in cells if cell and not cell.isspace()]
        if not filled:
            return True
        said = self._labels(cells)
        if said.get("account"):
            self.own.account, self.own.name = clean_account(said["account"]), said.get("name", "")
            return True
        first = plain(filled[0])
        return (
            (bool(when) and plain(when) == plain(self.layout.header[self.when]))
            or not first
            or first.startswith(tuple(words()["footer"]))
            or (len(filled) == 1 and not filled[0].strip()[:1].isdecimal())
        )


def _reopen(read: _Read) -> None:
    """Closed orders moved no money, unless a refund of the same order shows that it was paid.

    A refund has the serial of its order, or that and a tail behind an underscore (Alipay).
    """
    if not read.closed:
        return
    refunds = {e.payment.serial.partition("_")[0] for e in read.entries if e.payment.reversal}
    for entry in read.closed:
        if entry.payment.serial and entry.payment.serial in refunds:
            read.entries.append(entry)
        else:
            read.moved_nothing.append(entry.row)
    read.entries.sort(key=lambda entry: entry.row)
    read.moved_nothing = sorted(set(read.moved_nothing))


def _settle(read: _Read) -> None:
    """What only the whole statement shows: signed amounts, order, the running balance."""
    read.entries = unturned(read.entries)
    read.chains = chains(read.entries, read.name)
    telling = [chain for chain in read.chains if chain.tells_order]
    read.newest_first = bool(telling) and all(chain.newest_first for chain in telling)
    if read.newest_first:
        read.entries = _oldest_first(read.entries)


def _oldest_first(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: -entry.row)


def _together(reads: Sequence[tuple[SourceFile, _Read]]) -> Statements:
    every = [entry for _, read in reads for entry in read.entries]
    kept, repeats = drop_repeats(every)
    paired = pairs(kept)
    refused = {read.name: [r.row for r in read.refusals] for _, read in reads}
    balances = judge([c for _, read in reads for c in read.chains], refused)
    readings = [read for _, read in reads]
    notes = concatenate(
        balances.reasons,
        notes_on_rows(kept, paired, repeats),
        notes_on_files(readings),
    )
    return Statements(
        method=METHOD,
        reasons=tuple(notes),
        payments=tuple(_payments(kept, paired)),
        refusals=tuple(r for read in readings for r in _refusals(read)),
        openings=balances.openings,
        last_balances=balances.last,
        seen=frozenset(_seen(every)),
        files=tuple(_file_read(source, read) for source, read in reads),
    )


def _payments(kept: Sequence[Entry], paired: Sequence[Pair]) -> Iterator[Payment]:
    """Input order; a pair stands where the first of its rows stands."""
    partner: dict[int, Pair] = {}
    for pair in paired:
        partner[id(pair[0])] = partner[id(pair[1])] = pair
    done: set[int] = set()
    for entry in kept:
        pair_ = partner.get(id(entry))
        if pair_ is None:
            yield entry.payment
        elif id(pair_) not in done:
            done.add(id(pair_))
            yield joined(*pair_)


def _seen(entries: Sequence[Entry]) -> Iterator[Account]:
    for entry in entries:
        if entry.own is not None:
            yield entry.own
        else:
            yield entry.payment.debtor
            yield entry.payment.creditor


def _refusals(read: _Read) -> Iterator[Refusal]:
    yield from read.refusals
    more = read.refused - len(read.refusals)
    if more > 0:
        yield _refusal(read.name, 0, "", "", "more_refused", {"count": more})


def _file_read(source: SourceFile, read: _Read) -> FileRead:
    accounts = dict.fromkeys(entry.own for entry in read.entries if entry.own is not None)
    return FileRead(
        name=read.name,
        sha256=hashlib.sha256(source.content).hexdigest(),
        shape=read.shape,
        encoding=read.encoding,
        rows=read.rows,
        taken=len({entry.row for entry in read.entries}),
        refused=read.refused,
        zone_assumed=read.zone_assumed,
        accounts=tuple(accounts),
    )
