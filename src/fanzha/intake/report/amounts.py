"""Sums of money in a report's words, in minor units; what cannot be read exactly is left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from fanzha.intake.report.numerals import DIGITS, ENGLISH, read_english, read_number
from fanzha.intake.report.rules import rules
from fanzha.intake.report.tokens import Claims, Token
from fanzha.model.money import MAX_DIGITS, decimals

_HAN = "零〇一二两三四五六七八九壹贰叁肆伍陆柒捌玖几"
_UNIT = "十拾百佰千仟万亿"
_ENGLISH_WORD = "|".join([*ENGLISH, "hundred", "thousand", "grand", "million"])
_NUMBER = re.compile(
    r"(?<![\dA-Za-z.])(?P<ascii>(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)|\d{1,24})(?:\.\d{1,8})?"
    rf"(?:\s?(?:[{_UNIT}]{{1,3}}|[wWkK](?![A-Za-z]))(?:[零〇]?[\d{_HAN}][\d{_HAN}{_UNIT}]{{"
    rf"0,12}})?)?"
    r"(?: ?(?P<scale>thousand|grand|million|hundred|mil|m)\b)?)"
    rf"|(?P<han>[{_HAN}十拾][{_HAN}{_UNIT}]{{0,23}})"
    rf"|(?P<words>\b(?:{_ENGLISH_WORD}|a(?= (?:hundred|thousand|million)))(?:[ -](?:and )?("
    rf"?:{_ENGLISH_WORD})\b){{0,8}})",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s?(?:多|余|来|出头|左右|上下|or so)")
_ABOUT = re.compile(
    r"(?i)(?:大概|大约|约|差不多|将近|近|接近|快|估计|about|around|roughly|nearly"
    r"|almost|approximately|over|more than)(?:是|有|转了|了|\s|[£$€¥]){0,2}$"
)
_NOT_MONEY = re.compile(
    r"\s?(?:个(?!u|比特|以太|泰达)|笔|次|天|年|月|日|号|点|分(?!钱)|秒|小时|人"
    r"|岁|期|倍|%|楼|路|群|级|行|张|份|位|周|季|代|套|台|斤|公|步|只|条|名|件"
    r"|单|集|层|段|页|字|度|折|样|种|家|部|辆|遍|粉|股|平|米|里|多?个(?!u)|者"
    r"|起|下|直|般|旦|些|共|定|路|块儿|"
    r"(?:minutes?|mins?|hours?|days?|weeks?|months?|years?|times|payments?|transfers?"
    r"|people|tasks?|messages?|calls?|percent|digits?|of|more|one|am|pm)\b)",
    re.IGNORECASE,
)
_COINS = re.compile(
    r"(?P<jiao>[\d一二两三四五六七八九])(?:(?P<unit>毛|角)(?:(?P<fen>[\d一二两三四五六七八"
    r"九])分?)?)?(?![\d点个笔次天年月日号十百千万])|零?(?P<jiao2>[\d一二两三四五六七八九])"
    r"[毛角]"
)
_SCALES = {
    "thousand": 10**3,
    "grand": 10**3,
    "million": 10**6,
    "mil": 10**6,
    "m": 10**6,
    "hundred": 100,
}


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum: minor units, currency, and how sure the words make it.

    `code` is empty where no currency was said; `home` says that the unit was 元 or the like.
    `bare` is a figure without a unit, money only right behind a word of paying.
    """

    minor: int
    currency: str
    rough: bool = False
    bare: bool = False
    assumed: bool = False


def find_amounts(folded: str, claims: Claims, zone_name: str) -> list[Token]:
    """Every figure that can be money, claimed."""
    home = rules().zones.get(zone_name, "CNY")
    said, tokens = "", []
    chinese = re.search("[\u4e00-\u9fff]", folded) is not None
    for m in _NUMBER.finditer(folded):
        found = _read(folded, m, home)
        if found is None:
            continue
        start, end, value, code, bare, rough = found
        assumed = not code and not said and not chinese
        currency = code or said or (home if not chinese else _home_unit(home))
        if code:
            said = code
        minor = _minor(value, currency)
        if minor and claims.take(start, end):
            tokens.append(Token("amount", start, end, Sum(minor, currency, rough, bare, assumed)))
    return tokens


