"""Use case: does this payment carry stolen money, whose, how much, and is it about to be gone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from fanzha.errors import NothingUsable
from fanzha.intake import tables
from fanzha.intake.statement import SourceFile
from fanzha.model.instant import zone
from fanzha.model.payment import Refusal, Theft
from fanzha.money.holds import Desk
from fanzha.services.experience import own_curves
from fanzha.services.holds import minutes_by_name
from fanzha.services.money_inputs import terms_of
from fanzha.services.watch.live import Watch

if TYPE_CHECKING:
    from fanzha.services.watch.ledger import Trail
    from fanzha.services.watch.plan_file import PlanFile, Render


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """What to watch for: the ledger to begin from (or none), thefts, method, what is known."""

    thefts: SourceFile
    ledger: Path | None = None
    balances: SourceFile | None = None
    terminals: SourceFile | None = None
    method: str = "fifo"
    tz: ZoneInfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Where the ranking is to be written, and what it may rest on beside the payments."""

    path: Path
    institutions: SourceFile | None = None
    casebook: Path | None = None
    minutes: tuple[str, ...] = ()


class Opened(NamedTuple):
    """A watch ready to take payments, the thefts that are new to it, and what was refused.

    `trail` knows how money of thefts moved in the ledger, where that was asked for.
    """

    watch: Watch
    new: list[Theft]
    refusals: tuple[Refusal, ...]
    trail: Trail | None = None


def open_watch(
    request: WatchRequest, kept: Watch | None = None, *, trailed: bool = False
) -> Opened:
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
    trail = None
    if request.ledger is not None:
        from fanzha.services.watch.ledger import Trail, follow_ledger

        trail = Trail() if trailed else None
        waiting = follow_ledger(watch, request.ledger, thefts, stated, trail)
    else:
        watch.open(stated)
    watch.look_for(waiting)
    watch.done()
    return Opened(watch, [], refusals, trail)


def open_plan(opened: Opened, request: PlanRequest, render: Render) -> PlanFile:
    """The ranking of this watch, written to a file from now on.

    Where a watch was kept, nobody knows when money came to where it lies: it counts as if it just
    had. Raises `UsageError` for a watch by poison, which is an upper bound and no claim.
    """
    from fanzha.services.watch.plan_file import PlanFile

    entered, _ = (
        tables.read_institutions(request.institutions) if request.institutions else ({}, ())
    )
    desk = Desk(minutes=minutes_by_name(request.minutes), curves=own_curves(request.casebook))
    terms = {number: terms_of(given) for number, given in entered.items()}
    file = PlanFile(request.path, opened.watch, terms, (desk, render))
    if opened.trail is not None:
        file.plan.came_by_ledger(opened.trail.moved(opened.watch))
    else:
        file.plan.lies(opened.watch)
    return file
