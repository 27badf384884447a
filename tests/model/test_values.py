"""Value types: what all of them keep, and the traps each of them is there for.

Numbers, names and addresses are public test values, specification vectors, reserved domains and
telephone ranges reserved for fiction.
"""

from __future__ import annotations

import hashlib
from typing import Any

import base58
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fanzha.errors import UnreadableInput
from fanzha.model.values import (
    AppId,
    BankAccount,
    CardNumber,
    Domain,
    Iban,
    PersonName,
    Phone,
    Url,
    Wallet,
)
from fanzha.model.values.cleaning import MAX_CHARS
from fanzha.model.values.wallet import _VERSIONS

CARD = "6205500000000000004"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"  # BIP 350
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"  # BIP 173
EIP_55 = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"  # the first block, nobody can spend it
TRON_ZERO = base58.b58encode_check(b"\x41" + bytes(20)).decode()
CERTIFICATE = hashlib.sha256(b"a signing certificate").hexdigest()

SAMPLES: dict[type[Any], list[str]] = {
    CardNumber: [CARD, "6205 5000 0000 0000 014", "４１１１－１１１１－１１１１－１１１１"],
    BankAccount: ["B1", "0012 3456-7890", "user@pay.example", "6205****0004"],
    Iban: ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"],
    Phone: ["+44 7700 900123", "0044 7700 900123", "(+1) 202-555-0143", "96110"],
    Url: [
        "hxxps://etc-xx[.]example/a?b=1#c",
        "http://a。example",
        "例え.example/x",
        "HTTP://[::1]/",
    ],
    Domain: ["ETC-XX[.]example", "例え.example.", "a.b.co.uk"],
    Wallet: [TAPROOT, SEGWIT.upper(), EIP_55.lower(), GENESIS, TRON_ZERO],
    AppId: ["com.example.wallet", "1234567890", CERTIFICATE.upper()],
    PersonName: ["陈志强", "Ｊｏｈｎ  Smith", "陈**", "Renée d'Arc", "阿布·杜拉"],
}
EVERY_SAMPLE = [(kind, text) for kind, texts in SAMPLES.items() for text in texts]
EVERY_KIND = list(SAMPLES)


@pytest.mark.parametrize(("kind", "text"), EVERY_SAMPLE)
def test_the_clean_form_reads_back_as_the_same_value(kind: type[Any], text: str) -> None:
    value = kind.read(text)
    again = kind.read(str(value))
    assert again == value
    assert hash(again) == hash(value)
    assert str(again) == str(value)
    assert value.caption()


@pytest.mark.parametrize(("kind", "text"), EVERY_SAMPLE)
def test_invisible_characters_and_width_change_nothing(kind: type[Any], text: str) -> None:
    assert kind.read("\u200b" + "\u2060".join(text) + " \ufeff") == kind.read(text)


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("text", ["", "  ", "\u200b", "!?", "9" * (MAX_CHARS + 1), "﷽" * MAX_CHARS])
def test_what_is_no_value_is_refused_with_its_text(kind: type[Any], text: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        kind.read(text)
    assert text.startswith(str(refused.value.values["value"]))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("kind", EVERY_KIND)
@given(text=st.text(max_size=60) | st.text("0123456789abcxhtp:/.-[]()@*點。 １", max_size=40))
@example(text="e \u0301")
@example(text="0002 3456t-7890")
@example(text="[(.)].a")
@example(text="a{｡}b.example")
@example(text="hxxp://a/[\t.]")
@example(text="a\u200b\u0301.example")
@example(text="0x" + "A" * 40)
def test_any_text_is_read_or_refused_and_what_is_read_reads_back(
    kind: type[Any], text: str
) -> None:
    try:
        value = kind.read(text)
    except UnreadableInput:
        return
    assert kind.read(str(value)) == value


@pytest.mark.parametrize("kind", [CardNumber, BankAccount, Iban, Phone, PersonName])
def test_repr_hides_what_is_personal(kind: type[Any]) -> None:
    for text in SAMPLES[kind]:
        value = kind.read(text)
        if kind is Phone and value.service:
            continue  # a hotline is nobody's number
        assert str(value) not in repr(value) or "*" in text
        assert value.caption() not in repr([value]) or "*" in text


# Cards


def test_a_wrong_digit_is_reported_and_never_repaired() -> None:
    heard = CardNumber.read("6205500000000000014")
    assert not heard.valid
    assert str(heard) == "6205500000000000014"


@given(st.text("0123456789", min_size=11, max_size=18), st.data())
def test_luhn_finds_every_single_wrong_digit(body: str, data: st.DataObject) -> None:
    (card,) = (c for d in "0123456789" if (c := CardNumber.read(body + d)).valid)
    place = data.draw(st.integers(0, len(card.digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != card.digits[place]]))
    assert not CardNumber.read(card.digits[:place] + other + card.digits[place + 1 :]).valid


@pytest.mark.parametrize("text", ["62055000000", CARD + "1", "62055000000000000O4", "½" * 12])
def test_what_is_no_card_number(text: str) -> None:
    with pytest.raises(UnreadableInput, match="card_number_unreadable"):
        CardNumber.read(text)


def test_a_card_is_shown_as_it_is_printed() -> None:
    assert CardNumber.read(CARD).caption() == "6205 5000 0000 0000 004"


# Accounts


def test_leading_zeros_stay() -> None:
    assert str(BankAccount.read(" 0001-2345 ")) == "00012345"


@pytest.mark.parametrize("text", ["6.2055E+18", "6.20550000000000E+18", "6205500000000000004.0"])
def test_what_a_spreadsheet_mangled_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInput, match="account_mangled"):
        BankAccount.read(text)


