"""What recognising gives back: a level, how sure, and the very words that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from fanzha.model.chain import Finding

Level = Literal["none", "low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The characters `start:end` of the text as given, and what they speak for.

    `why` is a key of the catalogue (`why.…`); `weight` is its part in the verdict, on the scale of
    log odds: the weights of a verdict and its base rate add up to its probability. What remains
    of the learned part and has no words of its own stands last, with an empty quote.
    """

    start: int
    end: int
    quote: str
    why: str
    weight: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something by which a scam can be found again: a number, an address, an account.

    `kind` is phone, url, domain, email, card, iban, account, messenger, wallet, app, amount, date,
    case_number or courier_number; `value` is its one clean form, `display` the words as given.
    `anomalies` are catalogue codes under `anomaly.` (a spoofed prefix, a look-alike domain, …). An
    indicator in a scam's text may belong to a victim or to a real bank: it accuses nobody.
    """

    kind: str
    value: str
    display: str
    start: int
    end: int
    anomalies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(Finding):
    """Whether a text asks for something that scams ask for. `none` never means safe.

    `probability` is calibrated on the sources in the model card and worth no more than they are.
    `types` and `tactics` are codes of the vocabulary, `types` with a score from 0 to 1, best first.
    `stage` is contact, grooming, ask, paid, recovery or empty. `advice` is a key of the catalogue
    under `advice.`.
    """

    kind: ClassVar[str] = "verdict"
    level: Level
    probability: float
    types: tuple[tuple[str, float], ...]
    tactics: tuple[str, ...]
    stage: str
    evidence: tuple[Evidence, ...]
    indicators: tuple[Indicator, ...]
    advice: str
    lang: str
