"""Use case: held money goes back to many victims, step by step, each by a person."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.casebook import Casebook, open_casebook
from fanzha.errors import NotAllowed, UnknownRecord, UsageError
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money import restitution_steps as steps
from fanzha.money.hold_state import IN_FORCE, standing
from fanzha.money.restitution import PAID, Books, Entry
from fanzha.money.restitution_steps import Part, Signed
from fanzha.money.returns import ReturnPlan, plan_return
from fanzha.services.contents import HOLD
from fanzha.services.money_inputs import minor, moment
from fanzha.services.recorded import CaseRef, RecordedHold, find_case, recorded_holds
from fanzha.services.recorded_money import recorded_money
from fanzha.services.restitution.record import record_step, recorded_books
from fanzha.services.sources import read_source

ALL = "all"
ENDED = ("released", "expired")  # a hold that was returned has ended too, but by paying


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Which case, and who decides, when, on what legal basis; `who` is empty when only looking."""

    case: str
    now: datetime
    who: str = ""
    basis: str = ""
    at: str | None = None
    note: str = ""
    casebook: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to split and by which rule; `all` only shows the rules side by side.

    `held` (`ACCOUNT=AMOUNT`, major units) defaults to the holds in force in the casebook; `tz` is
    for instants without an offset, as the main job was given it.
    """

    desk: Desk
    rule: str = ALL
    method: str = "fifo"
    held: tuple[str, ...] = ()
    tz: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRequest:
    """One step of a return: notice, object, dismiss, claim, pay, release or lapse.

    `amount` is in major units (default: all of it); `proof` is a file that shows a payment, of
    which only the hash is kept (`shown` is its content, where it is at hand). `listed` is a CSV
    of `theft_id,proof` that pays many whole shares in one step, all or none; its proofs are files
    beside it.
    """

    desk: Desk
    step: str
    account: str = ""
    theft_id: str = ""
    amount: str | None = None
    proof: str | None = None
    shown: bytes = field(default=b"", repr=False)
    listed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestitutionResult:
    """The ledger after a step. `plans` are there after a plan, `record` where one was made."""

    case_id: str
    tz: ZoneInfo
    books: Books
    entries: tuple[Entry, ...] = ()
    plans: tuple[ReturnPlan, ...] = ()
    record: int | None = None


def plan(request: PlanRequest) -> RestitutionResult:
    """Open the casebook of the case and split what is held, see `plan_in`."""
    ref = find_case(request.desk.case, request.desk.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        return plan_in(casebook, ref, request)


def plan_in(casebook: Casebook, ref: CaseRef, request: PlanRequest) -> RestitutionResult:
    """Show what every rule would give; with one rule named, give the shares of that rule.

    The case is traced anew from its recorded files, so that a late victim's files count. Shares
    paid already stay paid, and what is set aside stays out of the split.
    """
    money = recorded_money(casebook, ref.case_id, request.tz)
    before = recorded_books(casebook, ref.case_id)
    books = before.books
    held = _held(casebook, ref, request, books)
    signed = _signed(request.desk, ref)
    secured = tuple(steps.secure(books, held, signed)) if request.rule != ALL else ()
    total = {**steps.in_ledger(books), **held}
    plans = plan_return(
        money.trace(request.method),
        steps.less_aside(books, money.thefts),
        steps.to_share(books, total),
        request.rule,
        books.box(PAID),
    )
    if request.rule == ALL:
        return RestitutionResult(case_id=ref.case_id, tz=ref.tz, books=books, plans=plans)
    entries = (*secured, *steps.allot(books, plans, signed))
    books, record = record_step(casebook, ref.case_id, before, entries, request.desk.now)
    return RestitutionResult(
        case_id=ref.case_id, tz=ref.tz, books=books, entries=entries, plans=plans, record=record
    )


def act(request: StepRequest) -> RestitutionResult:
    """Open the casebook of the case and take one step, see `act_in`."""
    ref = find_case(request.desk.case, request.desk.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        return act_in(casebook, ref, request)


def act_in(casebook: Casebook, ref: CaseRef, request: StepRequest) -> RestitutionResult:
    """Record one step if it may follow; `NotAllowed` says why not and what to do first."""
    before = recorded_books(casebook, ref.case_id)
    if request.step == "claim":
        _known_theft(casebook, ref.case_id, request.theft_id)
    signed = _signed(request.desk, ref)
    entries = tuple(_STEPS[request.step](before.books, request, signed))
    books, record = record_step(casebook, ref.case_id, before, entries, request.desk.now)
    return RestitutionResult(
        case_id=ref.case_id, tz=ref.tz, books=books, entries=entries, record=record
    )


def show(desk: Desk) -> RestitutionResult:
    """The ledger as it stands."""
    ref = find_case(desk.case, desk.casebook)
    with open_casebook(ref.casebook, create=False) as casebook:
        books = recorded_books(casebook, ref.case_id).books
    return RestitutionResult(case_id=ref.case_id, tz=ref.tz, books=books)


def _notice(books: Books, _: StepRequest, signed: Signed) -> Iterable[Entry]:
    return [steps.notice(books, signed)]


def _object(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    account, part = _part(books, request)
    return steps.dispute(books, account, signed, part)


def _dismiss(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    account, part = _part(books, request)
    return [steps.dismiss(books, account, signed, part)]


def _claim(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    return [steps.claim_late(books, request.theft_id, signed)]


def _pay(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    if bool(request.theft_id) == bool(request.listed):
        raise UsageError("restitution_pay_what")
    if request.listed:
        return steps.pay_all(books, signed, _listed(Path(request.listed)))
    account, part = None, Part(request.theft_id)
    if request.account:
        account, part = _part(books, request)
    elif request.amount is not None:
        raise UsageError("restitution_account_needed", amount=request.amount)
    content = request.shown or _content(request.proof)
    return [steps.pay(books, account, signed, part, _hash(content, request.theft_id))]


def _listed(path: Path) -> dict[str, str]:
    """The hash of each theft's proof."""
    try:
        text = read_source(str(path)).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
        said = [(row["theft_id"].strip(), row["proof"].strip()) for row in rows]
    except (UnicodeDecodeError, csv.Error, KeyError, AttributeError) as broken:
        raise UsageError("restitution_list_unreadable", path=str(path)) from broken
    if not said or len({theft_id for theft_id, _ in said}) < len(said):
        raise UsageError("restitution_list_unreadable", path=str(path))
    return {t: _hash(_content(str(path.parent / proof) if proof else None), t) for t, proof in said}


