"""The payments and small tables of a question about money, read once for every use case."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import overload
from zoneinfo import ZoneInfo

from fanzha.errors import NothingUsable, UnreadableInput, UsageError
from fanzha.exchange.pacs008 import is_iso20022, read_pacs008
from fanzha.intake import tables
from fanzha.intake.statement import FileRead, SourceFile, Statements, read_statements
from fanzha.model.chain import Reason, Ref
from fanzha.model.instant import parse_instant, zone
from fanzha.model.money import to_minor
from fanzha.model.payment import Account, Carrier, Payment, Refusal, Theft
from fanzha.money.holds import ACTS_IN_TIME, Terms
from fanzha.money.movements import Known

CHINESE = ("bank_cn", "alipay", "wechat")  # shapes whose instants are China's unless said otherwise
ISO_SHAPE = "pacs.008"

OnFile = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneySources:
    """The files of a question about money; `tz` is for instants without an offset."""

    payments: tuple[SourceFile, ...]
    thefts: SourceFile | None = None
    balances: SourceFile | None = None
    terminals: SourceFile | None = None
    institutions: SourceFile | None = None
    carriers: SourceFile | None = None
    mapping: SourceFile | None = None
    tz: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRead:
    """What the files say, with every refused row; `tz` is the zone of the case for readers."""

    payments: tuple[Payment, ...] = field(repr=False)
    thefts: tuple[Theft, ...]
    known: Known
    carriers: tuple[Carrier, ...]
    terms: Mapping[str, Terms]
    files: tuple[FileRead, ...]
    notes: tuple[Reason, ...]
    refusals: tuple[Refusal, ...]
    tz: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the small tables beside the payments say; `stated` are opening balances."""

    thefts: tuple[Theft, ...]
    stated: Mapping[Account, int]
    terminals: Mapping[str, str]
    carriers: tuple[Carrier, ...]
    terms: Mapping[str, Terms]
    refusals: tuple[Refusal, ...]


@overload
def moment(text: str, tz: tzinfo) -> datetime: ...
@overload
def moment(text: str | None, tz: tzinfo) -> datetime | None: ...
def moment(text: str | None, tz: tzinfo) -> datetime | None:
    """An instant as a user wrote it, in the case's zone where it has no offset."""
    if text is None:
        return None
    try:
        return parse_instant(text, tz).at
    except UnreadableInput as unreadable:
        raise UsageError("time_unreadable", value=text) from unreadable


def minor(text: str, currency: str) -> int:
    """An amount as a user wrote it, in minor units."""
    try:
        return to_minor(text, currency)
    except UnreadableInput as unreadable:
        raise UsageError(unreadable.code, **unreadable.values) from unreadable


def read_money(sources: MoneySources, on_file: OnFile | None = None) -> MoneyRead:
    """Read payments and tables; `NothingUsable` when no payment could be taken.

    Opening balances stated in a table win over those that a statement's running balance implies.
    """
    payments, copies = _without_copies(sources.payments)
    said = read_payments(dataclasses.replace(sources, payments=payments), on_file)
    tz = sources.tz or zone_of(read.shape for read in said.files)
    found = read_tables(sources, tz)
    refusals = (*said.refusals, *found.refusals)
    if not said.payments:
        raise NothingUsable("no_payments", refusals=refusals)
    openings = {account: opening.amount for account, opening in said.openings.items()}
    return MoneyRead(
        payments=said.payments,
        thefts=found.thefts,
        known=Known(
            openings={**openings, **found.stated}, terminals=found.terminals, seen=said.seen
        ),
        carriers=found.carriers,
        terms=found.terms,
        files=said.files,
        notes=(*copies, *said.reasons, *differing(said, found.stated)),
        refusals=refusals,
        tz=tz,
    )


def read_tables(sources: MoneySources, tz: ZoneInfo) -> Tables:
    """The small tables beside the payments."""
    thefts, no_thefts = tables.read_thefts(sources.thefts, tz) if sources.thefts else ((), ())
    stated, no_stated = tables.read_openings(sources.balances) if sources.balances else ({}, ())
    terminals, no_terminals = (
        tables.read_terminals(sources.terminals) if sources.terminals else ({}, ())
    )
    carriers, no_carriers = (
        tables.read_carriers(sources.carriers, tz) if sources.carriers else ((), ())
    )
    entered, no_entered = (
        tables.read_institutions(sources.institutions) if sources.institutions else ({}, ())
    )
    return Tables(
        thefts=thefts,
        stated=stated,
        terminals=terminals,
        carriers=carriers,
        terms={number: terms_of(given) for number, given in entered.items()},
        refusals=(*no_thefts, *no_stated, *no_terminals, *no_carriers, *no_entered),
    )


