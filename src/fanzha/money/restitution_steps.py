"""The steps of a return: each says which entry follows from the books, or why it may not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.errors import NotAllowed
from fanzha.model.payment import Account, Theft
from fanzha.money.restitution import (
    ASIDE,
    DUE,
    OUTSIDE,
    PAID,
    POOL,
    RELEASED,
    Books,
    Entry,
    Leg,
)
from fanzha.money.returns import ReturnPlan
from fanzha.money.rounding import share_out

# How long others may come forward before money is paid out (Freeze-return Rules, China, 2016: a
# public notice of 30 days). Not confirmed by a lawyer: see the return rules in the vocabulary.
NOTICE = timedelta(days=30)

Place = tuple[Account, str]  # a held account and a theft


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who does it, when, on what legal basis, and a remark."""

    who: str
    at: datetime
    basis: str
    note: str = ""


def to_share(books: Books, held: Mapping[Account, int]) -> dict[Account, int]:
    """What a split is made of: all that is held of each account, but for what is set aside.

    Never less than was paid from it already, which was held when it was paid.
    """
    aside, paid = (_sums(books.box(name)) for name in (ASIDE, PAID))
    return {a: max(amount - aside.get(a, 0), paid.get(a, 0)) for a, amount in held.items()}


def _sums(found: Mapping[Place, int]) -> dict[Account, int]:
    sums: dict[Account, int] = {}
    for (account, _), amount in found.items():
        sums[account] = sums.get(account, 0) + amount
    return sums


def in_ledger(books: Books) -> dict[Account, int]:
    """What the ledger says was secured in each account and not let go; what was paid counts."""
    return {a: t.held - t.released for a, t in books.by_account().items()}


def less_aside(books: Books, thefts: Iterable[Theft]) -> tuple[Theft, ...]:
    """The thefts, what each may still get lowered by what is set aside for it already."""
    aside: dict[str, int] = {}
    for (_, theft_id), amount in books.box(ASIDE).items():
        aside[theft_id] = aside.get(theft_id, 0) + amount
    return tuple(
        dataclasses.replace(t, refunded=t.refunded + aside.get(t.theft_id, 0)) for t in thefts
    )


def secure(books: Books, held: Mapping[Account, int], signed: Signed) -> Iterable[Entry]:
    """Enter what has come under a hold since the last time; less than before is a release."""
    before = in_ledger(books)
    legs: list[Leg] = []
    for account, amount in held.items():
        more = amount - before.get(account, 0)
        if more < 0:
            raise NotAllowed("restitution_held_less", account=account.number)
        if more:
            legs += [Leg(account, OUTSIDE, "", -more), Leg(account, POOL, "", more)]
    if legs:
        yield _entry("held", signed, legs)


def allot(books: Books, plans: Sequence[ReturnPlan], signed: Signed) -> Iterable[Entry]:
    """Give the shares of the rule that a person chose; an earlier split is reopened first."""
    due = books.box(DUE)
    if due:
        yield _entry("reopened", signed, _moved(due, DUE, POOL))
    paid = books.box(PAID)
    shares = {
        (plan.account, s.theft_id): s.amount - paid.get((plan.account, s.theft_id), 0)
        for plan in plans
        for s in plan.shares
    }
    legs = _moved({place: amount for place, amount in shares.items() if amount}, POOL, DUE)
    yield _entry("allotted", signed, legs, rule=plans[0].rule, method=plans[0].method)


def notice(books: Books, signed: Signed) -> Entry:
    """Begin the public notice of the present split."""
    _needs_split(books)
    return _entry("noticed", signed, (), until=signed.at + NOTICE)


def dispute(books: Books, account: Account, signed: Signed, part: Part) -> tuple[Entry, Entry]:
    """Record an objection and set the disputed shares aside, so that they cannot be paid."""
    _needs_split(books)
    due = _of(books.box(DUE, account), part.theft_id)
    taken = _taken(due, part.amount, "restitution_nothing_due", account)
    return (
        _entry("objected", signed, (), theft_id=part.theft_id),
        _entry("set_aside", signed, _moved(taken, DUE, ASIDE), theft_id=part.theft_id),
    )


def dismiss(books: Books, account: Account, signed: Signed, part: Part) -> Entry:
    """The objection failed: what was set aside is due again."""
    aside = _of(books.box(ASIDE, account), part.theft_id)
    taken = _taken(aside, part.amount, "restitution_nothing_aside", account)
    return _entry("dismissed", signed, _moved(taken, ASIDE, DUE), theft_id=part.theft_id)


def claim_late(books: Books, theft_id: str, signed: Signed) -> Entry:
    """A victim came forward after the split: payments stop until it is made anew."""
    _needs_split(books)
    if theft_id in books.by_theft() or theft_id in books.late:
        raise NotAllowed("restitution_claimed_already", theft=theft_id)
    return _entry("late_claim", signed, (), theft_id=theft_id)


