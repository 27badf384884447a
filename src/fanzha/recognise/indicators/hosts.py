"""Which written names are names of hosts: openly, defanged, or with the dot as a word."""

from __future__ import annotations

import re

from fanzha.recognise.indicators.words import words

LATIN = r"A-Za-z0-9\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"
HAN = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_COMMON = r"(?:com|cn|net|org|top|xyz|vip|cc|shop|club|site|online|example)(?![A-Za-z0-9])"
DOT = (
    r"(?:\.|[\[({【（][.。][\])}】）]|[\[({【（](?:dot|点)[\])}】）]"
    rf"|[.。]\]|\[[.。]|[点。](?=[a-z0-9-]{{0,30}}[.。点]?{_COMMON}))"
)
LABEL = rf"[{LATIN}_-]{{1,63}}"
_DOTS = re.compile(DOT, re.IGNORECASE)
# `[.]` and `hxxp` are how analysts write an address that nobody shall click; these are not.
_EVADED = re.compile(r"点|。|\((?:dot|\.)\)|（|【", re.IGNORECASE)
_AUTHORITY = re.compile(r"(.{0,16}?//)?([^/?#\\]*)", re.DOTALL)
_NUMBERED = ("cn", "cc", "tv")  # short ends that names of digits alone have


def plain(written: str) -> str:
    """The address as a browser would read it, all dots of its host as dots.

    >>> plain("hxxp://a[.]example/x[.]y"), plain("etc-xx点com")
    ('hxxp://a.example/x[.]y', 'etc-xx.com')
    """
    found = _AUTHORITY.match(written)
    if not found:
        return written
    return (found[1] or "") + _DOTS.sub(".", found[2]) + written[found.end() :]


def evaded(written: str) -> bool:
    """Whether a dot is written as a word or another sign, which hides the name from filters."""
    return _EVADED.search(written) is not None


def has_known_end(host: str) -> bool:
    """Whether the last label is a top-level domain of the list."""
    return plain(host).rpartition(".")[2].lower() in words().endings


def known_name(written: str, *, strict: bool, more: bool) -> str:
    """The name up to the last label that is a known top-level domain, or "" where none is.

    `strict`: the text has no other script, so a missing space after a full stop looks the same.
    `more`: a path follows.
    """
    stop = len(written)
    for dot in [*_DOTS.finditer(written)][::-1]:
        tld, name = written[dot.end() : stop], written[:stop]
        if tld.lower() in words().endings:
            return name if _plausible(plain(name), tld, strict=strict, more=more) else ""
        more, stop = False, dot.start()
    return ""


def _plausible(name: str, tld: str, *, strict: bool, more: bool) -> bool:
    first, *_, second, _ = ["", *name.split(".")]
    labels = name.lower().split(".")
    if ".".join(labels) in words().not_domains:
        return False
    if labels[0] == "www" or ".".join(labels) in words().link_hosts:
        return True
    if not (tld.islower() or (name.isupper() and more)):
        return False
    if not any(c.isalpha() for c in first + second):
        return more or len(tld) > 2 or tld in _NUMBERED
    if tld in words().file_tlds or (strict and tld in words().word_tlds):
        longer = len(labels) > 2 or any(c.isdigit() or c == "-" for c in second)
        return (more or longer) and len(second) > 1
    return len(second) > 1 or more
