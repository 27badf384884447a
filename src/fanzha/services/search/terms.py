"""What somebody looks for, understood: a number, a sum, a day, a name or other words."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from fanzha.casebook.grams import phrase, plain
from fanzha.casebook.search import Asked
from fanzha.errors import UnreadableInput
from fanzha.model.values import Phone
from fanzha.recognise.indicators import find_indicators
from fanzha.recognise.indicators.numerals import NUMERALS, read_numeral
from fanzha.services.search.reader import amount_mark, day_marks, name_mark

MAX_CHARS = 200
MAX_TERMS = 8
SURE_DIGITS = 7  # digits in groups that are one number: shorter groups may be several
LEAST_DIGITS = 3  # of a figure taken apart from what it was written to: shorter ones are anywhere
_NUMBER = r"[+(]?[0-9](?:[ \-()]{0,2}[0-9])+(?![0-9]*[万萬亿億千百kKwW元块塊圆圓.,/:年月])"
_SUM = (
    r"(?:[¥$€£]\s?)?[0-9][0-9,]*(?:\.[0-9]+)?(?:\s?[万萬亿億千百kKwW])?"
    r"(?:元|块|塊|圆|圓)?(?![0-9A-Za-z年月日号號])"
)
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY = (
    r"[0-9]{4}\s?[-/.年]\s?[0-9]{1,2}\s?[-/.月]\s?[0-9]{1,2}\s?[日号號]?"
    r"|[0-9]{1,2}\s?月\s?[0-9]{1,2}\s?[日号號]?"
    r"|(?:(?:19|20)[0-9]{2}\s?年\s?)?[0-9]{1,2}月|(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?![0-9-])"
    r"|[0-9]{1,2}(?:[/.][0-9]{1,2}[/.][0-9]{4}|/[0-9]{1,2})(?![0-9.])"
    rf"|[0-9]{{1,2}} {_MONTH}\.?(?: [0-9]{{4}})?"
    rf"|{_MONTH}\.? [0-9]{{1,2}}(?:,? [0-9]{{4}})?(?![0-9])"
)
_QUOTED = r"[\"“「](?P<quoted>[^\"”」]+)[\"”」]"
_WORD = re.compile(rf"{_QUOTED}|(?P<day>{_DAY})|(?P<number>{_NUMBER})|(?P<sum>{_SUM})|\S+")
_APART = re.compile(
    r"[0-9][0-9,.]*[万萬亿億千百kKwW]?(?:元|块|塊|圆|圓)?(?![0-9A-Za-z])"
    r"|[\u3400-\u9fff]+|[^\s\u3400-\u9fff]+"
)
_SCALES = {"万": 10**4, "萬": 10**4, "w": 10**4, "亿": 10**8, "億": 10**8, "千": 1000, "k": 1000}
_FIGURE = re.compile(r"[^0-9]*([0-9][0-9,]*)(?:\.([0-9]+))?\s?([万萬亿億千百kw])?.*")
_SLASHED = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})(?:[/.]([0-9]{4}))?")
_WHOLE_MONTH = re.compile(r"(?:([0-9]{4})\s?[年-]\s?)?([0-9]{1,2})月?")
_LOOSE_MONTH = re.compile(r"([0-9]{1,2})\s?月\s?([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for: as it was written, what it was taken for, how the index is asked.

    `means` is `number`, `amount`, `day` or `words`; `needles` are searched in what is shown.
    """

    text: str
    means: str
    needles: tuple[str, ...] = field(repr=False)
    asked: Asked = field(repr=False)


def read_query(query: str) -> list[tuple[Term, ...]]:
    """The readings of a question, the likeliest first: an answer to an earlier one is the answer.

    Digits in groups are one number, unless nothing has it: then each group is looked for by
    itself, and figures apart from the Chinese words that they were written to.

    >>> [[t.text for t in terms] for terms in read_query("张伟 6205 5000")]
    [['张伟', '6205 5000'], ['张伟', '6205', '5000']]
    """
    given = unicodedata.normalize("NFKC", query)[:MAX_CHARS]
    together = tuple(itertools.islice(_terms(given), MAX_TERMS))
    apart = tuple(
        itertools.islice((t for word in _APART.findall(given) for t in _terms(word)), MAX_TERMS)
    )
    readings = [together] if together else []
    crumbs = any(t.text.isdigit() and len(t.text) < LEAST_DIGITS for t in apart)
    if apart and not crumbs and [t.text for t in apart] != [t.text for t in together]:
        readings.append(apart)
    return readings


