"""How urgent a call-back is, and when the next one is due: pure rules over what happened.

What is graded is the task of calling, never a person. Only the codes of `REASONS` can speak, and
none of them says anything about who somebody is: no age, sex, home, nationality, wealth or job.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

LEVELS = ("low", "medium", "high")
# What each reason alone makes of the task; the sentence of a reason is `web_calls.reason_<code>`.
REASONS = MappingProxyType(
    {
        "already_paid": "high",
        "asked_high": "high",
        "asked_medium": "medium",
        "asked_low": "low",
        "asked_none": "low",
        "watch_hit": "high",
        "pays_growing": "high",
        "pays_repeatedly": "medium",
        "paid_lately": "high",
        "paid_back_first": "high",
        "victim_connected": "high",
        "victim_asked_for_more": "high",
        "victim_high": "medium",
        "victim_medium": "low",
        "victim_low": "low",
        "call_again": "low",
    }
)
# Our own targets, nobody's law: how long a first call may wait, and how long to wait before trying
# again somebody who was not reached.
FIRST = MappingProxyType(
    {"high": timedelta(minutes=15), "medium": timedelta(hours=2), "low": timedelta(hours=24)}
)
RETRY = MappingProxyType(
    {"high": timedelta(minutes=15), "medium": timedelta(hours=1), "low": timedelta(hours=4)}
)
FOLLOW_UPS = (("two_hours", timedelta(hours=2)), ("day", timedelta(hours=24)))
OUTCOMES = ("persuaded", "not_reached", "call_again", "lost_later")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that somebody made; `again_at` is when the other side asked to be called."""

    who: str
    at: datetime
    outcome: str
    again_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """Which call comes next, and when: `first`, `two_hours` or `day` after it."""

    step: str
    at: datetime


def grade(reasons: Iterable[str]) -> str:
    """The level of the weightiest reason; `low` without one.

    >>> grade(["asked_low", "already_paid"]), grade(["victim_high"]), grade([])
    ('high', 'medium', 'low')
    """
    return max((REASONS[code] for code in reasons), key=LEVELS.index, default="low")


def next_due(
    since: datetime, level: str, attempts: Sequence[Attempt], *, spoken: bool
) -> Due | None:
    """The next call, or None once all are made or the money was lost.

    `spoken`: somebody spoke with them at `since` already (a victim who reported), so that only the
    two follow-ups remain. Attempts stand in the order in which they were made.

    >>> from datetime import UTC
    >>> at = datetime(2024, 5, 14, 6, tzinfo=UTC)
    >>> next_due(at, "high", [], spoken=False).at - at
    datetime.timedelta(seconds=900)
    >>> reached = [Attempt("op", at, "persuaded")]
    >>> next_due(at, "high", reached, spoken=False)
    Due(step='two_hours', at=datetime.datetime(2024, 5, 14, 8, 0, tzinfo=datetime.timezone.utc))
    """
    steps = [*(() if spoken else (("first", FIRST[level]),)), *FOLLOW_UPS]
    place, due = 0, since + steps[0][1]
    for attempt in attempts:
        if attempt.outcome == "lost_later":
            return None
        if attempt.outcome == "persuaded":
            if steps[place][0] == "first":
                since = attempt.at
            place += 1
            if place == len(steps):
                return None
            due = since + steps[place][1]
        elif attempt.outcome == "not_reached":
            due = attempt.at + RETRY[level]
        else:
            due = attempt.again_at or attempt.at + FOLLOW_UPS[0][1]
    return Due(steps[place][0], due)
