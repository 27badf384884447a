"""From marked lines to the spans of the document that hold nothing else."""

from __future__ import annotations

from collections import Counter

from fanzha.recognise.page.lines import Line
from fanzha.recognise.page.markup import Element
from fanzha.recognise.page.sheet import Mark, Sheet

Span = tuple[int, int, str]  # start, end, why
_TOO_HIGH = ("", "html", "body")


def marked_spans(sheet: Sheet) -> list[Span]:
    """One span for each outermost element that holds nothing but lines marked for one reason, for
    each run of neighbouring lines outside such an element, and for each piece of a line.
    """
    lines = [*sheet.seen, *sheet.hidden]
    marks = [m for line in lines for m in sheet.marks.get(id(line), ())]
    whole = {id(m.line): m for m in marks if m.whole}
    pure = _pure(lines, whole)
    spans: list[Span] = []
    elements: set[int] = set()
    last: Mark | None = None
    for mark in sorted(marks, key=lambda m: (m.line.start, m.start)):
        element = _outermost(mark, pure) if mark.whole else None
        if element and id(element) not in elements:
            spans.append((element.start, element.end, mark.why))
            elements.add(id(element))
        elif not element:
            _append(spans, mark, last, sheet)
        last = None if element else mark
    return spans


def _append(spans: list[Span], mark: Mark, last: Mark | None, sheet: Sheet) -> None:
    start, end = mark.line.span(mark.start, mark.end)
    if last and last.whole and mark.whole and last.why == mark.why and _neighbours(sheet, last.line, mark.line):  # fmt: skip  # noqa: E501
        start = spans.pop()[0]
    spans.append((start, end, mark.why))


def _neighbours(sheet: Sheet, left: Line, right: Line) -> bool:
    """Whether nothing but space or line breaks stands between two lines."""
    between = sheet.document[left.end : right.start]
    if not sheet.markup:
        return not between.strip()
    same = left.home is right.home
    return same and len(between) < 200 and not between.lower().replace("<br>", "").replace("<br/>", "").replace("<br />", "").strip()  # fmt: skip  # noqa: E501


def _pure(lines: list[Line], whole: dict[int, Mark]) -> dict[int, str]:
    """Elements all of whose lines are marked for one reason, and the reason."""
    total: Counter[int] = Counter()
    marked: dict[int, Counter[str]] = {}
    touched = [line.home for line in lines if id(line) in whole]
    relevant = {id(e) for home in touched if home for e in home.ancestors()}
    for line in lines:
        home = line.home
        mark = whole.get(id(line))
        for element in home.ancestors() if home else ():
            if id(element) in relevant:
                total[id(element)] += 1
                if mark:
                    marked.setdefault(id(element), Counter())[mark.why] += 1
    return {
        key: why
        for key, whys in marked.items()
        for why, count in whys.items()
        if count == total[key]
    }


def _outermost(mark: Mark, pure: dict[int, str]) -> Element | None:
    found: Element | None = None
    node = mark.line.home
    while node and node.tag not in _TOO_HIGH and pure.get(id(node)) == mark.why:
        found, node = node, node.parent
    return found
