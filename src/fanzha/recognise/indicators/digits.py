"""Bank cards, IBANs and account numbers, and the numbers that are none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from fanzha.errors import UnreadableInput
from fanzha.model.values import CardNumber, Iban
from fanzha.model.values.card import luhn
from fanzha.recognise.indicators.candidate import (
    ADDRESS,
    CHECKED,
    CLAIMED,
    CUED,
    IGNORED,
    Candidate,
)
from fanzha.recognise.indicators.words import pattern, words

WRONG_CHECK_DIGIT = "check_digit"
_CARD = re.compile(
    r"(?<![A-Za-z0-9_%#])(?<![0-9][.,-])[1-9][0-9]{3}(?:[ -]?[0-9]{4}){2,3}(?:[ -]?[0-9]{1,4})?"
    r"(?![A-Za-z0-9*]|[.,-][0-9])"
)
_AMEX = re.compile(
    r"(?<![A-Za-z0-9_%#])(?<![0-9][.,-])3[47][0-9]{2} [0-9]{6} [0-9]{5}(?![A-Za-z0-9*])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}")
_ACCOUNT = pattern(
    rf"(?:{words().account_cues})[^0-9A-Za-z\n。；;!！?？]{{0,12}}"
    r"(?P<id>[0-9](?:[ -]?[0-9]){7,29})(?![A-Za-z0-9*]|[.,][0-9])"
)
_CARD_CUE = pattern(words().card_cues)
_OTHER = pattern(
    rf"(?:{words().other_number_cues})\s?(?:is|are|为|是)?\s?(?:[:：=#]\s?)?"
    rf"[【\[(（「“\"]?\s?(?P<id>[A-Za-z]{{0,4}}-?[0-9][A-Za-z0-9-]{{1,39}})"
)
_TAIL = pattern(
    rf"(?<![A-Za-z0-9])(?P<id>(?:[A-Z]{{1,3}}-)?[0-9](?:[ -]?[0-9]){{3,9}})"
    rf"{words().other_number_tails}"
)
_IDENTITY = re.compile(r"(?<![A-Za-z0-9])[1-8][0-9]{16}[0-9Xx](?![A-Za-z0-9])")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999


def find_cards(text: str) -> Iterator[Candidate]:
    """Card numbers with a known beginning, the length that goes with it and a right check digit."""
    for shape in (_CARD, _AMEX):
        for match in shape.finditer(text):
            number = re.sub(r"[ -]", "", match[0])
            if _issued(number) and luhn(number):
                yield Candidate(CHECKED, match.start(), match.end(), "card", number)


def find_ibans(text: str) -> Iterator[Candidate]:
    """IBANs whose check digits are right; what follows the length of the country is left."""
    for match in _IBAN.finditer(text):
        length = words().iban_chars.get(match[0][:2], 0)
        end = _after(match[0], length)
        try:
            iban = Iban.read(match[0][:end]) if end else None
        except UnreadableInput:
            continue
        if iban:
            yield Candidate(ADDRESS, match.start(), match.start() + end, "iban", str(iban))


def find_accounts(text: str) -> Iterator[Candidate]:
    """Account numbers, only beside a word that says so. A mobile number there is a phone."""
    for match in _ACCOUNT.finditer(text):
        shown = match["id"].strip()
        number = re.sub(r"[ -]", "", shown)
        if re.fullmatch(r"1[3-9][0-9]{9}", number) or _is_day(number):
            continue
        start, end = match.start("id"), match.start("id") + len(shown)
        if _issued(number):
            wrong = () if luhn(number) else (WRONG_CHECK_DIGIT,)
            kind = "card" if not wrong or _CARD_CUE.search(match[0]) else "account"
            anomalies = wrong if kind == "card" else ()
            yield Candidate(CUED, start, end, kind, str(CardNumber.read(number)), anomalies)
        else:
            yield Candidate(CUED, start, end, "account", number)


def find_other_numbers(text: str) -> Iterator[Candidate]:
    """Codes, order numbers, identity numbers: claimed so that nothing else takes them."""
    for shape in (_OTHER, _TAIL):
        for match in shape.finditer(text):
            yield Candidate(CLAIMED, match.start("id"), match.end("id"), IGNORED, "")
    for match in _IDENTITY.finditer(text):
        if _is_identity(match[0]):
            yield Candidate(CLAIMED, match.start(), match.end(), IGNORED, "")


def _issued(number: str) -> bool:
    """Whether a card scheme issues numbers that begin so with that many digits.

    Beginnings after ISO/IEC 7812 and the schemes' public ranges; 60 and 9 are older ones of China.

    >>> [_issued(n) for n in ("6205500000000000004", "4" * 14, "370000000000002", "1234567890123")]
    [True, False, True, False]
    """
    size, two, four = len(number), int(number[:2] or 0), int(number[:4] or 0)
    return (
        (two in (62, 81) and 16 <= size <= 19)
        or (number[0] == "4" and size in (13, 16, 19))
        or ((51 <= two <= 55 or 2221 <= four <= 2720) and size == 16)
        or (two in (34, 37) and size == 15)
        or (3528 <= four <= 3589 and size == 16)
        or ((two in (60, 64, 65, 68, 69) or four in (9558, 9559)) and 16 <= size <= 19)
        or ((two in (36, 38, 39) or 300 <= int(number[:3]) <= 305) and size == 14)
    )


def _after(shown: str, length: int) -> int:
    """Where the `length`th character that is no space ends; 0 where there are fewer."""
    seen = 0
    for place, char in enumerate(shown, start=1):
        seen += char != " "
        if length and seen == length:
            return place
    return 0


def _is_day(number: str) -> bool:
    if len(number) != 8 or not "19000101" <= number <= "20991231":
        return False
    try:
        date.fromisoformat(f"{number[:4]}-{number[4:6]}-{number[6:]}")
    except ValueError:
        return False
    return True


def _is_identity(number: str) -> bool:
    """Whether it is an identity number of China: a day of birth and a right check character.

    >>> _is_identity("11010519491231002X"), _is_identity("110105194912310021")
    (True, False)
    """
    if not _is_day(number[6:14]):
        return False
    total = sum(int(d) * w for d, w in zip(number, _IDENTITY_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()
