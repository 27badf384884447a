"""All open cases as one ranking, done anew whenever rows arrive."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fanzha.model.instant import iso
from fanzha.model.payment import Account, Theft
from fanzha.money.conflicts import GaveWay, Key, Loss, Stake, gave_way, settle
from fanzha.money.holds import NO_DESK, Desk, Terms, Timing, plan_holds, rail_by
from fanzha.money.sites import Moment, Place, Site, Weighing, places, weighing, worth
from fanzha.money.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Stolen:
    """One theft under the name that it has in every case, and whose loss it is."""

    theft: str
    victim: str
    amount: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one open case wants held, from its last trace; an empty one closes the case."""

    case_id: str
    stolen: tuple[Stolen, ...] = ()
    stakes: tuple[Stake, ...] = ()
    sites: tuple[Site, ...] = ()


class Target(NamedTuple):
    """One account worth a hold: minor units; `per_minute` ranks it."""

    account: Account
    cap: int
    expected: int
    net_expected: int
    per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One account with its conflicts settled: who may hold how much, and who gave way and why."""

    site: Site
    given: tuple[tuple[Stake, int], ...]
    gave_way: tuple[GaveWay, ...]
    weighing: Weighing = field(repr=False)

    @property
    def cap(self) -> int:
        """What may be held here at most."""
        return self.weighing.cap

    @property
    def stakes(self) -> tuple[Stake, ...]:
        """Every claim on this account, those that got nothing too."""
        nothing = (one.stake for one in self.gave_way if not one.given)
        return (*(stake for stake, _ in self.given), *nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Every open case together, best account first. It never changes: `replan` gives the next.

    The mappings that are not shown are its memory, by which the next one need not begin anew.
    """

    order: tuple[Place, ...] = ()
    spots: Mapping[Account, Spot] = field(default_factory=dict, repr=False)
    views: Mapping[str, View] = field(default_factory=dict, repr=False)
    by_account: Mapping[Account, _Stakes] = field(default_factory=dict, repr=False)
    by_victim: Mapping[str, _Stakes] = field(default_factory=dict, repr=False)
    sites: Mapping[Account, Mapping[str, Site]] = field(default_factory=dict, repr=False)
    stolen: Mapping[str, Mapping[tuple[str, str], Stolen]] = field(default_factory=dict, repr=False)

    def best(self, most: int | None = None) -> tuple[Target, ...]:
        """The accounts to ask first, at most so many (default: all)."""
        return tuple(map(self.target, self.order[:most]))

    def target(self, place: Place) -> Target:
        """One account of the order, in whole minor units."""
        rate, net, account, expected = place
        cap = self.spots[account].cap
        return Target(account, cap, round(expected), round(-net), round(-rate))


_Stakes = Mapping[tuple[str, Account, str], Stake]  # by case, account and theft


def view_of(
    case_id: str,
    found: Trace,
    thefts: Sequence[Theft],
    timing: Timing,
    entered: tuple[Mapping[str, Terms], Desk] = ({}, NO_DESK),
) -> View:
    """What a case wants held, from its trace; `entered` are its terms and what the desk knows.

    A victim is known by the account that was emptied, and a theft by its payment: so two cases
    that speak of the same payment are not counted twice.
    """
    plan = plan_holds(found, timing, *entered)
    stolen = stolen_of(thefts)
    stakes, sites = [], []
    for hold in plan.holds:
        sites.append(
            Site(
                account=hold.account,
                balance=hold.balance,
                confirmed_at=timing.confirmed_at,
                rail=rail_by(hold.credits),
                institution=hold.institution,
                terms=hold.terms,
                minutes=hold.minutes,
            )
        )
        stakes += [
            Stake(
                theft=stolen[h.theft_id].theft,
                victim=stolen[h.theft_id].victim,
                account=hold.account,
                amount=h.amount,
                credited_at=h.last_credit_at,
                cases=((case_id, h.theft_id),),
                worth=worth(hold.terms, timing.weight),
            )
            for h in hold.holdings
        ]
    return View(
        case_id=case_id,
        stolen=tuple(stolen.values()),
        stakes=tuple(stakes),
        sites=tuple(sites),
    )


def stolen_of(thefts: Sequence[Theft]) -> dict[str, Stolen]:
    """Each theft of a case by its id there, under the name that it has in every case."""
    names = _names(thefts)
    return {
        t.theft_id: Stolen(
            theft=names[t.theft_id],
            victim=_victim(t),
            amount=t.amount,
            refunded=min(t.amount, t.refunded),
        )
        for t in thefts
    }


def replan(board: Board, changed: Iterable[View], moment: Moment) -> Board:
    """The board after these cases changed, ranked for holds that land at the moment's `hold_at`.

    Conflicts are settled anew only where the changes can reach (see `conflicts.settle`: an
    account or a victim whose limit cannot bind passes nothing on), and every account is weighed
    anew, because time has passed. The result is the same whatever was changed first.
    """
    draft = _Draft(board)
    touched: set[Account] = set()
    for view in changed:
        touched |= draft.swap(view)
    draft.settle(draft.coupled(touched))
    prepared = ((account, spot.site, spot.weighing) for account, spot in draft.spots.items())
    return Board(
        order=tuple(places(prepared, moment)),
        spots=draft.spots,
        views=draft.views,
        by_account=draft.by_account,
        by_victim=draft.by_victim,
        sites=draft.sites,
        stolen=draft.stolen,
    )


