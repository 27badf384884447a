"""Stories S2 to S5 through the workbench's case pages in Chromium, and the flow that plays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.web.case_stories import CARD, V1, add_case, crowd, report_only, story
from tests.web.workbench import serving, session_of, workbench

from fanzha.model.payment import Account
from fanzha.money.hold_state import standing
from fanzha.money.holds import hold_id
from fanzha.services.centre import Centre

pytestmark = pytest.mark.xdist_group("browser")
AT = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
B2, B3, A1 = (hold_id(Account(number, "CNY")) for number in ("B2", "B3", CARD))
FRAMES = """(playing) => new Promise(done => {
  const frame = window.requestAnimationFrame, deltas = [], work = [];
  let spent = 0, before = 0;
  window.requestAnimationFrame = call => frame(at => {
    const begun = performance.now(); call(at); spent += performance.now() - begun;
  });
  if (playing) document.getElementById("play").click();
  const count = at => {
    if (before) { deltas.push(at - before); work.push(spent); }
    spent = 0; before = at;
    if (deltas.length < 180) frame(count);
    else { window.requestAnimationFrame = frame; done([deltas, work]); }
  };
  frame(count);
})"""


@dataclass
class Desk:
    """A centre that is served, its clock, and an investigator's browser."""

    centre: Centre
    base: str
    clock: list[datetime] = field(default_factory=lambda: [AT])

    def context(
        self, browser: Browser, lang: str = "en", theme: str = "light", **more: object
    ) -> BrowserContext:
        opened = browser.new_context(viewport={"width": 1440, "height": 900}, **more)  # type: ignore[arg-type]
        secret = session_of(self.centre, "investigator", self.clock[0])
        kept = {"fanzha": secret, "lang": lang, "theme": theme}
        opened.add_cookies([{"name": n, "value": v, "url": self.base} for n, v in kept.items()])
        return opened


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with workbench(tmp_path_factory.mktemp("desk") / "centre", AT) as (centre, app):
        for case_id, files in {
            "S2": story(),
            "S3": story(V1),
            "S1": report_only(),
            "MANY": crowd(),
        }.items():
            add_case(centre, case_id, files, AT)
        with serving(app) as base:
            found = Desk(centre, base)
            app.state.clock = lambda: found.clock[0]
            yield found


@pytest.fixture
def page(desk: Desk, browser: Browser) -> Iterator[Page]:
    desk.clock[0] = AT
    context = desk.context(browser)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None
    )
    yield opened
    context.close()
    assert wrong == []


def seen(page: Page, selector: str) -> str:
    return re.sub(r"\s+", " ", page.locator(selector).first.inner_text())


def figures(page: Page) -> dict[str, str]:
    """What the picture says lies in each account, as far as it is shown."""
    script = """() => [...document.querySelectorAll(".flow .n:not(.unseen)")].map(node => {
      const shown = [...node.querySelectorAll(".sum .of, .sum .there")]
        .filter(part => getComputedStyle(part).display !== "none")
        .map(part => part.textContent).filter(text => text);
      return [node.querySelector(".who").textContent.trim().split(" ")[0], shown.join(" ")];
    })"""
    return {name: said for name, said in page.evaluate(script) if said}


