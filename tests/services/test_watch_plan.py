"""The ranking that follows the watch is the plan that a trace of the same rows makes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.test_centre_watch import CASE, NOW, lay_case, send
from tests.services.test_centre_watch import TOWN as HERE
from tests.services.watching import Town, line, town, write_lines, write_parquet, write_tables

from fanzha.cli import main
from fanzha.errors import UsageError
from fanzha.intake.statement import SourceFile
from fanzha.model.payment import Account
from fanzha.money.holds import HoldPlan, Terms, Timing, plan_holds
from fanzha.money.movements import Known, gather
from fanzha.money.replan import Board, View
from fanzha.money.sites import Moment
from fanzha.money.trace import trace
from fanzha.services.centre import Centre, open_centre
from fanzha.services.closing import close_case
from fanzha.services.ledger import AppendRequest, append, init
from fanzha.services.queue import what_burns
from fanzha.services.rerank import Ranking, ranking_of
from fanzha.services.watch import PlanRequest, WatchRequest, open_plan, open_watch
from fanzha.services.watch.lines import Lines
from fanzha.services.watch.live import Watch
from fanzha.services.watch.plan import LANDS_AFTER, LivePlan, Told, each_theft, moment_of

TERMINALS = {"N3": "merchant", "N4": "offramp"}
TERMS = {"N5": Terms(institution="Slow Bank"), "N6": Terms()}


def batch(said: Town, method: str, rows: int, terms: Mapping[str, Terms] = TERMS) -> HoldPlan:
    """What a trace of the first rows plans, confirmed at the last of them."""
    openings = {a: int(o.amount) for a, o in said.movements.openings.items()}
    known = Known(terminals=TERMINALS, openings=openings)
    payments = said.payments[:rows]
    past = [t for t in said.thefts if t.booked_at <= payments[-1].booked_at]
    at = payments[-1].booked_at
    timing = Timing(confirmed_at=at, hold_at=at + LANDS_AFTER)
    return plan_holds(trace(gather(payments, past, known), method), timing, terms)


def watched(said: Town, method: str) -> tuple[Watch, LivePlan]:
    watch = Watch(method, TERMINALS)
    watch.open({a: int(o.amount) for a, o in said.movements.openings.items()})
    watch.look_for(said.thefts)
    watch.noted = []
    plan = LivePlan()
    for name, told in each_theft(said.thefts, TERMS):
        plan.tell(name, told)
    return watch, plan


def feed(watch: Watch, plan: LivePlan, rows: Iterable[bytes]) -> Moment:
    watch.take_lines(Lines(), list(rows))
    plan.saw(watch.noted or ())
    watch.noted = []
    moment = moment_of(watch, {})
    assert moment is not None
    return moment


def same(ranking: Ranking, plan: HoldPlan, slack: int = 1) -> None:
    wanted = {h.account: h for h in plan.holds if h.cap >= 1}
    got = {r.account: r for r in ranking.rows if r.cap > slack - 1}
    assert got.keys() == {a for a, h in wanted.items() if h.cap > slack - 1}
    for account, row in got.items():
        hold = wanted[account]
        assert abs(row.cap - hold.cap) < slack
        assert row.survival.rail == hold.survival.rail
        if slack == 1:
            assert abs(row.net_expected - hold.net_expected) <= 1
            assert abs(row.survival.share - hold.survival.share) < 1e-9
    if slack == 1:
        assert [r.account for r in ranking.rows] == [h.account for h in plan.holds if h.cap]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["fifo", "lifo"]))
def test_at_every_stop_the_ranking_is_what_a_trace_of_the_rows_so_far_plans(
    seed: int, method: str
) -> None:
    said = town(payments=150, thefts=5, seed=seed, accounts=25)
    watch, plan = watched(said, method)
    done = 0
    for rows in (90, 91, 120, 150):
        moment = feed(watch, plan, map(line, said.payments[done:rows]))
        done = rows
        board = plan.board(plan.views(watch), moment)
        same(ranking_of(board, moment), batch(said, method, rows))


def test_amounts_by_shares_differ_by_what_is_rounded_alone() -> None:
    said = town(payments=200, thefts=5, accounts=25)
    watch, plan = watched(said, "pro_rata")
    moment = feed(watch, plan, map(line, said.payments))
    ranking = ranking_of(plan.board(plan.views(watch), moment), moment)
    same(ranking, batch(said, "pro_rata", 200), slack=1 + len(said.thefts))


def source(path: Path) -> SourceFile:
    return SourceFile(name=path.name, content=path.read_bytes())


def test_money_that_moved_in_the_ledger_is_ranked_from_there(tmp_path: Path) -> None:
    said = town(thefts=20)
    tables = write_tables(tmp_path, said)
    ledger = tmp_path / "ledger"
    init(str(ledger), str(tables["balances"]))
    half = write_parquet(tmp_path / "half.parquet", said.payments[:250])
    append(AppendRequest(ledger=str(ledger), files=(str(half),)))
    request = WatchRequest(
        thefts=source(tables["thefts"]), ledger=ledger, terminals=source(tables["terminals"])
    )
    opened = open_watch(request, trailed=True)
    written: list[Ranking] = []

    def render(ranking: Ranking, row: int) -> bytes:
        written.append(ranking)
        return str(row).encode()

    file = open_plan(opened, PlanRequest(path=tmp_path / "plan"), render)
    file.step(last=True)
    same(written[-1], batch(said, "fifo", 250, {}))
    opened.watch.take_lines(Lines(), [line(p) for p in said.payments[250:]])
    file.step(last=True)
    same(written[-1], batch(said, "fifo", 400, {}))
    assert (tmp_path / "plan").read_bytes() == b"150"


def test_one_payment_that_two_cases_name_moves_on_in_both() -> None:
    said = town(thefts=1, accounts=300)
    watch, plan = watched(said, "fifo")
    (name, told), *_ = each_theft(said.thefts, {})
    view = View(case_id="other")
    other = Told(stolen={"x": told.stolen[name]}, names={"x": "X"}, view=view)
    plan.tell("other", other)
    moment = feed(watch, plan, map(line, said.payments))
    board = plan.board(plan.views(watch), moment)
    ranking = ranking_of(board, moment)
    assert ranking.rows
    for row in ranking.rows:
        assert [set(part.cases) for part in row.parts] == [{(name, name), ("other", "X")}]
    assert sum(row.cap for row in ranking.rows) <= said.thefts[0].amount


def test_a_new_plan_of_a_case_keeps_only_what_was_seen_after_it() -> None:
    said = town(thefts=3)
    watch, plan = watched(said, "fifo")
    moment = feed(watch, plan, map(line, said.payments))
    before = plan.board(plan.views(watch), moment)
    last = said.payments[-1].booked_at
    for name, told in each_theft(said.thefts, TERMS):
        plan.tell(name, replace(told, since=last))
    assert plan.board(plan.views(watch), moment) != before
    empty = LivePlan()
    assert empty.board([], moment) == Board()


def run_watch(folder: Path, said: Town, *more: str) -> int:
    tables = write_tables(folder, said)
    known = ["--thefts", str(tables["thefts"]), "--balances", str(tables["balances"])]
    return main(["watch", *known, "--terminals", str(tables["terminals"]), *more])


def accounts(path: Path) -> Mapping[str, Any]:
    return {h["account"]: h["cap"] for h in json.loads(path.read_bytes())["holds"]}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_the_command_writes_the_plan_of_all_rows(tmp_path: Path, kind: str) -> None:
    said = town()
    write = {"jsonl": write_lines, "parquet": write_parquet}[kind]
    path = write(tmp_path / f"p.{kind}", said.payments)
    plan = tmp_path / "plan.json"
    out = ["--only-hits", "--out", str(tmp_path / "out"), "--plan", str(plan)]
    assert run_watch(tmp_path, said, str(path), *out) == 0
    wanted = batch(said, "fifo", 400)
    assert accounts(plan) == {h.account.number: h.cap for h in wanted.holds if h.cap}
    body = json.loads(plan.read_bytes())
    assert (body["row"], body["ranked"]) == (400, len(body["holds"]))
    assert plan.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("plan.json.new"))


def test_the_plan_is_there_while_nothing_more_comes(tmp_path: Path) -> None:
    said = town()
    tables = write_tables(tmp_path, said)
    plan = tmp_path / "plan.json"
    command = [
        sys.executable, "-m", "fanzha.cli", "watch", "--thefts", str(tables["thefts"]),
        "--balances", str(tables["balances"]), "--terminals", str(tables["terminals"]),
        "--plan", str(plan), "-",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        assert process.stdout
        for begin, end in ((0, 200), (200, 201), (201, 400)):
            process.stdin.write(b"".join(line(p) + b"\n" for p in said.payments[begin:end]))
            process.stdin.flush()
            for _ in range(begin, end):
                process.stdout.readline()
        wanted = {h.account.number: h.cap for h in batch(said, "fifo", 400).holds if h.cap}
        deadline = time.monotonic() + 20
        while (not plan.exists() or accounts(plan) != wanted) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert accounts(plan) == wanted
        process.stdin.close()
        assert process.wait() == 0


def test_what_the_plan_cannot_be_made_of_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = town(payments=20, thefts=1)
    path = str(write_lines(tmp_path / "p.jsonl", said.payments))
    assert run_watch(tmp_path, said, path, "--minutes", "Bank=3") == 2
    plan = ["--plan", str(tmp_path / "none" / "plan.json")]
    assert run_watch(tmp_path, said, path, *plan) == 2
    assert "Name a file in a folder" in capsys.readouterr().err
    opened = open_watch(WatchRequest(thefts=source(tmp_path / "thefts.csv"), method="poison"))
    with pytest.raises(UsageError, match="poison_not_for_plans"):
        open_plan(opened, PlanRequest(path=tmp_path / "plan"), lambda *_: b"")


def caps(centre: Centre, at: datetime = NOW) -> dict[Account, int]:
    found = centre.watch.reach(at).get(CASE, {})
    return {a: sum(n for n, _ in here.parts) for a, here in found.items()}


def test_the_centre_knows_what_its_watch_sees_and_again_after_a_start(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        assert not centre.watch.reach(NOW)
        lay_case(centre)
        send(centre, 0, 200)
        early = caps(centre)
        send(centre, 200, 400)
        wanted = {h.account: h.cap for h in batch(HERE, "fifo", 400).holds if h.cap}
        assert early != caps(centre) == wanted
        burns = what_burns(centre.casebook, NOW, (), centre.watch.reach)
        money = {t.account: t for t in burns if t.kind == "money"}
        assert money.keys() <= wanted.keys()
        assert all(t.amount <= wanted[a] for a, t in money.items())
        planned = {t.account for t in what_burns(centre.casebook, NOW) if t.kind == "money"}
        assert money.keys() - planned  # accounts that the recorded plan does not know
        before = centre.watch.reach(NOW)[CASE]
    with open_centre(tmp_path) as centre:  # all of it lies in the ledger by now
        later = NOW + timedelta(minutes=1)
        assert caps(centre, later) == wanted
        after = centre.watch.reach(later)[CASE]
        assert {a: (r.rail.code, r.parts) for a, r in after.items()} == {
            a: (r.rail.code, r.parts) for a, r in before.items()
        }


def test_the_centre_never_holds_more_than_lies_there(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        lay_case(centre)
        send(centre, 0, 400)
        lying = {here.account: here.amount for here in centre.watch.lying()}
        found = caps(centre)
        assert found
        assert all(0 < amount <= lying[account] for account, amount in found.items())
        assert sum(found.values()) <= sum(t.amount - t.refunded for t in HERE.thefts)


def test_a_closed_case_leaves_the_ranking_until_its_money_moves_again(tmp_path: Path) -> None:
    with open_centre(tmp_path) as centre:
        lay_case(centre)
        send(centre, 0, 200)
        assert caps(centre)
        close_case(centre.casebook, CASE, "nothing left to ask for", "analyst", NOW)
        centre.watch.fold(NOW)
        assert not caps(centre)
        send(centre, 200, 400)  # hits come into the case: it is open again
        centre.watch.fold(NOW)
        assert caps(centre)


def test_an_account_of_one_number_in_two_currencies_is_two() -> None:
    watch = Watch("fifo")
    assert watch.inside(Account("N1", "CNY")) == {}
    watch.open({Account("N1", "CNY"): 5, Account("N1", "USD"): 7})
    assert watch.balance(Account("N1", "USD")) == 7
