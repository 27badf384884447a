"""The verdict's own terms as evidence: which characters spoke, for what, and how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fanzha.recognise.calibration import Calibration
from fanzha.recognise.layout import PARTS
from fanzha.recognise.normalise import Normal
from fanzha.recognise.rules import Rule
from fanzha.recognise.verdict import Evidence

Speaking = tuple[Rule, int]  # a rule that fired, and its number
QUOTE = 40  # characters; the words of a rule that stand further apart are quoted one by one
TRACED = 20_000  # characters; in longer texts the learned part is not put down to single words
SPANS = 3  # most telling stretches of the learned part
TELLING = 0.12  # log odds that a stretch must bring to be quoted
TRIM = " \t\n\r\u3000\u200b\u200c\u200d\ufeff*·•,.:;!?，。：；、！？…"


def rule_evidence(
    text: str,
    normal: Normal,
    reading: Any,
    speaking: Sequence[Speaking],
    calibration: Calibration,
) -> Iterator[Evidence]:
    """For each rule that spoke, the words that it joined, in the order of the text as given."""
    held = calibration.rule_part(reading.rule_sum)
    scale = held / reading.rule_sum if reading.rule_sum else calibration.rules
    for rule, number in speaking:
        spans = rule_spans(reading, number, len(rule.parts))
        for span in spans:
            yield evidence(text, normal, span, f"why.{rule.why}", rule.weight * scale / len(spans))


def rule_spans(reading: Any, number: int, count: int) -> list[tuple[int, int]]:
    """One span around all parts of a fired rule where they stand close, else one for each."""
    hits = [reading.parts[number * PARTS + part] for part in range(count)]
    spans = sorted({(reading.hit_start[hit], reading.hit_end[hit]) for hit in hits})
    start, end = min(s for s, _ in spans), max(e for _, e in spans)
    return [(start, end)] if end - start <= QUOTE else spans


def learned_evidence(
    text: str, normal: Normal, trace: Any, total: float, scale: float
) -> Iterator[Evidence]:
    """The stretches that moved the learned part most, and its rest, which no single words hold."""
    spans = sorted(stretches(trace), key=lambda s: -abs(s[2]))[:SPANS] if total else []
    rest = total
    for start, end, value in sorted(spans):
        weight = value * scale
        if abs(weight) >= TELLING and weight * total > 0:
            why = "why.learned_scam" if weight > 0 else "why.learned_genuine"
            shown = evidence(text, normal, (start, end), why, weight)
            if len(shown.quote) > 1:
                rest -= weight
                yield shown
    if total:
        yield Evidence(0, 0, "", "why.learned_rest", rest)


def stretches(trace: Any) -> Iterator[tuple[int, int, float]]:
    """Runs of characters that pull the same way: start, end, sum."""
    start, value = 0, 0.0
    for i, part in enumerate(trace):
        if part * value < 0:
            yield start, i, value
            start, value = i, 0.0
        value += part
    if value:
        yield start, len(trace), value


def evidence(text: str, normal: Normal, span: tuple[int, int], why: str, weight: float) -> Evidence:
    """Evidence on normalised characters, put back onto the text as given, without its rims."""
    start, end = normal.span(*span)
    while end > start and text[end - 1] in TRIM:
        end -= 1
    while start < end and text[start] in TRIM:
        start += 1
    return Evidence(start, end, text[start:end], why, weight)