def test_what_a_spreadsheet_may_have_rounded_is_only_flagged() -> None:
    assert BankAccount.read("6205500000000000000").maybe_rounded
    assert not BankAccount.read(CARD).maybe_rounded
    assert not BankAccount.read("620550000000000").maybe_rounded


@pytest.mark.parametrize(
    ("text", "card", "looks"),
    [(CARD, True, True), ("0012345678901", True, False), ("B1", False, False)],
)
def test_whether_an_account_looks_like_a_card(text: str, card: bool, looks: bool) -> None:
    account = BankAccount.read(text)
    assert (account.card is not None, account.looks_like_card) == (card, looks)


def test_a_partly_hidden_account_says_so() -> None:
    assert BankAccount.read("6205****0004").partial
    assert not BankAccount.read(CARD).partial


def test_letters_keep_their_case_for_wallets_are_told_apart_by_it() -> None:
    assert str(BankAccount.read(TRON_ZERO)) == TRON_ZERO


@pytest.mark.parametrize("text", ["GB82WEST12345698765433", "GB82WEST123456987654", "XX00"])
def test_an_iban_with_a_wrong_check_is_refused(text: str) -> None:
    with pytest.raises(UnreadableInput, match="iban_unreadable"):
        Iban.read(text)


# Telephone numbers


def test_one_number_however_it_is_shown() -> None:
    shown = ["+44 7700 900123", "0044 7700 900123", "＋44-7700-900123"]
    numbers = [Phone.read(text) for text in shown]
    assert len(set(numbers)) == 1
    assert [number.display for number in numbers] == shown
    assert numbers[0].caption() == "+44 7700 900123"


def test_the_country_hint_reads_a_national_number() -> None:
    assert str(Phone.read("(202) 555-0143", "US")) == "+12025550143"
    assert Phone.read("(202) 555-0143", "US").country == "US"


@pytest.mark.parametrize("shown", ["+8696110", "0086 96110"])
def test_a_hotline_behind_an_international_prefix_is_not_the_hotline(shown: str) -> None:
    spoof, genuine = Phone.read(shown), Phone.read("96110")
    assert genuine.service
    assert spoof != genuine
    assert spoof.display == shown


@pytest.mark.parametrize("text", ["+999 1234567", "12", "call me", "+44 7700 900123 900123 900123"])
def test_what_is_no_telephone_number(text: str) -> None:
    with pytest.raises(UnreadableInput, match="phone_unreadable"):
        Phone.read(text)


# Web addresses


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("hxxp://etc-xx[.]example", "etc-xx.example"),
        ("h**ps[:]//etc-xx(.)example/a", "etc-xx.example"),
        ("hxxps[:][//]etc-xx【点】example", "etc-xx.example"),
        ("etc-xx[dot]example:8080/x", "etc-xx.example"),
        ("http://www.bank.example@evil.example/login", "evil.example"),
        ("http://bank.example\\@evil.example/", "bank.example"),
        ("http://evil。example．", "evil.example."),
        ("http://ev\til.exa\nmple/", "evil.example"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://ＥＶＩＬ.example", "evil.example"),
    ],
)
def test_an_address_leads_where_a_browser_would_go(text: str, host: str) -> None:
    url = Url.read(text)
    assert url.host == host
    assert url.original == text


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example",
        "http://",
        "http://./",
        "...",
        "word",
        "tel:123",
    ],
)
def test_what_is_no_web_address(text: str) -> None:
    with pytest.raises(UnreadableInput, match="url_unreadable"):
        Url.read(text)


@pytest.mark.parametrize("text", SAMPLES[Url])
def test_a_shown_address_cannot_be_clicked_and_reads_back(text: str) -> None:
    shown = Url.read(text).caption()
    assert shown.startswith("hxxp")
    assert Url.read(shown) == Url.read(text)


def test_a_machine_address_has_no_domain() -> None:
    assert Url.read("http://127.0.0.1/").domain is None
    assert Url.read("http://[::1]/").domain is None
    assert Url.read("http://localhost/").domain is None
    assert Url.read("http://a.example./").domain == Domain("a.example")


@pytest.mark.parametrize(
    ("name", "registrable"),
    [
        ("shop.evil.co.uk", "evil.co.uk"),
        ("evil.example", "evil.example"),
        ("tenant.github.io", "tenant.github.io"),
        ("co.uk", None),
    ],
)
def test_what_somebody_registered(name: str, registrable: str | None) -> None:
    assert Domain.read(name).registrable == registrable


