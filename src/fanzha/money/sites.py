"""One account as a case knows it, and what a hold there is worth at one moment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from fanzha.model.payment import Account
from fanzha.model.vocabulary.entries import Rail
from fanzha.money.conflicts import Stake
from fanzha.money.holds import LAMBDA, STANDS, Terms
from fanzha.money.kaplan_meier import Curve
from fanzha.money.survival import Survival, likely_there, survival


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One account as a case knows it; `confirmed_at` is when its balance was last confirmed.

    `watched`: every payment of the account is seen as it happens, so that what lies there is
    confirmed anew by each one (`Moment.seen_until`).
    """

    account: Account
    balance: int
    confirmed_at: datetime
    rail: Rail
    institution: str
    terms: Terms
    minutes: Decimal
    watched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When holds can land, and what is known by now: own survival curves by rail, λ (`weight`).

    `seen_until` is the instant of the last payment seen in accounts that are watched.
    """

    hold_at: datetime
    weight: Decimal = LAMBDA
    curves: Mapping[str, Curve] = field(default_factory=dict)
    seen_until: datetime | None = None

    def survival(self, site: Site, credited_at: datetime) -> Survival:
        """How likely money that came then is still there when a hold lands, and by what."""
        confirmed = site.confirmed_at
        if site.watched and self.seen_until is not None:
            confirmed = max(confirmed, self.seen_until)
        start = (confirmed - credited_at).total_seconds()
        end = (self.hold_at - credited_at).total_seconds()
        return likely_there(site.rail, start, end, self.curves.get(site.rail.code))


def worth(terms: Terms, weight: Decimal) -> float:
    """How likely the institution acts in time less the weighted chance of good faith."""
    return float(terms.acts_in_time * STANDS - weight * terms.good_faith)


Place = tuple[float, float, Account, float]  # −per minute, −net, account, expected


class Weighing(NamedTuple):
    """What of an account's worth does not change while time passes, ready to be multiplied."""

    cap: int
    confirmed: float  # seconds since 1970
    parts: tuple[tuple[int, float, float], ...]  # amount, the same ÷ S(at confirmation), credited
    acts: float
    good_faith: float
    minutes: float
    prior: tuple[float, float, float] | None  # weight, fast and slow seconds, where there is one


def weighing(site: Site, given: Sequence[tuple[Stake, int]]) -> Weighing:
    """Prepare an account, with what each stake may hold there."""
    rail, confirmed, parts = site.rail, site.confirmed_at.timestamp(), []
    prior = None
    if rail.survives and rail.fast_weight is not None:
        prior = float(rail.fast_weight), rail.fast_seconds or 1, rail.slow_seconds or 1
    for stake, amount in given:
        credited = stake.credited_at.timestamp()
        before = survival(rail, confirmed - credited)
        parts.append((amount, amount / before if before else amount, credited))
    return Weighing(
        cap=sum(amount for _, amount in given),
        confirmed=confirmed,
        parts=tuple(parts),
        acts=float(site.terms.acts_in_time * STANDS),
        good_faith=float(site.terms.good_faith),
        minutes=float(site.minutes),
        prior=prior,
    )


def places(prepared: Iterable[tuple[Account, Site, Weighing]], moment: Moment) -> list[Place]:
    """Every account with what sorts it, best first."""
    hold, harm, curves = moment.hold_at.timestamp(), float(moment.weight), moment.curves
    seen = -math.inf if moment.seen_until is None else moment.seen_until.timestamp()
    exp = math.exp
    found: list[Place] = []
    for account, site, here in prepared:
        cap, confirmed, parts, acts, good_faith, minutes, prior = here
        likely = 0.0
        if prior is None or curves or site.watched:
            since = max(confirmed, seen) if site.watched else confirmed
            likely = _likely(here, (since, max(hold, since)), curves.get(site.rail.code), site.rail)
        else:  # the prior alone, by which most accounts are weighed: this is the inner loop
            end = hold if hold > confirmed else confirmed
            weight, fast, slow = prior
            for _, scaled, credited in parts:
                age = credited - end if end > credited else 0.0
                likely += scaled * (weight * exp(age / fast) + (1 - weight) * exp(age / slow))
        expected = likely * acts
        net = expected - harm * good_faith * cap
        found.append((-net / minutes, -net, account, expected))
    found.sort()
    return found


def _likely(here: Weighing, ends: tuple[float, float], curve: Curve | None, rail: Rail) -> float:
    """What is likely still there at the second of two instants, of what was at the first."""
    since, end = ends
    likely = 0.0
    if curve is not None or here.prior is None:
        for amount, _, credited in here.parts:
            likely += amount * likely_there(rail, since - credited, end - credited, curve).share
        return likely
    weight, fast, slow = here.prior
    for amount, _, credited in here.parts:
        age, then = min(0.0, credited - end), min(0.0, credited - since)
        there = weight * math.exp(age / fast) + (1 - weight) * math.exp(age / slow)
        before = weight * math.exp(then / fast) + (1 - weight) * math.exp(then / slow)
        likely += amount * there / before if before else 0.0
    return likely
