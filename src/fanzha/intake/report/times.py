"""When a caller says it was: the words of time in a text, put together and reckoned back.

`find_moments` reads the words; `reckon` turns one into an instant, given when the report came in
and what was said before. It never sharpens: `precision_seconds` is as wide as the words are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from fanzha.intake.report.time_words import GAP, RANGE, Clock, Day, Part, find_parts

MINUTE, HOUR, DAY = 60, 3600, 86_400
ROUGH = 600  # a minute said with "about"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The words of one time: any of a day, a part of the day, a clock, or "ten minutes ago"."""

    start: int
    end: int
    day: Day | None = None
    period: str = ""
    clock: Clock | None = None
    ago: tuple[timedelta, int] | None = None  # how long ago, and how precisely
    rough: bool = False


class Reckoned(NamedTuple):
    """An instant, the span it lies in, and what was concluded (`day`, `half_day`, `rough`)."""

    at: datetime
    precision_seconds: int
    concluded: tuple[str, ...]


def find_moments(folded: str) -> list[Moment]:
    """All times in a folded text, in order; parts that belong together are one."""
    moments: list[Moment] = []
    for part in find_parts(folded):
        fresh = _moment(part)
        if moments:
            gap = folded[moments[-1].end : part.start]
            joined = _join(moments[-1], fresh, gap)
            if joined:
                moments[-1] = joined
                continue
        moments.append(fresh)
    return [m for m in moments if _stands_alone(m, folded)]


def _moment(part: Part) -> Moment:
    return Moment(
        start=part.start,
        end=part.end,
        day=part.day,
        period=part.period,
        clock=part.clock,
        ago=part.ago,
        rough=part.rough,
    )


def _join(left: Moment, right: Moment, gap: str) -> Moment | None:
    """Two neighbours as one where each says what the other leaves open."""
    if left.ago or right.ago or len(gap) > 14:
        return None
    if RANGE.fullmatch(gap) and left.clock and right.clock and not right.day:
        wide = replace(left.clock, minute=None, second=None)
        return replace(left, end=right.end, clock=wide, rough=True)
    both = (left.day and right.day) or (left.clock and right.clock)
    if both or (left.period and right.period) or not GAP.fullmatch(gap):
        return None
    if left.clock and not right.day:  # "three o'clock, afternoon" is not said
        return None
    return replace(
        left,
        end=right.end,
        day=left.day or right.day,
        period=left.period or right.period,
        clock=left.clock or right.clock,
        rough=left.rough or right.rough,
    )


def _stands_alone(moment: Moment, folded: str) -> bool:
    """ "一点" alone is more often "a bit" than one o'clock."""
    words = folded[moment.start : moment.end]
    return not (words == "一点" and moment.day is None)


def reckon(
    moment: Moment, received: datetime, tz: ZoneInfo, before: Moment | None, told: datetime | None
) -> Reckoned:
    """The instant that a moment means.

    `before` and `told` are the time that was said before it and what that came to: a bare clock
    goes on in the same day. Else a bare clock is the last one before the report, and `concluded`
    says so.
    """
    local = received.astimezone(tz)
    if moment.ago:
        span, precision = moment.ago
        at = (received.astimezone(UTC) - span).astimezone(tz)
        return Reckoned(_floor(at, min(precision, MINUTE)), precision, ("rough",))
    day, concluded = _day(moment, local, told)
    if moment.clock is None:
        return _without_clock(day, moment, tz)
    hour_of, half_day = _hour(moment, day, local, before, told)
    at = _at(day, hour_of, moment.clock, tz)
    if not moment.day and told is None and at > local:
        at -= timedelta(days=1)
    precision = _precision(moment)
    concluded += ("half_day",) * half_day + ("rough",) * moment.rough
    return Reckoned(at, precision, concluded)


def _day(moment: Moment, local: datetime, told: datetime | None) -> tuple[date, tuple[str, ...]]:
    if moment.day:
        return moment.day.reckon(local.date()), ()
    if told is not None:
        return told.date(), ()
    return local.date(), ("day",)


_SPANS = {  # part of the day without a clock: begin and length in hours
    "dawn": (0, 6),
    "morning": (6, 6),
    "noon": (11, 3),
    "afternoon": (12, 6),
    "evening": (18, 6),
    "night": (0, 6),
}


def _without_clock(day: date, moment: Moment, tz: ZoneInfo) -> Reckoned:
    begin, hours = _SPANS.get(moment.period, (0, 24))
    at = datetime.combine(day, time(begin), tz)
    return Reckoned(at, hours * HOUR, ())


def _hour(
    moment: Moment, day: date, local: datetime, before: Moment | None, told: datetime | None
) -> tuple[int, bool]:
    """The hour of the day (24 and more: the night after it), and whether half was concluded."""
    clock = moment.clock
    assert clock is not None
    if moment.period:
        return _by_period(clock.hour, moment.period, day, local), False
    if clock.certain:
        return clock.hour, False
    choices = [clock.hour % 12, clock.hour % 12 + 12]
    if told is not None and before is not None and told.date() == day and before.clock:
        later = [h for h in choices if _at(day, h, clock, local.tzinfo) >= told]
        if later and _at(day, later[0], clock, local.tzinfo) <= local:
            return later[0], not before.period
    past = [h for h in choices if _at(day, h, clock, local.tzinfo) <= local]
    if day == local.date() and past:
        return past[-1], True
    return (choices[0] if choices[0] >= 7 else choices[1]), True


def _by_period(hour: int, period: str, day: date, local: datetime) -> int:
    hour = hour if hour > 12 else hour % 12
    match period:
        case "dawn":
            return hour
        case "morning":
            return hour or 12
        case "noon":
            return hour if hour >= 10 else hour + 12
        case "afternoon":
            return hour if hour >= 12 else hour + 12
        case "evening":
            if 5 <= hour < 12:
                return hour + 12
            small = hour if hour < 12 else hour - 24 * (hour == 24)
            late = small < 5 and day < local.date()
            return small + 24 if late else small
        case _:
            return hour + 12 if 9 <= hour < 12 else hour


def _at(day: date, hour: int, clock: Clock, tz: object) -> datetime:
    assert tz is None or hasattr(tz, "utcoffset")
    midnight = datetime.combine(day + timedelta(days=hour // 24), time(), tz)  # type: ignore[arg-type]
    return midnight.replace(hour=hour % 24, minute=clock.minute or 0, second=clock.second or 0)


def _precision(moment: Moment) -> int:
    clock = moment.clock
    assert clock is not None
    if clock.minute is None:
        return HOUR
    if moment.rough:
        return ROUGH
    return MINUTE if clock.second is None else 1


def _floor(at: datetime, seconds: int) -> datetime:
    return at.replace(microsecond=0) - timedelta(seconds=at.second % seconds)
