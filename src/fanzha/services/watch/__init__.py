"""Use case: does this payment carry stolen money, whose, how much, and is it about to be gone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fanzha.errors import NothingUsable
from fanzha.intake import tables
from fanzha.intake.statement import SourceFile
from fanzha.model.instant import zone
from fanzha.model.payment import Refusal, Theft
from fanzha.services.watch.live import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """What to watch for: the ledger to begin from (or none), thefts, method, what is known."""

    thefts: SourceFile
    ledger: Path | None = None
    balances: SourceFile | None = None
    terminals: SourceFile | None = None
    method: str = "fifo"
    tz: ZoneInfo | None = None


class Opened(NamedTuple):
    """A watch ready to take payments, the thefts that are new to it, and what was refused."""

    watch: Watch
    new: list[Theft]
    refusals: tuple[Refusal, ...]


def open_watch(request: WatchRequest, kept: Watch | None = None) -> Opened:
    """A watch that knows the ledger so far, or the one that was kept, with thefts new since.

    `NothingUsable` when no theft can be read.
    """
    thefts, refusals = tables.read_thefts(request.thefts, request.tz or zone("UTC"))
    if not thefts:
        raise NothingUsable("no_thefts", refusals=refusals)
    terminals, more = tables.read_terminals(request.terminals) if request.terminals else ({}, ())
    stated, rest = tables.read_openings(request.balances) if request.balances else ({}, ())
    refusals = (*refusals, *more, *rest)
    if kept is not None:
        kept.end(terminals)
        return Opened(kept, kept.look_for(thefts), refusals)
    watch = Watch(request.method, terminals)
    waiting: Sequence[Theft] = thefts
    if request.ledger is not None:
        from fanzha.services.watch.ledger import follow_ledger

        waiting = follow_ledger(watch, request.ledger, thefts, stated)
    else:
        watch.open(stated)
    watch.look_for(waiting)
    watch.done()
    return Opened(watch, [], refusals)
