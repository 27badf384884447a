"""The watch on disk: a snapshot that is swapped whole, and a journal of what was taken since.

A step is written to the journal after its answers were handed over. Whoever starts again takes
the snapshot, repeats the journal, and knows from which row and place to go on, and how much of a
file of answers belongs to rows that count: the rest is cut off and those rows are taken again.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from array import array
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from errno import ENOSPC
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from fanzha.errors import UsageError
from fanzha.model.payment import Sighting, Theft
from fanzha.services.watch.live import TAINTED, Batch, Watch

FORMAT = "fanzha-watch/1"
MAX_JOURNAL = 4 << 30  # bytes; beyond, a snapshot is due (60 million payments one by one)
_RECORD = struct.Struct("<IIqqqqI")  # check, size, row, position, answers, refused, payments
_CHECKED = struct.Struct("<IqqqqI")  # the same without the check


class Place(NamedTuple):
    """How far a watch has come: in its input (bytes, or what the input counts), in its answers."""

    row: int = 0
    position: int = 0
    answered: int = 0  # bytes of a file of answers; -1 where there is none to cut


class Keeper:
    """Keeps one watch; holds its lock until `close`."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.source = source
        self.place = Place()
        self.resumed = False
        self._number = 0
        self._size = 0
        self._journal = -1
        self._lock = _locked(path)

    def resume(self, method: str, answered: int) -> Watch | None:
        """The watch as it was, or None where none was kept. `answered`: bytes of answers there."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as refused:
            raise _unusable(self.path, refused) from refused
        try:
            said, watch = _restore(content)
        except (ValueError, KeyError, TypeError, IndexError, struct.error) as damaged:
            raise UsageError("watch_state_damaged", path=str(self.path)) from damaged
        if watch.method != method:
            raise UsageError("watch_state_method", path=str(self.path), method=watch.method)
        self._number = said["journal"]
        self.place = Place(*said["place"])
        _repeat(self, watch, self._name(self._number), answered)
        if said["source"] != self.source:  # another input: the money stays, the rows begin anew
            self.place = Place(0, 0, -1)
            watch.row = 0
        self.resumed = True
        return watch

    def checkpoint(self, watch: Watch) -> None:
        """Write the whole state and begin an empty journal; the old ones go."""
        self._number += 1
        new, old = self._name(self._number), self._journal
        try:
            journal = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            _swap(self.path, _snapshot(watch, self.source, self.place, self._number))
        except OSError as refused:
            raise _unusable(self.path, refused) from refused
        self._journal, self._size = journal, 0
        if old >= 0:
            os.close(old)
        for other in self.path.parent.glob(f"{self.path.name}.journal-*"):
            if other != new:
                other.unlink(missing_ok=True)

    def write(self, watch: Watch, position: int, answered: int, *, durable: bool = False) -> None:
        """Note that everything up to the watch's row has been taken and answered."""
        batch = watch.done()
        self.place = Place(watch.row, position, answered)
        record = _record(batch, self.place, watch.refused)
        try:
            whole = os.write(self._journal, record) == len(record)
            if durable:
                os.fsync(self._journal)
        except OSError as refused:
            raise _unusable(self.path, refused) from refused
        if not whole:  # the rest would not fit; what is there counts as never written
            raise UsageError("watch_state_unusable", path=str(self.path), why=os.strerror(ENOSPC))
        self._size += len(record)
        if self._size > MAX_JOURNAL:
            self.checkpoint(watch)

    def close(self, *, keep: bool = True) -> None:
        """Let go of the state; without `keep` it is removed."""
        if self._journal >= 0:
            os.close(self._journal)
            self._journal = -1
        if not keep:
            self.path.unlink(missing_ok=True)
            for other in self.path.parent.glob(f"{self.path.name}.journal-*"):
                other.unlink(missing_ok=True)
        if not self.path.exists():
            Path(f"{self.path}.lock").unlink(missing_ok=True)
        os.close(self._lock)

    def _name(self, number: int) -> Path:
        return Path(f"{self.path}.journal-{number}")


def _locked(path: Path) -> int:
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        raise UsageError("watch_state_busy", path=str(path)) from busy
    except OSError as refused:
        raise _unusable(path, refused) from refused
    return lock


def _unusable(path: Path, refused: OSError) -> UsageError:
    return UsageError("watch_state_unusable", path=str(path), why=str(refused))


def _record(batch: Batch, place: Place, refused: int) -> bytes:
    columns = (batch.at, batch.amount, batch.debtor, batch.creditor)
    names = orjson.dumps(batch.accounts) if batch.accounts else b""
    body = b"".join([*(column.tobytes() for column in columns), names])
    rest = _CHECKED.pack(len(body), *place, refused, len(batch.at)) + body
    return struct.pack("<I", zlib.crc32(rest)) + rest


def _records(path: Path) -> Iterator[tuple[Place, int, int, bytes]]:
    """The whole records of a journal; what a dying process left half is not one."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        while len(head := file.read(_RECORD.size)) == _RECORD.size:
            check, size, row, position, answered, refused, count = _RECORD.unpack(head)
            if size > 1 << 31:
                return
            body = file.read(size)
            if len(body) < size or zlib.crc32(head[4:] + body) != check:
                return
            yield Place(row, position, answered), refused, count, body


def _repeat(keeper: Keeper, watch: Watch, path: Path, answered: int) -> None:
    """Take the journal's payments again, up to where the answers are all there."""
    for place, refused, count, body in _records(path):
        if place.answered > answered:
            break
        at, amount = (array("q", body[i * 8 * count : (i + 1) * 8 * count]) for i in (0, 1))
        ends = 16 * count
        debtor, creditor = (
            array("i", body[ends + i * 4 * count : ends + (i + 1) * 4 * count]) for i in (0, 1)
        )
        for currency, numbers in orjson.loads(body[24 * count :] or b"[]"):
            watch.number_all(numbers, currency)
        watch.stream.spend_room(sum(amount))
        watch.stream.feed(at, debtor, creditor, amount, 0, count)
        watch.row, watch.refused = place.row, refused
        keeper.place = place
    watch.done()


