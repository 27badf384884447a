"""Input that nobody here wrote: public synthetic laundering data, read and traced.

    python benchmarks/foreign.py --data DIR

`DIR/money` holds the IBM AMLworld patterns, a sample of its transactions, and the IBM AMLSim
sample output (all public; not part of this repository). The first payment of each of the first
200 laundering attempts is taken as a theft; where a file names no attempts, the first 200 payments
that differ in account or amount. Every method runs, and for each theft holdings and disputed parts
must add up to what was stolen, or the script stops.
"""

from __future__ import annotations

import argparse
import csv
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fanzha.intake.statement import SourceFile, Statements, read_statements
from fanzha.model.payment import Payment, Theft
from fanzha.money.movements import Movements, gather
from fanzha.money.pots import METHODS
from fanzha.money.trace import Trace, trace

THEFTS = 200
MAPPINGS = Path(__file__).resolve().parents[1] / "examples" / "mappings"


@dataclass(frozen=True, slots=True)
class Data:
    """One foreign file, its mapping, and the column that names the attempt, if any."""

    file: str
    mapping: str
    attempt: str = ""


FILES = (
    Data("amlworld_patterns/HI-Medium_patterns.csv", "amlworld_patterns.yaml", "attempt_id"),
    Data("amlworld_patterns/HI-Small_trans_sample_1000.csv", "amlworld_sample.yaml"),
    Data("amlsim/20K_cycle200/transactions.csv", "amlsim.yaml"),
)


def main() -> int:
    """Read and trace the three files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "money"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}")
    for data in FILES:
        report(folder / data.file, data)
    return 0


def report(path: Path, data: Data) -> None:
    """Print what one file gave."""
    content = path.read_bytes()
    mapping = MAPPINGS / data.mapping
    began = time.perf_counter()
    read = read_statements(
        [SourceFile(name=path.name, content=content)],
        mapping=SourceFile(name=mapping.name, content=mapping.read_bytes()),
    )
    reading = time.perf_counter() - began
    chosen = first_of_attempts(read, path, data.attempt) if data.attempt else distinct(read)
    thefts = [theft(payment, number) for number, payment in enumerate(chosen, 1)]
    began = time.perf_counter()
    movements = gather(read.payments, thefts)
    gathering = time.perf_counter() - began
    currencies = len({p.currency for p in read.payments})
    print(f"\n{data.file}")
    print(
        f"  {sum(f.rows for f in read.files)} rows, {len(read.payments)} payments in {currencies} "
        f"currencies, {sum(f.refused for f in read.files)} rows refused; read in {reading:.2f} s"
    )
    print(
        f"  {len(movements.thefts)} of {len(thefts)} thefts found, {len(movements.reasons)} "
        f"ambiguous, {len(movements.refusals)} refused; ordered in {gathering:.2f} s; "
        f"{len(movements.reach)} accounts within reach"
    )
    print("  method     seconds  holdings  flagged  ties  disputed")
    for method in METHODS:
        began = time.perf_counter()
        found = trace(movements, method)
        seconds = time.perf_counter() - began
        conserves(movements, found)
        flagged = sum(h.tie for h in found.holdings)
        print(
            f"  {method:<9} {seconds:8.2f}  {len(found.holdings):8}  {flagged:7}  "
            f"{len(found.ties):4}  {len(found.disputed):8}"
        )


def conserves(movements: Movements, found: Trace) -> None:
    """Stop when a theft's money is not all there; poison is only bounded by it."""
    for stolen in movements.thefts.values():
        held = [h.amount for h in found.holdings if h.theft_id == stolen.theft_id]
        contested = [d.amount for d in found.disputed if d.theft_id == stolen.theft_id]
        if found.rule == "poison":
            kept = all(part <= stolen.amount for part in held)
        else:
            kept = sum(held) + sum(contested) == stolen.amount
        if not kept:
            sys.exit(f"{found.rule}: theft {stolen.theft_id} is not conserved")


def first_of_attempts(read: Statements, path: Path, column: str) -> Iterator[Payment]:
    """The first payment of each of the first attempts, by the file's own rows."""
    by_row = {p.sightings[0].row: p for p in reversed(read.payments)}
    seen: set[str] = set()
    with path.open(encoding="utf-8", newline="") as file:
        for row, cells in enumerate(csv.DictReader(file), 2):
            if len(seen) == THEFTS:
                return
            if cells[column] not in seen and row in by_row:
                seen.add(cells[column])
                yield by_row[row]


def distinct(read: Statements) -> Iterator[Payment]:
    """The first payments of the file that no later one can be mistaken for."""
    seen: set[tuple[object, ...]] = set()
    for payment in read.payments:
        key = (payment.debtor, payment.creditor, payment.amount)
        if len(seen) == THEFTS:
            return
        if key not in seen:
            seen.add(key)
            yield payment


def theft(payment: Payment, number: int) -> Theft:
    """That payment, taken as stolen."""
    return Theft(
        theft_id=f"T{number:03d}",
        debtor_account=payment.debtor_account,
        creditor_account=payment.creditor_account,
        amount=payment.amount,
        currency=payment.currency,
        booked_at=payment.booked_at,
    )


if __name__ == "__main__":
    sys.exit(main())
