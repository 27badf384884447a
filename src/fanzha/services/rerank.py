"""Use case: every open case of the casebook as one ranking, and again when rows arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NothingUsable
from fanzha.money.holds import LAMBDA, Desk, Timing
from fanzha.money.kaplan_meier import estimate
from fanzha.money.replan import Board, View, replan, view_of
from fanzha.services.experience import watched
from fanzha.services.holds import minutes_by_name
from fanzha.services.recorded_money import recorded_money


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankRequest:
    """When holds land, and which cases changed (none named: every case of the casebook).

    A case is open while it has a hold plan; `closed` names those that are no longer to be ranked.
    """

    casebook: Path
    hold_at: datetime
    changed: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    method: str = "fifo"
    weight: Decimal = LAMBDA
    minutes: tuple[str, ...] = ()


def rerank(request: RerankRequest, board: Board | None = None) -> Board:
    """The board after the changed cases were traced anew from their recorded files.

    Pass the last board to pay only for what changed. A case whose files show no theft any more is
    left out of the ranking, not refused: the main job says what is wrong with it.
    """
    board = board or Board()
    with open_casebook(request.casebook, create=False) as casebook:
        desk = Desk(minutes=minutes_by_name(request.minutes), curves=estimate(watched(casebook)))
        views = list(_views(casebook, request, desk))
    return replan(board, views, request.hold_at, request.weight)


def _views(casebook: Casebook, request: RerankRequest, desk: Desk) -> Iterator[View]:
    for case_id in request.closed:
        yield View(case_id=case_id)
    for case_id in request.changed or casebook.cases():
        plan = casebook.case(case_id).latest("hold_plan")
        body = casebook.finding(plan) if plan else None
        if body is None or case_id in request.closed:
            continue
        try:
            money = recorded_money(casebook, case_id)
        except NothingUsable:
            yield View(case_id=case_id)
            continue
        timing = Timing(
            confirmed_at=datetime.fromisoformat(body["confirmed_at"]),
            hold_at=request.hold_at,
            weight=request.weight,
        )
        found = money.trace(request.method)
        yield view_of(case_id, found, money.thefts, timing, (money.read.terms, desk))
