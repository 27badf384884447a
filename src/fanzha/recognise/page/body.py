"""The author's words: headline and paragraphs, without the frame and without what was put in."""

from __future__ import annotations

from collections import Counter

from fanzha.recognise.page.frame import is_sentence
from fanzha.recognise.page.lines import EDGE, Line
from fanzha.recognise.page.markup import Element
from fanzha.recognise.page.sheet import Sheet

MOST = 0.85  # of the running text stands in the element that holds the article
LINKED = 0.6  # a line with more of it in links is a menu


def body_lines(sheet: Sheet, headline: int) -> list[Line]:
    """The lines that are headline and body, in reading order."""
    kept = []
    for n, line in enumerate(sheet.seen):
        if n > headline >= 0 and sheet.kinds[n] == "end":
            break
        if n >= headline and not sheet.kinds[n] and not sheet.framed[n] and _speaks(sheet, line):
            kept.append(line)
    first = [line for line in kept if headline >= 0 and line is sheet.seen[headline]]
    holder = _holder([line for line in kept if line not in first])
    rest = [line for line in kept if line not in first and _stands_in(line, holder)]
    return [*first, *rest]


def clean_text(sheet: Sheet, lines: list[Line]) -> str:
    """One line for each paragraph, character for character what is left of it."""
    return "\n".join(text for line in lines if (text := sheet.words(line).strip(EDGE)))


def _speaks(sheet: Sheet, line: Line) -> bool:
    linked = line.linked >= LINKED and not (is_sentence(line.text) and len(line.text) >= 60)
    return not sheet.taken(line) and not linked


def _holder(lines: list[Line]) -> Element | None:
    """The innermost element that holds nearly all of the running text."""
    told = [line for line in lines if is_sentence(line.text)]
    if not told or not told[0].elements:
        return None
    weight: Counter[int] = Counter()
    for line in told:
        home = line.home
        for element in home.ancestors() if home else ():
            weight[id(element)] += len(line.text)
    longest = max(told, key=lambda line: len(line.text)).home
    whole = sum(len(line.text) for line in told)
    around = longest.ancestors() if longest else []
    return next((e for e in around if weight[id(e)] >= MOST * whole), None)


def _stands_in(line: Line, holder: Element | None) -> bool:
    home = line.home
    return holder is None or home is None or home.within(holder)
