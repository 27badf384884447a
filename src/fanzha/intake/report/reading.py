"""A caller's words read into a report: pure, deterministic, and silent about what was not said."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml

from fanzha.errors import UnreadableInput
from fanzha.intake.report.amounts import find_amounts
from fanzha.intake.report.candidates import find_candidates
from fanzha.intake.report.clauses import cut, find_cues
from fanzha.intake.report.closing import close
from fanzha.intake.report.finding import Report
from fanzha.intake.report.folding import fold
from fanzha.intake.report.institutions import find_banks
from fanzha.intake.report.numbers import find_numbers
from fanzha.intake.report.people import find_names
from fanzha.intake.report.places import find_place
from fanzha.intake.report.roles import assign
from fanzha.intake.report.times import find_moments
from fanzha.intake.report.tokens import Claims, Token
from fanzha.intake.report.transfers import assemble
from fanzha.intake.report.urgency import (
    find_missing,
    is_connected,
    report_delay,
    tier,
    write_script,
)

METHOD = "report/1"
MAX_CHARS = 100_000  # an hour of talk is 15,000
SHANGHAI = ZoneInfo("Asia/Shanghai")


def read_report(
    text: str, *, received_at: datetime, tz: ZoneInfo = SHANGHAI, source: str = "report"
) -> Report:
    """What the caller said, as fields with the words they were read from.

    `received_at` is aware; days and clocks without a zone are those of `tz`. Raises
    `UnreadableInput` (`report_too_large`) beyond `MAX_CHARS`.

    >>> from datetime import UTC
    >>> said = read_report(
    ...     "今天下午两点零二分给一个叫陈志强的转了三十万,卡号6205 5000 0000 0000 004",
    ...     received_at=datetime(2024, 5, 14, 6, 18, tzinfo=UTC),
    ... )
    >>> said.transfers[0].amount, said.transfers[0].payee_account
    (30000000, '6205500000000000004')
    """
    if len(text) > MAX_CHARS:
        raise UnreadableInput("report_too_large", limit=MAX_CHARS)
    folded = fold(text)
    claims = Claims(len(folded))
    things = _things(folded, claims, tz)
    cues = find_cues(folded, claims)
    clauses = cut(folded, things, cues, claims)
    assign(clauses, folded)
    work = assemble(text, folded, clauses, received_at, tz)
    closed = close(work)
    missing, connected = find_missing(closed.transfers), is_connected(folded)
    candidates = find_candidates(text, folded, source, work.inducements)
    place = find_place(folded, claims)
    return Report(
        method=METHOD,
        source=source,
        received_at=received_at,
        caller_name=_caller_name(text, things),
        caller_phone=_caller_phone(text, folded, things),
        locality=text[place[0] : place[1]] if place else "",
        transfers=closed.transfers,
        inducements=tuple(work.inducements),
        candidates=candidates,
        tier=tier(closed.transfers, received_at, told=bool(candidates), connected=connected),
        still_connected=connected,
        missing=missing,
        warnings=closed.warnings,
        script=write_script(
            closed.transfers, missing, closed.warnings, folded, connected=connected
        ),
        report_delay_seconds=report_delay(closed.transfers, received_at),
        reasons=tuple(r for c in candidates for r in c.reasons),
    )


def _things(folded: str, claims: Claims, tz: ZoneInfo) -> list[Token]:
    """Everything named in the text; what stands first here is the surer reading."""
    moments = [
        Token("moment", m.start, m.end, m)
        for m in find_moments(folded)
        if claims.take(m.start, m.end)
    ]
    numbers = find_numbers(folded, claims)
    amounts = find_amounts(folded, claims, tz.key or "")
    banks = find_banks(folded, claims)
    names = find_names(folded, claims)
    return [*moments, *numbers, *amounts, *banks, *names, *_channels(folded)]


@cache
def _channel_words() -> dict[str, re.Pattern[str]]:
    text = files(__package__).joinpath("channels.yaml").read_text("utf-8")
    return {code: re.compile("|".join(lines), re.I) for code, lines in yaml.safe_load(text).items()}


def _channels(folded: str) -> list[Token]:
    return [
        Token("channel", m.start(), m.end(), code)
        for code, words in _channel_words().items()
        for m in words.finditer(folded)
    ]


def _caller_name(text: str, things: list[Token]) -> str:
    first = min((t for t in things if t.role == "caller"), key=lambda t: t.start, default=None)
    return text[first.start : first.end] if first else ""


_MY_PHONE = re.compile(
    r"(?i)(?:我的?(?:手机|电话|号码|联系)|本人|回电|打我|联系电话|\bmy (?:phone"
    r"|mobile|number|cell)|call me|reach me)[^。;!?\n]{0,16}$"
)
_THEIR_PHONE = re.compile(
    r"(?i)对方|他|她|骗子|客服|来电|打来|打给我|给我打|\b(?:his|her|their|called me|they)\b"
)


def _caller_phone(text: str, folded: str, things: list[Token]) -> str:
    """The first phone number that the caller gives as their own, as it was said."""
    names = [t.end for t in things if t.role == "caller"]
    for phone in sorted((t for t in things if t.kind == "phone"), key=lambda t: t.start):
        before = folded[max(0, phone.start - 24) : phone.start]
        beside = any(0 <= phone.start - end <= 12 for end in names)
        if (_MY_PHONE.search(before) or beside) and not _THEIR_PHONE.search(before):
            return text[phone.start : phone.end]
    return ""
