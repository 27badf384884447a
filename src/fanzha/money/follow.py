"""What the search kernels find, as arrays: thefts forward, an account backward, who is in reach.

Everything here speaks of account ids and positions; `engine` puts names to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from fanzha.money import origin, reach, search, sweep
from fanzha.money.index import Index, Longs, views
from fanzha.money.kernel import kernel

Flags: TypeAlias = npt.NDArray[np.uint8]

RULES = {"fifo": 0, "lifo": 1}
NO_BOUND = 1 << 62
# How a walk back ended, by the kernel's number.
ENDINGS = ("opening", "terminal", "stopped", "too_deep", "cut_short", "before_ledger")

FEW = 1024  # a search may look at one in so many payments before looking at all is quicker

_search, _origin, _reach, _sweep = kernel(search), kernel(origin), kernel(reach), kernel(sweep)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of accounts by id: stated openings, and 1 where money never leaves again."""

    stated: Longs
    terminal: Flags

    @classmethod
    def of(cls, accounts: int, stated: Mapping[int, int], terminal: Iterable[int] = ()) -> Facts:
        """Facts about a few of many accounts."""
        facts = cls(np.zeros(accounts, np.int64), np.zeros(accounts, np.uint8))
        facts.stated[list(stated)] = list(stated.values())
        facts.terminal[list(terminal)] = 1
        return facts


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """Thefts followed by FIFO or LIFO; a theft is its number in the order given.

    Rows are `carried` (position, where in the payment it begins, theft, amount, creditor), in
    order; `resting` (theft, account, amount, level, position of the last credit); `disputed`
    (theft, account, amount, by, position); `cut` (theft, account, amount, position of the payment
    that would have come next, 0): what was not followed further for want of budget. It is in
    `resting` too, so every theft adds up.
    """

    carried: Longs
    resting: Longs
    disputed: Longs
    cut: Longs


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where money came from: `passed` (position, where in the payment it begins, amount, hops
    back, debtor), latest first, and `sources` (how it ended, account, amount, position or -1,
    hops back); `ENDINGS` names how. The sources add up to `held`.
    """

    held: int
    passed: Longs
    sources: Longs


def follower(index: Index, facts: Facts, method: str, limit: int | None = None) -> Any:
    """A kernel ready to `mark` thefts and `follow` them one at a time, without objects between."""
    return _search.Forward(*standing_on(index, facts, limit), RULES[method])


def follow(
    index: Index,
    facts: Facts,
    thefts: Sequence[int],
    method: str,
    limit: int | None = None,
    budget: int = NO_BOUND,
) -> Followed:
    """Follow thefts, given by their positions, through the payments before position `limit`.

    Exact, each theft by itself. `budget` bounds how many payments one theft is followed through.
    """
    forward = follower(index, facts, method, limit)
    forward.budget = budget
    for position in thefts:
        forward.mark(position)
    forward.follow_all()
    carried = table(forward.carried)
    return Followed(
        carried[np.lexsort((carried[:, 1], carried[:, 0]))],
        table(forward.resting),
        table(forward.disputed),
        table(forward.cut),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a walk back goes: payments to end at, most hops, most payments passed."""

    stops: Sequence[int] = ()
    deepest: int = NO_BOUND
    budget: int = NO_BOUND


def origins(
    index: Index,
    facts: Facts,
    account: int,
    method: str,
    limit: int | None = None,
    amount: int | None = None,
    bounds: Bounds | None = None,
) -> Origins:
    """Who fed an account: what lies there before position `limit`, or the last `amount` of it.

    The exact inverse of `follow`: give the thefts as `stops`, and what comes from each is what it
    left here. In a terminal lies all that it ever got.
    """
    bounds = bounds or Bounds()
    backward = _origin.Backward(*standing_on(index, facts, limit), RULES[method])
    backward.deepest, backward.budget = bounds.deepest, bounds.budget
    for position in bounds.stops:
        backward.mark(position)
    held = backward.follow(account, -1 if amount is None else amount)
    return Origins(held, table(backward.passed), table(backward.sources))


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Accounts that money can have reached, the first payment by which (-1: it began there), and
    in how many of them the search was cut short.
    """

    accounts: Longs
    first: Longs
    cut: int


def reachable(
    index: Index,
    facts: Facts,
    payments: Iterable[int],
    limit: int | None = None,
    accounts: Iterable[tuple[int, int]] = (),
    budget: int = NO_BOUND,
) -> Reached:
    """Who could have received it: accounts that payments in non-decreasing time lead to.

    It begins with those who got `payments` (positions), and with `accounts`, each with the position
    from which on what it pays counts. Rows of one instant count in any order; terminals are
    reached, not left. `budget` bounds the payments looked at. Says nothing of how much: an upper
    bound on where to look.
    """
    payments, accounts = list(payments), list(accounts)
    spread = _reach.Reach(*standing_on(index, facts, limit))
    spread.budget = budget if budget < NO_BOUND else (spread.limit + index.accounts) // FEW
    for position in payments:
        spread.begin(position)
    for account, position in accounts:
        spread.start(account, position)
    spread.spread()
    if spread.cut and budget >= NO_BOUND:
        begun = [*_got(index, payments), *((since, account, -1) for account, since in accounts)]
        return _swept(index, facts, limit, begun)
    found = table(spread.found())
    return Reached(found[:, 0], found[:, 1], spread.cut)


def _got(index: Index, payments: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Who got payments: from where on that can be paid on, the account, the payment."""
    for position in payments:
        number = index.segment_of(position)
        if number >= 0 and position < index.size:
            segment = index.segments[number]
            row = position - segment.first
            since = index.position_after(int(segment.booked_at[row]) - 1)
            yield since, int(segment.creditor[row]), position


def _swept(
    index: Index, facts: Facts, limit: int | None, begun: Sequence[tuple[int, int, int]]
) -> Reached:
    """The same by looking at every payment once."""
    ground = standing_on(index, facts, limit)
    arrivals = np.array(sorted(a for a in begun if a[2] < ground[-1]), np.int64).reshape(-1)
    marks = np.where(facts.terminal != 0, np.uint8(4), np.uint8(0))  # `sweep.KEEPS`
    order = np.empty(len(marks) + 1, np.int32)
    first, since = np.empty(len(marks), np.int64), np.empty(len(marks), np.int64)
    spread = _sweep.Sweep(*ground, views(marks, order, first, since))
    spread.spread(*views(arrivals))
    found = order[: spread.count].astype(np.int64)
    return Reached(found, first[found], 0)


def standing_on(index: Index, facts: Facts, limit: int | None) -> tuple[Any, ...]:
    """What every search kernel begins with."""
    carried = index.carried
    totals = (carried.total_in, carried.total_out, carried.lowest)
    return (
        index.stretches,
        views(facts.stated, facts.terminal),
        views(*totals),
        index.size if limit is None else min(limit, index.size),
    )


def table(sheet: Any) -> Longs:
    """A kernel's sheet as rows of five numbers."""
    return np.frombuffer(sheet.numbers(), np.int64).reshape(-1, 5)


def micros(at: datetime) -> int:
    """An instant as the index counts it.

    >>> from datetime import UTC
    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return round(at.timestamp() * 1_000_000)
