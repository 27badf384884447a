"""A browser that is signed in."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Browser, BrowserContext


class Served(Protocol):
    """A running centre and somebody's session in it."""

    @property
    def url(self) -> str: ...
    @property
    def session(self) -> str: ...


def signed_in(browser: Browser, site: Served) -> BrowserContext:
    """A desk in English and in the light, in which the site's session is open."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    cookies = {"fanzha": site.session, "lang": "en", "theme": "light"}
    context.add_cookies([{"name": n, "value": v, "url": site.url} for n, v in cookies.items()])
    return context
