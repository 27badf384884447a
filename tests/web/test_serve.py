"""`fanzha serve` as a process: a new centre, its one-time link, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_new_centre_prints_its_link_serves_and_ends_cleanly(tmp_path: Path) -> None:
    chosen, folder = port(), tmp_path / "centre"
    command = [sys.executable, "-m", "fanzha.cli", "serve", "--data", str(folder)]
    running = subprocess.Popen(
        [*command, "--port", str(chosen)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"FANZHA_LANG": "en"},
    )
    assert running.stdout is not None
    try:
        said = running.stdout.readline() + running.stdout.readline()
        link = re.search(rf"http://127\.0\.0\.1:{chosen}/first/\S+", said)
        assert link is not None, said
        assert "Welcome" in answer(link[0])
        asked = httpx2.post(f"http://127.0.0.1:{chosen}/v1/check", json={"text": "hi"}, timeout=30)
        assert asked.json()["level"] == "none"
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
        assert running.stdout.read() == ""
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("door", ["taken", "99999", "nowhere"])
def test_an_address_that_cannot_be_had_is_said_before_anything_is_made(
    tmp_path: Path, door: str
) -> None:
    folder = tmp_path / "centre"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = "99999" if door == "99999" else str(taken.getsockname()[1])
        host = "nowhere.invalid" if door == "nowhere" else "127.0.0.1"
        command = [sys.executable, "-m", "fanzha.cli", "serve", "--data", str(folder)]
        done = subprocess.run(
            [*command, "--host", host, "--port", number],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"FANZHA_LANG": "en"},
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert "or name another with --port or --host" in done.stderr
    assert not folder.exists()


def answer(url: str) -> str:
    """The page, once the server listens."""
    for _ in range(200):
        try:
            return httpx2.get(url, timeout=30, headers={"accept-language": "en"}).text
        except httpx2.ConnectError:
            time.sleep(0.1)
    raise AssertionError("the server did not begin to listen")