def _without_copies(
    sources: Sequence[SourceFile],
) -> tuple[tuple[SourceFile, ...], list[Reason]]:
    """Each file once: read twice, every payment of a copy would be money that never was."""
    first: dict[bytes, SourceFile] = {}
    copies: list[Reason] = []
    for source in sources:
        known = first.setdefault(source.content, source)
        if known is not source:
            copies.append(Reason("copy_of", (Ref(source.name),), {"original": known.name}))
    return tuple(first.values()), copies


def read_payments(sources: MoneySources, on_file: OnFile | None) -> Statements:
    """Statements and ISO 20022 messages together, in the order of the files given."""
    messages = [s for s in sources.payments if is_iso20022(s.content)]
    others = [s for s in sources.payments if s not in messages]
    said = read_statements(others, mapping=sources.mapping, tz=sources.tz, on_file=on_file)
    if not messages:
        return said
    payments, refusals, files = list(said.payments), list(said.refusals), list(said.files)
    seen: set[Account] = set(said.seen)
    for message in messages:
        taken, refused = read_pacs008(message.name, message.content, sources.tz or zone("UTC"))
        payments += taken
        refusals += refused
        seen.update(a for p in taken for a in (p.debtor, p.creditor))
        files.append(_message_read(message, len(taken), len(refused)))
    place = {source.name: index for index, source in enumerate(sources.payments)}

    def given(payment: Payment) -> int:
        file = payment.sightings[0].file
        return place[file] if file in place else place[file.rpartition("[")[0]]  # a sheet of a book

    return Statements(
        method=said.method,
        reasons=said.reasons,
        payments=_once(sorted(payments, key=given)),
        refusals=tuple(refusals),
        openings=said.openings,
        last_balances=said.last_balances,
        seen=frozenset(seen),
        files=tuple(files),
    )


def _once(payments: Iterable[Payment]) -> tuple[Payment, ...]:
    """A payment that two banks hand over in the same message, by its own reference, is one."""
    kept: list[Payment] = []
    places: dict[tuple[str, ...], int] = {}
    for payment in payments:
        reference = _reference(payment)
        place = places.get(reference) if reference else None
        if place is None:
            places[reference] = len(kept)
            kept.append(payment)
        else:
            seen = (*kept[place].sightings, *payment.sightings)
            kept[place] = dataclasses.replace(kept[place], sightings=seen)
    return tuple(kept)


def _reference(payment: Payment) -> tuple[str, ...]:
    """What names this very payment everywhere; empty where the message does not say."""
    said = payment.identifiers
    if said is None:
        return ()
    if said.uetr:
        return (said.uetr,)
    pair = (said.message_id, said.transaction_id)
    return pair if all(pair) else ()


def _message_read(message: SourceFile, taken: int, refused: int) -> FileRead:
    return FileRead(
        name=message.name,
        sha256=hashlib.sha256(message.content).hexdigest(),
        shape=ISO_SHAPE,
        encoding="xml",
        rows=taken + refused,
        taken=taken,
        refused=refused,
        zone_assumed=0,
    )


def zone_of(shapes: Iterable[str]) -> ZoneInfo:
    """The zone of a case whose files have these shapes, when nobody names one."""
    return zone("Asia/Shanghai" if any(shape in CHINESE for shape in shapes) else "UTC")


def terms_of(given: tables.Institution) -> Terms:
    """What an analyst entered, with what holds where nothing was."""
    return Terms(
        acts_in_time=ACTS_IN_TIME if given.acts_in_time is None else given.acts_in_time,
        good_faith=given.good_faith or Terms().good_faith,
        institution=given.name,
    )


def differing(said: Statements, stated: Mapping[Account, int]) -> list[Reason]:
    """Stated openings that the statement's own running balance contradicts: both are shown."""
    return [
        Reason(
            "opening_differs",
            (Ref(opening.source, opening.row),),
            {
                "account": account.number,
                "currency": account.currency,
                "stated": stated[account],
                "implied": opening.amount,
            },
        )
        for account, opening in said.openings.items()
        if stated.get(account, opening.amount) != opening.amount
    ]
