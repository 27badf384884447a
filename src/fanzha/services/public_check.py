"""Use case: somebody from the public asks about a text, picture, link, number, account or offer.

Nothing is kept. Only `send_report`, which the visitor asks for after seeing what is kept, writes.
"""

from __future__ import annotations

import io
import re
import secrets
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import orjson

from fanzha.errors import UnreadableInput, UsageError
from fanzha.model.catalogue import Lang
from fanzha.model.chain import Fact
from fanzha.model.values import Phone
from fanzha.recognise.number import NumberVerdict, check_number
from fanzha.services.centre import Centre
from fanzha.services.check import Checked, check_picture, check_text

Kind = Literal["message", "number", "link", "account", "offer"]
LEVELS = ("none", "low", "medium", "high")
KINDS: tuple[Kind, ...] = ("message", "number", "link", "account", "offer")
MOST_CHARS = 20_000  # a long chat; what is longer is a document, not a message
MOST_NUMBER = 40
MOST_WIDTH = 960  # pixels; letters on a phone's photo stay readable and are read in time
REPORT_KIND = "public_report"
_DIGITS = re.compile(r"[+(]?[\d\s().+-]{3,30}")
_LINK = re.compile(r"(?i)(?:https?://\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+")
_BLANK = b64decode(  # 64 x 64 white pixels
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAK0lEQVR42u3MMREAAAgEoNf+nTWEmwcBqMlNRyAQCAQC"
    "gUAgEAgEAsHzYAFQLQF/OJ8+2wAAAABJRU5ErkJggg=="
)
LONGEST_PHONE = 15  # digits (ITU-T E.164)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """What was asked and what was found: a verdict on words, or on a number on a display."""

    kind: Kind
    text: str = field(repr=False)
    checked: Checked | None = None
    number: NumberVerdict | None = None

    @property
    def level(self) -> str:
        """How much to fear, from `none` to `high`; `none` never means safe."""
        if self.number is not None:
            return {"spoof": "high", "foreign": "low"}.get(self.number.outcome, "none")
        assert self.checked is not None  # one of the two
        verdict = self.checked.verdict
        odd = self.kind == "link" and any(i.anomalies for i in verdict.indicators)
        lure = self.checked.lure
        offered = lure.level if lure is not None else "none"
        return max(verdict.level, "medium" if odd else "none", offered, key=LEVELS.index)


def kind_of(text: str) -> Kind:
    """What a visitor who did not say so is asking about.

    >>> kind_of("+86 96110"), kind_of("6205500000000000004"), kind_of("www.icbc.example/a")
    ('number', 'account', 'link')
    >>> kind_of("Your parcel is held, pay here: www.icbc.example")
    'message'
    """
    bare = text.strip()
    if _DIGITS.fullmatch(bare):
        digits = sum(c.isdigit() for c in bare)
        return "number" if digits <= LONGEST_PHONE else "account"
    return "link" if _LINK.fullmatch(bare) else "message"


def ask(text: str, kind: str, country: str) -> PublicAnswer:
    """Answer about the text; `kind` as said, or empty to be told from the text.

    Raises `UsageError`: `check_empty`, `check_too_long`, and what the kernels refuse.
    """
    asked = text.strip()
    if not asked:
        raise UsageError("check_empty")
    if len(asked) > MOST_CHARS:
        raise UsageError("check_too_long", most=f"{MOST_CHARS:,}")
    meant = next((known for known in KINDS if known == kind), None) or kind_of(asked)
    if meant == "number" and len(asked) <= MOST_NUMBER:
        number = check_number(asked, home=country.upper())
        return PublicAnswer(kind=meant, text=asked, number=number)
    checked = check_text(asked, advert=meant == "offer")
    return PublicAnswer(kind=meant, text=asked, checked=checked)


def ask_picture(content: bytes) -> PublicAnswer:
    """Read a screenshot or photo and answer about its words; the picture is forgotten.

    Raises `UsageError` (`ocr_missing`) and `UnreadableInput` (`picture_unreadable`, …).
    """
    checked = check_picture(_narrow(content))
    return PublicAnswer(kind="message", text=checked.text, checked=checked)


def warm() -> None:
    """Read rules and models now, so that the first visitor does not wait for it."""
    from fanzha.recognise.picture.ocr import decode, read_lines

    check_text("")
    with suppress(UsageError):  # without the extra there is nothing to read
        read_lines(decode(_BLANK))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """What somebody sends when they press *send report*: exactly this is kept, and when it came."""

    text: str = field(repr=False)
    kind: str
    level: str
    contact: str = field(repr=False)
    name: str = field(default="", repr=False)
    paid: bool = False
    amount: str = ""
    paid_at: str = ""
    payee: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    lang: Lang = "en"
    country: str = "cn"

    def checked(self) -> PublicReport:
        """The same, once there is a way to call back; `UsageError` (`contact_missing`) else."""
        if not _EMAIL.fullmatch(self.contact):
            try:
                Phone.read(self.contact, self.country.upper())
            except UnreadableInput as unreadable:
                raise UsageError("contact_missing") from unreadable
        return self


def send_report(centre: Centre, report: PublicReport, now: datetime) -> str:
    """Keep the report as a fact of a case of its own; gives the number to tell the visitor.

    Whoever calls back finds it by its kind, `public_report`.
    """
    case_id = f"P{now.astimezone(centre.tz):%y%m%d}-{secrets.token_hex(3).upper()}"
    fact = Fact(
        kind=REPORT_KIND,
        source=f"{case_id}.json",
        received_at=now,
        payload=orjson.dumps(report.checked(), option=orjson.OPT_INDENT_2),
        media_type="application/json",
    )
    centre.casebook.append(case_id, [fact], now)
    return case_id


def _narrow(content: bytes) -> bytes:
    """The picture no wider than letters need, so that a photo is read in time."""
    from fanzha.recognise.picture.ocr import decode

    picture = decode(content)
    if picture.width <= MOST_WIDTH:
        return content
    height = max(1, round(picture.height * MOST_WIDTH / picture.width))
    narrow = io.BytesIO()
    picture.resize((MOST_WIDTH, height)).save(narrow, "BMP")
    return narrow.getvalue()
