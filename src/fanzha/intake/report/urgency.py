"""How urgent a report is, what to ask, and what to say to the caller, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fanzha.intake.report.finding import MINUTE, Missing, ReportedTransfer, Warning_
from fanzha.intake.report.rules import rules

# A stop order reaches money best within the hour and hardly ever after a day; a month-old
# report is work for the investigation, not for the hotline's clock.
HIGH_WITHIN = timedelta(hours=24)
MEDIUM_WITHIN = timedelta(days=30)
HOUR = 3600
_WALLETS = ("T", "0x", "bc1")


def is_connected(folded: str) -> bool:
    """Whether the caller seems to be on a call or sharing a screen with the scammers still.

    Words of connection count unless words of its end come after the last of them: saying "hang
    up" once too often costs nothing.
    """
    contact = rules().contact
    last = max((m.end() for m in contact["connected"].finditer(folded)), default=-1)
    over = max((m.end() for m in contact["ended"].finditer(folded)), default=-1)
    return last > over


def tier(
    transfers: Sequence[ReportedTransfer], received_at: datetime, *, told: bool, connected: bool
) -> str:
    """`high`, `medium` or `low`: how fast somebody must act.

    High: somebody still holds the caller, or money moved within `HIGH_WITHIN`, or at a time that
    was not said. Medium: it moved within `MEDIUM_WITHIN`, or none moved but words point to a
    scam (`told`). Low: the rest.
    """
    if connected:
        return "high"
    if not transfers:
        return "medium" if told else "low"
    ages = [received_at - t.at if t.at else timedelta() for t in transfers]
    newest = min(ages)
    if newest <= HIGH_WITHIN:
        return "high"
    return "medium" if newest <= MEDIUM_WITHIN else "low"


def report_delay(transfers: Sequence[ReportedTransfer], received_at: datetime) -> int | None:
    """Seconds from the latest transfer to the report, where its time was said to the hour."""
    known = [t.at for t in transfers if t.at and t.precision_seconds <= HOUR]
    past = [at for at in known if at <= received_at]
    return int((received_at - max(past)).total_seconds()) if past else None


def find_missing(transfers: Sequence[ReportedTransfer]) -> tuple[Missing, ...]:
    """What to ask, the fields a stop order hangs on first."""
    return tuple(
        Missing(number, name)
        for name in (
            "payee_acct",
            "payee_name",
            "amount",
            "time",
            "time_minute",
            "payee_bank",
            "time_second",
            "victim_bank",
            "victim_acct",
        )
        for number, transfer in enumerate(transfers)
        if name in _lacks(transfer)
    )


def _lacks(transfer: ReportedTransfer) -> set[str]:
    wallet = transfer.payee_account.startswith(_WALLETS)
    lacks = {
        "payee_acct": not transfer.payee_account,
        "payee_name": not transfer.payee_name and not wallet,
        "amount": transfer.amount is None,
        "time": transfer.at is None,
        "time_minute": transfer.at is not None and transfer.precision_seconds > MINUTE,
        "time_second": transfer.precision_seconds == MINUTE,
        "payee_bank": not transfer.payee_bank and not wallet,
        "victim_bank": not transfer.victim_bank,
        "victim_acct": not transfer.victim_account,
    }
    return {name for name, lack in lacks.items() if lack}


def write_script(
    transfers: Sequence[ReportedTransfer],
    missing: Sequence[Missing],
    warnings: Sequence[Warning_],
    folded: str,
    *,
    connected: bool,
) -> tuple[str, ...]:
    """What to say, by catalogue code: cut the line, lock, read back, ask, then the rest."""
    contact = rules().contact
    money_left = connected or contact["own_money"].search(folded) is not None
    steps = {
        "disconnect": connected,
        "lock_own_account": money_left,
        "pay_nothing": contact["more_asked"].search(folded) is not None,
        "read_back": bool(transfers),
        "check_warnings": bool(warnings),
        "ask_missing": bool(missing),
        "stop_order": any(t.order_allowed for t in transfers),
        "case_number": True,
        "evidence": True,
        "recovery_scam": bool(transfers),
        "call_back": bool(transfers),
    }
    return tuple(step for step, due in steps.items() if due)
