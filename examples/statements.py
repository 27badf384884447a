"""The four banks of the example and the shapes in which they hand out statements."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

CHINA = 8 * 3600
CLOCK = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400)]
CHINESE = {
    "wage": "工资",
    "shop": "消费",
    "peer": "转账",
    "bill": "水电缴费",
    "cash": "ATM取款",
    "paid_in": "ATM存款",
}
ENGLISH = {
    "wage": "Salary",
    "shop": "Purchase",
    "peer": "Transfer",
    "bill": "Utility bill",
    "cash": "ATM withdrawal",
    "paid_in": "Cash deposit",
}
WORKBOOK_HEADER = (
    "交易时间", "本方卡号", "对方卡号", "对方户名", "收付标志", "交易金额", "余额", "渠道", "摘要",
    "币种", "流水号",
)  # fmt: skip
CHANNEL = {"cash": "柜员机", "paid_in": "柜员机", "shop": "扫码支付"}


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer, as one bank saw it; `at` counts seconds from the first instant.

    `signed` is negative where money left `own`. `other` is empty where only a name is printed.
    """

    at: int
    transfer: int
    own: str
    other: str
    other_name: str
    other_bank: str
    signed: int
    kind: str
    note: str
    serial: str = ""
    balance: int = 0


@dataclass(frozen=True, slots=True)
class Bank:
    """A fictional bank: its name, its file, and how it writes it."""

    name: str
    prefix: str
    file: str
    write: Callable[[Path, Bank, Sequence[Leg], datetime], int]


def write_statement(folder: Path, bank: Bank, legs: Sequence[Leg], start: datetime) -> int:
    """Write the bank's file; how many rows it has below the header, damaged ones included."""
    return bank.write(folder / bank.file, bank, legs, start)


