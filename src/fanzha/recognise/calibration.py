"""From the kernel's sums to a probability and a level: the few numbers that calibration fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from fanzha.errors import VocabularyError
from fanzha.recognise.verdict import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Log odds = `base` + `rules` · (sum of rules) + (learned sum, scaled and held in bounds).

    The levels are cuts on the probability. `model/calibration.yaml` says how they were found.
    """

    base: float
    rules: float
    rules_most: float  # the sum of the rules' weights is held within ± this
    learned: float
    learned_offset: float
    learned_least: float
    learned_most: float
    low: float
    medium: float
    high: float

    def rule_part(self, rule_sum: float) -> float:
        return self.rules * max(-self.rules_most, min(self.rules_most, rule_sum))

    def learned_part(self, gram_sum: float) -> float:
        value = self.learned * gram_sum - self.learned_offset
        return max(self.learned_least, min(self.learned_most, value))

    def probability(self, rule_sum: float, gram_sum: float) -> float:
        odds = self.base + self.rule_part(rule_sum) + self.learned_part(gram_sum)
        return 1.0 / (1.0 + math.exp(-odds))

    def level(self, probability: float) -> Level:
        if probability >= self.high:
            return "high"
        if probability >= self.medium:
            return "medium"
        return "low" if probability >= self.low else "none"


@cache
def calibration() -> Calibration:
    """The shipped numbers, read once."""
    file = files(__package__) / "model" / "calibration.yaml"
    loaded = yaml.safe_load(file.read_text("utf-8"))
    try:
        return Calibration(**{name: float(value) for name, value in loaded.items()})
    except (TypeError, ValueError) as wrong:
        raise VocabularyError("rules_unreadable", name="calibration.yaml") from wrong
