"""The example's day of payments, the money that moves on in it, and more of both while it runs."""

from __future__ import annotations

import contextlib
import csv
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from types import TracebackType
from typing import NamedTuple, Self

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fanzha.errors import FanzhaError
from fanzha.model.instant import iso
from fanzha.model.money import to_major
from fanzha.model.payment import Payment
from fanzha.services.centre import Centre
from fanzha.services.generate import GenerateRequest, generate
from fanzha.services.ledger import AppendRequest, append, init
from fanzha.services.queue import list_cases
from fanzha.services.recorded_money import RecordedMoney, recorded_money
from fanzha.services.watch.centre import TERMINALS, Lying

PAYMENTS = 100_000
DAY = timedelta(days=1)
FAST = timedelta(hours=2)  # of the day is for the watch, so that it has hits at once
STEP = timedelta(minutes=3)  # of that time at once
THEN, NOW = (60.0, 300.0), (8.0, 25.0)  # seconds between two payments with stolen money
LEAST = 100_00  # minor units that are still worth moving on
ACKED = 0.6  # so many of the older hits have been seen to
CASE_ACCOUNTS = ("DEMO-", "6205500")
BANKS = ("甲工商银行", "乙银行", "丙银行", "丁银行")
STAFF = ("an.zhao", "an.chen")
FIELDS = ("booked_at", "debtor_account", "creditor_account", "amount", "currency", "channel")
OWN = (*FIELDS, "debtor_name", "creditor_name", "debtor_agent", "creditor_agent", "note")


class Told(NamedTuple):
    """A payment as a line says it; `recorded_at` is when the watch is to have known of it."""

    at: datetime
    recorded_at: datetime
    said: tuple[str, ...]  # the rest of `FIELDS`
    agents: tuple[str, str] = ("", "")

    @property
    def line(self) -> bytes:
        """What the watch takes."""
        values = dict(zip(FIELDS, (iso(self.at), *self.said), strict=True))
        agents = {"debtor_agent": self.agents[0], "creditor_agent": self.agents[1]}
        return orjson.dumps(values | agents)


def fill_ledger(
    centre: Centre, now: datetime, seed: int = 7, payments: int = PAYMENTS
) -> list[Told]:
    """Make the centre's ledger: a day of payments that ends now, and the cases' own of that day.

    Gives the day, for a `Feeder`: what belongs to its last hours is for the watch, not yet in the
    ledger. Thefts of cases that began in the day are followed.
    """
    begin, last = now - DAY, now - FAST
    with TemporaryDirectory() as made:
        folder = Path(made)
        wanted = GenerateRequest(
            payments=payments, thefts=0, seed=seed, out=folder, start=begin, days=1
        )
        generate(wanted)
        moneys = dict(_of_the_day(centre, begin))
        own = sorted(
            (p for money in moneys.values() for p in money.movements.payments),
            key=lambda p: p.booked_at,
        )
        _add_balances(folder / "balances.csv", moneys.values())
        (folder / TERMINALS).replace(centre.folder / TERMINALS)
        init(str(centre.ledger), str(folder / "balances.csv"))
        day = _day(folder / "payments.parquet", last)
        files = [folder / "payments.parquet"]
        if early := [p for p in own if p.booked_at <= last]:
            files.append(_write_payments(folder / "cases.csv", early))
        append(AppendRequest(ledger=str(centre.ledger), files=tuple(map(str, files))))
    reported = {line.case_id: line.at for line in list_cases(centre.casebook, now)}
    whole = [*day, *_late(moneys, reported, last)]
    return sorted(whole, key=lambda told: told.at)


def _of_the_day(centre: Centre, begin: datetime) -> Iterator[tuple[str, RecordedMoney]]:
    """The cases all of whose payments lie in the day."""
    for case_id in centre.casebook.cases():
        record = centre.casebook.case(case_id).latest("trace")
        body = centre.casebook.finding(record) if record else None
        if body is not None and datetime.fromisoformat(body["as_of"]) > begin:
            money = recorded_money(centre.casebook, case_id)
            if min(p.booked_at for p in money.movements.payments) > begin:
                yield case_id, money


