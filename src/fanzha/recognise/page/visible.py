"""What stands openly on a page and doesn't belong: blocks, rows, sprinkled lines and words."""

from __future__ import annotations

import re

from fanzha.recognise.page.foreign import (
    blocks,
    brand_row,
    emoji_row,
    false_byline,
    shared_stems,
    tail_line,
)
from fanzha.recognise.page.frame import is_sentence
from fanzha.recognise.page.lines import Line
from fanzha.recognise.page.rules import fold, words
from fanzha.recognise.page.sheet import Mark, Sheet

ABOUT_GAMBLING = 0.3  # with this share of sentences on it, gambling is what the page tells about
_GAMBLING_TOPIC = re.compile(r"赌|博彩|彩票|投注")
_OPENING = "“‘「『《【\"'"
_CLOSING = "”’」』》】\"'"


def mark_visible(sheet: Sheet) -> None:
    """Set apart everything that stands openly and doesn't belong to the author."""
    brands = _brand_lines(sheet)
    taken = _mark_blocks(sheet, brands)
    taken |= _mark_rows(sheet)
    signs = _signs(sheet)
    if taken or {"emoji_row", "false_byline"} <= {why for _, _, why in signs}:
        for line, start, why in signs:
            sheet.mark(Mark(line, start, len(line.text), why))
        _mark_tail(sheet)
    lone = [n for n, is_brand in enumerate(brands) if is_brand and n not in taken]
    sprinkled = _mark_sprinkled(sheet, lone)
    _mark_inline(sheet, bool(taken or sprinkled))


def _brand_lines(sheet: Sheet) -> list[bool]:
    told = fold("\n".join(line.text for line in sheet.seen if is_sentence(line.text)))
    stems = shared_stems(sheet.traits, told)
    return [t.brand_line or n in stems for n, t in enumerate(sheet.traits)]


def _mark_blocks(sheet: Sheet, brands: list[bool]) -> set[int]:
    taken: set[int] = set()
    rows = [
        n
        for n, line in enumerate(sheet.seen)
        if brand_row(line.text) and not sheet.traits[n].keyword_row
    ]
    for run in [*blocks(sheet.traits, brands), *(range(n, n + 1) for n in rows)]:
        if not _is_announced(sheet, run.start):
            taken |= set(run)
    for n in sorted(taken):
        _mark_line(sheet, sheet.seen[n], "brand_block")
    return taken


def _is_announced(sheet: Sheet, at: int) -> bool:
    """A list that the police or a paper introduces: "the following platforms are fraudulent:"."""
    before = sheet.seen[at - 1].text if at else ""
    return before.endswith(("：", ":")) and sheet.traits[at - 1].report


def _mark_rows(sheet: Sheet) -> set[int]:
    taken = {n for n, t in enumerate(sheet.traits) if t.keyword_row}
    for n in sorted(taken):
        _mark_line(sheet, sheet.seen[n], "keyword_row")
    return taken


def _signs(sheet: Sheet) -> list[tuple[Line, int, str]]:
    """The doorway kit's signs that prove nothing alone: rows of pictures and made-up bylines."""
    signs = []
    for line in sheet.seen:
        if emoji_row(line.text):
            signs.append((line, 0, "emoji_row"))
        elif (start := false_byline(line.text)) >= 0:
            signs.append((line, start, "false_byline"))
    return signs


def _mark_tail(sheet: Sheet) -> None:
    """The list of other people's headlines that a kit sets below its byline."""
    behind = False
    for line in sheet.seen:
        marks = sheet.marks.get(id(line), [])
        behind = behind or any(m.why == "false_byline" for m in marks)
        if behind and not marks and (tail_line(line.text) or not is_sentence(line.text)):
            _mark_line(sheet, line, "doorway_tail")


def _mark_sprinkled(sheet: Sheet, lone: list[int]) -> bool:
    """Brand lines that stand alone between the paragraphs of something else."""
    strong = [n for n in lone if sheet.traits[n].strong]
    promised = [n for n in strong if sheet.traits[n].promo]
    if _is_about_gambling(sheet):
        strong = promised
    if len(strong) < 2 and not promised:
        return False
    for n in strong:
        _mark_line(sheet, sheet.seen[n], "sprinkled_line")
    return True


def _is_about_gambling(sheet: Sheet) -> bool:
    told = [fold(line.text) for line in sheet.seen if is_sentence(line.text)]
    about = sum(bool(_GAMBLING_TOPIC.search(text)) for text in told)
    return about > 0 and about >= ABOUT_GAMBLING * len(told)


def _mark_inline(sheet: Sheet, suspected: bool) -> None:
    """A brand with its promise set into a sentence; once alone, on a clean page, it is no proof."""
    found = [
        (line, match.start(), match.end())
        for line in sheet.seen
        if is_sentence(line.text) and not sheet.taken(line)
        for match in words().inline.finditer(fold(line.text))
        if not _is_quoted(line.text, match.start(), match.end())
    ]
    strong = words().gambling
    sure = [(x, a, b) for x, a, b in found if suspected or strong.search(fold(x.text[a:b]))]
    if suspected or len(sure) >= 2:
        for line, start, end in sure:
            sheet.mark(Mark(line, start, end, "sprinkled_words"))


def _is_quoted(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 12) : start]
    opened = max(before.rfind(c) for c in _OPENING)
    closed = max(before.rfind(c) for c in _CLOSING[:-2])
    return opened > closed or text[end : end + 1] in _CLOSING


def _mark_line(sheet: Sheet, line: Line, why: str) -> None:
    sheet.mark(Mark(line, 0, len(line.text), why))
