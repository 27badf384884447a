"""Shapes of statements as data: which header means which field, and which word means what.

A mapping is YAML. Keys, all optional but `fields`:

    name: my_bank                # shown in the table of sources
    sides: one                   # one: a statement of an account; two: debtor and creditor
    zone: Asia/Shanghai          # for instants without an offset, unless --tz says otherwise
    date_order: ymd              # or dmy, mdy
    currency: CNY                # where no column, preamble or header says
    currencies: {US Dollar: USD} # words to codes, added to those known
    instant: {epoch: 2024-01-01T00:00:00Z, step_seconds: 86400}   # whole steps instead of instants
    own: {account: "6205…", name: …, agent: …}                    # of the statement, if it says not
    fields:
      booked_at: timestamp                                # a header
      note: [memo, details]                               # several headers that mean the same
      debtor_account: {join: [from_bank, from_account], with: ":"}  # several columns, one value

Headers are compared without case, spaces, punctuation and bracketed units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from fanzha.errors import FanzhaError, UnreadableInput, VocabularyError
from fanzha.intake.statement.source import SourceFile
from fanzha.model.instant import parse_instant, zone
from fanzha.model.money import currency_code

MAX_MAPPING_BYTES = 262_144
_WHEN = ("booked_at", "date", "time", "zone")
_MORE = (
    "amount", "currency", "channel", "note", "serial", "fee", "status", "end_to_end_id",
)  # fmt: skip
ONE_SIDED = (
    *_WHEN, *_MORE, "account", "own_name", "own_agent", "counterparty_account",
    "counterparty_name", "counterparty_agent", "direction", "debit", "credit", "balance",
)  # fmt: skip
TWO_SIDED = (
    *_WHEN, *_MORE, "debtor_account", "creditor_account", "debtor_name", "creditor_name",
    "debtor_agent", "creditor_agent", "credited_amount", "credited_currency",
)  # fmt: skip
_ALWAYS = {
    "one": (("booked_at", "date"), ("amount", "debit", "credit")),
    "two": (("booked_at", "date"), ("amount",), ("debtor_account",), ("creditor_account",)),
}
_KEYS = {
    "name", "sides", "zone", "date_order", "currency", "currencies", "instant", "own", "fields",
    "requires",
}  # fmt: skip
WORD_LISTS = (
    "debit", "credit", "cash", "fee", "reversal", "void", "pending", "footer",
    "out_words", "in_words", "nothing", "own_account", "own_name", "own_agent", "currency_label",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field's value stands: one of several headers, or several joined into one value."""

    headers: tuple[str, ...]
    join: str | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Whole time steps since an epoch, as simulators write them."""

    epoch: datetime
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One shape of statement, ready for use."""

    name: str
    sides: str
    fields: Mapping[str, Column]
    requires: tuple[tuple[str, ...], ...]
    zone: ZoneInfo | None = None
    date_order: str = "ymd"
    currency: str = ""
    currencies: Mapping[str, str] = field(default_factory=dict)
    steps: Steps | None = None
    own: Mapping[str, str] = field(default_factory=dict)


_DROPPED = str.maketrans("", "", " \t\r\n\u3000_-/\\.,:;'\"*#()[]<>|&")


@lru_cache(maxsize=8192)
def plain(header: str) -> str:
    """A header or word reduced to what counts when comparing.

    >>> plain("Booked At"), plain("booked_at"), plain("收/支"), plain("交易金额（元）")
    ('bookedat', 'bookedat', '收支', '交易金额元')
    """
    return unicodedata.normalize("NFKC", header[:100]).casefold().translate(_DROPPED)


def bracketed(header: str) -> tuple[str, str]:
    """A header without its bracket, and what stood in the bracket.

    >>> bracketed("交易金额（元）"), bracketed("Amount [USD]")
    (('交易金额', '元'), ('Amount', 'USD'))
    """
    clean = unicodedata.normalize("NFKC", header[:100]).replace("[", "(").replace("]", ")")
    head, _, rest = clean.partition("(")
    return head.strip(), rest.partition(")")[0].strip()


