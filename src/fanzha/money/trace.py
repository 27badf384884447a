"""Where stolen money is, by a stated rule, exact to the minor unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from fanzha.errors import UsageError
from fanzha.model.chain import Finding, Reason, Ref
from fanzha.model.payment import Account, Carrier, Payment
from fanzha.money.bounds import bounds, near
from fanzha.money.movements import Movements
from fanzha.money.pots import METHODS
from fanzha.money.rounding import share_out
from fanzha.money.tie import Held, Tie, find_ties
from fanzha.money.walk import Disputed, Walk, whole_amounts

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Stolen money of one theft that lies, or was last seen, in one account.

    `level` counts the fewest hops by which this theft's money came here: it says nothing about
    the holder. `state` is `resting`, `terminal` or `last_seen`. `tie` warns that another order of
    rows of one instant would change the amount. `low` and `high` bound it over other orders and
    over opening balances that nobody stated, as far as that was tried (`bounds.bounds`).
    """

    theft_id: str
    account: Account
    amount: int
    level: int
    state: str
    last_credit_at: datetime
    tie: bool = False
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """What nobody can say: the ties that matter, the holdings they change, and how far each could
    lie from what is stated; `reasons` say what was not tried."""

    ties: tuple[Tie, ...] = ()
    changed: frozenset[tuple[str, Account]] = frozenset()
    bounds: Mapping[tuple[str, Account], tuple[int, int]] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of a theft one payment carried: a row of the evidence behind a holding."""

    payment: Payment
    theft_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeCarrier:
    """A value that was handed over against traced money: shown beside it, never added to it."""

    carrier: Carrier
    claims: tuple[tuple[str, int], ...]  # theft, how much of its holding this stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Finding):
    """Every theft's money at `as_of` under one method; holdings and disputed add up to the theft.

    Under `poison` an amount is an upper bound for one account, thefts add up to nothing, and it
    is used neither for holds nor for returns. Do not read a holding as guilt of the holder.
    """

    kind: ClassVar[str] = "trace"
    as_of: datetime
    holdings: tuple[Holding, ...]
    disputed: tuple[Disputed, ...]
    carried: tuple[Carried, ...] = field(repr=False)
    balances: Mapping[Account, int]
    alternatives: tuple[AlternativeCarrier, ...] = ()
    ties: tuple[Tie, ...] = ()

    @property
    def rule(self) -> str:
        """The method without its version."""
        return self.method.partition("/")[0]

    def total(self) -> dict[str, int]:
        """What is held of each theft."""
        totals: dict[str, int] = defaultdict(int)
        for holding in self.holdings:
            totals[holding.theft_id] += holding.amount
        return dict(totals)


def trace(movements: Movements, method: str, carriers: Sequence[Carrier] = ()) -> Trace:
    """Follow every theft through the payments by one method of `METHODS`.

    Exact for FIFO and LIFO; pro rata and LIBR are computed with `pots.DIGITS` digits and rounded
    once, by largest remainder, so that nothing is lost. Raises `UsageError` for another method.

    >>> from datetime import UTC, datetime
    >>> from fanzha.model.payment import Payment, Theft
    >>> from fanzha.money.movements import gather
    >>> at = datetime(2024, 5, 14, 14, tzinfo=UTC)
    >>> paid = Payment(
    ...     booked_at=at, debtor_account="V", creditor_account="A", amount=500, currency="CNY"
    ... )
    >>> stolen = Theft(
    ...     theft_id="T", debtor_account="V", creditor_account="A", amount=500, currency="CNY",
    ...     booked_at=at,
    ... )
    >>> (held,) = trace(gather([paid], [stolen]), "fifo").holdings
    >>> held.account.number, held.amount, held.level, held.state
    ('A', 500, 1, 'resting')
    """
    if method not in METHODS:
        raise UsageError("method_unknown", method=method, known=", ".join(METHODS))
    walk = Walk(movements, method)
    walk.run()
    amounts, disputed = whole_amounts(walk)
    ties, changed = find_ties(movements, method, amounts)
    ranges = bounds(near(walk), method, amounts, ties)
    return told(walk, amounts, disputed, Doubt(ties, changed, ranges), carriers)


def told(
    walk: Walk,
    amounts: Held,
    disputed: Sequence[Disputed],
    doubt: Doubt,
    carriers: Sequence[Carrier] = (),
) -> Trace:
    """The trace that a finished walk tells, with what is in doubt about it."""
    movements = walk.movements
    holdings = tuple(
        _holding(walk, key, amount, doubt)
        for key, amount in sorted(amounts.items(), key=_by_size)
        if amount
    )
    return Trace(
        method=f"{walk.method}/{VERSION}",
        reasons=(
            *_found(movements),
            *movements.reasons,
            *_shortfalls(movements, holdings),
            *doubt.reasons,
        ),
        as_of=movements.as_of,
        holdings=holdings,
        disputed=tuple(disputed),
        carried=tuple(_carried(walk)),
        balances={h.account: movements.balances[h.account] for h in holdings},
        alternatives=tuple(_alternatives(carriers, holdings)),
        ties=doubt.ties,
    )


def _holding(walk: Walk, key: tuple[str, Account], amount: int, doubt: Doubt) -> Holding:
    low, high = doubt.bounds.get(key, (None, None))
    return Holding(
        theft_id=key[0],
        account=key[1],
        amount=amount,
        level=walk.level[key],
        state=_state(walk.movements, key[1]),
        last_credit_at=walk.last_credit[key],
        tie=key in doubt.changed,
        low=low,
        high=high,
    )


def _by_size(item: tuple[tuple[str, Account], int]) -> tuple[str, int, Account]:
    (theft_id, account), amount = item
    return theft_id, -amount, account


def _state(movements: Movements, account: Account) -> str:
    if movements.known.terminal(account):
        return "terminal"
    seen = movements.known.seen
    return "resting" if seen is None or account in seen else "last_seen"


def _carried(walk: Walk) -> Iterator[Carried]:
    """Whole minor units; less than half of one is left out, and nothing here is added up."""
    for position, theft_id, amount in walk.carried:
        whole = amount if isinstance(amount, int) else int(amount.to_integral_value())
        if whole:
            yield Carried(walk.movements.payments[position], theft_id, whole)


def _found(movements: Movements) -> Iterator[Reason]:
    """Which rows each theft was found in."""
    for position, theft in movements.thefts.items():
        payment = movements.payments[position]
        yield Reason(
            "theft_found",
            tuple(Ref(seen.file, seen.row) for seen in payment.sightings),
            {"theft_id": theft.theft_id, "amount": theft.amount, "currency": theft.currency},
        )


def _shortfalls(movements: Movements, holdings: Sequence[Holding]) -> Iterator[Reason]:
    for account in sorted({h.account for h in holdings if h.state != "terminal"}):
        unknown = movements.openings[account].unknown
        if unknown:
            yield Reason(
                "unknown_own_funds",
                (),
                {"account": account.number, "amount": unknown, "currency": account.currency},
            )


def _alternatives(
    carriers: Sequence[Carrier], holdings: Sequence[Holding]
) -> Iterator[AlternativeCarrier]:
    for carrier in carriers:
        here = [h for h in holdings if h.account == (carrier.account, carrier.currency)]
        amounts = [h.amount for h in here]
        claims = share_out(min(carrier.amount, sum(amounts)), amounts)
        if here:
            yield AlternativeCarrier(
                carrier=carrier,
                claims=tuple((h.theft_id, c) for h, c in zip(here, claims, strict=True)),
            )
