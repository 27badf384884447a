"""The letters that ask institutions to hold money: one for each institution, as text and DOCX."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fanzha.exchange.camt056 import (
    Assignment,
    CancellationRequest,
    missing_identifiers,
    write_camt056,
)
from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.model.payment import Identifiers, Payment
from fanzha.money.holds import Hold, HoldPlan
from fanzha.present.docx import Block, Heading, Line, Table, Title, as_docx, as_text
from fanzha.present.letterhead import ATF_LAW, LetterFacts, law_mark, method, minute, signature
from fanzha.present.words import visible

__all__ = [
    "Letter",
    "LetterFacts",
    "Refused",
    "hold_letter_docx",
    "hold_letter_text",
    "letters",
    "refused",
]

MATCH_FIELDS = ("payee_account", "payee_name", "amount", "time")
NOTED = ("verify_first", "trade_reference", "tie")  # flags that an institution must know of
IDENTIFIERS = (
    "message_id",
    "message_name",
    "created",
    "instruction_id",
    "end_to_end_id",
    "transaction_id",
    "uetr",
    "settlement_date",
    "settlement_amount",
)
MAX_STEM = 40
MAX_ROWS = 20  # rows of evidence named for one payment
DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that one institution is asked for: a draft that holds nothing until somebody sends it.

    `stem` is a safe name for its files. `institution` is empty where nobody knows whose account
    it is. `camt056` is there when an original payment has its identifiers; `camt_missing` names
    the identifiers that the other payments lack.
    """

    institution: str
    stem: str
    holds: tuple[str, ...]
    text: str = field(repr=False)
    docx: bytes = field(repr=False)
    camt056: bytes | None = field(repr=False)
    camt_missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A hold for which no letter was drafted: which match fields are missing, and what to do."""

    hold_id: str
    missing: tuple[str, ...]
    sentence: str


def letters(plan: HoldPlan, facts: LetterFacts, lang: Lang) -> tuple[Letter, ...]:
    """One letter for each institution, in the order of the plan's best hold there.

    Holds whose institution nobody knows get a letter each: two of them in one letter would tell
    one bank about another bank's customer. Holds that may not be drafted are in `refused`.
    """
    grouped: dict[str, list[Hold]] = {}
    for hold in plan.holds:
        if not _missing(hold):
            name = " ".join(unicodedata.normalize("NFKC", hold.institution).split())
            grouped.setdefault(name.casefold() or f"\0{hold.hold_id}", []).append(hold)
    stems: set[str] = set()
    return tuple(_letter(holds, facts, lang, stems) for holds in grouped.values())


def refused(plan: HoldPlan, lang: Lang) -> tuple[Refused, ...]:
    """The holds of the plan without a letter, and what must be completed first."""
    comma = ", " if lang == "en" else "、"
    return tuple(
        Refused(
            hold_id=hold.hold_id,
            missing=missing,
            sentence=say(
                "letter.refused",
                lang,
                hold=hold.hold_id,
                missing=comma.join(say(f"letter.refused_{m}", lang) for m in missing),
            ),
        )
        for hold in plan.holds
        if (missing := _missing(hold))
    )


def hold_letter_text(hold: Hold, facts: LetterFacts, lang: Lang) -> str:
    """The letter for one hold alone, as text."""
    return as_text(_hold_letter([hold], facts, lang), lang)


def hold_letter_docx(hold: Hold, facts: LetterFacts, lang: Lang) -> bytes:
    """The letter for one hold alone, as DOCX."""
    return as_docx(_hold_letter([hold], facts, lang), lang, facts.created_at)


def _missing(hold: Hold) -> tuple[str, ...]:
    return hold.missing if hold.cap > 0 else (*hold.missing, "amount")


def _letter(holds: Sequence[Hold], facts: LetterFacts, lang: Lang, stems: set[str]) -> Letter:
    institution = " ".join(holds[0].institution.split())
    blocks = _hold_letter(holds, facts, lang)
    requests, missing = _requests(holds)
    stem = _stem(institution or f"no_addressee-{holds[0].hold_id}", stems)
    return Letter(
        institution=institution,
        stem=stem,
        holds=tuple(h.hold_id for h in holds),
        text=as_text(blocks, lang),
        docx=as_docx(blocks, lang, facts.created_at),
        camt056=_camt056(institution, requests, facts, lang) if institution and requests else None,
        camt_missing=missing,
    )


def _stem(wanted: str, taken: set[str]) -> str:
    """A file name that any system takes, does not leave its folder and is not taken yet.

    >>> _stem("../Bank of A/B", set())
    'hold-Bank-of-A-B'
    """
    clean = "".join(
        c if c.isalnum() or c == "_" else " " for c in unicodedata.normalize("NFKC", wanted)
    )
    stem = base = "hold-" + ("-".join(clean.split())[:MAX_STEM].strip("-") or "institution")
    number = 2
    while stem.casefold() in taken:
        stem, number = f"{base}-{number}", number + 1
    taken.add(stem.casefold())
    return stem


def _requests(holds: Sequence[Hold]) -> tuple[list[CancellationRequest], tuple[str, ...]]:
    requests: list[CancellationRequest] = []
    lacking: set[str] = set()
    for hold in holds:
        for payment in hold.credits:
            missing = missing_identifiers(payment)
            lacking.update(missing)
            if not missing:
                requests.append(
                    CancellationRequest(
                        payment=payment,
                        hold_id=hold.hold_id,
                        cap=hold.cap,
                        currency=hold.account.currency,
                    )
                )
    return requests, tuple(name for name in IDENTIFIERS if name in lacking)


def _camt056(
    institution: str, requests: Sequence[CancellationRequest], facts: LetterFacts, lang: Lang
) -> bytes:
    """An institution that is named in Latin letters is written to in English."""
    office = facts.office or say("letter.office", "en", office="[fill in]")
    named = f"{facts.case_id}|{institution}|{facts.created_at.isoformat()}"
    return write_camt056(
        requests,
        Assignment(
            message_id="FZ" + hashlib.sha256(named.encode()).hexdigest()[:24].upper(),
            created_at=facts.created_at,
            assigner=office,
            assignee=institution,
            case_id=facts.case_id,
            creator=office,
            lang="en" if institution.isascii() else lang,
        ),
    )


def _hold_letter(holds: Sequence[Hold], facts: LetterFacts, lang: Lang) -> list[Block]:
    addressee = visible(" ".join(holds[0].institution.split()))
    mark = law_mark(ATF_LAW, lang)
    blocks: list[Block] = [
        Title(say("letter.title", lang)),
        Line(say("letter.to", lang, institution=addressee or say("letter.no_addressee", lang))),
        Line(say("letter.case", lang, case=visible(facts.case_id))),
        Line(say("letter.as_of", lang, at=minute(facts.as_of, facts.tz))),
        Line(say("letter.not_freeze", lang), strong=True),
        Line(say("letter.intro", lang)),
    ]
    for number, hold in enumerate(holds, 1):
        blocks += _hold_blocks(number, hold, facts, lang)
    blocks += [
        Heading(say("letter.terms", lang)),
        Line(say("letter.basis", lang, mark=mark)),
        Line(say("letter.expiry", lang), strong=True),
        Line(say("letter.feedback", lang)),
        Line(say("letter.notice", lang, mark=mark)),
        Line(say("letter.contact", lang)),
        *signature(facts, lang),
        Line(say("letter.receipt", lang)),
    ]
    return blocks


def _hold_blocks(number: int, hold: Hold, facts: LetterFacts, lang: Lang) -> Iterator[Block]:
    yield Heading(say("letter.hold_heading", lang, number=number, hold=hold.hold_id))
    yield Table(
        tuple(say(f"letter.{name}", lang) for name in MATCH_FIELDS),
        tuple(_match_fields(hold, payment, facts, lang) for payment in hold.credits),
    )
    currency = hold.account.currency
    balance, excess = show(hold.balance, currency), show(hold.excess, currency)
    yield Line(say("letter.cap", lang, amount=show(hold.cap, currency)), strong=True)
    if "last_seen" in hold.flags:
        yield Line(say("letter.balance_unknown", lang))
    elif hold.excess > 0:
        yield Line(say("letter.excess", lang, balance=balance, excess=excess), strong=True)
    else:
        yield Line(say("letter.balance", lang, balance=balance))
    for flag in NOTED:
        if flag in hold.flags:
            yield Line(say("letter.note", lang, text=say(f"hold_flag.{flag}_meaning", lang)))
    yield Line(say("letter.traced", lang, method=method(facts, lang), rows=_rows(hold, lang)))
    for payment in hold.credits:
        yield Line(_references(payment, facts, lang))


def _match_fields(
    hold: Hold, payment: Payment, facts: LetterFacts, lang: Lang
) -> tuple[str, str, str, str]:
    name = payment.creditor_name or hold.payee_name
    return (
        visible(hold.account.number),
        visible(name) or say("letter.not_stated", lang),
        show(payment.amount, payment.currency),
        _time(payment, facts),
    )


def _time(payment: Payment, facts: LetterFacts) -> str:
    shown = minute(payment.booked_at, facts.tz)
    return shown[:10] if payment.precision_seconds >= DAY else shown


def _rows(hold: Hold, lang: Lang) -> str:
    rows = dict.fromkeys(
        say("letter.row", lang, file=visible(s.file), row=s.row)
        for payment in hold.credits
        for s in payment.sightings
    )
    comma = ", " if lang == "en" else "、"
    shown = comma.join(list(rows)[:MAX_ROWS]) or say("letter.not_stated", lang)
    return shown if len(rows) <= MAX_ROWS else f"{shown} (+{len(rows) - MAX_ROWS})"


def _references(payment: Payment, facts: LetterFacts, lang: Lang) -> str:
    known = payment.identifiers or Identifiers()
    missing = missing_identifiers(payment)
    comma = ", " if lang == "en" else "、"
    stated = comma.join(
        f"{say(f'letter.id_{name}', lang)} {visible(value)}"
        for name in IDENTIFIERS
        if (value := getattr(known, name))
    )
    return say(
        "letter.references_missing" if missing else "letter.references",
        lang,
        time=_time(payment, facts),
        stated=stated or say("letter.not_stated", lang),
        missing=comma.join(say(f"letter.id_{name}", lang) for name in missing),
    )
