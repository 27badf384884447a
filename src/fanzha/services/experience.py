"""What the casebook's own holds say about how long money stays where it arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fanzha.casebook import Casebook, open_casebook
from fanzha.model.chain import Action
from fanzha.model.vocabulary import entry, rail_of
from fanzha.money.holds import DEFAULT_RAIL
from fanzha.money.kaplan_meier import Curve, Watched, estimate
from fanzha.services.contents import Contents

KEPT_CASES = 20_000
LANDED = ("active", "frozen")  # the first of these says what the hold caught


def own_curves(path: Path | None) -> Mapping[str, Curve]:
    """Estimates by rail from every case of the casebook; none without a casebook."""
    if path is None:
        return {}
    with open_casebook(path, create=False) as casebook:
        return curves_of(casebook)


def curves_of(casebook: Casebook) -> Mapping[str, Curve]:
    """The same of an open casebook; a case is read again only when it has a new record.

    A hold landed when it was first recorded as `active` or `frozen`; the amount of that step is
    what it caught (0 where the institution found nothing). It is compared with the cap in the last
    plan whose balances were confirmed before the landing. A hold that was rejected, or released
    before it landed, says nothing: the money was not looked for, or nobody said what was found.
    """
    tips = casebook.tips()
    return estimate(one for case_id, tip in tips.items() for one in landed(casebook, case_id, tip))


@lru_cache(maxsize=KEPT_CASES)
def landed(casebook: Casebook, case_id: str, _tip: int) -> tuple[Watched, ...]:
    """What each hold of a case that landed says, one for each hold."""
    contents = Contents(casebook, case_id)
    landings = {
        hold_id: step
        for hold_id, steps in sorted(contents.steps.items())
        if (step := next((s for s in steps if s.state in LANDED), None)) is not None
    }
    plans = contents.findings("hold_plan") if landings else []
    found = (_watched(plans, hold_id, step) for hold_id, step in landings.items())
    return tuple(one for one in found if one is not None)


def _watched(plans: Sequence[dict[str, Any]], hold_id: str, step: Action) -> Watched | None:
    before = [
        (plan, hold)
        for plan in plans
        for hold in plan["holds"]
        if hold["hold_id"] == hold_id and datetime.fromisoformat(plan["confirmed_at"]) <= step.at
    ]
    if not before:
        return None
    plan, hold = before[-1]
    if hold["cap"] <= 0 or step.amount is None:
        return None
    credited = max(datetime.fromisoformat(h["last_credit_at"]) for h in hold["holdings"])
    confirmed = datetime.fromisoformat(plan["confirmed_at"])
    return Watched(
        rail=_rail(hold),
        entered=max(0.0, (confirmed - credited).total_seconds()),
        ended=(step.at - credited).total_seconds(),
        left=1 - min(1.0, step.amount / hold["cap"]),
    )


def _rail(hold: dict[str, Any]) -> str:
    """As when it was planned: the newest credit whose channel is known."""
    rails = (rail_of(credit["channel"]) for credit in hold["credits"])
    return next((r.code for r in rails if r and r.survives), entry("rail", DEFAULT_RAIL).code)
