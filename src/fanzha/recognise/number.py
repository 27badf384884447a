"""The caller desk: what a displayed number can be, given the way the call came in.

It judges the *display*, never the caller: what a phone shows is what the network was told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

from fanzha.errors import UnreadableInput, UsageError
from fanzha.model.chain import Finding, Reason
from fanzha.model.values import Phone
from fanzha.model.values.cleaning import cleaned
from fanzha.recognise.service_numbers import (
    ShortNumbers,
    behind_area,
    behind_prefix,
    countries,
    short_numbers,
)

METHOD = "caller_id/1"
Outcome = Literal["spoof", "plausible", "allow", "foreign", "unknown"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TRUNKS = ("", "intl", "domestic")
_SUBSCRIBER = re.compile(r"|home|unknown|roaming:[A-Z]{2}")
_SEPARATORS = re.compile(r"[\s\-().]")
_DIALLED = re.compile(r"\+?[0-9]{2,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberVerdict(Finding):
    """Whether a displayed number can be what it seems. No outcome says that a call is harmless.

    `spoof`: the display is faked. `plausible`: it can be the public number it shows, and must be
    called back to know. `allow`: the network's own data agree, so do not block. `foreign`: show the
    country (`label`, ISO 3166). `unknown`: nothing speaks against it, and nothing for it.
    `verify` is a key of the catalogue under `number.verify_`, `call` the number to dial oneself.
    `emergency` numbers are never blocked, whatever the outcome.
    """

    kind: ClassVar[str] = "number"
    number_display: str = field(repr=False)
    e164: str = field(repr=False)  # "" for a short number, true or faked: it has no such form
    outcome: Outcome
    label: str
    verify: str
    call: str = ""
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """A call as the desk sees it: the display, and what the network says about it."""

    shown: str
    phone: Phone | None
    trunk: str
    subscriber: str
    short: ShortNumbers

    @property
    def country(self) -> str:
        return _country(self.phone) if self.phone and not self.phone.service else ""

    @property
    def at_home(self) -> bool:
        return self.subscriber in ("home", f"roaming:{self.short.country}")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a rule says: the outcome, its reasons and what to do."""

    outcome: Outcome
    verify: str
    reasons: tuple[Reason, ...]
    call: str = ""


def check_number(
    number: str, *, trunk: str = "", subscriber: str = "", home: str = "CN"
) -> NumberVerdict:
    """What can be said of a number on the display of a phone in `home` (ISO 3166).

    `trunk` is the way in that the operator saw (`intl`, `domestic`), `subscriber` where its home
    register has the number (`home`, `roaming:TH`, `unknown`); leave empty what nobody looked up.
    A call forwarded abroad and back looks like a spoof: call the number back before acting on one.
    Rules after art. 13 of the Anti-Telecom and Online Fraud Law of China and the 96110 notice.

    Raises `UsageError`: `number_trunk_unknown`, `number_subscriber_unknown`, `number_home_unknown`.

    >>> check_number("0096110").outcome, check_number("02596110").outcome
    ('spoof', 'plausible')
    >>> check_number("0044 7700 900123").label
    'GB'
    >>> check_number("+86 139 0000 0000", trunk="intl", subscriber="roaming:TH").outcome
    'allow'
    """
    call = _call(number, trunk, subscriber, home)
    said = next(said for rule in _RULES if (said := rule(call)))
    phone = None if said.call or (call.phone and call.phone.service) else call.phone
    return NumberVerdict(
        method=METHOD,
        reasons=said.reasons,
        number_display=number,
        e164=phone.number if phone else "",
        outcome=said.outcome,
        label=call.country if phone else "",
        verify=said.verify,
        call=said.call,
        emergency=(behind_area(call.shown, call.short) or call.shown) in call.short.emergency,
    )


def _call(number: str, trunk: str, subscriber: str, home: str) -> _Call:
    if trunk not in TRUNKS:
        raise UsageError("number_trunk_unknown", trunk=trunk, known=", ".join(TRUNKS[1:]))
    if not _SUBSCRIBER.fullmatch(subscriber):
        raise UsageError("number_subscriber_unknown", subscriber=subscriber)
    short = short_numbers(home)
    if short is None:
        raise UsageError("number_home_unknown", home=home, known=", ".join(countries()))
    shown = _shown(number)
    return _Call(shown, _phone(shown, home), trunk, subscriber, short)


def _shown(number: str) -> str:
    """The digits with their `+`, or "" where the display is no number."""
    try:
        shown = _SEPARATORS.sub("", cleaned(number, "phone_unreadable"))
    except UnreadableInput:
        return ""
    return shown if _DIALLED.fullmatch(shown) else ""


def _phone(shown: str, home: str) -> Phone | None:
    try:
        return Phone.read(shown, home)
    except UnreadableInput:
        return None


def _country(phone: Phone) -> str:
    """The country of the number; of a range nobody assigned, the first that has its code."""
    import phonenumbers

    if phone.country:
        return phone.country
    code = phonenumbers.parse(phone.number).country_code or 0
    region = phonenumbers.region_code_for_country_code(code)
    return region if region.isalpha() and region != "ZZ" else ""


def _no_number(call: _Call) -> _Said | None:
    if call.shown:
        return None
    return _Said("unknown", "ask_source", (Reason("not_a_number"),))


def _faked_short(call: _Call) -> _Said | None:
    inside = behind_prefix(call.shown, call.short)
    if not inside:
        return None
    return _Said("spoof", "call_it", (Reason("service_behind_prefix", (), _of(inside)),), inside)


def _short(call: _Call) -> _Said | None:
    behind = behind_area(call.shown, call.short)
    number = behind or (call.shown if call.short.has(call.shown) else "")
    if not number:
        return None
    if call.trunk == "intl":
        return _Said("spoof", "call_it", (Reason("service_from_abroad", (), _of(number)),), number)
    code = "service_with_area" if behind else "service_number"
    return _Said("plausible", "call_it", (Reason(code, (), _of(number)),), number)


def _home_from_abroad(call: _Call) -> _Said | None:
    if call.country != call.short.country or call.trunk != "intl" or call.phone is None:
        return None
    if not _mobile(call.phone):
        return _Said("spoof", "call_back", (Reason("fixed_line_abroad"),))
    if call.at_home:
        return _Said("spoof", "call_back", (Reason("home_attached_abroad"),))
    if call.subscriber.startswith("roaming:"):
        where = {"country": call.subscriber.partition(":")[2]}
        return _Said("allow", "stay_careful", (Reason("roaming_agrees", (), where),))
    return _Said("unknown", "ask_network", (Reason("roaming_not_known"),))


def _foreign(call: _Call) -> _Said | None:
    if call.country in ("", call.short.country):
        return None
    reasons = [Reason("foreign_country", (), {"country": call.country})]
    if call.trunk == "domestic":
        reasons.append(Reason("foreign_on_domestic_trunk"))
    return _Said("foreign", "foreign_caller", tuple(reasons))


def _nothing_known(call: _Call) -> _Said:
    code = "nothing_known" if call.phone else "not_in_plan"
    return _Said("unknown", "ask_source", (Reason(code),))


def _mobile(phone: Phone) -> bool:
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    kind = phonenumbers.number_type(phonenumbers.parse(phone.number))
    return kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)


def _of(number: str) -> dict[str, object]:
    return {"number": number}


_RULES: tuple[Callable[[_Call], _Said | None], ...] = (
    _no_number,
    _faked_short,
    _short,
    _home_from_abroad,
    _foreign,
    _nothing_known,
)
