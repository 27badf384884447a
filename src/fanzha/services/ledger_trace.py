"""Use case: where is the stolen money, over a ledger? Nothing but what a theft touches is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fanzha.errors import NothingUsable, UnknownRecord, UsageError
from fanzha.intake.statement import FileRead
from fanzha.ledger import Ledger, open_ledger
from fanzha.ledger.rows import instant, micros
from fanzha.model.chain import Reason
from fanzha.model.instant import iso
from fanzha.model.payment import Account, Payment, Theft
from fanzha.money.engine import trace_index
from fanzha.money.follow import ENDINGS, RULES, Facts, origins
from fanzha.money.locate import Located, Source, locate
from fanzha.money.movements import CASH, THEFT_WINDOW, Known, about_theft
from fanzha.money.pots import METHODS
from fanzha.services.money_inputs import (
    MoneyRead,
    MoneySources,
    Tables,
    moment,
    read_tables,
    zone_of,
)
from fanzha.services.trace import ALL, TraceResult


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTraceRequest:
    """The ledger and the tables of a trace; `sources` has no payments, the ledger has them."""

    ledger: str
    sources: MoneySources
    method: str = ALL
    as_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """Where a part of an account's money came from: `ending` says why it was not followed further.

    `account` is whose money it was there, `payment` the last one followed back (None: it lay in
    the account itself from the start).
    """

    ending: str
    account: Account
    amount: int
    hops: int
    payment: Payment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardResult:
    """Who fed an account, by method; the parts add up to what is held. `as_of` is the end."""

    account: Account
    as_of: datetime
    held: Mapping[str, int]
    fed: Mapping[str, tuple[Fed, ...]]


def trace_ledger(request: LedgerTraceRequest) -> TraceResult:
    """Find the thefts in a ledger and follow them; `NothingUsable` when none was found."""
    ledger = open_ledger(request.ledger)
    tz = request.sources.tz or zone_of(source.shape for source in ledger.manifest.sources)
    tables = read_tables(request.sources, tz)
    source = _source(ledger, tables)
    read = _read(ledger, tables, source.known, request.sources)
    as_of = moment(request.as_of, read.tz)
    located = _over_the_cut(ledger, locate(source, tables.thefts, as_of), tables.thefts)
    if not located.thefts and not located.reasons:
        raise NothingUsable("no_thefts", refusals=(*read.refusals, *located.refusals))
    methods = tuple(METHODS) if request.method == ALL else (request.method,)
    answers = {
        method: trace_index(source, located, method, as_of=as_of, carriers=tables.carriers)
        for method in methods
    }
    traces = {method: answer.trace for method, answer in answers.items()}
    return TraceResult(read=read, movements=answers[methods[0]].movements, traces=traces)


def _over_the_cut(ledger: Ledger, located: Located, thefts: Sequence[Theft]) -> Located:
    """Say of each theft whether payments that were dropped could have been it."""
    cut = ledger.manifest.dropped_before
    if cut is None:
        return located
    before = instant(cut)
    stated = {theft.theft_id: theft for theft in thefts}
    refusals = tuple(
        dataclasses.replace(r, code="theft_dropped", values={**r.values, "before": iso(before)})
        if r.code == "theft_not_found"
        and stated[str(r.values["theft_id"])].booked_at - THEFT_WINDOW < before
        else r
        for r in located.refusals
    )
    paid = ledger.payments(located.thefts)
    doubtful = [
        about_theft("theft_maybe_dropped", theft)
        for theft, payment in zip(located.thefts.values(), paid, strict=True)
        if (away := abs(payment.booked_at - theft.booked_at)) and theft.booked_at - away < before
    ]
    reasons = (*located.reasons, *doubtful)
    return dataclasses.replace(located, refusals=refusals, reasons=reasons)


def trace_back(request: LedgerTraceRequest, number: str) -> tuple[BackwardResult, ...]:
    """Who fed an account, in each of its currencies; by FIFO, by LIFO or by both.

    Raises `UnknownRecord` when the ledger knows no such account, `UsageError` for another method.
    """
    if request.method not in (*RULES, ALL):
        raise UsageError("method_unknown", method=request.method, known=", ".join(RULES))
    ledger = open_ledger(request.ledger)
    tz = request.sources.tz or zone_of(source.shape for source in ledger.manifest.sources)
    source = _source(ledger, read_tables(request.sources, tz))
    as_of = moment(request.as_of, tz)
    found = ledger.accounts.numbered([number])
    if not found or ledger.end is None:
        raise UnknownRecord("backward_no_account", account=number)
    limit = None if as_of is None else source.index.position_after(micros(as_of))
    methods = tuple(RULES) if request.method == ALL else (request.method,)
    return tuple(
        _back(ledger, source, (account, at), methods, limit, as_of or ledger.end)
        for account, at in found.items()
    )


def _back(
    ledger: Ledger,
    source: Source,
    account: tuple[Account, int],
    methods: Sequence[str],
    limit: int | None,
    as_of: datetime,
) -> BackwardResult:
    held, fed = {}, {}
    for method in methods:
        found = origins(source.index, source.facts, account[1], method, limit)
        rows = found.sources.tolist()
        positions = sorted({position for _, _, _, position, _ in rows if position >= 0})
        whole = dict(zip(positions, ledger.payments(positions), strict=True))
        owners = sorted({owner for _, owner, _, _, _ in rows})
        names = dict(zip(owners, ledger.accounts.named(owners), strict=True))
        held[method] = found.held
        fed[method] = tuple(
            Fed(
                ending=ENDINGS[ending],
                account=names[owner],
                amount=amount,
                hops=hops,
                payment=whole.get(position),
            )
            for ending, owner, amount, position, hops in rows
        )
    return BackwardResult(account=account[0], as_of=as_of, held=held, fed=fed)


def _source(ledger: Ledger, tables: Tables) -> Source:
    """The ledger as the engine sees it: everything by account id, nothing of it as objects."""
    accounts = ledger.accounts
    facts = Facts.of(len(accounts), {})
    said = ledger.opening_ids
    facts.stated[said[:, 0]] = said[:, 1]
    for account, at in accounts.ids(tables.stated).items():
        facts.stated[at] = tables.stated[account]
    ending = list(accounts.numbered({CASH, *tables.terminals}).values())
    facts.terminal[np.array(ending, np.int64)] = 1
    return Source(
        index=ledger.index,
        names=accounts,
        payments=ledger.payments,
        facts=facts,
        known=Known(terminals=tables.terminals),
        seen=ledger.seen_ids,
    )


def _read(ledger: Ledger, tables: Tables, known: Known, sources: MoneySources) -> MoneyRead:
    """What the files said when they were appended, and the tables given now."""
    said = ledger.manifest.sources
    return MoneyRead(
        payments=(),
        thefts=tables.thefts,
        known=known,
        carriers=tables.carriers,
        terms=tables.terms,
        files=tuple(
            FileRead(
                name=source.name,
                sha256=source.sha256,
                shape=source.shape,
                encoding="",
                rows=source.taken + source.refused,
                taken=source.taken,
                refused=source.refused,
                zone_assumed=source.zone_assumed,
            )
            for source in said
        ),
        notes=(*ledger.said.notes, *_dropped(ledger)),
        refusals=(*ledger.said.refusals, *tables.refusals),
        tz=sources.tz or zone_of(source.shape for source in said),
    )


def _dropped(ledger: Ledger) -> Iterator[Reason]:
    """What a trace does not know because payments are no longer kept."""
    cut = ledger.manifest.dropped_before
    if cut is not None:
        values = {"count": ledger.manifest.dropped_rows, "before": iso(instant(cut))}
        yield Reason("payments_dropped", (), values)