def test_s2_where_v1_s_money_is_by_each_method(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/S2/flow")
    page.select_option("#theft", label="V1")
    fifo = figures(page)
    expected = {
        CARD: "200.00",
        "B1": "34,000.00",
        "B2": "30,000.00",
        "B3": "49,800.00",
        "B4": "1,000.00",
        "C1": "45,000.00",
        "C2": "70,000.00",
        "C3": "25,000.00",
        "C4": "1,000.00",
        "CASH": "44,000.00",
    }
    assert fifo == expected
    b2 = page.locator(".flow .n", has_text="B2").first
    assert "V2:1 · V1:2" in (b2.text_content() or "")
    page.keyboard.press("p")
    page.wait_for_url("**method=pro_rata")
    page.select_option("#theft", label="V1")
    assert (figures(page)["B1"], figures(page)["C1"], figures(page)["CASH"]) == (
        "29,526.32",
        "52,105.26",
        "41,368.42",
    )
    page.keyboard.press("b")
    page.wait_for_url("**method=libr")
    page.select_option("#theft", label="V2")
    assert figures(page)["B2"] == "10,000.00"


def test_s2_plays_by_keys_and_says_the_figures_of_each_instant(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/S2/flow")
    last = figures(page)
    assert seen(page, "#clock") == "2024-05-14 14:16:00"
    page.locator("#scrub").focus()
    page.keyboard.press("Home")
    assert figures(page) == {}
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#clock")).to_have_text("2024-05-14 14:04:20")
    assert seen(page, "#moved") == "5 of 12 payments"
    now = figures(page)
    assert (now[CARD], now["B2"], now["B3"]) == ("51,200.00", "150,000.00", "49,800.00")
    assert "C1" not in now
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_class("on")
    page.keyboard.press("Space")
    expect(page.locator("#play")).not_to_have_class("on")
    page.select_option("#speed", "4")
    page.locator("#play").click()
    expect(page.locator("#clock")).to_have_text("2024-05-14 14:16:00", timeout=9000)
    page.wait_for_function("!document.getElementById('flow').classList.contains('moving')")
    assert figures(page) == last


def test_the_rows_behind_a_band_by_mouse_and_by_keys(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/MANY/flow")
    band = page.locator(".flow .r").first
    band.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#behind")).to_be_visible()
    node = page.locator(".flow .n", has_text="other accounts").last
    node.locator("text").first.click()
    more = page.locator("#behind [data-all]")
    expect(more).to_be_visible()
    left = int(re.sub(r"\D", "", more.inner_text()))
    more.click()
    expect(page.locator("#behind tbody tr")).to_have_count(left + 12)
    page.keyboard.press("Escape")
    expect(page.locator("#behind")).to_be_hidden()


def test_two_thousand_payments_play_without_stutter(page: Page, desk: Desk) -> None:
    """Each frame's own work leaves room for painting, and frames come as at rest, p95 ≤ 33 ms.

    On a machine that others keep busy an idle page misses frames too: that is what it is held
    against, and the best of three plays counts.
    """
    page.goto(f"{desk.base}/case/MANY/flow")
    assert int(seen(page, "#moved").split()[0].replace(",", "")) >= 2000
    plays = []
    for _ in range(3):
        idle, _ = page.evaluate(FRAMES, False)
        deltas, work = page.evaluate(FRAMES, True)
        rest, frame, own = (sorted(f)[int(len(f) * 0.95)] for f in (idle, deltas, work))
        print(f"frames p95: {frame:.1f} ms (idle {rest:.1f} ms), work {own:.1f} ms")
        plays.append(own <= 12 and frame <= max(33.5, 3 * rest))
        if plays[-1]:
            break
    assert any(plays)


def test_without_a_script_the_whole_picture_stands(desk: Desk, browser: Browser) -> None:
    context = desk.context(browser, java_script_enabled=False)
    still = context.new_page()
    still.goto(f"{desk.base}/case/S2/flow")
    assert still.locator(".flow .r").count() == 12
    assert not still.locator("#play").is_visible()
    assert "49,800.00" in still.content()
    context.close()


def test_who_wants_less_motion_gets_no_easing_and_nothing_plays_alone(
    desk: Desk, browser: Browser
) -> None:
    context = desk.context(browser, reduced_motion="reduce")
    calm = context.new_page()
    calm.goto(f"{desk.base}/case/S2/flow")
    calm.locator("#scrub").focus()
    calm.keyboard.press("Home")
    calm.keyboard.press("ArrowRight")
    heights = """() => [...document.querySelectorAll(".flow .x.bar")]
      .filter(bar => Number(bar.getAttribute("height")) > 0).length"""
    assert calm.evaluate(heights) == 2  # V2 and B2, at once
    context.close()


def test_s3_the_ranking_by_what_a_hold_saves(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/S3/holds")
    rows = {
        r.locator("th .acct").inner_text(): re.sub(r"\s+", " ", r.inner_text())
        for r in page.locator("tr[data-row]").all()
    }
    expected = {
        "C2": 51_768,
        "B3": 41_023,
        "B1": 28_755,
        "B2": 25_077,
        "C1": 22_094,
        "C3": 17_805,
        "B4": 811,
        "C4": 698,
        CARD: 172,
    }
    for number, yuan in expected.items():
        sums = [float(s.replace(",", "")) for s in re.findall(r"[\d,]+\.\d\d", rows[number])]
        assert yuan in [round(s) for s in sums], (number, rows[number])
    assert list(rows)[3] == "B3"
    for said in (
        "41,022.72",
        "Net 23,592.72",
        "never hold 43,500.00 CNY of it",
        "verify before holding",
    ):
        assert said in rows["B3"]
    assert "CASH" not in rows
    page.goto(f"{desk.base}/case/S2/holds")
    assert "120,000.00" in seen(page, f"#{hold_id(Account('C2', 'CNY'))}")


def test_a_report_s_first_hold_by_keyboard_alone(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/S1/holds")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_url(f"**/holds/{A1}")
    assert "陈志强" in seen(page, "pre.letter")
    assert "300,000.00 CNY" in seen(page, "pre.letter")
    page.keyboard.press("u")
    page.wait_for_url("**/holds#*")
    page.get_by_role("button", name="Fields read back").click()
    expect(page.locator(".said")).to_be_visible()
    assert standing(desk.centre.casebook.actions_on("S1", A1, "hold"), AT).state == "fields_ok"


def test_the_draft_of_the_focused_row(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/case/S2/holds")
    for _ in range(3):
        page.keyboard.press("j")
    wanted = page.locator("tr[data-row]").nth(2).get_attribute("id")
    page.keyboard.press("d")
    page.wait_for_url(f"**/holds/{wanted}")
    page.keyboard.press("?")
    assert "Record it" in seen(page, "#keys dl")


def take(page: Page, desk: Desk, hold: str, states: list[str], **said: str) -> None:
    page.goto(f"{desk.base}/case/S2/holds/{hold}")
    for state in states:
        page.select_option("#f-state", state)
        for name, value in said.items() if state == states[-1] else ():
            page.fill(f"#f-{name}", value)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".said")).to_be_visible()
        assert (
            standing(desk.centre.casebook.actions_on("S2", hold, "hold"), desk.clock[0]).state
            == state
        )
        page.goto(f"{desk.base}/case/S2/holds/{hold}")


def test_s4_then_s5_to_the_person_s_decision(page: Page, desk: Desk, tmp_path: Path) -> None:
    way = ["fields_ok", "sent", "ack", "active", "frozen"]
    take(page, desk, B2, way, amount="30000", expires_at="2024-11-14T14:30")
    page.goto(f"{desk.base}/case/S2/returns")
    body = seen(page, ".splits tbody")
    for figure in ("30,000.00", "20,000.00", "10,000.00", "25,714.29", "4,285.71"):
        assert figure in body
    assert page.locator(".splits thead .note").count() == 0  # none is chosen
    assert page.locator("input[name=rule]:checked").count() == 0
    page.get_by_role("radio", name="pro rata of what came into the account").check()
    page.get_by_role("button", name="Give these shares").click()
    page.get_by_role("button", name="Begin the notice").click()
    expect(page.get_by_text("nothing is paid before")).to_be_visible()
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(b"paid")
    page.locator("#step-pay summary").click()
    page.select_option("#f-pay-theft", "V1")
    page.set_input_files("#f-pay-proof", receipt)
    page.get_by_role("button", name="Record the payment").click()
    assert "notice runs until 2024-06-13" in seen(page, "#step-pay .wrong")

    take(page, desk, B3, way, amount="93300", expires_at="2024-11-14T14:30")
    page.goto(f"{desk.base}/case/S2/appeals")
    papers = [tmp_path / f"{name}.txt" for name in ("order", "chat", "courier-slip")]
    for paper in papers:
        paper.write_text("88213", "utf-8")
    page.fill("#f-account", "B3")
    page.fill("#f-frozen", "93300")
    page.fill("#f-since", "2024-05-05T14:00")
    page.set_input_files("#f-evidence", papers)
    page.get_by_role("button", name="Check it").click()
    text = seen(page, ".appeal")
    for said in (
        "43,500.00 CNY over what was traced",
        "93,300.00",
        "49,800.00",
        "day 9",
        "2024-05-17 14:30",
        "courier-slip.txt",
        "five business days",
        "art. 32",
        "A person decides",
    ):
        assert said in text, said
    page.get_by_text("The letter to the holder").click()
    assert "您的账户" in seen(page, "pre.letter")
    page.get_by_role("link", name="Decide: release 43,500.00 CNY").click()
    assert page.input_value("#f-amount") == "49800.00"
    assert page.input_value("#f-state") == "partial_release"
    page.fill("#f-note", "order, chat and courier slip agree; beyond the traced amount")
    page.get_by_role("button", name="Record it").click()
    assert "49,800.00" in seen(page, ".history li")
    assert "courier slip agree" in seen(page, ".history li")


@pytest.mark.parametrize(
    ("path", "table"), [("/case/S2/holds", ".holds-board"), ("/queue", ".burns")]
)
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_what_to_do_next_is_never_outside_the_screen(
    desk: Desk, browser: Browser, path: str, table: str, width: int
) -> None:
    """Nobody scrolls sideways for the button of a hold or the clock of a task."""
    context = desk.context(browser)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{desk.base}{path}")
    hidden = page.locator(table).evaluate(
        "table => table.parentElement.scrollWidth - table.parentElement.clientWidth"
    )
    assert hidden <= 0
    context.close()


def test_amounts_of_every_currency_end_at_one_edge(desk: Desk, browser: Browser) -> None:
    """The digits stand under each other, whatever the unit behind them is called."""
    context = desk.context(browser)
    page = context.new_page()
    page.goto(f"{desk.base}/queue")
    cell = page.locator(".burns td.num:has(.m)").first
    edges = cell.evaluate("""cell => ["CNY", "JPY", "VND", "EUR"].map(code => {
      const unit = cell.querySelector(".m i");
      unit.textContent = `\u202f${code}`;
      return unit.getBoundingClientRect().left;
    })""")
    assert max(edges) - min(edges) < 1
    context.close()
