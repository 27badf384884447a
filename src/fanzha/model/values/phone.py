"""Telephone numbers: the number itself, and how it was shown, which is evidence of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from fanzha.model.values.cleaning import cleaned, refused

_SHORT = re.compile(r"[0-9]{3,6}")  # service numbers such as 110, 96110, 12308: dialled as they are


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """A telephone number, in E.164 or, for a service number, as it is dialled.

    `display` keeps how it was shown: a service number behind `+` or `00` (`+8696110`) is a spoof,
    and is not equal to the service number. A caller's number is what the network was told, no proof
    of who called.

    >>> Phone.read("0044 7700 900123")
    Phone(+44…23)
    >>> Phone.read("96110") == Phone.read("+8696110")
    False
    """

    number: str
    country: str  # ISO 3166, or "" where the number belongs to none
    display: str = field(compare=False)

    @classmethod
    def read(cls, text: str, country: str = "CN") -> Self:
        """From text as shown; `country` is where a number without a country code was dialled."""
        clean = cleaned(text, "phone_unreadable")
        if _SHORT.fullmatch(clean):
            return cls(clean, country, text.strip())
        import phonenumbers  # lazily: its tables take a while and most runs read no number

        try:
            parsed = phonenumbers.parse(clean, country)
            parsed.extension = None
            number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            stable = phonenumbers.parse(number) == parsed
        except phonenumbers.NumberParseException as unreadable:
            raise refused("phone_unreadable", text) from unreadable
        if not stable or not phonenumbers.is_possible_number(parsed):
            raise refused("phone_unreadable", text)
        return cls(number, phonenumbers.region_code_for_number(parsed) or "", text.strip())

    @property
    def service(self) -> bool:
        """Whether it is a short service number rather than a subscriber's."""
        return not self.number.startswith("+")

    def caption(self) -> str:
        """Grouped as the country writes it, with the country code."""
        if self.service:
            return self.number
        import phonenumbers

        style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(phonenumbers.parse(self.number), style)

    def __str__(self) -> str:
        return self.number

    def __repr__(self) -> str:
        return f"Phone({self.number if self.service else f'{self.number[:3]}…{self.number[-2:]}'})"
