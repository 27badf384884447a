"""From held money to each victim's own statement, through the casebook, and nothing of others."""

from __future__ import annotations

import dataclasses
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.commands import BALANCES, LEDGER

from fanzha.casebook import open_casebook
from fanzha.errors import CasebookBroken, NotAllowed, UnknownRecord, UsageError
from fanzha.model.catalogue import LANGS
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money.hold_state import advance
from fanzha.money.holds import hold_id
from fanzha.money.replan import Board
from fanzha.present.victim_statement import page_names, statement_html
from fanzha.services.experience import own_curves
from fanzha.services.rerank import RerankRequest, rerank
from fanzha.services.restitution import Desk, PlanRequest, StepRequest, act, plan, show
from fanzha.services.restitution.record import record_step, recorded_books
from fanzha.services.restitution.victim_statement import victim_statement, victim_statements
from fanzha.services.work import WorkRequest, work

NOW = datetime(2024, 6, 1, 2, tzinfo=UTC)
HEADER = "theft_id,debtor_account,creditor_account,amount,currency,booked_at,refunded\n"
V1 = "V1,V1,A1,300000.00,CNY,2024-05-14T14:02:10+08:00,120\n"
V2 = "V2,V2,B2,50000.00,CNY,2024-05-14T14:01:00+08:00,0\n"
AMOUNT = re.compile(r"\d[\d,]*\.\d\d")
SPLIT = ("B2=30000", "C2=120000")


def run(folder: Path, thefts: str = HEADER + V1 + V2) -> Path:
    """The main job over the stories' ledger; the casebook."""
    case = folder / "case-9"
    case.mkdir(exist_ok=True)
    shutil.copy(LEDGER, case / "ledger.csv")
    shutil.copy(BALANCES, case / "balances.csv")
    (case / "thefts.csv").write_text(thefts, "utf-8")
    casebook = folder / "casebook.db"
    work(WorkRequest(folder=str(case), casebook=casebook, now=NOW))
    return casebook


@pytest.fixture
def casebook(tmp_path: Path) -> Path:
    return run(tmp_path)


def desk(casebook: Path, day: int = 0, who: str = "officer 7") -> Desk:
    at = NOW + timedelta(days=day)
    return Desk(case="case-9", now=at, who=who, basis="decision 9", casebook=casebook)


def split(casebook: Path, day: int = 0, held: tuple[str, ...] = SPLIT, **more: str) -> None:
    rule = more.get("rule", "pro_rata_account")
    plan(PlanRequest(desk=desk(casebook, day), held=held, rule=rule))


def step(casebook: Path, name: str, day: int, **more: Any) -> None:
    act(StepRequest(desk=desk(casebook, day), step=name, **more))


def slip(folder: Path, text: str = "paid") -> str:
    (folder / "slip.txt").write_text(text)
    return str(folder / "slip.txt")


def test_looking_at_every_rule_records_nothing(casebook: Path) -> None:
    before = _size(casebook)
    result = plan(PlanRequest(desk=desk(casebook, who=""), held=("B2=30000",)))
    by_rule = {p.rule: {s.theft_id: s.amount for s in p.shares} for p in result.plans}
    assert by_rule == {
        "traced": {"V1": 30_000_00},
        "pro_rata_account": {"V1": 20_000_00, "V2": 10_000_00},
        "pro_rata_loss": {"V1": 25_714_29, "V2": 4_285_71},
    }
    assert _size(casebook) == before
    with pytest.raises(NotAllowed, match="restitution_needs_basis"):
        plan(PlanRequest(desk=desk(casebook, who=""), held=("B2=30000",), rule="traced"))
    assert _size(casebook) == before


def _size(casebook: Path) -> int:
    with open_casebook(casebook) as book:
        return book.verify().size


