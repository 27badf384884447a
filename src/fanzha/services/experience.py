"""What the casebook's own holds say about how long money stays where it arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fanzha.casebook import Casebook, open_casebook
from fanzha.model.chain import Action
from fanzha.model.vocabulary import entry, rail_of
from fanzha.money.holds import DEFAULT_RAIL
from fanzha.money.kaplan_meier import Curve, Watched, estimate

LANDED = ("active", "frozen")  # the first of these says what the hold caught


def own_curves(path: Path | None) -> Mapping[str, Curve]:
    """Estimates by rail from every case of the casebook; none without a casebook."""
    if path is None:
        return {}
    with open_casebook(path, create=False) as casebook:
        return estimate(watched(casebook))


def watched(casebook: Casebook) -> Iterator[Watched]:
    """What each hold that landed says, one for each hold.

    A hold landed when it was first recorded as `active` or `frozen`; the amount of that step is
    what it caught (0 where the institution found nothing). It is compared with the cap in the last
    plan whose balances were confirmed before the landing. A hold that was rejected, or released
    before it landed, says nothing: the money was not looked for, or nobody said what was found.
    """
    for case_id in casebook.cases():
        found = casebook.case(case_id)
        landings = _landings(casebook, case_id, {a.metadata["on"] for a in found.actions})
        if not landings:
            continue
        plans = [
            plan
            for record in found.findings
            if record.kind == "hold_plan" and (plan := casebook.finding(record)) is not None
        ]
        for hold_id, step in sorted(landings.items()):
            one = _watched(plans, hold_id, step)
            if one is not None:
                yield one


def _landings(casebook: Casebook, case_id: str, names: set[str]) -> dict[str, Action]:
    landings = {}
    for name in names:
        steps = (a for a in casebook.actions_on(case_id, name) if a.kind == "hold")
        first = next((a for a in steps if a.state in LANDED), None)
        if first is not None:
            landings[name] = first
    return landings


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
