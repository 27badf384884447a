"""Payments to watch: a small town with thefts, as rows, lines and files."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.money.ledgers import START, theft_of

from fanzha.model.instant import iso
from fanzha.model.money import to_major
from fanzha.model.payment import Account, Payment, Theft
from fanzha.money.movements import Known, Movements, gather
from fanzha.money.walk import Walk

TERMINALS = {"N3": "merchant", "N4": "offramp"}


@dataclass(frozen=True, slots=True)
class Town:
    """Payments in order, thefts among them, and what a batch trace of them all knows."""

    payments: tuple[Payment, ...]
    thefts: tuple[Theft, ...]
    movements: Movements

    def carried(self, method: str) -> dict[int, dict[str, int]]:
        """What each row (from 1) carries of each theft, by the batch trace."""
        walk = Walk(self.movements, method)
        walk.run()
        found: dict[int, dict[str, int]] = {}
        for position, theft, amount in walk.carried:
            whole = amount if isinstance(amount, int) else int(amount.to_integral_value())
            if whole:
                row = found.setdefault(position + 1, {})
                row[theft] = row.get(theft, 0) + whole
        return found


def town(payments: int = 400, thefts: int = 8, seed: int = 7, accounts: int = 40) -> Town:
    """A town whose accounts pay each other, now and then in cash."""
    chance = random.Random(seed)
    numbers = [f"N{i}" for i in range(accounts)] + ["CASH"]
    rows = []
    for second in range(payments):
        debtor, creditor = chance.sample(numbers, 2)
        rows.append(
            Payment(
                booked_at=START + timedelta(seconds=second),
                debtor_account=debtor,
                creditor_account=creditor,
                amount=chance.randint(1, 5_000_00) * 100 + second,  # each its own
                currency="CNY",
                channel="app",
            )
        )
    stolen = sorted(chance.sample(range(payments // 2), thefts))
    listed = tuple(theft_of(rows[i], f"T{n}") for n, i in enumerate(stolen))
    movements = gather(rows, listed, Known(terminals=TERMINALS))
    return Town(tuple(rows), listed, movements)


def line(payment: Payment, **more: Any) -> bytes:
    """A payment as a JSON line, its end left out."""
    said = {
        "booked_at": iso(payment.booked_at),
        "debtor_account": payment.debtor_account,
        "creditor_account": payment.creditor_account,
        "amount": to_major(payment.amount, payment.currency),
        "currency": payment.currency,
        "channel": payment.channel,
        **more,
    }
    return json.dumps(said).encode()


def write_lines(path: Path, payments: Sequence[Payment]) -> Path:
    """A file of JSON lines."""
    path.write_bytes(b"".join(line(p) + b"\n" for p in payments))
    return path


def write_tables(folder: Path, said: Town) -> dict[str, Path]:
    """`thefts.csv`, `balances.csv` with the openings that a batch trace finds, `terminals.csv`."""
    thefts = ["theft_id,debtor_account,creditor_account,amount,currency,booked_at"]
    thefts += [
        f"{t.theft_id},{t.debtor_account},{t.creditor_account},"
        f"{to_major(t.amount, t.currency)},{t.currency},{iso(t.booked_at)}"
        for t in said.thefts
    ]
    openings: Mapping[Account, Any] = said.movements.openings
    balances = ["account,opening_balance,currency"]
    balances += [f"{a.number},{to_major(o.amount, 'CNY')},CNY" for a, o in openings.items()]
    terminals = ["account,kind", *(f"{number},{kind}" for number, kind in TERMINALS.items())]
    written = {"thefts": thefts, "balances": balances, "terminals": terminals}
    for name, rows in written.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return {name: folder / f"{name}.csv" for name in written}


def write_parquet(path: Path, payments: Sequence[Payment]) -> Path:
    """The same payments by column, as a ledger takes them in bulk."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "booked_at": pa.array([p.booked_at for p in payments], pa.timestamp("us", "UTC")),
            "debtor_account": [p.debtor_account for p in payments],
            "creditor_account": [p.creditor_account for p in payments],
            "amount": pa.array([p.amount for p in payments], pa.int64()),
            "currency": [p.currency for p in payments],
            "channel": [p.channel for p in payments],
        }
    )
    pq.write_table(table, path, row_group_size=97)
    return path
