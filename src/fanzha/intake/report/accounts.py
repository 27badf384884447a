"""Account numbers as callers say them: their check digits, and nothing that would mend them."""

from __future__ import annotations

import re

CARD_LENGTHS = range(13, 20)  # ISO/IEC 7812-1
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD_LIKE = re.compile(r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|35\d{14}|3[47]\d{13}")


def luhn(number: str) -> bool:
    """Whether the last digit is the check digit of a card number (ISO/IEC 7812-1, annex B).

    A pass proves no card exists; a failure proves that a digit was misheard.

    >>> luhn("6205500000000000004"), luhn("6205500000000000014")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_holds(number: str) -> bool:
    """Whether an IBAN's two check digits hold (ISO 13616, mod 97).

    >>> iban_holds("GB82WEST12345698765432"), iban_holds("GB83WEST12345698765432")
    (True, False)
    """
    turned = number[4:] + number[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def is_card(number: str, *, said_card: bool) -> bool:
    """Whether to read the number as a card's: the caller said so, or it is built like one."""
    if not (number.isascii() and number.isdigit()):
        return False
    return said_card or _CARD_LIKE.fullmatch(number) is not None


def passes_check(number: str, *, said_card: bool = False) -> bool:
    """Whether a number passes the check that its kind has; a kind without check digits passes.

    >>> passes_check("6205500000000000014"), passes_check("12345678")
    (False, True)
    >>> passes_check("62055000", said_card=True)
    False
    """
    if is_card(number, said_card=said_card):
        return len(number) in CARD_LENGTHS and luhn(number)
    if _IBAN.fullmatch(number):
        return iban_holds(number)
    return True