def test_from_split_to_payment_and_it_replays_from_the_casebook(
    casebook: Path, tmp_path: Path
) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    step(casebook, "object", 5, account="C2", theft_id="V2", amount="5000")
    step(casebook, "pay", 40, account="B2", theft_id="V1", proof=slip(tmp_path))
    step(casebook, "dismiss", 41, account="C2", theft_id="V2")
    step(casebook, "lapse", 41, account="C2", theft_id="V2")
    step(casebook, "release", 42, account="C2", amount="100")
    books = show(desk(casebook)).books
    assert [e.kind for e in books.entries] == [
        "held",
        "allotted",
        "noticed",
        "objected",
        "set_aside",
        "paid",
        "dismissed",
        "lapsed",
        "released",
    ]
    assert all((e.who, e.basis) == ("officer 7", "decision 9") for e in books.entries)
    held = books.by_account()[Account("C2", "CNY")]
    assert held.held == 120_000_00
    assert held.released == 100_00
    with open_casebook(casebook) as book:
        book.verify()
        assert recorded_books(book, "case-9").books == books


def test_a_payment_needs_a_proof_and_a_known_account(casebook: Path, tmp_path: Path) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    with pytest.raises(UsageError, match="restitution_proof_missing"):
        step(casebook, "pay", 40, account="B2", theft_id="V1", proof=slip(tmp_path, ""))
    with pytest.raises(UnknownRecord, match="restitution_unknown_account"):
        step(casebook, "pay", 40, account="A1", theft_id="V1", proof=slip(tmp_path))


def test_a_part_of_a_share_names_its_account(casebook: Path, tmp_path: Path) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    with pytest.raises(UsageError, match="restitution_account_needed"):
        step(casebook, "pay", 40, theft_id="V1", amount="5", proof=slip(tmp_path))
    step(casebook, "pay", 40, theft_id="V1", proof=slip(tmp_path))
    assert show(desk(casebook)).books.by_theft()["V1"].allotted == 0


def test_a_list_pays_many_in_one_step_or_nobody(casebook: Path, tmp_path: Path) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    slip(tmp_path)
    paid = tmp_path / "paid.csv"
    paid.write_text("theft_id,proof\nV1,slip.txt\nV9,slip.txt\n", "utf-8")
    with pytest.raises(NotAllowed, match="restitution_nothing_due_to"):
        step(casebook, "pay", 40, listed=str(paid))
    assert all(t.paid == 0 for t in show(desk(casebook)).books.by_theft().values())
    paid.write_text("theft_id,proof\nV1,slip.txt\nV2,slip.txt\n", "utf-8")
    step(casebook, "pay", 40, listed=str(paid))
    tallies = show(desk(casebook)).books.by_theft()
    assert {t: n.paid for t, n in tallies.items()} == {t: n.held for t, n in tallies.items()}
    with open_casebook(casebook) as book:
        assert recorded_books(book, "case-9").next_step == 4


@pytest.mark.parametrize(
    "text",
    ["", "theft_id\nV1\n", "theft_id,proof\nV1,slip.txt\nV1,slip.txt\n", "theft_id,proof\nV1\n"],
)
def test_a_list_that_is_none_is_refused(casebook: Path, tmp_path: Path, text: str) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    (tmp_path / "paid.csv").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="restitution_list_unreadable"):
        step(casebook, "pay", 40, listed=str(tmp_path / "paid.csv"))
    with pytest.raises(UsageError, match="restitution_pay_what"):
        step(casebook, "pay", 40)


def test_a_late_victim_reopens_the_split(tmp_path: Path) -> None:
    casebook = run(tmp_path, HEADER + V1)
    split(casebook)
    with pytest.raises(UnknownRecord, match="unknown_theft"):
        step(casebook, "claim", 2, theft_id="V2")
    run(tmp_path)  # V2 comes forward: the case is worked through again
    step(casebook, "claim", 3, theft_id="V2")
    assert show(desk(casebook)).books.late == {"V2"}
    split(casebook, 4)
    books = show(desk(casebook)).books
    assert (books.late, sorted(books.by_theft())) == (frozenset(), ["V1", "V2"])
    assert books.by_theft()["V2"].held == 50_000_00


