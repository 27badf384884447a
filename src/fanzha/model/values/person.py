"""Names of persons, hidden wherever nobody has to read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from fanzha.model.values.cleaning import cleaned, refused

MAX_NAME_CHARS = 140  # ISO 20022 Max140Text, the longest name a payment message carries


@dataclass(frozen=True, slots=True, repr=False)
class PersonName:
    """A person's name as a payment or a caller gives it.

    Two names are equal when only spaces, width or case differ. Equal names are not the same person,
    and a simplified and a traditional form of one name are not equal here.

    >>> PersonName.read("陈志强")
    PersonName(陈**)
    >>> PersonName.read("John  SMITH") == PersonName.read("ｊｏｈｎ smith")
    True
    """

    text: str = field(compare=False)
    key: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From text with at least one letter; runs of spaces become one."""
        clean = " ".join(cleaned(text, "name_unreadable").split())
        if len(clean) > MAX_NAME_CHARS or not any(c.isalpha() for c in clean):
            raise refused("name_unreadable", text)
        return cls(clean, cleaned(clean.casefold(), "name_unreadable").replace(" ", ""))

    @property
    def partial(self) -> bool:
        """Whether characters are hidden (`陈**`): never proof that two names are one."""
        return "*" in self.text

    @property
    def masked(self) -> str:
        """The first character of each word; at most three stars, so that length is hidden too."""
        return " ".join(w[0] + "*" * min(max(len(w) - 1, 1), 3) for w in self.text.split())

    def caption(self) -> str:
        """The name in full, for those who have to read it."""
        return self.text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"PersonName({self.masked})"
