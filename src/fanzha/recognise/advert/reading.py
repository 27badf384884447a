"""From the words of an advert to a level, with every word that speaks for and against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from fanzha.errors import UsageError
from fanzha.model.chain import Reason, Ref
from fanzha.recognise.advert.finding import Feature, Lure, Pay, Stop
from fanzha.recognise.advert.pay import Figure, find_pay, weight_of
from fanzha.recognise.advert.persons import Seen, refuse_list, without_persons
from fanzha.recognise.advert.route import Named, abroad, find_route, third_country
from fanzha.recognise.advert.tables import Sign, offers, signs
from fanzha.recognise.indicators import find_indicators
from fanzha.recognise.language import language
from fanzha.recognise.normalise import Normal, normalise
from fanzha.recognise.verdict import Indicator, Level

METHOD = "lure/1"
MOST_CHARACTERS = 50_000  # no advert is longer; the time grows with the length
MEDIUM, HIGH = 2.0, 4.0  # scores from which on the level holds
MOST_PROTECTION = 4.0  # nobody has verified what the advert claims for itself
MOST_AT_BORDER = 1.0  # in towns known for dens such claims are copied most
WARNINGS = ("warning_voice", "warning_advice")
CONTACTS = ("messenger", "phone", "email", "url", "domain")
NOTHING = "nothing_found"
_AROUND = frozenset(" \t\r\n*·・•-_|/\\~^=+#@.'\"`，,、")
_FREE_MAIL = re.compile(
    r"(?:gmail|googlemail|yahoo|hotmail|outlook|live|icloud|proton(?:mail)?|qq|163|126|139|sina|foxmail"
    r"|aol|gmx|mail|yandex)\.[a-z.]+"
)
_NEGATED = re.compile(
    r"(?:不|没有?|无|未|勿|别|拒绝|严禁|禁止|杜绝|不得|非|never|not|n't|\bno|without)"
    r"(?:[^,。;!?\na-z]{0,5}|\s(?:[a-z]{1,12}\s){0,3})$"
)


class _Advert(NamedTuple):
    """An advert as the rules read it, and the ways back to the text as given."""

    given: str
    seen: Seen
    normal: Normal
    route: list[Named]
    pay: Figure | None
    contacts: tuple[Indicator, ...]

    def feature(self, sign: Sign, start: int, end: int, weight: float | None = None) -> Feature:
        """A sign at a span of the undone text."""
        return self.at_given(sign, *self.span(start, end), weight)

    def at_given(self, sign: Sign, start: int, end: int, weight: float | None = None) -> Feature:
        quote = self.given[start:end]
        return Feature(sign.code, start, end, quote, sign.weight if weight is None else weight)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters as given behind a span of the undone text, without what was put around."""
        first, last = self.seen.span(*self.normal.span(start, end))
        while first < last - 1 and self.given[last - 1] in _AROUND:
            last -= 1
        while first < last - 1 and self.given[first] in _AROUND:
            first += 1
        return first, last


