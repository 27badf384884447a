"""Mapping files: foreign columns as data; what a mapping must not say is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.intake.statement.build import codes, short, source

from fanzha.errors import VocabularyError
from fanzha.intake.statement import SourceFile, Statements, read_statements
from fanzha.intake.statement.header import match
from fanzha.intake.statement.mapping import load, shapes

EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"


def read(text: str, mapping: str, tz: ZoneInfo | None = None) -> Statements:
    return read_statements([source(text)], mapping=source(mapping, "m.yaml"), tz=tz)


def test_the_shapes_that_come_along_are_sound_and_no_two_claim_a_header() -> None:
    for shape in shapes():
        for field, column in shape.fields.items():
            assert len(column.headers) == len(set(column.headers)), (shape.name, field)
        row = [column.headers[0] for column in shape.fields.values()]
        found = match(row, shapes())
        assert found is not None
        assert found.shape.name == shape.name


def test_whole_time_steps() -> None:
    mapping = (EXAMPLES / "amlsim.yaml").read_text("utf-8")
    found = read("sourceNodeId,targetNodeId,value,time\n280,15349,147.8,1\n1,2,3,x\n", mapping)
    assert short(found) == [("280", "15349", 14_780)]
    assert found.payments[0].booked_at == datetime(2024, 1, 2, tzinfo=UTC)
    assert found.payments[0].precision_seconds == 86_400
    assert codes(found) == [(3, "time", "time_unreadable")]
    assert found.files[0].zone_assumed == 0


AMLWORLD = (
    "attempt_id,typology,detail,timestamp,from_bank,from_account,to_bank,to_account,"
    "amount_received,receiving_currency,amount_paid,payment_currency,payment_format,is_laundering\n"
)


def test_joined_columns_words_for_currencies_and_conversions() -> None:
    mapping = (EXAMPLES / "amlworld_patterns.yaml").read_text("utf-8")
    found = read(
        AMLWORLD
        + "0,CYCLE,,2022/09/01 05:14,00952,A,0111,B,5331.44,US Dollar,5331.44,US Dollar,ACH,1\n"
        "0,CYCLE,,2022/09/01 05:14,00952,A,0111,B,5331.44,Yen,5331.44,Yen,ACH,1\n"
        "0,CYCLE,,2022/09/01 05:14,00952,A,0111,B,5331.44,Euro,5.44,Yen,ACH,1\n"
        "0,CYCLE,,2022/09/01 05:14,00952,A,0111,B,5331.44,Euro,5.44,Euro,ACH,1\n",
        mapping,
    )
    assert short(found) == [("00952:A", "0111:B", 533_144)] * 2
    assert [p.currency for p in found.payments] == ["USD", "JPYS"]
    assert codes(found) == [
        (4, "receiving_currency", "two_currencies"),
        (5, "amount_received", "two_amounts"),
    ]


def test_every_example_is_a_sound_mapping() -> None:
    for path in EXAMPLES.glob("*.yaml"):
        assert load(SourceFile(name=path.name, content=path.read_bytes())).name == path.stem


ONE_SIDED = """
name: my_bank
sides: one
zone: Europe/Berlin
date_order: dmy
currency: EUR
currencies: {Taler: XTS}
own: {account: A1, name: Erika Muster, agent: Musterbank}
fields:
  booked_at: Buchung
  counterparty_account: [Gegenkonto, IBAN]
  amount: Betrag
  currency: Waehrung
  serial: Nr
"""


def test_a_one_sided_mapping_of_ones_own() -> None:
    found = read(
        "Buchung;Gegenkonto;Betrag;Waehrung;Nr\n14.05.2024 14:02;B1;-5.00;;7\n"
        "14.05.2024 14:03;B2;6.00;Taler;8\n",
        ONE_SIDED,
    )
    assert short(found) == [("A1", "B1", 500), ("B2", "A1", 600)]
    first, second = found.payments
    assert first.booked_at == datetime(2024, 5, 14, 12, 2, tzinfo=UTC)
    assert (first.debtor_name, first.debtor_agent, first.serial_bank) == (
        "Erika Muster", "Musterbank", "Musterbank",
    )  # fmt: skip
    assert (first.currency, second.currency) == ("EUR", "XTS")
    assert found.files[0].shape == "my_bank"


def test_the_callers_zone_goes_before_the_mappings() -> None:
    text = "Buchung;Gegenkonto;Betrag;Waehrung;Nr\n14.05.2024 14:02;B1;-5.00;;7\n"
    assert read(text, ONE_SIDED, ZoneInfo("UTC")).payments[0].booked_at.hour == 14


def test_a_file_that_the_mapping_does_not_fit_is_read_by_the_known_shapes() -> None:
    found = read(
        "booked_at,debtor_account,creditor_account,amount,currency\n2024-05-14,A,B,1,CNY\n",
        ONE_SIDED,
    )
    assert short(found) == [("A", "B", 100)]


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ("fields: {amonut: x}", "fields.amonut"),
        ("fields: {booked_at: x}\ncolour: red", "colour"),
        ("fields: {booked_at: {join: [a, b], glue: x}}", "fields.booked_at.glue"),
        ("fields: {booked_at: []}", "fields.booked_at"),
        ("fields: {booked_at: [[a]]}", "fields.booked_at"),
        ("fields: {booked_at: x}\nsides: three", "sides: three"),
        ("fields: {booked_at: x}\nzone: Mars/Olympus", "zone: Mars/Olympus"),
        ("fields: {booked_at: x}\ncurrency: T", "currency: T"),
        ("fields: {booked_at: x}\ncurrencies: {x: '?'}", "currencies.x: ?"),
        ("fields: {booked_at: x}\ninstant: {epoch: soon, step_seconds: 1}", "instant.epoch: soon"),
        ("fields: {booked_at: x}\ninstant: {epoch: 2024-01-01, step_seconds: 0}", "instant.step"),
        ("fields: {booked_at: x}\nown: {card: 1}", "own.card"),
        ("fields: {booked_at: x}\nrequires: [[colour]]", "requires"),
        ("[1, 2]", "?"),
        ("", "?"),
        ("{", "line 1"),
        ("[" * 1_200, "RecursionError"),
        ("!!python/object/apply:os.system ['true']", "line 1"),
    ],
)
def test_an_unsound_mapping_is_refused_and_named(mapping: str, why: str) -> None:
    with pytest.raises(VocabularyError) as refused:
        read("x\n", mapping)
    assert refused.value.values["path"] == "m.yaml"
    assert why in str(refused.value.values["why"])
