"""Cleaning a page: what its author wrote, what others put into it, and where it leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fanzha.model.chain import Reason, Ref
from fanzha.recognise.page.body import body_lines, clean_text
from fanzha.recognise.page.concealed import concealed
from fanzha.recognise.page.decode import decoded
from fanzha.recognise.page.facts import page_facts
from fanzha.recognise.page.farm import mark_farm
from fanzha.recognise.page.finding import Injected, Official, Page, PageClass
from fanzha.recognise.page.frame import bare_title, page_byline, page_date, page_source
from fanzha.recognise.page.links import links
from fanzha.recognise.page.official import official_text
from fanzha.recognise.page.sheet import Mark, Sheet, laid_out
from fanzha.recognise.page.spans import marked_spans
from fanzha.recognise.page.spun import find_notes, is_spun
from fanzha.recognise.page.visible import mark_visible

METHOD = "page/1"
# The worst first: a page is named by the first that is found on it.
_ORDER: tuple[PageClass, ...] = (
    "semantic_confusion",
    "pinyin_spun",
    "hidden_injection",
    "parasite",
    "doorway",
    "keyword_row",
    "sprinkled",
)
_OF_WHY: dict[str, PageClass] = {
    "reading_note": "pinyin_spun",
    "stray_marks": "pinyin_spun",
    "sprinkled_line": "sprinkled",
    "sprinkled_words": "sprinkled",
    "keyword_row": "keyword_row",
    "rescue_headline": "parasite",
    "rescue_line": "parasite",
    "coupon_headline": "parasite",
    "question_farm": "doorway",
}
_OF_THE_KIT = ("brand_block", "emoji_row", "false_byline", "doorway_tail")
_FRAME = ("source", "breadcrumb", "copyright", "editor")


class _Spot(NamedTuple):
    start: int
    end: int
    cls: PageClass
    why: str


def clean_page(content: bytes | str, *, name: str = "page") -> Page:
    """Separate what a page's author wrote from what others put into it. Nothing is fetched.

    Do this before anything else reads a page from the open web. It works on saved HTML and on
    copied text alike; a copied text no longer shows what was hidden, so there a foreign block on
    an otherwise whole page counts as hidden injection, with the reason `block_in_copy`. It knows
    the tricks it knows: a new one passes, and style sheets and scripts in other files are not
    seen. It judges pages, never the people behind them.

    Above 20 MiB it raises `UnreadableInput`; `name` is what the error calls the page.

    >>> page = clean_page("<h1>公告</h1><p>明日停水，请提前储水。</p>")
    >>> page.verdict, page.clean_text
    ('', '公告\\n明日停水，请提前储水。')
    """
    document, encoding = decoded(content, name)
    sheet = laid_out(document)
    mark_visible(sheet)
    _mark_spun(sheet)
    mark_farm(sheet)
    headline = sheet.headline()
    lines = body_lines(sheet, headline)
    texts = [sheet.words(line) for line in lines]
    official = official_text(texts)
    injected = _injected(sheet, official, headline)
    found = {one.cls for one in injected}
    verdict: PageClass = next((c for c in _ORDER if c in found), "")
    framed = [
        sheet.words(line)
        for line, kind in zip(sheet.seen, sheet.kinds, strict=True)
        if kind in _TOLD
    ]
    date = page_date([*framed, *_meta_dates(sheet)])
    return Page(
        method=METHOD,
        reasons=tuple(_reason(one, name) for one in injected),
        verdict=verdict,
        title=_title(sheet, headline, injected),
        date=date,
        source=page_source(framed),
        byline=page_byline(framed),
        clean_text=clean_text(sheet, lines),
        injected=injected,
        facts=page_facts(sheet, lines, date),
        links=links(sheet),
        borrowed=official is not None and verdict not in ("", "hidden_injection"),
        official=official,
        encoding=encoding,
    )


_TOLD = ("source", "byline", "editor")
_NO_TITLE = ("title_swapped", "rescue_headline", "coupon_headline", "question_farm")


def _mark_spun(sheet: Sheet) -> None:
    lines = [line for line in sheet.seen if not sheet.taken(line)]
    notes = find_notes(lines)
    if is_spun(lines, notes):
        for note in notes:
            sheet.mark(Mark(note.line, note.start, note.end, note.why))
        sheet.renamed()


def _injected(sheet: Sheet, official: Official | None, headline: int) -> tuple[Injected, ...]:
    kit, why_block = _class_of_blocks(sheet, official, headline)
    spots = [
        _Spot(c.start, c.end, kit if c.why == "title_swapped" else c.cls, c.why)
        for c in concealed(sheet)
    ]
    for start, end, why in marked_spans(sheet):
        if why in _OF_THE_KIT:
            said = why_block if why == "brand_block" else why
            spots.append(_Spot(start, end, kit, said))
        else:
            spots.append(_Spot(start, end, _OF_WHY[why], why))
    return tuple(
        Injected(s.start, s.end, s.cls, s.why, sheet.document[s.start : s.end])
        for s in _apart(spots)
    )


def _class_of_blocks(
    sheet: Sheet, official: Official | None, headline: int
) -> tuple[PageClass, str]:
    """What a visible advertising block makes of the page.

    In front of official text that has no frame of its own it is a doorway that confuses what the
    page means; in a copied text with a headline and a frame it was most likely hidden.
    """
    whys = {m.why for marks in sheet.marks.values() for m in marks}
    if not whys & set(_OF_THE_KIT):
        return "keyword_row", "brand_block"
    whole = headline >= 0 and any(kind in _FRAME for kind in sheet.kinds)
    kit = bool(whys & {"emoji_row", "false_byline"})
    if official and (kit or not whole):
        return "semantic_confusion", "brand_block"
    if whole and not sheet.markup and not kit:
        return "hidden_injection", "block_in_copy"
    return "keyword_row", "brand_block"


def _apart(spots: Sequence[_Spot]) -> list[_Spot]:
    """The spots in order, without those that lie in another."""
    kept: list[_Spot] = []
    for spot in sorted(spots, key=lambda s: (s.start, -s.end)):
        if not kept or spot.start >= kept[-1].end:
            kept.append(spot)
    return kept


def _reason(one: Injected, name: str) -> Reason:
    return Reason(one.why, (Ref(name, start=one.start, end=one.end),), {"class": one.cls})


def _title(sheet: Sheet, headline: int, injected: Sequence[Injected]) -> str:
    if headline >= 0 and not any(one.why in _NO_TITLE[1:] for one in injected):
        return sheet.words(sheet.seen[headline])
    swapped = any(one.why in _NO_TITLE for one in injected)
    return "" if swapped else bare_title(sheet.title)


def _meta_dates(sheet: Sheet) -> list[str]:
    names = ("pubdate", "article:published_time", "publishdate", "date", "og:published_time")
    found = []
    for element in sheet.markup.elements if sheet.markup else ():
        named = (element.attrs.get("name") or element.attrs.get("property") or "").lower()
        if element.tag == "meta" and named in names:
            found.append(element.attrs.get("content", "")[:80])
    return found