def _terms(given: str) -> Iterator[Term]:
    for match in _WORD.finditer(given):
        term = _term(match)
        if term is not None:
            yield term


def _term(match: re.Match[str]) -> Term | None:
    text = match["quoted"] or match[0]
    days = _days(text) if match["day"] or match[0].isdigit() else ()
    if match["day"] and not days:  # a word and a figure beside it, say
        return _made(text, "words")
    if days:
        return _made(text, "day", days)
    if match["number"] or match[0].isdigit():
        sums = (_sum(text),) if match[0].isdigit() else ()
        means = "amount" if sums and len(text) < SURE_DIGITS and text.endswith("00") else "number"
        return _made(text, means, sums, _numbers(text))
    if match["sum"]:
        return _made(text, "amount", (_sum(text),))
    spoken = plain(text).rstrip("元块圆")
    if len(text) > 1 and spoken and set(spoken) <= set(NUMERALS) and read_numeral(spoken):
        return _made(text, "amount", (amount_mark(str(read_numeral(spoken))),))
    return _made(text, "words", (name_mark(text),))


def _made(
    text: str, means: str, marks: tuple[str, ...] = (), needles: tuple[str, ...] = ()
) -> Term | None:
    wanted = tuple(dict.fromkeys(n for n in (plain(text), *needles) if n))
    if means == "day" and not text.isdigit():
        wanted = ()  # 14/05 would also be part of 114 05…
    kept = tuple(m for m in marks if m)
    if not wanted and not kept:
        return None
    phrases = tuple(p for p in map(phrase, wanted) if p)
    return Term(text.strip(), means, wanted, Asked(phrases, kept))


def _numbers(text: str) -> tuple[str, ...]:
    """Other writings of a number: without the zeros or the country code before it."""
    digits = plain(text).replace(" ", "")
    found = [digits]
    if text.startswith(("+", "00", "(+")):
        found += _national(text)
    bare = digits.lstrip("0")
    if len(bare) >= SURE_DIGITS:
        found.append(bare)
        if bare.startswith("861") and len(bare) == 13:  # a Chinese mobile number behind its 86
            found.append(bare[2:])
    return tuple(found)


def _national(text: str) -> list[str]:
    """The number without the code of its country."""
    import phonenumbers

    with suppress(UnreadableInput):
        read = Phone.read(text)
        if not read.service:
            return [str(phonenumbers.parse(read.number).national_number)]
    return []


def _sum(text: str) -> str:
    """The mark of a sum, or nothing where its figure is none."""
    figure = _FIGURE.fullmatch(text.strip().lower())
    if figure is None:
        return ""
    whole, part, unit = figure[1].replace(",", ""), figure[2] or "", figure[3] or ""
    scale = 100 if unit == "百" else _SCALES.get(unit, 1)
    minor = int(whole + part) * scale
    if not part:
        return amount_mark(str(minor))
    digits = str(minor).rjust(len(part) + 1, "0")
    return amount_mark(f"{digits[: -len(part)]}.{digits[-len(part) :]}")


def _days(text: str) -> tuple[str, ...]:
    """The marks of a day; where day and month may be either way round, both are meant."""
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", text)
    if compact:
        return _calendar(compact[1], int(compact[2]), int(compact[3]))
    slashed = _SLASHED.fullmatch(text.strip())
    if slashed:
        one, two = int(slashed[1]), int(slashed[2])
        ways = dict.fromkeys([(two, one), (one, two)])
        return tuple(m for month, day in ways for m in _calendar(slashed[3], month, day))
    month = _WHOLE_MONTH.fullmatch(text.strip())
    if month and (month[1] or text.strip().endswith("月")):
        named = int(month[2])
        return (f"d:{month[1]}-{named:02}" if month[1] else f"d:{named:02}",) if named <= 12 else ()
    loose = _LOOSE_MONTH.match(text.strip())
    if loose:
        return _calendar(None, int(loose[1]), int(loose[2]))
    found = [day_marks(i.value) for i in find_indicators(text.strip()) if i.kind == "date"]
    return found[0][:1] if found else ()


def _calendar(year: str | None, month: int, day: int) -> tuple[str, ...]:
    try:
        found = date(int(year or 2000), month, day)
    except ValueError:
        return ()
    return (f"d:{found.isoformat()}",) if year else (f"d:{found:%m-%d}",)
