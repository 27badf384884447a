"""The casebook: append, view, verify, erase, and what tampering looks like."""

from __future__ import annotations

import dataclasses
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.casebook import Casebook, open_casebook
from fanzha.casebook.record import dump
from fanzha.errors import (
    CasebookBroken,
    CasebookBusy,
    CasebookError,
    NotAllowed,
    UnknownRecord,
    UsageError,
)
from fanzha.model.catalogue import topic
from fanzha.model.chain import Action, Fact, Finding, Reason, Ref
from fanzha.model.payment import Account

NOW = datetime(2024, 5, 14, 6, 18, 0, 123456, tzinfo=UTC)
WORDS = b"the very words of a victim, which nobody else would ever write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings(Finding):
    """A finding with what real ones hold: money by account, weights, instants."""

    kind: ClassVar[str] = "trace"
    by_account: dict[Account, int] = dataclasses.field(default_factory=dict)
    weight: Decimal = Decimal("0.5")
    as_of: datetime = NOW


def fact(payload: bytes, kind: str = "report", source: str = "report.txt") -> Fact:
    return Fact(kind=kind, source=source, received_at=NOW, payload=payload)


def action(kind: str = "hold", on: str = "H-3f2a91", basis: str = "art. 20") -> Action:
    return Action(kind=kind, on=on, who="analyst 7", at=NOW, legal_basis=basis, state="sent")


def trace(amount: int, source: str = "report.txt") -> Holdings:
    reason = Reason("found", (Ref(source, row=2),), {"amount": amount})
    return Holdings(method="fifo/1", reasons=(reason,), by_account={Account("B1", "CNY"): amount})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "casebook.db"


@pytest.fixture
def casebook(path: Path) -> Iterator[Casebook]:
    with open_casebook(path) as opened:
        yield opened


def test_a_case_is_a_view_of_its_records_in_order(casebook: Casebook) -> None:
    entries: list[Fact | Finding | Action] = [
        fact(b"one"),
        trace(1),
        action(),
        fact(b"two", source="b.csv"),
        trace(2, "b.csv"),
    ]
    appended = casebook.append("K1", entries, NOW)
    casebook.append("K2", [fact(b"one")], NOW)
    view = casebook.case("K1")
    assert casebook.cases() == ("K1", "K2")
    assert [r.seq for r in appended] == [1, 2, 3, 4, 5]
    assert (view.facts, view.findings, view.actions) == (
        (appended[0], appended[3]),
        (appended[1], appended[4]),
        (appended[2],),
    )
    assert view.latest("trace") == appended[4]
    assert view.latest("appeal") is None
    assert [r.refs for r in view.findings] == [(1,), (4,)]
    assert {r.recorded_at for r in appended} == {NOW}


def test_what_was_recorded_reads_back(casebook: Casebook) -> None:
    said, decided = fact(WORDS), action()
    first, found, held = casebook.append("K", [said, trace(7), decided], NOW)
    assert casebook.fact(first) == said
    assert casebook.actions_on("K", "H-3f2a91", "hold") == (decided,)
    assert casebook.actions_on("K", "H-000000", "hold") == ()
    assert held.metadata["on"] == "H-3f2a91"
    body = casebook.finding(found)
    assert body is not None
    assert body["by_account"] == [[["B1", "CNY"], 7]]
    assert body["reasons"][0]["refs"][0]["row"] == 2


def test_the_same_fact_or_finding_is_recorded_once_per_case(casebook: Casebook) -> None:
    once = casebook.append("K", [fact(b"a"), trace(1), fact(b"a", source="copy.txt")], NOW)
    assert once[0] == once[2]
    assert casebook.append("K", [fact(b"a"), trace(1)], NOW) == once[:2]
    other_kind, other_case = (
        casebook.append("K", [fact(b"a", kind="statement")], NOW),
        casebook.append("L", [fact(b"a")], NOW),
    )
    assert [other_kind[0].seq, other_case[0].seq] == [3, 4]
    assert len(casebook.append("K", [action(), action()], NOW)) == 2
    assert casebook.verify().size == 6


