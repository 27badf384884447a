"""Where stolen money may be held as the watch sees it: cases ranked again as rows arrive.

An account counts as the watch sees it from the first payment on that carried money of a case into
or out of it after the case was last planned; every other account counts as it was planned. What
changed is noted with each payment, and settled and weighed when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fanzha.model.payment import Account, Theft
from fanzha.model.vocabulary import entry, rail_of
from fanzha.model.vocabulary.entries import Rail
from fanzha.money.conflicts import Stake
from fanzha.money.holds import DEFAULT_RAIL, LAMBDA, NO_DESK, NO_TERMS, Desk, Terms
from fanzha.money.kaplan_meier import Curve
from fanzha.money.replan import Board, Stolen, View, replan, stolen_of
from fanzha.money.sites import Moment, Site, worth
from fanzha.services.watch.lines import Details, Paid, at_of
from fanzha.services.watch.live import Watch
from fanzha.services.watch.rules import Decision

if TYPE_CHECKING:  # a ledger is an extra
    from fanzha.services.watch.ledger import Moved

LANDS_AFTER = timedelta(minutes=5)  # a hold asked for now lands then, as the main job plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a case beside the watch.

    `stolen` is by the watch's theft id, `names` are the ids that people know; `view` is what was
    planned, as of `since` (None: nothing was), `terms` what an analyst entered by account number.
    """

    stolen: Mapping[str, Stolen]
    names: Mapping[str, str]
    view: View
    since: datetime | None = None
    terms: Mapping[str, Terms] = field(default_factory=dict)
    closed: bool = False  # nothing of it is to be held

    def by_theft(self) -> dict[str, tuple[Stolen, str]]:
        """Each theft under the name that it has in every case, with its id in this one."""
        return {s.theft: (s, self.names[name]) for name, s in self.stolen.items()}

    def credited(self, account: Account) -> dict[str, datetime]:
        """When money of each theft last came to an account, as it was planned."""
        return {s.theft: s.credited_at for s in self.view.stakes if s.account == account}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Money of one case that may be held in an account now, conflicts with other cases settled.

    `parts` are amounts in minor units and when each came; `confirmed_at` is when it was last seen.
    """

    parts: tuple[tuple[int, datetime], ...]
    rail: Rail
    institution: str
    confirmed_at: datetime


@dataclass(slots=True)
class _Here:
    """An account as the watch sees it for one case: when which theft's money came, and how."""

    seen: datetime
    came: dict[str, datetime] = field(default_factory=dict)
    rail: Rail | None = None
    institution: str = ""

    def arrive(self, theft: str, at: datetime, by: Details) -> None:
        """Money of a theft came."""
        self.came[theft] = max(self.came.get(theft, at), at)
        rail = rail_of(by.channel) if by.channel else None
        if rail is not None and rail.survives:
            self.rail = rail
        self.institution = by.creditor_agent or self.institution


