"""What the reading of an advert found, as JSON and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.vocabulary import vocabulary
from fanzha.present.number_view import country_name
from fanzha.recognise.advert import Feature, Lure, Stop

Json = dict[str, Any]
CALLED_FIRST = ("cn", "hk")  # whose lines help residents abroad; then those of the way itself


def advert_json(lure: Lure, lang: Lang) -> Json:
    """The object that `fanzha check --advert --json` prints under `lure`."""
    return {
        "level": lure.level,
        "level_text": say(f"lure.level_{lure.level}", lang),
        "kinds": [{"code": kind, "text": say(f"lure.kind_{kind}", lang)} for kind in lure.kinds],
        "risk": [_feature(feature, lang) for feature in lure.risk],
        "protective": [_feature(feature, lang) for feature in lure.protective],
        "pay": _pay(lure, lang),
        "route": [_stop(stop, lang) for stop in lure.route],
        "contacts": [
            {"kind": c.kind, "value": c.value, "display": c.display, "start": c.start, "end": c.end}
            for c in lure.contacts
        ],
        "advice": {
            "code": lure.advice,
            "recruit": say(f"lure.advice_{lure.advice}", lang),
            "family": say(f"lure.family_{lure.advice}", lang),
            "hotlines": _hotlines(lure, lang),
        },
        "method": lure.method,
    }


def advert_lines(lure: Lure, lang: Lang) -> list[str]:
    """The level first, the words that say so, and last what to do and whom to call."""
    lines = [f"{say('lure.title', lang)}: {say(f'lure.level_{lure.level}', lang)}"]
    if lure.kinds:
        kinds = ", ".join(say(f"lure.kind_{kind}", lang) for kind in lure.kinds)
        lines.append(say("lure.kinds", lang, kinds=kinds))
    lines += _said("lure.risk", lure.risk, lang)
    lines += _said("lure.protective", lure.protective, lang)
    if lure.pay:
        ratio = f"{lure.pay.ratio:.1f}"
        lines.append(say("lure.pay", lang, quote=_line(lure.pay.quote), ratio=ratio))
    if lure.route:
        way = ", ".join(
            say(f"lure.stop_{stop.role}", lang, place=stop.place) for stop in lure.route
        )
        lines.append(say("lure.route", lang, route=way))
    if lure.contacts:
        shown = ", ".join(_line(contact.display) for contact in lure.contacts)
        lines.append(say("lure.contacts", lang, contacts=shown))
    return [*lines, *_advice(lure, lang)]


def _advice(lure: Lure, lang: Lang) -> Iterable[str]:
    for reader, advice in (("for_recruit", "advice"), ("for_family", "family")):
        text = say(f"lure.{advice}_{lure.advice}", lang)
        yield f"{say(f'lure.{reader}', lang)}: {text}"
    if lure.level != "none":
        numbers = ", ".join(f"{h['number']} ({h['purpose']})" for h in _hotlines(lure, lang))
        yield say("lure.hotlines", lang, numbers=numbers)


def _said(heading: str, features: tuple[Feature, ...], lang: Lang) -> list[str]:
    if not features:
        return []
    lines = [
        "  "
        + say(
            "lure.feature",
            lang,
            quote=_line(feature.quote),
            text=say(f"lure.feature_{feature.code}", lang),
        )
        for feature in features
    ]
    return [f"{say(heading, lang)}:", *lines]


def _feature(feature: Feature, lang: Lang) -> Json:
    return {
        "code": feature.code,
        "start": feature.start,
        "end": feature.end,
        "quote": feature.quote,
        "weight": feature.weight,
        "text": say(f"lure.feature_{feature.code}", lang),
    }


def _pay(lure: Lure, lang: Lang) -> Json | None:
    if lure.pay is None:
        return None
    pay, country = lure.pay, lure.pay.country.upper()
    return {
        "start": pay.start,
        "end": pay.end,
        "quote": pay.quote,
        "ratio": pay.ratio,
        "compared_with": country_name(country, lang) if country else "",
        "verified": False,
    }


def _stop(stop: Stop, lang: Lang) -> Json:
    country = stop.country.upper()
    return {
        "role": stop.role,
        "place": stop.place,
        "country": country,
        "country_name": country_name(country, lang) if country else "",
        "start": stop.start,
        "end": stop.end,
    }


def _hotlines(lure: Lure, lang: Lang) -> list[Json]:
    """Official numbers of the home countries, then of the countries on the way."""
    known = vocabulary("country")
    codes = dict.fromkeys((*CALLED_FIRST, *(stop.country for stop in lure.route)))
    return [
        {"country": code.upper(), "number": line.number, "purpose": line.purpose[lang]}
        for code in codes
        if code in known
        for line in known[code].hotlines
    ]


def _line(quote: str) -> str:
    return " ".join(quote.split())
