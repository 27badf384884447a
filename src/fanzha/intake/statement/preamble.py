"""The lines above the rows: whose account, whose bank, which currency."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from fanzha.errors import UnreadableInput
from fanzha.intake.statement.cells import account, currency_reader, phrase
from fanzha.intake.statement.header import Layout
from fanzha.intake.statement.mapping import plain, words
from fanzha.intake.statement.one_sided import Own
from fanzha.intake.statement.table import Row

_LABELS = {
    "own_account": "account",
    "own_name": "name",
    "own_agent": "agent",
    "currency_label": "currency",
}
_BANK = re.compile(r"([\u4e00-\u9fff]{2,10}?银行)|\b((?:[A-Z][\w&]{0,20} ){1,4}Bank)\b")
_MAX_CELL = 400
_MAX_LABEL = 40


def own_of(above: Iterable[Row], layout: Layout) -> Own:
    """What the lines above the header say of the statement's own account.

    The mapping's `own` fills what they do not say. A value that cannot be read is not taken.
    """
    shape = layout.shape
    said: dict[str, str] = {}
    title = ""
    for row in above:
        if isinstance(row, list):
            for key, value in labelled(row).items():
                said.setdefault(key, value)
            title = title or _bank(row)
    number = clean_account(said.get("account", ""))
    own = Own(
        account=number or clean_account(shape.own.get("account", "")),
        name=said.get("name") or shape.own.get("name", ""),
        agent=shape.own.get("agent") or said.get("agent") or title,
    )
    own.currency = _currency(said.get("currency", ""), layout) or layout.unit or shape.currency
    return own


def labelled(row: Sequence[str]) -> dict[str, str]:
    """What a line says behind labels: `账号：6205… 户名：…`, in one cell or in two.

    >>> labelled(["卡号: 6205500000000000004  户名: 张三", "币种", "人民币"])
    {'account': '6205500000000000004', 'name': '张三', 'currency': '人民币'}
    """
    found: dict[str, str] = {}
    cells = [unicodedata.normalize("NFKC", cell[:_MAX_CELL]).strip() for cell in row[:40]]
    for at, cell in enumerate(cells):
        for key, value in _pairs(cell):
            value = value or next((c for c in cells[at + 1 :] if c), "")
            if value and plain(value) not in _label():
                found.setdefault(key, phrase(value))
    return found


def _pairs(cell: str) -> Iterator[tuple[str, str]]:
    """The labels of one cell and what stands behind each, up to the next label."""
    if plain(cell) in _label():
        yield _label()[plain(cell)], ""
        return
    pieces = cell.split(":")
    for at, piece in enumerate(pieces[:-1]):
        words = piece[-_MAX_LABEL:].split()
        keys = (_label().get(plain(" ".join(words[-n:]))) for n in (3, 2, 1))
        key = next(filter(None, keys), None)
        if key:
            yield key, _value(pieces[at + 1 :])


def _value(pieces: Sequence[str]) -> str:
    """The text up to the next label; a colon behind a digit belongs to the text (14:02)."""
    value = pieces[0]
    for more in pieces[1:4]:
        if not value[-1:].isdigit():
            words = value.split()
            value = " ".join(words[:-1])
            break
        value = f"{value}:{more}"
    return value.strip(" ;,[]")


@cache
def _label() -> dict[str, str]:
    return {word: key for name, key in _LABELS.items() for word in words()[name]}


def _bank(row: Sequence[str]) -> str:
    for cell in row[:10]:
        match = _BANK.search(cell[:_MAX_CELL])
        if match:
            return match[0]
    return ""


def clean_account(text: str) -> str:
    """An account number behind a label, "" where it is none."""
    try:
        return account(text)
    except UnreadableInput:
        return ""


def _currency(text: str, layout: Layout) -> str:
    try:
        return currency_reader(layout.shape)(text) if text else ""
    except UnreadableInput:
        return ""
