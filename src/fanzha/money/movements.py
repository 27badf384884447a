"""What a trace works on: payments in order, what is known of the accounts, and the thefts found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from fanzha.model.chain import Reason, Ref
from fanzha.model.payment import Account, Payment, Refusal, Sighting, Theft
from fanzha.money.order import Ends, in_order, ties

CASH = "CASH"  # always terminal
THEFT_WINDOW = timedelta(hours=24)  # how far a theft's stated time may be from its payment's


@dataclass(frozen=True, slots=True)
class Opening:
    """What an account held before its first payment; `unknown` is the part nobody stated.

    Money must have been there, for otherwise the account would have gone below zero: it is shown
    as unknown own funds, and a late statement row may explain it better.
    """

    amount: int
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of accounts beside the payments.

    `openings` are stated balances, `terminals` maps an account's number to its kind, and `seen`
    says whose statement is at hand (None: everybody's, as with two-sided payments).
    """

    openings: Mapping[Account, int] = field(default_factory=dict)
    terminals: Mapping[str, str] = field(default_factory=dict)
    seen: Collection[Account] | None = None

    def terminal(self, account: Account) -> str:
        """The kind of terminal that this account is, or nothing."""
        return self.terminals.get(account.number, "cash" if account.number == CASH else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements:
    """Payments up to `as_of` in the order that every method uses, with the thefts among them.

    `ends` are the debtor and creditor of each payment. `thefts` maps the position of a payment to
    the theft that it is; `reach` holds the accounts that stolen money can have reached by any rule,
    so that all others can be left aside; `tied` are sets of rows of one instant that meet there.
    """

    as_of: datetime
    payments: tuple[Payment, ...] = field(repr=False)
    ends: tuple[Ends, ...] = field(repr=False)
    thefts: Mapping[int, Theft]
    known: Known = field(repr=False)
    openings: Mapping[Account, Opening] = field(repr=False)
    balances: Mapping[Account, int] = field(repr=False)
    reach: frozenset[Account] = field(repr=False)
    tied: tuple[tuple[int, ...], ...] = field(repr=False)
    refusals: tuple[Refusal, ...] = ()
    reasons: tuple[Reason, ...] = ()


def gather(
    payments: Sequence[Payment],
    thefts: Sequence[Theft],
    known: Known | None = None,
    as_of: datetime | None = None,
) -> Movements:
    """Put payments in order, find the thefts among them, and work out opening balances.

    A theft is the payment with its debtor, creditor, amount and currency that is nearest in time,
    at most 24 hours away; none found, or found already by another theft, is a refusal. Payments
    after `as_of` (default: the last one) are left out, those at that very instant are not.
    """
    known = known or Known()
    ordered = in_order(payments)
    if as_of is None:
        as_of = ordered[-1].booked_at if ordered else max(t.booked_at for t in thefts)
    found, refusals, reasons = find_thefts(ordered, thefts)
    kept = [i for i, p in enumerate(ordered) if p.booked_at <= as_of]
    late = [t for i, t in found.items() if i >= len(kept)]
    reasons += [about_theft("theft_after_as_of", t) for t in late]
    inside = {i: t for i, t in found.items() if i < len(kept)}
    ordered = ordered[: len(kept)]
    return assemble(ordered, inside, known, as_of, (tuple(refusals), tuple(reasons)))


def assemble(
    ordered: Sequence[Payment],
    thefts: Mapping[int, Theft],
    known: Known,
    as_of: datetime,
    said: tuple[tuple[Refusal, ...], tuple[Reason, ...]] = ((), ()),
) -> Movements:
    """Movements over payments that are in order already."""
    ends = tuple((p.debtor, p.creditor) for p in ordered)
    openings, balances = _balances(ordered, ends, known)
    reach = _reach(ordered, ends, thefts, known)
    return Movements(
        as_of=as_of,
        payments=tuple(ordered),
        ends=ends,
        thefts=thefts,
        known=known,
        openings=openings,
        balances=balances,
        reach=reach,
        tied=tuple(ties(ordered, ends, reach)),
        refusals=said[0],
        reasons=said[1],
    )


def _balances(
    ordered: Sequence[Payment], ends: Sequence[Ends], known: Known
) -> tuple[dict[Account, Opening], dict[Account, int]]:
    running: dict[Account, int] = defaultdict(int, known.openings)
    lowest: dict[Account, int] = defaultdict(int)
    paid: dict[Account, int] = defaultdict(int)
    for payment, (debtor, creditor) in zip(ordered, ends, strict=True):
        amount = payment.amount
        left = running[debtor] = running[debtor] - amount
        if left < 0 and left < lowest[debtor]:
            lowest[debtor] = left
        paid[debtor] += amount
        running[creditor] += amount
    openings = {}
    for account, balance in running.items():
        stated = known.openings.get(account, 0)
        missing = -min(0, stated, lowest.get(account, 0))
        if known.terminal(account):  # it keeps what it got: all that it pays is its own money
            missing = max(missing, paid.get(account, 0) - stated)
        openings[account] = Opening(stated + missing, missing)
        running[account] = balance + missing
    return openings, dict(running)


def _reach(
    ordered: Sequence[Payment], ends: Sequence[Ends], thefts: Mapping[int, Theft], known: Known
) -> frozenset[Account]:
    """The accounts that stolen money can have reached in any order of rows of one instant."""
    reach: set[Account] = set()
    start = 0
    for _, group in groupby(ordered, key=lambda p: p.booked_at):
        positions = range(start, start + sum(1 for _ in group))
        before = -1
        while before < len(reach):  # once for a single row, and again while a tie spreads it
            before = len(reach)
            for position in positions:
                debtor, creditor = ends[position]
                if position in thefts or (debtor in reach and not known.terminal(debtor)):
                    reach.add(creditor)
            if len(positions) == 1:
                break
        start = positions.stop
    return frozenset(reach)


_Key = tuple[str, str, int, str]


def find_thefts(
    ordered: Sequence[Payment], thefts: Sequence[Theft]
) -> tuple[dict[int, Theft], list[Refusal], list[Reason]]:
    """Which payment each theft is, by place among `ordered`; what was refused, and what to say."""
    wanted = {_theft_key(t) for t in thefts}
    candidates: dict[_Key, list[int]] = defaultdict(list)
    for position, p in enumerate(ordered):
        key = (p.debtor_account, p.creditor_account, p.amount, p.currency)
        if key in wanted:
            candidates[key].append(position)
    found: dict[int, Theft] = {}
    refusals: list[Refusal] = []
    reasons: list[Reason] = []
    for theft in thefts:
        near = _nearest(ordered, theft, candidates[_theft_key(theft)])
        free = [i for i in near if i not in found]
        if any(t.theft_id == theft.theft_id for t in found.values()):
            refusals.append(_refused(theft, "theft_repeated", theft.theft_id))
        elif not near:
            refusals.append(_refused(theft, "theft_not_found", theft.creditor_account))
        elif not free:
            refusals.append(_refused(theft, "theft_claimed", found[near[0]].theft_id))
        else:
            found[free[0]] = theft
            if len(free) > 1:
                reasons.append(about_theft("theft_ambiguous", theft))
    return found, refusals, reasons


def _theft_key(theft: Theft) -> _Key:
    return theft.debtor_account, theft.creditor_account, theft.amount, theft.currency


def _nearest(ordered: Sequence[Payment], theft: Theft, candidates: Sequence[int]) -> list[int]:
    distances = {i: abs(ordered[i].booked_at - theft.booked_at) for i in candidates}
    close = min(distances.values(), default=THEFT_WINDOW * 2)
    return [i for i in candidates if distances[i] == close and close <= THEFT_WINDOW]


def _refused(theft: Theft, code: str, value: str) -> Refusal:
    at = theft.sighting or Sighting(file="thefts", row=0)
    return Refusal(
        file=at.file,
        row=at.row,
        field="theft_id" if code == "theft_repeated" else "creditor_account",
        value=value,
        code=code,
        values={"theft_id": theft.theft_id},
    )


def about_theft(code: str, theft: Theft) -> Reason:
    """Something to say of a theft, with the row that states it."""
    at = theft.sighting or Sighting(file="thefts", row=0)
    return Reason(code, (Ref(at.file, at.row),), {"theft_id": theft.theft_id})