def _content(proof: str | None) -> bytes:
    return read_source(proof).content if proof else b""


def _hash(content: bytes, theft_id: str) -> str:
    if not content:
        raise UsageError("restitution_proof_missing", theft=theft_id)
    return hashlib.sha256(content).hexdigest()


def _release(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    account, part = _part(books, request)
    return [steps.release(books, account, signed, part.amount or 0)]


def _lapse(books: Books, request: StepRequest, signed: Signed) -> Iterable[Entry]:
    account, part = _part(books, request)
    return [steps.lapse(books, account, signed, part)]


_STEPS: Mapping[str, Callable[[Books, StepRequest, Signed], Iterable[Entry]]] = {
    "notice": _notice,
    "object": _object,
    "dismiss": _dismiss,
    "claim": _claim,
    "pay": _pay,
    "release": _release,
    "lapse": _lapse,
}


def _part(books: Books, request: StepRequest) -> tuple[Account, Part]:
    account = _account(books.by_account(), request.account)
    amount = None if request.amount is None else minor(request.amount, account.currency)
    return account, Part(request.theft_id, amount)


def _account(known: Iterable[Account], text: str) -> Account:
    """`B2` or, where it is held in several currencies, `B2:USD`."""
    known = list(known)
    number, _, currency = text.partition(":")
    found = [a for a in known if a.number == number and currency in ("", a.currency)]
    if len(found) > 1:
        codes = ", ".join(sorted(a.currency for a in found))
        raise UsageError("held_ambiguous", account=number, known=codes)
    if not found:
        numbers = ", ".join(sorted(a.number for a in known)) or "-"
        raise UnknownRecord("restitution_unknown_account", account=text, known=numbers)
    return found[0]


def _signed(desk: Desk, ref: CaseRef) -> Signed:
    at = moment(desk.at, ref.tz) or desk.now
    return Signed(who=desk.who, at=at, basis=desk.basis, note=desk.note)


def _known_theft(casebook: Casebook, case_id: str, theft_id: str) -> None:
    known = [t.theft_id for t in recorded_money(casebook, case_id).thefts]
    if theft_id not in known:
        raise UnknownRecord("unknown_theft", case=case_id, theft=theft_id, known=", ".join(known))


def _held(
    casebook: Casebook, ref: CaseRef, request: PlanRequest, books: Books
) -> dict[Account, int]:
    holds = recorded_holds(casebook, ref.case_id)
    if request.held:
        accounts = [*(h.account for h in holds), *books.by_account()]
        return dict(_said(text, accounts) for text in request.held)
    held: dict[Account, int] = {}
    for hold in holds:
        history = casebook.actions_on(ref.case_id, hold.hold_id, HOLD)
        state = standing(history, request.desk.now).state
        if state in IN_FORCE:
            held[hold.account] = _amount(history, hold)
        elif state in ENDED and hold.account in books.by_account():
            held[hold.account] = 0  # the ledger must hear of it before it gives more
    if not held and not books.entries:
        raise NotAllowed("restitution_nothing_held", case=ref.case_id)
    return held


def _amount(history: Iterable[Action], hold: RecordedHold) -> int:
    """What the hold holds, never more than was traced: a freeze may have hit more."""
    amount = 0
    for step in history:
        if step.state in IN_FORCE:  # after a partial release: what stays held
            amount = hold.cap if step.amount is None else step.amount
    return min(amount, hold.cap)


def _said(text: str, accounts: Iterable[Account]) -> tuple[Account, int]:
    name, equals, amount = text.rpartition("=")
    if not equals:
        raise UsageError("held_unreadable", value=text)
    account = _account(dict.fromkeys(accounts), name.strip())
    held = minor(amount, account.currency)
    if held < 0:
        raise UsageError("held_unreadable", value=text)
    return account, held
