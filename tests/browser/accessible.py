"""axe-core in the page: what it finds against WCAG 2.2 A and AA, as lines."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

# A context that looks at many pages takes it once: `context.add_init_script(AXE)`.
AXE = (Path(__file__).parents[1] / "assets" / "axe" / "axe.min.js").read_text("utf-8")
FOUND = """options => axe.run(document, options).then(found => found.violations.map(rule =>
  `${rule.id}: ${rule.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join("; ")}`))"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, rule: str = "") -> list[str]:
    """Each rule that the page breaks, or one rule alone, with the first elements that do."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"() => {{ {AXE}\n }}")  # past the page's own policy, which forbids it
    chosen = ("rule", [rule]) if rule else ("tag", TAGS)
    options = {"runOnly": {"type": chosen[0], "values": chosen[1]}, "resultTypes": ["violations"]}
    found: list[str] = page.evaluate(FOUND, options)
    return found
