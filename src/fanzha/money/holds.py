"""What exactly may be held, where, and whom to ask first."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from fanzha.errors import UsageError
from fanzha.model.chain import Finding
from fanzha.model.payment import Account, Payment
from fanzha.model.vocabulary import entry, rail_of
from fanzha.model.vocabulary.entries import Rail
from fanzha.money.kaplan_meier import Curve
from fanzha.money.survival import Survival, ages, likely_there
from fanzha.money.trace import Holding, Trace

VERSION = "1"
ACTS_IN_TIME = Decimal("0.95")  # P(the institution acts in time) where nobody said otherwise
STANDS = Decimal(1)  # P(the hold stands); wrongful holds are weighed by λ instead
LAMBDA = Decimal("0.5")  # what a wrongly held unit weighs against a rightly held one
DEFAULT_RAIL = "retail_instant"  # the fastest: the safe assumption for what must be done first
MINUTE = 60
# What one hold costs an analyst where nobody said otherwise: Thailand's one-stop centre gets a
# hold in 10 to 15 minutes. Unmeasured for any other desk.
MINUTES = Decimal(10)
# What to look at before a hold is asked for; their meanings stand in the catalogue (hold_flag).
FLAGS = (
    "excess",
    "several_victims",
    "verify_first",
    "trade_reference",
    "tie",
    "last_seen",
    "no_addressee",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an analyst enters about one account's institution and about its transactions.

    `good_faith` is the probability, from the *transaction's* evidence (order, delivery, age of
    the trade), that the payee sold something in good faith. It is never a score of a person.
    """

    acts_in_time: Decimal = ACTS_IN_TIME
    good_faith: Decimal = Decimal(0)
    institution: str = ""


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What this desk knows from its own work.

    `minutes` are an analyst's minutes for one hold, by institution as it is named or by code of
    the rail (the institution goes first, and then `MINUTES`); `curves` are estimates by rail from
    its own holds.
    """

    minutes: Mapping[str, Decimal] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)

    def minutes_for(self, institution: str, rail: Rail) -> Decimal:
        """How long one hold there takes an analyst."""
        return self.minutes.get(institution, self.minutes.get(rail.code, MINUTES))


NO_DESK = Desk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One account in which traced money may be held, never more than was traced there.

    `expected` is what a hold saves on average, `net_expected` weighs the harm of holding a
    good-faith payee's money against it, and `per_minute` is that for each of the `minutes` it
    takes an analyst. `survival` says how likely the newest money is still there. `credits` are
    the payments that brought the money, newest first; the newest gives the four match fields, and
    `missing` names those that nobody stated.
    """

    hold_id: str
    account: Account
    theft_ids: tuple[str, ...]
    traced: int
    cap: int
    balance: int
    expected: int
    net_expected: int
    minutes: Decimal
    per_minute: int
    survival: Survival
    rank: int
    flags: tuple[str, ...]
    holdings: tuple[Holding, ...] = field(repr=False)
    credits: tuple[Payment, ...] = field(repr=False)
    payee_name: str = field(repr=False)
    institution: str
    terms: Terms
    missing: tuple[str, ...]

    @property
    def excess(self) -> int:
        """What lies in the account beyond the traced amount, and must not be held."""
        return self.balance - self.cap

    @property
    def draftable(self) -> bool:
        """Whether the four match fields are there, without which an institution may not act."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlan(Finding):
    """All accounts worth a hold, best first, and the statements to ask for next.

    Cash, off-ramps, merchants and accounts abroad are traced, never ranked. The order is a
    ranking by expected money, with a prior for how fast money moves on: a person decides.
    """

    kind: ClassVar[str] = "hold_plan"
    confirmed_at: datetime
    hold_at: datetime
    weight: Decimal
    holds: tuple[Hold, ...]
    ask_next: tuple[tuple[Account, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When balances were confirmed, when holds can land, and λ (`weight`)."""

    confirmed_at: datetime
    hold_at: datetime
    weight: Decimal = LAMBDA


def plan_holds(
    found: Trace,
    timing: Timing,
    terms: Mapping[str, Terms] | None = None,
    desk: Desk = NO_DESK,
) -> HoldPlan:
    """Rank the accounts that still hold traced money, by what a minute of an analyst saves.

    net = traced × P(still there) × P(acts in time) × P(stands) − λ × P(good faith) × cap, by
    account; `terms` are by account number; the ranking is by net ÷ minutes. Money last seen in an
    account whose statement is not at hand is ranked too, and that statement is asked for, the
    largest sum first. Raises `UsageError` for a trace by poison, which is an upper bound and no
    claim.
    """
    if found.rule == "poison":
        raise UsageError("poison_not_for_plans")
    credits = _credits(found)
    by_account: dict[Account, list[Holding]] = defaultdict(list)
    for holding in found.holdings:
        if holding.state != "terminal":
            by_account[holding.account].append(holding)
    given = terms or {}
    weighed = [
        _weigh(found, held, credits[account], timing, (given.get(account.number, NO_TERMS), desk))
        for account, held in by_account.items()
    ]
    weighed.sort(key=lambda w: (-w[1] / w[0].minutes, -w[1], w[0].account))
    return HoldPlan(
        method=f"{found.rule}/{VERSION}",
        reasons=found.reasons,
        confirmed_at=timing.confirmed_at,
        hold_at=timing.hold_at,
        weight=timing.weight,
        holds=tuple(_ranked(hold, rank) for rank, (hold, _) in enumerate(weighed, 1)),
        ask_next=tuple(_ask_next(found)),
    )


