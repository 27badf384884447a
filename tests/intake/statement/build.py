"""Small statements for the tests, written as an analyst would see them."""

from __future__ import annotations

from collections.abc import Iterable

from fanzha.intake.statement import SourceFile, Statements, read_statements

CARD = "6205500000000000004"  # UnionPay's public test card
CN_HEADER = "交易时间,交易卡号,交易金额,借贷标志,交易余额,对手账号,对手户名,对手行,摘要,流水号"


def source(text: str | bytes, name: str = "a.csv", encoding: str = "utf-8") -> SourceFile:
    return SourceFile(name=name, content=text.encode(encoding) if isinstance(text, str) else text)


def read(*texts: str | bytes | SourceFile) -> Statements:
    """Read texts as files `0.csv`, `1.csv` …"""
    return read_statements(
        [
            text if isinstance(text, SourceFile) else source(text, f"{at}.csv")
            for at, text in enumerate(texts)
        ]
    )


def cn(rows: Iterable[str], header: str = CN_HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def short(found: Statements) -> list[tuple[str, str, int]]:
    """Debtor, creditor and minor units of every payment."""
    return [(p.debtor_account, p.creditor_account, p.amount) for p in found.payments]


def codes(found: Statements) -> list[tuple[int, str, str]]:
    return [(r.row, r.field, r.code) for r in found.refusals]


def reasons(found: Statements) -> dict[str, object]:
    return {reason.code: reason.values.get("count") for reason in found.reasons}
