"""How payments come to the watch and answers leave it: standard input, files, a file that grows."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput, UsageError
from fanzha.exchange.pacs008 import is_iso20022, read_pacs008
from fanzha.model.instant import zone
from fanzha.services.sources import STDIN, read_source
from fanzha.services.watch.lines import MAX_LINE_BYTES, Lines, paid_of
from fanzha.services.watch.live import Answer, Watch
from fanzha.services.watch.state import Keeper

READ = 1 << 18  # bytes taken at once: what waits, up to some thousand lines
IDLE_SECONDS = 0.25  # of quiet, before what waits for quiet is done
LOOK_AGAIN = 0.0005  # seconds between looks at a file that grows: some 2 % of a core
BOM = b"\xef\xbb\xbf"
NO_CUT = 1 << 62  # more bytes than any file of answers has

Render = Callable[[Sequence[Answer]], bytes]


class Chunk(NamedTuple):
    """Lines that came together, and the place in the input after them; `rows` where they are
    numbered by whoever sends them. When the next one is asked for, this one has been kept."""

    lines: Sequence[bytes]
    position: int
    rows: Sequence[int] | None = None


class Stop:
    """Turns SIGTERM and SIGINT into a wish to end after the step in hand, while it is entered."""

    def __init__(self) -> None:
        self.asked = False
        self.idle: Callable[[], None] | None = None  # done now and then while nothing comes
        self._read, self._write = os.pipe()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        os.close(self._read)
        os.close(self._write)

    def _ask(self, *_: object) -> None:
        self.asked = True
        os.write(self._write, b"!")

    def ready(self, source: int) -> bool:
        """Wait until there is something to read; False when the end is asked for instead."""
        found: list[int] = []
        while not found and not self.asked:
            wait = None if self.idle is None else IDLE_SECONDS
            found, _, _ = select.select([source, self._read], [], [], wait)
            if not found:
                self.rest()
        return not self.asked and source in found

    def pause(self, seconds: float) -> None:
        """Wait so long, or until the end is asked for."""
        self.rest()
        select.select([self._read], [], [], seconds)

    def rest(self) -> None:
        """Nothing has come for a while."""
        if self.idle is not None:
            self.idle()


class Out:
    """Where answers go. Of a file, what a dead process wrote too much can be cut off."""

    def __init__(self, path: Path | str | None) -> None:
        self.size = -1
        self._handle = 1
        if path is not None:
            try:
                self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as refused:
                raise UsageError(
                    "watch_out_unwritable", path=str(path), why=str(refused)
                ) from refused
            self.size = os.lseek(self._handle, 0, os.SEEK_END)

    def cut(self, size: int) -> None:
        """Let a file end after `size` bytes; -1 leaves it as it is."""
        if self.size >= 0 and size >= 0:
            os.ftruncate(self._handle, size)
            self.size = os.lseek(self._handle, 0, os.SEEK_END)

    def write(self, answers: bytes) -> None:
        """Hand over answers: when this returns, the system has them."""
        rest = memoryview(answers)
        while len(rest):
            rest = rest[os.write(self._handle, rest) :]
        if self.size >= 0:
            self.size += len(answers)

    def close(self) -> None:
        """Let go of a file."""
        if self.size >= 0:
            os.close(self._handle)

    def durable(self) -> None:
        """Have the answers survive a power cut too."""
        if self.size >= 0:
            os.fsync(self._handle)


class Session:
    """A watch at work: where its answers go, its keeper where there is one, and when to stop."""

    def __init__(self, watch: Watch, keeper: Keeper | None, out: Out, stop: Stop) -> None:
        self.watch = watch
        self.keeper = keeper
        self.out = out
        self.stop = stop
        self.after: Callable[[], None] | None = None  # done when a step has been handed over

    def hand_over(self, answers: bytes, position: int, *, durable: bool = False) -> None:
        """Hand answers over, then note that they were: in this order nothing is lost."""
        self.out.write(answers)
        if self.keeper is None:
            self.watch.done()
        else:
            if durable:
                self.out.durable()
            self.keeper.write(self.watch, position, self.out.size, durable=durable)
        if self.after is not None:
            self.after()

    def run(
        self, door: Iterator[Chunk], lines: Lines, render: Render, *, durable: bool = False
    ) -> None:
        """Take everything that comes through a door of lines."""
        for chunk in door:
            answers = self.watch.take_lines(lines, chunk.lines, chunk.rows)
            self.hand_over(render(answers), chunk.position, durable=durable)


def stream_lines(handle: int, stop: Stop, lines: Lines, row: int) -> Iterator[Chunk]:
    """Lines of standard input until it ends. A header counts as row 1 where the input begins."""
    blocks = _read_on(handle, stop)
    yield from _whole_lines(blocks, 0, lines, fresh=row == 0, cut=lambda: stop.asked)


def file_lines(
    path: Path, stop: Stop, lines: Lines, position: int, *, follow: bool
) -> Iterator[Chunk]:
    """Lines of a file from a place on; with `follow`, also those that are still to be written."""
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as missing:
        raise UsageError("file_missing", path=str(path)) from missing
    except OSError as refused:
        raise UsageError("file_unreadable", path=str(path), why=str(refused)) from refused
    with file:
        if position:
            lines.header(file.readline(MAX_LINE_BYTES))
            if os.fstat(file.fileno()).st_size < position:
                raise UsageError("watch_file_shrunk", path=str(path))
            file.seek(position)
        blocks = _follow(file.fileno(), stop) if follow else _to_end(file.fileno(), stop)
        cut = (lambda: True) if follow else (lambda: stop.asked)
        yield from _whole_lines(blocks, position, lines, fresh=not position, cut=cut)


def _read_on(handle: int, stop: Stop) -> Iterator[bytes]:
    while stop.ready(handle) and (block := os.read(handle, READ)):
        yield block


def _to_end(handle: int, stop: Stop) -> Iterator[bytes]:
    while not stop.asked and (block := os.read(handle, READ)):
        yield block


def _follow(handle: int, stop: Stop) -> Iterator[bytes]:
    while not stop.asked:
        if block := os.read(handle, READ):
            yield block
        else:
            stop.pause(LOOK_AGAIN)


def _whole_lines(
    blocks: Iterator[bytes], position: int, lines: Lines, *, fresh: bool, cut: Callable[[], bool]
) -> Iterator[Chunk]:
    """Cut blocks into lines; a last one without an end is left for later where `cut` says so."""
    rest = b""
    pending = 0  # bytes of the line that has not ended
    first = True
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end:
            rest = _bounded(rest + block)
            pending += len(block)
            continue
        said = (rest + block[:end]).split(b"\n")
        said.pop()
        position += pending + end
        rest = block[end:]
        pending = len(rest)
        if first:
            first = False
            said = _without_header(said, lines, fresh=fresh)
        yield Chunk(said, position)
    if rest and not cut():
        last = _without_header([rest], lines, fresh=fresh) if first else [rest]
        yield Chunk(last, position + pending)


def _without_header(said: list[bytes], lines: Lines, *, fresh: bool) -> list[bytes]:
    """A header is an empty row where the input begins, and none where it goes on."""
    said[0] = said[0].removeprefix(BOM)
    if lines.header(said[0]):
        said[0] = b""
        return said if fresh else said[1:]
    return said


def _bounded(line: bytes) -> bytes:
    """As much of an endless line as shows that it is too long."""
    return line[: MAX_LINE_BYTES + 1]


def is_message(path: Path) -> bool:
    """Whether a file looks like ISO 20022, by its beginning."""
    try:
        with path.open("rb") as file:
            return is_iso20022(file.read(4096))
    except OSError:
        return False


def take_message(session: Session, path: str, tz: ZoneInfo | None, render: Render) -> None:
    """The payments of a file of pacs.008 messages: one row each, as the file counts them."""
    source = read_source(path)
    payments, refusals = read_pacs008(source.name, source.content, tz or zone("UTC"))
    watch = session.watch
    answers: list[Answer] = []
    rows: list[tuple[int, Any]] = [(p.sightings[0].row, p) for p in payments]
    rows += [(r.row or len(rows) + 1, r) for r in refusals]
    for row, said in sorted(rows, key=lambda r: r[0]):
        if row <= watch.row:
            continue
        if hasattr(said, "code"):
            bad = UnreadableInput(said.code, field=said.field, value=said.value, **said.values)
            answers.append(watch.refuse(row, bad))
        else:
            answers += watch.take(row, [paid_of(said)])
        watch.row = row
    session.hand_over(render(answers), 0)


def source_name(path: str) -> str:
    """What names an input in the state: the place of a file, or `-`."""
    return path if path == STDIN else f"file:{Path(path).resolve()}"
