"""What a reader never sees: hidden blocks, a swapped title, stuffed meta tags, redirects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.recognise.page.finding import PageClass
from fanzha.recognise.page.foreign import Traits, traits
from fanzha.recognise.page.frame import in_zone, is_sentence
from fanzha.recognise.page.lines import Line
from fanzha.recognise.page.links import public_host, registrable, site
from fanzha.recognise.page.markup import Element, Markup
from fanzha.recognise.page.rules import fold, words
from fanzha.recognise.page.sheet import Sheet
from fanzha.recognise.page.style import WEAK

MIN_FOREIGN = 0.3  # of a hidden block's lines
HEAD = 200  # elements among which title and meta tags stand
MIN_BURST = 3  # links to as many other sites
_TURNS = re.compile(r"location\s*(?:\.\s*(?:href|replace|assign)\s*[=(]|=)", re.I)
_REFERRER = re.compile(r"document\s*\.\s*referrer", re.I)
_SPLIT = re.compile(r"[,，、|｜_\-–—;；\s]+")


@dataclass(frozen=True, slots=True)
class Concealed:
    """An element that nobody sees and its author did not write."""

    start: int
    end: int
    why: str
    cls: PageClass


def concealed(sheet: Sheet) -> list[Concealed]:
    """All of them, in document order."""
    if not sheet.markup:
        return []
    found = [*_hidden_blocks(sheet), *_heads(sheet), *_scripts(sheet.markup)]
    return sorted(found, key=lambda c: (c.start, -c.end))


def _hidden_blocks(sheet: Sheet) -> list[Concealed]:
    held: dict[int, tuple[Element, list[Line]]] = {}
    for line in [*sheet.hidden, *(x for x in sheet.seen if x.hidden in WEAK)]:
        if line.hidden_by:
            held.setdefault(id(line.hidden_by), (line.hidden_by, []))[1].append(line)
    for element in _empty_but_linked(sheet, held):
        held[id(element)] = (element, [])
    return [
        Concealed(element.start, element.end, why, "hidden_injection")
        for element, lines in held.values()
        if (why := _foreign(sheet, element, lines))
    ]


def _empty_but_linked(sheet: Sheet, held: dict[int, tuple[Element, list[Line]]]) -> list[Element]:
    """Hiding elements without any words, whose links may still be there for a search engine."""
    if not sheet.markup:
        return []
    roots = {id(a.hidden_by): a.hidden_by for a in sheet.markup.elements if a.tag == "a"}
    return [root for key, root in roots.items() if root and key not in held]


def _foreign(sheet: Sheet, element: Element, lines: Sequence[Line]) -> str:
    """Why a hidden block is no part of the page, or nothing."""
    found = [traits(line.text[:2000]) for line in lines]
    foreign = sum(_is_foreign(t) for t in found)
    if foreign and foreign >= MIN_FOREIGN * len(found):
        return element.hidden
    return "hidden_links" if element.hidden not in WEAK and _bursts(sheet, element) else ""


def _is_foreign(line: Traits) -> bool:
    if line.report:
        return False
    loud = line.strong >= 1 and not line.stop
    return line.brand_line or line.keyword_row or loud or line.rescue > 0


def _bursts(sheet: Sheet, element: Element) -> bool:
    """Links to three other sites or more that have nothing in common with this one."""
    if not sheet.markup or in_zone(element, {}):
        return False
    own = site(sheet.markup)
    hosts = set()
    for node in _below(element):
        host = registrable(node.attrs.get("href", "")) if node.tag == "a" else ""
        if host and host != own and not public_host(host) and not words().share.search(host):
            hosts.add(host)
    return len(hosts) >= MIN_BURST


def _below(element: Element) -> list[Element]:
    found, stack = [], [element]
    while stack:
        node = stack.pop()
        found.append(node)
        stack.extend(node.children)
    return found


def _heads(sheet: Sheet) -> list[Concealed]:
    """A title or meta tag that promises what the page's sentences never speak of."""
    markup = sheet.markup
    told = fold("\n".join(x.text for x in sheet.seen if is_sentence(x.text)))
    found = []
    for element in markup.elements[:HEAD] if markup else ():
        if element.tag == "title" and _stuffed(sheet.title, told):
            found.append(Concealed(element.start, element.end, "title_swapped", "keyword_row"))
        named = (element.attrs.get("name") or element.attrs.get("property") or "").lower()
        if element.tag == "meta" and named in _META and _stuffed(element.attrs.get("content", ""), told):  # fmt: skip  # noqa: E501
            found.append(Concealed(element.start, element.end, "meta_stuffed", "hidden_injection"))
    return found


_META = frozenset({"keywords", "description", "og:title", "og:description"})


def _stuffed(text: str, told: str) -> bool:
    whole = traits(text[:500])
    if whole.report or not text:
        return False
    if whole.keyword_row or whole.lewd >= 2:
        return True
    parts = [traits(part) for part in _SPLIT.split(text[:500]) if part]
    loud = [p for p in parts if p.brand_line and p.text not in told]
    return any(p.strong for p in loud) or len(loud) >= 2


def _scripts(markup: Markup) -> list[Concealed]:
    """Scripts that send on only those who come from a search engine."""
    found = []
    for element in markup.elements:
        if element.tag == "script":
            code = markup.document[element.inner : element.end][:200_000]
            engines = words().search_engines.search(code)
            if engines and _REFERRER.search(code) and _TURNS.search(code):
                found.append(
                    Concealed(element.start, element.end, "turns_searchers_off", "hidden_injection")
                )
    return found
