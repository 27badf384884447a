"""What an entry of each vocabulary says: one frozen class per YAML file beside this module.

The classes are the schema: `check` refuses a key that stands in no field and a field that no key
fills. A cell that nobody has confirmed is null in the YAML and `None` here, never a guess, and
`verified` is false where an entry rests on general knowledge that no source has confirmed yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fanzha.model.catalogue import Lang


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in the three languages.

    >>> Text("hold", "止付", "止付")["zh-Hans"]
    '止付'
    """

    en: str
    zh_hans: str
    zh_hant: str

    def __getitem__(self, lang: Lang) -> str:
        return {"en": self.en, "zh-Hans": self.zh_hans, "zh-Hant": self.zh_hant}[lang]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An entry that is a code with its labels and nothing more."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudClass:
    """Answers to the first two questions of the FraudClassifier model; null where it depends.

    The third question (by which tactic) is left out until its answers are confirmed.
    """

    initiated_by: str | None  # authorized_party, unauthorized_party
    how: str | None  # manipulated, account_taken_over


@dataclass(frozen=True, slots=True, kw_only=True)
class ScamType:
    """A kind of scam. It sorts reports and texts; it never describes a person.

    `mps` is the official Chinese name where the type is one of the ten the Ministry of Public
    Security published on 2024-06-25. `unodc` and `mitre_f3` are our reading of whose category it
    falls into; `levers` are codes of `tactic`, the usual ones and not all of them. `verified` says
    that `source` confirms name and description.
    """

    code: str
    label: Text
    mps: str | None
    unodc: str | None
    fraud_classifier: FraudClass
    mitre_f3: tuple[str, ...]
    levers: tuple[str, ...]
    tell_tale: Text
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A place in the chain of a scam, from data seller to organiser.

    A role is set by a person who looked at the facts. It says what somebody did, never that they
    are guilty: see `witting`, and screen for trafficking first.
    """

    code: str
    label: Text
    layer: str  # upstream, midstream, downstream, organiser, victim


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """A way money travels, with the prior of how long it stays where it arrived.

    S(t) = w·e^(−t/fast) + (1 − w)·e^(−t/slow), w = `fast_weight`, in seconds. Where `survives` is
    false (cash) nothing is taken to be still there and there are no numbers. Not measured on your
    own cases: replace the numbers when you have counted some. `assumed` names the numbers for
    which even the source gives no value. `channels` are the payment channel words that mean it.
    """

    code: str
    label: Text
    survives: bool
    fast_weight: Decimal | None
    fast_seconds: int | None
    slow_seconds: int | None
    assumed: tuple[str, ...]
    measured: bool
    channels: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldState:
    """A state of one hold, and where it may go from here; no `next` means that it has ended.

    `expiry` says what entering the state does to the hold's expiry: `fresh` starts a clock of
    `expires_after_seconds`, `ordered` takes the date in the authority's order, `kept` leaves it as
    it was, `none` means there is none. `max_times` counts how often one hold may enter the state.
    """

    code: str
    label: Text
    meaning: Text
    next: tuple[str, ...]
    expiry: str
    expires_after_seconds: int | None
    warn_before_seconds: int | None
    max_times: int | None
    needs_basis: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRule:
    """A rule by which held money is split among victims. The software shows all, chooses none."""

    code: str
    label: Text
    rule: Text
    source: Text
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """A number to call and what it is for."""

    number: str
    purpose: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A law that bears on a request, with what it says for our purpose. Not legal advice.

    `articles` are as the source lists them; null where it lists none. `verified` turns true only
    when a lawyer of that country has signed the entry.
    """

    name: str
    articles: str | None
    says: Text | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What the work needs to know of a country. Null or empty: nobody has confirmed it yet.

    `stop_seconds` is how long a stop of payment lasts there without a court's or police order.
    """

    code: str
    label: Text
    currency: str
    time_zone: str  # of the capital
    hotlines: tuple[Hotline, ...]
    stop_payment: Text | None
    stop_seconds: int | None
    laws: tuple[Law, ...]
    note: Text | None
    verified: bool
