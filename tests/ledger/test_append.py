"""Whatever is appended in whatever pieces, the ledger holds the same payments in the same order."""

from __future__ import annotations

import dataclasses
import json
import random
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.payments import SMALL, add, full
from tests.money.ledgers import START, ledgers, pay

from fanzha.errors import UnknownRecord, UsageError
from fanzha.ledger import Ledger, LedgerBroken, create, open_ledger
from fanzha.ledger.append import Append
from fanzha.ledger.retain import drop
from fanzha.ledger.rows import micros
from fanzha.ledger.verify import verify
from fanzha.model.payment import Account, Identifiers, Payment, Sighting
from fanzha.money.index import Index
from fanzha.money.order import in_order

UETR = "00000000-0000-4000-8000-00000000000"


def totals(index: Index) -> list[tuple[int, int, int]]:
    return [index.totals(account) for account in range(index.accounts)]


def by_account(ledger: Ledger) -> dict[Account, tuple[int, int, int]]:
    return dict(zip(ledger.accounts, totals(ledger.index), strict=True))


@settings(max_examples=10, deadline=None)
@given(ledgers(most=40), st.randoms(use_true_random=False), st.integers(1, 12))
def test_any_split_in_any_order_gives_the_same_ledger(
    made: object, chance: random.Random, size: int
) -> None:
    payments = list(made.payments)  # type: ignore[attr-defined]
    mixed = payments.copy()
    chance.shuffle(mixed)
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder, "one"), Path(folder, "many")
        add(one, payments)
        for start in range(0, len(mixed), size):
            add(many, mixed[start : start + size])
        verify(many)
        whole, split = open_ledger(one), open_ledger(many)
        assert list(split.walk()) == list(whole.walk()) == in_order(payments)
        assert by_account(split) == by_account(whole)
        assert all(s.rows <= SMALL for s in split.manifest.segments)


