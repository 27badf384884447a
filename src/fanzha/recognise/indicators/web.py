"""Web addresses, bare domain names and e-mail addresses, written openly or so that nobody clicks.

Text of other scripts right beside an address (`访问http://a.example请`) is no part of it. A bare
name with letters of CJK scripts is not found, for nothing says where it begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.errors import UnreadableInput
from fanzha.model.values import Domain, Url
from fanzha.recognise.indicators.candidate import ADDRESS, SHAPED, Candidate
from fanzha.recognise.indicators.hosts import (
    DOT,
    HAN,
    LABEL,
    LATIN,
    evaded,
    has_known_end,
    known_name,
    plain,
)
from fanzha.recognise.indicators.links import app_of, messenger_of
from fanzha.recognise.indicators.look_alike import host_anomalies

MAX_TAIL = 1_800  # characters of path and query; what is longer is cut, no browser shows it either
MAX_TRIMMED = 32  # marks at the end that belong to the sentence
MAX_LOCAL = 64  # RFC 5321 section 4.5.3.1.1

_TAIL = (
    r"(?:[:：][0-9]{1,5}(?![0-9]))?"
    rf"(?:[/?#\\](?:(?!\]\(|\[/)[!#-;=?-_a-z~]|\{{|\}}){{0,{MAX_TAIL}}}+)?"
)
_SCHEME = r"h(?:tt|xx|\*\*)ps?(?:\[:\]|[:：])(?:[/\\]{1,3}|\[//\])"
_URL = re.compile(
    rf"{_SCHEME}(?:[A-Za-z0-9._~%!$&*+=:-]{{1,100}}@)?"
    rf"(?:\[[0-9A-Fa-f:.]{{2,45}}\]|(?:{LABEL}|[{LATIN}{HAN}_-]{{1,63}}(?={DOT}))"
    rf"(?:{DOT}(?:{LABEL}|[{HAN}]{{1,30}}(?={DOT}))){{0,10}}){_TAIL}",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?<![{LATIN}@._%/\\=-])(?>(?:{LABEL}{DOT}){{1,10}}){LABEL}(?![{LATIN}_@-])")
_AFTER = re.compile(_TAIL)
_AT = re.compile(r"@|[\[({【（](?:at|@)[\])}】）]", re.IGNORECASE)
_MAIL_HOST = re.compile(
    rf"(?>(?:[A-Za-z0-9-]{{1,63}}{DOT}){{1,10}})[A-Za-z]{{2,24}}(?![A-Za-z0-9])"
)
_LOCAL = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+/=?^_`{|}~-"
)
_INSTALLER = re.compile(r"\.(?:apk|xapk|ipa|aab|mobileconfig)(?:$|[?#])", re.IGNORECASE)
_OPENERS = {")": "(", "]": "[", "}": "{"}


def find_urls(text: str) -> Iterator[Candidate]:
    """Addresses with a scheme."""
    if "/" not in text and "\\" not in text:
        return
    for match in _URL.finditer(text):
        yield from _url(match.start(), match[0])


def find_domains(text: str) -> Iterator[Candidate]:
    """Names without a scheme: with a path they are addresses, without one domains."""
    if not any(mark in text for mark in (".", "点", "dot", "。")):
        return
    strict = text.isascii()
    for match in _BARE.finditer(text):
        more = text.startswith(("/", ":", "?"), match.end())
        host = known_name(match[0], strict=strict, more=more)
        if host:
            yield from _bare(text, match.start(), host)


def find_emails(text: str) -> Iterator[Candidate]:
    """Mail addresses; `user[at]host` too."""
    if "@" not in text and not _AT.search(text):
        return
    for at in _AT.finditer(text):
        start = at.start()
        while start > max(0, at.start() - MAX_LOCAL) and text[start - 1] in _LOCAL:
            start -= 1
        while start < at.start() and not text[start].isalnum():
            start += 1
        host = _MAIL_HOST.match(text, at.end())
        if host and has_known_end(host[0]) and start < at.start():
            yield from _email(text, start, at.start(), host)


def _url(start: int, written: str) -> Iterator[Candidate]:
    written = _trimmed(written)
    try:
        url = Url.read(plain(written))
    except UnreadableInput:
        return
    if "." not in url.host and not url.host.startswith("["):
        return  # a word behind http:// leads nowhere
    end = start + len(written)
    if app := app_of(url):
        yield Candidate(ADDRESS, start, end, "app", app)
    elif messenger := messenger_of(url):
        yield Candidate(ADDRESS, start, end, "messenger", messenger)
    else:
        yield Candidate(ADDRESS, start, end, "url", str(url), _anomalies(url, written))


def _anomalies(url: Url, written: str) -> tuple[str, ...]:
    found = list(host_anomalies(url.host))
    authority = url.href.partition("://")[2].partition("/")[0]
    if "@" in authority:
        found.append("userinfo")
    if _INSTALLER.search(url.href):
        found.append("installer")
    if evaded(written):
        found.append("dot_evaded")
    return tuple(sorted(found))


def _bare(text: str, start: int, host: str) -> Iterator[Candidate]:
    tail = _AFTER.match(text, start + len(host))
    path = _trimmed(tail[0]) if tail else ""
    if path.strip("/"):
        yield from _url(start, host + path)
        return
    try:
        domain = Domain.read(plain(host))
    except UnreadableInput:
        return
    found = list(host_anomalies(domain.name))
    if evaded(host):
        found.append("dot_evaded")
    yield Candidate(SHAPED, start, start + len(host), "domain", domain.name, tuple(sorted(found)))


def _email(text: str, start: int, at: int, host: re.Match[str]) -> Iterator[Candidate]:
    try:
        domain = Domain.read(plain(host[0]))
    except UnreadableInput:
        return
    value = f"{text[start:at]}@{domain.name}"
    anomalies = tuple(sorted(host_anomalies(domain.name)))
    yield Candidate(ADDRESS, start, host.end(), "email", value, anomalies)


def _trimmed(written: str) -> str:
    """Without the punctuation of the sentence around it."""
    for _ in range(MAX_TRIMMED):
        last = written[-1:]
        opener = _OPENERS.get(last)
        unbalanced = opener and written.count(last) > written.count(opener)
        if not unbalanced and (not last or last not in ".,;:!?'*~"):
            break
        written = written[:-1]
    return written
