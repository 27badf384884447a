"""The centre's watch keeps each hit once in its case, through crashes, and learns new thefts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.services.watching import Town, line, town, write_tables

from fanzha.errors import NotAllowed, UnknownRecord
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Payment
from fanzha.services.centre import Centre, open_centre
from fanzha.services.demo import load_demo
from fanzha.services.demo.ledger import Feeder, fill_ledger
from fanzha.services.ledger import init
from fanzha.services.watch.hits import WATCH_HIT, WatchHit

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
OLD = town()
LATER = NOW - timedelta(hours=1) - OLD.payments[0].booked_at
TOWN = Town(
    tuple(replace(p, booked_at=p.booked_at + LATER) for p in OLD.payments),
    tuple(replace(t, booked_at=t.booked_at + LATER) for t in OLD.thefts),
    OLD.movements,
)
CASE = "2026-0302-001"


def lay_ledger(centre: Centre) -> None:
    """An empty ledger that knows what lay in the accounts at first."""
    tables = write_tables(centre.folder, TOWN)
    init(str(centre.ledger), str(tables["balances"]))


def lay_case(centre: Centre) -> None:
    """A case with the town's thefts, whose statement shows only their own payments."""
    if not centre.ledger.exists():
        lay_ledger(centre)
    tables = write_tables(centre.folder, TOWN)
    ends = {(t.debtor_account, t.creditor_account, t.amount) for t in TOWN.thefts}
    stolen = [p for p in TOWN.payments if (p.debtor_account, p.creditor_account, p.amount) in ends]
    files = {"statement": _csv(stolen)} | {k: v.read_bytes() for k, v in tables.items()}
    facts = [
        Fact(kind=kind, source=f"{kind}.csv", received_at=NOW, payload=content)
        for kind, content in files.items()
    ]
    centre.casebook.append(CASE, facts, NOW)
    centre.cases.rework(CASE, NOW)


def _csv(payments: Sequence[Payment]) -> bytes:
    said = [json.loads(line(p)) for p in payments]
    rows = [",".join(said[0]), *(",".join(map(str, row.values())) for row in said)]
    return "\n".join(rows).encode()


def send(centre: Centre, begin: int, end: int) -> None:
    lines = [line(p, row=n) for n, p in enumerate(TOWN.payments[begin:end], begin + 1)]
    centre.watch.take(b"\n".join(lines), NOW)


def hits(centre: Centre) -> list[WatchHit]:
    return centre.watch.hits.all()


def test_every_hit_is_kept_once_whatever_happens_between(tmp_path: Path) -> None:
    with open_centre(tmp_path / "whole") as whole, open_centre(tmp_path / "torn") as torn:
        lay_case(whole)
        lay_case(torn)
        send(whole, 0, 400)
        send(torn, 0, 170)
        wanted = [(h.booked_at, h.traced, h.path[-2:]) for h in hits(whole)]
        assert len(wanted) > 20
        half = len(hits(torn))
    with open_centre(tmp_path / "torn") as torn:  # what came before lies in the ledger by now
        send(torn, 100, 300)
        assert len(hits(torn)) > half
        torn.watch.fold(NOW)
        send(torn, 300, 400)
        assert [(h.booked_at, h.traced, h.path[-2:]) for h in hits(torn)] == wanted
        facts = [r for r in torn.casebook.case(CASE).facts if r.kind == WATCH_HIT]
        assert len({r.metadata["source"] for r in facts}) == len(facts) == len(wanted)
        assert torn.watch.status().reaches == TOWN.payments[-1].booked_at


def test_a_failure_between_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_centre(tmp_path) as centre:
        lay_case(centre)
        send(centre, 0, 100)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("os.fsync", full)
            with pytest.raises(Exception, match="watch_log_unusable"):
                send(centre, 100, 200)
        send(centre, 100, 400)
        found = [h.booked_at for h in hits(centre)]
        assert len(found) == len(set(found))
        carrying = {TOWN.payments[row - 1].booked_at for row in TOWN.carried("fifo")}
        assert carrying <= set(found)


def test_a_case_that_comes_later_is_followed_from_what_was_paid(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        lay_ledger(centre)
        send(centre, 0, 250)
        assert not centre.watch.status().thefts
        lay_case(centre)
        centre.watch.fold(NOW)
        send(centre, 250, 400)
        late = {TOWN.payments[row - 1].booked_at for row in TOWN.carried("fifo") if row > 250}
        assert late <= {h.booked_at for h in hits(centre)}


def test_a_person_sees_to_a_hit_once(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        lay_case(centre)
        send(centre, 0, 200)
        hit = hits(centre)[0]
        book = centre.watch.hits
        book.acknowledge(CASE, hit.seq, "an.zhao", NOW, "called the bank")
        acked = book.find(CASE, hit.seq).acked
        assert acked is not None
        assert (acked.who, acked.note) == ("an.zhao", "called the bank")
        with pytest.raises(NotAllowed, match="acked_already"):
            book.acknowledge(CASE, hit.seq, "an.chen", NOW)
        with pytest.raises(UnknownRecord):
            book.acknowledge(CASE, 1, "an.zhao", NOW)
        gone = Action(kind="erase", on=str(hit.seq), who="x", at=NOW, legal_basis="PIPL 47")
        centre.casebook.erase(hit.seq, gone, NOW)
        assert hit.seq not in {h.seq for h in hits(centre)}
        assert hits(centre)
        assert not book.all({CASE})


def test_the_example_has_hits_at_once_and_more_as_it_runs(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        load_demo(centre, NOW, count=8)
        day = fill_ledger(centre, NOW, payments=4_000)
        feeder = Feeder(centre, day, NOW)
        feeder.catch_up()
        found = hits(centre)
        assert {"ask", "hold_amount"} == {h.decision for h in found}
        assert {bool(h.acked) for h in found} == {True, False}
        reports = {c: centre.casebook.case(c).facts[0] for c in centre.casebook.cases()}
        for hit in found:
            assert hit.recorded_at >= reports[hit.case_id].recorded_at
            assert hit.hold <= hit.carried <= hit.amount
            assert hit.path[-2:] == (hit.account.number, hit.to.number)
        taken = [feeder.step(NOW + timedelta(minutes=minutes)) for minutes in (10, 20, 30, 40)]
        assert min(taken) > 10
        assert len(hits(centre)) > len(found)  # not each: an account's own money may leave first
        assert not centre.watch.status().refused
        assert centre.casebook.verify().size
