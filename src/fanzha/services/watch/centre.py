"""The centre's own watch: its ledger, the thefts of its cases, and payments as they come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from fanzha.casebook import Casebook
from fanzha.errors import FanzhaError, UsageError
from fanzha.intake import tables
from fanzha.model.instant import iso
from fanzha.model.payment import Account, Theft
from fanzha.money.kaplan_meier import Curve, estimate
from fanzha.money.sites import Moment
from fanzha.services.sources import read_source
from fanzha.services.watch.cases import METHOD, WatchedCase, go_on, read_case, way
from fanzha.services.watch.hits import HitBook, hit_fact, hit_key, known_keys
from fanzha.services.watch.lines import Lines, Paid, at_of
from fanzha.services.watch.live import Answer, Watch
from fanzha.services.watch.log import Row, WatchLog
from fanzha.services.watch.plan import LANDS_AFTER, LivePlan, Reaches, reach_of
from fanzha.services.watch.rules import Decision, Ground

LOOK_EVERY = 2.0  # seconds between looks at whether a case has new thefts
PACE_SECONDS = 10
PATIENCE = 0.5  # seconds that a reader waits for the newest; then the last that is known will do
TERMINALS = "terminals.csv"  # of the centre: where tracing ends, whatever the case


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchStatus:
    """How the watch stands: payments since the start, in a second now, and how far it reaches."""

    open: bool
    payments: int
    per_second: float
    refused: int
    thefts: int
    waiting: int
    reaches: datetime | None


@dataclass(frozen=True, slots=True)
class Lying:
    """Stolen money that lies in an account now, in minor units, and of which cases."""

    account: Account
    amount: int
    cases: frozenset[str]


class _Noting(Watch):
    """A watch that keeps what it took and what it said of it, until both are written down."""

    def __init__(self, method: str, terminals: Mapping[str, str]) -> None:
        super().__init__(method, terminals)
        self.taken: list[Row] = []
        self.noted = []

    def move(self, row: int, paid: Sequence[Any]) -> Any:
        hit = super().move(row, paid)
        self.taken.append((row, self.part or 1, Paid(*paid)))
        return hit


class CentreWatch:
    """One watch for the whole centre; payments come one request after the other.

    A hit is in the casebook of its case before the payment is answered, and once, however often
    the payment is sent with the same row. What came in is folded into the ledger when the watch
    opens, and when a case brings a theft: then its money is followed from where it was paid.
    """

    def __init__(self, casebook: Casebook, folder: Path, ledger: Path) -> None:
        self.hits = HitBook(casebook)
        self._casebook, self._folder, self._ledger = casebook, folder, ledger
        self._log = WatchLog(folder / "watch")
        self._watch: _Noting | None = None
        self._lock = Lock()
        self._plan = LivePlan()
        self._curves: Mapping[str, Curve] = {}
        self._reach: Reaches = {}
        self._board_lock = Lock()  # taken before the other one
        self._cases: dict[str, WatchedCase] = {}
        self._theft: dict[str, tuple[str, str]] = {}  # the watch's name: case and theft
        self._ways: dict[tuple[str, Account], tuple[str, ...]] = {}
        self._keys: dict[str, set[str]] = {}
        self._pace: deque[tuple[float, int]] = deque(maxlen=1000)
        self._looked = (0.0, "")
        self._payments = self._refused = 0
        self._reaches: datetime | None = None

    def take(self, body: bytes, now: datetime) -> list[Answer]:
        """Take payments as lines (JSON, CSV with its header, pacs.008); one answer for each.

        `traced` names thefts as `case/theft`. When this returns, hits are in the casebook and the
        payments on the disk. Raises `UsageError` (`ledger_extra`) without `fanzha[ledger]`.
        """
        said = body.removesuffix(b"\n").split(b"\n") if body.strip() else []
        with self._lock:
            watch = self._ready(now)
            lines = Lines(file="watch")
            if said and lines.header(said[0]):
                said = said[1:]
            try:
                answers = watch.take_lines(lines, said)
                self._keep(watch, now)
            except BaseException:
                self._watch = None  # what was moved and not written down never came
                raise
        self._pace.append((time.monotonic(), len(answers)))
        return answers

    def open(self, now: datetime) -> None:
        """Be ready before the first payment comes."""
        with self._lock:
            self._ready(now)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._log.close()
            self._watch = None

    def fold(self, now: datetime) -> None:
        """Hand what came in to the ledger now."""
        with self._lock:
            self._reopen(now)

    def status(self) -> WatchStatus:
        """How the watch stands. It waits for nobody."""
        watch, since = self._watch, time.monotonic() - PACE_SECONDS
        lately = sum(count for at, count in self._pace.copy() if at >= since)
        return WatchStatus(
            open=watch is not None,
            payments=self._payments,
            per_second=lately / PACE_SECONDS,
            refused=self._refused + (watch.refused if watch else 0),
            thefts=len(self._theft),
            waiting=watch.waiting if watch else 0,
            reaches=self._reaches or _end_of(self._ledger),
        )

    def lying(self) -> list[Lying]:
        """Where stolen money lies now that can still move on."""
        with self._lock:
            if self._watch is None:
                return []
            return [
                Lying(account, sum(inside.values()), frozenset(self._theft[t][0] for t in inside))
                for account, inside in self._watch.lying()
            ]

    def reach(self, now: datetime) -> Reaches:
        """What each case may hold where by now, every payment so far in it, conflicts settled.

        Nothing of cases that the watch does not follow, nor where there is no ledger. What changed
        since the last time is settled and all is weighed now: payments do not wait for it.
        """
        with self._board_lock:
            if self._lock.acquire(timeout=PATIENCE):
                try:
                    watch = self._watch or self._reopened(now)
                    if watch is None:
                        return self._reach
                    plan, views = self._plan, self._plan.views(watch)
                    moment = Moment(
                        hold_at=now + LANDS_AFTER, curves=self._curves, seen_until=self._reaches
                    )
                finally:
                    self._lock.release()
                self._reach = reach_of(plan.board(views, moment))
            return self._reach

    def _reopened(self, now: datetime) -> _Noting | None:
        """The watch as a reader needs it: where it cannot be opened, its page says why."""
        try:
            return self._reopen(now) if self._ledger.exists() else None
        except FanzhaError:
            return None

    def _ready(self, now: datetime) -> _Noting:
        watch = self._watch
        if watch is None:
            return self._reopen(now)
        at, tip = self._looked
        if time.monotonic() - at >= LOOK_EVERY:
            newest = self._casebook.checkpoint()
            self._looked = (time.monotonic(), newest)
            if newest != tip and self._learn(now):
                return self._reopen(now)
        return watch

    def _reopen(self, now: datetime) -> _Noting:
        """Fold what came in, learn the thefts, and follow them through the ledger."""
        if self._watch is not None:
            self._refused += self._watch.refused
            self._watch = None
        self._log.fold(self._ledger)
        self._looked = (time.monotonic(), self._casebook.checkpoint())
        self._learn(now)
        cases = self._cases.values()
        self._theft = {
            t.theft_id: (c.case_id, t.theft_id[len(c.case_id) + 1 :])
            for c in cases
            for t in c.thefts
        }
        self._ways = {key: way for case in cases for key, way in case.ways.items()}
        self._plan = LivePlan()
        for case in cases:
            self._plan.tell(case.case_id, case.told())
        watch = _Noting(METHOD, self._terminals())
        watch.look_for(self._followed(watch, [t for case in cases for t in case.thefts]))
        watch.done()
        watch.row = self._log.row
        self._reaches = _end_of(self._ledger)
        self._watch = watch
        return watch

    def _followed(self, watch: _Noting, thefts: Sequence[Theft]) -> Iterable[Theft]:
        """Bring the watch to the ledger's end; gives the thefts that are not in there."""
        if not self._ledger.exists():
            return thefts
        try:
            from fanzha.services.watch.ledger import Trail, follow_ledger
        except ImportError as missing:
            raise UsageError("ledger_extra") from missing
        trail = Trail()
        waiting = follow_ledger(watch, self._ledger, thefts, {}, trail)
        self._plan.came_by_ledger(trail.moved(watch))
        return waiting

    def _terminals(self) -> dict[str, str]:
        path = self._folder / TERMINALS
        known = tables.read_terminals(read_source(str(path)))[0] if path.is_file() else {}
        return known | {n: kind for case in self._cases.values() for n, kind in case.ends.items()}

    def _learn(self, now: datetime) -> bool:
        """Read cases whose last trace is new; says whether there is another theft to follow."""
        before = {theft.theft_id for case in self._cases.values() for theft in case.thefts}
        landed = False
        for case_id, tip in self._casebook.tips().items():
            known = self._cases.get(case_id)
            if known is None or known.tip != tip:
                case = read_case(self._casebook, (case_id, tip), now, known)
                self._cases[case_id] = case
                landed |= case.landed != (known.landed if known else ())
                if known is None or (known.trace, known.closed) != (case.trace, case.closed):
                    self._plan.tell(case_id, case.told())
        if landed:
            self._curves = estimate(one for case in self._cases.values() for one in case.landed)
        after = {theft.theft_id for case in self._cases.values() for theft in case.thefts}
        return after != before

    def _keep(self, watch: _Noting, now: datetime) -> None:
        """Hits into the casebook first, then the payments: what is repeated finds its key."""
        hits, rows = watch.noted or [], watch.taken
        watch.noted, watch.taken = [], []
        watch.done()
        self._plan.saw(hits)
        for decision, paid in hits:
            self._remember_ways(decision)
            for case_id in sorted({self._theft[name][0] for name, _ in decision.traced}):
                self._record(case_id, decision, paid, now)
        self._log.write(rows, watch.row)
        self._payments += len(rows)
        if rows:
            latest = at_of(max(paid.at for _, _, paid in rows))
            self._reaches = max(self._reaches or latest, latest)

    def _record(self, case_id: str, decision: Decision, paid: Paid, now: datetime) -> None:
        said = self._said(case_id, decision, paid)
        if case_id not in self._keys:
            self._keys[case_id] = known_keys(self._casebook, case_id)
        if hit_key(said) not in self._keys[case_id]:
            self._casebook.append(case_id, [hit_fact(said, now)], now)
            self._keys[case_id].add(hit_key(said))

    def _said(self, case_id: str, decision: Decision, paid: Paid) -> dict[str, Any]:
        """A decision as one case may know it: nothing of other cases in it."""
        own = [(n, amount) for n, amount in decision.traced if self._theft[n][0] == case_id]
        most = max(own, key=lambda part: part[1])[0]
        details = paid.details()
        return {
            "row": decision.row,
            "part": decision.part,
            "booked_at": iso(at_of(paid.at)),
            "debtor_account": paid.debtor,
            "creditor_account": paid.creditor,
            "debtor_agent": details.debtor_agent,
            "creditor_agent": details.creditor_agent,
            "channel": details.channel,
            "amount": paid.amount,
            "currency": paid.currency,
            "traced": [(self._theft[name][1], amount) for name, amount in own],
            "method": decision.method,
            "path": way(self._ways, most, decision.account, decision.to),
            "decision": decision.decision,
            "hold": min(decision.amount, sum(amount for _, amount in own)),
            "leaving": decision.leaving,
            "reasons": list(self._grounds(case_id, decision, len(own))),
        }

    def _grounds(self, case_id: str, said: Decision, count: int) -> Iterator[Ground]:
        for ground in said.grounds:
            named = [self._theft.get(str(ground.values[k])) for k in _NAMES if k in ground.values]
            if any(found is None or found[0] != case_id for found in named):
                continue
            values = dict(ground.values)
            for key in _NAMES & values.keys():
                values[key] = self._theft[str(values[key])][1]
            if "count" in values:
                values["count"] = count
            yield Ground(ground.code, values)

    def _remember_ways(self, decision: Decision) -> None:
        for name, _ in decision.traced:
            go_on(self._ways, name, decision.account, decision.to)


_NAMES = frozenset({"theft_id", "by"})


def _end_of(ledger: Path) -> datetime | None:
    """The instant of the ledger's last payment; None where there is no ledger."""
    if not ledger.exists():
        return None
    try:
        from fanzha.ledger import open_ledger
    except ImportError:
        return None
    return open_ledger(ledger).end
