"""The labelled sources that training and the benchmark read: what each label means to us."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from fanzha.errors import UsageError
from fanzha.recognise.rules import expand

Row = dict[str, Any]
ROWS = "dev.jsonl"
OWN = "own_examples"


@dataclass(frozen=True, slots=True)
class Text:
    """One labelled text. `scam` is None where the label says neither (advertising of dubious
    kind); `everyday` marks the messages people get daily, on which false alarms are counted."""

    text: str
    scam: bool | None
    everyday: bool
    label: str
    cluster: str


@dataclass(frozen=True, slots=True)
class Source:
    """One corpus with its licence as stated by its publisher."""

    name: str
    licence: str
    origin: str
    texts: tuple[Text, ...] = field(repr=False)

    @property
    def has_both(self) -> bool:
        return {t.scam for t in self.texts} >= {True, False}


def _fbs(row: Row) -> bool | None:
    # FR (fraud) and IL (illegal offers) count as scam; propaganda is neither fraud nor advertising
    if row["label"] == "IL:Political_propaganda":
        return None
    return str(row["label"]).startswith(("FR", "IL"))


def _six(row: Row) -> bool | None:
    return None if row["label"] in ("loan_fraud", "bank_impersonation_transfer") else False


def _of(yes: set[str], neither: frozenset[str] = frozenset()) -> Callable[[Row], bool | None]:
    return lambda row: None if row["label"] in neither else row["label"] in yes


MEANING: dict[str, Callable[[Row], bool | None]] = {
    "fbs_sms": _fbs,
    "telecom_fraud_texts_5": lambda row: row["label"] != "normal",
    "golfxiao_casesplit": _of({"fraud"}),
    "teleantifraud_text": _of({"fraud"}),
    "fraud_r1_base": lambda _: True,
    "smishing_5971": _of({"smishing"}, frozenset({"spam"})),
    "thai_sms": _of({"scam"}),
    "zh_sms_spam80w_10k": lambda _: False,
    "zh_sms_spam_6class": _six,
}
EVERYDAY = {"zh_sms_spam80w_10k": {"ham"}, "thai_sms": {"ok", "otp"}, "smishing_5971": {"ham"}}


def read_sources(data: Path) -> tuple[Source, ...]:
    """Every known source under `data/text` (or `data` itself) that is there.

    Raises `UsageError` where none is.
    """
    root = data / "text" if (data / "text").is_dir() else data
    found = [_source(root / name, name) for name in MEANING if (root / name / ROWS).is_file()]
    if not found:
        raise UsageError("folder_missing", path=str(root))
    return tuple(found)


def own_examples() -> Source:
    """The made-up messages that ship with the package."""
    text = (files("fanzha.recognise") / "model" / "examples.yaml").read_text("utf-8")
    texts = [
        Text(spelt, kind == "scam", kind == "genuine", kind, str(i))
        for kind, lines in yaml.safe_load(text).items()
        for i, line in enumerate(lines)
        for spelt in expand(line)
    ]
    return Source(OWN, "Apache-2.0", "src/fanzha/recognise/model/examples.yaml", tuple(texts))


def _source(folder: Path, name: str) -> Source:
    notes = dict(_notes(folder / "README.md"))
    texts = tuple(_text(name, row) for row in _rows(folder / ROWS))
    return Source(name, notes.get("licence", "none stated"), notes.get("source", name), texts)


def _text(name: str, row: Row) -> Text:
    return Text(
        row["text"],
        MEANING[name](row),
        row["label"] in EVERYDAY.get(name, ()),
        str(row["subtype"] if row["label"] == "fraud" and "subtype" in row else row["label"]),
        str(row.get("cluster", row["id"])),
    )


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _notes(path: Path) -> Iterator[tuple[str, str]]:
    if path.is_file():
        for line in path.read_text("utf-8").splitlines():
            key, _, value = line.removeprefix("- ").partition(": ")
            if line.startswith("- ") and value:
                yield key, value
