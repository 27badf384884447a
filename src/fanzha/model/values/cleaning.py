"""What every value type does to text first: one width, nothing invisible, a bounded length."""

from __future__ import annotations

import re
import unicodedata

from fanzha.errors import UnreadableInput

MAX_CHARS = 2_048  # the longest of these identifiers is a URL; what is longer is not an identifier
SHOWN_CHARS = 80  # of a refused text, so that an error message stays readable

# Zero-width and directional marks, fillers, variation selectors, soft hyphen, byte order mark: seen
# in copied numbers and used to hide from filters. A plain space is no such character.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")


def cleaned(text: str, error: str) -> str:
    """The text in one width (NFKC), without invisible characters, dashes as `-`, stripped.

    Text longer than any identifier, or with nothing left, is refused with `error`.

    >>> cleaned(" ６２０５–００\u200b ", "card_number_unreadable")
    '6205-00'
    """
    if len(text) <= MAX_CHARS:
        # twice, for the first round can lay bare an invisible character or two that now combine
        clean = _DASHES.sub("-", _visible(_visible(text))).strip()
        if 0 < len(clean) <= MAX_CHARS:
            return clean
    raise refused(error, text)


def refused(error: str, text: str) -> UnreadableInput:
    """The error for a text that is not of the kind asked for."""
    return UnreadableInput(error, value=text[:SHOWN_CHARS])


def _visible(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