def pay(books: Books, account: Account | None, signed: Signed, part: Part, proof: str) -> Entry:
    """Pay out a share or a part of it; not before the notice has ended, nor without a new proof.

    Without an account it is the victim's whole share in all of them, as one transfer pays it.
    """
    _may_be_paid(books, signed)
    due = _of(books.box(DUE, account), part.theft_id)
    taken = _taken(due, part.amount, "restitution_nothing_due", account)
    used = {e.proof for e in books.entries if e.theft_id == part.theft_id}
    if not proof or proof in used:
        raise NotAllowed("restitution_proof_used", theft=part.theft_id)
    return _entry("paid", signed, _moved(taken, DUE, PAID), theft_id=part.theft_id, proof=proof)


def pay_all(books: Books, signed: Signed, proofs: Mapping[str, str]) -> list[Entry]:
    """Pay out whole shares, in all accounts, of many victims at once; `proofs` are by theft."""
    _may_be_paid(books, signed)
    due: dict[str, dict[Place, int]] = {}
    for place, amount in books.box(DUE).items():
        due.setdefault(place[1], {})[place] = amount
    used = {(e.theft_id, e.proof) for e in books.entries}
    entries = []
    for theft_id, proof in proofs.items():
        if theft_id not in due:
            raise NotAllowed("restitution_nothing_due_to", theft=theft_id)
        if not proof or (theft_id, proof) in used:
            raise NotAllowed("restitution_proof_used", theft=theft_id)
        legs = _moved(due[theft_id], DUE, PAID)
        entries.append(_entry("paid", signed, legs, theft_id=theft_id, proof=proof))
    return entries


def _may_be_paid(books: Books, signed: Signed) -> None:
    _needs_split(books)
    if books.late:
        raise NotAllowed("restitution_reopen_first", thefts=", ".join(sorted(books.late)))
    if books.notice_until is None:
        raise NotAllowed("restitution_no_notice")
    if signed.at < books.notice_until:
        raise NotAllowed("restitution_notice_runs", until=books.notice_until.isoformat())


def release(books: Books, account: Account, signed: Signed, amount: int) -> Entry:
    """Let go of a part: first what is set aside, then what is nobody's share; never a share."""
    aside, pool = books.box(ASIDE, account), books.box(POOL, account)
    free = sum(aside.values()) + sum(pool.values())
    if not 0 < amount <= free:
        raise NotAllowed("restitution_not_free", account=account.number)
    from_aside = min(amount, sum(aside.values()))
    legs: list[Leg] = []
    for box, found, part in ((ASIDE, aside, from_aside), (POOL, pool, amount - from_aside)):
        if part:
            legs += _moved(_taken(found, part, "restitution_not_free", account), box, RELEASED)
    return _entry("released", signed, legs)


def lapse(books: Books, account: Account, signed: Signed, part: Part) -> Entry:
    """Nobody collected the share: it goes back to what is not distributed."""
    due = _of(books.box(DUE, account), part.theft_id)
    taken = _taken(due, part.amount, "restitution_nothing_due", account)
    return _entry("lapsed", signed, _moved(taken, DUE, POOL), theft_id=part.theft_id)


@dataclass(frozen=True, slots=True)
class Part:
    """Whose share (empty: everybody's) and how much of it (None: all)."""

    theft_id: str = ""
    amount: int | None = None


def _entry(kind: str, signed: Signed, legs: Sequence[Leg], **more: object) -> Entry:
    if not signed.who.strip() or not signed.basis.strip():
        raise NotAllowed("restitution_needs_basis", kind=kind)
    return Entry(
        kind=kind,
        who=signed.who,
        at=signed.at,
        basis=signed.basis,
        note=signed.note,
        legs=tuple(legs),
        **more,  # type: ignore[arg-type]
    )


def _moved(amounts: Mapping[Place, int], source: str, target: str) -> list[Leg]:
    """From one box to another; the pool and what was let go of it are nobody's."""
    legs: list[Leg] = []
    for (account, theft_id), amount in amounts.items():
        legs.append(Leg(account, source, "" if source == POOL else theft_id, -amount))
        legs.append(Leg(account, target, "" if target == POOL else theft_id, amount))
    return legs


def _of(found: Mapping[Place, int], theft_id: str) -> dict[Place, int]:
    return {place: amount for place, amount in found.items() if theft_id in ("", place[1])}


def _taken(
    found: Mapping[Place, int], amount: int | None, refusal: str, account: Account | None
) -> dict[Place, int]:
    """So much of it, from everybody in proportion."""
    there = sum(found.values())
    if not there or (amount is not None and not 0 < amount <= there):
        raise NotAllowed(refusal, account=account.number if account else "*")
    parts = share_out(there if amount is None else amount, list(found.values()))
    return {place: part for place, part in zip(found, parts, strict=True) if part}


def _needs_split(books: Books) -> None:
    if not books.rule:
        raise NotAllowed("restitution_no_split")
