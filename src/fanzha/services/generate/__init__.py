"""Make up payments with thefts hidden in them, and say where each stolen coin truly is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fanzha.errors import UsageError
from fanzha.money.town import LEAST_ACCOUNTS, MOST_ACCOUNTS, SECOND, Town

if TYPE_CHECKING:
    from fanzha.services.generate.run import Run

PAYMENTS_AN_ACCOUNT = 20  # where nobody says how many accounts there are
MOST_A_DAY = 100_000_000  # payments: more would not fit into whole numbers
MOST_PAYMENTS, MOST_THEFTS, MOST_DAYS, MOST_BANKS = 10**11, 10**6, 3_660, 98
YEARS = (1971, 2099)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateRequest:
    """How much to make up. `banks` 0 writes `payments.parquet`, else that many statements.

    `accounts` 0 stands for one in `PAYMENTS_AN_ACCOUNT` payments. `start` is aware.
    """

    payments: int
    thefts: int
    seed: int
    out: Path
    start: datetime
    days: int = 30
    accounts: int = 0
    banks: int = 0


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written, and how many accounts there are and payments carry stolen money."""

    files: tuple[Path, ...]
    accounts: int
    carrying: int


def generate(request: GenerateRequest) -> Generated:
    """Write a folder of made-up payments; the same request gives the same contents.

    Do not measure a method of tracing by it and call that its accuracy: the launderers here do
    what they were programmed to. Raises `UsageError` for numbers that cannot be had.
    """
    from fanzha.services.generate.run import BANKS_BY_DEFAULT, Run

    town = _check(request)
    run = Run(
        request.payments, request.thefts, request.seed, request.banks or BANKS_BY_DEFAULT, town
    )
    run.plan(int(request.start.timestamp()) * SECOND, request.days)
    carrying = len(run.loot.legs)
    if carrying * 2 > request.payments:
        raise UsageError(
            "generate_thefts_many", thefts=request.thefts, carrying=carrying, least=carrying * 2
        )
    try:
        request.out.mkdir(parents=True, exist_ok=True)
        files = tuple(_write(request, run))
    except OSError as denied:
        raise UsageError(
            "folder_unwritable", path=request.out, why=denied.strerror or denied
        ) from denied
    return Generated(files, town.accounts, carrying)


def _write(request: GenerateRequest, run: Run) -> Iterator[Path]:
    from fanzha.services.generate import files, statements

    names = files.numbers(run)
    if request.banks:
        yield from statements.write_statements(request.out, run, names, request.banks)
    else:
        path = request.out / "payments.parquet"
        files.write_payments(path, run, names)
        yield path
    balances = request.out / "balances.csv"
    files.write_balances(balances, run, names)
    yield balances
    timespec = "seconds" if request.banks else "microseconds"
    yield from files.write_tables(request.out, run, names, timespec)


def _check(request: GenerateRequest) -> Town:
    """Every number within its limits, and the town that follows from them."""
    few = max(LEAST_ACCOUNTS, min(request.payments // PAYMENTS_AN_ACCOUNT, MOST_ACCOUNTS))
    accounts = request.accounts or few
    for name, value, least, most in (
        ("payments", request.payments, 1, MOST_PAYMENTS),
        ("thefts", request.thefts, 0, MOST_THEFTS),
        ("seed", request.seed, 0, (1 << 63) - 1),
        ("days", request.days, max(1, request.payments // MOST_A_DAY), MOST_DAYS),
        ("accounts", accounts, LEAST_ACCOUNTS, MOST_ACCOUNTS),
        ("banks", request.banks, 0, MOST_BANKS),
        ("start", request.start.year, *YEARS),
    ):
        if not least <= value <= most:
            raise UsageError("generate_range", name=name, value=value, least=least, most=most)
    return Town.of(accounts)
