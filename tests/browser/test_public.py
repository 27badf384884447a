"""The pages that anybody sees, and the frame of the workbench, in a real Chromium."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from tests.browser.accessible import violations
from tests.web.workbench import serving, session_of, workbench

from fanzha.people import roles
from fanzha.services.centre import Centre
from fanzha.services.restitution.victim_page import LinkRequest, make_victim_link
from fanzha.services.work import WorkRequest, work

STORY = Path(__file__).parents[2] / "examples" / "story"
HEAVIEST = 100_000  # bytes of everything that the public check loads
SCAM = (
    "【公安局】您的银行卡涉嫌洗钱，请在2小时内把钱转到安全账户 6205500000000000004，"
    "不要告诉任何人。http://www.icbc-login.example/verify"
)
LOOKS = (("en", 1440, "light"), ("zh-Hant", 390, "dark"))


@dataclass(frozen=True)
class Site:
    """A running centre with everybody's session, a case, and a victim's page."""

    centre: Centre
    url: str
    victim: str
    join: str
    case_id: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, now = tmp_path_factory.mktemp("centre"), datetime.now(UTC)
    with workbench(folder, None) as (centre, app), serving(app) as url:
        boss = centre.people.users.by_login("administrator")
        assert boss is not None
        centre.people.users.set_roles(boss.user_id, list(roles()))
        centre.people.tokens.make(boss.user_id, "nightly", ["case.read"], now, timedelta(days=9))
        case_id = work(
            WorkRequest(folder=str(STORY), casebook=folder / "casebook.db", now=now)
        ).case_id
        centre.people.access.restrict(case_id, [boss.user_id])
        centre.people.access.saw("administrator", "case", [case_id], now)
        given = LinkRequest(
            case_id=case_id, theft_id="V1", who="li", basis="own data", days=9, now=now
        )
        about = {"user_id": boss.user_id}
        yield Site(
            centre=centre,
            url=url,
            victim=make_victim_link(centre, given),
            join=centre.people.links.make("join", about, "x", now, timedelta(days=1)),
            case_id=case_id,
        )


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    yield context
    context.close()


def signed(browser: Browser, site: Site, stage: str = "full", width: int = 1440) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    secret = session_of(site.centre, "administrator", None, stage)
    context.add_cookies([{"name": "fanzha", "value": secret, "url": site.url}])
    return context


def check(page: Page, url: str, text: str = SCAM) -> None:
    page.goto(f"{url}/check")
    page.fill("#f-text", text)
    page.click(".check button")
    expect(page.locator(".verdict")).to_be_visible()


def test_a_text_is_answered_within_a_second_and_weighs_little(
    phone: BrowserContext, site: Site
) -> None:
    page = phone.new_page()
    check(page, site.url)  # the rules are read at the first question
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    started = time.monotonic()
    check(page, site.url)
    assert time.monotonic() - started < 2  # two pages of it, on a machine that does other work
    assert len(sizes) >= 4
    assert sum(sizes) < HEAVIEST
    expect(page.locator("h1")).to_have_text("很可能是诈骗。")
    expect(page.locator("mark").first).to_contain_text("安全账户")
    expect(page.locator(".tel").first).to_have_text("96110")
    assert phone.cookies() == []


def test_everything_public_works_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    check(page, site.url)
    before = site.centre.casebook.cases()
    page.click("form[action='/check/report'] button")
    page.fill("#f-contact", "li@mail.example")
    page.click("form[action='/check/review'] button")
    expect(page.locator(".kept")).to_contain_text("li@mail.example")
    assert site.centre.casebook.cases() == before
    page.click("button:has-text('Change')")
    expect(page.locator("#f-contact")).to_have_value("li@mail.example")
    page.click("form[action='/check/review'] button")
    page.click("button:has-text('Send report')")
    expect(page.locator("h1")).to_contain_text("Thank you")
    assert len(site.centre.casebook.cases()) == len(before) + 1
    page.click("button[value='zh-Hant']")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    page.click("button[name=theme][value=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()


def test_a_picture_is_read_from_a_plain_form(browser: Browser, site: Site, tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    from tests.recognise.pictures import chat

    file = tmp_path / "chat.png"
    chat([("left", ["您好，我是公安局的", "请把钱转到安全账户"])]).save(file)
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/check")
    page.set_input_files("#f-picture", file)
    page.click(".check button")
    expect(page.locator(".verdict")).to_be_visible(timeout=60_000)
    expect(page.locator(".said-words")).to_contain_text("安全账户")
    expect(page.locator("h1")).to_contain_text("very likely a scam")
    context.close()


def test_with_a_script_choosing_a_picture_is_enough(phone: BrowserContext, site: Site) -> None:
    page = phone.new_page()
    page.goto(f"{site.url}/check")
    torn = FilePayload(name="x.png", mimeType="image/png", buffer=b"no picture")
    page.set_input_files("#f-picture", torn)
    expect(page.locator("#p-picture")).to_be_visible()


PUBLIC = ("/check", "/check/sent", "/signin", "/nothing", "/v/{victim}", "/join/{join}")
STAFF = (
    "/account",
    "/account/phone",
    "/admin",
    "/admin/people/1",
    "/admin/sessions",
    "/admin/tokens",
    "/admin/settings",
    "/restricted",
    "/audit",
    "/audit?q=nobody",
    "/case/{case_id}/victims",
)


@pytest.mark.parametrize("path", [*PUBLIC, *STAFF])
def test_every_page_fits_and_is_accessible(browser: Browser, site: Site, path: str) -> None:
    """A desk in the light and a phone in the dark: nothing sticks out, axe finds nothing."""
    where = path.format(victim=site.victim, join=site.join, case_id=site.case_id)
    context = signed(browser, site)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    for lang, width, theme in LOOKS:
        context.add_cookies(
            [
                {"name": "lang", "value": lang, "url": site.url},
                {"name": "theme", "value": theme, "url": site.url},
            ]
        )
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(site.url + where)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (lang, width)
        rule = "color-contrast" if theme == "light" else ""
        assert violations(page, rule) == [], (lang, theme)
    context.close()
    assert [c for c in complaints if "404" not in c] == []


def test_the_verdict_and_the_report_are_accessible(phone: BrowserContext, site: Site) -> None:
    page = phone.new_page()
    check(page, site.url)
    assert violations(page) == []
    page.click("form[action='/check/report'] button")
    page.click("form[action='/check/review'] button")  # the browser asks for the contact
    assert violations(page) == []
    page.fill("#f-contact", "nonsense")
    page.click("form[action='/check/review'] button")
    expect(page.locator(".problems")).to_be_visible()
    assert violations(page) == []
    page.fill("#f-contact", "li@mail.example")
    page.click("form[action='/check/review'] button")
    expect(page.locator(".kept")).to_be_visible()
    assert violations(page) == []


def test_the_second_step_and_the_enrolment_are_accessible(browser: Browser, site: Site) -> None:
    for stage, path in (("code", "/signin/code"), ("enrol", "/account/phone")):
        context = signed(browser, site, stage, 390)
        page = context.new_page()
        page.goto(site.url + path)
        assert violations(page) == []
        context.close()


def test_keys_lead_around_and_are_listed(browser: Browser, site: Site) -> None:
    context = signed(browser, site)
    page = context.new_page()
    page.goto(f"{site.url}/account")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys dl")).to_contain_text("Administration")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/admin")
    page.keyboard.press("n")
    expect(page.locator("#f-login")).to_be_focused()
    page.keyboard.type("j?g a")  # letters in a field are letters
    expect(page.locator("#f-login")).to_have_value("j?g a")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/people/*")
    context.close()


def test_axe_does_find_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><input></main>")
    assert [line.partition(":")[0] for line in violations(page)] == ["label"]
    page.close()