def _write_payments(path: Path, payments: Sequence[Payment]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(OWN)
        for p in payments:
            said = {name: getattr(p, name) for name in OWN}
            said |= {"booked_at": iso(p.booked_at), "amount": to_major(p.amount, p.currency)}
            write.writerow(said[name] for name in OWN)
    return path


def _add_balances(path: Path, moneys: Iterable[RecordedMoney]) -> None:
    """What lay in the cases' accounts before: only theirs, for the day says its own."""
    with path.open("a", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        for money in moneys:
            for account, opening in money.movements.openings.items():
                if account.number.startswith(CASE_ACCOUNTS) and opening.amount > 0:
                    amount = to_major(opening.amount, account.currency)
                    write.writerow((account.number, amount, account.currency))


def _day(path: Path, last: datetime) -> list[Told]:
    """The day as lines; the file is left with what comes before its last hours."""
    table = pq.read_table(path)
    columns = [table[name].to_pylist() for name in FIELDS]
    pq.write_table(table.filter(pc.less_equal(table["booked_at"], pa.scalar(last))), path)
    return [
        Told(at, at, (debtor, creditor, to_major(amount, currency), currency, channel))
        for at, debtor, creditor, amount, currency, channel in zip(*columns, strict=True)
    ]


def _late(
    moneys: Mapping[str, RecordedMoney], reported: Mapping[str, datetime], last: datetime
) -> Iterator[Told]:
    """The cases' own payments of the last hours; nobody knew of them before the report."""
    for case_id, money in moneys.items():
        for p in money.movements.payments:
            if p.booked_at > last:
                amount = to_major(p.amount, p.currency)
                said = (p.debtor_account, p.creditor_account, amount, p.currency, p.channel)
                known = max(p.booked_at, reported[case_id])
                yield Told(p.booked_at, known, said, (p.debtor_agent, p.creditor_agent))


class Feeder:
    """Plays the day again a day later, and lets stolen money move on; as a thread while entered."""

    def __init__(self, centre: Centre, day: Sequence[Told], now: datetime, seed: int = 7) -> None:
        self._centre, self._now = centre, now
        self._day = [told for told in day if not told.said[0].startswith(CASE_ACCOUNTS)]
        self._late = [told for told in day if told.at > now - FAST]
        self._shift = DAY
        self._rng = Random(seed)
        self._due = now
        self._place = self._mules = 0
        self._stop = Event()
        self._thread = Thread(target=self._run, name="feeder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def catch_up(self) -> None:
        """The last hours: what was paid, and where stolen money of reported cases went on to."""
        reported = {c.case_id: c.at for c in list_cases(self._centre.casebook, self._now)}
        at = due = self._now - FAST
        waiting = deque(self._late)
        while at < self._now:
            at = min(at + STEP, self._now)
            step: list[Told] = []
            while due < at:
                step += self._stolen(due, {c for c, when in reported.items() if when <= due})
                due += timedelta(seconds=self._rng.uniform(*THEN))
            while waiting and waiting[0].at <= at:
                step.append(waiting.popleft())
            self._take_in_order(step, at)
        self._see_to_some()
        self._centre.watch.fold(self._now)

    def _take_in_order(self, step: list[Told], at: datetime) -> None:
        """Each as it was paid; those known of only later are recorded later."""

        def when(told: Told) -> datetime:
            return told.recorded_at if told.recorded_at > told.at else at

        for recorded_at, run in groupby(sorted(step, key=lambda told: told.at), key=when):
            self._centre.watch.take(b"\n".join(told.line for told in run), recorded_at)

    def _see_to_some(self) -> None:
        """Most of the older hits have been acknowledged by somebody."""
        hits = self._centre.watch.hits
        for hit in hits.all():
            if self._now - hit.recorded_at > FAST / 6 and self._rng.random() < ACKED:
                seen = hit.recorded_at + timedelta(seconds=self._rng.uniform(20, 900))
                hits.acknowledge(hit.case_id, hit.seq, self._rng.choice(STAFF), seen)

    def step(self, now: datetime) -> int:
        """Everything that is due by now; gives how many payments that were."""
        step = list(self._ordinary(now))
        if now >= self._due:
            step += self._stolen(now, None)
            self._due = now + timedelta(seconds=self._rng.uniform(*NOW))
        if step:
            self._centre.watch.take(b"\n".join(told.line for told in step), now)
        return len(step)

    def _run(self) -> None:
        while not self._stop.wait(1):
            with contextlib.suppress(FanzhaError):  # the casebook was busy: the next ones come
                self.step(datetime.now(UTC))

    def _ordinary(self, now: datetime) -> Iterator[Told]:
        """The payments of the day whose hour has come again."""
        while self._day:
            told = self._day[self._place]
            at = told.at + self._shift
            if at > now:
                return
            self._place += 1
            if self._place == len(self._day):
                self._place, self._shift = 0, self._shift + DAY
            yield told._replace(at=at, recorded_at=at)

    def _stolen(self, at: datetime, cases: Collection[str] | None) -> Iterator[Told]:
        """One payment by which stolen money goes on, of these cases (None: of any)."""
        lying = [
            here
            for here in self._centre.watch.lying()
            if here.amount >= LEAST and (cases is None or not here.cases.isdisjoint(cases))
        ]
        if lying:
            yield self._moves_on(at, self._rng.choice(lying))

    def _moves_on(self, at: datetime, here: Lying) -> Told:
        rng, amount = self._rng, here.amount
        if amount > 20 * LEAST:
            amount = int(amount * rng.uniform(0.1, 0.5)) // LEAST * LEAST
        to, channel = self._onward(rng.random())
        number, currency = here.account
        said = (number, to, to_major(amount, currency), currency, channel)
        return Told(at, at, said, (_bank(number), "" if to == "CASH" else _bank(to)))

    def _onward(self, way: float) -> tuple[str, str]:
        if way < 0.2:
            return "CASH", "atm"
        if way < 0.35:
            return "DEMO-OFFRAMP", "app"
        if way < 0.5:
            return self._rng.choice(self._day).said[1], "transfer"
        self._mules += 1
        return f"DEMO-M{self._mules:05d}", "transfer"


def _bank(number: str) -> str:
    return BANKS[sum(number.encode()) % len(BANKS)]
