"""Instants: aware, in UTC, and honest about how precise they are and who assumed the zone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanzha.errors import UnreadableInput, UsageError

_FIELDS = re.compile(
    r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})(?:[:时.]?)(\d{2})(?:分?[:.]?(\d{2})(?:[.,](\d{1,9}))?秒?|分)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)


class Instant(NamedTuple):
    """A moment in UTC; `precision_seconds` is 1, 60 (no seconds given) or 86400 (date alone).

    `assumed` says that the text had no offset and the zone was taken from the source's setting.
    """

    at: datetime
    precision_seconds: int
    assumed: bool


def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise UsageError("zone_unknown", name=name) from unknown


def parse_instant(text: str, tz: tzinfo) -> Instant:
    """Read an instant as banks and people write it.

    ISO 8601, `2024/5/14 14:02`, `20240514140210`, `2024年5月14日 14时02分10秒`, a date alone.
    Without an offset the zone is `tz` and `assumed` says so.

    >>> parse_instant("2024-05-14T14:02:10+08:00", ZoneInfo("UTC")).at.isoformat()
    '2024-05-14T06:02:10+00:00'
    >>> parse_instant("20240514 1402", ZoneInfo("Asia/Shanghai"))[1:]
    (60, True)
    """
    clean = unicodedata.normalize("NFKC", text).strip()
    match = _FIELDS.fullmatch(clean)
    if not match:
        raise UnreadableInput("time_unreadable", value=text)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        local = datetime(  # noqa: DTZ001 the zone is put on below
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
        if fraction:
            local = local.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        if offset:
            iso = "+00:00" if offset == "Z" else offset
            aware = datetime.fromisoformat(local.isoformat() + iso)
        else:
            aware = local.replace(tzinfo=tz)
        at = aware.astimezone(UTC)
    except (ValueError, OverflowError) as impossible:
        raise UnreadableInput("time_unreadable", value=text) from impossible
    precision = 1 if second else 60 if hour else 86_400
    return Instant(at, precision, not offset)


def iso(at: datetime, tz: tzinfo | None = None) -> str:
    """ISO 8601 with an offset, in `tz` or UTC.

    >>> iso(datetime(2024, 5, 14, 6, 2, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
    '2024-05-14T14:02:00+08:00'
    """
    return at.astimezone(tz or UTC).isoformat()
