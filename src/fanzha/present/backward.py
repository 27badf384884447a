"""Who fed an account: for a person at a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import show
from fanzha.services.ledger_trace import BackwardResult, Fed

MOST_LINES = 20  # of each method on the screen; the JSON has them all


def backward_json(found: Sequence[BackwardResult]) -> dict[str, Any]:
    """The object that `fanzha trace --backward --json` prints."""
    return {"accounts": [_account(one) for one in found]}


def backward_lines(found: Sequence[BackwardResult], lang: Lang) -> Iterator[str]:
    """The largest sources first, under each method."""
    for one in found:
        for method, parts in one.fed.items():
            currency = one.account.currency
            yield say(
                "ledger.held",
                lang,
                account=one.account.number,
                amount=show(one.held[method], currency),
                at=iso(one.as_of),
                method=say(f"page.{method}", lang),
            )
            largest = sorted(parts, key=lambda fed: (-fed.amount, fed.hops, fed.account))
            for fed in largest[:MOST_LINES]:
                ending = say(f"ledger.ending_{fed.ending}", lang)
                yield f"{show(fed.amount, currency)}\t{fed.account.number}\t{fed.hops}\t{ending}"
            if len(parts) > MOST_LINES:
                rest = len(parts) - MOST_LINES
                yield say("terminal.more_rows", lang, count=rest, where="--json")


def _account(one: BackwardResult) -> dict[str, Any]:
    return {
        "account": one.account.number,
        "currency": one.account.currency,
        "as_of": iso(one.as_of),
        "methods": {
            method: {"held": one.held[method], "sources": [_fed(fed) for fed in parts]}
            for method, parts in one.fed.items()
        },
    }


def _fed(fed: Fed) -> dict[str, Any]:
    paid = fed.payment
    return {
        "ending": fed.ending,
        "account": fed.account.number,
        "amount": fed.amount,
        "hops": fed.hops,
        "booked_at": paid and iso(paid.booked_at),
        "rows": [{"file": s.file, "row": s.row} for s in paid.sightings] if paid else [],
    }