def hold_id(account: Account) -> str:
    """A short stable name for the hold on an account, the same in every run.

    >>> hold_id(Account("B3", "CNY"))
    'H-4c8c1d5e'
    """
    digest = hashlib.sha256(f"{account.number}|{account.currency}".encode()).hexdigest()
    return f"H-{digest[:8]}"


def _weigh(
    found: Trace,
    held: Sequence[Holding],
    credits: Sequence[Payment],
    timing: Timing,
    entered: tuple[Terms, Desk],
) -> tuple[Hold, Decimal]:
    terms, desk = entered
    account = held[0].account
    traced = sum(h.amount for h in held)
    balance = found.balances[account]
    cap = min(traced, balance)
    rail = rail_by(credits)
    likely = Decimal(0)
    for h in held:
        likely += h.amount * Decimal(_survival(rail, h.last_credit_at, timing, desk).share)
    expected = likely * terms.acts_in_time * STANDS
    net = expected - timing.weight * terms.good_faith * cap
    newest = credits[0]
    institution = terms.institution or next(
        (p.creditor_agent for p in credits if p.creditor_agent), ""
    )
    minutes = desk.minutes_for(institution, rail)
    hold = Hold(
        hold_id=hold_id(account),
        account=account,
        theft_ids=tuple(h.theft_id for h in held),
        traced=traced,
        cap=cap,
        balance=balance,
        expected=round(expected),
        net_expected=round(net),
        minutes=minutes,
        per_minute=round(net / minutes),
        survival=_survival(rail, max(h.last_credit_at for h in held), timing, desk),
        rank=0,
        flags=_flags(held, balance - cap, credits, terms, institution),
        holdings=tuple(held),
        credits=tuple(credits),
        payee_name=next((p.creditor_name for p in credits if p.creditor_name), ""),
        institution=institution,
        terms=terms,
        missing=_missing(newest, credits),
    )
    return hold, net


def _survival(rail: Rail, credited: datetime, timing: Timing, desk: Desk) -> Survival:
    start, end = ages(credited, timing.confirmed_at, timing.hold_at)
    return likely_there(rail, start, end, desk.curves.get(rail.code))


def _ranked(hold: Hold, rank: int) -> Hold:
    return dataclasses.replace(hold, rank=rank)


def _credits(found: Trace) -> dict[Account, list[Payment]]:
    """The payments that carried stolen money into each account, newest first."""
    credits: dict[Account, list[Payment]] = defaultdict(list)
    for carried in reversed(found.carried):
        listed = credits[carried.payment.creditor]
        if not listed or listed[-1] is not carried.payment:
            listed.append(carried.payment)
    return credits


def rail_by(credits: Sequence[Payment]) -> Rail:
    """The rail by which the newest of these payments came whose channel is known."""
    for payment in credits:
        rail = rail_of(payment.channel)
        if rail is not None and rail.survives:
            return rail
    return entry("rail", DEFAULT_RAIL)


def _missing(newest: Payment, credits: Sequence[Payment]) -> tuple[str, ...]:
    missing = []
    if not any(p.creditor_name for p in credits):
        missing.append("payee_name")
    if newest.precision_seconds > MINUTE:
        missing.append("time")
    return tuple(missing)


def _flags(
    held: Sequence[Holding],
    excess: int,
    credits: Sequence[Payment],
    terms: Terms,
    institution: str,
) -> tuple[str, ...]:
    said = (
        excess > 0,
        len(held) > 1,
        terms.good_faith > 0,
        any(_mentions_trade(p.note) for p in credits),
        any(h.tie for h in held),
        held[0].state == "last_seen",
        not institution,
    )
    return tuple(flag for flag, true in zip(FLAGS, said, strict=True) if true)


# Words in a payment's remark that point at goods or services bought in good faith. They change no
# figure; they say "look before you hold".
TRADE_WORDS = ("order", "invoice", "goods", "订单", "訂單", "货款", "貨款", "发票", "發票", "运费")


def _mentions_trade(note: str) -> bool:
    return any(word in note.casefold() for word in TRADE_WORDS)


def _ask_next(found: Trace) -> list[tuple[Account, int]]:
    amounts: dict[Account, int] = defaultdict(int)
    for holding in found.holdings:
        if holding.state == "last_seen":
            amounts[holding.account] += holding.amount
    return sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