def _swap(path: Path, content: list[bytes]) -> None:
    new = Path(f"{path}.new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _snapshot(watch: Watch, source: str, place: Place, journal: int) -> list[bytes]:
    """A line of JSON, then the arrays that it names."""
    stream, accounts = watch.stream, watch.accounts
    blocks = [
        bytes(memoryview(column)[:accounts]) if accounts else b""
        for column in (stream.balance, stream.missing, stream.mark)
    ]
    blocks += [array("i", known.values()).tobytes() for known in watch.numbers.values()]
    said = {
        "format": FORMAT,
        "source": source,
        "place": list(place),
        "journal": journal,
        "method": watch.method,
        "terminals": watch.terminals,
        "row": watch.row,
        "refused": watch.refused,
        "accounts": accounts,
        "numbers": {currency: list(known) for currency, known in watch.numbers.items()},
        "thefts": [_theft(theft) for theft in watch.thefts],
        "money": _money(watch),
        "blocks": [len(block) for block in blocks],
    }
    return [orjson.dumps(said), b"\n", *blocks]


def _theft(theft: Theft) -> dict[str, Any]:
    said = {name: getattr(theft, name) for name in Theft.__slots__ if name != "sighting"}
    seen = theft.sighting
    return {**said, "sighting": None if seen is None else [seen.file, seen.row, seen.side]}


def _money(watch: Watch) -> dict[str, Any]:
    """Where stolen money lies, what is looked for, and what has come to an end."""
    stream = watch.stream
    marks = bytes(memoryview(stream.mark)[: watch.accounts]) if watch.accounts else b""
    tainted = [account for account, mark in enumerate(marks) if mark & TAINTED]
    if stream.exact:
        lying: Any = [[account, stream.slices_of(account)] for account in tainted]
    elif stream.poison:
        lying = [[account, sorted(stream.pots[account].thefts)] for account in tainted]
    else:
        lying = [
            [account, [[t, str(x)] for t, x in stream.pots[account].shares.items()]]
            for account in tainted
        ]
    return {
        "lying": lying,
        "moved": str(stream.moved),
        "latest": stream.latest,
        "stated": stream.stated,
        "wanted": [[*key, thefts] for key, thefts in stream.wanted.items()],
        **{
            name: [[key, str(x)] for key, x in getattr(stream, name).items()]
            for name in ("disputed", "ended", "dropped")
        },
    }


def _restore(content: bytes) -> tuple[dict[str, Any], Watch]:
    head, _, rest = content.partition(b"\n")
    said = orjson.loads(head)
    if said["format"] != FORMAT or sum(said["blocks"]) != len(rest):
        raise ValueError(FORMAT)
    blocks, begin = [], 0
    for size in said["blocks"]:
        blocks.append(rest[begin : begin + size])
        begin += size
    watch = Watch(said["method"], said["terminals"])
    watch.row, watch.refused, watch.accounts = said["row"], said["refused"], said["accounts"]
    watch.stream.grow(watch.accounts)
    for (currency, names), ids in zip(said["numbers"].items(), blocks[3:], strict=True):
        watch.numbers[currency] = dict(zip(names, array("i", ids).tolist(), strict=True))
    watch.thefts = [_theft_of(theft) for theft in said["thefts"]]
    _set_columns(watch, blocks)
    _set_money(watch, said["money"])
    return said, watch


def _set_columns(watch: Watch, blocks: list[bytes]) -> None:
    stream, accounts = watch.stream, watch.accounts
    columns = (stream.balance, "q"), (stream.missing, "q"), (stream.mark, "B")
    for (column, kind), block in zip(columns, blocks, strict=False):
        memoryview(column)[:accounts] = memoryview(array(kind, block))


def _set_money(watch: Watch, said: dict[str, Any]) -> None:
    stream = watch.stream
    stream.moved, stream.latest = int(said["moved"]), said["latest"]
    stream.stated.extend(said["stated"])
    for debtor, creditor, amount, thefts in said["wanted"]:
        stream.wanted[debtor, creditor, amount] = thefts
    number = int if stream.exact or stream.poison else Decimal
    for name in ("disputed", "ended", "dropped"):
        for key, x in said[name]:
            getattr(stream, name)[tuple(key) if isinstance(key, list) else key] = number(x)
    for account, inside in said["lying"]:
        if stream.exact:
            stream.lay_slices(account, inside)
        elif stream.poison:
            stream.shared(account, [(theft, 0) for theft in inside], 0)
        else:
            stream.shared(account, [(theft, Decimal(x)) for theft, x in inside], 0)


def _theft_of(said: dict[str, Any]) -> Theft:
    seen = said.pop("sighting")
    at = datetime.fromisoformat(said.pop("booked_at"))
    sighting = None if seen is None else Sighting(file=seen[0], row=seen[1], side=seen[2])
    return Theft(**said, booked_at=at, sighting=sighting)
