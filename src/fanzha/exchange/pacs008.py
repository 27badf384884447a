"""ISO 20022 pacs.008: customer credit transfers between banks, in and out."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lxml import etree

from fanzha.errors import UnreadableInput
from fanzha.exchange.iso20022 import (
    NOT_PROVIDED,
    Part,
    agent,
    children,
    document,
    find,
    fitted,
    local,
    parts,
    put,
    put_agent,
    required,
    serialized,
    text,
)
from fanzha.exchange.iso20022 import is_iso20022 as is_iso20022
from fanzha.model.instant import Instant, iso, parse_instant
from fanzha.model.money import currency_code, to_major, to_minor
from fanzha.model.payment import Identifiers, Payment, Refusal, Sighting
from fanzha.model.values import BankAccount
from fanzha.model.vocabulary import rail_of

BODY = "FIToFICstmrCdtTrf"
READ = frozenset(f"pacs.008.001.{version:02}" for version in range(2, 14))
WRITTEN = "pacs.008.001.08"  # what cross-border and instant schemes use
STATED_TIMES = (
    "AccptncDtTm",
    "AddtlDtTm/AccptncDtTm",  # from version 13 on
    "SttlmTmIndctn/DbtDtTm",
    "SttlmTmIndctn/CdtDtTm",
)
MAX_NOTE = 500
MAX_KINDS = 20  # other kinds of message that one file's refusals name
_DECIMAL = re.compile(r"\+?\d{1,18}(\.\d{0,18})?")
_YEARS = (1970, 2100)
_UTC = ZoneInfo("UTC")
_INSTANT = "INST"  # the local instrument of instant schemes


def read_pacs008(
    name: str, content: bytes, tz: ZoneInfo = _UTC
) -> tuple[tuple[Payment, ...], tuple[Refusal, ...]]:
    """The payments that a file of pacs.008 messages states, and what of it was refused.

    Reads versions 001.02 to 001.13, with or without an envelope, one message or many. A
    transaction that lacks an account, an amount or a time is refused alone, with the path of the
    element at fault; a file that breaks off is taken up to there.

    Do not read a payment here as money that arrived: it is what one bank told the next, and the
    same payment may stand in several banks' messages (compare `identifiers.uetr`). `booked_at` is
    `AccptncDtTm`, else `SttlmTmIndctn/DbtDtTm` or `CdtDtTm`; else the group's `CreDtTm` where it
    falls on the settlement date or there is none, else that date alone (`precision_seconds`
    86400). A time without an offset is in `tz`. `amount` is `IntrBkSttlmAmt`, what moved between
    the banks. Rows count the transactions of the file from 1.
    """
    reading = _Reading(name, tz)
    try:
        for part in parts(content, BODY):
            reading.take(part)
    except UnreadableInput as broken:
        reading.refuse(0, broken)
    if not reading.payments and not reading.refusals:
        reading.refuse(0, UnreadableInput("iso_no_payment"))
    return tuple(reading.payments), tuple(reading.refusals)


@dataclass(slots=True)
class _Reading:
    file: str
    tz: ZoneInfo
    payments: list[Payment] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    header: etree._Element | None = None
    usable: bool = False
    foreign: set[str] = field(default_factory=set)  # other kinds of message, each refused once
    row: int = 0

    def take(self, part: Part) -> None:
        if part.element is None:
            self._begin(part)
        elif self.usable and local(part.element) == "GrpHdr":
            self.header = copy.deepcopy(part.element)
        elif self.usable and local(part.element) == "CdtTrfTxInf":
            self.row += 1
            try:
                self.payments.append(self._payment(part))
            except UnreadableInput as bad:
                self.refuse(self.row, bad)

    def _begin(self, part: Part) -> None:
        self.header = None
        self.usable = part.body == BODY and (not part.message or part.message in READ)
        kind = part.message or part.body
        if not self.usable and kind not in self.foreign and len(self.foreign) < MAX_KINDS:
            self.foreign.add(kind)
            code = "iso_version_unread" if part.body == BODY else "iso_kind_unread"
            self.refuse(0, UnreadableInput(code, field=part.body, value=kind, kind=kind))

    def refuse(self, row: int, why: UnreadableInput) -> None:
        values = dict(why.values)
        where, value = str(values.pop("field", "")), fitted(str(values.pop("value", "")), 80)
        self.refusals.append(
            Refusal(file=self.file, row=row, field=where, value=value, code=why.code, values=values)
        )

    def _payment(self, part: Part) -> Payment:
        tx = part.element
        assert tx is not None
        currency, stated = _settled(tx)
        when = self._instant(tx)
        return Payment(
            booked_at=when.at,
            precision_seconds=when.precision_seconds,
            debtor_account=_account(tx, "DbtrAcct"),
            creditor_account=_account(tx, "CdtrAcct"),
            amount=_minor(stated, currency),
            currency=currency,
            debtor_name=text(tx, "Dbtr/Nm", "DbtrAcct/Nm")[:MAX_NOTE],
            creditor_name=text(tx, "Cdtr/Nm", "CdtrAcct/Nm")[:MAX_NOTE],
            debtor_agent=agent(tx, "DbtrAgt")[:MAX_NOTE],
            creditor_agent=agent(tx, "CdtrAgt")[:MAX_NOTE],
            channel=self._channel(tx),
            note=_note(tx),
            identifiers=self._identifiers(tx, part.message, stated),
            sightings=(Sighting(file=self.file, row=self.row),),
        )

    def _group(self, path: str) -> str:
        return "" if self.header is None else text(self.header, path)

    def _instant(self, tx: etree._Element) -> Instant:
        for path in STATED_TIMES:
            if stated := text(tx, path):
                return _time(stated, path, self.tz)
        date, created = self._settlement_date(tx), self._group("CreDtTm")
        if created and created.startswith(date):
            return _time(created, "GrpHdr/CreDtTm", self.tz)
        if date:
            return _time(date, "IntrBkSttlmDt", self.tz)
        raise UnreadableInput("iso_element_missing", field="AccptncDtTm")

    def _settlement_date(self, tx: etree._Element) -> str:
        return text(tx, "IntrBkSttlmDt") or self._group("IntrBkSttlmDt")

    def _channel(self, tx: etree._Element) -> str:
        for holder in (tx, self.header):
            kind = None if holder is None else find(holder, "PmtTpInf")
            if kind is None:
                continue
            for choice in (*children(kind, "LclInstrm"), *children(kind, "SvcLvl")):
                word = text(choice, "Cd", "Prtry")
                if word == _INSTANT:
                    return "instant"
                if rail_of(word) is not None:
                    return word
        return ""

    def _identifiers(self, tx: etree._Element, message: str, amount: str) -> Identifiers:
        return Identifiers(
            message_id=self._group("MsgId"),
            message_name=message,
            created=self._group("CreDtTm"),
            instruction_id=text(tx, "PmtId/InstrId"),
            end_to_end_id=text(tx, "PmtId/EndToEndId"),
            transaction_id=text(tx, "PmtId/TxId"),
            uetr=text(tx, "PmtId/UETR"),
            settlement_date=self._settlement_date(tx),
            settlement_amount=amount,
        )


def _settled(tx: etree._Element) -> tuple[str, str]:
    element = find(tx, "IntrBkSttlmAmt")
    stated = text(tx, "IntrBkSttlmAmt")
    if element is None or not stated:
        raise UnreadableInput("iso_element_missing", field="IntrBkSttlmAmt")
    code = element.get("Ccy", "")
    try:
        return currency_code(code), stated
    except UnreadableInput as bad:
        raise UnreadableInput(
            "iso_currency_unreadable", field="IntrBkSttlmAmt/@Ccy", value=code
        ) from bad


def _minor(stated: str, currency: str) -> int:
    try:
        minor = to_minor(stated, currency) if _DECIMAL.fullmatch(stated) else 0
    except UnreadableInput:
        minor = 0
    if minor <= 0:
        raise UnreadableInput(
            "iso_amount_unreadable", field="IntrBkSttlmAmt", value=stated, currency=currency
        )
    return minor


def _account(tx: etree._Element, path: str) -> str:
    stated = text(tx, f"{path}/Id/IBAN", f"{path}/Id/Othr/Id")
    if not stated:
        raise UnreadableInput("iso_account_missing", field=f"{path}/Id")
    try:
        return str(BankAccount.read(stated))
    except UnreadableInput as bad:
        raise UnreadableInput("iso_account_unreadable", field=f"{path}/Id", value=stated) from bad


def _time(stated: str, path: str, tz: ZoneInfo) -> Instant:
    try:
        read = parse_instant(stated, tz)
    except UnreadableInput as bad:
        raise UnreadableInput("iso_time_unreadable", field=path, value=stated) from bad
    if not _YEARS[0] <= read.at.year <= _YEARS[1]:
        raise UnreadableInput("iso_time_unreadable", field=path, value=stated)
    return read


def _note(tx: etree._Element) -> str:
    """What the payer wrote, the references of invoices, and another amount that was instructed."""
    return " · ".join(_remarks(tx))[:MAX_NOTE]


def _remarks(tx: etree._Element) -> Iterator[str]:
    remittance = find(tx, "RmtInf")
    if remittance is not None:
        for free in children(remittance, "Ustrd"):
            if words := " ".join((free.text or "").split()):
                yield words
        for structured in children(remittance, "Strd"):
            for path in ("RfrdDocInf/Nb", "CdtrRefInf/Ref", "AddtlRmtInf"):
                if reference := text(structured, path):
                    yield reference
    instructed, settled = _amount(tx, "InstdAmt"), _amount(tx, "IntrBkSttlmAmt")
    if instructed and instructed != settled:
        yield f"InstdAmt {instructed}"


def _amount(tx: etree._Element, path: str) -> str:
    element, stated = find(tx, path), text(tx, path)
    return f"{element.get('Ccy', '')} {stated}" if element is not None and stated else ""


def write_pacs008(payments: Sequence[Payment], message_id: str, created_at: datetime) -> bytes:
    """The payments as one pacs.008.001.08 message, readable by `read_pacs008`.

    For examples and for handing payments on in the form in which a bank reads them; a bank's own
    message it is not. A time known to the minute only gets second 00, for the standard has no
    coarser time; a date alone stands as the settlement date.
    """
    root, body = document(WRITTEN, BODY)
    header = put(body, "GrpHdr")
    put(header, "MsgId", required(message_id, 35))
    put(header, "CreDtTm", iso(created_at))
    put(header, "NbOfTxs", str(len(payments)))
    put(header, "SttlmInf/SttlmMtd", "CLRG")
    for payment in payments:
        _write(put(body, "CdtTrfTxInf"), payment)
    return serialized(root)


def _write(tx: etree._Element, payment: Payment) -> None:
    known = payment.identifiers or Identifiers()
    references = put(tx, "PmtId")
    for name, stated in (
        ("InstrId", known.instruction_id),
        ("EndToEndId", known.end_to_end_id or NOT_PROVIDED),
        ("TxId", known.transaction_id),
        ("UETR", known.uetr),
    ):
        if stated:
            put(references, name, fitted(stated, 36))
    if payment.channel == "instant":
        put(tx, "PmtTpInf/LclInstrm/Cd", _INSTANT)
    elif payment.channel:
        put(tx, "PmtTpInf/LclInstrm/Prtry", fitted(payment.channel, 35))
    amount = to_major(payment.amount, payment.currency)
    put(tx, "IntrBkSttlmAmt", amount).set("Ccy", payment.currency)
    day = known.settlement_date or payment.booked_at.astimezone(UTC).date().isoformat()
    put(tx, "IntrBkSttlmDt", day)
    if payment.precision_seconds < 86_400:
        put(tx, "AccptncDtTm", iso(payment.booked_at))
    put(tx, "ChrgBr", "SLEV")
    _write_parties(tx, payment)
    if payment.note:
        put(tx, "RmtInf/Ustrd", fitted(payment.note, 140))


def _write_parties(tx: etree._Element, payment: Payment) -> None:
    _write_party(put(tx, "Dbtr"), payment.debtor_name)
    put(tx, "DbtrAcct/Id/Othr/Id", fitted(payment.debtor_account, MAX_NOTE))
    put_agent(tx, "DbtrAgt", payment.debtor_agent)
    put_agent(tx, "CdtrAgt", payment.creditor_agent)
    _write_party(put(tx, "Cdtr"), payment.creditor_name)
    put(tx, "CdtrAcct/Id/Othr/Id", fitted(payment.creditor_account, MAX_NOTE))


def _write_party(party: etree._Element, name: str) -> None:
    if name:
        put(party, "Nm", fitted(name, 140))
