"""A trace over an index: the same answer as the plain walk's, without reading the whole ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from fanzha.errors import UsageError
from fanzha.model.chain import Reason
from fanzha.model.payment import Account, Carrier, Payment
from fanzha.money import ground
from fanzha.money.bounds import ALONE, AMPLE, Range, bounds, widen
from fanzha.money.follow import NO_BOUND, RULES, Facts, follow, micros, reachable, standing_on
from fanzha.money.frontier import Frontier, Frugal
from fanzha.money.index import Longs, distinct
from fanzha.money.kernel import kernel
from fanzha.money.locate import Located, Source, ends_of, rows_touching, with_tied
from fanzha.money.movements import Known, Movements, Opening, assemble
from fanzha.money.pots import METHODS
from fanzha.money.tie import find_ties
from fanzha.money.trace import Doubt, Trace, told
from fanzha.money.walk import Walk, whole_amounts

TIED_ROWS = 5_000  # of which ties and bounds are worked out by walking through them again

_ground = kernel(ground)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Key = tuple[str, Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far a trace goes: payments one theft is followed through, what is let go, and of how
    many rows other orders are tried.
    """

    budget: int = NO_BOUND
    frugal: Frugal = dataclasses.field(default_factory=Frugal)
    tied_rows: int = TIED_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A trace and the payments behind it.

    `movements` holds only payments that carried stolen money; its positions are its own.
    """

    trace: Trace
    movements: Movements


@dataclass(slots=True)
class _Found:
    """What a method finds, by account id and position in the ledger."""

    pots: dict[int, Any]
    level: dict[tuple[str, int], int]
    last: dict[tuple[str, int], int]
    disputed: dict[tuple[str, int, str], Any]
    carried: list[tuple[int, str, Any]]
    touched: Longs  # every account that any of it came to
    said: list[tuple[str, str, int]]  # what was not followed: code, theft, amount


def trace_index(
    source: Source,
    located: Located,
    method: str,
    as_of: datetime | None = None,
    effort: Effort | None = None,
    carriers: Sequence[Carrier] = (),
) -> Answer:
    """Follow located thefts through an indexed ledger by one method of `METHODS`.

    Equal to `trace` over the same payments: exactly under FIFO and LIFO, and under the others
    where nothing is let go (`frontier.EXACT`). What was let go, cut short, or not tried in other
    orders is among the reasons. Raises `UsageError` for another method.
    """
    if method not in METHODS:
        raise UsageError("method_unknown", method=method, known=", ".join(METHODS))
    job = _Job(source, located, method, as_of, effort or Effort())
    found = job.find()
    walk = job.walk(found)
    amounts, disputed = whole_amounts(walk)
    disputed = [d for d in disputed if d.by]
    tied = job.ties(found, amounts)
    doubt = dataclasses.replace(tied, reasons=(*job.unfollowed(found), *tied.reasons))
    return Answer(trace=told(walk, amounts, disputed, doubt, carriers), movements=walk.movements)


class _Job:
    """One trace over one ledger."""

    def __init__(
        self, source: Source, located: Located, method: str, as_of: datetime | None, effort: Effort
    ) -> None:
        self.source, self.located, self.method, self.effort = source, located, method, effort
        self.index = source.index
        self.limit = self.index.size
        if as_of is not None:
            self.limit = self.index.position_after(micros(as_of))
        self.as_of = as_of or self._end()
        self.thefts = {p: t for p, t in located.thefts.items() if p < self.limit}
        self.ground = _ground.Ground(*standing_on(self.index, source.facts, self.limit))
        self.openings: dict[int, Opening] = {}

    def _end(self) -> datetime:
        segments = self.index.segments
        if not segments:
            return max((t.booked_at for t in self.located.thefts.values()), default=_EPOCH)
        return _EPOCH + timedelta(microseconds=int(segments[-1].booked_at[-1]))

    def find(self) -> _Found:
        """What the method finds."""
        return self._searched() if self.method in RULES else self._spread()

    def _searched(self) -> _Found:
        names = [t.theft_id for t in self.thefts.values()]
        rows = follow(
            self.index,
            self.source.facts,
            list(self.thefts),
            self.method,
            self.limit,
            self.effort.budget,
        )
        found = _Found({}, {}, {}, {}, [], distinct(rows.carried[:, 4]), [])
        for theft, account, amount, level, last in rows.resting.tolist():
            pot = found.pots.setdefault(account, METHODS[self.method]())
            pot.put([(names[theft], amount)], amount)
            found.level[names[theft], account] = level
            found.last[names[theft], account] = last
        for theft, account, amount, by, _ in rows.disputed.tolist():
            key = (names[theft], account, names[by])
            found.disputed[key] = found.disputed.get(key, 0) + amount
        found.carried = [(p, names[t], n) for p, _, t, n, _ in rows.carried.tolist()]
        for theft, _, amount, _, _ in rows.cut.tolist():
            found.said.append(("trace_cut_short", names[theft], amount))
        return found

    def _spread(self) -> _Found:
        f = Frontier(self.index, self.source.facts, self.thefts, self.method, self.limit)
        f.frugal = self.effort.frugal
        f.run()
        said = [("trace_let_go", t, round(amount)) for t, amount in f.dropped.items()]
        touched = np.array(sorted(f.pots), np.int64)
        found = _Found(f.pots, f.level, f.last, f.disputed, f.carried, touched, said)
        for theft, amount in f.dropped.items():
            found.disputed[theft, -1, ""] = amount
        return found

    def opening(self, account: int) -> Opening:
        """What an account opened with, as the plain walk works it out."""
        opening = self.openings.get(account)
        if opening is None:
            stated = int(self.source.facts.stated[account])
            missing = self.ground.opening(account) - stated
            if self.source.facts.terminal[account]:
                missing = max(missing, self.ground.total(account, 1) - stated)
            opening = self.openings[account] = Opening(stated + missing, missing)
        return opening

    def balance(self, account: int) -> int:
        """What lies in an account in the end."""
        got, paid = self.ground.total(account, 0), self.ground.total(account, 1)
        return self.opening(account).amount + int(got) - int(paid)

    def walk(self, found: _Found) -> Walk:
        """The same as a finished plain walk over the payments that carried stolen money."""
        wanted = sorted({*self.thefts, *(p for p, _, _ in found.carried)})
        place = {position: i for i, position in enumerate(wanted)}
        payments = tuple(self.source.payments(wanted))
        ids = sorted({*found.pots, *(a for _, a, _ in found.disputed if a >= 0)})
        names = dict(zip(ids, self.source.names.named(ids), strict=True))
        walk = Walk(self._movements(payments, place, names), self.method)
        walk.pots = {names[a]: pot for a, pot in found.pots.items()}
        walk.level = {(t, names[a]): level for (t, a), level in found.level.items()}
        for (theft, account), position in found.last.items():
            walk.last_credit[theft, names[account]] = payments[place[position]].booked_at
        for (theft, account, by), amount in found.disputed.items():
            walk.disputed[theft, names.get(account, Account("", "")), by] = amount
        walk.carried = [(place[p], theft, amount) for p, theft, amount in found.carried]
        return walk

    def _movements(
        self, payments: tuple[Payment, ...], place: Mapping[int, int], names: Mapping[int, Account]
    ) -> Movements:
        return Movements(
            as_of=self.as_of,
            payments=payments,
            ends=tuple((p.debtor, p.creditor) for p in payments),
            thefts={place[position]: theft for position, theft in self.thefts.items()},
            known=self._known(names),
            openings={name: self.opening(a) for a, name in names.items()},
            balances={name: self.balance(a) for a, name in names.items()},
            reach=frozenset(names.values()),
            tied=(),
            refusals=self.located.refusals,
            reasons=self.located.reasons,
        )

    def _known(self, names: Mapping[int, Account]) -> Known:
        """What is known of some accounts, as the plain walk takes it."""
        flags = self.source.seen
        return Known(
            openings={name: self._stated(a) for a, name in names.items()},
            terminals=self.source.known.terminals,
            seen=None if flags is None else {name for a, name in names.items() if flags[a]},
        )

    def _stated(self, account: int) -> int:
        """The stated opening; where earlier payments were dropped, what was left of all then."""
        carried = self.index.carried
        if account < len(carried.lowest) and (
            carried.total_in[account] or carried.total_out[account]
        ):
            left = int(carried.total_in[account]) - int(carried.total_out[account])
            return self.opening(account).amount + left
        return int(self.source.facts.stated[account])

    def unfollowed(self, found: _Found) -> list[Reason]:
        """What was cut short or let go, by theft."""
        sums: dict[tuple[str, str], int] = {}
        for code, theft, amount in found.said:
            sums[code, theft] = sums.get((code, theft), 0) + amount
        currency = {t.theft_id: t.currency for t in self.thefts.values()}
        return [
            Reason(code, (), {"theft_id": t, "amount": amount, "currency": currency[t]})
            for (code, t), amount in sums.items()
        ]

    def ties(self, found: _Found, amounts: Mapping[_Key, int]) -> Doubt:
        """Ties and bounds, from walking again through the rows that can matter, if they are few."""
        if not self.thefts:
            return Doubt((), frozenset(), {})
        everywhere = reachable(
            self.index, self.source.facts, self.thefts, self.limit, budget=4 * self.effort.tied_rows
        )
        rows, said = None, "ties_partly_tried"
        if not everywhere.cut:
            rows = self._rows(everywhere.accounts)
            said = "" if rows is not None else said
        if rows is None:
            rows = self._rows(found.touched)
        if rows is None:
            return Doubt(
                (), frozenset(), self._opened(found, amounts), (self._why("ties_not_tried"),)
            )
        near = self._near(rows)
        ties, changed = find_ties(near, self.method, amounts)
        ranges = bounds(near, self.method, amounts, ties)
        return Doubt(ties, changed, ranges, (self._why(said),) if said else ())

    def _why(self, code: str) -> Reason:
        return Reason(code, (), {"rows": self.effort.tied_rows})

    def _rows(self, accounts: Longs) -> Longs | None:
        most = self.effort.tied_rows
        rows = rows_touching(self.index, accounts, self.limit, most)
        return None if rows is None else with_tied(self.index, rows, self.limit, most)

    def _near(self, rows: Longs) -> Movements:
        payments = self.source.payments(rows.tolist())
        place = {position: i for i, position in enumerate(rows.tolist())}
        names: dict[int, Account] = {}
        for position, payment in zip(rows.tolist(), payments, strict=True):
            debtor, creditor = ends_of(self.index, position)
            names[debtor], names[creditor] = payment.debtor, payment.creditor
        return assemble(
            payments,
            {place[position]: theft for position, theft in self.thefts.items()},
            self._known(names),
            self.as_of,
        )

    def _opened(self, found: _Found, amounts: Mapping[_Key, int]) -> dict[_Key, Range]:
        """Bounds over unknown openings alone; only FIFO is quick enough for more rows."""
        if self.method != "fifo":
            return {}
        ranges = {key: (amount, amount) for key, amount in amounts.items() if amount}
        ids = sorted(found.pots)
        names = dict(zip(ids, self.source.names.named(ids), strict=True))
        stolen = [t.theft_id for t in self.thefts.values()]
        unknown = [a for a in found.touched.tolist() if not self.source.facts.terminal[a]]
        unknown = [a for a in unknown if self.opening(a).unknown]
        for accounts in [unknown, *([a] for a in unknown[:ALONE])] if unknown else []:
            facts = Facts(self.source.facts.stated.copy(), self.source.facts.terminal)
            facts.stated[accounts] = AMPLE
            rows = follow(self.index, facts, list(self.thefts), self.method, self.limit)
            held = rows.resting[np.isin(rows.resting[:, 1], ids)].tolist()
            widen(ranges, {(stolen[t], names[a]): n for t, a, n, _, _ in held})
        return ranges
