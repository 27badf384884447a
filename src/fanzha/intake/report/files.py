"""Report files: `report*.txt`, perhaps with a `received_at: …` line on top, and `report*.json`."""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.errors import UnreadableInput
from fanzha.intake.report.finding import Report
from fanzha.intake.report.reading import MAX_CHARS, SHANGHAI, read_report
from fanzha.model.instant import parse_instant

MAX_BYTES = 4 * MAX_CHARS  # UTF-8 at its longest
_HEADER = re.compile(
    r"\s{0,20}received_at\s{0,4}[:：=]\s{0,4}([^\r\n]{1,60})(?:\r\n|\r|\n|$)", re.IGNORECASE
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
_MOST_CONTROL = 0.02  # of a text; more means that it is none


def read_report_file(
    name: str,
    content: bytes,
    default_received_at: datetime | None = None,
    tz: ZoneInfo = SHANGHAI,
) -> Report:
    """The report in a file. Places (`Found`) count in the text behind the header line.

    Raises `UnreadableInput`: `report_too_large`, `report_empty`, `report_garbled`,
    `report_json_unreadable`, `report_without_time` (neither the file nor the caller of this
    function says when it came in), `time_unreadable`.

    >>> read_report_file("report.txt", b"received_at: 2024-05-14T14:18+08:00\\nhello").tier
    'low'
    """
    if len(content) > MAX_BYTES:
        raise UnreadableInput("report_too_large", limit=MAX_CHARS)
    text, said = _parts(name, _decode(content))
    if not text.strip():
        raise UnreadableInput("report_empty")
    received_at = parse_instant(said, tz).at if said else default_received_at
    if received_at is None:
        raise UnreadableInput("report_without_time")
    return read_report(text, received_at=received_at, tz=tz, source=name)


def _decode(content: bytes) -> str:
    """Text of UTF-8, of UTF-16 with its mark, or else of GB18030."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
            break
        return text
    raise UnreadableInput("report_garbled")


def _parts(name: str, text: str) -> tuple[str, str]:
    """The words, and the instant of receipt if the file says it."""
    if name.lower().endswith(".json"):
        return _json_parts(text)
    header = _HEADER.match(text)
    return (text[header.end() :], header[1].strip()) if header else (text, "")


def _json_parts(text: str) -> tuple[str, str]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise UnreadableInput("report_json_unreadable") from broken
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        raise UnreadableInput("report_json_unreadable")
    received_at = said.get("received_at") or ""
    if not isinstance(received_at, str):
        raise UnreadableInput("report_json_unreadable")
    return said["text"], received_at
