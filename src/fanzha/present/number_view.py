"""What the caller desk found, as JSON and as lines for a person."""

from __future__ import annotations

from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.chain import Reason
from fanzha.model.vocabulary import vocabulary
from fanzha.recognise.number import NumberVerdict

Json = dict[str, Any]


def number_json(verdict: NumberVerdict, lang: Lang) -> Json:
    """The object that `fanzha check --number --json` prints."""
    return {
        "number_display": verdict.number_display,
        "e164": verdict.e164,
        "outcome": verdict.outcome,
        "label": verdict.label,
        "country": country_name(verdict.label, lang),
        "reasons": [
            {"code": reason.code, "text": _reason_text(reason, lang)} for reason in verdict.reasons
        ],
        "verify": {"code": verdict.verify, "call": verdict.call, "text": _verify(verdict, lang)},
        "emergency": verdict.emergency,
        "method": verdict.method,
    }


def number_lines(verdict: NumberVerdict, lang: Lang) -> list[str]:
    """The outcome first, why, and what to do last."""
    shown = " ".join(verdict.number_display.split())
    lines = [f"{shown}: {say(f'number.outcome_{verdict.outcome}', lang)}"]
    if verdict.label:
        name = country_name(verdict.label, lang)
        lines.append(f"{say('number.country', lang)}: {name} ({verdict.label})")
    lines += [_reason_text(reason, lang) for reason in verdict.reasons]
    if verdict.emergency:
        lines.append(say("number.emergency", lang))
    return [*lines, _verify(verdict, lang)]


def country_name(code: str, lang: Lang) -> str:
    """The country's name where its profile is at hand, else its code.

    >>> country_name("GB", "zh-Hans"), country_name("FR", "en")
    ('英国', 'FR')
    """
    profile = vocabulary("country").get(code.lower())
    return profile.label[lang] if profile else code


def _reason_text(reason: Reason, lang: Lang) -> str:
    values = dict(reason.values)
    if country := values.get("country"):
        values["country"] = country_name(str(country), lang)
    return say(f"number.{reason.code}", lang, **values)


def _verify(verdict: NumberVerdict, lang: Lang) -> str:
    return say(f"number.verify_{verdict.verify}", lang, call=verdict.call)
