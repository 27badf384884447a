"""Search over a real casebook: however a thing is written, and nothing that is hidden."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.journeys.commands import BALANCES, LEDGER, THEFTS
from tests.services.s12 import NOW, ZONE, keep, keep_story

from fanzha.casebook import Casebook, open_casebook
from fanzha.casebook.grams import grams, phrase, plain, reading
from fanzha.model.chain import Action, Fact
from fanzha.services.search import PLACES, SearchRequest, SearchResult, search
from fanzha.services.search.terms import MAX_CHARS, read_query
from fanzha.services.work import WorkRequest, work

ALL = {"K1", "K2", "K3", "K4", "K5"}


@pytest.fixture(scope="module")
def casebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Casebook]:
    with open_casebook(tmp_path_factory.mktemp("search") / "casebook.db") as opened:
        keep_story(opened)
        said = {
            "P1": "对方自称 Zhang Wei，要我加微信。轉賬到「安全賬戶」，電話 020 7946 0000",
            "P2": "Wei Zhang texted from +44 20 7946 0018 about 25,000 baht on 3 March 2024",
        }
        for case_id, text in said.items():
            fact = Fact(
                kind="note", source="n.txt", received_at=NOW, payload=text.encode(),
                media_type="text/plain",
            )  # fmt: skip
            opened.append(case_id, [fact], NOW)
        yield opened


def ask(casebook: Casebook, query: str, hidden: frozenset[str] = frozenset()) -> SearchResult:
    return search(casebook, SearchRequest(query=query, tz=ZONE, hidden=hidden))


def cases(casebook: Casebook, query: str) -> set[str]:
    return {case.case_id for case in ask(casebook, query).cases}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        # names: any order, traditional or simplified, Latin either way round
        ("陈志强", ALL), ("陳志強", ALL), ("强志陈", ALL - {"K5"}), ("林芳", ALL), ("芳林", ALL),
        ("Wei Zhang", {"P1", "P2"}), ("zhang wei", {"P1", "P2"}), ("ZHANG, Wei", {"P1", "P2"}),
        # Chinese full text: two characters, one character, both writings
        ("账户", {"P1"}), ("帳戶", {"P1"}), ("賬戶", {"P1"}), ("安全账户", {"P1"}), ("妻", set()),
        ("卡", ALL), ("加微信", {"P1"}),
        # numbers however written
        ("6205 5000 0000 0000 004", ALL), ("6205-5000-0000-0000-004", ALL), ("0004", ALL),
        ("６２０５５０００", ALL), ("+86 138 0013 8000", ALL), ("0086-138-0013-8000", ALL),
        ("138 0013 8000", ALL), ("8613800138000", ALL), ("+442079460000", {"P1"}),
        ("020 7946 0018", {"P2"}), ("(020) 7946-0018", {"P2"}), ("7946 0000", {"P1"}),
        # amounts however written
        ("30万", {"K1"}), ("300,000", {"K1"}), ("300000.00", {"K1"}), ("¥300,000", {"K1"}),
        ("三十万", {"K1"}), ("300000", {"K1"}), ("120万元", {"K4"}), ("25000", {"P2"}),
        ("9,300", {"K3"}),
        # days however written
        ("5月14日", ALL), ("2024-05-14", ALL), ("14/05", ALL), ("14/05/2024", ALL),
        ("20240514", ALL), ("2024年5月14日", ALL), ("3 March 2024", {"P2"}),
        ("2024-03-03", {"P2"}), ("03/03", {"P2"}),
        ("2023-05-14", set()), ("5月", ALL), ("2024年5月", ALL), ("2024-03", {"P2"}),
        ("安全账户 5月", set()), ("13月", set()), ("2023-05", set()),
        # addresses, harmless or not
        ("etc-xx.example", ALL), ("hxxp://etc-xx[.]example", ALL), ("http://etc-xx.example", ALL),
        # several words, all of them wanted; a case's own number; a file's name
        ("林芳 120万", {"K4"}), ("林芳 妻", set()), ("林芳30万", {"K1"}), ("K3", {"K3"}),
        ("report-K2.txt", {"K2"}), ("payment_stopped", set()), ("operator 3", {"K5"}),
        ("", set()), ("¥", set()), ("\x00\ud800", set()),
    ],
)  # fmt: skip
def test_found_however_it_is_written(casebook: Casebook, query: str, wanted: set[str]) -> None:
    assert cases(casebook, query) == wanted


@pytest.mark.parametrize(
    ("query", "marked"),
    [("30万", {"300,000.00 CNY", "30万"}), ("芳林", {"林芳"}), ("陳志強", {"陈志强"}),
     ("138-0013-8000", {"13800138000"}), ("etc-xx.example", {"etc-xx[.]example"})],
)  # fmt: skip
def test_the_words_asked_for_are_marked(casebook: Casebook, query: str, marked: set[str]) -> None:
    case = next(c for c in ask(casebook, query).cases if c.case_id == "K1")
    assert {p.text[a:b] for p in case.places for a, b in p.spans} == marked


def test_addresses_are_shown_so_that_nobody_clicks(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "c.db") as casebook:
        fact = Fact(
            kind="message", source="m.txt", received_at=NOW, media_type="text/plain",
            payload="点 https://etc-xx.example/a?b=1 认证".encode(),
        )  # fmt: skip
        casebook.append("C", [fact], NOW)
        (place,) = ask(casebook, "认证").cases[0].places
        assert place.text == "点 hxxps://etc-xx[.]example/a?b=1 认证"


def test_a_document_of_fields_is_found_by_its_texts(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "c.db") as casebook:
        fact = Fact(
            kind="report", source="r.json", received_at=NOW, media_type="application/json",
            payload=b'{"text": "\\u5b89\\u5168\\u8d26\\u6237", "kind": "web"}',
        )  # fmt: skip
        casebook.append("C", [fact], NOW)
        (place,) = ask(casebook, "安全账户").cases[0].places
        assert place.text == "安全账户"


def test_hidden_cases_are_neither_shown_nor_counted(casebook: Casebook) -> None:
    found = ask(casebook, "林芳", hidden=frozenset({"K1", "K4"}))
    assert ({c.case_id for c in found.cases}, found.total) == ({"K2", "K3", "K5"}, 3)
    assert ask(casebook, "30万", hidden=frozenset({"K1"})).total == 0


def test_what_was_just_recorded_is_found(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "c.db") as casebook:
        keep(casebook, "K1", "14:02", "30万")
        assert cases(casebook, "买车") == set()
        note = Action(kind="note", on="K1", who="a", at=NOW, legal_basis="", note="他说要买车")
        casebook.append("K1", [note], NOW)
        assert cases(casebook, "買車") == {"K1"}


def test_what_was_erased_is_gone_from_the_index_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with open_casebook(path) as casebook:
        payload = "欧阳修远在鼓楼区".encode()
        fact = Fact(
            kind="note", source="n.txt", received_at=NOW, payload=payload, media_type="text/plain"
        )
        (record,) = casebook.append("C", [fact], NOW)
        assert cases(casebook, "修远") == {"C"}
        assert "修远".encode() in path.read_bytes() + (tmp_path / "c.db-wal").read_bytes()
        erase = Action(kind="erase", on=str(record.seq), who="o", at=NOW, legal_basis="PIPL 47")
        casebook.erase(record.seq, erase, NOW)
        assert cases(casebook, "修远") == set()
        left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
        assert "修远".encode() not in left
        assert "欧阳".encode() not in left
        assert casebook.verify().size == 2


def test_an_index_made_otherwise_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with open_casebook(path) as casebook:
        keep(casebook, "K1", "14:02", "30万")
        assert cases(casebook, "林芳") == {"K1"}
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE search_state SET version = 'old'")
        raw.execute("DELETE FROM search_places")
    with open_casebook(path) as casebook:
        assert cases(casebook, "林芳") == {"K1"}


def test_traced_accounts_and_planned_holds_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "S2"
    folder.mkdir()
    (folder / "ledger.csv").write_bytes(LEDGER.read_bytes())
    (folder / "balances.csv").write_bytes(BALANCES.read_bytes())
    (folder / "thefts.csv").write_text(THEFTS)
    result = work(WorkRequest(folder=str(folder), casebook=tmp_path / "c.db", now=NOW))
    with open_casebook(tmp_path / "c.db") as casebook:
        for query in ("C2", "49,800", result.plan.holds[0].hold_id, "2024-05-14", "victim payment"):
            assert cases(casebook, query) == {"S2"}, query


def test_places_are_few_and_the_rest_is_counted(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "c.db") as casebook:
        notes = [
            Action(kind="note", on="C", who="a", at=NOW, legal_basis="", note=f"回访第{n}次未接")
            for n in range(50)
        ]
        casebook.append("C", notes, NOW)
        (case,) = ask(casebook, "回访").cases
        assert (len(case.places), case.count) == (PLACES, 50)


def test_pages_of_answers_go_on(tmp_path: Path) -> None:
    with open_casebook(tmp_path / "c.db") as casebook:
        for n in range(45):
            keep(casebook, f"C{n:02}", "14:02", "30万")
        seen = []
        for page in (1, 2, 3):
            found = search(casebook, SearchRequest(query="林芳", tz=ZONE, page=page))
            assert (found.total, found.pages) == (45, 3)
            seen += [c.case_id for c in found.cases]
        assert sorted(seen) == [f"C{n:02}" for n in range(45)]
        beyond = search(casebook, SearchRequest(query="林芳", tz=ZONE, page=99))
        assert beyond.page == 3


@given(st.text(max_size=60), st.data())
def test_every_stretch_of_a_text_is_found_by_its_pairs(text: str, data: st.DataObject) -> None:
    """Exact recall: FTS5 finds each word-like stretch, and `find` finds where it stands."""
    words = plain(text)
    if not words:
        return
    start = data.draw(st.integers(0, len(words) - 1))
    needle = words[start : data.draw(st.integers(start + 1, len(words)))].strip()
    if not needle:
        return
    assert reading(text).find(needle)
    with closing(sqlite3.connect(":memory:")) as raw:
        raw.execute("CREATE VIRTUAL TABLE g USING fts5(grams, content='', columnsize=0)")
        raw.execute("INSERT INTO g (rowid, grams) VALUES (1, ?)", (grams(text),))
        found = raw.execute("SELECT rowid FROM g WHERE g MATCH ?", (phrase(needle),)).fetchall()
    assert found == [(1,)]


@given(st.text())
def test_any_question_is_read_and_bounded(query: str) -> None:
    for terms in read_query(query):
        assert sum(len(t.text) for t in terms) <= MAX_CHARS * 4
        assert all(t.needles or t.asked.marks for t in terms)


@pytest.mark.parametrize("piece", ["0", "(", "张 ", "1/2/", '"', "May 1 ", "1 ", "万"])
def test_a_hostile_question_is_cut_short(casebook: Casebook, piece: str) -> None:
    assert ask(casebook, piece * 50_000).page == 1