def write_signed(path: Path, bank: Bank, legs: Sequence[Leg], start: datetime) -> int:
    """UTF-8 with BOM, one amount column with 借/贷; one card number ruined by Excel."""
    lines = [
        f"开户银行：{bank.name}",
        "交易时间,交易卡号,对手账号,对手户名,交易金额,借贷标志,交易余额,摘要,币种,流水号",
    ]
    for leg, day, clock in timed(legs, start, CHINA):
        mark = "借" if leg.signed < 0 else "贷"
        lines.append(
            f"{day} {clock},{leg.own},{number(leg)},{leg.other_name},{yuan(abs(leg.signed))},"
            f"{mark},{yuan(leg.balance)},{note(leg, CHINESE)},人民币,{leg.serial}"
        )
    middle = lines[len(lines) // 2].partition(" ")[0]
    bad = f"{middle} 12:00:00,6.2055E+18,N000001,虚构客户000001,88.00,借,1200.00,转账,人民币,"
    return put(path, insert(lines, bad), "utf-8-sig") - 2


def write_two_columns(path: Path, bank: Bank, legs: Sequence[Leg], start: datetime) -> int:
    """GB18030, date and time apart, debit and credit apart; one line of mojibake."""
    lines = [
        f"{bank.name}账户交易明细",
        "交易日期,交易时刻,账号,对方账号,对方户名,对方行名,借方发生额,贷方发生额,余额,摘要,币种,流水号",
    ]
    for leg, day, clock in timed(legs, start, CHINA):
        lines.append(
            f"{day.replace('-', '')},{clock},{leg.own}\t,{number(leg)}\t,{leg.other_name},"
            f"{leg.other_bank},{sides(leg)},{yuan(leg.balance)},{note(leg, CHINESE)},CNY,"
            f"{leg.serial}"
        )
    bad = "锟斤拷锟斤拷,锟斤拷,锟斤拷锟斤拷,锟斤拷,锟斤拷,,锟斤拷,,,锟斤拷,CNY,"
    return put(path, insert(lines, bad), "gb18030") - 2


def write_workbook(path: Path, bank: Bank, legs: Sequence[Leg], start: datetime) -> int:
    """XLSX with a title above the header and amounts as numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("交易明细")
    sheet.append([f"{bank.name}客户账户交易明细"])
    sheet.append([])
    sheet.append(WORKBOOK_HEADER)
    for leg, day, clock in timed(legs, start, CHINA):
        sheet.append(
            [
                f"{day} {clock}", leg.own, number(leg), leg.other_name,
                "付" if leg.signed < 0 else "收", abs(leg.signed) / 100, leg.balance / 100,
                CHANNEL.get(leg.kind, "手机银行"), note(leg, CHINESE), "CNY", leg.serial,
            ]
        )  # fmt: skip
    book.properties.created = book.properties.modified = datetime(2024, 5, 14, tzinfo=UTC)
    with _Timeless(path, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).save()
    return len(legs)


def write_english(path: Path, bank: Bank, legs: Sequence[Leg], start: datetime) -> int:
    """English, times in UTC with their offset; one amount with a letter O for a nought."""
    lines = [
        f"Bank: {bank.name}",
        "date,time,account,counterparty account,counterparty name,counterparty bank,debit,credit,"
        "balance,description,currency,reference",
    ]
    for leg, day, clock in timed(legs, start, 0):
        lines.append(
            f'{day},{clock}+00:00,{leg.own},{number(leg)},{leg.other_name},"{leg.other_bank}",'
            f"{sides(leg)},{yuan(leg.balance)},{note(leg, ENGLISH)},CNY,{leg.serial}"
        )
    bad = '2024-05-14,04:00:00+00:00,N999999,N000002,,,"1,2O0.00",,3000.00,Transfer,CNY,'
    return put(path, insert(lines, bad), "utf-8") - 2


def timed(legs: Sequence[Leg], start: datetime, offset: int) -> Iterator[tuple[Leg, str, str]]:
    """Each leg with its date and time of day in a zone `offset` seconds east of Greenwich."""
    midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0)
    first = int((start - midnight).total_seconds()) + offset
    days = [(midnight + timedelta(days=n)).date().isoformat() for n in range(4)]
    for leg in legs:
        day, second = divmod(first + leg.at, 86_400)
        yield leg, days[day], CLOCK[second]


def number(leg: Leg) -> str:
    """The counterparty's number; cash has none."""
    return "" if leg.other == "CASH" else leg.other


def note(leg: Leg, words: dict[str, str]) -> str:
    """What the statement says of the row."""
    return leg.note or words[leg.kind]


def sides(leg: Leg) -> str:
    """A debit cell and a credit cell."""
    return f"{yuan(-leg.signed)}," if leg.signed < 0 else f",{yuan(leg.signed)}"


def yuan(minor: int) -> str:
    """Decimal major units."""
    return f"{minor // 100}.{minor % 100:02d}"


def insert(lines: list[str], bad: str) -> list[str]:
    """The lines with a damaged one in the middle."""
    half = len(lines) // 2 + 1
    return [*lines[:half], bad, *lines[half:]]


def put(path: Path, lines: list[str], encoding: str) -> int:
    """Write lines as spreadsheets end them; how many there are."""
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return len(lines)


class _Timeless(zipfile.ZipFile):
    """A zip archive whose members carry no time of writing, so that equal input is equal bytes."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *rest: Any, **more: Any) -> None:
        member = zipfile.ZipInfo(str(zinfo_or_arcname), (2024, 5, 14, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        super().writestr(member, data, *rest, **more)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        self.writestr(arcname or filename, Path(filename).read_bytes())


BANKS = (
    Bank("甲工商银行", "A", "bank_a.csv", write_signed),
    Bank("乙银行", "Y", "bank_b.csv", write_two_columns),
    Bank("丙银行", "C", "bank_c.xlsx", write_workbook),
    Bank("Harbour Bank", "H", "harbour_bank.csv", write_english),
)
