"""Taking a report and dropping files, as plain forms send them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.workbench import csrf, signed_in, workbench

from fanzha.casebook.record import load_action
from fanzha.services.centre import Centre
from fanzha.services.desk.files import MOST_FILES, clean_name, look
from fanzha.services.desk.intake import reports_of
from fanzha.services.desk.rows import MOST_CELLS
from fanzha.services.queue import what_burns
from fanzha.web.guard import MIB
from fanzha.web.pages.intake import cut

AT = datetime(2024, 5, 14, 14, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
CARD = "6205 5000 0000 0000 004"
S1 = (
    f"我叫林芳,今天下午两点零二分用工行给一个叫'陈志强'的转了三十万,卡号{CARD},"
    "他们前天还返了我120块,现在还让我在会议软件里别挂…我在浦东"
)
HEAD = "booked_at,debtor_account,creditor_account,amount,currency,debtor_name,creditor_name\n"
THEFT = "2024-05-14T14:02:10+08:00,V1,6205500000000000004,300000.00,CNY,林芳,陈志强\n"
GOOD = "2024-05-14T14:03:05+08:00,6205500000000000004,B1,99000.00,CNY,陈志强,王示例\n"
BAD = "yesterday,6205500000000000004,B2,100000.00,CNY,陈志强,李示例\n"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path_factory.mktemp("centre"), AT) as found:
        yield found


@pytest.fixture(scope="module")
def centre(opened: tuple[Centre, FastAPI]) -> Centre:
    return opened[0]


@pytest.fixture(scope="module")
def desk(opened: tuple[Centre, FastAPI]) -> TestClient:
    client = signed_in(*opened, "operator", AT)
    client.headers["x-csrf-token"] = csrf(client.get("/account").text)
    return client


def fields(page: str) -> dict[str, str]:
    """What a form of the page would send back."""
    names = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in names if name != "csrf"}


def read(desk: TestClient, words: str, **more: str) -> tuple[str, dict[str, str]]:
    """The page after the words were read, and what its form sends."""
    sent = {**fields(desk.get("/intake").text), "words": words, **more}
    answer = desk.post("/intake/read", data=sent)
    assert answer.status_code == 200
    return answer.text, {**fields(answer.text), "words": words}


def take(desk: TestClient, words: str = S1, **entered: str) -> str:
    """Take a report; gives the number of its case."""
    _, form = read(desk, words)
    answer = desk.post("/intake/take", data={**form, **entered})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def test_s1_fills_the_form_and_marks_the_words(desk: TestClient) -> None:
    page, form = read(desk, S1)
    assert (form["t0.payee_acct"], form["t0.payee_name"], form["t0.amount"], form["t0.time"]) == (
        "6205500000000000004", "陈志强", "300,000.00", "2024-05-14 14:02",
    )  # fmt: skip
    assert "299,880.00" in page
    assert "HIGH: act now" in page
    assert "Reported 16 min after the transfer" in page
    for of, words in (("0-amount", "三十万"), ("0-payee_acct", CARD), ("0-victim_bank", "工行")):
        assert re.search(rf'data-of="[^"]*{of}[^"]*">{words}</mark>', page)
    asked = re.findall(r'href="#f-t0-(\w+)"', page)
    assert asked == ["payee_bank", "time", "victim_acct"]
    script = page[page.index("Say to the caller") :]
    assert script.index("Hang up on them now") < script.index("I read back what I noted")


def test_a_script_gets_only_the_part_that_was_read(desk: TestClient) -> None:
    answer = desk.post("/intake/read", data={"words": S1}, headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert "299,880.00" in answer.text


def test_nothing_is_taken_before_its_reading_was_seen(desk: TestClient, centre: Centre) -> None:
    before = centre.casebook.checkpoint()
    form = fields(desk.get("/intake").text)
    assert "Look it over" in desk.post("/intake/take", data={**form, "words": S1}).text
    _, form = read(desk, S1)
    assert "Look it over" in desk.post("/intake/take", data={**form, "words": S1 + "!"}).text
    assert desk.post("/intake/take", data={**form, "words": ""}).status_code == 400
    assert centre.casebook.checkpoint() == before


def test_a_taken_report_keeps_the_words_and_shows_the_order(
    desk: TestClient, centre: Centre
) -> None:
    case_id = take(desk)
    (fact,) = centre.casebook.case(case_id).facts
    payload = centre.casebook.payload(fact.seq)
    assert payload is not None
    assert payload.decode().partition("\n")[2] == S1
    page = desk.get(f"/case/{case_id}/orders").text
    draft = html.unescape(page[page.index("<pre") : page.index("</pre>")])
    for value in ("6205500000000000004", "陈志强", "300,000.00 CNY", "2024-05-14 14:02 +08:00"):
        assert value in draft
    assert case_id in draft
    assert f"/case/{case_id}/holds#H-" in page
    (burns,) = [t for t in what_burns(centre.casebook, AT) if t.case_id == case_id]
    assert (burns.kind, burns.missing) == ("money", ())


def test_a_wrong_digit_is_read_back_and_never_mended(desk: TestClient, centre: Centre) -> None:
    wrong = S1.replace("0000 004", "0000 014")
    page, form = read(desk, wrong)
    assert form["t0.payee_acct"] == "6205500000000000014"
    assert "fails its check digit" in page
    assert "match fields incomplete" in page
    case_id = take(desk, wrong)
    assert "No order may be drafted yet" in desk.get(f"/case/{case_id}/orders").text
    mended = take(desk, wrong, **{"t0.payee_acct": CARD})
    words, entry = centre.casebook.case(mended).facts
    assert "0000 014" in (centre.casebook.payload(words.seq) or b"").decode()
    said = json.loads(centre.casebook.payload(entry.seq) or b"")
    assert (said["who"], said["entries"]) == (
        "operator", [{"transfer": 0, "field": "payee_acct", "value": CARD}],
    )  # fmt: skip
    (report,) = reports_of(centre, mended)
    assert report.transfers[0].order_allowed
    assert not report.warnings
    assert "<pre" in desk.get(f"/case/{mended}/orders").text


def test_a_correction_stands_while_the_words_grow(desk: TestClient) -> None:
    _, form = read(desk, S1)
    boxes = {k: v for k, v in form.items() if k.startswith(("t0.", "was."))}
    boxes["t0.payee_bank"] = "示例银行"
    page, again = read(desk, S1 + "。我还说一句", **boxes)
    assert again["t0.payee_bank"] == "示例银行"
    assert "entered by you" in page
    assert re.findall(r'href="#f-t0-(\w+)"', page) == ["time", "victim_acct"]


def test_a_field_that_cannot_be_read_says_so_and_is_not_taken(desk: TestClient) -> None:
    _, form = read(desk, S1)
    for name, value in (("amount", "much"), ("time", "noon"), ("payee_acct", "9" * 300)):
        answer = desk.post("/intake/take", data={**form, f"t0.{name}": value})
        assert answer.status_code == 400, name
        assert f'href="#f-t0-{name}"' in answer.text
    answer = desk.post("/intake/take", data={**form, "received": "2031-01-01 10:00"})
    assert answer.status_code == 400


def test_a_transfer_that_the_words_do_not_tell_can_be_added(
    desk: TestClient, centre: Centre
) -> None:
    added = {"t1.payee_acct": CARD, "t1.payee_name": "王示例", "t1.amount": "5000",
             "t1.time": "2024-05-14 14:10"}  # fmt: skip
    case_id = take(desk, S1, **added)
    (report,) = reports_of(centre, case_id)
    assert report.net_loss == {"CNY": 30_000_000 + 500_000 - 12_000}
    assert report.report_delay_seconds == 8 * 60


def test_hostile_words_stay_words(desk: TestClient) -> None:
    case = "<script>alert(1)</script>\u202e'\"><b>" + S1
    page, _ = read(desk, case)
    assert "<script>alert" not in page
    assert "⟨U+202E⟩" in page
    assert desk.post("/intake/read", data={"words": "九" * 100_001}).status_code == 400


def test_the_pieces_are_the_words(desk: TestClient, centre: Centre) -> None:
    (report,) = reports_of(centre, take(desk))
    assert "".join(piece.text for piece in cut(S1, report)) == S1
    assert {of for piece in cut(S1, report) for of in piece.of} >= {"0-amount", "inducement"}


def drop(desk: TestClient, files: dict[str, bytes], case: str = "") -> str:
    """Drop files; gives the number of the case."""
    sent = [("files", (name, content)) for name, content in files.items()]
    answer = desk.post("/intake/files", data={"case": case}, files=sent)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def test_files_are_told_apart_and_the_case_is_traced_at_once(
    desk: TestClient, centre: Centre
) -> None:
    case_id = take(desk)
    page = "<!doctype html><html><body><p>我被骗了</p></body></html>".encode()
    files = {"payments.csv": (HEAD + THEFT + GOOD + BAD).encode(), "saved.html": page,
             "chat.txt": S1.encode(), "odd.bin": b"\x00\x01\x02" * 9}  # fmt: skip
    assert drop(desk, files, case_id) == case_id
    kinds = {line.name: line.kind for line in look(centre, case_id)}
    assert kinds == {
        "report.txt": "report", "payments.csv": "statement", "saved.html": "page",
        "chat.txt": "words", "odd.bin": "file",
    }  # fmt: skip
    (line,) = [x for x in look(centre, case_id) if x.name == "payments.csv"]
    assert (line.rows, line.taken, line.refused, line.corrected) == (3, 2, 1, 0)
    assert centre.casebook.case(case_id).latest("trace") is not None
    listed = desk.get(f"/case/{case_id}/files").text
    assert "payments.csv" in listed
    words = {x.name: x.seq for x in look(centre, case_id) if x.kind in ("page", "words")}
    assert "我被骗了" in desk.get(f"/case/{case_id}/files/{words['saved.html']}").text
    assert CARD in desk.get(f"/case/{case_id}/files/{words['chat.txt']}").text


def test_a_refused_row_is_put_right_beside_the_file_as_it_came(
    desk: TestClient, centre: Centre
) -> None:
    original = (HEAD + THEFT + GOOD + BAD).encode()
    case_id = drop(desk, {"payments.csv": original}, take(desk))
    (seq,) = [x.seq for x in look(centre, case_id) if x.name == "payments.csv"]
    page = desk.get(f"/case/{case_id}/files/{seq}").text
    cells = {k: v for k, v in fields(page).items() if k.startswith("c.")}
    assert cells["c.0.4.0"] == "yesterday"
    assert desk.post(f"/case/{case_id}/files/{seq}", data=cells).status_code == 400
    wrong = desk.post(f"/case/{case_id}/files/{seq}", data={**cells, "c.0.4.0": "soon"})
    assert "soon" in wrong.text
    assert "still cannot be read" in wrong.text
    before = centre.cases.open(case_id, AT)
    right = {**cells, "c.0.4.0": "2024-05-14T14:03:40+08:00"}
    assert desk.post(f"/case/{case_id}/files/{seq}", data=right).status_code == 303
    assert centre.casebook.payload(seq) == original
    (fixed,) = [
        f for f in centre.casebook.case(case_id).facts if "corrected" in f.metadata["source"]
    ]
    assert "B2,100000.00" in (centre.casebook.payload(fixed.seq) or b"").decode()
    done = [
        load_action(centre.casebook.payload(a.seq) or b"")
        for a in centre.casebook.case(case_id).actions
    ]
    assert [(a.who, a.note) for a in done if a.kind == "correct_rows"] == [("operator", "0:4")]
    after = centre.cases.open(case_id, AT)
    assert len(after.movements.payments) == len(before.movements.payments) + 1
    assert "Every row was taken" in desk.get(f"/case/{case_id}/files/{seq}").text
    (line,) = [x for x in look(centre, case_id) if x.seq == seq]
    assert line.corrected == 1


def test_a_corrected_row_of_a_statement_stays_with_its_account(
    desk: TestClient, centre: Centre
) -> None:
    head = "交易时间,借贷标志,交易金额,余额,对方账号,对方户名,币种\n"
    rows = "2024-05-14 14:0{n}:00,{sign},100.00,{left},C{n}X,王示例,CNY\n"
    text = "账号：6205500000000000004  户名：陈志强\n" + head
    text += rows.format(n=1, sign="贷", left="100.00") + "账号：DEMO-SECOND  户名：李示例\n"
    text += rows.format(n=2, sign="贷", left="100.00") + rows.format(n=3, sign="?", left="")
    case_id = drop(desk, {"two.csv": text.encode()})
    (line,) = look(centre, case_id)
    assert (line.kind, line.refused) == ("statement", 1)
    cells = {
        k: v
        for k, v in fields(desk.get(f"/case/{case_id}/files/{line.seq}").text).items()
        if k.startswith("c.")
    }
    (wrong,) = [k for k, v in cells.items() if v == "?"]
    answer = desk.post(f"/case/{case_id}/files/{line.seq}", data={**cells, wrong: "借"})
    assert answer.status_code == 303
    payload = centre.casebook.payload(look(centre, case_id)[0].seq) or b""
    assert "DEMO-SECOND" in payload.decode()


def test_a_file_of_the_same_name_replaces_nothing(desk: TestClient, centre: Centre) -> None:
    case_id = drop(desk, {"a.csv": (HEAD + THEFT).encode()})
    drop(desk, {"a.csv": (HEAD + GOOD).encode()}, case_id)
    drop(desk, {"a.csv": (HEAD + GOOD).encode()}, case_id)  # the very same again is no new file
    assert sorted(line.name for line in look(centre, case_id)) == ["a-2.csv", "a.csv"]


def test_too_much_and_too_odd_is_refused(desk: TestClient, centre: Centre) -> None:
    before = centre.casebook.checkpoint()
    many = [("files", (f"{n}.txt", b"x")) for n in range(MOST_FILES + 1)]
    assert "More than 40 files" in desk.post("/intake/files", files=many).text
    assert desk.post("/intake/files", data={"x": "y"}).status_code == 400
    sent = [("files", ("a.csv", b"x"))]
    answer = desk.post("/intake/files", data={"case": "NOT-THERE"}, files=sent)
    assert "no such case" in answer.text
    large = desk.post("/intake/files", headers={"content-length": str(66 * MIB)})
    assert large.status_code == 413
    assert "nothing was kept" in large.text  # words, not JSON: a person reads it
    assert centre.casebook.checkpoint() == before
    assert clean_name("a/b\\..\\\u202e流水\n.csv") == "流水.csv"
    assert len(clean_name("九" * 500 + ".csv")) < 100


def test_ten_thousand_refused_rows_make_a_small_page(desk: TestClient, centre: Centre) -> None:
    case_id = drop(desk, {"big.csv": (HEAD + THEFT + BAD * 10_000).encode()})
    (line,) = look(centre, case_id)
    answer = desk.get(f"/case/{case_id}/files/{line.seq}")
    assert answer.text.count('name="c.') <= MOST_CELLS
    assert len(answer.content) < 150_000
    assert "and 9,975 more rows" in answer.text


def test_a_picture_is_read_when_it_is_opened(desk: TestClient, centre: Centre) -> None:
    pictures = pytest.importorskip("tests.recognise.pictures")
    pytest.importorskip("rapidocr")
    content = pictures.bytes_of(pictures.notice(["对方让我转账五千元"]))
    case_id = drop(desk, {"shot.png": content})
    (line,) = look(centre, case_id)
    assert line.kind == "picture"
    assert "转账" in desk.get(f"/case/{case_id}/files/{line.seq}").text


def test_a_hidden_case_is_not_there(opened: tuple[Centre, FastAPI], desk: TestClient) -> None:
    centre, _ = opened
    other = centre.people.users.by_login("investigator")
    assert other is not None
    case_id = take(desk)
    centre.people.access.restrict(case_id, [other.user_id])
    for path in ("orders", "files", "files/1"):
        assert desk.get(f"/case/{case_id}/{path}").status_code == 404
    assert desk.get(f"/intake?case={case_id}").status_code == 404
    sent = [("files", ("a.csv", b"x"))]
    assert desk.post("/intake/files", data={"case": case_id}, files=sent).status_code == 400
    assert case_id not in desk.get("/calls").text


def test_a_call_is_logged_and_a_payment_kept_as_averted(desk: TestClient, centre: Centre) -> None:
    case_id = take(desk)
    listed = desk.get("/calls").text
    (path,) = re.findall(rf'href="(/calls/{case_id}/call-\w+)"', listed)
    page = desk.get(f"{path}?say=1").text
    assert "No police force takes statements by video" in page
    assert "Meeting" not in desk.get(f"{path}?type=task").text
    assert "How much came back" in desk.get(f"{path}?type=task").text
    assert desk.post(path, data={"outcome": "won"}).status_code == 400
    assert desk.post(path, data={"outcome": "call_again", "again": "soon"}).status_code == 400
    again = f"{AT + timedelta(hours=5):%Y-%m-%dT%H:%M}"
    said = {"outcome": "call_again", "again": again, "note": "在开会"}
    assert desk.post(path, data=said).status_code == 303
    assert "在开会" in desk.get(path).text
    for bad in ({"amount": "0"}, {"amount": "x"}, {"amount": "5", "estimate": "felt"}):
        assert desk.post(f"{path}/averted", data=bad).status_code == 400
    good = {"amount": "90000", "estimate": "payment_stopped"}
    assert desk.post(f"{path}/averted", data=good).status_code == 303
    call_id = path.rpartition("/")[2]
    made = {k: centre.casebook.actions_on(case_id, call_id, k) for k in ("call", "avert")}
    assert {k: [a.amount for a in acts] for k, acts in made.items()} == {
        "call": [None],
        "avert": [9_000_000],
    }
    assert desk.get(f"/calls/{case_id}/call-none").status_code == 404


def test_very_many_transfers_are_read_and_the_first_forty_may_be_corrected(
    desk: TestClient,
) -> None:
    said = "我叫林芳。" + "".join(
        f"5月14日下午两点零{n % 10}分给张三转了{n + 1}万元，卡号62055000000000{n:05d}。"
        for n in range(60)
    )
    page, _ = read(desk, said)
    assert page.count('class="transfer"') == 40
    assert "20 more transfers were read" in page
    assert len(page) < 300_000
