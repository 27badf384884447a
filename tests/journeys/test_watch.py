"""The watch as its users run it: fed by pipes, files and brokers, stopped, killed, begun again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.commands import fanzha
from tests.services.watching import Town, line, town, write_lines, write_parquet, write_tables

from fanzha.cli import main
from fanzha.exchange.pacs008 import write_pacs008

TOWN = town(payments=600, thefts=10, seed=11)
KILLS, SEED = 6, 20240514
PATIENCE = 60  # seconds until a watch that says nothing counts as stuck


@pytest.fixture
def tables(tmp_path: Path) -> list[object]:
    """The flags that tell a watch what a batch trace knows."""
    written = write_tables(tmp_path, TOWN)
    return [x for name, path in written.items() for x in (f"--{name}", path)]


def right(said: Town = TOWN, method: str = "fifo") -> dict[int, dict[str, int]]:
    return said.carried(method)


def traced(answers: list[dict[str, Any]]) -> dict[int, dict[str, int]]:
    return {
        a["row"]: {t["theft_id"]: t["amount"] for t in a["traced"]} for a in answers if a["traced"]
    }


def parsed(text: str | bytes) -> list[dict[str, Any]]:
    return [json.loads(said) for said in text.splitlines()]


def here(*arguments: object) -> int:
    """Run a watch to its end in this process; its answers go to a file."""
    return main(["watch", *map(str, arguments)])


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fanzha.cli", "watch", *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def stop(process: subprocess.Popen[bytes]) -> bytes:
    """End it as a service manager does; gives what it said."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return err


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE)


