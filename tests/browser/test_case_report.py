"""The case report as a person sees it: figures read from a real Chromium, offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.present.stories import result

from fanzha.model.catalogue import LANGS, say
from fanzha.present.case_page import render_case

pytestmark = pytest.mark.xdist_group("browser")

S2 = {  # story S2: what V1's and V2's money shows in the picture, by account
    "fifo": {"A1": "200.00", "B1": "34,000.00", "B2": "30,000.00", "B3": "49,800.00",
             "C1": "45,000.00", "C2": "120,000.00", "C3": "25,000.00", "CASH": "44,000.00"},
    "lifo": {"B1": "19,000.00", "B2": "30,000.00", "B3": "9,800.00", "C1": "60,000.00",
             "C2": "120,000.00", "SUPPLIER": "40,000.00"},
    "pro_rata": {"B1": "29,526.32", "B2": "30,000.00", "B3": "34,856.26", "C1": "52,105.26",
                 "C2": "120,000.00", "CASH": "41,368.42", "SUPPLIER": "14,943.74"},
    "libr": {"B1": "34,000.00", "B2": "30,000.00", "B3": "49,800.00", "C1": "45,000.00",
             "C2": "120,000.00"},
    "poison": {"B1": "34,000.00", "B2": "30,000.00", "B3": "93,300.00", "C1": "60,000.00",
               "C2": "120,000.00"},
}  # fmt: skip
V1_ALONE = {"fifo": "70,000.00", "lifo": "100,000.00", "pro_rata": "80,000.00", "libr": "80,000.00"}


@dataclass
class Watched:
    """A page with everything it complained about or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def opened(context: BrowserContext, path: Path) -> Watched:
    watched = Watched(context.new_page())
    watched.page.on("console", lambda m: watched.complaints.append(m.text))
    watched.page.on("pageerror", lambda e: watched.complaints.append(str(e)))
    watched.page.on("request", lambda r: watched.requests.append(r.url))
    watched.page.goto(path.as_uri())
    return watched


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case") / "case.html"
    path.write_text(render_case(result(), "en"), encoding="utf-8")
    return path


@pytest.fixture
def watched(browser: Browser, file: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    seen = opened(context, file)
    yield seen
    assert seen.complaints == []
    assert seen.requests == [file.as_uri()]
    context.close()


def drawn(page: Page) -> dict[str, str]:
    """Account → the amount in its visible label."""
    found: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("svg.flow .n")]
          .filter((n) => n.getClientRects().length)
          .map((n) => [n.querySelector(".who").firstChild.textContent.trim(),
            [...n.querySelectorAll(".of")].filter((a) => getComputedStyle(a).display !== "none")
              .map((a) => a.textContent).join(" ")]))"""
    )
    return found


@pytest.mark.parametrize("method", S2)
def test_s2_is_read_from_the_picture_under_every_method(watched: Watched, method: str) -> None:
    page = watched.page
    page.locator(f"label:has(input[value={method}])").click()
    assert page.locator("#flow figure:visible").count() == 1
    shown = drawn(page)
    assert {a: shown[a] for a in S2[method]} == S2[method]


def test_language_switches_without_loading_anything(watched: Watched) -> None:
    page = watched.page
    for lang in LANGS:
        page.locator(f"label[lang={lang}]").click()
        assert page.locator("h2").all_inner_texts()[:3] == [
            say(f"page.{key}", lang) for key in ("summary", "clock", "flow")
        ]
        assert page.title().startswith(say("page.title", lang))
        assert page.evaluate("document.documentElement.lang") == lang
        assert page.locator("#thefts option").first.inner_text() == say("page.all", lang)
        assert drawn(page)["B1"] == "34,000.00"


@pytest.mark.parametrize("method", V1_ALONE)
def test_one_theft_can_be_looked_at_alone(watched: Watched, method: str) -> None:
    page = watched.page
    page.locator(f"label:has(input[value={method}])").click()
    page.select_option("#thefts", label="V1")
    assert drawn(page)["C2"] == V1_ALONE[method]
    page.select_option("#thefts", value="")
    assert drawn(page)["C2"] == "120,000.00"


def test_a_band_shows_the_rows_behind_it_by_mouse_and_by_keyboard(watched: Watched) -> None:
    page = watched.page
    panel = page.locator("#behind")
    assert not panel.is_visible()
    band = page.locator("#flow figure:visible .r[aria-label*='B1'][aria-label*='C1']")
    band.focus()
    said = panel.inner_text()
    for part in ("2024-05-14 14:06:30", "60,000.00 CNY", "V1 45,000.00", "ledger_s2.csv:8"):
        assert part in said
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    page.locator("#flow figure:visible .n", has_text="B3").locator("rect.resting").hover()
    assert "49,800.00 CNY" in panel.inner_text()


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(browser: Browser, file: Path, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = opened(context, file).page
    for lang in LANGS:
        page.locator(f"label[lang={lang}]").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_without_a_script_everything_is_there(browser: Browser, file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = opened(context, file).page
    assert page.locator("#flow figure:visible").count() == 1
    assert page.locator(".methods td.c-pro_rata", has_text="29,526.32").is_visible()
    assert page.locator("h2", has_text="Hold plan").is_visible()
    assert not page.locator(".controls").is_visible()
    titles = page.locator("svg.flow title").all_text_contents()
    assert any("ledger_s2.csv:8" in title for title in titles)
    context.close()


def test_text_is_readable_on_its_ground(watched: Watched) -> None:
    """WCAG AA: 4.5 to 1 for every text in a table, tile or paragraph, light and dark."""
    for scheme in ("light", "dark"):
        watched.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        poor = watched.page.evaluate(CONTRAST)
        assert poor == [], scheme


CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const channel = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const written = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const poor = new Set();
  for (const e of document.body.querySelectorAll("*:not(svg, svg *, .vh, .vh *, script, option)")) {
    if (!e.getClientRects().length || !written(e)) continue;
    const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
    if (ratio < 4.5) poor.add(`${e.className || e.tagName} ${ratio.toFixed(2)}`);
  }
  return [...poor];
}"""