def test_all_or_none(casebook: Casebook) -> None:
    unwritable = dataclasses.replace(trace(1), confidence=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        casebook.append("K", [fact(b"a"), unwritable], NOW)
    assert casebook.cases() == ()
    assert casebook.append("K", [], NOW) == ()


@given(st.lists(st.tuples(st.sampled_from("KLM"), st.binary(max_size=9)), max_size=12))
@settings(max_examples=25, deadline=None)
def test_any_appends_verify_and_nothing_is_lost(pairs: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_casebook(f"{folder}/c.db") as casebook:
        for case_id, payload in pairs:
            (record,) = casebook.append(case_id, [fact(payload)], NOW)
            assert casebook.payload(record.seq) == payload
        assert casebook.verify(casebook.checkpoint()).size == len(set(pairs))
        assert casebook.cases() == tuple(dict.fromkeys(case_id for case_id, _ in pairs))


@given(st.dictionaries(st.tuples(st.text(), st.text()), st.integers()))
def test_a_finding_is_written_alike_whatever_the_order_of_its_parts(
    amounts: dict[tuple[str, str], int],
) -> None:
    turned = dict(reversed(amounts.items()))
    assert dump(amounts) == dump(turned)
    assert dump(set(amounts)) == dump(frozenset(turned))


def test_amounts_beyond_64_bits_and_odd_file_names_survive(casebook: Casebook) -> None:
    odd = "流水\udcb0.csv"  # a GB18030 name that a UTF-8 system could not decode
    said, found = casebook.append("K", [fact(b"a", source=odd), trace(10**25, odd)], NOW)
    body = casebook.finding(found)
    assert body is not None
    assert body["by_account"][0][1] == 10**25
    assert body["reasons"][0]["refs"][0]["source"] == odd
    assert (said.metadata["source"], found.refs) == (r"流水\udcb0.csv", (said.seq,))
    casebook.verify()


def test_a_printed_checkpoint_shows_a_cut_off_tail_and_a_rewritten_chain(path: Path) -> None:
    with open_casebook(path) as casebook:
        for payload in (b"a", b"b", b"c"):
            casebook.append("K", [fact(payload)], NOW)
        known = casebook.verify().checkpoint
        assert known == casebook.checkpoint()
        casebook.append("K", [fact(b"d")], NOW)
        assert casebook.verify(known).size == 4
    tamper(path, "DELETE FROM payloads WHERE seq > 2", "DELETE FROM records WHERE seq > 2")
    with open_casebook(path) as casebook:
        assert casebook.verify().size == 2
        with pytest.raises(CasebookBroken, match="casebook_cut_off") as cut:
            casebook.verify(known)
        casebook.append("K", [fact(b"x"), fact(b"y")], NOW)
        with pytest.raises(CasebookBroken, match="casebook_checkpoint_differs") as rewritten:
            casebook.verify(known)
    assert (cut.value.values["record"], rewritten.value.values["record"]) == (3, 3)


@pytest.mark.parametrize("text", ["", "fanzha-casebook", "fanzha-casebook 3 abc", "3 " + "0" * 64])
def test_a_garbled_checkpoint_is_a_usage_error(casebook: Casebook, text: str) -> None:
    with pytest.raises(UsageError, match="checkpoint_unreadable"):
        casebook.verify(text)


TAMPERINGS = {
    "UPDATE records SET leaf = 'ff' || substr(leaf, 3) WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET metadata = upper(metadata) WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET metadata = metadata || ' ' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET metadata = x'ff' WHERE seq = 2": "casebook_record_unreadable",
    "UPDATE records SET metadata = '[]' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET case_id = 'L' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET type = 'action' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET kind = 'other' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET subject = 'other' WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET payload_sha256 = leaf WHERE seq = 2": "casebook_record_altered",
    "UPDATE records SET seq = 9 WHERE seq = 2": "casebook_record_missing",
    "DELETE FROM records WHERE seq = 2": "casebook_record_missing",
    "UPDATE payloads SET payload = x'00' WHERE seq = 2": "casebook_payload_altered",
    "UPDATE payloads SET payload = 'text' WHERE seq = 2": "casebook_record_unreadable",
    "UPDATE payloads SET payload = NULL WHERE seq = 2": "casebook_payload_missing",
    "DELETE FROM payloads WHERE seq = 2": "casebook_payload_missing",
    "INSERT INTO payloads VALUES (7, x'00')": "casebook_record_missing",
}


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_names_the_first_broken_record(path: Path, statement: str) -> None:
    with open_casebook(path) as casebook:
        casebook.append("K", [fact(b"a"), fact(b"b"), trace(1), action()], NOW)
    tamper(path, statement)
    with open_casebook(path) as casebook, pytest.raises(CasebookBroken) as broken:
        casebook.verify()
    assert broken.value.code == TAMPERINGS[statement]
    assert broken.value.values["record"] == (7 if "INSERT" in statement else 2)


def test_swapped_records_are_found(path: Path) -> None:
    with open_casebook(path) as casebook:
        casebook.append("K", [fact(b"a"), fact(b"b")], NOW)
    tamper(
        path,
        *(
            f"UPDATE records SET seq = {new} WHERE seq = {old}"
            for old, new in ((1, 9), (2, 1), (9, 2))
        ),
    )
    with open_casebook(path) as casebook, pytest.raises(CasebookBroken, match="record=1"):
        casebook.verify()


def test_a_changed_byte_anywhere_in_the_file_is_found_or_changes_nothing(path: Path) -> None:
    """Pages have unused bytes: changing those must change nothing that anybody can read."""
    with open_casebook(path) as casebook:
        casebook.append("K", [fact(WORDS), trace(1), action()], NOW)
        before, known = contents(casebook), casebook.checkpoint()
    original = path.read_bytes()
    copy = path.with_name("copy.db")

    @given(st.integers(0, len(original) - 1), st.integers(1, 255))
    @settings(max_examples=150, deadline=None)
    def changed(at: int, by: int) -> None:
        altered = bytearray(original)
        altered[at] ^= by
        copy.write_bytes(altered)
        for left in ("copy.db-wal", "copy.db-shm", "copy.db-journal"):
            path.with_name(left).unlink(missing_ok=True)
        try:
            with open_casebook(copy, busy_seconds=1) as casebook:
                casebook.verify(known)
                after = contents(casebook)
        except CasebookError:
            return
        assert after == before

    changed()


def test_a_lawful_erasure_leaves_the_chain_whole_and_no_trace_of_the_words(path: Path) -> None:
    with open_casebook(path) as casebook:
        said, kept = casebook.append("K", [fact(WORDS * 200), fact(b"kept")], NOW)
        known = casebook.checkpoint()
        assert WORDS in on_disk(path)
        erased = casebook.erase(said.seq, action("erase", basis="PIPL art. 47"), NOW)
        assert WORDS not in on_disk(path)
        assert casebook.verify(known).size == 3
        assert (casebook.fact(said), casebook.fact(kept)) == (None, fact(b"kept"))
        assert erased.refs == (said.seq,)
        assert casebook.append("K", [fact(WORDS * 200)], NOW) == (said,)
        assert casebook.payload(said.seq) is None
    tamper(path, f"UPDATE payloads SET payload = x'00' WHERE seq = {said.seq}")
    with open_casebook(path) as casebook, pytest.raises(CasebookBroken, match="altered"):
        casebook.verify()


def test_an_erased_payload_put_back_is_found(path: Path) -> None:
    with open_casebook(path) as casebook:
        casebook.append("K", [fact(b"a")], NOW)
        casebook.erase(1, action("erase"), NOW)
    tamper(path, "UPDATE payloads SET payload = x'61' WHERE seq = 1")
    with open_casebook(path) as casebook, pytest.raises(CasebookBroken, match="undone"):
        casebook.verify()


def test_erasure_needs_its_reasons(casebook: Casebook) -> None:
    casebook.append("K", [fact(b"a"), action()], NOW)
    for seq, how, code in (
        (1, action("hold"), "erase_needs_basis"),
        (1, action("erase", basis=" "), "erase_needs_basis"),
        (2, action("erase"), "erase_action"),
    ):
        with pytest.raises(NotAllowed, match=code):
            casebook.erase(seq, how, NOW)
    with pytest.raises(UnknownRecord, match="unknown_record"):
        casebook.erase(3, action("erase"), NOW)
    casebook.erase(1, action("erase"), NOW)
    with pytest.raises(NotAllowed, match="erased_already"):
        casebook.erase(1, action("erase"), NOW)
    assert casebook.verify().size == 3


def test_unknown_cases_and_records(casebook: Casebook) -> None:
    with pytest.raises(UnknownRecord, match="unknown_case"):
        casebook.case("nobody")
    with pytest.raises(UnknownRecord, match="unknown_record"):
        casebook.payload(1)


def test_the_file_is_its_owners_alone_and_made_only_when_wanted(path: Path) -> None:
    with pytest.raises(UnknownRecord, match="casebook_missing"):
        open_casebook(path, create=False)
    assert not path.exists()
    open_casebook(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    open_casebook(path, create=False).close()


def test_files_that_are_no_casebook_are_named_and_left_alone(path: Path) -> None:
    path.write_bytes(b"booked_at,amount\n" * 500)
    with pytest.raises(CasebookBroken, match="casebook_damaged"):
        open_casebook(path)
    path.unlink()
    tamper(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(CasebookBroken, match="casebook_foreign"):
        open_casebook(path)
    assert path.read_bytes() == before
    for impossible in (path.parent, path.parent / "nowhere" / "casebook.db"):
        with pytest.raises(CasebookError, match="casebook_unusable"):
            open_casebook(impossible)


def test_a_casebook_held_by_another_writer_is_busy_and_can_still_be_read(path: Path) -> None:
    with (
        open_casebook(path, busy_seconds=0.05) as casebook,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        casebook.append("K", [fact(b"a")], NOW)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CasebookBusy, match="casebook_busy"):
            casebook.append("K", [fact(b"b")], NOW)
        assert casebook.cases() == ("K",)
        other.execute("COMMIT")
        assert casebook.append("K", [fact(b"b")], NOW)[0].seq == 2


def test_names_and_words_stay_out_of_repr(casebook: Casebook) -> None:
    (record,) = casebook.append("K", [fact(WORDS, source="陈志强.csv")], NOW)
    assert "陈志强" not in repr(record)
    assert "victim" not in repr((record, casebook.fact(record)))


def test_every_error_of_the_casebook_has_its_text() -> None:
    source = Path(open_casebook.__code__.co_filename).parent
    codes = {
        word
        for file in source.glob("*.py")
        for word in file.read_text("utf-8").split('"')
        if word.startswith(("casebook_", "erase_", "erased_", "unknown_", "checkpoint_"))
    }
    assert len(codes) > 12
    assert codes <= set(topic("error"))


def tamper(path: Path, *statements: str) -> None:
    """Change the database behind the casebook's back."""
    with closing(sqlite3.connect(path)) as raw:
        for statement in statements:
            raw.execute(statement)
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def on_disk(path: Path) -> bytes:
    """Everything the casebook has on disk, its log included."""
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


def contents(casebook: Casebook) -> object:
    """All that can be read."""
    views = [casebook.case(case_id) for case_id in casebook.cases()]
    found = [r for v in views for r in (*v.facts, *v.findings, *v.actions)]
    actions = [casebook.actions_on(v.case_id, "H-3f2a91", "hold") for v in views]
    return views, [r.metadata for r in found], [casebook.payload(r.seq) for r in found], actions


def test_looking_makes_no_casebook_of_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(UnknownRecord, match="casebook_missing"):
        open_casebook(path, create=False)
    assert path.stat().st_size == 0
