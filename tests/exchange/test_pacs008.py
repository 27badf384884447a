"""pacs.008 read: what a bank's message says, what is refused, and what it may not do to us."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.exchange import iso20022
from fanzha.exchange.pacs008 import READ, is_iso20022, read_pacs008, write_pacs008
from fanzha.model.catalogue import LANGS, say
from fanzha.model.payment import Identifiers, Payment, Refusal

GOLDEN = Path(__file__).parents[1] / "golden" / "exchange"
START = datetime(2024, 5, 14, 6, tzinfo=UTC)
CREATED = datetime(2024, 5, 14, 7, tzinfo=UTC)


def paid(**more: object) -> Payment:
    stated: dict[str, object] = {
        "booked_at": START,
        "debtor_account": "V1",
        "creditor_account": "A1",
        "amount": 30_000_000,
        "currency": "CNY",
    }
    return Payment(**(stated | more))  # type: ignore[arg-type]


def described(payments: tuple[Payment, ...], refusals: tuple[Refusal, ...]) -> str:
    lines = []
    for p in payments:
        known = p.identifiers or Identifiers()
        lines += [
            f"{p.sightings[0].row} {p.booked_at.isoformat()} {p.precision_seconds}s "
            f"{p.debtor_account}@{p.debtor_agent} -> {p.creditor_account}@{p.creditor_agent} "
            f"{p.amount} {p.currency} [{p.channel}] {p.note}",
            f"  {known.message_name} {known.message_id} {known.instruction_id} "
            f"{known.end_to_end_id} {known.transaction_id} {known.uetr} "
            f"{known.settlement_date} {known.settlement_amount}",
        ]
    lines += [f"refused {r.row} {r.field} {r.value!r} {r.code}" for r in refusals]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.xml")), ids=lambda p: p.stem)
def test_golden_messages_say_what_stands_beside_them(path: Path) -> None:
    assert is_iso20022(path.read_bytes())
    read = read_pacs008(path.name, path.read_bytes())
    assert described(*read) == path.with_suffix(".txt").read_text("utf-8")


def test_names_are_read_on_one_line_and_stay_out_of_repr() -> None:
    path = GOLDEN / "envelope_two_payments.xml"
    (first, _), _ = read_pacs008(path.name, path.read_bytes())
    assert (first.debtor_name, first.creditor_name) == ("Debtor One", "陈志强")
    assert "陈志强" not in repr(first)


@pytest.mark.parametrize("version", sorted(READ))
def test_every_version_is_read_by_its_local_names(version: str) -> None:
    message = write_pacs008([paid()], "M", CREATED).replace(b"pacs.008.001.08", version.encode())
    (payment,), refusals = read_pacs008("m.xml", message)
    assert not refusals
    assert payment.identifiers is not None
    assert payment.identifiers.message_name == version


@pytest.mark.parametrize("version", ["pacs.008.001.01", "pacs.008.001.14"])
def test_a_version_nobody_checked_is_refused(version: str) -> None:
    message = write_pacs008([paid()], "M", CREATED).replace(b"pacs.008.001.08", version.encode())
    payments, (refusal,) = read_pacs008("m.xml", message)
    assert not payments
    assert (refusal.row, refusal.code, refusal.value) == (0, "iso_version_unread", version)


def test_without_any_namespace_the_version_is_unknown() -> None:
    message = write_pacs008([paid()], "M", CREATED)
    bare = message.replace(b' xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"', b"")
    (payment,), _ = read_pacs008("m.xml", bare)
    assert payment.identifiers is not None
    assert payment.identifiers.message_name == ""


def test_a_time_without_offset_is_local_to_the_zone_given() -> None:
    path = GOLDEN / "early_version_one_of_four_taken.xml"
    (payment,), _ = read_pacs008(path.name, path.read_bytes(), ZoneInfo("Asia/Shanghai"))
    assert payment.booked_at == datetime(2024, 5, 14, 6, 2, 10, tzinfo=UTC)


def test_another_kind_of_message_is_named_once() -> None:
    space = b'xmlns="urn:iso:std:iso:20022:tech:xsd:%s"'
    body = b"<Document " + space + b"><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>"
    both = b"<f>" + 2 * (body % b"camt.053.001.08") + body % b"pain.001.001.09" + b"</f>"
    payments, refusals = read_pacs008("m.xml", both)
    assert not payments
    assert [r.values["kind"] for r in refusals] == ["camt.053.001.08", "pain.001.001.09"]
    assert {r.code for r in refusals} == {"iso_kind_unread"}


def test_messages_of_one_file_are_counted_through() -> None:
    one = write_pacs008([paid()], "M1", CREATED).partition(b"?>")[2]
    two = write_pacs008([paid(), paid()], "M2", CREATED).partition(b"?>")[2]
    payments, refusals = read_pacs008("m.xml", b"<batch>" + one + two + b"</batch>")
    assert [(p.sightings[0].row, p.identifiers.message_id) for p in payments if p.identifiers] == [
        (1, "M1"), (2, "M2"), (3, "M2"),
    ]  # fmt: skip
    assert not refusals


HOSTILE = {
    "empty": (b"", "iso_not_well_formed"),
    "bytes": (b"\xff\xfe\x00\x01", "iso_not_well_formed"),
    "nothing": (b"<a/>", "iso_no_payment"),
    "depth": (b"<a>" * 100_000, "iso_not_well_formed"),
    "entities": (b'<!DOCTYPE a [<!ENTITY x "1">]><Document><a>&x;</a></Document>', "iso_doctype"),
    "file": (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "iso_doctype"),
    "wide": (
        b"<Document><FIToFICstmrCdtTrf><CdtTrfTxInf>" + b"<a/>" * 60_000,
        "iso_part_too_large",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_one_refusal_of_the_whole_file(name: str) -> None:
    content, code = HOSTILE[name]
    payments, (refusal,) = read_pacs008("x.xml", content)
    assert not payments
    assert (refusal.row, refusal.code) == (0, code)


def test_entities_in_attributes_do_not_grow() -> None:
    layers = b"".join(
        b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10 if i else b"ha" * 10) for i in range(9)
    )
    bomb = b"<!DOCTYPE a [" + layers + b']><a b="&e8;"/>'
    payments, (refusal,) = read_pacs008("x.xml", bomb)
    assert not payments
    assert refusal.code in ("iso_doctype", "iso_not_well_formed")


def test_limits_of_size_and_count(monkeypatch: pytest.MonkeyPatch) -> None:
    message = write_pacs008([paid()] * 3, "M", CREATED)
    monkeypatch.setattr(iso20022, "MAX_PARTS", 3)
    payments, (refusal,) = read_pacs008("m.xml", message)
    assert (len(payments), refusal.code) == (2, "iso_too_many")  # two and the header
    monkeypatch.setattr(iso20022, "MAX_BYTES", len(message) - 1)
    payments, (refusal,) = read_pacs008("m.xml", message)
    assert (len(payments), refusal.code) == (0, "iso_too_large")


@given(st.binary(max_size=200), st.integers(0, 1500), st.integers(0, 300))
def test_a_garbled_message_never_raises(noise: bytes, at: int, length: int) -> None:
    message = write_pacs008([paid(), paid()], "M", CREATED)
    garbled = message[:at] + noise + message[at + length :]
    payments, refusals = read_pacs008("m.xml", garbled)
    assert payments or refusals


def test_every_refusal_has_a_text_and_a_remedy() -> None:
    codes = {
        "iso_account_missing", "iso_account_unreadable", "iso_amount_unreadable",
        "iso_currency_unreadable", "iso_doctype", "iso_element_missing", "iso_kind_unread",
        "iso_no_payment", "iso_not_well_formed", "iso_part_too_large", "iso_time_unreadable",
        "iso_too_large", "iso_too_many", "iso_version_unread",
    }  # fmt: skip
    for code in codes:
        for lang in LANGS:
            assert say(f"refusal.{code}", lang, limit=1, line=1, kind="k", currency="CNY")
            assert say(f"remedy.{code}", lang)


def test_what_is_no_message_is_not_taken_for_one() -> None:
    assert not is_iso20022(b"")
    assert not is_iso20022(b"<html><body>statement</body></html>")
    assert not is_iso20022("交易时间,urn:iso:std:iso:20022".encode())
    message = write_pacs008([paid()], "M", CREATED)
    assert is_iso20022(b"\xef\xbb\xbf" + message)
    assert is_iso20022(message.decode().replace("UTF-8", "UTF-16").encode("utf-16"))


WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=20
).filter(lambda s: s == " ".join(s.split()) and s != "NOTPROVIDED")
ACCOUNTS = st.from_regex(r"[A-Z]{2}[0-9]{2,20}", fullmatch=True)
PAYMENTS = st.builds(
    Payment,
    booked_at=st.integers(0, 86_399).map(lambda s: START + timedelta(seconds=s)),
    debtor_account=ACCOUNTS,
    creditor_account=ACCOUNTS,
    amount=st.integers(1, 10**15),
    currency=st.sampled_from(["CNY", "JPY", "KWD", "USDT"]),
    debtor_name=WORDS,
    creditor_name=st.one_of(st.just(""), WORDS),
    debtor_agent=st.sampled_from(["TESTCNBJ", "示例银行"]),
    creditor_agent=st.sampled_from(["", "TESTGB2LXXX", "Example Bank"]),
    channel=st.sampled_from(["", "instant", "wire", "手机银行"]),
    note=st.one_of(st.just(""), WORDS),
)


@given(st.lists(PAYMENTS, max_size=5))
def test_what_is_written_is_read_again(payments: list[Payment]) -> None:
    message = write_pacs008(payments, "M-1", CREATED)
    read, refusals = read_pacs008("m.xml", message)
    assert [r.code for r in refusals] == ([] if payments else ["iso_no_payment"])
    for before, after in zip(payments, read, strict=True):
        for name in Payment.__dataclass_fields__:
            if name not in ("identifiers", "sightings"):
                assert getattr(after, name) == getattr(before, name), name
    again = write_pacs008(read, "M-1", CREATED)
    assert read_pacs008("m.xml", again)[0] == read


@pytest.mark.parametrize("version", sorted(READ))
def test_messages_of_pyiso20022_are_read(version: str) -> None:
    """The library's own classes for each version take our message and write theirs; ours reads it.

    The library ships no pacs.008 as a file, only these classes, which need xsdata.
    """
    parsers = pytest.importorskip("xsdata.formats.dataclass.parsers")
    serializers = pytest.importorskip("xsdata.formats.dataclass.serializers")
    module = importlib.import_module(f"pyiso20022.pacs.{version.replace('.', '_')}")
    known = Identifiers(transaction_id="T-1")
    payment = paid(debtor_name="V", creditor_name="A", debtor_agent="B 1", identifiers=known)
    ours = write_pacs008([payment], "M", CREATED).replace(b"pacs.008.001.08", version.encode())
    if version == "pacs.008.001.13":
        ours = ours.replace(b"<AccptncDtTm>", b"<AddtlDtTm><AccptncDtTm>")
        ours = ours.replace(b"</AccptncDtTm>", b"</AccptncDtTm></AddtlDtTm>")
    document = parsers.XmlParser().from_bytes(ours, module.Document)  # unknown elements raise
    theirs = serializers.XmlSerializer().render(document)
    (read,), refusals = read_pacs008(
        "m.xml", theirs.replace("T07:00:00Z", "T07:00:00+00:00").encode()
    )
    assert not refusals
    assert (read,) == read_pacs008("m.xml", ours)[0]
