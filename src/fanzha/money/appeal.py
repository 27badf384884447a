"""Was too much held, and what must be looked at before more is decided?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from fanzha.model.chain import Finding, Reason, Ref
from fanzha.model.payment import Account

# Criminal Procedure Law (CN) art. 145: what is found unrelated is released within three days.
UNRELATED_RELEASE = timedelta(days=3)
COMPARATOR = "kr_five_business_days"  # Korea decides such an objection in five business days

# What a payee's good faith rests on, and the words in a file's name that promise proof of it. A
# file is noted, never judged: somebody has to open it.
CHECKLIST: Mapping[str, tuple[str, ...]] = {
    "sale_price": ("order", "invoice", "price", "订单", "訂單", "发票", "發票", "合同"),
    "delivery_proof": (
        "courier",
        "delivery",
        "shipping",
        "waybill",
        "快递",
        "快遞",
        "运单",
        "签收",
    ),
    "prior_trade": ("chat", "message", "history", "聊天", "对话", "對話", "往来"),
    "account_age": ("account", "opening", "statement", "开户", "開戶", "流水"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What is held now, as the appellant or the institution states it.

    `noticed` says whether the holder was told the reason, the remedy and the papers needed
    (Anti-Telecom and Online Fraud Law art. 32); None when nobody knows.
    """

    amount: int
    since: datetime | None = None
    noticed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a trace says lies in the account: the amount, by which method, from which rows."""

    account: Account
    traced: int
    method: str
    rows: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at, and the files that may show it."""

    code: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal(Finding):
    """What an appeal against a hold turns up; a person decides, with a reason.

    `release_now` is what is held beyond the traced amount: no view of the holder's good faith is
    needed for it. `decide` is the rest, for which the checklist is worked through.
    """

    kind: ClassVar[str] = "appeal"
    account: Account
    at: datetime
    frozen: int
    traced: int
    release_now: int
    decide: int
    days_held: int | None
    checklist: tuple[Check, ...]
    release_due_at: datetime | None
    defects: tuple[str, ...]


def appraise(claim: Claim, frozen: Frozen, evidence: Sequence[str], at: datetime) -> Appeal:
    """Compare what is held with what was traced to the account, and list what to check."""
    currency = claim.account.currency
    excess = max(0, frozen.amount - claim.traced)
    reasons = [Reason("traced", claim.rows, {"amount": claim.traced, "currency": currency})]
    if excess:
        reasons.append(Reason("excess", (), {"amount": excess, "currency": currency}))
    return Appeal(
        method=claim.method,
        reasons=tuple(reasons),
        account=claim.account,
        at=at,
        frozen=frozen.amount,
        traced=claim.traced,
        release_now=excess,
        decide=frozen.amount - excess,
        days_held=None if frozen.since is None else (at - frozen.since).days,
        checklist=tuple(
            Check(code=code, evidence=tuple(e for e in evidence if _speaks(e, words)))
            for code, words in CHECKLIST.items()
        ),
        release_due_at=at + UNRELATED_RELEASE if excess else None,
        defects=() if frozen.noticed else ("notice_missing",),
    )


def _speaks(name: str, words: Sequence[str]) -> bool:
    return any(word in name.casefold() for word in words)
