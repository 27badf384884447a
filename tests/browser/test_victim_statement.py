"""A victim's page in a real browser: it fits a phone and a sheet of paper, and runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage
from tests.services.test_restitution import desk, run, split, step

from fanzha.model.catalogue import LANGS, Lang
from fanzha.present.victim_statement import statement_html
from fanzha.services.restitution.victim_statement import victim_statement

PHONE, A4 = 360, 718  # pixels; A4 less its margins at 96 to the inch is 657


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("lang", LANGS)
def test_it_fits_a_phone_and_a4_without_anything_cut_off(
    tmp_path: Path, browser: Browser, lang: Lang
) -> None:
    casebook = run(tmp_path)
    split(casebook)
    step(casebook, "notice", 1)
    file = tmp_path / "V1.html"
    file.write_text(statement_html(victim_statement(desk(casebook, 9), "V1"), lang), "utf-8")
    for width in (PHONE, A4):
        page = browser.new_page(viewport={"width": width, "height": 900})
        said: list[ConsoleMessage] = []

        def heard(message: ConsoleMessage, said: list[ConsoleMessage] = said) -> None:
            said.append(message)

        page.on("console", heard)
        page.goto(file.as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{lang} at {width}"
        assert page.locator("h1").is_visible()
        assert page.locator(".warn").evaluate("e => getComputedStyle(e).borderLeftWidth") == "4px"
        assert said == []
        page.close()
