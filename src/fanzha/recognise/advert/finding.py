"""What reading an advert gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from fanzha.model.chain import Finding
from fanzha.recognise.verdict import Indicator, Level

Role = Literal["from", "via", "to"]


@dataclass(frozen=True, slots=True)
class Feature:
    """The characters `start:end` of the advert that lures, or honest adverts, say too.

    `code` stands in `features.yaml` and in the catalogue under `lure.feature_`; `weight` is always
    positive: a risk adds it, a protective sign takes it away. One code is reported once, at its
    first place. A protective sign is what the advert *says*; nobody has looked the licence up.
    """

    code: str
    start: int
    end: int
    quote: str
    weight: float


@dataclass(frozen=True, slots=True)
class Pay:
    """The pay named in `start:end`, and how many times the usual wage it is.

    `country` (ISO 3166, small letters) is the one whose median was the highest of those compared,
    empty where the advert itself says "five times". A hint: the medians are in `pay.yaml`,
    unconfirmed, and ranges count with their lower end.
    """

    start: int
    end: int
    quote: str
    ratio: float
    country: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the way or of the work; `country` is empty where only "abroad" is said."""

    role: Role
    place: str
    country: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lure(Finding):
    """Whether an advert offers what lures offer. It judges the advert and never who reads it.

    `none` means that nothing of the kind was found and never that the offer is honest: verify
    employer, licence and visa of any work abroad. `kinds` are keys of the catalogue under
    `lure.kind_`, `advice` one under `lure.advice_` (for whoever would go) and `lure.family_`.
    `contacts` may be somebody else's number, copied. Offsets are code points of the text as given.
    """

    kind: ClassVar[str] = "lure"
    level: Level
    kinds: tuple[str, ...]
    risk: tuple[Feature, ...]
    protective: tuple[Feature, ...]
    pay: Pay | None
    route: tuple[Stop, ...]
    contacts: tuple[Indicator, ...] = field(repr=False)
    advice: str
