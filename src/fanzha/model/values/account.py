"""Account numbers: of any bank or payment firm, and IBANs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from fanzha.errors import UnreadableInput
from fanzha.model.values.card import CardNumber, grouped
from fanzha.model.values.cleaning import cleaned, refused

MAX_ACCOUNT_CHARS = (
    64  # ISO 20022 gives an account that is no IBAN 34; payment firms use e-mail too
)
SPREADSHEET_DIGITS = 15  # what a spreadsheet keeps of a number (IEEE 754 double)
_SEPARATED_DIGITS = re.compile(r"[0-9][0-9\-]*[0-9]")
_MANGLED = re.compile(r"[0-9]+\.0+|[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+")
_CARD_LIKE = re.compile(r"[34569][0-9]{14,18}")  # first digit: ISO/IEC 7812 banking, or national


@dataclass(frozen=True, slots=True, repr=False)
class BankAccount:
    """An account at a bank or payment firm, under whatever name the statement gives it.

    Letters keep their case and leading zeros stay. A number that a spreadsheet has turned into
    `6.2055E+18` or `6205….0` is refused (`account_mangled`): its digits are lost, ask for the file
    again with that column as text.

    >>> BankAccount.read("0012-3456 7890")
    BankAccount(…7890)
    >>> BankAccount.read("6.2055E+18")
    Traceback (most recent call last):
    fanzha.errors.UnreadableInput: account_mangled value='6.2055E+18'
    """

    text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From any account text of up to 64 characters; spaces go, and dashes between digits."""
        spaced = cleaned(text, "account_unreadable")
        clean = cleaned("".join(spaced.split()), "account_unreadable")
        if _MANGLED.fullmatch(clean):
            raise refused("account_mangled", text)
        if _SEPARATED_DIGITS.fullmatch(clean):
            clean = clean.replace("-", "")
        if len(clean) > MAX_ACCOUNT_CHARS or not any(c.isalnum() for c in clean):
            raise refused("account_unreadable", text)
        return cls(clean)

    @property
    def card(self) -> CardNumber | None:
        """The same number as a card number, where it has 12 to 19 digits and nothing else."""
        try:
            return CardNumber.read(self.text)
        except UnreadableInput:
            return None

    @property
    def looks_like_card(self) -> bool:
        """Whether it has the shape of a bank card, so that a failing check digit is worth asking.

        Many bank accounts that are no cards have the same length and no check digit.
        """
        return _CARD_LIKE.fullmatch(self.text) is not None

    @property
    def maybe_rounded(self) -> bool:
        """Whether all digits after the fifteenth are zero, which is what a spreadsheet leaves.

        A genuine number can look like this: ask, do not refuse on it alone.
        """
        rest = self.text[SPREADSHEET_DIGITS:]
        return self.text.isdigit() and bool(rest) and not rest.strip("0")

    @property
    def partial(self) -> bool:
        """Whether digits are hidden (`6222****1234`): never proof that two accounts are one."""
        return "*" in self.text

    def caption(self) -> str:
        """Digits in groups of four, anything else as it is."""
        return grouped(self.text) if self.text.isdigit() and len(self.text) > 8 else self.text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"BankAccount({hidden(self.text)})"


@dataclass(frozen=True, slots=True, repr=False)
class Iban:
    """An international bank account number whose length and check digits are right.

    >>> Iban.read("GB82 WEST 1234 5698 7654 32").country
    'GB'
    """

    text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From text with or without spaces; a wrong check digit is refused, never repaired."""
        from stdnum import iban  # lazily: it pulls in much that a reader of statements never needs

        clean = iban.compact(cleaned(text, "iban_unreadable"))
        if not clean.isascii() or not iban.is_valid(clean):
            raise refused("iban_unreadable", text)
        return cls(clean)

    @property
    def country(self) -> str:
        """The country of the account (ISO 3166), which need not be its holder's."""
        return self.text[:2]

    def caption(self) -> str:
        """In groups of four, as it is printed."""
        return grouped(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Iban({self.country}{hidden(self.text)})"


def hidden(text: str) -> str:
    """All but the last four characters hidden, or everything where the text is short.

    >>> hidden("001234567890"), hidden("B1")
    ('…7890', '…')
    """
    return f"…{text[-4:]}" if len(text) >= 8 else "…"