@pytest.mark.parametrize(
    "text",
    [
        "example",
        "a.example/x",
        "u@a.example",
        "127.0.0.1",
        "1.1",
        "a b.example",
        "a..b.example",
        "a." * 128,
    ],
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(UnreadableInput, match="domain_unreadable"):
        Domain.read(text)


def test_a_look_alike_name_is_shown_in_both_forms() -> None:
    assert Domain.read("bаnk.example").caption() != "bank[.]example"
    assert Domain.read("bаnk.example").caption().startswith("xn--")


# Wallets


@pytest.mark.parametrize(
    ("text", "chain", "address"),
    [
        (TAPROOT, "bitcoin", TAPROOT),
        (SEGWIT.upper(), "bitcoin", SEGWIT),
        (GENESIS, "bitcoin", GENESIS),
        (EIP_55.lower(), "ethereum", EIP_55),
        ("0x" + EIP_55[2:].upper(), "ethereum", EIP_55),
        (TRON_ZERO, "tron", TRON_ZERO),
    ],
)
def test_the_chain_is_named(text: str, chain: str, address: str) -> None:
    assert Wallet.read(text) == Wallet(chain, address)


@pytest.mark.parametrize("address", [TAPROOT, SEGWIT, GENESIS, EIP_55, TRON_ZERO])
@given(data=st.data())
def test_a_single_wrong_character_is_refused(address: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(3, len(address) - 1))
    others = sorted(set("23456789acdefghjkCDEF") - {address[place]})
    wrong = address[:place] + data.draw(st.sampled_from(others)) + address[place + 1 :]
    if address == EIP_55 and wrong.lower() == address.lower():
        return
    try:
        read = Wallet.read(wrong)
    except UnreadableInput:
        return
    # EIP-55 lets a wrong digit through with a chance of about 1 in 4,000, and says so
    assert read.chain == "ethereum"


@pytest.mark.parametrize(
    "text",
    [
        EIP_55[:-1] + "D",  # the last letter in the wrong case
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",  # BIP 350: bech32 for v1
        "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",  # BIP 173: version 0 of 16 bytes
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqZK5jj0",  # mixed case
        "bc1pw5dgrnzv",  # BIP 350: program of one byte
        "bc1gmk9yu",  # BIP 173: empty data part
    ],
)
def test_specification_vectors_that_are_wrong(text: str) -> None:
    with pytest.raises(UnreadableInput, match="wallet_checksum"):
        Wallet.read(text)


@pytest.mark.parametrize("version", [0x00, 0x05, 0x41, 0x6F, 0x30])
def test_only_main_net_versions_are_read(version: int) -> None:
    address = base58.b58encode_check(bytes([version]) + bytes(range(20))).decode()
    if version in _VERSIONS:
        assert Wallet.read(address).chain == _VERSIONS[version]
    else:
        with pytest.raises(UnreadableInput, match="wallet_unreadable"):
            Wallet.read(address)


@pytest.mark.parametrize(
    "text", ["5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x1234", CERTIFICATE]
)
def test_a_hash_is_no_wallet(text: str) -> None:
    with pytest.raises(UnreadableInput):
        Wallet.read(text)


# Apps


@pytest.mark.parametrize(
    ("text", "kind", "clean"),
    [
        ("com.Example.wallet", "package", "com.Example.wallet"),
        ("ID1234567890", "app_store", "id1234567890"),
        (":".join(["Ab"] * 32), "cert_sha256", "ab" * 32),
    ],
)
def test_the_kinds_of_app_identifier(text: str, kind: str, clean: str) -> None:
    assert AppId.read(text) == AppId(kind, clean)


@pytest.mark.parametrize("text", ["wallet", "com..example", "1.2.3", "aa11", "id12"])
def test_what_is_no_app_identifier(text: str) -> None:
    with pytest.raises(UnreadableInput, match="app_id_unreadable"):
        AppId.read(text)


# Names


@pytest.mark.parametrize(
    ("name", "masked"),
    [("陈志强", "陈**"), ("John Smith", "J*** S***"), ("欧阳", "欧*"), ("X", "X*")],
)
def test_a_name_is_hidden_but_for_its_first_character(name: str, masked: str) -> None:
    assert repr(PersonName.read(name)) == f"PersonName({masked})"


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=1, max_size=4))
def test_masking_shows_no_more_than_first_characters(words: list[str]) -> None:
    try:
        name = PersonName.read(" ".join(words))
    except UnreadableInput:
        return
    for word, shown in zip(name.text.split(), name.masked.split(), strict=True):
        assert shown[0] == word[0]
        assert set(shown[1:]) == {"*"}


def test_names_are_equal_but_for_spaces_width_and_case() -> None:
    assert PersonName.read("陈 志强") == PersonName.read("陈志强")
    assert PersonName.read("Straße") == PersonName.read("STRASSE")
    assert PersonName.read("陈志强") != PersonName.read("陈志刚")
    assert str(PersonName.read("John  Smith")) == "John Smith"


def test_a_partly_hidden_name_says_so() -> None:
    assert PersonName.read("陈**").partial
    assert not PersonName.read("陈志强").partial
