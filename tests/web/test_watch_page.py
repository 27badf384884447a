"""The watch's page: filters, acknowledging, thousands of hits, and how to begin."""

from __future__ import annotations

from pathlib import Path

from tests.services.test_centre_watch import CASE, hits, lay_case, send
from tests.web.workbench import NOW, csrf, signed_in, workbench

from fanzha.services.watch.hits import WATCH_ACK, hit_fact


def test_an_empty_page_says_how_to_connect_payments(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        page = signed_in(centre, app, "analyst").get("/watch").text
        assert "curl http://testserver/v1/watch" in page
        assert "booked_at" in page


def test_filters_and_acknowledging_by_form(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        lay_case(centre)
        send(centre, 0, 400)
        client = signed_in(centre, app, "analyst")
        found = hits(centre)
        leaving = [hit for hit in found if hit.leaving]
        page = client.get("/watch?show=leaving").text
        assert page.count("data-row") == min(100, len(leaving)) > 0
        assert client.get("/watch?case=OTHER").text.count("data-row") == 0
        target = f"/watch/{CASE}/{found[0].seq}?show=open"
        sent = {"csrf": csrf(page), "note": "rang the bank"}
        answer = client.post(target, data=sent)
        assert answer.headers["location"].startswith("/watch?show=open")
        assert f'id="hit-{found[0].seq}"' not in client.get("/watch?show=open").text
        assert "rang the bank" in client.get("/watch").text
        assert client.post(target, data=sent).status_code == 409
        live = client.post(target, data=sent, headers={"hx-request": "true"})
        assert (live.status_code, "<html" in live.text) == (200, False)
        acts = [r for r in centre.casebook.case(CASE).actions if r.kind == WATCH_ACK]
        assert [r.metadata["who"] for r in acts] == ["analyst"]
        entries = centre.people.access.log([CASE], "analyst")
        assert any(entry.what == "GET /watch" for entry in entries)


def test_thousands_of_hits_make_a_page_of_a_hundred(tmp_path: Path) -> None:
    with workbench(tmp_path) as (centre, app):
        said = {
            "part": 1, "booked_at": "2026-03-02T10:00:00+08:00", "debtor_account": "A" * 60,
            "creditor_account": "B", "debtor_agent": "名" * 80, "creditor_agent": "", "channel": "",
            "amount": 100, "currency": "CNY", "traced": [["V1", 100]], "method": "fifo",
            "path": ["V", "A" * 60, "B"], "decision": "ask", "hold": 0, "leaving": False,
            "reasons": [],
        }  # fmt: skip
        facts = [hit_fact({**said, "row": row}, NOW) for row in range(2_000)]
        centre.casebook.append("LONG-" * 20, facts, NOW)
        client = signed_in(centre, app, "analyst")
        page = client.get("/watch").text
        assert page.count("data-row") == 100
        assert "1 to 100 of 2,000" in page
        assert client.get("/watch?page=20").text.count("data-row") == 100
        assert len(page) < 300_000
