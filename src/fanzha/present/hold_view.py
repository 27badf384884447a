"""What a hold board says beside its rows."""

from __future__ import annotations

from fanzha.model.catalogue import Lang, say
from fanzha.model.vocabulary import label
from fanzha.money.holds import HoldPlan
from fanzha.money.survival import ENOUGH


def survival_lines(plan: HoldPlan, lang: Lang) -> list[str]:
    """For each rail what its survival rests on, as of the best hold on it.

    The prior, or own holds with their interval and count.
    """
    best = {hold.survival.rail: hold.survival for hold in reversed(plan.holds)}
    lines = []
    for code, found in best.items():
        key = "prior_beside" if found.used == "prior" and found.n else found.used
        lines.append(
            say(
                f"survival.{key}",
                lang,
                rail=label("rail", code, lang),
                n=found.n,
                at_risk=found.at_risk,
                enough=ENOUGH,
                low=f"{100 * (found.low or 0):.0f} %",
                high=f"{100 * (found.high or 0):.0f} %",
            )
        )
    return lines
