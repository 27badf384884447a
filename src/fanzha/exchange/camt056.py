"""ISO 20022 camt.056: asking a bank to stop and give back a payment, in and out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from fanzha.errors import UnreadableInput, UsageError
from fanzha.exchange.iso20022 import (
    BIC,
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
from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.model.payment import Identifiers, Payment

BODY = "FIToFIPmtCxlReq"
WRITTEN = "camt.056.001.12"  # the version whose schema the tests check against
REASON = "FRAD"  # of the external code set ExternalCancellationReason1Code
MAX_LINE = 105  # of AddtlInf

_MAX35 = re.compile(r"\S(.{0,33}\S)?")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_FORMS = {
    "message_id": _MAX35,
    "message_name": re.compile(r"[a-z]{4}\.\d{3}\.\d{3}\.\d{2}"),
    "created": _DATE_TIME,
    "instruction_id": _MAX35,
    "end_to_end_id": _MAX35,
    "transaction_id": _MAX35,
    "uetr": re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}"),
    "settlement_date": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"),
    "settlement_amount": re.compile(r"\d{1,13}(\.\d{1,5})?"),
}
_OPTIONAL = frozenset({"created", "instruction_id", "transaction_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequest:
    """Ask that of one original payment at most `cap` be held: a part of the hold `hold_id`.

    Where several payments carried money into one account, each is a request of its own and `cap`
    is still the cap of the whole hold: the text says so.
    """

    payment: Payment
    hold_id: str
    cap: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who asks whom, when, under which names. A bank is named by its BIC where that is known.

    `creator` opened the case. `lang` is the language of the free text; a bank abroad reads English.
    """

    message_id: str
    created_at: datetime
    assigner: str
    assignee: str
    case_id: str
    creator: str
    lang: Lang = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """One original payment whose cancellation is asked for, as a message states it.

    Do not take the reason for true: it is what the asking side says.
    """

    identifiers: Identifiers
    currency: str
    reason: str
    information: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationMessage:
    """A camt.056 as it was received: who asks whom in which case, and the payments."""

    message_id: str
    created: str
    assigner: str
    assignee: str
    case_id: str
    cancellations: tuple[Cancellation, ...]


def missing_identifiers(payment: Payment) -> tuple[str, ...]:
    """Which original references a bank needs to find this payment are absent, or misshapen.

    Needed: message id and name, end-to-end id, UETR or transaction id, settlement amount and date.
    What is there but breaks the standard's form is named too: a bank's system would reject it.

    >>> paid = Payment(
    ...     booked_at=datetime(2024, 5, 14, tzinfo=UTC), debtor_account="V", creditor_account="A",
    ...     amount=1, currency="EUR", identifiers=Identifiers(end_to_end_id="E1", uetr="x"),
    ... )
    >>> missing_identifiers(paid)
    ('message_id', 'message_name', 'uetr', 'settlement_date', 'settlement_amount')
    """
    known = payment.identifiers or Identifiers()
    return tuple(name for name, form in _FORMS.items() if not _sound(known, name, form))


def _sound(known: Identifiers, name: str, form: re.Pattern[str]) -> bool:
    stated: str = getattr(known, name)
    if not stated and name == "uetr":
        return bool(known.transaction_id)
    if not stated:
        return name in _OPTIONAL
    return stated.isprintable() and form.fullmatch(stated) is not None


def write_camt056(requests: Sequence[CancellationRequest], assignment: Assignment) -> bytes:
    """A camt.056.001.12 to one bank, reason FRAD, one `Undrlyg` for each original payment.

    A draft: a person sends it through a bank's own channel, with that bank's name as assigner
    where the network asks for one. Each request says in words the amount to hold, that it is the
    amount and not the account, and the 48 hours. Raises `UsageError` where an original payment
    lacks identifiers (see `missing_identifiers`).
    """
    missing = sorted({name for r in requests for name in missing_identifiers(r.payment)})
    if missing:
        raise UsageError("identifiers_missing", missing=", ".join(missing))
    root, body = document(WRITTEN, BODY)
    head = put(body, "Assgnmt")
    put(head, "Id", required(assignment.message_id, 35))
    _write_party(put(head, "Assgnr"), assignment.assigner)
    put_agent(head, "Assgne/Agt", assignment.assignee)
    put(head, "CreDtTm", _written(assignment.created_at))
    case = put(body, "Case")
    put(case, "Id", required(assignment.case_id, 35))
    _write_party(put(case, "Cretr"), assignment.creator)
    put(body, "CtrlData/NbOfTxs", str(len(requests)))
    for request in requests:
        _write(put(body, "Undrlyg/TxInf"), request, assignment.lang)
    return serialized(root)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _write_party(parent: etree._Element, named: str) -> None:
    if BIC.fullmatch(named):
        put_agent(parent, "Agt", named)
    else:
        put(parent, "Pty/Nm", required(named, 140))


