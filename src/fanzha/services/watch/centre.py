"""The centre's own watch: its ledger, the thefts of its cases, and payments as they come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from fanzha.casebook import Casebook
from fanzha.errors import FanzhaError, NothingUsable, UsageError
from fanzha.intake import tables
from fanzha.model.instant import iso
from fanzha.model.payment import Account, Theft
from fanzha.services.recorded_money import recorded_money
from fanzha.services.sources import read_source
from fanzha.services.watch.hits import HitBook, hit_fact, hit_key, known_keys
from fanzha.services.watch.lines import Lines, Paid
from fanzha.services.watch.live import TAINTED, TERMINAL, Answer, Watch
from fanzha.services.watch.log import Row, WatchLog, at_of
from fanzha.services.watch.rules import Decision, Ground

METHOD = "fifo"  # as the holds of a case are planned
FOLLOWED = timedelta(days=90)  # a case is watched for so long after its last payment
LOOK_EVERY = 2.0  # seconds between looks at whether a case has new thefts
PACE_SECONDS = 10
LONGEST_PATH = 12  # accounts of a way that are kept; what is between the ends is left out
CUT = "…"
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
        self.hits: list[tuple[Decision, Paid]] = []

    def move(self, row: int, paid: Sequence[Any]) -> Any:
        hit = super().move(row, paid)
        self.taken.append((row, self.part or 1, Paid(*paid)))
        return hit

    def decide(self, row: int, said: Sequence[Any], hit: Any) -> Decision:
        decision = super().decide(row, said, hit)
        self.hits.append((decision, Paid(*said)))
        return decision


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
        self._cases: dict[str, _Case] = {}
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
            return [] if self._watch is None else list(self._lying(self._watch))

    def _lying(self, watch: _Noting) -> Iterator[Lying]:
        marks = watch.stream.mark
        for currency, numbers in watch.numbers.items():
            for number, at in numbers.items():
                if marks[at] & TAINTED and not marks[at] & TERMINAL:
                    inside = watch.stream.inside(at)
                    cases = {self._theft[watch.thefts[theft].theft_id][0] for theft in inside}
                    amount = int(sum(inside.values()))
                    yield Lying(Account(number, currency), amount, frozenset(cases))

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
            from fanzha.services.watch.ledger import follow_ledger
        except ImportError as missing:
            raise UsageError("ledger_extra") from missing
        return follow_ledger(watch, self._ledger, thefts, {})

    def _terminals(self) -> dict[str, str]:
        path = self._folder / TERMINALS
        known = tables.read_terminals(read_source(str(path)))[0] if path.is_file() else {}
        return known | {n: kind for case in self._cases.values() for n, kind in case.ends.items()}

    def _learn(self, now: datetime) -> bool:
        """Read cases whose last trace is new; says whether there is another theft to follow."""
        before = {theft.theft_id for case in self._cases.values() for theft in case.thefts}
        for case_id, tip in self._casebook.tips().items():
            known = self._cases.get(case_id)
            if known is None or known.tip != tip:
                self._cases[case_id] = _read_case(self._casebook, case_id, tip, now, known)
        after = {theft.theft_id for case in self._cases.values() for theft in case.thefts}
        return after != before

    def _keep(self, watch: _Noting, now: datetime) -> None:
        """Hits into the casebook first, then the payments: what is repeated finds its key."""
        hits, rows = watch.hits, watch.taken
        watch.hits, watch.taken = [], []
        watch.done()
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
            "path": _way(self._ways, most, decision.account, decision.to),
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
            _go_on(self._ways, name, decision.account, decision.to)


_NAMES = frozenset({"theft_id", "by"})


@dataclass(frozen=True, slots=True)
class _Case:
    """What the watch knows of a case: its thefts by the watch's names, and the ways of the money.

    `trace` is the record of the trace that this was read with.
    """

    case_id: str
    tip: int
    trace: int
    thefts: tuple[Theft, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[tuple[str, Account], tuple[str, ...]] = field(default_factory=dict)


def _read_case(
    casebook: Casebook, case_id: str, tip: int, now: datetime, known: _Case | None
) -> _Case:
    record = casebook.case(case_id).latest("trace")
    trace = record.seq if record else 0
    if known is not None and known.trace == trace:
        return replace(known, tip=tip)
    body = casebook.finding(record) if record else None
    if body is None or now - datetime.fromisoformat(body["as_of"]) > FOLLOWED:
        return _Case(case_id, tip, trace)
    try:
        money = recorded_money(casebook, case_id)
    except (NothingUsable, FanzhaError):  # its page says what is wrong with it
        return _Case(case_id, tip, trace)
    ways: dict[tuple[str, Account], tuple[str, ...]] = {}
    for carried in money.trace(METHOD).carried:
        p = carried.payment
        ends = Account(p.debtor_account, p.currency), Account(p.creditor_account, p.currency)
        _go_on(ways, f"{case_id}/{carried.theft_id}", *ends)
    thefts = tuple(replace(t, theft_id=f"{case_id}/{t.theft_id}") for t in money.thefts)
    return _Case(case_id, tip, trace, thefts, money.read.known.terminals, ways)


_Ways = dict[tuple[str, Account], tuple[str, ...]]


def _way(ways: _Ways, theft: str, account: Account, to: Account) -> tuple[str, ...]:
    """The accounts from the victim's to the payee's, the middle of a long way left out."""
    way = (*ways.get((theft, account), (account.number,)), to.number)
    return way if len(way) <= LONGEST_PATH else (way[0], CUT, *way[-LONGEST_PATH + 2 :])


def _go_on(ways: _Ways, theft: str, account: Account, to: Account) -> None:
    """The first way by which money of a theft came to an account is the one that is shown."""
    ways.setdefault((theft, to), _way(ways, theft, account, to))


def _end_of(ledger: Path) -> datetime | None:
    """The instant of the ledger's last payment; None where there is no ledger."""
    if not ledger.exists():
        return None
    try:
        from fanzha.ledger import open_ledger
    except ImportError:
        return None
    return open_ledger(ledger).end
