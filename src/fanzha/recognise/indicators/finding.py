"""All finders over one text, and what stays where their claims overlap."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.recognise.indicators.amounts import find_amounts
from fanzha.recognise.indicators.apps import find_apps
from fanzha.recognise.indicators.candidate import CLAIMED, Candidate, settled
from fanzha.recognise.indicators.dates import find_dates
from fanzha.recognise.indicators.digits import (
    find_accounts,
    find_cards,
    find_ibans,
    find_other_numbers,
)
from fanzha.recognise.indicators.folding import Folded, fold
from fanzha.recognise.indicators.messengers import find_messengers
from fanzha.recognise.indicators.phones import find_phones
from fanzha.recognise.indicators.references import find_cases, find_parcels
from fanzha.recognise.indicators.wallets import find_wallets
from fanzha.recognise.indicators.web import find_domains, find_emails, find_urls
from fanzha.recognise.verdict import Indicator

HIDDEN = "hidden_characters"
_HAS_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[A-Za-z0-9+]{4}")  # the shortest id of a messenger
_LONG_WORD = re.compile(r"[A-Za-z0-9]{11}")
_MANY_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9A-Z]){6}")


def find_indicators(text: str) -> tuple[Indicator, ...]:
    """Everything in a text by which a scam can be found again, in order of place, none overlapping.

    Numbers that are only codes, orders or identities are left out, and so is what could be an
    indicator but has neither a checksum, nor a form of its own, nor a word beside it. An indicator
    accuses nobody: the hotline in a warning is one too. `display` is `text[start:end]`.

    >>> [(i.kind, i.value) for i in find_indicators("访问hxxp://a[.]example请加微信abc_12345，转18万")]
    [('url', 'http://a.example/'), ('messenger', 'wechat:abc_12345'), ('amount', '180000')]
    """
    folded = fold(text)
    found = settled(_candidates(folded.text, text), len(folded.text))
    return tuple(_indicator(text, folded, claim) for claim in found)


def _candidates(text: str, given: str) -> list[Candidate]:
    """Of every finder whose marks the text has; the costly list of other numbers only at need."""
    found = [*find_urls(text), *find_domains(text), *find_emails(text), *find_apps(text)]
    if _WORD.search(text):
        found += find_messengers(text)
    digits = _HAS_DIGIT.search(text) is not None
    if digits:
        found += _numbers(text)
        if any(claim.rank < CLAIMED for claim in found):
            found += find_other_numbers(text)
    found += find_amounts(text, given, figures=digits)
    if _LONG_WORD.search(text):
        found += find_wallets(text)
    return found


def _numbers(text: str) -> Iterator[Candidate]:
    yield from find_phones(text)
    yield from find_dates(text)
    yield from find_cases(text)
    if _MANY_DIGITS.search(text):
        yield from find_accounts(text)
        yield from find_cards(text)
        yield from find_parcels(text)
        yield from find_ibans(text)


def _indicator(text: str, folded: Folded, claim: Candidate) -> Indicator:
    start, end = folded.span(claim.start, claim.end)
    anomalies = claim.anomalies
    if end - start > claim.end - claim.start:
        anomalies = (*anomalies, HIDDEN)
    return Indicator(claim.kind, claim.value, text[start:end], start, end, anomalies)
