"""Running `fanzha` as a user does: a process of its own, its output and its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parents[1] / "assets" / "stories"
LEDGER, BALANCES = ASSETS / "ledger_s2.csv", ASSETS / "balances_s2.csv"
THEFTS = """theft_id,debtor_account,creditor_account,amount,currency,booked_at
V1,V1,A1,300000.00,CNY,2024-05-14T14:02:10+08:00
V2,V2,B2,50000.00,CNY,2024-05-14T14:01:00+08:00
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def fanzha(
    *arguments: object, stdin: str | bytes = "", env: Mapping[str, str] | None = None
) -> Ran:
    """Run one command to its end."""
    import os

    done = subprocess.run(
        [sys.executable, "-m", "fanzha.cli", *map(str, arguments)],
        input=stdin if isinstance(stdin, bytes) else stdin.encode(),
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def money(folder: Path, thefts: str = THEFTS) -> list[object]:
    """The flags that give story S2 to a command."""
    listed = write(folder / "thefts.csv", thefts)
    return ["--payments", LEDGER, "--thefts", listed, "--balances", BALANCES]
