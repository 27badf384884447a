"""Report files: headers, encodings, JSON, and every way in which one cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fanzha.errors import UnreadableInput
from fanzha.intake.report import read_report_file
from fanzha.intake.report.files import MAX_BYTES

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORDS = "今天下午两点零二分给陈志强转了三十万"
RECEIVED = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_header_says_when_it_came_in(encoding: str, line: str) -> None:
    text = f"received_at: 2024-05-14T14:18+08:00{line}{WORDS}"
    report = read_report_file("report1.txt", text.encode(encoding), None, SHANGHAI)
    assert report.received_at == RECEIVED
    assert report.source == "report1.txt"
    words = report.transfers[0].words["amount"]
    assert WORDS[words.start : words.end] == "三十万"


def test_json_says_both() -> None:
    content = json.dumps({"received_at": "2024-05-14T14:18:00+08:00", "text": WORDS}).encode()
    report = read_report_file("report.json", content, None, SHANGHAI)
    assert report.report_delay_seconds == 960


def test_the_file_wins_over_the_default_and_the_default_over_nothing() -> None:
    later = datetime(2024, 5, 15, tzinfo=UTC)
    headed = f"received_at: 2024-05-14T14:18+08:00\n{WORDS}".encode()
    assert read_report_file("r.txt", headed, later, SHANGHAI).received_at == RECEIVED
    assert read_report_file("r.txt", WORDS.encode(), later, SHANGHAI).received_at == later


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("report.txt", b"", "report_empty"),
        ("report.txt", b"received_at: 2024-05-14T14:18+08:00\n \n", "report_empty"),
        ("report.txt", WORDS.encode(), "report_without_time"),
        ("report.txt", b"received_at: yesterday\nwords", "time_unreadable"),
        ("report.txt", b"\x00\x01\x02\x03" * 50, "report_garbled"),
        ("report.txt", b"\xff\xfe\x00\xd8\x00", "report_garbled"),
        ("report.txt", b"a" * (MAX_BYTES + 1), "report_too_large"),
        ("report.json", b"{", "report_json_unreadable"),
        ("report.json", b"[]", "report_json_unreadable"),
        ("report.json", b'{"text": 1}', "report_json_unreadable"),
        ("report.json", b'{"text": "a", "received_at": 5}', "report_json_unreadable"),
        ("report.json", b"[" * 50_000, "report_json_unreadable"),
        ("report.json", b'{"text": "a"}', "report_without_time"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: bytes, code: str) -> None:
    with pytest.raises(UnreadableInput) as refused:
        read_report_file(name, content, None, SHANGHAI)
    assert refused.value.code == code
