"""Training from labelled folders: what is written, and that the same seed writes the same bytes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from fanzha.errors import UsageError
from fanzha.services.train import TrainRequest, train
from fanzha.services.train.sources import own_examples, read_sources

pytest.importorskip("sklearn", reason="training needs scikit-learn: pip install 'fanzha[learn]'")
ON = date(2026, 1, 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    folder = root / "text" / "thai_sms"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("- source: made up\n- licence: none\n", "utf-8")
    rows = [
        {"id": str(i), "text": f"{word} {i}", "label": label, "cluster": i}
        for i in range(12)
        for label, word in (("scam", "เครดิตฟรี"), ("ok", "ขอบคุณ"), ("otp", "รหัส"))
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "dev.jsonl").write_text(lines, "utf-8")
    return root


def test_writes_weights_calibration_and_card(data: Path, tmp_path: Path) -> None:
    results = [
        train(TrainRequest(data=data, out=tmp_path / name, on=ON, seed=3)) for name in ("a", "b")
    ]
    first, second = results
    assert first.weights.read_bytes() == second.weights.read_bytes()
    assert first.weights.stat().st_size == (1 << 20) + 8
    assert first.calibration.read_text("utf-8") == second.calibration.read_text("utf-8")
    card = first.card.read_text("utf-8")
    assert "thai_sms (made up) | none | 36 | 12 | 24 | 0" in card
    assert "2026-01-02" in card
    assert [s.name for s in first.scores] == ["thai_sms", "own_examples"]


def test_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="folder_missing"):
        read_sources(tmp_path)


def test_own_examples_are_several_hundred_and_reserved() -> None:
    texts = own_examples().texts
    assert len(texts) > 200
    assert len({t.text for t in texts}) == len(texts)
    for text in texts:
        for word in text.text.split("http://")[1:]:
            assert word.split()[0].split("/")[0].endswith(".example")
