"""The frame of an article: what the site puts around it, its headline, date, source, byline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from fanzha.errors import UnreadableInput
from fanzha.model.instant import parse_instant
from fanzha.recognise.page.lines import EDGE, Line
from fanzha.recognise.page.markup import Element
from fanzha.recognise.page.rules import fold, furniture

CHINA = timezone(timedelta(hours=8))  # China's pages write its one time without saying so
MAX_HEADLINE = 80
MAX_FURNITURE = 200  # a longer line is a paragraph, whatever it begins with
_SENTENCE_END = re.compile(r"[。！？；!?;…][”’」』）)]*$")
_LONG_FORMS = ("copyright", "notice", "tools", "source", "breadcrumb", "end")
_DATE = re.compile(r"(\d{4})\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})\s*日?(?:[T\s]*(\d{1,2}:\d{2}(?::\d{2})?))?\s*(Z|[+-]\d{2}:?\d{2})?")  # fmt: skip  # noqa: E501
_SOURCE = re.compile(r"(?:来源|來源|出处|source)\s*[:：]\s*([^\s|，。；;]{1,40})", re.I)
_BYLINE = re.compile(r"(?:作者|记者|記者|撰稿|撰文|供稿|通讯员|通訊員|author|by)\s*[:：/／]?\s*([\u4e00-\u9fffA-Za-z·、]{2,20})", re.I)  # fmt: skip  # noqa: E501
_MENU_WORD = re.compile(r"[\s|｜/·>»›・•]+")


def kind_of(text: str) -> str:
    """What kind of furniture a line is by its words, or nothing."""
    if len(text) > MAX_FURNITURE:
        return ""
    for kind, pattern in furniture().kinds:
        found = pattern.search(text)
        if found and (len(text) <= 90 or kind in _LONG_FORMS) and not _told(kind, text):
            return kind
    return "menu" if _is_menu(text) else ""


def _told(kind: str, text: str) -> bool:
    """A paragraph that happens to begin like furniture."""
    return kind in ("tools", "copyright") and len(text) > 40 and bool(_SENTENCE_END.search(text))


def _is_menu(text: str) -> bool:
    parts = [part for part in _MENU_WORD.split(text) if part]
    short = sum(len(part) <= 6 for part in parts)
    return len(parts) >= 3 and short == len(parts) and not re.search(r"[。！？，,：:《]", text)


def in_zone(element: Element | None, known: dict[int, bool]) -> bool:
    """Whether an element stands in a menu, a footer or another frame of the page."""
    chain: list[Element] = []
    while element and id(element) not in known:
        chain.append(element)
        element = element.parent
    framed = known[id(element)] if element else False
    for node in reversed(chain):
        framed = framed or _is_zone(node)
        known[id(node)] = framed
    return framed


def _is_zone(element: Element) -> bool:
    rules = furniture()
    if element.tag in rules.zone_tags:
        return True
    if element.tag in ("body", "html", "article", "main", "h1", "h2", "p", "td", "table"):
        return False
    names = " ".join(element.attrs.get(n, "") for n in ("id", "class", "role"))
    return bool(rules.zones.search(names[:200])) and not rules.body_names.search(names[:200])


def headline(lines: Sequence[Line], kinds: Sequence[str]) -> int:
    """Which line is the headline; -1 for none: an `h1`, what stands above the line of source and
    date, or a first short line without a full stop before the first sentence.
    """
    for at, line in enumerate(lines):
        if not kinds[at] and any(_within_heading(e) for e in line.elements):
            return at
    for at, kind in enumerate(kinds[:40]):
        if kind == "source":
            above = [n for n in range(at) if not kinds[n] and _like_headline(lines[n].text)]
            return above[-1] if above else -1
    first = next((n for n, kind in enumerate(kinds) if not kind), -1)
    told = any(is_sentence(line.text) for line in lines[first + 1 : first + 4])
    return first if first >= 0 and told and _like_headline(lines[first].text) else -1


def _within_heading(element: Element) -> bool:
    node: Element | None = element
    while node and node.tag != "h1":
        node = node.parent
    return node is not None


def _like_headline(text: str) -> bool:
    return 4 <= len(text) <= MAX_HEADLINE and not _SENTENCE_END.search(text)


def is_sentence(text: str) -> bool:
    """Whether the line is running text: long, or with the marks of a sentence."""
    return len(text) >= 30 or (len(text) >= 12 and bool(re.search(r"[。！？；，;]", text)))


def page_date(texts: Sequence[str]) -> datetime | None:
    """The first date of the given lines that is one, as an instant in Chinese time."""
    for text in texts:
        for found in _DATE.finditer(text):
            clock = f" {found[4]}" if found[4] else ""
            written = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}{clock}{found[5] or ''}"
            try:
                return parse_instant(written, CHINA).at.astimezone(CHINA)
            except UnreadableInput:
                continue
    return None


def page_source(texts: Sequence[str]) -> str:
    """The source that a line of the frame names."""
    return next((m[1].strip(EDGE) for t in texts if (m := _SOURCE.search(t))), "")


def page_byline(texts: Sequence[str]) -> str:
    """The author that a line of the frame names."""
    return next((m[1].strip(EDGE + "、") for t in texts if (m := _BYLINE.search(t))), "")


def bare_title(title: str) -> str:
    """A page title without the name of the site behind it.

    >>> bare_title("关于加强宣传的通知_云溪县人民政府")
    '关于加强宣传的通知'
    """
    parts = [p for p in furniture().title_tail.split(title) if p]
    return max(parts[:2], key=len) if parts else ""


def same_words(left: str, right: str) -> bool:
    """Whether two headlines say the same, spacing aside."""
    return "".join(fold(left).split()) == "".join(fold(right).split())
