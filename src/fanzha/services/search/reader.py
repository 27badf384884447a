"""What each record of a casebook holds that somebody may look for, as lines with their marks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from fanzha.casebook import Record
from fanzha.casebook.grams import plain
from fanzha.casebook.search import Mark, Place
from fanzha.model.money import show, to_major
from fanzha.recognise.indicators import find_indicators

VERSION = 1  # raise it when the lines or marks below change: indexes are then made anew
MAX_CHARS = 100_000  # of one text; the rest of a longer one is not searched
MAX_LINES = 20_000  # of one record
TABLES = {
    "statement", "payments", "thefts", "balances", "terminals", "institutions", "carriers",
    "mapping",
}  # fmt: skip  # their rows lie in the ledger; what was traced is found by the trace
LEDGERS = {"restitution"}  # actions whose note is a program's and for no reader
CODES = {"kind", "method", "code", "rule", "state", "level", "tier", "fields"}
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_URL = re.compile(r"https?://[^\s，。；、“”<>\"']+", re.IGNORECASE)
_DAY = re.compile(r"(\d{4}|-)-(\d\d-\d\d)")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


def reader(tz: tzinfo) -> Callable[[Record, bytes], Iterator[Place]]:
    """How records are read into the index; days are those of the zone `tz`."""

    def read(record: Record, payload: bytes) -> Iterator[Place]:
        yield from _bounded(_places(record, payload, tz))

    return read


def version(tz: tzinfo) -> str:
    """What the index must have been made with to be used."""
    return f"{VERSION}/{tz}"


def amount_mark(text: str) -> str:
    """A sum of money in major units, however it is written and in whatever currency.

    >>> amount_mark("300000.00"), amount_mark("49800.50 CNY")
    ('a:300000', 'a:49800.5')
    """
    figure = _FIGURE.match(text)
    whole, _, rest = (figure[0] if figure else "").partition(".")
    rest = rest.rstrip("0")
    return f"a:{whole.lstrip('0') or '0'}{'.' if rest else ''}{rest}"


def day_marks(text: str) -> tuple[str, ...]:
    """A day (ISO 8601, `--05-14` without its year), the same day of any year, and both months.

    >>> day_marks("2024-05-14T14:02"), day_marks("--05-14")
    (('d:2024-05-14', 'd:05-14', 'd:2024-05', 'd:05'), ('d:05-14', 'd:05'))
    """
    day = _DAY.match(text)
    if day is None:
        return ()
    of_any = (f"d:{day[2]}", f"d:{day[2][:2]}")
    if day[1] == "-":
        return of_any
    return (f"d:{day[1]}-{day[2]}", of_any[0], f"d:{day[1]}-{day[2][:2]}", of_any[1])


def name_mark(text: str) -> str:
    """A Chinese name whichever of its characters comes first; empty for other text.

    >>> name_mark("張偉") == name_mark("伟张"), name_mark("Zhang Wei")
    (True, '')
    """
    folded = plain(text)
    return f"n:{''.join(sorted(folded))}" if _HAN_NAME.fullmatch(folded) else ""


class _Line:
    """Values side by side, each marked by what it is."""

    def __init__(self, tz: tzinfo) -> None:
        self._tz = tz
        self._text = ""
        self._marks: list[Mark] = []

    def say(self, value: object, *marks: str) -> None:
        text = str(value or "").strip()
        if text:
            start = len(self._text) + (3 if self._text else 0)
            self._text += f"{' · ' if self._text else ''}{text}"
            self._marks += [Mark(m, start, start + len(text)) for m in marks if m]

    def name(self, value: object) -> None:
        self.say(value, name_mark(str(value or "")))

    def money(self, minor: int | None, currency: str) -> None:
        if minor is not None:
            self.say(show(minor, currency).strip(), amount_mark(to_major(abs(minor), currency)))

    def at(self, instant: str | datetime | None) -> None:
        if instant:
            moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
            local = f"{moment.astimezone(self._tz):%Y-%m-%d %H:%M}"
            self.say(local, *day_marks(local))

    def place(self, what: str) -> Iterator[Place]:
        if self._text:
            yield Place(what, self._text, tuple(self._marks))


def _bounded(places: Iterable[Place]) -> Iterator[Place]:
    seen: set[tuple[str, str]] = set()
    for place in places:
        if (place.what, place.text) not in seen and len(seen) < MAX_LINES:
            seen.add((place.what, place.text))
            yield place


def _places(record: Record, payload: bytes, tz: tzinfo) -> Iterator[Place]:
    if record.type == "fact":
        yield from _fact(record, payload)
        return
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):  # the chain is checked elsewhere; here it is not found
        return
    if record.type == "action":
        yield from _action(said, tz)
    else:
        yield from _FINDINGS.get(record.kind, _any_finding)(said, tz)


def _fact(record: Record, payload: bytes) -> Iterator[Place]:
    yield Place("file", str(record.metadata["source"]))
    media = str(record.metadata["media_type"])
    readable = media.startswith("text/") or media == "application/json" or record.kind == "report"
    if record.kind not in TABLES and readable:
        text = _decoded(payload[: 4 * MAX_CHARS])
        yield from _words(_said(text) if media == "application/json" else text)


def _said(text: str) -> str:
    """The texts in a JSON document, one to a line; what is no JSON as it stands."""
    try:
        return "\n".join(_texts(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _decoded(payload: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            continue
    return payload.decode("utf-8", "replace")


def _words(text: str, what: str = "words") -> Iterator[Place]:
    """Free text with the sums and days that are named in it; addresses are made harmless."""
    shown = _URL.sub(lambda m: _harmless(m[0]), text[:MAX_CHARS]).strip()
    marks: list[Mark] = []
    for found in find_indicators(shown):
        values = day_marks(found.value) if found.kind == "date" else ()
        if found.kind == "amount":
            values = (amount_mark(found.value),)
        marks += [Mark(value, found.start, found.end) for value in values]
    if shown:
        yield Place(what, shown, tuple(marks))


def _harmless(address: str) -> str:
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    scheme = scheme.lower().replace("tt", "xx")
    return f"{scheme}://{host.replace('.', '[.]')}{slash}{path}"


def _action(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    line = _Line(tz)
    for name in ("on", "who", "legal_basis"):
        line.say(said[name])
    line.money(said["amount"], said["currency"])
    line.at(said["at"])
    yield from line.place("action")
    if said["kind"] not in LEDGERS:
        yield from _words(said["note"], "note")


def _report(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    caller = _Line(tz)
    caller.name(said["caller_name"])
    for name in ("caller_phone", "locality"):
        caller.say(said[name])
    caller.at(said["received_at"])
    yield from caller.place("caller")
    for transfer in said["transfers"]:
        line = _Line(tz)
        line.name(transfer["payee_name"])
        for name in ("payee_account", "payee_bank", "victim_bank", "victim_account", "reference"):
            line.say(transfer[name])
        line.money(transfer["amount"], transfer["currency"])
        line.at(transfer["at"])
        yield from line.place("transfer")


def _trace(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    for holding in said["holdings"]:
        line = _Line(tz)
        number, currency = holding["account"]
        line.say(number)
        line.say(holding["theft_id"])
        line.money(holding["amount"], currency)
        line.at(holding["last_credit_at"])
        yield from line.place("traced")
    for alternative in said["alternatives"]:
        carrier = alternative["carrier"]
        line = _Line(tz)
        line.say(carrier["account"])
        line.say(carrier["carrier"])
        line.money(carrier["carrier_amount"], carrier["carrier_currency"])
        line.at(carrier["booked_at"])
        yield from line.place("traced")


def _hold_plan(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    for hold in said["holds"]:
        line = _Line(tz)
        number, currency = hold["account"]
        line.say(hold["hold_id"])
        line.say(number)
        line.name(hold["payee_name"])
        line.say(hold["institution"])
        line.money(hold["cap"], currency)
        yield from line.place("hold")
        for payment in hold["credits"]:
            yield from _payment(payment, tz)


def _payment(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    line = _Line(tz)
    for side in ("debtor", "creditor"):
        line.name(said[f"{side}_name"])
        line.say(said[f"{side}_account"])
        line.say(said[f"{side}_agent"])
    line.money(said["amount"], said["currency"])
    line.at(said["booked_at"])
    for name in ("channel", "note", "serial"):
        line.say(said[name])
    yield from line.place("payment")


def _return_plan(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    number, currency = said["account"]
    for share in said["shares"]:
        line = _Line(tz)
        line.say(number)
        line.say(share["theft_id"])
        line.money(share["amount"], currency)
        yield from line.place("return")


def _appeal(said: Mapping[str, Any], tz: tzinfo) -> Iterator[Place]:
    number, currency = said["account"]
    line = _Line(tz)
    line.say(number)
    for name in ("frozen", "release_now", "decide"):
        line.money(said[name], currency)
    line.at(said["at"])
    yield from line.place("appeal")


def _any_finding(said: Mapping[str, Any], _: tzinfo) -> Iterator[Place]:
    """The texts of a finding of another kind."""
    for text in _texts(said):
        yield from _words(text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if key not in CODES and key != "reasons":
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


_FINDINGS: Mapping[str, Callable[[Mapping[str, Any], tzinfo], Iterator[Place]]] = {
    "report": _report,
    "trace": _trace,
    "hold_plan": _hold_plan,
    "return_plan": _return_plan,
    "appeal": _appeal,
}
