"""Card numbers, with the check digit that tells a mistyped one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from fanzha.model.values.cleaning import cleaned, refused

# ISO/IEC 7812-1:2017: a primary account number has at most 19 digits; below 12 none is in use.
_CARD = re.compile(r"[0-9]{12,19}")
_SEPARATORS = re.compile(r"[\s\-]")


@dataclass(frozen=True, slots=True, repr=False)
class CardNumber:
    """A payment card's number as somebody said or wrote it.

    A number that fails the check digit is kept and reported (`valid` is false), never repaired:
    read it back to the caller. Passing it proves nothing but the absence of a single wrong digit.

    >>> card = CardNumber.read("6205 5000 0000 0000 004")
    >>> card.valid, CardNumber.read("6205500000000000014").valid
    (True, False)
    >>> card
    CardNumber(…0004)
    """

    digits: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From 12 to 19 digits in any width, with or without spaces and dashes."""
        digits = _SEPARATORS.sub("", cleaned(text, "card_number_unreadable"))
        if not _CARD.fullmatch(digits):
            raise refused("card_number_unreadable", text)
        return cls(digits)

    @property
    def valid(self) -> bool:
        """Whether the check digit fits (Luhn, ISO/IEC 7812-1 annex B)."""
        return luhn(self.digits)

    def caption(self) -> str:
        """In groups of four, as it stands on the card."""
        return grouped(self.digits)

    def __str__(self) -> str:
        return self.digits

    def __repr__(self) -> str:
        return f"CardNumber(…{self.digits[-4:]})"


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others.

    It catches every single wrong digit and most swapped neighbours, not the swap of 0 and 9.

    >>> luhn("6205500000000000004")
    True
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10))
    return total % 10 == 0


def grouped(text: str) -> str:
    """In groups of four characters, which is how people read numbers to each other.

    >>> grouped("6205500000000000004")
    '6205 5000 0000 0000 004'
    """
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
