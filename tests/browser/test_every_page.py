"""Every page that answers HTML: accessible, no wider than its screen, and in its own language.

One small centre, three looks. A new route needs an example of its address here, or a reason why
it is no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.accessible import AXE, violations
from tests.browser.life import SCAM, Site, lively
from tests.web.routes import routes

from fanzha.model.catalogue import has, topic, topics
from fanzha.web.app import make_app

WIDTHS = (1440, 1024, 390)
LOOKS = (("en", "light", 1440), ("zh-Hans", "dark", 390), ("zh-Hant", "light", 1024))

PAGES = {
    "/account": ("/account",),
    "/account/phone": ("/account/phone",),
    "/admin": ("/admin", "/admin?q=nobody"),
    "/admin/people/{user_id}": ("/admin/people/{user}",),
    "/admin/sessions": ("/admin/sessions",),
    "/admin/settings": ("/admin/settings",),
    "/admin/tokens": ("/admin/tokens",),
    "/audit": ("/audit", "/audit?q=nobody"),
    "/calls": ("/calls", "/calls?level=low"),
    "/calls/{case_id}/{call_id}": ("/calls/{call}",),
    "/case": ("/case",),
    "/case/{case_id}": ("/case/{case}", "/case/{told}"),
    "/case/{case_id}/appeals": ("/case/{case}/appeals",),
    "/case/{case_id}/closing": ("/case/{case}/closing",),
    "/case/{case_id}/evidence": ("/case/{case}/evidence",),
    "/case/{case_id}/files": ("/case/{told}/files",),
    "/case/{case_id}/files/{seq}": ("/case/{told}/files/{file}",),
    "/case/{case_id}/flow": ("/case/{case}/flow",),
    "/case/{case_id}/holds": ("/case/{case}/holds", "/case/{told}/holds"),
    "/case/{case_id}/holds/{hold_id}": ("/case/{case}/holds/{hold}",),
    "/case/{case_id}/log": ("/case/{case}/log",),
    "/case/{case_id}/orders": ("/case/{told}/orders",),
    "/case/{case_id}/returns": ("/case/{case}/returns",),
    "/case/{case_id}/returns/statement/{name}": ("/case/{case}/returns/statement/1.html",),
    "/case/{case_id}/table": ("/case/{case}/table",),
    "/case/{case_id}/victims": ("/case/{case}/victims",),
    "/check": ("/check", "/check?2", "/check?3", "/check?4", "/check?5"),
    "/check/sent": ("/check/sent?number=P240514-ABCDEF",),
    "/first/{secret}": ("/first/{first}", "/first/over"),
    "/intake": ("/intake",),
    "/intake/files": ("/intake/files",),
    "/join/{secret}": ("/join/{join}",),
    "/measures": ("/measures?month=2024-05", "/measures?month=2031-01"),
    "/queue": ("/queue", "/queue?kind=call"),
    "/report/{name}": ("/report/2024-05",),
    "/restricted": ("/restricted?case={told}",),
    "/search": ("/search", "/search?q=林芳", "/search?q=没有这个词"),
    "/signin": ("/signin",),
    "/signin/code": ("/signin/code",),
    "/v/{secret}": ("/v/{victim}",),
    "/watch": ("/watch", "/watch?case=OTHER"),
}
NO_PAGES = {
    "/": "leads on",
    "/case/{case_id}/appeals/{number}/letter.{kind}": "a file",
    "/case/{case_id}/flow/rows": "a part of the flow",
    "/case/{case_id}/holds/drafts.zip": "a file",
    "/case/{case_id}/holds/{hold_id}/draft.{kind}": "a file",
    "/case/{case_id}/returns/notice.{kind}": "a file",
    "/look/flow.css": "a style",
    "/measures/{month}/{name}": "a file",
    "/measures/{name}": "a file",
    "/queue/live": "events",
    "/signin/back": "leads on",
    "/signin/provider": "leads on",
    "/v1/me": "JSON",
    "/watch/live": "events",
}
RULES = {"en": "", "zh-Hans": "color-contrast", "zh-Hant": "target-size"}  # empty: all
OTHERWISE = {"/first/over": 404}  # than with 200
STAGES = {"/signin/code": "code", "/account/phone": "enrol"}  # of signing in; the rest is inside

WORDS = """() => {
  const theirs = "pre, code, textarea, script, style, .code, .acct, bdi, mark, q, blockquote";
  const own = (e) => e.closest("[lang]").lang === document.documentElement.lang;
  const said = [], tell = (e) => ["title", "aria-label", "placeholder", "alt", "data-over"]
    .forEach((name) => e.hasAttribute(name) && said.push(e.getAttribute(name)));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let at; (at = walker.nextNode());)
    if (own(at.parentElement) && !at.parentElement.closest(theirs)) said.push(at.data);
  document.querySelectorAll("body *:not(.code, .acct)").forEach(tell);
  return [document.title, ...said].map((text) => text.trim().replace(/\\s+/g, " "));
}"""
CODES = {"amount", "currency", "payments", "share"}  # of columns and files: they are as they came
SENTENCE = re.compile(r"(?:[A-Za-z][a-z'’]+[ ,;:]+){2,}[a-z'’]+")
KEY = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with lively(tmp_path_factory.mktemp("centre") / "centre") as site:
        yield site


def test_no_route_is_forgotten() -> None:
    known = {path for method, path, _ in routes(make_app()) if method == "GET"}
    assert known == PAGES.keys() | NO_PAGES.keys()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_every_page_in_every_look(browser: Browser, site: Site, look: tuple[str, str, int]) -> None:
    lang, _, width = look
    english = _english(lang)
    complaints: list[str] = []
    context = _opened(browser, site, look)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(f"{page.url} says {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url} fails: {error}"))
    for path in (path for paths in PAGES.values() for path in paths):
        address = path.format(**site.places)
        stage = STAGES.get(path, "full")
        context.add_cookies([{"name": "fanzha", "value": site.sessions[stage], "url": site.url}])
        answer = page.goto(site.url + address, wait_until="domcontentloaded")
        status = answer.status if answer else 0
        complaints += [f"{path} answers {status}"] if status != OTHERWISE.get(path, 200) else []
        if path in THEN:
            THEN[path](page)
        for wide in (*(w for w in WIDTHS if w != width), width):
            page.set_viewport_size({"width": wide, "height": 900})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            complaints += [f"{path} is {over} px wider than {wide}"] if over > 0 else []
        said = page.evaluate(WORDS)
        complaints += [f"{path} shows the key {key}" for key in _keys(said)]
        complaints += [f"{path} is not translated: {text}" for text in _foreign(said, english)]
        complaints += [f"{path} {line}" for line in violations(page, RULES[lang])]
    context.close()
    complaints = [line for line in complaints if "status of 40" not in line]
    assert not complaints, "\n".join(complaints)


def _opened(browser: Browser, site: Site, look: tuple[str, str, int]) -> BrowserContext:
    lang, theme, width = look
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", locale="zh-CN"
    )
    cookies = {"lang": lang, "theme": theme}
    context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
    context.add_init_script(AXE)
    return context


def _english(lang: str) -> frozenset[str]:
    """The catalogue's English texts, where this look should show others."""
    if lang == "en":
        return frozenset()
    texts = [entry for name in topics() for entry in topic(name).values()]
    english = {t["en"] for t in texts if t["en"] not in (t["zh-Hans"], t["zh-Hant"])}
    return frozenset(text for text in english - CODES if text.isascii() and len(text) > 2)