class LivePlan:
    """The board of all cases that a watch follows."""

    def __init__(self, desk: Desk = NO_DESK) -> None:
        self._desk = desk
        self._told: dict[str, Told] = {}
        self._here: dict[str, dict[Account, _Here]] = {}
        self._theft: dict[str, str] = {}  # the watch's name: the name that it has in every case
        self._cases: dict[str, set[str]] = {}  # and in which cases it is
        self._changed: set[str] = set()
        self._board = Board()

    def tell(self, case_id: str, told: Told) -> None:
        """Take over what is known of a case; what was seen after it was planned stays."""
        here = self._here.get(case_id, {}).items()
        kept = {a: seen for a, seen in here if told.since is None or seen.seen > told.since}
        self._told[case_id], self._here[case_id] = told, kept
        for name, stolen in told.stolen.items():
            self._theft[name] = stolen.theft
            self._cases.setdefault(stolen.theft, set()).add(case_id)
        self._changed.add(case_id)

    @property
    def changed(self) -> bool:
        """Whether money has moved since somebody last asked."""
        return bool(self._changed)

    def saw(self, noted: Iterable[tuple[Decision, Paid]]) -> None:
        """Payments that carried, as they were answered."""
        for decision, paid in noted:
            at, details = at_of(paid.at), paid.details()
            inside = [str(g.values["theft_id"]) for g in decision.grounds if g.code == "disputed"]
            for name in dict.fromkeys([*(theft for theft, _ in decision.traced), *inside]):
                self._touch(name, decision.account, at)
            for name, _ in decision.traced:
                self._touch(name, decision.to, at, details)

    def came_by_ledger(self, moved: Iterable[tuple[Account, Moved]]) -> None:
        """Accounts that money came to or left in the ledger, after a case was planned."""
        for account, how in moved:
            newest = how.newest
            said = Details(newest.channel, "", newest.creditor_agent) if newest else Details()
            for name, at in how.left.items():
                self._touch(name, account, at, after_plan=True)
            for name, at in how.came.items():
                self._touch(name, account, at, said, after_plan=True)

    def lies(self, watch: Watch) -> None:
        """All that lies somewhere now, with no word on when it came: as if it just had."""
        if watch.stream.latest < 0:  # nothing was ever paid
            return
        at = at_of(watch.stream.latest)
        for account, inside in watch.lying():
            for name in inside:
                self._touch(name, account, at, Details())

    def _touch(
        self,
        name: str,
        account: Account,
        at: datetime,
        arrived: Details | None = None,
        *,
        after_plan: bool = False,
    ) -> None:
        theft = self._theft[name]
        for case_id in self._cases[theft]:
            since = self._told[case_id].since
            if after_plan and since is not None and at <= since:
                continue
            self._changed.add(case_id)
            here = self._here[case_id].setdefault(account, _Here(at))
            here.seen = max(here.seen, at)
            if arrived is not None:
                here.arrive(theft, at, arrived)

    def views(self, watch: Watch) -> list[View]:
        """The cases in which something changed, as they are now; they count as taken over."""
        changed, self._changed = sorted(self._changed), set()
        return [self._view(case_id, watch) for case_id in changed]

    def board(self, views: Sequence[View], moment: Moment) -> Board:
        """The ranking with these views taken over, for holds that land at that moment."""
        self._board = replan(self._board, views, moment)
        return self._board

    def _view(self, case_id: str, watch: Watch) -> View:
        told, here = self._told[case_id], self._here[case_id]
        if told.closed:
            return View(case_id=case_id)
        stakes = [s for s in told.view.stakes if s.account not in here]
        sites = [s for s in told.view.sites if s.account not in here]
        own = told.by_theft()
        for account, seen in here.items():
            inside = {self._theft[name]: amount for name, amount in watch.inside(account).items()}
            inside = {theft: amount for theft, amount in inside.items() if theft in own}
            if inside:
                site = self._site(account, seen, told, watch.balance(account))
                sites.append(site)
                came = told.credited(account) | seen.came
                stakes += [
                    Stake(
                        theft=theft,
                        victim=own[theft][0].victim,
                        account=account,
                        amount=amount,
                        credited_at=came.get(theft, seen.seen),
                        cases=((case_id, own[theft][1]),),
                        worth=worth(site.terms, LAMBDA),
                    )
                    for theft, amount in inside.items()
                ]
        return View(
            case_id=case_id,
            stolen=tuple(told.stolen.values()),
            stakes=tuple(stakes),
            sites=tuple(sites),
        )

    def _site(self, account: Account, seen: _Here, told: Told, balance: int) -> Site:
        planned = next((site for site in told.view.sites if site.account == account), None)
        rail = seen.rail or (planned.rail if planned else entry("rail", DEFAULT_RAIL))
        terms = told.terms.get(account.number, NO_TERMS)
        institution = terms.institution or (planned.institution if planned else seen.institution)
        return Site(
            account=account,
            balance=balance,
            confirmed_at=seen.seen,
            rail=rail,
            institution=institution,
            terms=terms,
            minutes=self._desk.minutes_for(institution, rail),
            watched=True,
        )


Reaches = Mapping[str, Mapping[Account, Reach]]  # by case


def reach_of(board: Board) -> Reaches:
    """What each case on a board may hold, by account; a case without money has nothing in it."""
    found: dict[str, dict[Account, Reach]] = {case_id: {} for case_id in board.views}
    for account, spot in board.spots.items():
        parts: dict[str, list[tuple[int, datetime]]] = {}
        for stake, amount in spot.given:
            for case_id, _ in stake.cases:
                parts.setdefault(case_id, []).append((amount, stake.credited_at))
        for case_id, own in parts.items():
            found[case_id][account] = Reach(
                parts=tuple(own),
                rail=spot.site.rail,
                institution=spot.site.institution,
                confirmed_at=spot.site.confirmed_at,
            )
    return found


def each_theft(thefts: Sequence[Theft], terms: Mapping[str, Terms]) -> Iterator[tuple[str, Told]]:
    """A list of thefts without cases: each theft is its own."""
    for name, stolen in stolen_of(thefts).items():
        view = View(case_id=name)
        yield name, Told(stolen={name: stolen}, names={name: name}, view=view, terms=terms)


def moment_of(watch: Watch, curves: Mapping[str, Curve]) -> Moment | None:
    """Holds land five minutes after the newest payment; None before the first."""
    if watch.stream.latest < 0:
        return None
    seen = at_of(watch.stream.latest)
    return Moment(hold_at=seen + LANDS_AFTER, curves=curves, seen_until=seen)
