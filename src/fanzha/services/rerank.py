"""Use case: every open case of the casebook as one ranking, and again when rows arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NothingUsable
from fanzha.model.payment import Account
from fanzha.money.hold_state import FIRST, WAITING, standing
from fanzha.money.holds import LAMBDA, Desk, Terms, Timing, hold_id
from fanzha.money.replan import Board, Spot, Target, View, replan, view_of
from fanzha.money.sites import Moment
from fanzha.money.survival import Survival
from fanzha.services.closing import closing
from fanzha.services.contents import HOLD, Contents
from fanzha.services.experience import curves_of
from fanzha.services.holds import minutes_by_name
from fanzha.services.recorded_money import recorded_money


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankRequest:
    """When holds land, and which cases changed (none named: every case of the casebook).

    A case is open while it has a hold plan and nobody closed it; `closed` names others that are no
    longer to be ranked.
    """

    casebook: Path
    hold_at: datetime
    changed: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    method: str = "fifo"
    weight: Decimal = LAMBDA
    minutes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one theft may have held in an account, of what was traced there for it.

    `cases` are the case and theft ids under which people know it; `why` says what cut it: the
    account's `balance`, the victim's `loss`, or both.
    """

    cases: tuple[tuple[str, str], ...]
    traced: int
    cap: int
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One account to ask for a hold in, for all cases together; amounts in minor units.

    `states` says where the hold of each case stands. `per_minute` ranks it, within its currency.
    """

    rank: int
    hold_id: str
    account: Account
    institution: str
    cap: int
    expected: int
    net_expected: int
    per_minute: int
    minutes: Decimal
    survival: Survival
    terms: Terms
    parts: tuple[Part, ...]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Every open case as one list, best first: of `ranked` accounts the first `rows`.

    `seen_until`: payments were watched until then. `held` accounts were left out: money is held
    there already, or it was decided. An order of calls by expected money, with a prior for how
    fast it moves on: a person decides.
    """

    hold_at: datetime
    seen_until: datetime | None
    weight: Decimal
    cases: int
    ranked: int
    held: int
    rows: tuple[Ranked, ...]


def rank_open(request: RerankRequest, now: datetime, most: int | None = None) -> Ranking:
    """Every open case of a casebook as one ranking; what is held or decided by `now` is left out.

    It still counts: what one case holds already, another does not get again.
    """
    with open_casebook(request.casebook, create=False) as casebook:
        moment, views = _read(casebook, request)

        def state(case_id: str, account: Account) -> str:
            return standing(casebook.actions_on(case_id, hold_id(account), HOLD), now).state

        return ranking_of(replan(Board(), views, moment), moment, state, most)


def ranking_of(
    board: Board,
    moment: Moment,
    state: Callable[[str, Account], str] | None = None,
    most: int | None = None,
) -> Ranking:
    """A board as people read it, at most so many rows of it.

    `state` says where the hold of a case on an account stands; without it none was asked for yet.
    """
    rows: list[Ranked] = []
    ranked = held = 0
    for place in board.order:
        spot = board.spots[place[2]]
        if not spot.cap:
            continue
        cases = dict.fromkeys(case for stake in spot.stakes for case, _ in stake.cases)
        states = {c: state(c, place[2]) if state else FIRST for c in cases}
        if WAITING.isdisjoint(states.values()):
            held += 1
            continue
        ranked += 1
        if most is None or ranked <= most:
            rows.append(_ranked(ranked, board.target(place), spot, moment, states))
    return Ranking(
        hold_at=moment.hold_at,
        seen_until=moment.seen_until,
        weight=moment.weight,
        cases=len(board.views),
        ranked=ranked,
        held=held,
        rows=tuple(rows),
    )


def _ranked(
    rank: int, target: Target, spot: Spot, moment: Moment, states: Mapping[str, str]
) -> Ranked:
    site, cut = spot.site, {one.stake.key: one for one in spot.gave_way}
    given = {stake.key: amount for stake, amount in spot.given}
    return Ranked(
        rank=rank,
        hold_id=hold_id(target.account),
        account=target.account,
        institution=site.institution,
        cap=target.cap,
        expected=target.expected,
        net_expected=target.net_expected,
        per_minute=target.per_minute,
        minutes=site.minutes,
        survival=moment.survival(site, max(s.credited_at for s, _ in spot.given)),
        terms=site.terms,
        parts=tuple(
            Part(
                cases=stake.cases,
                traced=stake.amount,
                cap=given.get(stake.key, 0),
                why=cut[stake.key].why if stake.key in cut else (),
            )
            for stake in spot.stakes
        ),
        states=states,
    )


def rerank(request: RerankRequest, board: Board | None = None) -> Board:
    """The board after the changed cases were traced anew from their recorded files.

    Pass the last board to pay only for what changed. A case whose files show no theft any more is
    left out of the ranking, not refused: the main job says what is wrong with it.
    """
    with open_casebook(request.casebook, create=False) as casebook:
        moment, views = _read(casebook, request)
    return replan(board or Board(), views, moment)


def _read(casebook: Casebook, request: RerankRequest) -> tuple[Moment, list[View]]:
    curves = curves_of(casebook)
    desk = Desk(minutes=minutes_by_name(request.minutes), curves=curves)
    moment = Moment(hold_at=request.hold_at, weight=request.weight, curves=curves)
    return moment, list(_views(casebook, request, desk))


def _views(casebook: Casebook, request: RerankRequest, desk: Desk) -> Iterator[View]:
    for case_id in request.closed:
        yield View(case_id=case_id)
    for case_id in request.changed or casebook.cases():
        if case_id in request.closed:
            continue
        contents = Contents(casebook, case_id)
        body = contents.latest("hold_plan")
        if body is None or closing(contents) is not None:
            yield View(case_id=case_id)
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
