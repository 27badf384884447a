"""Case numbers and parcels' numbers, where a word or their own form says what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.recognise.indicators.candidate import CHECKED, CUED, Candidate
from fanzha.recognise.indicators.words import pattern, words

_COURT = re.compile(
    r"[(（〔\[](?:19|20)[0-9]{2}[)）〕\]][\u4e00-\u9fff]{1,4}[0-9]{0,6}[\u4e00-\u9fff]{1,6}"
    r"[0-9]{1,6}号(?:之[一二三四五])?"
)
_POLICE = re.compile(
    r"(?:[京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀贵黔云滇陕甘青宁新藏蒙][\u4e00-\u9fff]{0,3})?"
    r"[公检法](?:[(（][\u4e00-\u9fff]{1,8}[)）])?[\u4e00-\u9fff]{0,4}字"
    r"[〔\[(（【](?:19|20)[0-9]{2}[〕\])）】]第?[0-9]{1,8}号"
)
_ID = r"(?P<id>[A-Za-z]{0,8}[-/]?[0-9][A-Za-z0-9/-]{3,30})(?![A-Za-z0-9])"
_LINK = r"\s?(?:is|are|为|是)?\s?(?:[:：=#]\s?)?[【\[「“\"]?\s?"
_CASE = pattern(
    rf"(?:{words().case_cues}){_LINK}(?P<id>(?:[\u4e00-\u9fff]{{1,2}}[A-Za-z]|[A-Za-z]{{0,8}})"
    r"[-/]?[0-9][A-Za-z0-9/-]{3,30})(?![A-Za-z0-9])"
)
_COURIER = pattern(rf"(?:{words().courier_cues}){_LINK}{_ID}")
_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?P<id>(?P<prefix>[A-Z]{2,4})(?P<digits>[0-9]{10,15}))(?![A-Za-z0-9])"
)
_POSTAL = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{9}[A-Z]{2}(?![A-Za-z0-9])")
_UPS = re.compile(r"(?<![A-Za-z0-9])1Z[0-9A-Z]{16}(?![A-Za-z0-9])")
_POSTAL_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)  # UPU S10-12


def find_cases(text: str) -> Iterator[Candidate]:
    """Numbers of court and police cases, of tickets and reports."""
    for shape in (_COURT, _POLICE) if "号" in text else ():
        for match in shape.finditer(text):
            yield Candidate(CUED, match.start(), match.end(), "case_number", match[0])
    for match in _CASE.finditer(text):
        yield Candidate(CUED, *match.span("id"), "case_number", match["id"])


def find_parcels(text: str) -> Iterator[Candidate]:
    """Numbers of parcels: with a courier's prefix, a postal check digit, or a word beside them."""
    for match in _COURIER.finditer(text):
        if sum(c.isdigit() for c in match["id"]) >= 8:
            yield Candidate(CUED, *match.span("id"), "courier_number", match["id"].upper())
    for match in _PREFIXED.finditer(text):
        low, high = words().courier_prefixes.get(match["prefix"], (1, 0))
        if low <= len(match["digits"]) <= high:
            yield Candidate(CHECKED, *match.span("id"), "courier_number", match["id"])
    for match in _POSTAL.finditer(text):
        if _is_postal(match[0]):
            yield Candidate(CHECKED, *match.span(), "courier_number", match[0])
    for match in _UPS.finditer(text):
        yield Candidate(CHECKED, *match.span(), "courier_number", match[0])


def _is_postal(number: str) -> bool:
    """Whether the check digit fits (UPU S10).

    >>> _is_postal("RR473124829CN"), _is_postal("RR473124828CN")
    (True, False)
    """
    total = sum(int(d) * w for d, w in zip(number[2:10], _POSTAL_WEIGHTS, strict=True))
    check = 11 - total % 11
    return int(number[10]) == {10: 0, 11: 5}.get(check, check)
