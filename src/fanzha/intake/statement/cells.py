"""What one cell means: an account, an amount, a currency, an instant. Nothing is repaired."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.mapping import Shape, currency_words, plain
from fanzha.model.instant import Instant, parse_instant, zone
from fanzha.model.money import currency_code, decimals, to_minor

MAX_ACCOUNT = 128
MAX_TEXT = 500  # of a name or a note; the file itself keeps the whole
REMEMBERED = 200_000  # distinct texts whose meaning is kept while one call reads
_INSTANTS = 4_096
_YEARS = (1970, 2100)  # outside, a cell is a spreadsheet's zero or a slip, not a booking

_TEN: tuple[int, ...] = tuple(10**places for places in range(19))  # no currency has more than 18
_SCIENTIFIC = re.compile(r"\d\.\d+E\+?\d+|\dE\+\d+|#+", re.I)
_POINT_ZERO = re.compile(r"\d+\.0+")
_WRAPPED = re.compile(r'="(.*)"', re.S)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(.*)", re.S)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u202a\u202c\u00ad"))


def unwrap(text: str) -> str:
    """A cell without what spreadsheets and exporters put around text: `="…"`, `'`, tabs.

    >>> unwrap('="0012"'), unwrap("'0012"), unwrap("0012\\t")
    ('0012', '0012', '0012')
    """
    clean = text.strip()
    if clean[:1] in ("=", "'"):
        match = _WRAPPED.fullmatch(clean)
        clean = (match[1] if match else clean.removeprefix("'")).strip()
    return clean


def phrase(text: str) -> str:
    """A name or note on one line, at most `MAX_TEXT` characters."""
    return " ".join(unwrap(text)[: 2 * MAX_TEXT].split())[:MAX_TEXT] if text else ""


def account(text: str) -> str:
    """An account or card number in the one form in which it is compared.

    Spaces and dashes between digits go; leading zeros, letters and case stay. Refuses a number
    that a spreadsheet turned into a rounded one, because its last digits are lost for good.

    >>> account("6205 5000 0000 0000 004"), account("'0012-34"), account("A-1")
    ('6205500000000000004', '001234', 'A-1')
    """
    clean = unicodedata.normalize("NFKC", unwrap(text)).translate(_INVISIBLE).strip()
    if clean.isascii() and clean.isalnum():
        return _bounded(clean, text)
    if _SCIENTIFIC.fullmatch(clean):
        raise UnreadableInput("account_mangled", value=text)
    if _POINT_ZERO.fullmatch(clean):
        whole = clean.partition(".")[0]
        if len(whole) > 15:
            raise UnreadableInput("account_mangled", value=text)
        return whole
    close = "".join(clean.split())
    digits = close.replace("-", "")
    if digits.isdecimal():
        return _bounded(digits, text)
    if close.isascii() and close.isalnum() and sum(c.isdigit() for c in close) >= 6:
        return _bounded(close, text)
    return _bounded(" ".join(clean.split()), text)


def _bounded(clean: str, text: str) -> str:
    if len(clean) > MAX_ACCOUNT or not clean.isprintable() or "\ufffd" in clean:
        raise UnreadableInput("account_garbled", value=text)
    return clean


def amount(text: str, currency: str) -> int:
    """Minor units, signed; brackets mean minus, as accountants write it.

    >>> amount("(1,234.50)", "CNY"), amount("¥12.00", "CNY"), amount("7", "CNY")
    (-123450, 1200, 700)
    """
    whole, dot, fraction = text.partition(".")
    if whole.isdecimal() and whole.isascii() and len(whole) < 16:
        places = decimals(currency)
        if not dot:
            return int(whole) * _TEN[places]
        if len(fraction) == places and fraction.isdecimal() and fraction.isascii():
            return int(whole + fraction)
    clean = unicodedata.normalize("NFKC", unwrap(text))
    if clean.startswith("(") and clean.endswith(")"):
        return -abs(to_minor(clean[1:-1], currency))
    for sign in ("\u2212", "\u2013"):
        clean = clean.replace(sign, "-")
    if clean[1:2] in ("¥", "元", " ") and clean[0] in "+-":
        clean = clean[0] + clean[2:]
    if clean[:2] in ("¥-", "¥+"):
        clean = clean[1:]
    return to_minor(clean, currency)


def currency_reader(shape: Shape) -> Callable[[str], str]:
    """A reader of currency cells that knows the shape's words and those all banks use."""
    known: dict[str, str] = {}

    def read(text: str) -> str:
        code = known.get(text)
        if code is None:
            word = plain(unwrap(text))
            code = shape.currencies.get(word) or currency_words().get(word)
            code = code or currency_code(unwrap(text))
            if len(known) < REMEMBERED:
                known[text] = code
        return code

    return read


def instant_reader(shape: Shape, tz: ZoneInfo | None) -> Callable[[str], Instant]:
    """A reader of instants; an offset in the text wins, then `tz`, then the shape's zone."""
    local = tz or shape.zone or ZoneInfo("UTC")
    known: dict[str, Instant] = {}

    def read(text: str) -> Instant:
        instant = known.get(text)
        if instant is None:
            instant = _instant(text, shape, local)
            if not _YEARS[0] <= instant.at.year <= _YEARS[1]:
                raise UnreadableInput("time_unlikely", value=text)
            if len(known) >= _INSTANTS:
                known.clear()  # rows of one time stand together; more would only fill memory
            known[text] = instant
        return instant

    return read


def _instant(text: str, shape: Shape, local: ZoneInfo) -> Instant:
    if shape.steps is not None:
        return _step(text, shape)
    if len(text) in (19, 25) and text[4] == "-" and text[10] in " T" and text[13] == ":":
        try:
            at = datetime.fromisoformat(text)
            assumed = at.tzinfo is None
            return Instant(
                (at.replace(tzinfo=local) if assumed else at).astimezone(UTC), 1, assumed
            )
        except (ValueError, OverflowError):
            pass
    clean = unwrap(text)
    if shape.date_order != "ymd":
        clean = _year_first(clean, shape.date_order)
    return parse_instant(clean, local)


def _year_first(text: str, order: str) -> str:
    match = _DAY_FIRST.fullmatch(text)
    if not match:
        return text
    first, second, year, rest = match.groups()
    day, month = (first, second) if order == "dmy" else (second, first)
    return f"{year}-{month}-{day}{rest}"


def _step(text: str, shape: Shape) -> Instant:
    steps = shape.steps
    clean = unwrap(text).removesuffix(".0")
    if steps is None or not clean.isdecimal() or len(clean) > 12:
        raise UnreadableInput("time_unreadable", value=text)
    try:
        at = steps.epoch + timedelta(seconds=int(clean) * steps.seconds)
    except OverflowError as far:
        raise UnreadableInput("time_unlikely", value=text) from far
    return Instant(at, steps.seconds, False)


def offset(text: str) -> str | ZoneInfo:
    """A zone column's cell: an offset to put behind the time, or a named zone."""
    clean = unwrap(text).upper().removeprefix("UTC").removeprefix("GMT")
    if not clean or clean == "Z":
        return "Z"
    if clean[0] in "+-":
        digits = clean[1:].replace(":", "")
        if digits.isdecimal() and len(digits) in (1, 2, 4):
            hours = digits if len(digits) == 4 else digits.zfill(2) + "00"
            return f"{clean[0]}{hours[:2]}:{hours[2:]}"
    return zone(unwrap(text))