def rows_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for(path: Path, rows: int, process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while rows_in(path) < rows:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - began < PATIENCE, f"{rows_in(path)} of {rows} rows"
        time.sleep(0.01)


def whole_and_right(out: Path) -> None:
    """Every row is answered once, in order, as a batch trace says."""
    answers = parsed(out.read_bytes())
    assert [a["row"] for a in answers] == list(range(1, len(TOWN.payments) + 1))
    assert traced(answers) == right()


def test_lines_csv_messages_and_columns_get_the_same_answers(
    tables: list[object], tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    lines = write_lines(tmp_path / "p.jsonl", TOWN.payments)
    message = tmp_path / "p.xml"
    message.write_bytes(write_pacs008(TOWN.payments, "M", TOWN.payments[0].booked_at))
    columns = write_parquet(tmp_path / "p.parquet", TOWN.payments)
    piped = fanzha("watch", *tables, "-", stdin=lines.read_bytes())
    assert piped.code == 0, piped.err
    (tmp_path / "out0").write_text(piped.out)
    for number, file in enumerate((lines, message, columns), 1):
        assert here(*tables, "--out", tmp_path / f"out{number}", file) == 0
    for number in range(4):
        whole_and_right(tmp_path / f"out{number}")
    assert here(*tables, "--only-hits", "--out", tmp_path / "hits", columns) == 0
    assert [a["row"] for a in parsed((tmp_path / "hits").read_bytes())] == sorted(right())


def test_a_bad_line_stops_nothing_and_shows_in_the_exit_code(tables: list[object]) -> None:
    head = b"booked_at,debtor_account,creditor_account,amount,currency\n"
    row = b"2024-05-14T14:00:00+08:00,A,B,1.00,CNY\n"
    ran = fanzha("watch", *tables, "--lang", "zh-Hans", stdin=head + row + b"x,y\n" + row[:-1])
    assert ran.code == 3
    answers = parsed(ran.out)
    assert [a["row"] for a in answers] == [2, 3, 4]
    assert answers[1]["error"]["remedy"]
    assert not answers[1]["error"]["reason"].isascii()


def test_wrong_use_is_explained(
    tables: list[object], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nats")
    nowhere = ["--nats", "nats://127.0.0.1:1"]
    for wrong, said in (
        (["-", "--follow", "x"], "--topic"),
        (nowhere, "--topic"),
        ([tmp_path / "missing"], "missing"),
        (["--follow", tmp_path / "missing"], "missing"),
        (["--out", tmp_path, "-"], "--out"),
    ):
        assert here(*tables, *wrong) == 2
        assert said in capfd.readouterr().err
    lost = fanzha("watch", *tables, *nowhere, "--subject", "s")
    assert lost.code == 2
    assert nowhere[1] in lost.err


def test_stopped_by_sigterm_it_says_from_where_to_send_again(
    tables: list[object], tmp_path: Path
) -> None:
    state, out = tmp_path / "state", tmp_path / "out"
    said = [line(p) + b"\n" for p in TOWN.payments]
    done = 0
    for size in (200, len(said)):
        process = start(*tables, "--state", state, "--out", out, "-")
        assert process.stdin is not None
        part = said[done : done + size]
        process.stdin.write(b"".join(part) + b'{"booked_at": "half a line')
        process.stdin.flush()
        wait_for(out, done + len(part), process)
        err = stop(process)
        done += len(part)
        assert f"after row {done}".encode() in err
    whole_and_right(out)


def test_killed_while_a_file_grows_no_answer_is_lost_or_given_twice(
    tables: list[object], tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    state, out, grown = tmp_path / "state", tmp_path / "out", tmp_path / "p.jsonl"
    said = [line(p) + b"\n" for p in TOWN.payments]
    grown.touch()
    flags = [*tables, "--state", state, "--out", out, "--follow", grown]
    step = len(said) // KILLS
    with grown.open("ab", buffering=0) as file:
        for begin in range(0, len(said), step):
            process = start(*flags)
            end = begin + chance.randint(1, step)
            for at in range(begin, min(begin + step, len(said))):
                file.write(said[at][:20])  # the writer is caught between two writes, too
                if at == end:
                    wait_for(out, chance.randint(begin, end), process)
                file.write(said[at][20:])
            kill(process)
    process = start(*flags)
    wait_for(out, len(said), process)
    stop(process)
    whole_and_right(out)


def test_answers_that_were_not_noted_are_cut_off_and_given_again(
    tables: list[object], tmp_path: Path
) -> None:
    """As if it had been killed after handing answers over and before noting that it did."""
    state, out = tmp_path / "state", tmp_path / "out"
    path = write_lines(tmp_path / "p.jsonl", TOWN.payments[:300])
    assert here(*tables, "--state", state, "--out", out, path) == 0
    kept = out.read_bytes()
    out.write_bytes(kept + b'{"row":301,"decision":"release"}\n{"row":302,"dec')
    write_lines(path, TOWN.payments)
    assert here(*tables, "--state", state, "--out", out, path) == 0
    assert out.read_bytes().startswith(kept)
    whole_and_right(out)


def test_columns_go_on_behind_the_last_row(tables: list[object], tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    state, out, path = tmp_path / "state", tmp_path / "out", tmp_path / "p.parquet"
    for count in (200, 200, len(TOWN.payments)):
        write_parquet(path, TOWN.payments[:count])
        assert here(*tables, "--state", state, "--out", out, path) == 0
    whole_and_right(out)


def apart(steps: Coroutine[Any, Any, None]) -> None:
    """Run them in a thread of their own: a browser test may have left a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, steps).result()


@pytest.fixture
def nats_url(tmp_path: Path) -> Iterator[str]:
    """A NATS server of our own with a stream for payments."""
    nats = pytest.importorskip("nats")
    server = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if server is None:
        pytest.skip("nats-server is not installed (tests/system.sh says how)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"nats://127.0.0.1:{port}"
    command = [server, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path / "nats")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def make() -> None:
        client = await nats.connect(url, connect_timeout=1, max_reconnect_attempts=50)
        await client.jetstream().add_stream(name="PAYMENTS", subjects=["pay.>"])
        await client.close()

    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        apart(make())
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def publish(url: str, said: list[bytes]) -> None:
    import nats

    async def send() -> None:
        client = await nats.connect(url)
        stream = client.jetstream()
        for payload in said:
            await stream.publish("pay.cn", payload)
        await client.close()

    apart(send())


def test_killed_while_nats_delivers_no_answer_is_lost_or_given_twice(
    nats_url: str, tables: list[object], tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    said = [line(p) for p in TOWN.payments]
    state, out = tmp_path / "state", tmp_path / "out"
    nowhere = start(*tables, "--nats", nats_url, "--subject", "other")
    flags = [*tables, "--state", state, "--out", out, "--nats", nats_url, "--subject", "pay.>"]
    sent = 0
    for _ in range(3):
        process = start(*flags)
        part = said[sent : sent + 150]
        publish(nats_url, part)
        wait_for(out, sent + chance.randint(1, len(part)), process)
        kill(process)
        sent += len(part)
    publish(nats_url, said[sent:])
    process = start(*flags)
    wait_for(out, len(said), process)
    err = stop(process)
    assert f"after row {len(said)}".encode() in err
    whole_and_right(out)
    _, why = nowhere.communicate(timeout=PATIENCE)
    assert (nowhere.returncode, b"other" in why) == (2, True)


def test_beside_a_ledger_the_state_lives_until_the_input_ends(
    tables: list[object], tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    ledger, half = tmp_path / "ledger", 300
    write_parquet(tmp_path / "p.parquet", TOWN.payments[:half])
    assert main(["ledger", "init", str(ledger)]) == 0
    assert main(["ledger", "append", str(ledger), str(tmp_path / "p.parquet")]) == 0
    state, out = tmp_path / "ledger.watch", tmp_path / "out"
    flags = [*tables, "--ledger", ledger, "--out", out]
    said = b"".join(line(p) + b"\n" for p in TOWN.payments[half:])
    middle = said.index(b"\n", len(said) // 2) + 1
    first, rest = said[:middle], said[middle:]
    process = start(*flags, "-")
    assert process.stdin is not None
    process.stdin.write(first)
    process.stdin.flush()
    wait_for(out, first.count(b"\n"), process)
    stop(process)
    assert state.exists()
    assert oct(state.stat().st_mode & 0o777) == "0o600"
    assert fanzha("watch", *flags, stdin=rest).code == 0
    assert not state.exists()
    answers = parsed(out.read_bytes())
    assert [a["row"] for a in answers] == list(range(1, len(TOWN.payments) - half + 1))
    assert traced(answers) == {row - half: c for row, c in right().items() if row > half}
    assert os.listdir(tmp_path / "ledger")
