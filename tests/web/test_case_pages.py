"""The working pages of a case: what they show, what they record, and what they refuse and how."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.case_stories import CARD, V1, add_case, crowd, report_only, story
from tests.web.workbench import csrf, signed_in, workbench

from fanzha.model.payment import Account
from fanzha.money.hold_state import standing
from fanzha.money.holds import hold_id
from fanzha.people import roles
from fanzha.services.centre import Centre
from fanzha.services.restitution.record import recorded_books

AT = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
B2, B3, A1 = (hold_id(Account(number, "CNY")) for number in ("B2", "B3", CARD))
PAGES = ("flow", "holds", "returns", "appeals")
BASIS = "ATFL art. 20"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path / "centre", AT) as (centre, app):
        add_case(centre, "S2", story(), AT)
        add_case(centre, "S1", report_only(), AT)
        yield centre, app


@pytest.fixture
def client(opened: tuple[Centre, FastAPI]) -> TestClient:
    return signed_in(*opened, "investigator", AT)


@pytest.fixture
def centre(opened: tuple[Centre, FastAPI]) -> Centre:
    return opened[0]


def post(client: TestClient, path: str, page: str = "", **said: str) -> str:
    """Send a form from a page; gives the page that answers when it was refused, else nothing."""
    token = csrf(client.get(page or path).text)
    answer = client.post(path, data={"csrf": token, "basis": BASIS, **said})
    assert answer.status_code in (303, 400), answer.text[:500]
    return answer.text if answer.status_code == 400 else ""


def move(client: TestClient, hold: str, *states: str, **said: str) -> None:
    for state in states:
        last = said if state == states[-1] else {}
        refused = post(client, f"/case/S2/holds/{hold}", state=state, **last)
        assert not refused, re.findall(r'class="wrong[^>]*>([^<]+)', refused)


def freeze(client: TestClient, hold: str, amount: str) -> None:
    said = {"amount": amount, "expires_at": "2024-11-14T14:30"}
    move(client, hold, "fields_ok", "sent", "ack", "active", "frozen", **said)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("case", ["S1", "S2"])
@pytest.mark.parametrize("role", sorted(roles()))
def test_every_page_opens_for_who_may_read_with_money_and_without(
    opened: tuple[Centre, FastAPI], role: str, case: str, name: str
) -> None:
    answer = signed_in(*opened, role, AT).get(f"/case/{case}/{name}")
    assert answer.status_code == (200 if "case.read" in roles()[role] else 403)
    assert " style=" not in answer.text


def test_who_may_only_draft_is_offered_no_decision_and_may_take_none(
    opened: tuple[Centre, FastAPI],
) -> None:
    liaison = signed_in(*opened, "liaison", AT)
    move(liaison, B2, "fields_ok")
    page = liaison.get("/case/S2/holds")
    assert 'value="drafted"' in page.text
    assert 'value="sent"' not in page.text
    answer = liaison.post(
        f"/case/S2/holds/{B2}", data={"csrf": csrf(page.text), "state": "sent", "basis": BASIS}
    )
    assert answer.status_code == 403
    assert (
        signed_in(*opened, "auditor", AT).get(f"/case/S2/holds/{B2}/draft.txt").status_code == 403
    )


def test_the_board_says_what_must_never_be_held(client: TestClient) -> None:
    row = re.findall(rf'<tr data-row id="{B3}">.*?</tr>', client.get("/case/S2/holds").text, re.S)
    said = words(row[0])
    for figure in ("49,800.00", "93,300.00", "never hold 43,500.00 CNY of it", "verify before"):
        assert figure in said


def test_the_basis_is_remembered_for_the_person_alone(opened: tuple[Centre, FastAPI]) -> None:
    analyst, other = (signed_in(*opened, name, AT) for name in ("analyst", "investigator"))
    assert "Anti-Telecom and Online Fraud Law (2022), art. 20" in analyst.get("/case/S2/holds").text
    move(analyst, B2, "fields_ok", basis="order 7 of 2024")
    assert 'value="order 7 of 2024"' in analyst.get("/case/S2/holds").text
    assert "order 7 of 2024" not in other.get("/case/S2/holds").text


def test_a_refused_step_names_field_and_remedy_and_loses_nothing(
    client: TestClient, centre: Centre
) -> None:
    move(client, B3, "fields_ok", "sent", "ack")
    page = post(client, f"/case/S2/holds/{B3}", state="active", amount="93300", note="as asked")
    assert "more than was traced" in page
    assert 'value="93300"' in page
    assert "as asked" in page
    page = post(client, f"/case/S2/holds/{B3}", state="active", basis="")
    assert "needs a legal basis" in page
    page = post(client, f"/case/S2/holds/{B3}", state="returned", amount="1", note="x")
    assert "received by the institution" in page
    assert "--" not in words(page).split("draft")[0]
    assert "is not an amount" in post(client, f"/case/S2/holds/{B3}", state="active", amount="x")
    assert "above zero" in post(client, f"/case/S2/holds/{B3}", state="active", amount="-5")
    assert len(centre.casebook.actions_on("S2", B3, "hold")) == 3


def test_a_freeze_needs_its_date_and_a_release_its_amount_and_reason(client: TestClient) -> None:
    move(client, B3, "fields_ok", "sent", "ack", "active")
    path = f"/case/S2/holds/{B3}"
    assert "until when" in post(client, path, state="frozen", amount="93300")
    assert "not an instant" in post(client, path, state="frozen", amount="1", expires_at="soon")
    move(client, B3, "frozen", amount="93300", expires_at="2024-11-14T14:30")
    page = post(client, path, state="partial_release")
    assert "Write the amount" in page
    assert "Write the reason" in page
    move(client, B3, "partial_release", amount="49800", note="beyond the traced amount")
    history = words(client.get(path).text)
    for said in (
        "49,800.00",
        "beyond the traced amount",
        "investigator",
        BASIS,
        "2024-11-14 14:30",
    ):
        assert said in history


def test_the_clock_of_a_stop_warns_six_hours_before(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    client = signed_in(centre, app, "analyst", AT)
    move(client, B2, "fields_ok", "sent", "ack", "active")
    assert "expires soon" not in client.get("/case/S2/holds").text
    app.state.clock = lambda: AT + timedelta(hours=43)
    later = signed_in(centre, app, "analyst", AT + timedelta(hours=43))
    page = later.get("/case/S2/holds").text
    assert "expires soon" in page
    assert 'class="clock soon"' in page
    app.state.clock = lambda: AT + timedelta(hours=49)
    last = signed_in(centre, app, "analyst", AT + timedelta(hours=49))
    assert "expired" in words(last.get(f"/case/S2/holds/{B2}").text)


def test_drafts_as_text_docx_and_together(client: TestClient) -> None:
    text = client.get(f"/case/S2/holds/{B2}/draft.txt")
    assert "30,000.00 CNY" in text.text
    assert "Payee 3" in text.text
    assert "attachment" in text.headers["content-disposition"]
    written = docx.Document(io.BytesIO(client.get(f"/case/S2/holds/{B2}/draft.docx").content))
    assert any("30,000.00 CNY" in p.text for p in written.paragraphs)
    packed = client.get("/case/S2/holds/drafts.zip").content
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert any(name.endswith(".docx") for name in names)
    assert len(names) == len(set(names))
    assert packed == client.get("/case/S2/holds/drafts.zip").content
    assert client.get(f"/case/S2/holds/{B2}/draft.exe").status_code == 404
    assert client.get("/case/S2/holds/H-00000000").status_code == 404


def test_a_camt056_says_what_it_lacks(client: TestClient) -> None:
    answer = client.get(f"/case/S2/holds/{B2}/draft.xml")
    assert answer.status_code == 400
    assert "original references are missing" in answer.text


def test_a_pdf_without_a_browser_says_what_to_take_instead(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    answer = client.get(f"/case/S2/holds/{B2}/draft.pdf")
    assert answer.status_code == 400
    assert "Take the DOCX or the text" in answer.text


def test_a_report_alone_has_its_first_hold_ready_to_send(
    client: TestClient, centre: Centre
) -> None:
    board = words(client.get("/case/S1/holds").text)
    assert CARD in board
    assert "300,000.00" in board
    assert "4 of 4" in board
    assert "陈志强" not in board
    order = client.get(f"/case/S1/holds/{A1}/draft.txt").text
    assert "陈志强" in order
    assert "2024-05-14 14:02 +08:00" in order
    assert not post(client, f"/case/S1/holds/{A1}", state="fields_ok")
    assert standing(centre.casebook.actions_on("S1", A1, "hold"), AT).state == "fields_ok"
    assert centre.casebook.case("S1").latest("hold_plan") is not None
    assert not post(client, f"/case/S1/holds/{A1}", state="sent")


def test_a_number_that_fails_its_check_is_not_ready(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    wrong = {"report.txt": report_only()["report.txt"].replace("0000 004", "0000 014")}
    add_case(centre, "S1b", wrong, AT)
    client = signed_in(centre, app, "analyst", AT)
    number = hold_id(Account("6205500000000000014", "CNY"))
    assert "missing" in words(client.get("/case/S1b/holds").text)
    answer = client.get(f"/case/S1b/holds/{number}/draft.txt")
    assert answer.status_code == 400
    assert "<pre" not in answer.text
    assert "has no draft" in post(client, f"/case/S1b/holds/{number}", state="fields_ok")


def test_the_flow_s_figures_and_steps_agree_with_the_trace(client: TestClient) -> None:
    page = client.get("/case/S2/flow?method=pro_rata").text
    assert "29,526.32" in page
    assert "52,105.26" in page
    said = json.loads(re.findall(r'id="flow-data">(.*?)</script>', page, re.S)[0])
    (picture,) = said["pictures"]
    last = {
        said["entries"][picture["first"] + len(picture["ribbons"]) + i][0]: node["there"][-1][1]
        for i, node in enumerate(picture["nodes"])
        if "there" in node
    }
    assert sum(last.values()) == 35_000_000
    assert all(bands[-1][1] == 10_000 for ribbon in picture["ribbons"] for bands in ribbon)
    assert said["times"] == sorted(said["times"])


def test_an_unknown_method_is_that_of_the_plans(client: TestClient) -> None:
    page = client.get("/case/S2/flow?method=guess")
    assert page.status_code == 200
    assert 'data-method="fifo"' in page.text
    assert client.get("/case/S2/flow/rows?method=guess&entry=0").status_code == 404


def test_all_rows_behind_a_band_come_when_asked_for(opened: tuple[Centre, FastAPI]) -> None:
    centre, app = opened
    add_case(centre, "MANY", crowd(600, 4), AT)
    client = signed_in(centre, app, "auditor", AT)
    page = client.get("/case/MANY/flow").text
    said = json.loads(re.findall(r'id="flow-data">(.*?)</script>', page, re.S)[0])
    number, entry = max(enumerate(said["entries"]), key=lambda e: e[1][2])
    assert entry[2] > 0
    rows = client.get(f"/case/MANY/flow/rows?method=fifo&entry={number}").text
    assert rows.count("<tr>") == entry[2] + len(entry[1])
    assert client.get("/case/MANY/flow/rows?method=fifo&entry=99999").text.strip() == ""


def test_s4_the_rules_side_by_side_then_the_ledger_to_its_end(
    opened: tuple[Centre, FastAPI],
) -> None:
    centre, app = opened
    client = signed_in(centre, app, "investigator", AT)
    path = "/case/S2/returns"
    assert "Nothing is held yet" in client.get(path).text
    assert (
        "no hold of this case is in force" in post(client, path, step="plan", rule="traced").lower()
    )
    freeze(client, B2, "30000")
    board = words(client.get(path).text)
    for figure in ("30,000.00", "20,000.00", "10,000.00", "25,714.29", "4,285.71"):
        assert figure in board
    assert "legal basis" in post(client, path, step="plan", rule="pro_rata_account", basis="")
    assert not post(client, path, step="plan", rule="pro_rata_account")
    assert not post(client, path, step="notice")
    early = {"csrf": csrf(client.get(path).text), "step": "pay", "theft": "V1", "basis": BASIS}
    page = client.post(path, data=early, files={"proof": ("slip.pdf", b"receipt 1")})
    assert "notice runs until" in page.text
    assert not post(client, path, step="object", account="B2", theft="V2", amount="4000")
    later = AT + timedelta(days=31)
    app.state.clock = lambda: later
    client = signed_in(centre, app, "investigator", later)
    paid = {"csrf": csrf(client.get(path).text), "step": "pay", "theft": "V1", "basis": BASIS}
    page = client.post(path, data=paid, files={"proof": ("slip.pdf", b"")})
    assert page.status_code == 400
    assert "proof that is not empty" in page.text
    assert (
        client.post(path, data=paid, files={"proof": ("slip.pdf", b"receipt 1")}).status_code == 303
    )
    assert not post(client, path, step="dismiss", account="B2", theft="V2")
    assert not post(client, path, step="lapse", account="B2", theft="V2", amount="1000")
    assert not post(client, path, step="release", account="B2", amount="1000")
    tally = recorded_books(centre.casebook, "S2").books.by_account()[Account("B2", "CNY")]
    assert (tally.held, tally.paid, tally.released) == (3_000_000, 2_000_000, 100_000)
    assert tally.held == tally.paid + tally.released + tally.set_aside + tally.undistributed
    shown = words(client.get(path).text)
    assert "9,000.00" in shown
    assert "Proof, SHA-256" in shown
    assert "already has a part" in post(client, path, step="claim", theft="V2")


def test_a_notice_and_each_victim_s_own_statement(client: TestClient) -> None:
    freeze(client, B2, "30000")
    notice = client.get("/case/S2/returns/notice.txt").text
    assert "25,714.29" in notice
    assert "Payee" not in notice
    assert docx.Document(io.BytesIO(client.get("/case/S2/returns/notice.docx").content)).paragraphs
    page = client.get("/case/S2/returns/statement/1.html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    first, second = (words(client.get(f"/case/S2/returns/statement/{n}.html").text) for n in (1, 2))
    assert ("50,000.00" in first) != ("50,000.00" in second)
    assert client.get("/case/S2/returns/statement/3.html").status_code == 404


def test_s5_an_appeal_with_its_excess_and_the_decision_that_follows(
    opened: tuple[Centre, FastAPI],
) -> None:
    centre, app = opened
    freeze(signed_in(centre, app, "analyst", AT), B3, "93300")
    day_9 = datetime(2024, 5, 23, 7, 0, tzinfo=UTC)
    app.state.clock = lambda: day_9
    client = signed_in(centre, app, "analyst", day_9)
    path = "/case/S2/appeals"
    files = [("evidence", (f"{name}.txt", b"88213")) for name in ("order", "chat", "courier slip")]
    said = {"csrf": csrf(client.get(path).text), "account": "B3", "frozen": "", "noticed": ""}
    assert client.post(path, data=said, files=files).status_code == 303
    page = client.get(path).text
    for figure in (
        "43,500.00 CNY over what was traced",
        "49,800.00",
        "93,300.00",
        "day 9",
        "2024-05-26 15:00",
        "five business days",
        "art. 32",
    ):
        assert figure in words(page), figure
    assert page.count("nothing handed in yet") == 1
    link = re.findall(r'href="(/case/S2/holds/[^"]+state=partial_release[^"]+)"', page)[0]
    form = client.get(link.replace("&amp;", "&")).text
    assert 'value="49800.00"' in form
    assert "beyond the traced amount" in form
    letter = client.get(f"{path}/{B3}/letter.txt").text
    assert "43,500.00" in letter
    assert "您的账户" in letter
    assert docx.Document(io.BytesIO(client.get(f"{path}/{B3}/letter.docx").content)).paragraphs
    move(client, B3, "partial_release", amount="49800.00", note="beyond the traced amount")
    again = {**said, "csrf": csrf(client.get(path).text)}
    assert client.post(path, data=again).status_code == 303
    assert "Nothing is held beyond the traced amount" in client.get(path).text


def test_an_appeal_for_an_account_nobody_knows(client: TestClient) -> None:
    page = post(client, "/case/S2/appeals", account="Z9", frozen="")
    assert "Nothing was traced to account Z9" in page
    assert 'value="Z9"' in page
    assert not post(client, "/case/S2/appeals", account="Z9", frozen="100")
    assert "No hold of this case is on the account" in client.get("/case/S2/appeals").text


def test_names_and_numbers_of_any_length_and_kind_stay_words(
    opened: tuple[Centre, FastAPI],
) -> None:
    centre, app = opened
    odd = "<b>陈" + "长" * 200
    files = story(V1)
    files["ledger.csv"] = files["ledger.csv"].replace("Payee 2", odd)
    add_case(centre, "<odd>&'case", files, AT)
    client = signed_in(centre, app, "investigator", AT)
    for name in PAGES:
        page = client.get(f"/case/%3Codd%3E%26'case/{name}")
        assert page.status_code == 200
        assert "<odd>" not in page.text
        assert "<b>陈" not in page.text


def test_long_lists_are_turned_and_no_page_is_heavy(tmp_path: Path) -> None:
    """Some 300 holdings: every hold stands on one page of the board, in the order of the plan."""
    with workbench(tmp_path / "centre", AT) as (centre, app):
        add_case(centre, "MANY", crowd(1200), AT)
        client = signed_in(centre, app, "investigator", AT)
        found, pages = list[str](), 1
        for number in range(1, 9):
            board = client.get(f"/case/MANY/holds?page={number}").text
            found += re.findall(r'<tr data-row id="([^"]+)"', board)
            if 'rel="next"' not in board:
                break
            pages += 1
        plan = centre.cases.open("MANY", AT).plan
        assert found == [hold.hold_id for hold in plan.holds]
        assert pages > 1
        for name in ("", "/table", "/flow", "/flow?method=pro_rata", "/holds", "/returns", "/log"):
            assert len(client.get(f"/case/MANY{name}").content) < 300_000, name
        first = client.get("/queue").text
        assert 'href="?page=2"' in first
        assert client.get("/queue?page=99").status_code == 200  # the last page, not an error


def test_an_empty_centre_says_where_to_begin(tmp_path: Path) -> None:
    with workbench(tmp_path / "centre", AT) as (centre, app):
        client = signed_in(centre, app, "analyst", AT)
        for path in ("/queue", "/case"):
            page = client.get(path).text
            assert re.search(r'class="empty".*href="/intake"', page, re.S), path
        auditor = signed_in(centre, app, "auditor", AT).get("/case").text
        assert 'href="/intake"' not in auditor


def test_numbers_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    long = "THEFT-OF-A-VICTIM-WITH-A-VERY-LONG-NUMBER-"
    files = story() | {"thefts.csv": story()["thefts.csv"].replace("V1,V1", f"{long}1,V1")}
    files["thefts.csv"] = files["thefts.csv"].replace("V2,V2", f"{long}2,V2")
    with workbench(tmp_path / "centre", AT) as (centre, app):
        add_case(centre, "S2", files, AT)
        client = signed_in(centre, app, "investigator", AT)
        for name in ("", "/table", "/returns"):
            page = words(client.get(f"/case/S2{name}").text)
            assert "NUMBER-1" in page, name
            assert "NUMBER-2" in page, name


def test_the_log_says_every_step_in_words(client: TestClient) -> None:
    move(client, B2, "fields_ok", "sent")
    page = client.get("/case/S2/log", headers={"accept-language": "zh-Hans"}).text
    assert "已发送" in words(page)
    assert "sent" not in words(page)
    assert f'href="/case/S2/holds/{B2}"' in page