@settings(max_examples=10, deadline=None)
@given(ledgers(most=30, distinct=False), st.data())
def test_rows_of_one_instant_stand_as_the_oracle_puts_them(
    made: object, data: st.DataObject
) -> None:
    serials = st.sampled_from(("", "1", "02", "10", "9", "A1"))
    banks = st.sampled_from(("", "X", "Y"))
    payments = [
        dataclasses.replace(
            p, serial=data.draw(serials), serial_bank=data.draw(banks), note=str(number)
        )
        for number, p in enumerate(made.payments)  # type: ignore[attr-defined]
    ]
    payments = [dataclasses.replace(p, amount=n + 1) for n, p in enumerate(payments)]
    cut = data.draw(st.integers(0, len(payments)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger")
        add(path, payments[:cut])
        add(path, payments[cut:])
        verify(path)
        assert list(open_ledger(path).walk()) == in_order(payments)


def test_every_field_of_a_payment_comes_back(tmp_path: Path) -> None:
    two = (
        Sighting(file="a.csv", row=3, side="debit"),
        Sighting(file="b.csv", row=9, side="credit"),
    )
    payments = [
        full(0),
        pay("A", "B", 5, 1),
        full(2, currency="USD", sightings=two, identifiers=None),
        full(3, serial="", identifiers=Identifiers(), sightings=()),
        pay("A", "B", 5, 4, currency="JPY"),
    ]
    for number, payment in enumerate(payments):  # one segment, then each joined to it
        add(tmp_path / "ledger", [payment], limit=4 if number % 2 else 100)
    ledger = open_ledger(tmp_path / "ledger")
    assert list(ledger.walk()) == payments
    assert ledger.payments([3, 0, 3]) == [payments[3], payments[0], payments[3]]
    assert ledger.end == payments[-1].booked_at
    assert set(ledger.accounts) == {a for p in payments for a in (p.debtor, p.creditor)}
    known = ledger.accounts.ids([Account("A", "CNY"), Account("A", "JPY"), Account("X", "CNY")])
    assert [ledger.accounts[i] for i in known.values()] == list(known)
    assert len(known) == 2


def test_names_never_stand_in_a_repr(tmp_path: Path) -> None:
    add(tmp_path / "ledger", [full()])
    assert "赵某" not in repr(open_ledger(tmp_path / "ledger"))


def one_sided(side: str, file: str, row: int, second: int, **more: object) -> Payment:
    said = {"identifiers": None, "serial": "", "reversal": False, "precision_seconds": 1}
    return full(second, sightings=(Sighting(file=file, row=row, side=side),), **{**said, **more})


def test_the_two_sides_of_a_transfer_are_one_payment_across_appends(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    debit = one_sided("debit", "a.csv", 2, 0, debtor_name="甲", creditor_name="")
    credit = one_sided("credit", "b.csv", 7, 119, creditor_name="乙", serial="B77")
    far = one_sided("credit", "c.csv", 3, 121)
    add(path, [debit])
    assert add(path, [credit, far]).joined == 1
    verify(path)
    first, second = open_ledger(path).walk()
    assert first.sightings == (*debit.sightings, *credit.sightings)
    assert first.booked_at == debit.booked_at  # when the money left
    assert (first.creditor_name, first.serial) == ("乙", "B77")
    assert second.sightings == far.sightings


def test_rows_of_one_statement_are_never_joined(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [one_sided("debit", "a.csv", 2, 0)])
    add(path, [one_sided("credit", "a.csv", 3, 5)])
    assert len(open_ledger(path)) == 2


def test_a_row_without_a_serial_is_never_taken_for_a_repeat(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [one_sided("debit", "a.csv", 2, 0)])
    add(path, [one_sided("debit", "b.csv", 2, 0)])
    assert len(open_ledger(path)) == 2


def test_a_longer_export_of_a_statement_repeats_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    debit = one_sided("debit", "a.csv", 2, 0, serial="A1", serial_bank="AAAACNBJ")
    credit = one_sided("credit", "b.csv", 7, 60, serial="B77", serial_bank="BBBBCNBJ")
    add(path, [debit])
    add(path, [credit])
    again = one_sided("credit", "b2.csv", 17, 60, serial="B77", serial_bank="BBBBCNBJ")
    assert add(path, [again]).joined == 1
    (only,) = open_ledger(path).walk()
    assert [s.file for s in only.sightings] == ["a.csv", "b.csv", "b2.csv"]


def test_a_finer_clock_moves_a_payment_to_its_second(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [one_sided("debit", "a.csv", 2, 0, precision_seconds=60), pay("X", "Y", 9, 20)])
    add(path, [one_sided("credit", "b.csv", 7, 42)])
    verify(path)
    before, moved = open_ledger(path).walk()
    assert before.amount == 9
    assert moved.booked_at == START + timedelta(seconds=42, microseconds=7)
    assert len(moved.sightings) == 2


def test_a_message_that_two_banks_hand_over_is_one_payment(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    uetr = Identifiers(uetr=f"{UETR}7")
    by_pair = Identifiers(message_id="M", transaction_id="T")
    for file in ("a.xml", "b.xml"):
        seen = (Sighting(file=file, row=1),)
        add(path, [full(0, identifiers=uetr, sightings=seen, serial="")])
        add(path, [full(90_000, identifiers=by_pair, sightings=seen, serial="", amount=7)])
    assert [len(p.sightings) for p in open_ledger(path).walk()] == [2, 2]


def test_two_sided_rows_repeat_by_their_serial_only(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    for file in ("a.csv", "b.csv"):
        seen = (Sighting(file=file, row=4),)
        with_serial = full(0, identifiers=None, sightings=seen)
        add(path, [with_serial, dataclasses.replace(with_serial, serial="", amount=3)])
    kept = list(open_ledger(path).walk())
    assert sorted((p.amount, len(p.sightings)) for p in kept) == [(3, 1), (3, 1), (500, 2)]


def test_dropped_payments_leave_their_balances(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    payments = [pay("AB"[i % 2], "BC"[i % 2], i + 1, i) for i in range(40)]
    add(path, payments)
    before = by_account(open_ledger(path))
    gone = drop(path, START + timedelta(seconds=20))
    verify(path)
    ledger = open_ledger(path)
    assert 0 < gone.payments <= 20
    assert list(ledger.walk()) == payments[gone.payments :]
    assert by_account(ledger) == before
    assert ledger.index.first == gone.payments
    assert drop(path, START).segments == 0
    with Append(path) as writer:
        assert gone.before is not None
        assert writer.too_old(micros(gone.before) - 1)
        assert not writer.too_old(micros(gone.before))
    add(path, [pay("A", "C", 1, 100)])
    verify(path)
    assert (
        by_account(open_ledger(path))[Account("A", "CNY")][1] == before[Account("A", "CNY")][1] + 1
    )


def test_a_reader_keeps_its_snapshot_while_a_writer_appends(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, i) for i in range(0, 40, 2)])
    first = open_ledger(path)
    add(path, [pay("B", "C", 1, i) for i in range(1, 40, 2)])
    second = open_ledger(path)
    for number in range(3):  # sweeps what the first reader still reads
        add(path, [pay("C", "A", 1, number)])
    assert [p.debtor_account for p in first.walk()] == ["A"] * 20
    assert (
        first.index.totals(first.accounts.ids([Account("A", "CNY")])[Account("A", "CNY")])[1] == 20
    )
    assert len(list(second.walk())) == 40
    assert len(open_ledger(path)) == 43


def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    create(path)
    with Append(path), pytest.raises(UsageError, match="ledger_busy"), Append(path):
        pass
    add(path, [pay("A", "B", 1, 0)])


def test_nothing_happens_without_a_commit(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, 0)])
    with Append(path) as writer:
        writer.add_payments([pay("A", "B", 1, 1)])
    assert len(open_ledger(path)) == 1


def test_few_segments_and_few_account_files_after_many_small_appends(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    for number in range(20):
        add(path, [pay(f"A{number}", "B", 1, number)], limit=1000)
    manifest = open_ledger(path).manifest
    assert len(manifest.segments) <= 5
    assert len(manifest.accounts) <= 5


def test_there_is_no_ledger_where_none_was_made(tmp_path: Path) -> None:
    with pytest.raises(UnknownRecord, match="ledger_missing"):
        open_ledger(tmp_path)
    (tmp_path / "other.txt").write_text("x")
    with pytest.raises(UsageError, match="ledger_foreign"):
        create(tmp_path)
    create(tmp_path / "ledger")
    with pytest.raises(UsageError, match="ledger_exists"):
        create(tmp_path / "ledger")


def damaged(path: Path, name: str) -> Path:
    (stretch, *_) = json.loads((path / "manifest.json").read_text())["segments"]
    return path / "segments" / str(stretch["name"]) / name


def test_a_lost_array_is_made_again_from_the_payments(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, i) for i in range(20)])
    sums = by_account(open_ledger(path))
    for name in ("out.npy", "ends.npy"):
        damaged(path, name).unlink()
    assert by_account(open_ledger(path)) == sums
    with pytest.raises(LedgerBroken, match="ledger_file_missing"):
        verify(path)
    with Append(path):
        pass
    verify(path)


@pytest.mark.parametrize("name", ["out.npy", "booked_at.npy", "payments.parquet", "low.npy"])
def test_a_changed_byte_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, i) for i in range(20)])
    file = damaged(path, name)
    content = bytearray(file.read_bytes())
    content[-9 if name.endswith("npy") else 20] ^= 1
    file.write_bytes(content)
    with pytest.raises(LedgerBroken) as broken:
        verify(path)
    assert broken.value.code == "ledger_differs_sha256"
    assert str(broken.value.values["name"]).endswith(name)


def test_an_index_that_was_swapped_with_its_hash_is_still_found_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, i) for i in range(20)])
    a, b = damaged(path, "low.npy"), damaged(path, "amount.npy")
    manifest = json.loads((path / "manifest.json").read_text())
    a.write_bytes(b.read_bytes())
    files = manifest["segments"][0]["files"]
    files["low.npy"] = files["amount.npy"]
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(LedgerBroken, match="ledger_differs_index"):
        verify(path)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "other/1"}', "{}"])
def test_a_garbled_manifest_is_our_own_error(tmp_path: Path, text: str) -> None:
    create(tmp_path / "ledger")
    (tmp_path / "ledger" / "manifest.json").write_text(text)
    with pytest.raises(LedgerBroken, match="ledger_damaged"):
        open_ledger(tmp_path / "ledger")
