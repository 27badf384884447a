"""How people see the workbench: language, width and theme; and a browser that is signed in."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Browser, BrowserContext

LOOKS = (("en", 1440, "light"), ("zh-Hans", 1024, "dark"), ("zh-Hant", 390, "dark"))


class Served(Protocol):
    """A running centre and somebody's session in it."""

    @property
    def url(self) -> str: ...
    @property
    def session(self) -> str: ...


def signed_in(
    browser: Browser, site: Served, look: tuple[str, int, str] = LOOKS[0]
) -> BrowserContext:
    """A browser in which the site's session is open."""
    lang, width, theme = look
    context = browser.new_context(viewport={"width": width, "height": 900})
    cookies = {"fanzha": site.session, "lang": lang, "theme": theme}
    context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
    return context
