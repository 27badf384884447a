"""Web addresses and domain names, read as a browser reads them and shown so that nobody clicks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Self

from fanzha.errors import UnreadableInput
from fanzha.model.values.cleaning import cleaned, refused

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MAX_HOST_CHARS = 253  # RFC 1035 section 2.3.4, written without the last dot
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:(?![0-9])", re.IGNORECASE)
_HTTP = re.compile(r"^h(?:xx|\*\*|tt)p(s?)(?:\[:\]|:)(?://|\[//\])", re.IGNORECASE)
_DOT = re.compile(
    r"[\[({【](?:[.。]|dot|点)[\])}】]|\[[.。]|[.。]\]",
    re.IGNORECASE,
)
_DROPPED_BY_BROWSERS = re.compile(r"[\t\n\r]")  # the URL standard removes them before it parses
_NOT_IN_HOST = re.compile(r"[/\\@:?#\s%]")


@dataclass(frozen=True, slots=True)
class Url:
    """A web address as a browser would open it; `original` keeps how it was written.

    Defanged text (`hxxp`, `[.]`) is undone first. What stands before an `@` is no host: `host` says
    where the address really leads. Whether it is harmless cannot be seen from it.

    >>> url = Url.read("hxxp://bank.example@etc-xx[.]example/a")
    >>> str(url), url.host
    ('http://bank.example@etc-xx.example/a', 'etc-xx.example')
    >>> url.caption()
    'hxxp://bank[.]example@etc-xx[.]example/a'
    """

    href: str
    host: str
    original: str = field(compare=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """From an http or https address; without a scheme it is http if the host has a dot."""
        import ada_url  # lazily: most runs read no address

        clean = _fanged(_DROPPED_BY_BROWSERS.sub("", cleaned(text, "url_unreadable")))
        bare = not _SCHEME.match(clean)
        try:
            url = ada_url.URL(f"http://{clean}" if bare else clean)
            href, host, scheme = str(url.href), str(url.hostname), str(url.protocol)
        except ValueError as unreadable:
            raise refused("url_unreadable", text) from unreadable
        dotless = "." not in host.strip(".")
        if scheme not in ("http:", "https:") or not host.strip(".") or (bare and dotless):
            raise refused("url_unreadable", text)
        return cls(href, host, text)

    @property
    def domain(self) -> Domain | None:
        """The domain name it leads to; None where the host is a machine's address or bare name."""
        try:
            return Domain.read(self.host)
        except UnreadableInput:
            return None

    def caption(self) -> str:
        """Defanged, so that no reader and no program follows it by accident."""
        scheme, _, rest = self.href.partition("://")
        authority, slash, path = rest.partition("/")
        return f"{scheme.replace('tt', 'xx', 1)}://{authority.replace('.', '[.]')}{slash}{path}"

    def __str__(self) -> str:
        return self.href


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain name in its ASCII form, as the name servers know it.

    >>> Domain.read("ＷＷＷ.例え[.]example.").caption()
    'www[.]xn--r8jz45g[.]example (www[.]例え[.]example)'
    >>> Domain.read("shop.evil.co.uk").registrable
    'evil.co.uk'
    """

    name: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From a name with at least one dot; machine addresses and whole URLs are refused."""
        import ada_url

        clean = _fanged(cleaned(text, "domain_unreadable")).rstrip(".。")
        try:
            host = (
                "" if _NOT_IN_HOST.search(clean) else str(ada_url.URL(f"http://{clean}/").hostname)
            )
        except ValueError as unreadable:
            raise refused("domain_unreadable", text) from unreadable
        labels = host.split(".")
        if len(labels) < 2 or not all(labels) or len(host) > MAX_HOST_CHARS or is_address(host):
            raise refused("domain_unreadable", text)
        return cls(host)

    @property
    def registrable(self) -> str | None:
        """The part that somebody registered; None where the whole name is a public suffix.

        After the bundled Public Suffix List, private section included: tenants of a hosting firm
        are told apart.
        """
        found: str | None = _suffixes().privatesuffix(self.name)
        return found

    @property
    def unicode(self) -> str:
        """As a browser may show it; letters of other scripts can make it look like another name."""
        import ada_url

        return str(ada_url.idna_to_unicode(self.name))

    def caption(self) -> str:
        """Defanged, with the Unicode form beside it where that differs."""
        shown, unicode = (name.replace(".", "[.]") for name in (self.name, self.unicode))
        return shown if shown == unicode else f"{shown} ({unicode})"

    def __str__(self) -> str:
        return self.name


def is_address(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address instead of a name.

    >>> is_address("127.0.0.1"), is_address("[::1]"), is_address("1.example")
    (True, True, False)
    """
    return host.startswith("[") or host.replace(".", "").isdigit()


def _fanged(text: str) -> str:
    """The text with its defanging undone, however often it was applied."""
    while True:
        undone = _DOT.sub(".", _HTTP.sub(r"http\1://", text))
        if undone == text:
            return text
        text = undone


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