def check_advert(text: str) -> Lure:
    """What an offer of work, travel or quick money says that lures into scam dens say.

    Works on the words alone: it looks up no company, licence or address. Weights, phrases, places
    and medians are the YAML beside this module. Do not use it on people: a list of persons is
    refused, and what an advert says about who is wanted changes nothing.

    Raises `NotAllowed` (`people_not_scored`) and `UsageError` (`advert_too_long`).

    >>> lure = check_advert("缅北客服，日薪3000，包机票，无需学历，只加Telegram")
    >>> lure.level, [f.quote for f in lure.risk][2:5]
    ('high', ['客服', '日薪3000', '日薪3000'])
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError("advert_too_long", limit=MOST_CHARACTERS)
    refuse_list(text)
    advert = _read(text)
    risk, protective = _found(advert, "risk"), _found(advert, "protective")
    if not _offers(advert, risk):
        risk = ()
    level = _level(risk, protective)
    kinds = _kinds(advert, risk)
    return Lure(
        method=METHOD,
        reasons=_reasons((*risk, *protective)),
        level=level,
        kinds=kinds,
        risk=risk,
        protective=protective,
        pay=_pay(advert),
        route=tuple(_stop(advert, named) for named in advert.route),
        contacts=advert.contacts,
        advice=_advice(level, kinds),
    )


def _read(text: str) -> _Advert:
    seen = without_persons(text)
    normal = normalise(seen.text)
    route = find_route(seen.text, normal)
    countries = [n.place.country for n in route if n.role == "to"]
    pay = find_pay(normal.text, countries, language(seen.text))
    found = (i for i in find_indicators(seen.text) if i.kind in CONTACTS)
    contacts = tuple(_contact(text, seen, indicator) for indicator in found)
    return _Advert(text, seen, normal, route, pay, contacts)


def _found(advert: _Advert, side: str) -> tuple[Feature, ...]:
    """The features of one side in the order of the text."""
    phrased = (_phrased(advert, sign) for sign in signs(side).values() if sign.pattern)
    computed = _computed_risk(advert) if side == "risk" else _computed_protective(advert)
    found = [feature for feature in (*phrased, *computed) if feature is not None]
    best = {f.code: f for f in sorted(found, key=lambda f: -f.start)}
    if _by_messenger(advert):  # who warns gives no recruiter's account
        best = {code: f for code, f in best.items() if code not in WARNINGS}
    if "messenger_only" in best:
        best.pop("messenger_contact", None)
    return tuple(sorted(best.values(), key=lambda f: (f.start, f.end, f.code)))


def _phrased(advert: _Advert, sign: Sign) -> Feature | None:
    if sign.pattern is None or (sign.abroad and abroad(advert.route) is None):
        return None
    text = advert.normal.text
    for match in sign.pattern.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        if not (sign.negatable and _NEGATED.search(before)):
            return advert.feature(sign, *match.span())
    return None


def _computed_risk(advert: _Advert) -> Iterator[Feature]:
    known, route = signs("risk"), advert.route
    if away := abroad(route):
        yield advert.feature(known["work_abroad"], away.start, away.end)
    for named in route:
        if named.place.border and named.role != "from":
            yield advert.feature(known["border_town"], named.start, named.end)
    if third := third_country(route):
        yield advert.feature(known["third_country_route"], third.start, third.end)
    if advert.pay and (weight := weight_of(advert.pay.ratio)):
        sign = known["pay_above_median"]
        yield advert.feature(sign, advert.pay.start, advert.pay.end, weight)
    for contact in advert.contacts:
        if _by_messenger(advert):
            yield advert.at_given(known["messenger_contact"], contact.start, contact.end)


def _by_messenger(advert: _Advert) -> bool:
    return {contact.kind for contact in advert.contacts} == {"messenger"}


def _computed_protective(advert: _Advert) -> Iterator[Feature]:
    for contact in advert.contacts:
        domain = contact.value.rpartition("@")[2]
        if contact.kind == "email" and not _FREE_MAIL.fullmatch(domain):
            sign = signs("protective")["employer_domain"]
            yield advert.at_given(sign, contact.start, contact.end)


def _offers(advert: _Advert, risk: tuple[Feature, ...]) -> bool:
    """Whether the text offers anything: a town's name or free meals alone do not."""
    known = signs("risk")
    return any(known[f.code].kind for f in risk) or bool(offers().search(advert.normal.text))


def _level(risk: tuple[Feature, ...], protective: tuple[Feature, ...]) -> Level:
    if not risk:
        return "none"
    warnings = [f for f in protective if f.code in WARNINGS]
    if _warns(risk, warnings):
        return "none"
    claimed = sum(f.weight for f in protective if f.code not in WARNINGS)
    at_border = any(f.code == "border_town" for f in risk)
    score = sum(f.weight for f in risk)
    score -= min(claimed, MOST_AT_BORDER if at_border else MOST_PROTECTION)
    if any(signs("risk")[f.code].decisive for f in risk):
        return "medium" if warnings else "high"
    score -= sum(f.weight for f in warnings)
    return "high" if score >= HIGH else "medium" if score >= MEDIUM else "low"


def _warns(risk: tuple[Feature, ...], warnings: list[Feature]) -> bool:
    """Whether the text warns of such offers: it says who warns before it tells what of, and gives
    advice or an outcome. A lure that ends with "beware of fraud" does not."""
    first = min(f.start for f in risk)
    return len(warnings) == len(WARNINGS) and any(
        f.code == "warning_voice" and f.start <= first for f in warnings
    )


def _kinds(advert: _Advert, risk: tuple[Feature, ...]) -> tuple[str, ...]:
    known = signs("risk")
    found = dict.fromkeys(known[f.code].kind for f in risk if known[f.code].kind)
    if any(f.code == "work_abroad" for f in risk):
        found = {"overseas_job": None} | found
    elif not found and offers().search(advert.normal.text):
        found = {"job": None}
    return tuple(found)


_ADVICE = ("goip_hosting", "mule_recruitment", "smuggling", "courier", "task_job", "overseas_job")


def _advice(level: Level, kinds: tuple[str, ...]) -> str:
    if level == "none":
        return NOTHING
    if level == "low":
        return "verify_first"
    return next((kind for kind in _ADVICE if kind in kinds), "verify_first")


def _reasons(features: tuple[Feature, ...]) -> tuple[Reason, ...]:
    if not features:
        return (Reason(NOTHING),)  # the catalogue has it under `lure.`
    return tuple(
        Reason(f"feature_{f.code}", (Ref("advert", start=f.start, end=f.end),)) for f in features
    )


def _pay(advert: _Advert) -> Pay | None:
    if advert.pay is None:
        return None
    start, end = advert.span(advert.pay.start, advert.pay.end)
    ratio = round(advert.pay.ratio, 2)
    return Pay(start, end, advert.given[start:end], ratio, advert.pay.country)


def _stop(advert: _Advert, named: Named) -> Stop:
    start, end = advert.span(named.start, named.end)
    return Stop(named.role, named.place.name, named.place.country, start, end)


def _contact(given: str, seen: Seen, found: Indicator) -> Indicator:
    start, end = seen.span(found.start, found.end)
    return replace(found, display=given[start:end], start=start, end=end)
