"""Where the caller is, for the right desk; never a reason to turn anyone away."""

from __future__ import annotations

import re

from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims

_AT = re.compile(
    r"(?:(?<![让叫给要把跟对说])我(?:现在|这边|目前|是|人|本人|家|住|们){0,4}(?:在"
    r"|住在|住)|(?:坐标|地址|所在地|住址)(?:是|在|:)?|现在人在|人在)"
    r"(?P<place>[\u4e00-\u9fff]{2,16})"
)
_FROM = re.compile(r"我是(?P<place>[\u4e00-\u9fff]{2,12}?)(?:的|人)(?=[,。;!?\s]|$)")
_LATIN = re.compile(
    r"\b(?:[Ii] (?:live|am|stay) in|I'm in|I'm from|I am from|calling from|based in"
    r"|here in) (?:the )?(?P<place>[A-Z][\w'-]{1,20}(?: [A-Z][\w'-]{1,20}){0,2})"
)


def find_place(folded: str, claims: Claims) -> tuple[int, int] | None:
    """Where the place name begins and ends, or None."""
    for pattern in (_AT, _FROM):
        for m in pattern.finditer(folded):
            length = _known(m["place"])
            start = m.start("place")
            if length and claims.free(start, start + length):
                return start, start + length
    latin = _LATIN.search(folded)
    return latin.span("place") if latin and claims.free(*latin.span("place")) else None


def _known(words: str) -> int:
    """How much of the words is a place: as many place names in a row as there are."""
    end = 0
    while end < len(words):
        left = len(words) - end
        step = next(
            (n for n in (4, 3, 2) if n <= left and words[end : end + n] in rules().places), 0
        )
        if not step:
            step = _ended(words[end:])
        if not step:
            break
        end += step
        end += len(words[end : end + 1]) if words[end : end + 1] in rules().place_endings else 0
    return end


def _ended(words: str) -> int:
    """The length of a name closed by 省, 市, 区 … within a few characters."""
    m = re.match(r"[^\W\d_]{1,4}?(?:省|市|新区|区|县|镇|乡|村|街道)", words)
    bad = m is not None and re.search("小区|社区|超市|园区|地区|城市|这|那|家|一个", m[0])
    return m.end() if m and not bad else 0
