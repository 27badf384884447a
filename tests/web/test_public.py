"""The public pages: an answer for everything, nothing kept unless sent, one victim's own money."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.web.workbench import NOW, csrf, signed_in, workbench

from fanzha.casebook import open_casebook
from fanzha.errors import UsageError
from fanzha.model.chain import Action
from fanzha.services.centre import Centre
from fanzha.services.public_check import MOST_CHARS, PublicReport, ask, kind_of
from fanzha.services.restitution.victim_page import (
    FATES,
    LinkRequest,
    make_victim_link,
    victim_page,
)
from fanzha.services.work import WorkRequest, work

STORY = Path(__file__).parents[2] / "examples" / "story"
SCAM = "公安局来电说您涉嫌洗钱，请把钱转到安全账户，不要告诉任何人"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Centre, FastAPI]]:
    with workbench(tmp_path / "centre") as found:
        yield found


@pytest.fixture
def client(opened: tuple[Centre, FastAPI]) -> TestClient:
    return TestClient(opened[1], headers={"accept-language": "en"}, follow_redirects=False)


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (SCAM, "", "very likely a scam"),
        ("+86 96110", "", "faked"),
        ("+86 139 0000 0000", "number", "Nothing is known"),
        ("http://www.icbc-login.example/verify", "", "may be a scam"),
        ("6205500000000000004", "", "account number alone"),
        ("See you at seven, I bring the wine.", "message", "no all-clear"),
        ("高薪招聘，包机票，去缅甸做客服，日结，无需经验", "offer", "Call"),
    ],
)
def test_each_kind_has_its_answer(client: TestClient, text: str, kind: str, says: str) -> None:
    page = client.post("/check", data={"text": text, "kind": kind})
    assert page.status_code == 200
    assert says in page.text
    assert "96110" in page.text


def test_the_words_are_marked_and_harmless_on_the_page(client: TestClient) -> None:
    page = client.post("/check", data={"text": SCAM + "<script>alert(1)</script>\u202e"}).text
    assert re.search(r"<mark>[^<]*安全账户", page)
    assert "<script>alert" not in page
    assert "⟨U+202E⟩" in page


@pytest.mark.parametrize("text", ["", "   ", "字" * (MOST_CHARS + 1)])
def test_what_cannot_be_checked_says_what_to_do(client: TestClient, text: str) -> None:
    page = client.post("/check", data={"text": text})
    assert page.status_code == 400
    assert 'class="wrong"' in page.text


def test_a_file_that_is_no_picture_says_so(client: TestClient) -> None:
    page = client.post("/check", files={"picture": ("x.png", b"no picture", "image/png")})
    assert page.status_code == 400
    assert 'id="p-picture"' in page.text


def test_the_country_is_chosen_or_told_by_the_browser(client: TestClient) -> None:
    assert "in Hong Kong" in client.get("/check", headers={"accept-language": "en-HK"}).text
    page = client.post("/check", data={"text": "hi there", "country": "sg"}).text
    assert "in Singapore" in page


def test_nothing_is_kept_before_the_report_is_sent(
    client: TestClient, opened: tuple[Centre, FastAPI], tmp_path: Path
) -> None:
    centre, _ = opened
    for path in ("/check", "/check/report", "/check/review"):
        client.post(path, data={"text": SCAM, "contact": "li@mail.example"})
    assert centre.casebook.cases() == ()
    held = b"".join(p.read_bytes() for p in (tmp_path / "centre").iterdir() if p.is_file())
    assert "安全账户".encode() not in held


def test_a_report_keeps_exactly_what_was_shown(
    client: TestClient, opened: tuple[Centre, FastAPI]
) -> None:
    centre, _ = opened
    said = {
        "text": SCAM,
        "kind": "message",
        "level": "high",
        "country": "cn",
        "paid": "yes",
        "amount": "30,000 CNY",
        "contact": "+44 7700 900123",
    }
    bad = client.post("/check/review", data={**said, "contact": "call me"})
    assert (bad.status_code, 'id="p-contact"' in bad.text) == (400, True)
    review = client.post("/check/review", data=said).text
    sent = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', review))
    sent.pop("next")  # of the language switch
    assert client.post("/check/send", data={**sent, "change": "yes"}).status_code == 200
    assert centre.casebook.cases() == ()
    thanks = client.post("/check/send", data=sent)
    (case_id,) = centre.casebook.cases()
    assert thanks.headers["location"] == f"/check/sent?number={case_id}"
    assert case_id in client.get(thanks.headers["location"]).text
    (record,) = centre.casebook.case(case_id).facts
    assert record.kind == "public_report"
    kept = json.loads(centre.casebook.payload(record.seq) or b"")
    assert {**said, "paid": True}.items() <= kept.items()
    assert set(kept) == set(PublicReport.__slots__)


def test_reports_from_one_address_are_few(client: TestClient) -> None:
    said = {"text": SCAM, "contact": "li@mail.example"}
    statuses = [client.post("/check/send", data=said).status_code for _ in range(8)]
    assert statuses == [303] * 6 + [429] * 2


def test_kinds_are_told_apart() -> None:
    assert kind_of("110") == "number"
    assert kind_of("12/34") == "message"
    with pytest.raises(UsageError) as error:
        ask("\n", "", "cn")
    assert error.value.code == "check_empty"


@pytest.fixture
def victims(opened: tuple[Centre, FastAPI]) -> tuple[Centre, FastAPI, str]:
    """The story of several victims, worked through into the centre's casebook."""
    centre, app = opened
    result = work(WorkRequest(folder=str(STORY), casebook=centre.folder / "casebook.db", now=NOW))
    return centre, app, result.case_id


