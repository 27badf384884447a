"""axe-core in the page: what it finds against WCAG 2.2 A and AA, as lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / "assets" / "axe" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, rule: str = "") -> list[str]:
    """Each rule that the page breaks, or one rule alone, with the first elements that do."""
    page.evaluate(f"() => {{ {AXE}\n }}")  # through the debugger: the page's own policy forbids it
    chosen = ("rule", [rule]) if rule else ("tag", TAGS)
    options: dict[str, Any] = {"runOnly": {"type": chosen[0], "values": chosen[1]}}
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{rule['id']}: {'; '.join(node['html'][:160] for node in rule['nodes'][:3])}"
        for rule in found["violations"]
    ]
