"""What stands on every letter: the case, the clock, the method, who signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.model.catalogue import Lang, say
from fanzha.model.payment import Account
from fanzha.model.values.account import hidden
from fanzha.model.vocabulary import vocabulary
from fanzha.present.docx import Line
from fanzha.present.words import visible

ATF_LAW = "反电信网络诈骗法 (2022)"  # as the country profile of China names it


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What a letter says besides its subject: the case, the clock by which it speaks, who asks.

    `method` is the tracing rule (`fifo`); `office` the requesting authority, empty to be filled in
    by hand. `created_at` is when the draft was made: nothing here looks at a clock.
    """

    case_id: str
    tz: ZoneInfo
    as_of: datetime
    method: str
    created_at: datetime
    office: str = ""


def signature(facts: LetterFacts, lang: Lang) -> Iterator[Line]:
    """Who asks, who signs, and when the draft was made."""
    yield Line(say("letter.office", lang, office=visible(facts.office)))
    yield Line(say("letter.officers", lang))
    yield Line(say("letter.approved", lang))
    yield Line(say("letter.drafted", lang, at=minute(facts.created_at, facts.tz)))


def law_mark(law: str, lang: Lang) -> str:
    """A warning beside a law whose wording nobody has checked, else nothing."""
    laws = (law for country in vocabulary("country").values() for law in country.laws)
    known = {entry.name: entry.verified for entry in laws}
    return "" if known.get(law) else say("letter.unverified", lang)


def minute(at: datetime, tz: ZoneInfo) -> str:
    """An instant to the minute with its offset, as a bank compares it.

    >>> from datetime import UTC
    >>> minute(datetime(2024, 5, 14, 6, 2, 10, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    '2024-05-14 14:02 +08:00'
    """
    local = at.astimezone(tz)
    return f"{local:%Y-%m-%d %H:%M} {local.isoformat()[-6:]}"


def method(facts: LetterFacts, lang: Lang) -> str:
    """The name of the tracing rule by which the figures of a letter were found."""
    return say(f"letter.method_{facts.method.partition('/')[0]}", lang)


def ending(account: Account, lang: Lang) -> str:
    """An account as a stranger may see it: its last four digits, and nothing of a short number."""
    shown = hidden(account.number).strip("…")
    return say("letter.ending", lang, digits=shown) if shown else say("letter.withheld", lang)
