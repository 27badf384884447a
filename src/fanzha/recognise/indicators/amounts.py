"""Sums of money: figures or Chinese numerals with a currency, or with 万 where that means money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from fanzha.recognise.indicators.candidate import SHAPED, Candidate
from fanzha.recognise.indicators.numerals import NUMERALS, read_numeral
from fanzha.recognise.indicators.words import read_yaml

_DOTTED = r"[0-9]{1,3}(?:\.[0-9]{3}){1,5}(?![0-9]|\.[0-9])"  # as Viet Nam and Indonesia write it
_FIGURE = rf"(?:{_DOTTED}|[0-9](?:[0-9]|,(?=[0-9]{{3}})){{0,20}}+(?:\.[0-9]{{1,8}})?)"
_FREE = r"(?<![0-9A-Za-z.,_/*#-])"
_DOT_GROUPS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_DOTTED_CURRENCIES = ("VND", "IDR")
_TRADITIONAL = re.compile("[萬億圓塊幣帳賬號電話機網銀轉匯單證碼請這個們為與對還沒給錢貸]")
_LEAST_PIECES = 10  # below it a Chinese numeral and 块 can be pieces of anything


@dataclass(frozen=True, slots=True)
class _Money:
    """The words of `money.yaml` as patterns."""

    codes: dict[str, str]
    scales: dict[str, int]
    before: re.Pattern[str]
    after: re.Pattern[str]
    bare: re.Pattern[str]
    slang: re.Pattern[str]
    numeral: re.Pattern[str]
    bare_numeral: re.Pattern[str]

    def code(self, word: str, home: str) -> str:
        found = self.codes.get(word.strip().lower(), "")
        return home if found == "local" else found


def find_amounts(text: str, given: str, *, figures: bool) -> Iterator[Candidate]:
    """Sums with their currency where the text says it: `180000`, `85 CNY`, `0.5 USDT`.

    元 and 块 are yuan in simplified text; in traditional text they may be Taiwan's or Hong Kong's
    dollar, and the value names none. `given` is the text before it was folded; `figures` says
    whether it has any. Vague sums (几万) and those of other scripts' numerals are not found.
    """
    home = "" if _TRADITIONAL.search(given) else "CNY"
    if figures:
        yield from _figures(text, home)
    if not text.isascii():
        yield from _numerals(text, home)


def _figures(text: str, home: str) -> Iterator[Candidate]:
    money = _money()
    for match in money.before.finditer(text):
        yield _figure(match, "figure", match.start(), money.code(match["currency"], home))
    for match in money.after.finditer(text):
        code = money.code(match["currency"], home)
        if match["first"]:
            yield _figure(match, "first", match.start("first"), code)
        yield _figure(match, "figure", match.start("figure"), code)
    for shape in (money.bare, money.slang):
        for match in shape.finditer(text):
            yield _figure(match, "figure", match.start("figure"), "")


def _figure(match: re.Match[str], group: str, start: int, code: str) -> Candidate:
    figure = match[group].replace(",", "")
    if code in _DOTTED_CURRENCIES or _DOT_GROUPS.fullmatch(figure):
        figure = figure.replace(".", "")
    value = Decimal(figure) * _money().scales.get((match["scale"] or "").lower(), 1)
    end = match.end(group) if group == "first" else match.end()
    return Candidate(SHAPED, start, end, "amount", f"{_plain(value)} {code}".strip())


def _numerals(text: str, home: str) -> Iterator[Candidate]:
    money = _money()
    for match in money.numeral.finditer(text):
        value = read_numeral(match["figure"])
        if value >= _LEAST_PIECES or (value and match["currency"] != "块"):
            shown = f"{value} {money.code(match['currency'], home)}".strip()
            yield Candidate(SHAPED, match.start(), match.end(), "amount", shown)
    for match in money.bare_numeral.finditer(text):
        if value := read_numeral(match["figure"]):
            yield Candidate(SHAPED, match.start("figure"), match.end(), "amount", str(value))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def _money() -> _Money:
    table = read_yaml("money.yaml")
    codes = {word: code for code, said in table["currencies"].items() for word in said.split()}
    scales = {str(word): int(size) for word, size in table["scales"].items()}
    signs, names = _any(table["before"].split()), _any(table["after"].split())
    not_money = f"(?!{table['not_money_after']})"
    figure = rf"(?P<figure>{_FIGURE})(?:\s?(?P<scale>{_any(scales)})(?![A-Za-z]))?"
    verb = f"(?:{table['money_verbs']})[^0-9A-Za-z，。,.!！?？\n{NUMERALS}]{{0,4}}"
    shapes = (
        rf"(?<![A-Za-z0-9])(?P<currency>{signs})\s?{figure}(?![0-9])",
        rf"(?:{_FREE}(?P<first>{_FIGURE})\s?(?:[-~～—–至到]|to)\s?)?(?<![0-9A-Za-z.,_/*#]){figure}"
        rf"[\s多]?(?P<currency>{names})(?:(?<![A-Za-z])|(?![A-Za-z])){not_money}",
        rf"{_FREE}(?P<figure>{_FIGURE})(?P<scale>百万|千万|万|亿)(?![0-9]){not_money}",
        rf"{verb}(?P<figure>{_FIGURE})(?P<scale>[kw])(?![A-Za-z0-9])",
        rf"(?<![{NUMERALS}几数多第])(?P<figure>[{NUMERALS}]{{1,16}})(?P<currency>{names}){not_money}",
        rf"{verb}(?P<figure>[一二两三四五六七八九十][{NUMERALS}]{{0,8}}[万亿][一二三四五六七八九千]?)"
        rf"(?![{NUMERALS}]){not_money}",
    )
    return _Money(codes, scales, *(re.compile(shape, re.IGNORECASE) for shape in shapes))


def _any(names: Iterable[str]) -> str:
    return "|".join(re.escape(n) for n in sorted(names, key=lambda n: (-len(n), n)))
