"""The pages that anybody sees, and the frame of the workbench, in a real Chromium."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from tests.browser.accessible import violations
from tests.web.workbench import serving, session_of, workbench

from fanzha.model.catalogue import Lang
from fanzha.model.vocabulary import label
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
S6 = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "assets" / "stories" / "s6.jsonl")
    .read_text("utf-8")
    .splitlines()
]
# What no verdict may say of a message; a "safe account" is the trick itself.
ABSOLVES = {"en": "safe", "zh-Hans": "放心"}


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


@pytest.mark.parametrize("lang", ["en", "zh-Hans"])
def test_s6_each_message_gets_its_verdict_with_its_words(
    browser: Browser, site: Site, lang: Lang
) -> None:
    """Story S6 as the public meets it: 7 high, 1 medium, 4 none; nothing kept, nothing absolved."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": "lang", "value": lang, "url": site.url}])
    page, levels = context.new_page(), Counter[str]()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = site.centre.casebook.cases()
    for message in S6:
        check(page, site.url, message["text"])
        levels[message["level"]] += 1
        expect(page.locator(f".verdict.{message['level']}")).to_be_visible()
        quotes = page.locator("mark").all_inner_texts()
        assert all(quote in message["text"] for quote in quotes), quotes
        assert bool(quotes) == (message["level"] != "none"), message["id"]
        if "type" in message:
            kind = label("scam_type", message["type"], lang)
            expect(page.locator(".sentence").first).to_have_text(kind)
        own = page.inner_text("main").lower().replace('"', "").replace("safe account", "")
        assert ABSOLVES[lang] not in own, message["id"]
    assert levels == {"high": 7, "medium": 1, "none": 4}
    assert all(url.startswith(site.url) for url in asked)
    assert site.centre.casebook.cases() == before
    kept = b"".join(f.read_bytes() for f in site.centre.folder.iterdir() if f.is_file())
    assert not any(message["text"].encode() in kept for message in S6)
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
