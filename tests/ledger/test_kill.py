"""A writer that is killed leaves all of an append or nothing of it, and no rubbish for long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.ledger.appender import BATCH, batch
from tests.ledger.payments import add
from tests.money.ledgers import pay

from fanzha.ledger import create, open_ledger
from fanzha.ledger.manifest import FOLDERS
from fanzha.ledger.verify import verify

APPENDER = Path(__file__).with_name("appender.py")
KILLS, SEED = 30, 20240514


def test_killed_at_thirty_random_moments_it_holds_whole_appends(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    create(path)
    command = [sys.executable, str(APPENDER), str(path), str(KILLS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = [int(line) for line in done.stdout.split()]
    assert said, "every child died before its first append"
    verify(path)
    held = list(open_ledger(path).walk())
    numbers = len(held) // BATCH
    assert numbers >= max(said) + 1
    wanted = [payment for number in range(numbers) for payment in batch(number)]
    assert sorted(held, key=lambda p: p.amount) == wanted


def test_what_a_killed_writer_left_is_swept_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    add(path, [pay("A", "B", 1, 0)])
    for name in FOLDERS:
        (path / name / "000999").mkdir()
        (path / name / "000999" / "out.npy").write_bytes(b"half")
    (path / "staging").mkdir()
    (path / "manifest.json.new").write_text("{")
    assert len(open_ledger(path)) == 1
    verify(path)
    add(path, [pay("A", "B", 1, 1)])
    assert not [p for p in path.rglob("*") if "000999" in p.name]
    named = {name for name, _ in open_ledger(path).manifest.files()}
    left = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()} - named
    assert left >= {"manifest.json", "lock"}  # and what the last append replaced, for its readers
    assert not any("new" in name or "staging" in name for name in left)