def test_holds_in_force_are_what_there_is_to_return(casebook: Path) -> None:
    with pytest.raises(NotAllowed, match="restitution_nothing_held"):
        plan(PlanRequest(desk=desk(casebook)))
    land(casebook, "B2", 25_000_00, NOW)
    split(casebook, held=())
    b2 = Account("B2", "CNY")
    assert {a: t.held for a, t in show(desk(casebook)).books.by_account().items()} == {
        b2: 25_000_00
    }
    page = statement_html(victim_statement(desk(casebook, 1), "V1"), "en")
    assert "stopped from leaving" in page
    with pytest.raises(NotAllowed, match="restitution_held_less"):
        split(casebook, day=3, held=())  # the 48 hours are over
    step(casebook, "object", 3, account="B2")
    step(casebook, "release", 3, account="B2", amount="25000")
    split(casebook, day=3, held=())
    assert show(desk(casebook)).books.by_account()[b2].released == 25_000_00


def land(casebook: Path, account: str, amount: int, at: datetime) -> None:
    name = hold_id(Account(account, "CNY"))
    history: list[Action] = []
    for state in ("fields_ok", "sent", "ack", "active"):
        wanted = Action(
            kind="hold",
            on=name,
            who="x",
            at=at,
            legal_basis="art. 20",
            state=state,
            amount=amount,
            currency="CNY",
        )
        history.append(advance(history, wanted))
    with open_casebook(casebook) as book:
        book.append("case-9", history, at)


def test_of_two_steps_entered_at_once_the_first_stands_and_the_other_is_told(
    casebook: Path,
) -> None:
    split(casebook)
    with open_casebook(casebook) as book:
        before = recorded_books(book, "case-9")
        step(casebook, "notice", 1)
        late = [
            dataclasses.replace(e, note="again") for e in show(desk(casebook)).books.entries[-1:]
        ]
        with pytest.raises(NotAllowed, match="restitution_overtaken"):
            record_step(book, "case-9", before, late, NOW)
        after = recorded_books(book, "case-9")
    assert [e.kind for e in after.books.entries] == ["held", "allotted", "noticed"]
    assert after.books.entries[-1].note == ""
    step(casebook, "notice", 2)  # and the ledger goes on


def test_a_step_that_nobody_can_read_is_said_so(casebook: Path) -> None:
    with open_casebook(casebook) as book:
        strange = Action(
            kind="restitution", on="restitution", who="x", at=NOW, legal_basis="y", note="{}"
        )
        book.append("case-9", [strange], NOW)
    with pytest.raises(CasebookBroken, match="restitution_unreadable"):
        show(desk(casebook))


def test_a_statement_tells_a_victim_everything_of_theirs(casebook: Path, tmp_path: Path) -> None:
    split(casebook)
    step(casebook, "notice", 1)
    step(casebook, "pay", 40, account="B2", theft_id="V1", proof=slip(tmp_path))
    said = victim_statement(desk(casebook, 41), "V1")
    assert (said.theft.amount, said.net, said.in_reach) == (300_000_00, 299_880_00, 256_000_00)
    assert said.total("traced") + said.disputed == 300_000_00
    assert said.total("share") == said.total("due") + said.total("paid") + said.total("set_aside")
    assert [e.kind for e in said.events] == ["allotted", "noticed", "paid"]
    page = statement_html(said, "en")
    for words in ("300,000.00", "120.00 CNY", "what came in first goes out first", "costs nothing"):
        assert words in page


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("own", "other"), [("V1", "V2"), ("V2", "V1")])
def test_a_statement_says_nothing_about_anybody_else(
    tmp_path: Path, own: str, other: str, lang: str
) -> None:
    casebook = run(tmp_path)
    split(casebook)
    step(casebook, "notice", 1)
    step(casebook, "object", 5, account="C2", theft_id=other, amount="5432.10")
    step(casebook, "pay", 40, account="B2", theft_id=other, amount="1234.56", proof=slip(tmp_path))
    page = statement_html(victim_statement(desk(casebook, 41), own), lang)  # type: ignore[arg-type]
    mine = victim_statement(desk(casebook, 41), own)
    body = page.partition("<body>")[2]
    figures = {mine.theft.amount, mine.theft.refunded, mine.net, mine.in_reach, 0}
    figures |= {n for p in mine.parts for n in (p.traced, p.share, p.set_aside, p.due, p.paid)}
    figures |= {mine.total(n) for n in ("traced", "share", "set_aside", "due", "paid")}
    figures |= {event.amount for event in mine.events}
    assert {int(n.replace(",", "").replace(".", "")) for n in AMOUNT.findall(body)} <= figures
    for word in (other, "officer", "decision 9", "A1", "B2", "C2", "CASH", "<script", "http"):
        assert word not in body, word


