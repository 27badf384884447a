"""Fitting: learned weights beside fixed rules, then one calibration. Needs the `learn` packages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from fanzha.recognise.calibration import Calibration
from fanzha.recognise.kernel import scanner
from fanzha.recognise.model import BITS
from fanzha.recognise.normalise import given
from fanzha.services.train.sources import Source

Array = Any  # numpy and scipy arrays
STRENGTH = 0.3  # inverse regularisation of the learned weights
RULES_MOST = 9.0  # a longer heap of rules says no more
OFFSET_MOST = 6.0  # the rules' sum, as a feature beside the n-grams, is held within this
LEARNED_SHARE = 0.15  # of the learned sum's own scale: it carries style, which must not decide
LEARNED_ZERO = 1.5  # a learned sum that speaks neither way: unseen writers lie above 0
LEARNED_MOST = 0.3  # and on the rules' scale it never moves a verdict by more than this
CUTS = {"low": 1.0, "medium": 2.25, "high": 4.4}  # on the rules' scale; see the model card
SHARE_OF_SCAMS = 0.16  # of checks people make that turn out bad: HK Scameter, 74,300 in a month
BYTE = 127


@dataclass(frozen=True, slots=True)
class Features:
    """What the kernel reads in a source: the rules' sums, n-grams, labels (-1: neither)."""

    name: str
    rule_sums: Array
    grams: Array
    scam: Array
    everyday: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights as shipped (a signed byte for each place, in steps) and their calibration."""

    table: Array
    step: float
    calibration: Calibration

    def probabilities(self, features: Features) -> Array:
        """What `check` would say, for all texts of a source."""
        sums = self.step * (features.grams @ self.table.astype(np.float64))
        pairs = zip(features.rule_sums, sums, strict=True)
        return np.array([self.calibration.probability(rule, gram) for rule, gram in pairs])


def read_features(source: Source) -> Features:
    """Run the kernel over a source; n-gram counts are divided by the root of their number."""
    kernel = scanner()
    sums, places, values, starts = [], [], [], [0]
    for text in source.texts:
        reading = kernel.read(given(text.text)[0])
        found, counts = np.unique(np.asarray(kernel.gram_places(reading)), return_counts=True)
        sums.append(reading.rule_sum)
        places.append(found.astype(np.int32))
        values.append(counts / math.sqrt(max(1, int(counts.sum()))))
        starts.append(starts[-1] + len(found))
    grams = sparse.csr_matrix(
        (np.concatenate(values).astype(np.float32), np.concatenate(places), np.array(starts)),
        shape=(len(source.texts), 1 << BITS),
    )
    scam = np.array([-1 if t.scam is None else int(t.scam) for t in source.texts])
    everyday = np.array([t.everyday for t in source.texts])
    return Features(source.name, np.array(sums), grams, scam, everyday)


def fit(sources: Sequence[Features], seed: int) -> Fitted:
    """Weights beside the fixed rules, each class of each source counting alike; then calibrated."""
    known = [f.scam >= 0 for f in sources]
    offset = np.concatenate([f.rule_sums[k] for f, k in zip(sources, known, strict=True)])
    grams = sparse.vstack([f.grams[k] for f, k in zip(sources, known, strict=True)]).tocsr()
    held = np.clip(offset, -OFFSET_MOST, OFFSET_MOST)
    features = sparse.hstack([sparse.csr_matrix(held[:, None]), grams]).tocsr()
    scam = np.concatenate([f.scam[k] for f, k in zip(sources, known, strict=True)])
    model = LogisticRegression(C=STRENGTH, max_iter=40, solver="liblinear", random_state=seed)
    model.fit(features, scam, sample_weight=_alike(sources))
    weights = model.coef_[0][1:]
    step = float(np.quantile(np.abs(weights[weights != 0]), 0.9999)) / BYTE
    table = np.clip(np.round(weights / step), -BYTE, BYTE).astype(np.int8)
    sums = step * (grams @ table.astype(np.float64))
    learned = np.clip(LEARNED_SHARE * (sums - LEARNED_ZERO), -LEARNED_MOST, LEARNED_MOST)
    totals = np.clip(offset, -RULES_MOST, RULES_MOST) + learned
    return Fitted(table, step, _calibrate(totals, scam, _alike(sources)))


def _alike(sources: Sequence[Features]) -> Array:
    """Weights with which each source counts the same, and in it each class."""
    parts = []
    for features in sources:
        scam = features.scam[features.scam >= 0]
        part = np.zeros(len(scam))
        for label in (0, 1):
            if (scam == label).any():
                part[scam == label] = 1.0 / (scam == label).sum()
        parts.append(part)
    weights = np.concatenate(parts)
    return weights * len(weights) / weights.sum()


def _calibrate(totals: Array, scam: Array, alike: Array) -> Calibration:
    """One slope and one base for the sum of all terms, at the share of scams among checks."""
    share = np.where(scam == 1, SHARE_OF_SCAMS, 1 - SHARE_OF_SCAMS)
    for label in (0, 1):
        alike = np.where(scam == label, alike / alike[scam == label].sum(), alike)
    model = LogisticRegression(C=1e6).fit(totals[:, None], scam, sample_weight=alike * share * 1e5)
    slope, base = float(model.coef_[0][0]), float(model.intercept_[0])
    cuts = {name: 1 / (1 + math.exp(-(base + slope * cut))) for name, cut in CUTS.items()}
    return Calibration(
        base=base,
        rules=slope,
        rules_most=RULES_MOST,
        learned=slope * LEARNED_SHARE,
        learned_offset=slope * LEARNED_SHARE * LEARNED_ZERO,
        learned_least=-slope * LEARNED_MOST,
        learned_most=slope * LEARNED_MOST,
        **cuts,
    )
