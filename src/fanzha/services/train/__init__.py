"""Train the learned weights of the text check, and write the card that says what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanzha.services.train.card import Scores, model_card
from fanzha.services.train.sources import Source, own_examples, read_sources

if TYPE_CHECKING:
    from fanzha.services.train.fit import Features, Fitted

STEP_UNIT = 1e9  # weights.bin begins with the step in billionths, eight bytes, big-endian


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """Where the labelled sources lie and where the model goes. `on` is the date on the card."""

    data: Path
    out: Path
    on: date
    seed: int = 7


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What was written, and how each source fares with it (trained on, so flattering)."""

    weights: Path
    card: Path
    calibration: Path
    scores: tuple[Scores, ...]


def train(request: TrainRequest) -> TrainResult:
    """Weights, calibration and model card from every source under `request.data`.

    The scores on the card are of texts trained on; the honest ones are the leave-one-source-out
    table of `benchmarks/recognise.py`. Raises `UsageError` where no source is found.
    """
    from fanzha.services.train.fit import fit, read_features  # scikit-learn is heavy and optional

    sources = (*read_sources(request.data), own_examples())
    features = [read_features(source) for source in sources]
    fitted = fit(features, request.seed)
    scores = tuple(_scores(fitted, one) for one in features)
    return _write(request, sources, fitted, scores)


def _scores(fitted: Fitted, features: Features) -> Scores:
    flagged = fitted.probabilities(features) >= fitted.calibration.medium
    return Scores(
        features.name,
        _share(flagged, features.scam == 1),
        _share(flagged, features.scam == 0),
        _share(flagged, features.everyday),
    )


def _share(flagged: Any, among: Any) -> float | None:
    return float(flagged[among].mean()) if among.any() else None


def _write(
    request: TrainRequest, sources: Sequence[Source], fitted: Fitted, scores: tuple[Scores, ...]
) -> TrainResult:
    request.out.mkdir(parents=True, exist_ok=True)
    weights = request.out / "weights.bin"
    step = round(fitted.step * STEP_UNIT).to_bytes(8, "big")
    weights.write_bytes(step + fitted.table.tobytes())
    calibration = request.out / "calibration.yaml"
    lines = [f"{name}: {value:.6f}\n" for name, value in asdict(fitted.calibration).items()]
    head = "# Written by `fanzha train`: log odds and cuts; see recognise/calibration.py.\n"
    calibration.write_text(head + "".join(lines), "utf-8")
    card = request.out / "MODEL_CARD.md"
    card.write_text(model_card(sources, scores, request.on, request.seed), "utf-8")
    return TrainResult(weights, card, calibration, scores)