@cache
def shapes() -> tuple[Shape, ...]:
    """The shapes that come with Fanzha, in the order in which they are tried."""
    folder = files(__package__) / "mappings"
    order = ("payments", "payments_cn", "alipay", "wechat", "bank_cn", "bank_en")
    return tuple(
        build(yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8")), f"{name}.yaml")
        for name in order
    )


@cache
def words() -> Mapping[str, frozenset[str]]:
    """The words that banks use for directions, cash, fees, reversals, footers."""
    loaded = _word_file()
    unknown = set(loaded) - {*WORD_LISTS, "currencies"}
    if unknown or set(WORD_LISTS) - set(loaded):
        raise VocabularyError("mapping_unreadable", path="words.yaml", why=", ".join(unknown))
    return {name: frozenset(plain(w) for w in loaded[name]) for name in WORD_LISTS}


@cache
def finder(name: str) -> re.Pattern[str]:
    """Finds a word of the list in casefolded text: Latin ones as whole words, others anywhere."""
    parts = [re.escape(word.casefold()) for word in _word_file()[name]]
    return re.compile(
        "|".join(rf"(?<![a-z0-9]){p}(?![a-z0-9])" if p.isascii() else p for p in parts)
    )


@cache
def currency_words() -> Mapping[str, str]:
    """What banks write for a currency, and its code."""
    return {plain(word): code for word, code in _word_file()["currencies"].items()}


@cache
def _word_file() -> dict[str, Any]:
    text = (files(__package__) / "mappings" / "words.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def load(source: SourceFile) -> Shape:
    """The mapping in a user's file.

    Raises `VocabularyError` that names the entry: an unknown key, a wrong value, no YAML at all.
    """
    if len(source.content) > MAX_MAPPING_BYTES:
        raise VocabularyError("mapping_unreadable", path=source.name, why="> 256 KiB")
    try:
        # The pure loader on purpose: deep nesting ends in RecursionError, not in a dead process.
        said = yaml.load(source.content.decode("utf-8-sig"), yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as broken:
        why = str(getattr(broken, "problem_mark", None) or type(broken).__name__).strip()
        raise VocabularyError("mapping_unreadable", path=source.name, why=why) from broken
    return build(said, source.name)


def build(said: object, path: str) -> Shape:
    """Check what a mapping says and make it ready; unknown keys are refused."""
    check = _Check(path)
    data = check.keys(said, _KEYS, "")
    sides = check.one_of(data.get("sides", "one"), ("one", "two"), "sides")
    known = ONE_SIDED if sides == "one" else TWO_SIDED
    columns = {
        name: check.column(value, f"fields.{name}")
        for name, value in check.keys(data.get("fields"), set(known), "fields").items()
    }
    requires = check.requires(data.get("requires", []), known)
    return Shape(
        name=check.text(data.get("name", path), "name"),
        sides=sides,
        fields=columns,
        requires=_ALWAYS[sides] + requires,
        zone=check.zone(data.get("zone")),
        date_order=check.one_of(data.get("date_order", "ymd"), ("ymd", "dmy", "mdy"), "date_order"),
        currency=check.code(data["currency"], "currency") if "currency" in data else "",
        currencies=check.currencies(data.get("currencies", {})),
        steps=check.steps(data.get("instant")),
        own=check.own(data.get("own", {})),
    )


class _Check:
    """Reads the entries of one mapping file and names the entry that is wrong."""

    def __init__(self, path: str) -> None:
        self.path = path

    def wrong(self, entry: str) -> VocabularyError:
        return VocabularyError("mapping_unreadable", path=self.path, why=entry[:200])

    def keys(self, said: object, known: set[str], where: str) -> dict[str, Any]:
        if not isinstance(said, dict):
            raise self.wrong(where or "?")
        for key in said:
            if key not in known:
                raise self.wrong(f"{where}.{key}".lstrip("."))
        return said

    def text(self, said: object, entry: str) -> str:
        if isinstance(said, bool) or not isinstance(said, str | int) or not str(said).strip():
            raise self.wrong(entry)
        return str(said)

    def texts(self, said: object, entry: str) -> tuple[str, ...]:
        several = said if isinstance(said, list) else [said]
        if not several:
            raise self.wrong(entry)
        return tuple(self.text(one, entry) for one in several)

    def one_of(self, said: object, known: Sequence[str], entry: str) -> str:
        if said not in known:
            raise self.wrong(f"{entry}: {said}")
        return str(said)

    def column(self, said: object, entry: str) -> Column:
        if not isinstance(said, dict):
            return Column(tuple(plain(one) for one in self.texts(said, entry)))
        parts = self.keys(said, {"join", "with"}, entry)
        headers = self.texts(parts.get("join"), f"{entry}.join")
        glue = parts.get("with", ":")
        if not isinstance(glue, str):
            raise self.wrong(f"{entry}.with")
        return Column(tuple(plain(one) for one in headers), glue)

    def requires(self, said: object, known: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        if not isinstance(said, list):
            raise self.wrong("requires")
        groups = tuple(self.texts(group, "requires") for group in said)
        if any(name not in known for group in groups for name in group):
            raise self.wrong("requires")
        return groups

    def zone(self, said: object) -> ZoneInfo | None:
        if said is None:
            return None
        try:
            return zone(self.text(said, "zone"))
        except FanzhaError as unknown:
            raise self.wrong(f"zone: {said}") from unknown

    def code(self, said: object, entry: str) -> str:
        try:
            return currency_code(self.text(said, entry))
        except UnreadableInput as garbled:
            raise self.wrong(f"{entry}: {said}") from garbled

    def currencies(self, said: object) -> dict[str, str]:
        if not isinstance(said, dict):
            raise self.wrong("currencies")
        return {
            plain(self.text(word, "currencies")): self.code(code, f"currencies.{word}")
            for word, code in said.items()
        }

    def own(self, said: object) -> dict[str, str]:
        entries = self.keys(said, {"account", "name", "agent"}, "own")
        return {key: self.text(value, f"own.{key}") for key, value in entries.items()}

    def steps(self, said: object) -> Steps | None:
        if said is None:
            return None
        parts = self.keys(said, {"epoch", "step_seconds"}, "instant")
        seconds, epoch = parts.get("step_seconds"), parts.get("epoch")
        if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
            raise self.wrong("instant.step_seconds")
        if isinstance(epoch, datetime):
            epoch = epoch.isoformat()
        try:
            at, _, assumed = parse_instant(self.text(epoch, "instant.epoch"), ZoneInfo("UTC"))
        except UnreadableInput as garbled:
            raise self.wrong(f"instant.epoch: {epoch}") from garbled
        del assumed  # an epoch without an offset is UTC
        return Steps(at, seconds)
