"""Statements of fictional banks: each bank's own customers only, in four shapes that banks use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from openpyxl import Workbook

from fanzha.money.town import ATM, CASH, CURRENCIES, LOCAL, OUTSIDE, SECOND, Town
from fanzha.services.generate.files import currencies, yuan
from fanzha.services.generate.run import Batch, Run

MOST_IN_WORKBOOK = 20_000  # rows; a larger statement of that bank is text
CHINESE = ("转账", "消费", "工资", "水电缴费", "ATM", "货款", "购汇", "跨境汇款", "退款")
ENGLISH = (
    "Transfer", "Purchase", "Salary", "Utility bill", "ATM", "Trade", "Exchange", "Remittance",
    "Refund",
)  # fmt: skip
DRAWN, PAID_IN = ("ATM取款", "ATM withdrawal"), ("ATM存款", "Cash deposit")
BANK_NAMES = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a statement: `signed` is negative where money left the account."""

    at: int  # seconds since the epoch
    account: str
    other: str
    other_name: str
    signed: int
    balance: int
    currency: str
    said: tuple[str, str]  # in Chinese and in English
    serial: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How a bank writes its statements."""

    suffix: str
    encoding: str
    header: str
    zone: timezone
    cells: Callable[[Line, str, str], Sequence[object]]


def write_statements(folder: Path, run: Run, names: Any, banks: int) -> Iterator[Path]:
    """One file for each bank, row by row in order, after a first run that tells the openings.

    Payments are booked in whole seconds. Of a transfer between two banks each sees its side.
    """
    rows = _rows(run)
    numbers, openings = names.to_pylist(), run.openings().tolist()
    counters = [0] * banks
    writers = [_open(folder, bank, rows[bank]) for bank in range(banks)]
    for batch in run.batches():
        for bank, line in _lines(batch, run, numbers, openings, counters):
            writers[bank].put(line)
    for writer in writers:
        writer.close()
        yield writer.path


def _rows(run: Run) -> list[int]:
    """How many rows each bank's statement has."""
    counts = np.zeros(128, np.int64)
    for batch in run.batches():
        for side in (batch.debtor, batch.creditor):
            counts += np.bincount(run.banks[side[side >= OUTSIDE]], minlength=128)
    return [int(count) for count in counts]


