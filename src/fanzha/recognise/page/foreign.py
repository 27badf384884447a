"""Lines that don't belong: brand lines, rows of keywords, emoji rows, invented bylines.

A word never makes a line foreign; its form does. News about gambling writes sentences, quotes
brands and reports, while an advertising block stands in short lines that promise.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from fanzha.recognise.page.rules import fold, words

MAX_BRAND_LINE = 40
MIN_BLOCK = 3  # brand lines in a row; SEO kits write eight to ten
MIN_NAMES = 5  # names without a promise
MIN_ROW = 3  # keywords in one line
MIN_DENSITY = 0.4  # of its characters belong to them: a sentence has other things to say
URL = re.compile(
    r"(?:h(?:tt|xx)ps?\s?[:：]\s?//|www\.)[^\s\u4e00-\u9fff，。；、）)”\"'<>]{3,300}", re.I
)
_STOP = re.compile(r"[。！？；!?;]")
_QUOTE = re.compile(r"[“”「」『』《》\"]")
_FALSE_BYLINE = re.compile(
    r"[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\s]{0,6}[（(]\s*撰稿\s*[:：]\s*[^（）()]{1,12}[)）]"
)
_TAIL_DATE = re.compile(r"^\d{4}[/.-]\d{1,2}[/.-]\d{1,2}\S{0,12}$")
_SIDE_BY_SIDE = re.compile(r"[\s|｜、，,_]+")
_EMOJI_KINDS = ("So", "Sk", "Cs", "Co", "Cn", "Mn", "Cf")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a line is made of, counted in its folded text."""

    strong: int  # gambling, adult and trade words
    strong_chars: int
    lewd: int  # adult words alone
    promo: int
    brand: int
    rescue: int
    report: bool
    honest: bool
    link: bool  # it holds an address
    stop: bool
    quoted: bool
    length: int  # without addresses
    text: str

    @property
    def brand_line(self) -> bool:
        """A short line that names a brand and promises something."""
        if self.stop or self.report or self.quoted or not 2 <= self.length <= MAX_BRAND_LINE:
            return False
        if self.strong and (self.promo or self.length <= 14):
            return True
        return bool(self.brand and self.promo and not self.honest and self.length >= 4)

    @property
    def keyword_row(self) -> bool:
        """Keywords one after the other, and no sentence."""
        if self.report or self.quoted or self.stop:
            return False
        dense = self.strong_chars >= MIN_DENSITY * self.length
        return dense and (self.strong >= MIN_ROW or self.lewd >= 2)

    @property
    def link_line(self) -> bool:
        """An address with a few words beside it at most."""
        return self.link and self.length <= 14 and not self.stop and not self.report


def traits(text: str) -> Traits:
    """Count what a line is made of."""
    bare, count = URL.subn("", text)
    folded, rules = fold(bare).strip(), words()
    adult = rules.adult.findall(folded)
    strong = [*adult, *rules.gambling.findall(folded), *rules.trade.findall(folded)]
    return Traits(
        strong=len(strong),
        strong_chars=sum(map(len, strong)),
        lewd=len(adult),
        promo=len(rules.promo.findall(folded)),
        brand=len(rules.brand.findall(folded)),
        rescue=len(rules.rescue.findall(folded)),
        report=bool(rules.report.search(folded)),
        honest=bool(rules.honest.search(folded)),
        link=count > 0,
        stop=bool(_STOP.search(folded)),
        quoted=bool(_QUOTE.search(bare)),
        length=len(folded),
        text=folded,
    )


def emoji_row(text: str) -> bool:
    """Two to twelve pictures and no word: how a doorway kit opens a page."""
    signs = [c for c in text if not c.isspace()]
    if not 2 <= len(signs) <= 24 or any(c.isalnum() for c in signs):
        return False
    pictures = [c for c in signs if ord(c) >= 0x2600 and unicodedata.category(c) in _EMOJI_KINDS]
    return len(pictures) == len(signs) and len(set(pictures)) > 1


def false_byline(text: str) -> int:
    """Where the byline that a doorway kit invents begins, `(撰稿:…)` with a picture before it or
    none; -1 if there is none. It ends a paragraph or opens a short line.
    """
    found = _FALSE_BYLINE.search(text)
    if not found or (len(text) > 120 and found.end() != len(text)):
        return -1
    return found.start()


def tail_line(text: str) -> bool:
    """What a kit lists below its byline: a day, a made-up name and a picture."""
    return bool(_TAIL_DATE.match(text)) and any(unicodedata.category(c) == "So" for c in text)


def shared_stems(found: Sequence[Traits], told: str) -> set[int]:
    """Which lines promise something of one brand that the page's own sentences never name.

    Four lines or more that begin with the same characters, each with a promise: a kit writes one
    brand with every ending that people search for.
    """
    short = [n for n, t in enumerate(found) if _could_share(t)]
    stems = Counter(found[n].text[:2] for n in short)
    pairs = {told[at : at + 2] for at in range(len(told) - 1)} if short else set()
    return {n for n in short if stems[found[n].text[:2]] >= 4 and found[n].text[:2] not in pairs}


def _could_share(line: Traits) -> bool:
    plain = not (line.stop or line.report or line.honest or line.quoted)
    return plain and bool(line.promo) and 4 <= line.length <= MAX_BRAND_LINE


def blocks(found: Sequence[Traits], brands: Sequence[bool]) -> list[range]:
    """Runs of brand lines, with what stands among and beside them, long enough to be a block.

    Names without a promise and addresses make a run longer; alone they make a block only when
    there are many names and several addresses.
    """
    member = [is_brand or _joins(t) for t, is_brand in zip(found, brands, strict=True)]
    for at in range(1, len(member) - 1):  # one short line inside a run doesn't end it
        member[at] = member[at] or (member[at - 1] and member[at + 1] and _is_filler(found[at]))
    runs, at = [], 0
    while at < len(member):
        end = at
        while end < len(member) and member[end]:
            end += 1
        if _is_block(found[at:end], brands[at:end]):
            runs.append(range(at, end))
        at = end + 1
    return runs


def _is_block(found: Sequence[Traits], brands: Sequence[bool]) -> bool:
    if sum(brands) >= MIN_BLOCK:
        return True
    named = sum(t.brand > 0 and not t.link for t in found)
    return named >= MIN_NAMES and sum(t.link_line for t in found) >= MIN_BLOCK - 1


def _joins(line: Traits) -> bool:
    named = line.brand > 0 and line.length <= 10 and not (line.honest or line.quoted)
    return line.link_line or _could_share(line) or (named and not line.stop and not line.report)


def _is_filler(line: Traits) -> bool:
    return line.length <= 10 and not (line.stop or line.report or line.honest or line.quoted)


def brand_row(text: str) -> bool:
    """Brand lines written side by side in one line."""
    parts = [part for part in _SIDE_BY_SIDE.split(text[:2000]) if part.strip()]
    if len(parts) < MIN_BLOCK:
        return False
    found = [traits(part) for part in parts[:200]]
    told = any(t.report or t.stop or t.quoted for t in found)
    brands = sum(t.brand_line for t in found)
    return not told and brands >= MIN_BLOCK and brands >= MIN_DENSITY * len(found)