def own(centre: Centre, case_id: str, theft_id: str) -> str:
    return make_victim_link(
        centre,
        LinkRequest(
            case_id=case_id, theft_id=theft_id, who="li", basis="own data", days=30, now=NOW
        ),
    )


def test_a_victim_sees_their_own_money_and_nobody_elses(
    victims: tuple[Centre, FastAPI, str],
) -> None:
    centre, app, case_id = victims
    recorded = centre.casebook.case(case_id).latest("hold_plan")
    assert recorded is not None
    plan = centre.casebook.finding(recorded)
    assert plan is not None
    secret = own(centre, case_id, "V1")
    page = victim_page(centre, secret, NOW)
    assert page is not None
    assert sum(page.total(fate) for fate in FATES) == page.statement.theft.amount
    assert page.total("held") == 0
    for hold in plan["holds"]:
        step = Action(
            kind="hold",
            on=hold["hold_id"],
            who="li",
            at=NOW,
            legal_basis="order",
            state="active",
            amount=hold["cap"],
            currency="CNY",
            expires_at=NOW + timedelta(hours=48),
        )
        centre.casebook.append(case_id, [step], NOW)
    client = TestClient(app, headers={"accept-language": "en"})
    shown = client.get(f"/v/{secret}")
    page = victim_page(centre, secret, NOW)
    assert page is not None
    assert page.total("held") > 0
    assert sum(page.total(fate) for fate in FATES) == page.statement.theft.amount
    assert shown.status_code == 200
    assert shown.headers["referrer-policy"] == "no-referrer"
    accounts = {h["account"][0] for h in plan["holds"]}
    others = accounts | {"V2", case_id}
    visible = re.sub(r"<[^>]+>", " ", shown.text)
    assert not [word for word in others if re.search(rf"\b{re.escape(word)}\b", visible)]


def test_a_victims_link_is_given_recorded_revoked_and_ends(
    victims: tuple[Centre, FastAPI, str],
) -> None:
    centre, app, case_id = victims
    staff = signed_in(centre, app, "investigator")
    path = f"/case/{case_id}/victims"
    sent = {"csrf": csrf(staff.get(path).text), "theft": "V1", "days": "10", "basis": "own data"}
    for wrong in ({"days": "0"}, {"basis": ""}, {"theft": "T99"}):
        assert staff.post(path, data={**sent, **wrong}).status_code == 400
    found = re.search(r"(/v/\S+)</pre>", staff.post(path, data=sent).text)
    assert found is not None
    public = TestClient(app)
    assert public.get(found[1]).status_code == 200
    with open_casebook(centre.folder / "casebook.db") as casebook:
        (given,) = casebook.actions_on(case_id, "V1", "share")
    assert (given.who, given.legal_basis, given.note) == ("investigator", "own data", "victim_page")
    app.state.clock = lambda: NOW + timedelta(days=10)
    assert public.get(found[1]).status_code == 404
    app.state.clock = lambda: NOW
    staff.post(f"{path}/end", data={**sent, "link": "1"})
    assert public.get(found[1]).status_code == 404
    assert "ended" in staff.get(path, headers={"accept-language": "en"}).text