def _write(tx: etree._Element, request: CancellationRequest, lang: Lang) -> None:
    known = request.payment.identifiers or Identifiers()
    group = put(tx, "OrgnlGrpInf")
    put(group, "OrgnlMsgId", known.message_id)
    put(group, "OrgnlMsgNmId", known.message_name)
    if known.created:
        put(group, "OrgnlCreDtTm", known.created)
    for name, stated in (
        ("OrgnlInstrId", known.instruction_id),
        ("OrgnlEndToEndId", known.end_to_end_id),
        ("OrgnlTxId", known.transaction_id),
        ("OrgnlUETR", known.uetr),
    ):
        if stated:
            put(tx, name, stated)
    amount = put(tx, "OrgnlIntrBkSttlmAmt", known.settlement_amount)
    amount.set("Ccy", request.payment.currency)
    put(tx, "OrgnlIntrBkSttlmDt", known.settlement_date)
    reason = put(tx, "CxlRsnInf")
    put(reason, "Rsn/Cd", REASON)
    for line in _lines(request, lang):
        put(reason, "AddtlInf", line)


def _lines(request: CancellationRequest, lang: Lang) -> list[str]:
    cap = show(request.cap, request.currency)
    keys = ("camt_amount", "camt_not_account", "camt_together", "camt_hours")
    return [
        fitted(say(f"letter.{k}", lang, hold=request.hold_id, amount=cap), MAX_LINE) for k in keys
    ]


def read_camt056(content: bytes) -> CancellationMessage:
    """The cancellation request in these bytes, of any version; the first where there are several.

    Payments that are named one by one are read; a request to cancel a whole message has none.
    Raises `UnreadableInput` where it is no camt.056 or the XML breaks.
    """
    stated: dict[str, str] = {}
    found: list[Cancellation] = []
    begun = False
    for part in parts(content, BODY):
        if part.element is not None:
            stated.update(_header(part.element))
            found += [_cancellation(tx, part.element) for tx in children(part.element, "TxInf")]
        elif begun:
            break
        elif part.body == BODY:
            begun = True
        else:
            kind = part.message or part.body
            raise UnreadableInput("iso_kind_unread", field=part.body, value=kind, kind=kind)
    if not begun:
        raise UnreadableInput("iso_no_payment")
    return CancellationMessage(
        message_id=stated.get("message_id", ""),
        created=stated.get("created", ""),
        assigner=stated.get("assigner", ""),
        assignee=stated.get("assignee", ""),
        case_id=stated.get("case_id", ""),
        cancellations=tuple(found),
    )


def _header(part: etree._Element) -> dict[str, str]:
    if local(part) == "Case":
        return {"case_id": text(part, "Id")}
    if local(part) != "Assgnmt":
        return {}
    return {
        "message_id": text(part, "Id"),
        "created": text(part, "CreDtTm"),
        "assigner": agent(part, "Assgnr/Agt") or text(part, "Assgnr/Pty/Nm"),
        "assignee": agent(part, "Assgne/Agt") or text(part, "Assgne/Pty/Nm"),
    }


def _cancellation(tx: etree._Element, underlying: etree._Element) -> Cancellation:
    group = find(tx, "OrgnlGrpInf")
    if group is None:
        group = find(underlying, "OrgnlGrpInfAndCxl")
    amount = find(tx, "OrgnlIntrBkSttlmAmt")
    reason = find(tx, "CxlRsnInf")
    lines = () if reason is None else tuple(children(reason, "AddtlInf"))
    return Cancellation(
        identifiers=Identifiers(
            message_id="" if group is None else text(group, "OrgnlMsgId"),
            message_name="" if group is None else text(group, "OrgnlMsgNmId"),
            created="" if group is None else text(group, "OrgnlCreDtTm"),
            instruction_id=text(tx, "OrgnlInstrId"),
            end_to_end_id=text(tx, "OrgnlEndToEndId"),
            transaction_id=text(tx, "OrgnlTxId"),
            uetr=text(tx, "OrgnlUETR"),
            settlement_date=text(tx, "OrgnlIntrBkSttlmDt"),
            settlement_amount=text(tx, "OrgnlIntrBkSttlmAmt"),
        ),
        currency="" if amount is None else amount.get("Ccy", ""),
        reason="" if reason is None else text(reason, "Rsn/Cd", "Rsn/Prtry"),
        information=tuple(" ".join((line.text or "").split()) for line in lines),
    )