def _keys(said: list[str]) -> set[str]:
    return {key for text in said for key in KEY.findall(text) if has(key)}


def _foreign(said: list[str], english: frozenset[str]) -> set[str]:
    """English where Chinese should stand: a text of the catalogue, or what reads like one."""
    if not english:
        return set()
    return {text for text in said if text in english or SENTENCE.search(text)}


def _paste(page: Page) -> None:
    page.fill("#f-words", "我叫林芳，今天下午用工行转了三十万，卡号6205 5000 0000 0000 014" * 3)
    expect(page.locator(".strip")).to_be_visible()


def _ask(text: str, *, report: str = "") -> Callable[[Page], None]:
    """The answer to a question on the public page, or the report that begins there."""

    def act(page: Page) -> None:
        page.fill("#f-text", text)
        page.click(".check button")
        expect(page.locator(".verdict, .problems")).to_be_visible()
        if report:
            page.click("form[action='/check/report'] button")
            page.fill("#f-contact", report)
            page.click("form[action='/check/review'] button")
            expect(page.locator(".kept, .problems")).to_be_visible()

    return act


THEN = {  # what is done on a page before it is looked at
    "/intake": _paste,
    "/check?2": _ask(SCAM),
    "/check?3": _ask("+86 96110"),
    "/check?4": _ask(SCAM, report="li@mail.example"),
    "/check?5": _ask(SCAM, report="nonsense"),
}