def test_a_statement_does_not_change_with_another_victims_name_or_payee(tmp_path: Path) -> None:
    pages = []
    for name in ("V2", "Somebody-Else"):
        folder = tmp_path / name
        folder.mkdir()
        casebook = run(folder, HEADER + V1 + V2.replace("V2,V2", f"{name},V2"))
        split(casebook)
        step(casebook, "object", 5, account="C2", theft_id=name, amount="5432.10")
        pages.append(statement_html(victim_statement(desk(casebook, 41), "V1"), "en"))
    assert pages[0] == pages[1]


def test_a_page_for_everybody_is_the_page_of_each(casebook: Path) -> None:
    split(casebook)
    step(casebook, "object", 5, account="C2")
    everybody = list(victim_statements(desk(casebook, 41)))
    assert [s.theft.theft_id for s in everybody] == ["V1", "V2"]
    for one in everybody:
        assert one == victim_statement(desk(casebook, 41), one.theft.theft_id)


def test_file_names_are_safe_and_distinct(tmp_path: Path) -> None:
    evil = V1.replace("V1,V1", "../../V1 \u202e,V1") + V2.replace("V2,V2", "@@,V2")
    names = page_names(list(victim_statements(desk(run(tmp_path, HEADER + evil)))))
    assert names == ["1-V1.html", "2-theft.html"]


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    evil = "<b>T&1</b>"
    casebook = run(tmp_path, HEADER + V1.replace("V1,V1", f"{evil},V1") + V2)
    page = statement_html(victim_statement(desk(casebook), evil), "en")
    assert "<b>T" not in page
    assert "&lt;b&gt;T&amp;1" in page


def test_a_statement_before_anything_was_decided_and_of_nobody(casebook: Path) -> None:
    page = statement_html(victim_statement(desk(casebook), "V2"), "en")
    assert "has not been decided yet" in page
    with pytest.raises(UnknownRecord, match="unknown_theft"):
        victim_statement(desk(casebook), "V9")


def test_own_holds_say_how_long_money_stayed(casebook: Path) -> None:
    at = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)
    land(casebook, "B2", 15_000_00, at)  # half of the 30,000 that was traced there
    land(casebook, "B1", 34_000_00, at)
    curve = own_curves(casebook)["retail_instant"]
    assert (curve.n, curve.events) == (2, 0.5)
    confirmed = datetime(2024, 5, 14, 6, 16, tzinfo=UTC)
    credited = datetime(2024, 5, 14, 6, 3, 40, tzinfo=UTC)  # B2's newest stolen credit
    middle = ((confirmed - credited) + (at - credited)).total_seconds() / 2
    assert [s.age for s in curve.steps] == [middle]
    assert own_curves(None) == {}


def test_a_rejected_hold_and_one_that_landed_before_the_plan_say_nothing(casebook: Path) -> None:
    land(casebook, "B2", 15_000_00, datetime(2024, 5, 14, 6, 5, tzinfo=UTC))
    assert own_curves(casebook) == {}


def test_every_case_of_a_casebook_is_one_ranking(tmp_path: Path) -> None:
    casebook = run(tmp_path)
    case = tmp_path / "case-10"
    shutil.copytree(tmp_path / "case-9", case)
    (case / "thefts.csv").write_text(HEADER + V2, "utf-8")
    work(WorkRequest(folder=str(case), casebook=casebook, now=NOW))
    hold_at = datetime(2024, 5, 14, 6, 25, tzinfo=UTC)
    board = rerank(RerankRequest(casebook=casebook, hold_at=hold_at))
    spot = board.spots[Account("C2", "CNY")]
    assert spot.cap == 120_000_00  # V2's 50,000 stand in both cases and are held once
    again = rerank(RerankRequest(casebook=casebook, hold_at=hold_at, changed=("case-10",)), board)
    assert again == board
    closed = rerank(
        RerankRequest(casebook=casebook, hold_at=hold_at, closed=("case-9", "case-10")), board
    )
    assert closed == Board()
