"""The watch in a browser: a hit comes by itself, and `a` acknowledges the row in focus."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser
from tests.services.test_centre_watch import hits, lay_case, send
from tests.web.workbench import serving, session_of, workbench


def test_a_hit_comes_by_itself_and_the_key_acknowledges_it(
    tmp_path: Path, browser: Browser
) -> None:
    with workbench(tmp_path, at=None) as (centre, app), serving(app) as base:
        lay_case(centre)
        send(centre, 0, 300)
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        secret = session_of(centre, "analyst", None)
        context.add_cookies([{"name": "fanzha", "value": secret, "url": base}])
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{base}/watch?show=open")
        send(centre, 300, 400)
        page.wait_for_selector(f"#hit-{hits(centre)[0].seq}")
        waiting = len(hits(centre))
        newest, second = hits(centre)[0].seq, hits(centre)[1].seq
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_selector(f"#hit-{second}", state="detached")
        assert page.locator(f"#hit-{newest}").count() == 1
        assert sum(hit.acked is None for hit in hits(centre)) == waiting - 1
        assert not faults
        context.close()
