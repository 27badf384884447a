"""Domain names made to be taken for another: homographs, misspelt and misplaced brands.

A finding here says what a name *looks* like. A dealer or a fan may use a brand in good faith.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from fanzha.errors import UnreadableInput
from fanzha.model.values import Domain
from fanzha.recognise.indicators.words import read_yaml, words

MIN_MISSPELT = 6  # letters of a brand below which one wrong letter is an accident
_LEET = str.maketrans("0135", "oies")
_SCRIPTS = (re.compile("[a-z]"), re.compile("[\u0370-\u03ff]"), re.compile("[\u0400-\u052f]"))
_PARTS = re.compile(r"[.\-_]")


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand's word and the registered domains that are its own."""

    token: str
    own: frozenset[str]
    word: bool = False
    national: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    brands: Mapping[str, Brand]
    own: frozenset[str]
    lures: frozenset[str]
    ordinary: frozenset[str]
    open_tlds: frozenset[str]
    confusables: dict[int, str]


@lru_cache(maxsize=4096)
def host_anomalies(host: str) -> frozenset[str]:
    """What is odd about a host, as codes of the catalogue under `anomaly.`.

    >>> sorted(host_anomalies("www.icbc.com.cn.verify.example"))
    ['brand_misplaced']
    >>> sorted(host_anomalies("xn--80ak6aa92e.com")), sorted(host_anomalies("paypa1.example"))
    (['brand_misspelt', 'homograph', 'punycode'], ['brand_misspelt'])
    >>> sorted(host_anomalies("www.icbc.com.cn"))
    []
    """
    try:
        domain = Domain.read(host)
    except UnreadableInput:
        return frozenset({"address_host"} if host.strip("[]:.0123456789abcdef") == "" else ())
    return frozenset(_anomalies(domain))


def registrable(domain: Domain) -> str:
    """The registered part, or the whole name where that is a public suffix."""
    return domain.registrable or domain.name


def _anomalies(domain: Domain) -> Iterator[str]:
    own = registrable(domain)
    if own in words().shorteners or domain.name in words().shorteners:
        yield "shortener"
        return
    if own in _table().own:
        return
    shown = domain.unicode.lower()
    if "xn--" in domain.name:
        yield "punycode"
        yield from _scripts(shown)
    if found := _brand_anomaly(domain, own):
        yield found


def _scripts(shown: str) -> Iterator[str]:
    """Names of several scripts in one label, and names that read as plain Latin."""
    for label in shown.split("."):
        if sum(bool(script.search(label)) for script in _SCRIPTS) > 1:
            yield "mixed_script"
        plain = label.translate(_table().confusables)
        if not label.isascii() and plain.isascii():
            yield "homograph"


def _brand_anomaly(domain: Domain, own: str) -> str:
    head = own.partition(".")[0]
    before = domain.name.removesuffix(own).strip(".")
    if _misplaced(before):
        return "brand_misplaced"
    plain = _shown(head)
    if brand := _table().brands.get(plain):
        same = plain == head
        if (brand.national and same and _national(own)) or (brand.word and same):
            return ""
        return "brand_foreign_domain" if same else "brand_misspelt"
    return _in_parts(plain)


def _misplaced(before: str) -> bool:
    """Whether a brand's word stands before the registered name: icbc.com.evil.example."""
    labels = before.split(".") if before else []
    parts = {part for label in labels for part in (label, *_PARTS.split(label))}
    return any((b := _table().brands.get(part)) is not None and not b.word for part in parts)


def _in_parts(head: str) -> str:
    """A brand beside other words (icbc-login, alipayservice), or one letter off (alipey)."""
    parts = _PARTS.split(head)
    lured = any(part in _table().lures for part in parts)
    for part in parts:
        brand = _table().brands.get(part)
        if brand and len(parts) > 1 and (lured or not brand.word):
            return "brand_with_words"
        if _misspelt(part):
            return "brand_misspelt"
    return "brand_with_words" if _glued(head) else ""


def _glued(head: str) -> bool:
    for token, brand in _table().brands.items():
        if len(token) < 4 or brand.word or token.isdigit():
            continue
        if head.startswith(token) and head[len(token) :].strip("-0123456789") in _table().lures:
            return True
        if head.endswith(token) and head[: -len(token)].strip("-0123456789") in _table().lures:
            return True
    return False


def _misspelt(part: str) -> bool:
    if part in _table().ordinary or len(part) < MIN_MISSPELT - 1:
        return False
    return any(
        len(token) >= MIN_MISSPELT and not token.isdigit() and _one_off(part, token)
        for token in _table().brands
    )


def _one_off(one: str, other: str) -> bool:
    """Whether one letter was changed, left out, put in, or swapped with its neighbour.

    >>> [_one_off("alipay", t) for t in ("alipey", "alpay", "alippay", "ailpay", "alipay")]
    [True, True, True, True, False]
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short = min(len(one), len(other))
    head = next((i for i in range(short) if one[i] != other[i]), short)
    left, right = one[head:], other[head:]
    if len(left) == len(right):
        swapped = left[1:2] + left[:1] + left[2:]
        return left[1:] == right[1:] or swapped == right
    return left[1:] == right if len(left) > len(right) else left == right[1:]


def _shown(head: str) -> str:
    """How the name reads at a glance: look-alike letters, rn for m, digits for letters."""
    if head.startswith("xn--"):
        head = Domain.read(f"{head}.example").unicode.partition(".")[0]
    if head in _table().brands:
        return head
    plain = head.translate(_table().confusables)
    for form in (plain, plain.translate(_LEET), plain.replace("1", "l").replace("0", "o")):
        for text in (form, form.replace("rn", "m"), form.replace("vv", "w")):
            if any(part in _table().brands for part in _PARTS.split(text)):
                return text
    return plain


def _national(own: str) -> bool:
    tld = own.rpartition(".")[2]
    return len(tld) == 2 and tld not in _table().open_tlds


@cache
def _table() -> _Table:
    raw = read_yaml("brands.yaml")
    brands = {
        str(token): Brand(str(token), frozenset(said.pop("own")), **said)
        for token, said in raw["brands"].items()
    }
    return _Table(
        brands,
        frozenset(name for brand in brands.values() for name in brand.own),
        frozenset(map(str, raw["lures"])),
        frozenset(raw["ordinary"]),
        frozenset(raw["open_tlds"]),
        {ord(char): plain for char, plain in raw["confusables"].items()},
    )