def _home_unit(home: str) -> str:
    return home if home in ("CNY", "HKD", "TWD", "MOP") else "CNY"


def _minor(value: Decimal, currency: str) -> int | None:
    scaled = value.scaleb(decimals(currency))
    if value <= 0 or scaled != scaled.to_integral_value() or len(str(int(value))) > MAX_DIGITS:
        return None
    return int(scaled)


def _read(
    folded: str, m: re.Match[str], home: str
) -> tuple[int, int, Decimal, str, bool, bool] | None:
    """Where a sum begins and ends, its value, its currency, whether bare, whether rough."""
    value = _value(m)
    if value is None:
        return None
    start, end = m.span()
    more = _MORE.match(folded, end)
    behind = more.end() if more else end
    while behind < len(folded) and folded[behind] == " ":
        behind += 1
    before, after = _code_before(folded, start), rules().after.match(folded, behind)
    if after and _one_piece(folded, m, after.end()):
        return None
    rough = bool(more or _ABOUT.search(folded[max(0, start - 8) : start]))
    if before or after:
        word = before or (after[0].lower() if after else "")
        code = _code(rules().currency_of[word], home)
        start -= (
            len(before) if before and folded[start - len(before) : start].lower() == before else 0
        )
        if after:
            end, value = after.end(), value + _coins(folded, after)
            end = _coins_end(folded, after)
        return start, end, value, code, False, rough
    if _NOT_MONEY.match(folded, end):
        return None
    if _sized(m):
        return start, end, value, "", False, rough
    if len(m[0]) == 1 and m["han"]:
        return None
    return start, end, value, "", True, rough


def _value(m: re.Match[str]) -> Decimal | None:
    if m["words"]:
        return read_english(m["words"])
    text = m["han"] or m["ascii"]
    scale = m["scale"]
    if scale:
        number = read_number(text[: -len(scale)].strip())
        return number and number * _SCALES[scale.lower()]
    return read_number(text)


def _sized(m: re.Match[str]) -> bool:
    """Whether the figure names a size that only money has in such talk: 万, 千, k."""
    text = m[0]
    if m["words"]:
        return any(size in text.lower() for size in ("thousand", "grand", "million"))
    return bool(m["scale"]) or any(c in "百佰千仟万亿wWkK" for c in text[1:])


def _one_piece(folded: str, m: re.Match[str], end: int) -> bool:
    """一块 is "together" unless 钱 or the end of the phrase follows."""
    return folded[m.start() : end] in ("一块",) and folded[end : end + 1] not in (
        "",
        ",",
        "。",
        " ",
    )


def _code(word: str, home: str) -> str:
    if word == "unit":
        return _home_unit(home)
    if word == "dollar":
        return home if home in ("USD", "HKD", "SGD", "TWD", "AUD", "CAD") else "USD"
    return word


def _code_before(folded: str, start: int) -> str:
    """The currency word that ends right before `start`, in lower case."""
    window = folded[max(0, start - 8) : start].rstrip()
    last = ""
    for m in rules().before.finditer(window):
        if m.end() == len(window):
            last = m[0].lower()
    return last


def _coins(folded: str, after: re.Match[str]) -> Decimal:
    """What follows 块: 三块五 is 3.50."""
    m = _coin_match(folded, after)
    if not m:
        return Decimal(0)
    jiao, fen = m["jiao"] or m["jiao2"], m["fen"]
    return Decimal(_digit(jiao)) / 10 + (Decimal(_digit(fen)) / 100 if fen else 0)


def _coin_match(folded: str, after: re.Match[str]) -> re.Match[str] | None:
    return _COINS.match(folded, after.end()) if after[0] in ("块", "元", "圆") else None


def _coins_end(folded: str, after: re.Match[str]) -> int:
    m = _coin_match(folded, after)
    return m.end() if m else after.end()


def _digit(char: str) -> int:
    return DIGITS[char] if char in DIGITS else int(char)
