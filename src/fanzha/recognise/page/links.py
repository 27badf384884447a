"""Where a page leads: its links to other sites, seen or hidden. Nothing is ever followed."""

from __future__ import annotations

import re
from functools import lru_cache

from fanzha.errors import UnreadableInput
from fanzha.model.values.web import Domain
from fanzha.recognise.page.finding import Link
from fanzha.recognise.page.foreign import URL
from fanzha.recognise.page.markup import Markup
from fanzha.recognise.page.rules import words
from fanzha.recognise.page.sheet import Sheet
from fanzha.recognise.page.style import WEAK

MAX_LINKS = 20_000
_HOST = re.compile(
    r"\s*(?:h(?:tt|xx)ps?:)?[/\\]{2}(?:[^/\\?#\s@]{0,200}@)?([^/\\?#\s:@]{1,253})", re.I
)
_TAGS = re.compile(r"<[^<>]{0,2000}>")


def links(sheet: Sheet) -> tuple[Link, ...]:
    """The links that lead to other sites, in document order; in a plain text every address."""
    if not sheet.markup:
        return tuple(
            Link(match[0], "", False, match.start(), match.end())
            for match in list(URL.finditer(sheet.document))[:MAX_LINKS]
        )
    own = site(sheet.markup)
    found: list[Link] = []
    for element in sheet.markup.elements:
        url = element.attrs.get("href", "").strip() if element.tag in ("a", "area") else ""
        host = registrable(url)
        if host and host != own and len(found) < MAX_LINKS:
            text = _TAGS.sub(
                "", sheet.document[element.inner : min(element.end, element.inner + 2000)]
            )[:200]
            hidden = bool(element.hidden) and element.hidden not in WEAK
            found.append(Link(url, " ".join(text.split()), hidden, element.start, element.end))
    return tuple(found)


def site(markup: Markup) -> str:
    """The page's own domain, where its head says it; else nothing."""
    for element in markup.elements[:2000]:
        attrs = element.attrs
        canonical = element.tag == "link" and attrs.get("rel", "").lower() == "canonical"
        if canonical or element.tag == "base":
            return registrable(attrs.get("href", ""))
        if element.tag == "meta" and attrs.get("property", "").lower() == "og:url":
            return registrable(attrs.get("content", ""))
    return ""


@lru_cache(maxsize=4096)
def registrable(url: str) -> str:
    """The domain somebody registered for an absolute address; a machine's address as it stands.

    >>> registrable("https://www.a.example/x"), registrable("/x")
    ('a.example', '')
    """
    found = _HOST.match(url)
    if not found:
        return ""
    try:
        return Domain.read(found[1]).registrable or found[1].lower()
    except UnreadableInput:
        return found[1].lower()


def public_host(host: str) -> bool:
    """Whether the host belongs to a state or a school by its suffix."""
    return bool(words().public_hosts.search(host))
