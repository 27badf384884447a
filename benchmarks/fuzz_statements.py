"""Broken statements by the thousand: no traceback, bounded memory, every refusal explained.

Takes the bad files of the tests and sound ones of every shape, breaks them at random (bytes cut,
doubled, swapped, replaced; cells blown up; files joined; workbooks broken inside their zip) and
reads them. Stops with the broken file written beside it at the first thing that must not happen.

    python -m benchmarks.fuzz_statements --seconds 3600 --seed 7
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.assets.statements.make import CARD, files, workbook

from fanzha.intake.statement import SourceFile, Statements, read_statements
from fanzha.intake.tables import read_openings, read_thefts
from fanzha.model.catalogue import say

MAX_SECONDS = 20.0  # for one file of at most a few megabytes
_NASTY = (
    b"\0", b"\xff", b'"', b"'", b",", b";", b"\t", b"\n", b"\r\n", b"\xef\xbb\xbf", b"<tr>",
    b"</td>", b"=1+1", b"6.2055E+18", b"-", b"1e999", b"999999999999999999999999", b"\x81\x30",
    b"9999-12-31T23:59:59", b"0001-01-01 00:00:00", b"\xe8\xb4\xb7", b"CNY", b"?", b"*", b"%s{x}",
    "借".encode(), "账号：".encode(), "合计".encode(), b"&#x0;", b"&lt;",
    b"<!ENTITY a>", b" " * 400,
)  # fmt: skip


def seeds() -> list[bytes]:
    """Sound and broken statements to start from."""
    head = [
        "交易时间",
        "交易卡号",
        "交易金额",
        "借贷标志",
        "交易余额",
        "对手账号",
        "摘要",
        "流水号",
    ]
    rows = [
        [
            f"2024-05-14 14:{at:02}:10",
            CARD,
            f"{at}.00",
            "借贷"[at % 2],
            "100.00",
            f"B{at}",
            "x",
            "S",
        ]
        for at in range(1, 9)
    ]
    chinese = "\n".join(",".join(row) for row in [head, *rows]) + "\n"
    english = (
        "Account number: 001234\nCurrency: USD\nDate;Time;Counterparty;Debit;Credit;Balance;Fee\n"
        + "".join(f"2024-05-14;14:0{at}:00;B{at};5.00;;{100 - 5 * at}.00;0.10\n" for at in range(9))
    )
    return [
        *files().values(),
        chinese.encode(),
        chinese.encode("gb18030"),
        chinese.encode("utf-16"),
        f"账号：{CARD} 户名：某某\n{chinese}合计,8\n".encode(),
        english.encode(),
        workbook([head, *rows]),
    ]


def broken(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """One file, broken once to six times."""
    content = rng.choice(corpus)
    if content.startswith(b"PK") and rng.random() < 0.7:
        content = _inside(rng, content)
    for _ in range(rng.randrange(1, 6)):
        content = rng.choice(_WAYS)(rng, content)
    return content if rng.random() < 0.9 else content + rng.choice(corpus)


def _cut(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] if rng.random() < 0.7 else content[at:]


def _drop(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[at + rng.randrange(1, 30) :]


def _put(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(_NASTY) * rng.choice((1, 1, 1, 2, 50)) + content[at:]


def _flip(rng: random.Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(rng.randrange(1, 8)):
        if out:
            out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _double(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * rng.choice((2, 3, 200)), *lines[at:]])


def _swap(rng: random.Random, content: bytes) -> bytes:
    cells = content.split(b",")
    one, other = rng.randrange(len(cells)), rng.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    return b",".join(cells)


def _blow_up(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice((b"9", b"x", b",", b'"', b"<td>")) * 300_000 + content[at:]


_Way = Callable[[random.Random, bytes], bytes]
_WAYS: tuple[_Way, ...] = (_cut, _drop, _put, _put, _flip, _flip, _double, _swap, _swap)
_RARE: tuple[_Way, ...] = (_blow_up,)


def _inside(rng: random.Random, content: bytes) -> bytes:
    """A workbook with one of its parts broken, the zip around it sound."""
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            names = old.namelist()
            chosen = rng.choice(names)
            for name in names:
                part = old.read(name)
                new.writestr(name, rng.choice(_WAYS)(rng, part) if name == chosen else part)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError):
        return content
    return out.getvalue()


def check(content: bytes, twin: bytes) -> Statements:
    """Read two files together and hold what comes out against what must be."""
    found = read_statements(
        [SourceFile(name="a", content=content), SourceFile(name="b", content=twin)]
    )
    assert all(payment.amount > 0 for payment in found.payments)
    assert all(payment.debtor_account and payment.creditor_account for payment in found.payments)
    for file in found.files:
        assert file.taken + file.refused >= 0
        assert file.taken <= file.rows
    for refusal in found.refusals:
        for lang in ("en", "zh-Hans", "zh-Hant"):
            say(f"refusal.{refusal.code}", lang, **refusal.values)
            say(f"remedy.{refusal.code}", lang, **refusal.values)
        assert len(refusal.value) <= 80
    for reason in found.reasons:
        say(f"reading.{reason.code}", "en", **reason.values)
    assert any(f.taken for f in found.files) or found.refusals
    read_thefts(SourceFile(name="t", content=content), None)
    read_openings(SourceFile(name="o", content=content))
    return found


def fuzz(seconds: float, seed: int) -> Iterator[tuple[bytes, Statements, float]]:
    """Broken files, what they gave and how long it took, until the time is over."""
    rng = random.Random(seed)
    corpus = seeds()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        content, twin = broken(rng, corpus), rng.choice(corpus)
        if rng.random() < 0.01:
            content = rng.choice(_RARE)(rng, content)
        start = time.process_time()
        try:
            found = check(content, twin)
            took = time.process_time() - start
            assert took < MAX_SECONDS, f"{took:.1f} s"
        except Exception:
            Path("fuzz-failure-a.bin").write_bytes(content)
            Path("fuzz-failure-b.bin").write_bytes(twin)
            raise
        yield content, found, took


def main() -> None:
    """Run for the time given and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=2024)
    args = parser.parse_args()
    codes: Counter[str] = Counter()
    count = payments = 0
    slowest = 0.0
    for _, found, took in fuzz(args.seconds, args.seed):
        count += 1
        payments += len(found.payments)
        codes.update(refusal.code for refusal in found.refusals)
        slowest = max(slowest, took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"seed {args.seed}, {args.seconds:.0f} s: {count} files, {payments} payments taken,")
    print(f"slowest {slowest:.2f} s, peak memory {peak} MiB, no traceback. Refusals:")
    for code, times in codes.most_common():
        print(f"  {times:8} {code}")


if __name__ == "__main__":
    main()