def _lines(
    batch: Batch, run: Run, numbers: Sequence[str], balances: list[int], counters: list[int]
) -> Iterator[tuple[int, Line]]:
    codes = currencies(batch.debtor, run.town)
    columns = (batch.booked_at // SECOND, batch.debtor, batch.creditor, batch.amount, batch.channel)
    for at, debtor, creditor, amount, channel, code in zip(
        *(column.tolist() for column in columns), codes.tolist(), strict=True
    ):
        balances[debtor] -= amount
        balances[creditor] += amount
        said = _said(channel, debtor)
        serials: dict[int, str] = {}
        for own, other, signed in ((debtor, creditor, -amount), (creditor, debtor, amount)):
            if own >= OUTSIDE:
                bank = int(run.banks[own])
                if bank not in serials:
                    counters[bank] += 1
                    serials[bank] = f"{counters[bank]:010d}"
                yield bank, Line(
                    at, numbers[own], "" if other == CASH else numbers[other],
                    _holder(other, numbers[other], run.town), signed, balances[own],
                    CURRENCIES[code], said, serials[bank],
                )  # fmt: skip


def _said(channel: int, debtor: int) -> tuple[str, str]:
    if channel == ATM:
        return PAID_IN if debtor == CASH else DRAWN
    return CHINESE[channel], ENGLISH[channel]


def _holder(account: int, number: str, town: Town) -> str:
    """A name that says that nobody has it."""
    if account < OUTSIDE:
        return "" if account == CASH else f"虚构机构{number[-1]}"
    kind = "客户"
    if town.first_mule - town.companies - town.shops <= account < town.first_mule:
        kind = "公司" if account >= town.first_mule - town.companies else "商户"
    return f"虚构{kind}{number[3:]}"


@cache
def _day(days: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()


CLOCK = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]


def _signed(line: Line, day: str, clock: str) -> Sequence[object]:
    return (
        f"{day} {clock}", line.account, line.other, line.other_name, yuan(abs(line.signed)),
        "借" if line.signed < 0 else "贷", yuan(line.balance), line.said[0], line.currency,
        line.serial,
    )  # fmt: skip


def _two_columns(line: Line, day: str, clock: str) -> Sequence[object]:
    return (
        day.replace("-", ""), clock, f"{line.account}\t", f"{line.other}\t", line.other_name,
        *_sides(line), yuan(line.balance), line.said[0], line.currency, line.serial,
    )  # fmt: skip


def _english(line: Line, day: str, clock: str) -> Sequence[object]:
    return (
        day, f"{clock}+00:00", line.account, line.other, line.other_name, *_sides(line),
        yuan(line.balance), line.said[1], line.currency, line.serial,
    )  # fmt: skip


def _flagged(line: Line, day: str, clock: str) -> Sequence[object]:
    return (
        f"{day} {clock}", line.account, line.other, line.other_name,
        "付" if line.signed < 0 else "收", yuan(abs(line.signed)), yuan(line.balance),
        line.said[0], line.currency, line.serial,
    )  # fmt: skip


def _sides(line: Line) -> tuple[str, str]:
    return (yuan(-line.signed), "") if line.signed < 0 else ("", yuan(line.signed))


SHAPES = (
    Shape(
        ".csv", "utf-8-sig",
        "交易时间,交易卡号,对手账号,对手户名,交易金额,借贷标志,交易余额,摘要,币种,流水号",
        LOCAL, _signed,
    ),
    Shape(
        ".csv", "gb18030",
        "交易日期,交易时刻,账号,对方账号,对方户名,借方发生额,贷方发生额,余额,摘要,币种,流水号",
        LOCAL, _two_columns,
    ),
    Shape(
        ".csv", "utf-8",
        "date,time,account,counterparty account,counterparty name,debit,credit,balance,"
        "description,currency,reference",
        UTC, _english,
    ),
    Shape(
        ".xlsx", "utf-8",
        "交易时间,本方卡号,对方卡号,对方户名,收付标志,交易金额,余额,摘要,币种,流水号",
        LOCAL, _flagged,
    ),
)  # fmt: skip


class _Text:
    """A statement as text, written as its rows come."""

    def __init__(self, path: Path, shape: Shape, above: str) -> None:
        self.path, self.shape = path, shape
        self.east = int(shape.zone.utcoffset(None).total_seconds())
        self.file = self._begin(above)

    def _begin(self, above: str) -> TextIO:
        file = self.path.open("w", encoding=self.shape.encoding, newline="")
        file.write(f"{above}\r\n{self.shape.header}\r\n")
        return file

    def put(self, line: Line) -> None:
        """One more row."""
        days, second = divmod(line.at + self.east, 86_400)
        self.add(self.shape.cells(line, _day(days), CLOCK[second]))

    def add(self, cells: Sequence[object]) -> None:
        self.file.write(",".join(map(str, cells)) + "\r\n")

    def close(self) -> None:
        """The last row was written."""
        self.file.close()


class _Book(_Text):
    """A statement as a workbook; it is small."""

    def _begin(self, above: str) -> Any:
        self.book = Workbook(write_only=True)
        self.sheet = self.book.create_sheet("交易明细")
        self.sheet.append([above])
        self.sheet.append(self.shape.header.split(","))

    def add(self, cells: Sequence[object]) -> None:
        self.sheet.append(list(cells))

    def close(self) -> None:
        self.book.save(self.path)


def _open(folder: Path, bank: int, rows: int) -> _Text:
    """The bank's file in its shape; a large statement is never a workbook."""
    shape = SHAPES[bank % len(SHAPES)]
    name = BANK_NAMES[bank] if bank < len(BANK_NAMES) else str(bank + 1)
    book = shape.suffix == ".xlsx" and rows <= MOST_IN_WORKBOOK
    path = folder / f"bank_{bank + 1:02d}{shape.suffix if book else '.csv'}"
    above = f"Bank: {name}" if shape.zone is not LOCAL else f"开户银行：{name}银行（虚构）"
    return (_Book if book else _Text)(path, shape, above)
