"""Ids of messenger accounts, where a word beside them says of which messenger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from fanzha.recognise.indicators.candidate import CUED, Candidate
from fanzha.recognise.indicators.words import pattern, words

_NAMED = r"(?:号码?|账号|[群組组]号?|客服号?|联系|搜索?|contact|user\s?name|user|id)"
_MARK = r"[:：=是为→@]"
_CLEAR_MARK = r"[:：=→@]"  # behind a cue that is an ordinary word too
_OPEN = r"[“\"「『【\[(（]?\s?@?"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SAYS_PHONE = re.compile(r"(?:手机号?|电话|同号|tel|phone)[^0-9A-Za-z]{0,4}$", re.IGNORECASE)
_MARKED = re.compile(rf"{_MARK}|号|(?:^|[^a-z])id", re.IGNORECASE)
_SAYS_ID = re.compile(
    r"号|@|(?:^|[^a-z])id|แอด|加", re.IGNORECASE
)  # a line of text has a colon too
_SURE = re.compile(r"[0-9_-]")
_GROUPED = re.compile(r"[0-9]+(?:-[0-9]+)+")  # how a telephone number is written


class _Messenger(NamedTuple):
    name: str
    loose: re.Pattern[str]
    strict: re.Pattern[str] | None


def find_messengers(text: str) -> Iterator[Candidate]:
    """Ids of WeChat, QQ, Telegram, WhatsApp, LINE and others; the value is `app:id`.

    The id of an account opened with a telephone number is that number: `wechat:13900000000`.
    """
    if not _mentioned().search(text):
        return
    for messenger in _messengers():
        for match in messenger.loose.finditer(text):
            yield from _candidate(text, match, messenger.name)
        if messenger.strict:
            for match in messenger.strict.finditer(text):
                yield from _candidate(text, match, messenger.name)


def _candidate(text: str, match: re.Match[str], app: str) -> Iterator[Candidate]:
    found, start = match["id"].rstrip("._-"), match.start("id")
    before, said = text[max(0, match.start() - 8) : match.start()], text[match.start() : start]
    if _is_id(found, app, before, said):
        value = f"{app}:{_clean(app, found)}"
        yield Candidate(CUED, start, start + len(found), "messenger", value)


def _is_id(found: str, app: str, before: str, said: str) -> bool:
    """Whether these letters are an id and no ordinary word, no hidden id and no telephone."""
    if found.lower() in words().not_an_id or not found.strip("xX"):
        return False
    if app == "line" and _GROUPED.fullmatch(found):
        return False
    if _MOBILE.fullmatch(found) and _SAYS_PHONE.search(before):
        return False
    clear = _SAYS_ID if app == "line" else _MARKED
    marked = clear.search(said) is not None or before.endswith(("加", "+", "➕"))
    return marked or _SURE.search(found) is not None


def _clean(app: str, found: str) -> str:
    if app in ("whatsapp", "zalo"):
        return re.sub(r"[^+0-9]", "", found)
    return found.lower()


@cache
def _messengers() -> tuple[_Messenger, ...]:
    return tuple(_compiled(name, said) for name, said in words().messengers.items())


def _compiled(name: str, said: Mapping[str, str]) -> _Messenger:
    end = r"(?![A-Za-z0-9_@]|[.][A-Za-z0-9]|[.-][0-9])"
    identity = rf"(?P<id>{said['id']}){end}"
    loose = pattern(rf"(?:{said['loose']})(?!同号)\s?{_NAMED}?\s?{_MARK}?\s?{_OPEN}{identity}")
    if not said["strict"]:
        return _Messenger(name, loose, None)
    strict = pattern(
        rf"(?:{said['strict']})\s?(?:{_NAMED}\s?{_MARK}?|{_CLEAR_MARK})\s?{_OPEN}{identity}"
    )
    return _Messenger(name, loose, strict)


@cache
def _mentioned() -> re.Pattern[str]:
    """Whether any messenger is named at all."""
    cues = [m[key] for m in words().messengers.values() for key in ("loose", "strict") if m[key]]
    return pattern("|".join(cues))
