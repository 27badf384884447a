"""Numbers as people say them, in Chinese and English, read exactly or not at all."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

DIGITS = {
    **{c: i for i, c in enumerate("零一二三四五六七八九")},
    **{c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "幺": 1,
}
SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "k": 1000, "K": 1000}
BIG = {"万": 10**4, "w": 10**4, "W": 10**4, "亿": 10**8}
UNITS = {**SMALL, **BIG}
HAN_DIGITS = "".join(DIGITS)
HAN_UNITS = "十拾百佰千仟万亿"
ENGLISH = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
ENGLISH_UNITS = {"hundred": 100, "thousand": 1000, "grand": 1000, "million": 10**6}
_PIECE = re.compile(r"\d+(?:\.\d+)?|\D")
_VAGUE = re.compile(r"几|数(?=[十百千万])")
_NEIGHBOURS = re.compile(r"[一二两三四五六七八九]{2,}(?=[十百千万亿])")


class _Place(NamedTuple):
    """Where reading stands: sums above 万, the section below it, a number waiting for its unit."""

    total: Decimal
    section: Decimal
    waiting: str | None
    unit: int  # the unit just read; 0 after a zero or a digit


def read_number(text: str) -> Decimal | None:
    """The exact value of a Chinese or mixed numeral, or None where it is not exact or no number.

    >>> [int(read_number(t)) for t in ("三十万", "3万5", "一万二千三", "十二万六", "三十万零五百")]
    [300000, 35000, 12300, 126000, 300500]
    >>> [str(read_number(t)) for t in ("两百", "一百二", "伍仟", "50w", "1,200.50", "1.5万")]
    ['200', '120', '5000', '500000', '1200.50', '15000.0']
    >>> read_number("十几万"), read_number("三五万")
    (None, None)
    """
    clean = text.replace(",", "").replace(" ", "")
    if not clean or _VAGUE.search(clean) or _NEIGHBOURS.search(clean):
        return None
    if all(c in DIGITS for c in clean):
        return Decimal("".join(str(DIGITS[c]) for c in clean))
    place = _Place(Decimal(0), Decimal(0), None, 0)
    for piece in _PIECE.findall(clean):
        if piece in UNITS:
            place = _unit(place, piece)
        elif piece in DIGITS or piece[0].isdigit():
            if place.waiting not in (None, "0"):
                return None
            digit = str(DIGITS[piece]) if piece in DIGITS else piece
            place = place._replace(waiting=digit, unit=place.unit if digit != "0" else 0)
        else:
            return None
    return _close(place)


def _unit(place: _Place, unit: str) -> _Place:
    size = UNITS[unit]
    number = Decimal(place.waiting) if place.waiting is not None else None
    if unit in SMALL:
        if number is None or (number == 0 and place.section + place.total):
            number = Decimal(1) if unit in "十拾" or not place.section else Decimal(0)
        return _Place(place.total, place.section + number * size, None, size)
    section = place.section + (number or 0)
    if not section:  # 亿 after 万, as in 一万亿
        return _Place(place.total * size, Decimal(0), None, size)
    return _Place(place.total + section * size, Decimal(0), None, size)


def _close(place: _Place) -> Decimal:
    rest = Decimal(place.waiting or 0)
    short = place.unit >= 100 and len(place.waiting or "") == 1
    if short:  # 3万5 is 35,000 and 一百二 is 120; 三十万零五 keeps its 5
        rest = rest * place.unit / 10
    return place.total + place.section + rest


def read_english(text: str) -> Decimal | None:
    """The value of English number words.

    >>> int(read_english("twenty-five thousand")), int(read_english("three hundred and fifty"))
    (25000, 350)
    """
    total = section = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in ENGLISH:
            section += ENGLISH[word]
        elif word == "hundred":
            section = (section or 1) * 100
        elif word in ENGLISH_UNITS:
            total, section = total + (section or 1) * ENGLISH_UNITS[word], 0
        elif word not in ("and", "a"):
            return None
    return Decimal(total + section)


def spoken_digits(text: str) -> str:
    """Digits said one by one, as digits; separators fall away.

    >>> spoken_digits("六二零五 五幺")
    '620551'
    """
    return "".join(str(DIGITS[c]) if c in DIGITS else c for c in text if c in DIGITS or c.isdigit())
