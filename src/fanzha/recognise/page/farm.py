"""Pages that exist to be found: farms of questions, and uploads under a foreign headline."""

from __future__ import annotations

from fanzha.recognise.page.foreign import Traits, traits
from fanzha.recognise.page.frame import is_sentence
from fanzha.recognise.page.rules import fold, words
from fanzha.recognise.page.sheet import Mark, Sheet

MIN_QUESTIONS = 6  # titles of other such pages
NEARLY_EMPTY = 80  # characters of running text
MIN_OFFICIAL = 3


def mark_farm(sheet: Sheet) -> None:
    """Set apart a list of other people's questions, and a headline that the page doesn't keep."""
    _mark_questions(sheet)
    _mark_parasite(sheet)


def _mark_questions(sheet: Sheet) -> None:
    asked = [n for n, line in enumerate(sheet.seen) if _is_question(line.text)]
    told = sum(len(line.text) for line in sheet.seen if is_sentence(line.text))
    first = next((n for n, kind in enumerate(sheet.kinds) if not kind), -1)
    title = _is_question(sheet.title) or (first in asked)
    if title and len(asked) >= MIN_QUESTIONS and told <= NEARLY_EMPTY:
        for n in asked:
            line = sheet.seen[n]
            sheet.mark(Mark(line, 0, len(line.text), "question_farm"))


def _is_question(text: str) -> bool:
    return 5 <= len(text) <= 40 and bool(words().question.search(fold(text)))


def _mark_parasite(sheet: Sheet) -> None:
    """A headline that sells rescue or coupons above a text of the police or the law."""
    at = sheet.headline()
    title = sheet.seen[at].text if at >= 0 else sheet.title
    sold = traits(title[:300])
    why = _sells(sold, title)
    body = [n for n, line in enumerate(sheet.seen) if is_sentence(line.text) and n != at]
    told = fold("\n".join(sheet.seen[n].text for n in body))
    if not why or len(words().official.findall(told)) < MIN_OFFICIAL:
        return
    selling = words().rescue if why == "rescue_headline" else words().coupon
    keeps = [n for n in body if selling.search(fold(sheet.seen[n].text))]
    if len(keeps) * 2 > len(body):
        return
    if at >= 0:
        sheet.mark(Mark(sheet.seen[at], 0, len(title), why))
    for n, line in enumerate(sheet.seen):
        if n != at and sheet.traits[n].rescue and not sheet.traits[n].report:
            sheet.mark(Mark(line, 0, len(line.text), "rescue_line"))


def _sells(title: Traits, text: str) -> str:
    if title.report:
        return ""
    if title.rescue:
        return "rescue_headline"
    return "coupon_headline" if words().coupon.search(fold(text)) else ""
