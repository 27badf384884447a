"""Use case: what has this centre done, by the month in which cases were reported?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from fanzha.casebook import Casebook
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money.hold_facts import ANSWERED, PAID, RECOVERED, Appealed, HoldFacts, HoldStep
from fanzha.money.holds import hold_id
from fanzha.money.measures import CaseFacts, Counted, Measures, count, gather
from fanzha.money.restitution import POOL, RELEASED
from fanzha.services.contents import HOLD, Contents
from fanzha.services.latest import Latest
from fanzha.services.recorded import ANSWER
from fanzha.services.restitution.record import KIND as RESTITUTION
from fanzha.services.restitution.record import recorded_books

# An action that a person records of money beside the steps of a hold. `avert`: a payment that was
# about to be made and was not, an estimate whose way is its `state` (payment_stopped, stated_loss).
AVERT = "avert"
FIRST_HOP = 1  # the level of accounts into which victims paid directly
_LATEST = Latest[Measures]()
_Kept = dict[str, tuple[tuple[int, datetime], Counted]]  # by case: as of which record and minute
_COUNTED: WeakKeyDictionary[Casebook, _Kept] = WeakKeyDictionary()
KEPT_CASES = 20_000  # facts of a case stay in memory until the case has a new record


def count_measures(casebook: Casebook, now: datetime, tz: tzinfo) -> Measures:
    """Every cohort as recorded until `now`; months are those of the zone `tz`.

    A case is read again only when it has a new record; while none has, the answer of the minute is
    given again, so that a page of figures is quick.
    """
    tips, minute = casebook.tips(), now.replace(second=0, microsecond=0)
    key = casebook, max(tips.values(), default=0), minute, tz
    return _LATEST.ask(
        key,
        lambda: gather(
            (c for case, tip in tips.items() if (c := _count(casebook, case, tip, now))), now, tz
        ),
    )


def _count(casebook: Casebook, case_id: str, tip: int, now: datetime) -> Counted | None:
    """One case; while it has no new record, what was counted within the same minute."""
    facts = _case_facts(casebook, case_id, tip)
    if facts.opened_at > now:
        return None
    kept, key = _COUNTED.setdefault(casebook, {}), (tip, now.replace(second=0, microsecond=0))
    if case_id not in kept or kept[case_id][0] != key:
        kept[case_id] = key, count(facts, now)
    return kept[case_id][1]


@lru_cache(maxsize=KEPT_CASES)
def _case_facts(casebook: Casebook, case_id: str, _tip: int) -> CaseFacts:
    return case_facts(casebook, Contents(casebook, case_id), case_id)


def case_facts(casebook: Casebook, contents: Contents, case_id: str) -> CaseFacts:
    """What one case's records say that can be counted; erased ones say nothing."""
    actions = list(contents.decided.values())
    averted, reports = _averted(actions), _reports(contents)
    first = min(reports, key=lambda r: str(r["received_at"]), default=None)
    return CaseFacts(
        case_id=case_id,
        opened_at=min(record.recorded_at for record in contents.records),
        reported_at=datetime.fromisoformat(first["received_at"]) if first else None,
        delay_seconds=first["report_delay_seconds"] if first else None,
        loss=_loss(contents.latest("trace"), reports, averted),
        averted=averted,
        holds=_holds(casebook, case_id, contents, actions),
    )


def _reports(contents: Contents) -> list[dict[str, Any]]:
    """Each report as it was last read."""
    return list({body["source"]: body for body in contents.findings("report")}.values())


def _averted(actions: Sequence[Action]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for action in actions:
        if action.kind == AVERT and action.amount:
            total[action.currency] += action.amount
    return dict(total)


def _loss(
    trace: Mapping[str, Any] | None, reports: Sequence[dict[str, Any]], averted: Mapping[str, int]
) -> dict[str, int]:
    """Every theft of the last trace; before there is one, what callers said they paid.

    Disputed money, which two victims claim, lies in the later one's holdings and counts once. A
    reported payment that was stopped before it was made is averted and no loss.
    """
    total: Counter[str] = Counter()
    if trace is not None:
        for holding in trace["holdings"]:
            total[holding["account"][1]] += holding["amount"]
        return dict(total)
    for report in reports:
        for transfer in report["transfers"]:
            if transfer["amount"] is not None:
                total[transfer["currency"]] += transfer["amount"]
    return {c: amount - min(amount, averted.get(c, 0)) for c, amount in total.items()}


def _holds(
    casebook: Casebook, case_id: str, said: Contents, actions: Sequence[Action]
) -> tuple[HoldFacts, ...]:
    plan = said.latest("hold_plan")
    planned = {hold["hold_id"]: hold for hold in plan["holds"]} if plan else {}
    appeals = _appeals(said)
    steps: dict[str, list[HoldStep]] = {}
    currencies: dict[str, str] = {}
    for action in actions:
        if action.kind in (HOLD, ANSWER):
            state = ANSWERED if action.kind == ANSWER else action.state
            step = HoldStep(action.at, state, action.amount, action.expires_at)
            steps.setdefault(action.on, []).append(step)
            currencies.setdefault(action.on, action.currency)
    returns = any(action.kind == RESTITUTION for action in actions)
    for account, step in _returns(casebook, case_id) if returns else ():
        steps.setdefault(hold_id(account), []).append(step)
        currencies.setdefault(hold_id(account), account.currency)
    return tuple(
        HoldFacts(
            hold_id=name,
            currency=currencies[name],
            first_hop=_first_hop(planned[name]) if name in planned else None,
            steps=tuple(done),
            appeals=tuple(appeals.get(name, ())),
        )
        for name, done in steps.items()
    )


def _returns(casebook: Casebook, case_id: str) -> Iterator[tuple[Account, HoldStep]]:
    """What the ledger of returns secured, let go again and paid out of each held account."""
    signs = {POOL: (RECOVERED, 1), RELEASED: (RECOVERED, -1), PAID: (PAID, 1)}
    for entry in recorded_books(casebook, case_id).books.entries:
        for leg in entry.legs:
            fresh = leg.box != POOL or entry.kind == "held"  # a reopened share was secured before
            if leg.box in signs and leg.amount > 0 and fresh:
                state, sign = signs[leg.box]
                yield leg.account, HoldStep(entry.at, state, sign * leg.amount)


def _first_hop(said: Mapping[str, Any]) -> int:
    direct: int = sum(h["amount"] for h in said["holdings"] if h["level"] == FIRST_HOP)
    return min(direct, int(said["cap"]))


def _appeals(said: Contents) -> dict[str, list[Appealed]]:
    """By the hold that each speaks of."""
    heard: dict[str, list[Appealed]] = {}
    for body in said.findings("appeal"):
        name = hold_id(Account(*body["account"]))
        at = datetime.fromisoformat(body["at"])
        heard.setdefault(name, []).append(Appealed(at, body["release_now"]))
    return heard
