"""Stories S1 to S5 from the command line to the page that a person reads in Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.commands import BALANCES, LEDGER, THEFTS, fanzha, write
from tests.journeys.test_stories import S1, TIMES

from fanzha.model.payment import Account
from fanzha.money.holds import hold_id

pytestmark = pytest.mark.xdist_group("browser")
WHO = ["--by", "officer 7", "--basis", "ATFL art. 20"]


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The case in which B2 is frozen and B3's owner has appealed."""
    case, out = tmp_path_factory.mktemp("case"), tmp_path_factory.mktemp("out")
    columns, *rows = LEDGER.read_text("utf-8").splitlines()
    named = [f"{columns},creditor_name", *(f"{row},Payee {n}" for n, row in enumerate(rows))]
    write(case / "ledger.csv", "\n".join(named).replace(",A1,", ",6205500000000000004,"))
    shutil.copy(BALANCES, case / "balances.csv")
    write(case / "thefts.csv", THEFTS.replace(",A1,", ",6205500000000000004,"))
    write(case / "institutions.csv", "account,acts_in_time,good_faith\nC1,0.60,0\nB3,,0.7\n")
    write(case / "report.txt", f"received_at: 2024-05-14T14:18+08:00\n{S1}\n")
    command = ["work", case, "--out", out, *TIMES]
    assert fanzha(*command).code == 0
    frozen = hold_id(Account("B2", "CNY"))
    for state in ("fields_ok", "sent", "ack", "active", "frozen"):
        ran = fanzha("hold", out, frozen, state, *WHO)
        assert ran.code == 0, ran.err
    slip = write(case.parent / "courier-slip.txt", "88213")
    appeal = ["appeal", "--case", out, "--account", "B3", "--evidence", slip, "--frozen", "93300"]
    when = ["--frozen-at", "2024-05-14T14:30+08:00", "--at", "2024-05-23T15:00+08:00"]
    assert fanzha(*appeal, *when).code == 0
    assert fanzha(*command).code == 0
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto((out / "case.html").as_uri())
    yield opened
    opened.close()


def seen(page: Page, selector: str) -> str:
    """What a reader sees there, in one line."""
    return re.sub(r"\s+", " ", page.locator(selector).inner_text())


def test_s1_the_report_with_its_words_and_the_script(page: Page) -> None:
    text = seen(page, "#reports")
    for figure in ("120.00", "299,880.00", "三十万", "16 min"):
        assert figure in text
    assert page.locator("#reports ol li").first.inner_text().lower().startswith("hang up")


def test_s3_the_ranking_with_what_must_never_be_held(page: Page) -> None:
    rows = page.locator("#holds table.holds tbody tr").all()
    ranked = [re.sub(r"\s+", " ", row.inner_text()) for row in rows]
    b3 = next(row for row in ranked if " B3 " in f" {row} ")
    assert b3.startswith("4 ")
    for figure in ("49,800.00", "43,500.00", "41,022.72", "23,592.72"):
        assert figure in b3
    assert any("C2" in row and "120,000.00" in row for row in ranked)


def test_s4_three_rules_side_by_side_for_what_is_frozen(page: Page) -> None:
    body = seen(page, "#returns table.returns tbody")
    assert "30,000.00" in body
    for figure in ("20,000.00", "10,000.00", "25,714.29", "4,285.71"):
        assert figure in body
    assert page.locator("#returns table.returns tbody").count() == 1


def test_s5_the_appeal_with_its_excess_checklist_and_clock(page: Page) -> None:
    text = seen(page, "#appeals")
    for figure in ("93,300.00", "49,800.00", "43,500.00", "day 9", "2024-05-26 15:00"):
        assert figure in text
    assert "courier-slip.txt" in text
    assert "five business days" in text
    assert "person decides" in text
