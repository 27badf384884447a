"""What is not known in a case, and so what to ask for next, the largest sums first."""

from __future__ import annotations

from collections.abc import Iterator

from fanzha.services.result import CaseResult, Gap

RESTATED = ("unknown_own_funds", "rows_missing", "zone_assumed", "reported_not_found")


def find_gaps(result: CaseResult) -> tuple[Gap, ...]:
    """Every gap of the case, ordered by the money that hangs on it."""
    gaps = [*_accounts(result), *_reports(result), *_trace(result), *_said(result)]
    return tuple(sorted(gaps, key=lambda gap: -gap.amount))


def _accounts(result: CaseResult) -> Iterator[Gap]:
    for account, amount in result.plan.ask_next:
        yield Gap(
            code="statement_missing",
            values={"account": account.number},
            amount=amount,
            currency=account.currency,
        )
    for hold in result.plan.holds:
        missing = [*hold.missing, *(() if hold.institution else ("addressee",))]
        for field in missing:
            yield Gap(
                code={"addressee": "no_addressee", "time": "time_missing"}.get(
                    field, "payee_name_missing"
                ),
                values={"account": hold.account.number, "hold_id": hold.hold_id},
                amount=hold.cap,
                currency=hold.account.currency,
            )


def _reports(result: CaseResult) -> Iterator[Gap]:
    for report in result.reports:
        for missing in report.missing:
            amount = report.transfers[missing.transfer].amount if report.transfers else None
            yield Gap(
                code="report_missing_field",
                values={"field": missing.field, "source": report.source},
                amount=amount or 0,
                currency=report.transfers[missing.transfer].currency if report.transfers else "",
            )


def _trace(result: CaseResult) -> Iterator[Gap]:
    found = result.traces[result.plan.method.partition("/")[0]]
    for holding in found.holdings:
        if result.movements.known.terminal(holding.account) == "abroad":
            yield Gap(
                code="leaves_country",
                values={"account": holding.account.number, "theft_id": holding.theft_id},
                amount=holding.amount,
                currency=holding.account.currency,
            )
    for claim in found.disputed:
        yield Gap(
            code="disputed",
            values={"theft_id": claim.theft_id, "by": claim.by, "account": claim.account.number},
            amount=claim.amount,
            currency=claim.account.currency,
        )
    tied = [h for h in found.holdings if h.tie]
    if tied:
        yield Gap(
            code="tie",
            values={"count": len(found.ties), "holdings": len(tied)},
            amount=max(h.amount for h in tied),
            currency=tied[0].account.currency,
        )


def _said(result: CaseResult) -> Iterator[Gap]:
    found = result.traces[result.plan.method.partition("/")[0]]
    for reason in (*found.reasons, *result.notes):
        if reason.code in RESTATED:
            values = {"source": ", ".join(ref.source for ref in reason.refs), **reason.values}
            amount, currency = values.pop("amount", 0), values.pop("currency", "")
            yield Gap(
                code=reason.code,
                values=values,
                amount=amount if isinstance(amount, int) else 0,
                currency=str(currency),
            )
