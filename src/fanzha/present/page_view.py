"""A cleaned page as JSON and as lines for the terminal."""

from __future__ import annotations

from typing import Any

from fanzha.errors import UnreadableInput
from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.values.web import Url
from fanzha.recognise.page import Injected, Link, Page, PageFact

SHOWN = 60  # characters of an injected span on one line of the terminal


def page_json(page: Page, lang: Lang) -> dict[str, Any]:
    """What `fanzha check --page --json` prints of a page. Offsets are code points."""
    official = page.official
    return {
        "class": page.verdict,
        "label": say(f"page_class.{page.verdict or 'none'}", lang),
        "title": page.title,
        "date": page.date and iso(page.date, page.date.tzinfo),
        "source": page.source,
        "byline": page.byline,
        "clean_text": page.clean_text,
        "injected": [_injected(one, lang) for one in page.injected],
        "facts": [_fact(one) for one in page.facts],
        "links": [_link(one) for one in page.links],
        "borrowed": page.borrowed,
        "official": official
        and {"title": official.title, "similarity": official.similarity, "by": official.by},
        "encoding": page.encoding,
        "method": page.method,
    }


def page_lines(page: Page, lang: Lang) -> list[str]:
    """What a reader at the terminal sees: the finding, its reasons, the facts, the clean text.

    Addresses are shown so that nobody can follow them by accident.
    """
    lines = [say(f"page_class.{page.verdict or 'none'}", lang)]
    lines += [_shown(one, lang) for one in page.injected]
    if page.borrowed and page.official:
        share = round(page.official.similarity * 100)
        key = f"page_class.borrowed_{page.official.by}"
        lines.append(say(key, lang, title=page.official.title, share=share))
    lines.append(
        say("page_class.not_the_owner" if page.verdict else "page_class.nothing_known", lang)
    )
    lines += [f"{say(f'page_fact.{one.kind}', lang)}: {one.value}" for one in page.facts]
    lines += [f"→ {defanged(one.url)}" for one in page.links]
    return [*lines, "", *page.clean_text.splitlines()]


def defanged(url: str) -> str:
    """An address that nobody can click."""
    try:
        return Url.read(url).caption()
    except UnreadableInput:
        return url.replace(".", "[.]")


def _shown(one: Injected, lang: Lang) -> str:
    quote = " ".join(one.quote.split())
    short = quote if len(quote) <= SHOWN else quote[: SHOWN - 1] + "…"
    return f"{one.start}–{one.end} {say(f'page_why.{one.why}', lang)} {defanged_text(short)}"


def defanged_text(text: str) -> str:
    """A quotation whose addresses nobody can click."""
    return text.replace("://", "[://]")


def _injected(one: Injected, lang: Lang) -> dict[str, Any]:
    return {
        "start": one.start,
        "end": one.end,
        "class": one.cls,
        "why": one.why,
        "reason": say(f"page_why.{one.why}", lang),
        "quote": one.quote,
    }


def _fact(one: PageFact) -> dict[str, Any]:
    return {"kind": one.kind, "value": one.value, "start": one.start, "end": one.end}


def _link(one: Link) -> dict[str, Any]:
    return {
        "url": defanged(one.url),
        "text": one.text,
        "hidden": one.hidden,
        "start": one.start,
        "end": one.end,
    }
