"""A verdict as JSON and as lines for a person: the words that say so, and what to do now."""

from __future__ import annotations

from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.vocabulary import entry, label
from fanzha.present.words import visible
from fanzha.recognise.verdict import LEVELS, Evidence, Level, Verdict
from fanzha.services.check import Checked

MOST_REASONS = 6  # on a screen; the JSON has them all
MOST_QUOTES = 3  # for one reason
PASSING = ("amount", "date")  # said in passing: nobody is found by them
Json = dict[str, Any]


def check_json(checked: Checked, lang: Lang, country: str) -> Json:
    """The object that `fanzha check --json` prints and `/v1/check` answers."""
    body = verdict_json(checked.verdict, lang, country) | {"level": level_of(checked)}
    if checked.page is not None:
        from fanzha.present.page_view import page_json

        body |= page_json(checked.page, lang)
    if checked.lure is not None:
        from fanzha.present.advert_view import advert_json

        body["lure"] = advert_json(checked.lure, lang)
    if checked.picture is not None:
        body |= _picture_json(checked)
    return body


def level_of(checked: Checked) -> Level:
    """The higher of what the words ask for and what the advert offers."""
    found = [checked.verdict.level, *([checked.lure.level] if checked.lure else [])]
    return max(found, key=LEVELS.index)


def verdict_json(verdict: Verdict, lang: Lang, country: str) -> Json:
    """The verdict alone."""
    return {
        "level": verdict.level,
        "probability": round(verdict.probability, 4),
        "types": [{"code": code, "score": round(score, 4)} for code, score in verdict.types],
        "tactics": list(verdict.tactics),
        "stage": verdict.stage,
        "reasons": [_reason(evidence, lang) for evidence in verdict.evidence if evidence.quote],
        "indicators": [
            {
                "kind": found.kind,
                "value": found.value,
                "display": found.display,
                "start": found.start,
                "end": found.end,
                "anomalies": list(found.anomalies),
            }
            for found in verdict.indicators
        ],
        "advice": _advice(verdict, lang, country),
        "lang": verdict.lang,
    }


def check_lines(checked: Checked, lang: Lang, country: str) -> list[str]:
    """The verdict for a person at a terminal."""
    verdict = checked.verdict
    lines = [say(f"check.level_{level_of(checked)}", lang)]
    if verdict.types:
        names = ", ".join(label("scam_type", code, lang) for code, _ in verdict.types[:3])
        lines.append(say("check.types", lang, types=names))
    lines += [*_reasons(verdict, lang), *_found(verdict, lang)]
    advice = _advice(verdict, lang, country)
    lines += [advice["next_step"], *_numbers(advice, lang)]
    if checked.page is not None:
        from fanzha.present.page_view import page_lines

        lines += page_lines(checked.page, lang)
    if checked.lure is not None:
        from fanzha.present.advert_view import advert_lines

        lines += advert_lines(checked.lure, lang)
    return lines


def _reasons(verdict: Verdict, lang: Lang) -> list[str]:
    """One line for each thing seen, with the words that say it, the shorter ones left out."""
    quotes: dict[str, list[str]] = {}
    for evidence in verdict.evidence:
        if evidence.quote:
            quotes.setdefault(say(evidence.why, lang), []).append(evidence.quote)
    lines = []
    for why, said in list(quotes.items())[:MOST_REASONS]:
        kept = [q for q in dict.fromkeys(said) if not any(q in other != q for other in said)]
        shown = say("check.between", lang).join(visible(quote) for quote in kept[:MOST_QUOTES])
        lines.append(say("check.reason", lang, quote=shown, why=why))
    return lines


def _found(verdict: Verdict, lang: Lang) -> list[str]:
    """What can be reported or blocked, and what is odd about it."""
    odd = [
        say("check.reason", lang, quote=visible(found.display), why=say(f"anomaly.{code}", lang))
        for found in verdict.indicators
        for code in found.anomalies
    ]
    values = [visible(found.value) for found in verdict.indicators if found.kind not in PASSING]
    shown = ", ".join(dict.fromkeys(values))
    return [*odd, *([say("check.found", lang, values=shown)] if values else [])]


def _reason(evidence: Evidence, lang: Lang) -> Json:
    return {
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
        "why": say(evidence.why, lang),
        "code": evidence.why.removeprefix("why."),
        "weight": round(evidence.weight, 4),
    }


def _advice(verdict: Verdict, lang: Lang, country: str) -> Json:
    hotlines = entry("country", country).hotlines
    return {
        "code": verdict.advice,
        "next_step": say(f"advice.{verdict.advice}", lang),
        "official_numbers": [
            {"number": line.number, "purpose": line.purpose[lang]} for line in hotlines
        ],
        "already_paid": "" if verdict.level == "none" else say("check.already_paid", lang),
    }


def _numbers(advice: Json, lang: Lang) -> list[str]:
    said = [f"{line['number']} ({line['purpose']})" for line in advice["official_numbers"]]
    return [say("check.numbers", lang, numbers=", ".join(said))] if said else []


def _picture_json(checked: Checked) -> Json:
    picture = checked.picture
    assert picture is not None
    return {
        "text": picture.text,
        "turns": [{"side": turn.side, "text": turn.text} for turn in picture.turns],
        "boxes": [
            {"start": start, "end": end, "box": list(box)} for start, end, box in picture.boxes
        ],
        "qr": [{"payload": payload, "box": list(box)} for payload, box in picture.qr],
    }
