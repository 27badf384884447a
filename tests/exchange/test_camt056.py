"""camt.056 out and in: valid by its schema and its code set, and it says what may be held."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import pytest
import xmlschema
from camt_exceptions.generator import generate_message
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from fanzha.errors import UnreadableInput, UsageError
from fanzha.exchange.camt056 import (
    MAX_LINE,
    REASON,
    WRITTEN,
    Assignment,
    CancellationRequest,
    missing_identifiers,
    read_camt056,
    write_camt056,
)
from fanzha.exchange.pacs008 import read_pacs008, write_pacs008
from fanzha.model.catalogue import LANGS, Lang
from fanzha.model.payment import Identifiers, Payment

# External code set ExternalCancellationReason1Code: a schema takes any four letters, banks do not.
REASONS = [
    "AC02", "AC03", "AGNT", "AM09", "BE16", "BIAS", "COVR", "CURR", "CUST", "CUTA",
    "DRTP", "DS24", "DT01", "DUPL", "ENUE", "FRAD", "FRNA", "FRTR", "INCR", "INDM",
    "MODT", "NARR", "PAID", "SVNR", "SYAD", "TECH", "UAPA", "UPAY",
]  # fmt: skip
SWIFT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
SCHEMA = files("camt_exceptions") / "templates" / WRITTEN / f"{WRITTEN}.xsd"
KNOWN = Identifiers(
    message_id="MSG-1",
    message_name="pacs.008.001.08",
    created="2024-05-14T06:02:00Z",
    instruction_id="I-1",
    end_to_end_id="E-1",
    transaction_id="T-1",
    uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d",
    settlement_date="2024-05-14",
    settlement_amount="300000.00",
)
CREATED = datetime(2024, 5, 14, 14, 25, tzinfo=timezone(timedelta(hours=8)))


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(SCHEMA))


def request(known: Identifiers | None = KNOWN, **more: object) -> CancellationRequest:
    payment = Payment(
        booked_at=datetime(2024, 5, 14, 6, 2, tzinfo=UTC),
        debtor_account="V1",
        creditor_account="A1",
        amount=30_000_000,
        currency="CNY",
        debtor_name="林芳",
        identifiers=known,
    )
    stated: dict[str, object] = {"hold_id": "H-1", "cap": 4_980_000, "currency": "CNY"}
    return CancellationRequest(payment=payment, **(stated | more))  # type: ignore[arg-type]


def assignment(lang: Lang = "en", **more: str) -> Assignment:
    named = {"message_id": "FZ1", "assigner": "Example Centre", "assignee": "TESTCNBJ"}
    named |= {"case_id": "C-1", "creator": "Example Centre"} | more
    return Assignment(created_at=CREATED, lang=lang, **named)


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_valid_and_says_amount_limit_and_hours(
    schema: xmlschema.XMLSchema, lang: Lang
) -> None:
    message = write_camt056([request(), request(hold_id="H-2")], assignment(lang))
    schema.validate(message)
    read = read_camt056(message)
    assert [c.identifiers for c in read.cancellations] == [KNOWN, KNOWN]
    assert {c.reason for c in read.cancellations} == {"FRAD"}
    assert "49,800.00 CNY" in read.cancellations[0].information[0]
    assert any("48" in line for line in read.cancellations[0].information)
    assert all(len(line) <= MAX_LINE for c in read.cancellations for line in c.information)
    assert message.count(b"<Undrlyg>") == 2


def test_the_reason_is_of_the_external_code_set() -> None:
    assert REASON in REASONS


def test_english_lines_keep_to_the_letters_a_cross_border_network_takes() -> None:
    read = read_camt056(write_camt056([request()], assignment()))
    lines = read.cancellations[0].information
    assert lines[1] == "Hold this amount only, not the account. Credits still come in."
    assert set("".join(lines)) <= SWIFT


def test_it_names_no_victim() -> None:
    message = write_camt056([request()], assignment()).decode()
    assert "林芳" not in message
    assert "V1" not in message


def test_who_asks_whom_is_read_again() -> None:
    read = read_camt056(write_camt056([request()], assignment(assigner="TESTHKHHXXX")))
    assert (read.message_id, read.assigner, read.assignee) == ("FZ1", "TESTHKHHXXX", "TESTCNBJ")
    assert (read.case_id, read.created) == ("C-1", "2024-05-14T06:25:00+00:00")
    assert read.cancellations[0].currency == "CNY"


@pytest.mark.parametrize(
    "name", ["message_id", "message_name", "end_to_end_id", "settlement_date", "settlement_amount"]
)
def test_a_needed_identifier_that_is_missing_is_named(name: str) -> None:
    lacking = request(dataclasses.replace(KNOWN, **{name: ""}))
    assert missing_identifiers(lacking.payment) == (name,)
    with pytest.raises(UsageError, match=name):
        write_camt056([request(), lacking], assignment())


def test_uetr_or_transaction_id_will_do() -> None:
    replace = dataclasses.replace
    assert missing_identifiers(request(replace(KNOWN, uetr="")).payment) == ()
    assert missing_identifiers(request(replace(KNOWN, transaction_id="")).payment) == ()
    neither = replace(KNOWN, uetr="", transaction_id="")
    assert missing_identifiers(request(neither).payment) == ("uetr",)
    assert len(missing_identifiers(request(None).payment)) == 6


MISSHAPEN = {
    "message_id": "x" * 36,
    "message_name": "pacs.008",
    "created": "14 May",
    "instruction_id": " I",
    "end_to_end_id": "E\n1",
    "uetr": "EB6305C9-1F7F-49DE-AED0-16487C27B42D",
    "settlement_date": "2024-13-01",
    "settlement_amount": "1e5",
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_what_breaks_the_standards_form_counts_as_missing(name: str) -> None:
    broken = request(dataclasses.replace(KNOWN, **{name: MISSHAPEN[name]}))
    assert missing_identifiers(broken.payment) == (name,)


ANY = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.fixed_dictionaries({f.name: ANY for f in dataclasses.fields(Identifiers)}), ANY, ANY)
def test_whatever_is_not_missing_makes_a_valid_message(
    schema: xmlschema.XMLSchema, stated: dict[str, str], name: str, case: str
) -> None:
    hostile = {k: v for k, v in stated.items() if k in ("instruction_id", "end_to_end_id")}
    one = request(dataclasses.replace(KNOWN, **hostile))
    if missing_identifiers(one.payment):
        return
    schema.validate(write_camt056([one], assignment(assignee=name or "B", case_id=case or "C")))


def test_from_a_pacs008_to_its_cancellation(schema: xmlschema.XMLSchema) -> None:
    (payment,), _ = read_pacs008("m.xml", write_pacs008([request().payment], "MSG-1", CREATED))
    message = write_camt056([dataclasses.replace(request(), payment=payment)], assignment())
    schema.validate(message)
    assert read_camt056(message).cancellations[0].identifiers == payment.identifiers


def test_the_message_of_camt_exceptions_is_read() -> None:
    theirs = generate_message(
        WRITTEN,
        {
            "assignment_id": "A-1",
            "assigner_agent_bic": "TESTDEFF",
            "assignee_agent_bic": "TESTGB2L",
            "creation_date_time": "2026-03-02T10:00:00",
            "original_msg_id": "MSG-ORIG-001",
            "original_msg_nm_id": "pacs.008.001.08",
            "transactions": [
                {
                    "original_end_to_end_id": "E2E-001",
                    "original_interbank_settlement_amount": "1000.00",
                    "original_interbank_settlement_currency": "EUR",
                    "cancellation_reason_cd": "DUPL",
                    "cancellation_reason_addtl_inf": "twice",
                }
            ],
        },
    )
    read = read_camt056(theirs.encode())
    (cancellation,) = read.cancellations
    assert (read.assigner, read.assignee) == ("TESTDEFF", "TESTGB2L")
    assert (cancellation.reason, cancellation.currency) == ("DUPL", "EUR")
    assert cancellation.information == ("twice",)
    assert cancellation.identifiers.message_id == "MSG-ORIG-001"


@pytest.mark.parametrize("message", ["camt.056.001.12", "camt.029.001.14"])
def test_the_templates_that_camt_exceptions_ships_are_taken_or_refused(message: str) -> None:
    """Read in place from the installed package; they are templates, so their fields are names."""
    template = files("camt_exceptions") / "templates" / message / "template.xml"
    content = template.read_bytes()
    if message == WRITTEN:
        (cancellation,) = read_camt056(content).cancellations
        assert cancellation.identifiers.uetr == "{{tx.original_uetr}}"
    else:
        with pytest.raises(UnreadableInput, match="iso_kind_unread"):
            read_camt056(content)
    payments, (refusal,) = read_pacs008("t.xml", content)
    assert not payments
    assert refusal.values["kind"] == message


@pytest.mark.parametrize("content", [b"", b"<a/>", b"<Document><x/></Document>", b"\0"])
def test_what_is_no_cancellation_request_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableInput):
        read_camt056(content)


def test_the_schema_that_is_checked_against_is_of_the_version_written() -> None:
    root = etree.fromstring(SCHEMA.read_bytes())
    assert root.get("targetNamespace") == f"urn:iso:std:iso:20022:tech:xsd:{WRITTEN}"
