"""Fanzha (反诈): an open anti-scam centre in one Python package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanzha.recognise.verdict import Verdict

__version__ = "0.1.0"


def check(text: str) -> Verdict:
    """Whether a text asks for what scams ask for, and the very words that say so.

    `none` never means safe. Offsets are code points into the text as given; nothing is stored.

    >>> check("把资金转到安全账户核查，不许告诉任何人").level
    'high'
    """
    from fanzha.recognise.check import check as recognise

    return recognise(text)
