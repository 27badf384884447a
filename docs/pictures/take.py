"""Takes the pictures of the README from the report that `make run` wrote: `make screenshots`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
PICTURES = {"summary": "#summary, #clock", "flow": "#flow", "holds": "#holds"}
WIDTH = 1440


def take(report: Path) -> None:
    """One picture for each part of the report named in `PICTURES`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900})
        page.goto(report.resolve().as_uri())
        for name, selector in PICTURES.items():
            boxes = [part.bounding_box() for part in page.locator(selector).all()]
            found = [box for box in boxes if box]
            top = min(box["y"] for box in found)
            bottom = max(box["y"] + box["height"] for box in found)
            clip = {"x": 0.0, "y": top - 12, "width": float(WIDTH), "height": bottom - top + 24}
            page.screenshot(path=HERE / f"{name}.png", full_page=True, clip=clip)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
