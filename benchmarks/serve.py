"""Fifty analysts at once on the example centre: how long a page takes, and what a kill loses.

    python benchmarks/serve.py [--analysts 50] [--seconds 20] [--port 8088]

Fills an example centre in a temporary folder, serves it as a process of its own, and lets each
analyst open a page every two seconds and write a note now and then. Then it kills the server under
that load, starts it again, and looks for every note that had been acknowledged.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import platform
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from fanzha.services.centre import open_centre

PAGES = ("/queue", "/case", "/watch", "/calls", "/measures", "/search?q=6205", "/case/{}",
         "/case/{}/flow", "/case/{}/table", "/case/{}/holds", "/case/{}/log")  # fmt: skip
PAUSE = 2.0  # seconds between two pages of an analyst
NOTES = 0.1  # the share of visits that write a note
START_SECONDS = 120


@dataclass(slots=True)
class Load:
    """What all analysts saw."""

    cookies: list[str]
    cases: list[str]
    port: int
    seconds: list[float] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def main() -> int:
    """Fill, serve, load, kill, look."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--analysts", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--port", type=int, default=8088)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "centre"
        server, first = serve(folder, asked.port, "--demo")
        load = prepare(folder, asked.analysts, asked.port)
        threads = [threading.Thread(target=analyst, args=(load, n)) for n in range(asked.analysts)]
        for thread in threads:
            thread.start()
        worked = cpu_seconds(server.pid)
        time.sleep(asked.seconds)
        worked = (cpu_seconds(server.pid) - worked) / asked.seconds
        server.kill()
        killed = time.perf_counter()
        load.over.set()
        server.wait()
        again, _ = serve(folder, asked.port)
        back = time.perf_counter() - killed
        for thread in threads:
            thread.join()
        again.send_signal(signal.SIGTERM)
        again.wait()
        lost = missing(folder, load)
    report(load, first, back, lost, asked.analysts)
    print(f"server    {worked:.0%} of a core while it was asked")
    return 1 if load.errors or lost else 0


def serve(folder: Path, port: int, *more: str) -> tuple[subprocess.Popen[bytes], float]:
    """A server that answers, and how long it took to."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "fanzha.cli", "serve", "--data", str(folder),
               "--port", str(port), *more]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while time.perf_counter() - began < START_SECONDS and process.poll() is None:
        with contextlib.suppress(OSError):
            get(port, "/signin")
            return process, time.perf_counter() - began
        time.sleep(0.05)
    raise SystemExit("the server did not start")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(folder: Path, analysts: int, port: int) -> Load:
    """A session for each analyst, and the cases that they open."""
    now = datetime.now(UTC)
    with open_centre(folder) as centre:
        users = [
            centre.people.users.add(f"load.{n}", f"Load {n}", ["analyst"], now)
            for n in range(analysts)
        ]
        cookies = [centre.people.sessions.start(u.user_id, "full", now) for u in users]
        cases = [case for case in centre.casebook.cases() if not case.startswith("P")]
    return Load(cookies=cookies, cases=cases, port=port)


def get(port: int, path: str, cookie: str = "", body: str = "") -> tuple[int, str]:
    """One request; a body makes it a form."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"cookie": f"fanzha={cookie}"} if cookie else {}
    if body:
        headers["content-type"] = "application/x-www-form-urlencoded"
    connection.request("POST" if body else "GET", path, body or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def analyst(load: Load, number: int) -> None:
    """Open a page, wait, and again; what fails after the kill is no error."""
    chance, cookie = random.Random(number), load.cookies[number]
    load.over.wait(chance.random() * PAUSE)
    while not load.over.is_set():
        case = chance.choice(load.cases)
        path = chance.choice(PAGES)
        began = time.perf_counter()
        try:
            status, page = get(load.port, path.format(quote(case)), cookie)
            took = time.perf_counter() - began
            load.seconds.append(took)
            load.slow[path] = max(took, load.slow.get(path, 0.0))
            if status != 200:
                load.errors.append(f"{status} {path}")
            if path.endswith("/log") or chance.random() < NOTES:
                write(load, cookie, case, page, f"note {number}-{len(load.kept)}")
        except (OSError, http.client.HTTPException) as failed:
            if not load.over.is_set():
                time.sleep(0.2)  # the kill is seen here before it is said
                if not load.over.is_set():
                    load.errors.append(repr(failed))
        load.over.wait(PAUSE)


def write(load: Load, cookie: str, case: str, page: str, words: str) -> None:
    """Keep a note in a case; it counts once the server has said so."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    if found:
        form = urlencode({"note": words, "csrf": found[1]})
        status, _ = get(load.port, f"/case/{quote(case)}/note", cookie, form)
        if status == 303:
            load.kept.append((case, words))


def missing(folder: Path, load: Load) -> int:
    """Acknowledged notes that the casebook does not hold; it must verify, too."""
    with open_centre(folder) as centre:
        centre.casebook.verify()
        return sum(
            all(a.note != words for a in centre.casebook.actions_on(case, case, "note"))
            for case, words in load.kept
        )


def report(load: Load, first: float, back: float, lost: int, analysts: int) -> None:
    """Print what a published figure needs."""
    times = sorted(load.seconds)
    cuts = statistics.quantiles(times, n=100)
    print(f"date      {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    print(f"machine   {os.cpu_count()} cores, {platform.system()} {platform.machine()}, python "
          f"{platform.python_version()}; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"start     example centre filled and served in {first:.1f} s")
    print(f"pages     {len(times)} by {analysts} analysts, p50 {cuts[49] * 1000:.0f} ms, "
          f"p95 {cuts[94] * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms, "
          f"{len(load.errors)} errors {load.errors[:3]}")  # fmt: skip
    for path, took in sorted(load.slow.items(), key=lambda x: -x[1])[:4]:
        print(f"slowest   {took * 1000:6.0f} ms  {path}")
    print(f"kill -9   answering again after {back:.1f} s; {len(load.kept)} notes acknowledged, "
          f"{lost} lost")  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
