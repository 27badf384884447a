"""What the centre's watch knows of a case: its thefts, its plan, and the ways of the money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fanzha.casebook import Casebook
from fanzha.errors import FanzhaError
from fanzha.model.payment import Account, Theft
from fanzha.money.holds import NO_DESK, Terms, Timing
from fanzha.money.kaplan_meier import Watched
from fanzha.money.replan import View, stolen_of, view_of
from fanzha.services.closing import closing
from fanzha.services.contents import Contents
from fanzha.services.experience import landed as landed_in
from fanzha.services.recorded_money import RecordedMoney, recorded_money
from fanzha.services.watch.plan import Told

METHOD = "fifo"  # as the holds of a case are planned
FOLLOWED = timedelta(days=90)  # a case is watched for so long after its last payment
LONGEST_PATH = 12  # accounts of a way that are kept; what is between the ends is left out
CUT = "…"

Ways = dict[tuple[str, Account], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WatchedCase:
    """A case as the watch knows it: its thefts by the watch's names, `case/theft`.

    `trace` is the record of the trace that this was read with; `view` is what was planned to be
    held, as of `since` (nothing of a `closed` case); `landed` is what its own holds say about how
    long money stays.
    """

    case_id: str
    tip: int
    trace: int
    landed: tuple[Watched, ...] = ()
    closed: bool = False
    thefts: tuple[Theft, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[tuple[str, Account], tuple[str, ...]] = field(default_factory=dict)
    view: View | None = None
    since: datetime | None = None
    terms: Mapping[str, Terms] = field(default_factory=dict)

    def told(self) -> Told:
        """The same for the ranking."""
        own = {name: name[len(self.case_id) + 1 :] for name in (t.theft_id for t in self.thefts)}
        return Told(
            stolen=stolen_of(self.thefts),
            names=own,
            view=self.view or View(case_id=self.case_id),
            since=self.since,
            terms=self.terms,
            closed=self.closed,
        )


def read_case(
    casebook: Casebook, at: tuple[str, int], now: datetime, known: WatchedCase | None
) -> WatchedCase:
    """A case as of a record (`at`); only what is new is read where it was known before."""
    case_id, tip = at
    case = casebook.case(case_id)
    record = case.latest("trace")
    trace = record.seq if record else 0
    landed = landed_in(casebook, case_id, tip)
    closed = closing(Contents(casebook, case_id)) is not None
    if known is not None and known.trace == trace:
        return replace(known, tip=tip, landed=landed, closed=closed)
    body = casebook.finding(record) if record else None
    bare = WatchedCase(case_id, tip, trace, landed, closed)
    if body is None or now - datetime.fromisoformat(body["as_of"]) > FOLLOWED:
        return bare
    try:
        money = recorded_money(casebook, case_id)
    except FanzhaError:  # its page says what is wrong with it
        return bare
    plan = case.latest("hold_plan")
    planned = casebook.finding(plan) if plan else None
    since = datetime.fromisoformat(planned["confirmed_at"]) if planned else None
    return _followed(bare, money, since)


def _followed(bare: WatchedCase, money: RecordedMoney, since: datetime | None) -> WatchedCase:
    found, case_id, terms = money.trace(METHOD), bare.case_id, money.read.terms
    ways: Ways = {}
    for carried in found.carried:
        p = carried.payment
        ends = Account(p.debtor_account, p.currency), Account(p.creditor_account, p.currency)
        go_on(ways, f"{case_id}/{carried.theft_id}", *ends)
    view = None
    if since is not None:
        timing = Timing(confirmed_at=since, hold_at=since)
        view = view_of(case_id, found, money.thefts, timing, (terms, NO_DESK))
    return replace(
        bare,
        thefts=tuple(replace(t, theft_id=f"{case_id}/{t.theft_id}") for t in money.thefts),
        ends=money.read.known.terminals,
        ways=ways,
        view=view,
        since=since,
        terms=terms,
    )


def way(ways: Ways, theft: str, account: Account, to: Account) -> tuple[str, ...]:
    """The accounts from the victim's to the payee's, the middle of a long way left out."""
    found = (*ways.get((theft, account), (account.number,)), to.number)
    return found if len(found) <= LONGEST_PATH else (found[0], CUT, *found[-LONGEST_PATH + 2 :])


def go_on(ways: Ways, theft: str, account: Account, to: Account) -> None:
    """The first way by which money of a theft came to an account is the one that is shown."""
    ways.setdefault((theft, to), way(ways, theft, account, to))
