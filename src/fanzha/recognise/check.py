"""Whether a message, chat or transcript asks for what scams ask for, and the words that say so.

`none` never means safe: it means that nothing known was found. Weigh a verdict by its evidence
and read `model/MODEL_CARD.md` before trusting the probability on a kind of text that is not
listed there.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fanzha.recognise.calibration import calibration
from fanzha.recognise.explain import TRACED, Speaking, learned_evidence, rule_evidence
from fanzha.recognise.kernel import scanner
from fanzha.recognise.language import language
from fanzha.recognise.model import grams
from fanzha.recognise.normalise import given, normal_of
from fanzha.recognise.rules import Rule, rules
from fanzha.recognise.verdict import Evidence, Level, Verdict

METHOD = "check/1"
SECOND_TYPE = 0.6  # of a rule's weight, for each type that it names after the first
TYPE_SCALE = 4.0  # log odds at which a type's score reaches 0.63
ALIKE = 0.25  # types below this part of the best score are left out


def check(text: str) -> Verdict:
    """The verdict on a text of any length, with the very words that speak for and against.

    >>> verdict = check("我是刘总，现在在开会，你先给王总转18万。")
    >>> verdict.level, verdict.types[0][0], verdict.evidence[0].quote
    ('high', 'impersonating_superior', '在开会，你先给王总转18万')
    """
    from fanzha.recognise.indicators import (
        find_indicators,
    )  # its patterns are not needed for levels

    codes, places = given(text)
    reading = scanner().read(codes)
    numbers = calibration()
    gram_sum = reading.gram_sum * grams().step
    probability = numbers.probability(reading.rule_sum, gram_sum)
    level = numbers.level(probability)
    speaking = [(rules().rules[n], n) for n, on in enumerate(bytes(reading.fired)) if on]
    fired = [rule for rule, _ in speaking]
    types = _types(fired) if level != "none" else ()
    return Verdict(
        method=METHOD,
        confidence=probability,
        level=level,
        probability=probability,
        types=types,
        tactics=_tactics(fired) if level != "none" else (),
        stage=_stage(fired) if level != "none" else "",
        evidence=_evidence(text, (reading, places), speaking, numbers.learned_part(gram_sum)),
        indicators=find_indicators(text),
        advice=_advice(level, types),
        lang=language(text),
    )


def check_level(text: str) -> tuple[Level, float]:
    """Level and probability alone, for streams; the same as `check` says.

    >>> check_level("昨晚的饭AA，每人85元，转我就行。")[0]
    'none'
    """
    codes, _ = given(text)
    reading = scanner().read(codes)
    numbers = calibration()
    probability = numbers.probability(reading.rule_sum, reading.gram_sum * grams().step)
    return numbers.level(probability), probability


def _evidence(
    text: str, read: tuple[Any, list[int] | None], speaking: Sequence[Speaking], learned: float
) -> tuple[Evidence, ...]:
    reading, places = read
    normal = normal_of(text, reading, places)
    found = list(rule_evidence(text, normal, reading, speaking, calibration()))
    if learned and reading.size <= TRACED:
        scale = calibration().learned * grams().step
        trace = scanner().gram_trace(reading)
        found += learned_evidence(text, normal, trace, learned, scale)
    elif learned:
        found += [Evidence(0, 0, "", "why.learned_rest", learned)]
    return tuple(sorted(found, key=lambda e: (-abs(e.weight), e.start)))


def _types(fired: list[Rule]) -> tuple[tuple[str, float], ...]:
    sums: Counter[str] = Counter()
    for rule in fired:
        for place, code in enumerate(rule.types):
            sums[code] += rule.weight * (SECOND_TYPE if place else 1.0)  # type: ignore[assignment]
    if not sums:
        return ()
    best = max(sums.values())
    kept = sorted(
        ((v, c) for c, v in sums.items() if v >= ALIKE * best), key=lambda x: (-x[0], x[1])
    )
    return tuple((code, round(value / (value + TYPE_SCALE), 3)) for value, code in kept)


def _tactics(fired: list[Rule]) -> tuple[str, ...]:
    named = itertools.chain.from_iterable(r.tactics for r in sorted(fired, key=lambda r: -r.weight))
    return tuple(dict.fromkeys(named))


def _stage(fired: list[Rule]) -> str:
    speaking = [rule for rule in fired if rule.weight > 0 and rule.stage]
    return max(speaking, key=lambda rule: rule.weight).stage if speaking else ""


def _advice(level: Level, types: tuple[tuple[str, float], ...]) -> str:
    if level in ("none", "low"):
        return level
    return types[0][0] if types else "other"