class _Draft:
    """The board that is being made; what it shares with the last one is copied when touched."""

    def __init__(self, board: Board) -> None:
        self.spots = dict(board.spots)
        self.views = dict(board.views)
        self.by_account = dict(board.by_account)
        self.by_victim = dict(board.by_victim)
        self.sites = dict(board.sites)
        self.stolen = dict(board.stolen)

    def swap(self, view: View) -> set[Account]:
        """Put the case's new view in the place of its last; the accounts that this can change."""
        last = self.views.pop(view.case_id, None)
        victims: set[str] = set()
        accounts: set[Account] = set()
        for one, enters in ((last, False), (view, True)):
            if one is not None:
                victims.update(s.victim for s in one.stolen)
                accounts.update(s.account for s in one.sites)
                self._enter(one, enters)
        if view.stolen or view.stakes:
            self.views[view.case_id] = view
        for victim in victims:
            accounts.update(s.account for s in self.by_victim.get(victim, {}).values())
        return accounts

    def _enter(self, view: View, enters: bool) -> None:
        case = view.case_id
        for stake in view.stakes:
            key = (case, stake.account, stake.theft)
            _put(self.by_account, stake.account, key, stake if enters else None)
            _put(self.by_victim, stake.victim, key, stake if enters else None)
        for site in view.sites:
            _put(self.sites, site.account, case, site if enters else None)
        for theft in view.stolen:
            _put(self.stolen, theft.victim, (case, theft.theft), theft if enters else None)

    def coupled(self, touched: set[Account]) -> set[Account]:
        """The touched accounts and all that a binding limit ties to them."""
        reached, waiting = set(touched), list(touched)
        asked: set[str] = set()
        while waiting:
            account = waiting.pop()
            if account not in touched and not self._short(account):
                continue
            for victim in {s.victim for s in self.by_account.get(account, {}).values()} - asked:
                asked.add(victim)
                stakes = _merged(self.by_victim[victim].values())
                if sum(s.amount for s in stakes) > self._loss(victim).net:
                    more = {s.account for s in stakes} - reached
                    reached |= more
                    waiting += more
        return reached

    def _short(self, account: Account) -> bool:
        stakes = _merged(self.by_account.get(account, {}).values())
        return sum(s.amount for s in stakes) > self._site(account).balance

    def settle(self, accounts: set[Account]) -> None:
        for account in accounts - self.by_account.keys():
            self.spots.pop(account, None)
        here = {a: _merged(self.by_account[a].values()) for a in accounts & self.by_account.keys()}
        stakes = [stake for found in here.values() for stake in found]
        sites = {account: self._site(account) for account in here}
        balances = {account: site.balance for account, site in sites.items()}
        losses = {victim: self._loss(victim) for victim in {s.victim for s in stakes}}
        given = settle(stakes, balances, losses)
        cut: dict[Account, list[GaveWay]] = defaultdict(list)
        for one in gave_way(stakes, given, balances, losses):
            cut[one.stake.account].append(one)
        for account, found in here.items():
            parts = tuple((s, given[s.key]) for s in found if given[s.key])
            self.spots[account] = Spot(
                site=sites[account],
                given=parts,
                gave_way=tuple(cut.get(account, ())),
                weighing=weighing(sites[account], parts),
            )

    def _site(self, account: Account) -> Site:
        """The last confirmation of its balance; the lower one where two are equally late."""
        _, site = max(
            self.sites[account].items(), key=lambda i: (i[1].confirmed_at, -i[1].balance, i[0])
        )
        return site

    def _loss(self, victim: str) -> Loss:
        """A payment that two cases name is one loss, with the higher refund that either knows."""
        found: dict[str, tuple[int, int]] = {}
        for theft in self.stolen.get(victim, {}).values():
            amount, refunded = found.get(theft.theft, (0, 0))
            found[theft.theft] = max(amount, theft.amount), max(refunded, theft.refunded)
        gross = sum(amount for amount, _ in found.values())
        return Loss(gross, sum(max(0, amount - back) for amount, back in found.values()))


def _put(index: dict[Any, Any], outer: object, key: object, value: object | None) -> None:
    inner = dict(index.get(outer, ()))
    if value is None:
        inner.pop(key, None)
    else:
        inner[key] = value
    if inner:
        index[outer] = inner
    else:
        index.pop(outer, None)


def _merged(stakes: Iterable[Stake]) -> list[Stake]:
    """One stake for each theft and account: the largest amount that any case sees, named by all."""
    found: dict[Key, Stake] = {}
    for stake in stakes:
        other = found.get(stake.key)
        found[stake.key] = stake if other is None else _both(stake, other)
    return sorted(found.values(), key=lambda s: s.key) if len(found) > 1 else list(found.values())


def _both(one: Stake, other: Stake) -> Stake:
    return dataclasses.replace(
        one,
        amount=max(one.amount, other.amount),
        credited_at=max(one.credited_at, other.credited_at),
        worth=min(one.worth, other.worth),
        cases=tuple(sorted({*one.cases, *other.cases})),
    )


def _victim(theft: Theft) -> str:
    return f"{theft.debtor_account} {theft.currency}"


def _names(thefts: Sequence[Theft]) -> dict[str, str]:
    """By theft id: the payment that it is, and which one of equal ones."""
    often: dict[str, int] = defaultdict(int)
    names = {}
    for t in thefts:
        payment = f"{_victim(t)} {t.creditor_account} {t.amount} {iso(t.booked_at)}"
        often[payment] += 1
        names[t.theft_id] = f"{payment} {often[payment]}"
    return names
