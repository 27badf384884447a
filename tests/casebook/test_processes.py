"""Several processes, and processes that die: nothing acknowledged is lost, nothing is half."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from fanzha.casebook import open_casebook

APPENDER = Path(__file__).with_name("appender.py")
KILLS, SEED, BATCH = 50, 20240514, 3


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(APPENDER), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.splitlines()


def test_processes_that_open_and_append_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "casebook.db"
    tags = [f"p{number}" for number in range(4)]
    said = [finish(process) for process in [start(path, 25, tag) for tag in tags]]
    assert [len(lines) for lines in said] == [25] * len(tags)
    with open_casebook(path) as casebook:
        assert casebook.verify().size == 25 * len(tags) * BATCH
        assert set(casebook.cases()) == {f"case {tag}" for tag in tags}


def test_killed_at_fifty_random_moments_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "casebook.db"
    acknowledged = [line.split() for line in finish(start(path, "kills", KILLS, SEED))]
    assert len({tag for tag, *_ in acknowledged}) > KILLS // 4, "the children died too young"
    with open_casebook(path) as casebook:
        casebook.verify(casebook.checkpoint())
        for tag, number, seq in acknowledged:
            payload = casebook.payload(int(seq))
            assert payload is not None
            assert payload.startswith(f"{tag}/{number}/{BATCH - 1}/".encode())
        written = Counter(
            batch_of(casebook.payload(r.seq))
            for c in casebook.cases()
            for r in casebook.case(c).facts
        )
    assert set(written.values()) == {BATCH}
    assert written.keys() >= {f"{tag}/{number}" for tag, number, _ in acknowledged}


def batch_of(payload: bytes | None) -> str:
    assert payload is not None
    return payload[:60].decode().rsplit("/", 2)[0]
