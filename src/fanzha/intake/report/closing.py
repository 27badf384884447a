"""What becomes of the drafts once everything was heard: merged, carried on, checked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from fanzha.intake.report.assembly import Assembly
from fanzha.intake.report.draft import PAYEE, Draft
from fanzha.intake.report.finding import ReportedTransfer, Warning_


@dataclass(frozen=True, slots=True)
class Closed:
    """The transfers of a report and what to read back about them."""

    transfers: tuple[ReportedTransfer, ...]
    warnings: tuple[Warning_, ...]


def close(work: Assembly) -> Closed:
    """The transfers that the drafts came to, in the order in which they were told."""
    _join_payees(work.drafts)
    drafts = [d for d in work.drafts if _is_transfer(d)]
    _fill_from_total(work, drafts)
    drafts = [d for d in drafts if d.has("amount") or d.has("payee_acct") or d.has("payee_name")]
    _carry_payee(drafts)
    transfers: list[ReportedTransfer] = []
    warnings: list[Warning_] = []
    for draft in drafts:
        finished = draft.finish()
        for _ in range(draft.count):
            warnings += _remarks(draft, finished, len(transfers))
            transfers.append(finished)
    warnings += _check_totals(work, transfers)
    return Closed(tuple(transfers), tuple(warnings))


def _is_transfer(draft: Draft) -> bool:
    return draft.has("amount") or (draft.paid and any(draft.has(name) for name in PAYEE[:2]))


def _join_payees(drafts: list[Draft]) -> None:
    """Bring together a payee told in one place and the payment told in another."""
    by_name: dict[object, Draft] = {}
    for draft in drafts:
        name = draft.values.get("payee_name")
        if name is not None and (draft.has("payee_acct") or name not in by_name):
            by_name.setdefault(name, draft)
            if draft.has("payee_acct") and not by_name[name].has("payee_acct"):
                by_name[name] = draft
    used: set[int] = set()
    for draft in drafts:
        source = by_name.get(draft.values.get("payee_name"))
        if draft.has("amount") and source is not None and source is not draft:
            draft.take_payee(source)
            used.add(id(source))
    drafts[:] = [d for d in drafts if d.has("amount") or id(d) not in used]
    _join_the_one(drafts)


def _join_the_one(drafts: list[Draft]) -> None:
    """One payee without a payment and one payment that lacks a payee belong together."""
    payees = [d for d in drafts if not d.has("amount") and d.has("payee_acct")]
    payments = [d for d in drafts if d.has("amount") and not d.has("payee_acct")]
    if len(payees) == len(payments) == 1:
        payee, payment = payees[0], payments[0]
        names = {d.values.get("payee_name") for d in (payee, payment)} - {None}
        if len(names) <= 1:
            payment.take_payee(payee)
            drafts.remove(payee)


def _fill_from_total(work: Assembly, drafts: list[Draft]) -> None:
    """A loss told only as a sum of all is the sum of the one transfer told, if there is one."""
    if not work.totals or any(d.has("amount") for d in drafts):
        return
    if len(drafts) > 1:
        return
    draft = drafts[0] if drafts else work.drafts[0]
    if not drafts:
        drafts.append(draft)
    token = work.totals[0]
    draft.put("amount", token.value.minor, work.found(token))
    draft.put("currency", token.value.currency, work.found(token))
    draft.remark("amount", "total_only")


def _carry_payee(drafts: list[Draft]) -> None:
    """One more payment without a payee of its own went to the payee before: said, or asked back."""
    for before, draft in pairwise(drafts):
        bare = not draft.has("payee_acct") and not draft.has("payee_name")
        if bare and (draft.follows or draft.same) and before.has("amount"):
            had = draft.has("payee_bank")
            if not had and (before.has("payee_acct") or before.has("payee_name")):
                draft.take_payee(before)
                if not draft.same:
                    draft.remark("payee_acct", "payee_carried")


def _remarks(draft: Draft, done: ReportedTransfer, number: int) -> list[Warning_]:
    warnings = [] if done.number_passes else [_warn(number, "payee_acct", "luhn", done)]
    return warnings + [_warn(number, name, code, done) for name, code in draft.remarks]


def _warn(number: int, name: str, code: str, done: ReportedTransfer) -> Warning_:
    value = {"payee_acct": done.payee_account, "payee_name": done.payee_name}.get(name)
    words = done.words.get(name)
    return Warning_(number, name, code, value or (words.value if words else ""))


def _check_totals(work: Assembly, transfers: list[ReportedTransfer]) -> list[Warning_]:
    """A sum of all that the transfers do not come to means that one was left out or misheard."""
    warnings = []
    for token in work.totals[:20]:
        told = [t.amount for t in transfers if t.currency == token.value.currency]
        used = any(
            t.words["amount"].start == token.start for t in transfers if t.amount is not None
        )
        sums = sum(a for a in told if a is not None)
        if told and not used and sums != token.value.minor:
            warnings.append(Warning_(-1, "amount", "total_differs", work.found(token).value))
    return warnings
