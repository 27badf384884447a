"""Chinese numerals, read exactly or not at all."""

from __future__ import annotations

DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")}
    | {"两": 2}
)
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
BIG = {"万": 10**4, "亿": 10**8}
NUMERALS = "".join((*DIGITS, *UNITS, *BIG))


def read_numeral(text: str) -> int:
    """The value of a Chinese numeral, or 0 where it is none or not exact.

    >>> [read_numeral(t) for t in ("十八万", "两千三百", "一万二", "三百零五", "伍仟", "万一")]
    [180000, 2300, 12000, 305, 5000, 0]
    """
    total = section = 0
    digit, unit = -1, 1
    for char in text:
        if char in DIGITS:
            if digit > 0:
                return 0
            digit, unit = DIGITS[char], 1 if DIGITS[char] == 0 else unit
        elif char in UNITS:
            if digit < 0 and char not in "十拾":
                return 0
            section += max(digit, 1) * UNITS[char]
            digit, unit = -1, UNITS[char]
        else:
            if digit < 0 and not section and not total:
                return 0
            total = (total + section + max(digit, 0)) * BIG[char]
            section, digit, unit = 0, -1, BIG[char]
    rest = max(digit, 0) * (unit // 10 if unit >= 100 else 1)
    return total + section + rest
