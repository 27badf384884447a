"""Words, names, amounts and instants as a page shows them, in three languages at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from fanzha.errors import UnreadableInput, VocabularyError
from fanzha.model.catalogue import LANGS, Lang, has, say
from fanzha.model.chain import Reason
from fanzha.model.money import decimals, show
from fanzha.model.values import PersonName
from fanzha.model.vocabulary import entry, label

if TYPE_CHECKING:
    from fanzha.services.result import Gap

MAX_SHOWN = 120  # characters of a foreign text that a page shows; the record has the rest
__all__ = ["entry", "has", "show"]  # for templates, beside what is defined here
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}  # control, format (bidi), private use, line ends


def visible(text: object, limit: int = MAX_SHOWN) -> str:
    """Foreign text that cannot disturb its surroundings: what is invisible is spelt out.

    >>> visible("a\\u202eb")
    'a⟨U+202E⟩b'
    >>> visible("x" * 130, 4)
    'xxxx… (+126)'
    """
    whole = str(text)
    shown = whole[:limit]
    if not shown.isprintable():
        shown = "".join(
            f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _HIDDEN else c for c in shown
        )
    rest = len(whole) - limit
    return f"{shown}… (+{rest})" if rest > 0 else shown


def masked(name: str) -> str:
    """A person's name for a page that is handed on: first characters only.

    >>> masked("陈志强"), masked("")
    ('陈**', '')
    """
    if not name.strip():
        return ""
    try:
        return visible(PersonName.read(name).masked, 40)
    except UnreadableInput:
        return visible(name.strip()[0] + "**")


def major(minor: int, currency: str) -> str:
    """Grouped digits with all decimals and no currency, a real minus sign before a debt.

    >>> major(-3000000, "CNY")
    '−30,000.00'
    """
    return f"{Decimal(minor).scaleb(-decimals(currency)):,f}".replace("-", "−")


def money(minor: int, currency: str) -> Markup:
    """An amount in a table: the digits stand out, the currency does not."""
    shown = f"{major(minor, currency)}<i>\u202f{escape(visible(currency, 8))}</i>"
    return Markup(f'<span class="m">{shown}</span>')  # digits, and what is escaped


def clock(at: datetime, tz: ZoneInfo, day: bool = False) -> str:
    """Local wall-clock time, with the date where the day is not plain from the context."""
    local = at.astimezone(tz)
    return f"{local:%Y-%m-%d %H:%M:%S}" if day else f"{local:%H:%M:%S}"


def spell(lasting: timedelta, lang: Lang) -> str:
    """A duration in its two largest units.

    >>> spell(timedelta(minutes=75), "en")
    '1 h 15 min'
    """
    seconds = abs(int(lasting.total_seconds()))
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(say(f"page.unit_{unit}", lang, n=count))
    return " ".join(parts[:2]) or say("page.unit_s", lang, n=0)


Spoken = Callable[[Lang], str]


def in_all(spoken: Spoken, tag: str = "span") -> Markup:
    """The same words in every language; the page shows the one that is chosen."""
    texts = {lang: spoken(lang) for lang in LANGS}
    if len(set(texts.values())) == 1:
        return escape(texts["en"])
    return Markup("").join(
        Markup('<{0} class="L" lang="{1}">{2}</{0}>').format(Markup(tag), lang, text)
        for lang, text in texts.items()
    )


def tell(key: str, **values: object) -> Markup:
    """A sentence of the catalogue under `page.`, for HTML."""
    return in_all(lambda lang: say(f"page.{key}", lang, **values))


def tell_svg(key: str, **values: object) -> Markup:
    """The same inside an SVG text."""
    return in_all(lambda lang: say(f"page.{key}", lang, **values), "tspan")


def named(vocabulary: str, code: str) -> Markup:
    """The label of a vocabulary's code."""
    return in_all(lambda lang: label(vocabulary, code, lang))


def named_svg(vocabulary: str, code: str) -> Markup:
    """The same inside an SVG text."""
    return in_all(lambda lang: label(vocabulary, code, lang), "tspan")


def lasting(span: timedelta) -> Markup:
    """A duration in every language."""
    return in_all(lambda lang: spell(span, lang))


_MONEY = ("amount", "difference", "stated", "implied")


def spoken(values: Mapping[str, object], currency: str = "") -> dict[str, object]:
    """Values as a sentence takes them: minor units become shown amounts, all text visible."""
    unit = str(values.get("currency", currency))
    ready: dict[str, object] = {"currency": unit}
    for key, value in values.items():
        if not isinstance(value, int):
            ready[key] = visible(value)
        else:
            ready[key] = show(value, unit) if key in _MONEY and unit else f"{value:,}"
    return ready


def gap_text(gap: Gap, lang: Lang) -> str:
    """What is not known, and what to ask for next, as a sentence."""
    values = {"amount": show(gap.amount, gap.currency), **spoken(gap.values, gap.currency)}
    if "field" in values:
        values["field"] = _field(str(values["field"]), lang)
    return _sentence(("gap",), gap.code, lang, values)


def _field(name: str, lang: Lang) -> str:
    """A field of a report; `time_second` is the time asked more finely than it was said."""
    finer = f"page.field_{name}"
    return say(finer if has(finer) else f"intake.field_{name}", lang)


def reason_text(reason: Reason, lang: Lang) -> str:
    """Why the software says so, as a sentence."""
    return _sentence(("reason", "reading"), reason.code, lang, spoken(reason.values))


def _sentence(topics: Sequence[str], code: str, lang: Lang, values: Mapping[str, object]) -> str:
    for topic in topics:
        if has(f"{topic}.{code}"):
            with suppress(VocabularyError):  # a value that the sentence wants is not there
                return say(f"{topic}.{code}", lang, **values)
    listed = ", ".join(f"{k}={v}" for k, v in values.items() if v)
    return f"{code} ({listed})" if listed else code


def method_named(rule: str, key: str = "by_method") -> Spoken:
    """A sentence that names a method of tracing."""
    return lambda lang: say(f"page.{key}", lang, method=say(f"page.{rule}", lang))


def delayed(seconds: int) -> Spoken:
    """How long after the transfer a report came."""
    return lambda lang: say("page.delay", lang, delay=spell(timedelta(seconds=seconds), lang))


def of_topic(topic: str, code: str) -> Markup:
    """A sentence of another topic of the catalogue that asks for no values."""
    return in_all(lambda lang: say(f"{topic}.{code}", lang))


def first_known(topics: Sequence[str], code: str, values: Mapping[str, object]) -> Spoken:
    """The sentence for `code` in the first topic that has it, amounts and texts made ready.

    Where no topic knows the code, it is shown with its values rather than nothing.
    """
    return lambda lang: _sentence(topics, code, lang, spoken(values))
