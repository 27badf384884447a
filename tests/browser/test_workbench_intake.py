"""Intake and call-backs in a real Chromium: S1 by keyboard alone, files, calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.looks import signed_in
from tests.web.workbench import serving, session_of, workbench

from fanzha.intake.statement import SourceFile
from fanzha.services.desk.files import keep_files, look
from fanzha.services.desk.intake import Told, take

AT = datetime(2024, 5, 14, 14, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
S1 = (
    "我叫林芳,今天下午两点零二分用工行给一个叫'陈志强'的转了三十万,卡号6205 5000 0000 0000 004,"
    "他们前天还返了我120块,现在还让我在会议软件里别挂…我在浦东"
)
LONG = "我叫阿依古丽示例·买买提示例。" + "后来又说了很多话。" * 200
TABLE = (
    "booked_at,debtor_account,creditor_account,amount,currency\n"
    "2024-05-14T14:02:10+08:00,V1,6205500000000000004,300000.00,CNY\n"
    "yesterday,6205500000000000004,B2,100000.00,CNY\n"
)
AIM = 30  # seconds from the pasted report to a drafted hold


@dataclass(frozen=True)
class Site:
    """A running centre with a report and a file that has a refused row."""

    url: str
    session: str
    case_id: str
    file: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with workbench(tmp_path_factory.mktemp("centre"), AT) as (centre, app), serving(app) as url:
        hours_ago = AT - timedelta(hours=4)
        case_id = take(centre, Told(words=S1 + LONG, received_at=hours_ago), "analyst", AT)
        keep_files(centre, [SourceFile(name="p.csv", content=TABLE.encode())], case_id, "an", AT)
        yield Site(url, session_of(centre, "analyst", AT), case_id, look(centre, case_id)[0].seq)


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with signed_in(browser, site) as context:
        yield context.new_page()


def paste(page: Page, site: Site, words: str = S1) -> None:
    """From the queue to the filled form, with keys alone."""
    page.goto(f"{site.url}/queue")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator("#f-words")).to_be_focused()
    page.keyboard.insert_text(words)
    expect(page.locator(".strip")).to_be_visible()


def test_s1_from_words_to_a_drafted_hold_by_keyboard_alone(page: Page, site: Site) -> None:
    began = time.monotonic()
    paste(page, site)
    strip = page.locator(".strip")
    for words in ("HIGH: act now", "Reported 16 min after the transfer", "299,880.00"):
        expect(strip).to_contain_text(words)
    asked = page.locator(".asked li")
    expect(asked).to_have_count(3)
    expect(asked.nth(0)).to_contain_text("which bank or payment firm is that account")
    expect(asked.nth(1)).to_contain_text("second")
    expect(page.locator('[name="t0.amount"]')).to_have_value("300,000.00")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/orders?*")
    draft = page.locator(".order pre")
    for words in ("6205500000000000004", "陈志强", "300,000.00 CNY", "2024-05-14 14:02 +08:00"):
        expect(draft).to_contain_text(words)
    expect(page.locator(".order .match dd")).to_have_count(4)
    assert time.monotonic() - began < AIM
    page.keyboard.press("n")
    page.wait_for_url("**/intake")


def test_a_field_lights_up_its_words_and_the_other_way_round(page: Page, site: Site) -> None:
    paste(page, site)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#f-t0-payee_bank")).to_be_focused()
    page.keyboard.type("示例银行")
    page.keyboard.press("Tab")
    expect(page.locator(".transfer .payee_bank")).to_contain_text("entered by you")
    expect(page.locator(".asked li")).to_have_count(2)
    page.locator('[name="t0.amount"]').focus()
    expect(page.locator("mark.lit")).to_have_text("三十万")
    page.locator("mark", has_text="陈志强").click()
    expect(page.locator('[name="t0.payee_name"]')).to_be_focused()


def test_files_are_sent_with_progress_and_a_row_is_put_right(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/intake/files")
    files = [{"name": "p.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}]
    page.set_input_files("#f-files", files)  # type: ignore[arg-type]
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/case/*/files?*")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    fault = page.locator("td.fault input")
    expect(fault).to_have_value("yesterday")
    fault.fill("2024-05-14T14:03:40+08:00")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said")).to_contain_text("corrected rows are taken")


def test_a_call_back_by_keys(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/queue")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/calls")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".script [aria-current]")).to_contain_text("anti-scam centre")
    page.keyboard.press("n")
    expect(page.locator(".script [aria-current]")).to_contain_text("your own words")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/calls?said=*")
    expect(page.locator(".said")).to_contain_text("logged")
