"""Figures and search in a real Chromium: S12's report, live answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.looks import signed_in
from tests.services.s12 import NOW, keep_story
from tests.web.workbench import serving, session_of, workbench


@dataclass(frozen=True)
class Site:
    """A running centre with the cases of S12, and an analyst's session."""

    url: str
    session: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with workbench(tmp_path_factory.mktemp("centre"), NOW) as (centre, app), serving(app) as url:
        keep_story(centre.casebook)
        yield Site(url, session_of(centre, "analyst", NOW))


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with signed_in(browser, site) as context:
        yield context.new_page()


def test_s12_as_an_analyst_reads_it(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/measures")
    page.get_by_role("link", name="2024-05").first.click()
    tiles = page.locator(".tiles")
    for words in ("1,558,000.00", "13.2 % of the loss", "10.8 % of the loss", "107.5 min",
                  "9.5 min", "11.1 %", "Small n: only 9 holds"):  # fmt: skip
        expect(tiles.filter(has_text=words)).to_be_visible()
    expect(page.locator("#averted")).to_contain_text("90,000.00")
    assert page.locator(".tiles", has_text="90,000.00").count() == 0
    note = page.locator("figure p.note").first
    expect(note).to_contain_text("Cohort by report month")
    with page.expect_download() as download:
        page.locator("figure a.csv").first.click()
    assert "1558000.00" in Path(download.value.path()).read_text("utf-8-sig")
    page.get_by_role("link", name="Loss", exact=True).click()
    expect(page.locator("#def-loss")).to_be_in_viewport()
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_have_text("Monthly report, 2024-05")


def test_the_reports_data_comes_out_of_the_page_itself(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/report/2024-05")
    with page.expect_download() as download:
        page.locator("a.csv").first.click()
    assert download.value.suggested_filename == "fanzha-2024-05-money.csv"
    assert "1558000.00" in Path(download.value.path()).read_text("utf-8-sig")


def test_search_answers_while_one_types(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/search")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type("陳志強 120万", delay=20)
    expect(page.locator("article.hit")).to_have_count(1)
    expect(page.locator("article.hit h2")).to_have_text("K4")
    expect(page.locator("mark").first).to_be_visible()
    assert "q=" in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("article.hit")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#f-q")).to_be_focused()
    page.keyboard.type("30万")
    expect(page.locator("article.hit h2")).to_have_text("K1")


def test_search_works_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "fanzha", "value": site.session, "url": site.url}])
    page = context.new_page()
    page.goto(f"{site.url}/search")
    page.fill("#f-q", "+86 138-0013-8000")
    page.press("#f-q", "Enter")
    expect(page.locator("article.hit")).to_have_count(5)
    context.close()
