"""Telephone numbers as people write them, and faked ones.

A number without a country code is read in the country whose script the text is in, and left alone
where no numbering plan has it. Its form is no proof that it is in use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from fanzha.errors import UnreadableInput
from fanzha.model.values import Phone
from fanzha.recognise.indicators.candidate import CHECKED, CUED, SHAPED, Candidate
from fanzha.recognise.indicators.words import pattern, words
from fanzha.recognise.service_numbers import behind_area, behind_prefix, short_numbers

SPOOFED = "service_behind_prefix"
_SEP = r"[ \-]?"
_EDGE = r"(?<![A-Za-z0-9_%*#])(?<![0-9][.,-])"
_END = r"(?![A-Za-z0-9*%_]|[.,-][0-9])"
_MOBILE = re.compile(
    rf"{_EDGE}(?:(?:\+|00)?86{_SEP})?1[3-9][0-9]{_SEP}[0-9]{{4}}{_SEP}[0-9]{{4}}(?![0-9*%]|[.,-][0-9])"
)
_ABROAD = re.compile(rf"(?<![A-Za-z0-9+])(?:\+|00)[0-9](?:[ \-.()]{{0,2}}[0-9]){{3,15}}{_END}")
_NATIONAL = re.compile(
    rf"{_EDGE}(?:\((?:0[0-9]{{1,4}}|[2-9][0-9]{{2}})\)[ -]?[0-9]{{3,8}}(?:[ -][0-9]{{2,5}}){{0,2}}"
    rf"|0[0-9]{{1,4}}(?:[ -]{{1,3}}[0-9]{{2,8}}){{1,4}}|0[0-9]{{8,11}}"
    rf"|[48]00(?:{_SEP}[0-9]{{3}}{_SEP}[0-9]{{4}}|-[0-9]{{4}}-[0-9]{{3}})"
    rf"|[2-9][0-9]{{2}}[-.][0-9]{{3}}[-.][0-9]{{4}}){_END}"
)
_SHORT = re.compile(
    rf"{_EDGE}(?:0[0-9]{{2,3}}-?)?[0-9]{{3,8}}"
    r"(?![A-Za-z0-9%_.:：-]|,[0-9]|[元块万千岁年月日号天次个人件折米分秒点時时小])"
)
_CUE = pattern(rf"(?:{words().phone_cues})[^0-9A-Za-z\n]{{0,6}}$")
_CUED = pattern(
    rf"(?:{words().phone_cues})(?:\s?(?:号码?|no\.?|number|is|at|on|me on|us on))?"
    rf"\s?[:：是为]?\s?(?P<id>[(]?[0-9][0-9 ()\-]{{5,16}}[0-9]){_END}"
)
_CUE_REACH = 24
_SCRIPTS = (
    (re.compile("[\u0e00-\u0e7f]"), "TH"),
    (re.compile("[\uac00-\ud7af]"), "KR"),
    (re.compile("[\u3040-\u30ff]"), "JP"),
    (re.compile("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựđ]", re.IGNORECASE), "VN"),
    (re.compile("[\u3400-\u9fff]"), "CN"),
)
# Where a text in Latin script alone may be from. Nobody can tell which, so such a number is given
# as it is dialled, unless it is written as only North America writes one.
_LATIN = ("US", "GB", "IN", "SG", "MY", "ID", "PH", "AU")
_AMERICAN = re.compile(r"(?:1[ -])?\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}")
_CHINESE = ("CN", "TW", "HK")


def find_phones(text: str) -> Iterator[Candidate]:
    """Numbers of every form; the surer ones outrank the rest."""
    yield from _mobiles(text)
    if "+" in text or "00" in text:
        yield from _abroad(text)
    yield from _shorts(text)
    yield from _nationals(text)


def _mobiles(text: str) -> Iterator[Candidate]:
    """Of mainland China, whose form is its own."""
    for match in _MOBILE.finditer(text):
        number = "+86" + re.sub(r"[^0-9]", "", match[0])[-11:]
        yield Candidate(SHAPED, match.start(), match.end(), "phone", number)


def _abroad(text: str) -> Iterator[Candidate]:
    china = short_numbers("CN")
    for match in _ABROAD.finditer(text):
        shown = re.sub(r"[^+0-9]", "", match[0])
        if china and behind_prefix(shown, china) in china.known:
            yield Candidate(CUED, match.start(), match.end(), "phone", shown, (SPOOFED,))
        else:
            before = text[max(0, match.start() - _CUE_REACH) : match.start()]
            yield from _international(match, match[0][0] == "+" or bool(_CUE.search(before)))


def _international(match: re.Match[str], said: bool) -> Iterator[Candidate]:
    """The longest beginning that a numbering plan has: more digits may follow a space.

    `said`: a `+` or a word says that it is a number, so it may be of a range nobody assigned.
    """
    ends = [len(match[0]), *(m.start() for m in re.finditer(r"(?<=[0-9])[ .(\-]+", match[0]))]
    for end in sorted(ends, reverse=True):
        shown = match[0][:end]
        number = _read(shown, "CN") if shown.count("(") == shown.count(")") else None
        if number and (said or number.valid):
            stop = match.start() + end
            yield Candidate(CHECKED, match.start(), stop, "phone", number.e164)
            return


def _shorts(text: str) -> Iterator[Candidate]:
    """Service numbers: famous ones, others only where a word says that one calls them."""
    china = short_numbers("CN")
    if china is None or not _has_script(text, "CN"):
        return
    for match in _SHORT.finditer(text):
        digits = match[0].replace("-", "")
        inside = digits if china.has(digits) else behind_area(digits, china)
        if not inside:
            continue
        before = text[max(0, match.start() - _CUE_REACH) : match.start()]
        famous = len(inside) == 5 and inside in china.known - china.figures
        if famous or _CUE.search(before):
            yield Candidate(SHAPED, match.start(), match.end(), "phone", digits)


def _nationals(text: str) -> Iterator[Candidate]:
    regions = None
    for match in _NATIONAL.finditer(text):
        regions = regions or _regions(text)
        if number := _first_valid(match[0], regions):
            yield Candidate(SHAPED, match.start(), match.end(), "phone", number)
    for match in _CUED.finditer(text):
        regions = regions or _regions(text)
        if number := _first_valid(match["id"].strip(), regions):
            yield Candidate(SHAPED, match.start("id"), match.end("id"), "phone", number)


def _first_valid(shown: str, regions: tuple[str, ...]) -> str:
    for region in regions:
        number = _read(shown, region)
        if number and number.valid and number.region == region:
            sure = regions is not _LATIN or (region == "US" and _AMERICAN.fullmatch(shown))
            return number.e164 if sure else re.sub(r"[^0-9]", "", shown)
    return ""


def _regions(text: str) -> tuple[str, ...]:
    """The countries in whose plan a number of this text is tried."""
    found = next((region for script, region in _SCRIPTS if script.search(text)), "")
    if found == "CN":
        return _CHINESE
    return (found,) if found else _LATIN


def _has_script(text: str, region: str) -> bool:
    return any(script.search(text) for script, of in _SCRIPTS if of == region)


class _Number(NamedTuple):
    e164: str
    region: str
    valid: bool


@lru_cache(maxsize=4096)
def _read(shown: str, region: str) -> _Number | None:
    try:
        phone = Phone.read(shown, region)
    except UnreadableInput:
        return None
    if phone.service:
        return None
    import phonenumbers

    valid = phonenumbers.is_valid_number(phonenumbers.parse(phone.number))
    return _Number(phone.number, phone.country, valid)
