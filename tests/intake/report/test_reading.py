"""What holds for every text: words in place, no invention, the same answer, bounded time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.intake.report.golden import load

from fanzha.errors import UnreadableInput
from fanzha.intake.report import Found, Report, read_report
from fanzha.intake.report.folding import fold
from fanzha.intake.report.reading import MAX_CHARS
from fanzha.model.catalogue import LANGS, has, topic
from fanzha.model.vocabulary import vocabulary
from fanzha.present.report_view import report_json, report_lines

RECEIVED = datetime(2024, 5, 14, 6, 18, tzinfo=UTC)
GOLDEN = list(load())
S1 = GOLDEN[[g.title for g in GOLDEN].index("mandarin: the story of the hotline")].text
PIECES = [
    *(
        "今天",
        "昨天",
        "下午两点零二分",
        "三点",
        "转了",
        "三十万",
        "3万5",
        "给",
        "陈志强",
        "卡号",
        "户名",
        "我",
    ),
    *(
        "6205500000000000004",
        "工行",
        "不对",
        "是",
        "第二笔",
        "又",
        "让我",
        "没转",
        "返了",
        "120块",
        "一共",
    ),
    *(
        "他",
        ",",
        "。",
        " ",
        "叫",
        "分三笔各五万",
        "sent",
        "$500",
        "to John Smith",
        "yesterday at 3pm",
        "not ",
    ),
    *(
        "but",
        "转",
        "了",
        "1",
        "万",
        "五",
        "点",
        ".",
        "\n",
        "「",
        "」",
        "都是",
        "不是",
        "半小时前",
        "U",
        "尾号0004",
    ),
]
words = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def read(text: str) -> Report:
    return read_report(text, received_at=RECEIVED)


def all_found(report: Report) -> list[Found]:
    found = [f for t in report.transfers for f in t.words.values()]
    return found + [i.words for i in report.inducements]


@settings(max_examples=300, deadline=None)
@given(st.one_of(words, st.text(max_size=200)))
def test_every_value_has_its_words_and_they_stand_in_the_text(text: str) -> None:
    report = read(text)
    for found in all_found(report):
        assert text[found.start : found.end] == found.value != ""
    for transfer in report.transfers:
        said = {
            "payee_name": transfer.payee_name,
            "payee_acct": transfer.payee_account,
            "payee_bank": transfer.payee_bank,
            "amount": transfer.amount,
            "time": transfer.at,
            "victim_bank": transfer.victim_bank,
            "victim_acct": transfer.victim_account,
            "channel": transfer.channel,
            "reference": transfer.reference,
        }
        for name, value in said.items():
            assert bool(value) == (name in transfer.words), name
    assert read(text) == report


@settings(max_examples=100, deadline=None)
@given(words)
def test_every_report_can_be_shown_in_every_language(text: str) -> None:
    report = read(text)
    for lang in LANGS:
        assert report_lines(report, lang)
        assert report_json(report, lang)["tier"] == report.tier


@given(st.text(max_size=300))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize("cut", range(0, len(S1), 3))
def test_half_a_report_is_read_too(cut: int) -> None:
    for found in all_found(read(S1[:cut])):
        assert S1[found.start : found.end] == found.value


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "1",
            "1 ",
            "一",
            "零",
            "十",
            "万",
            "点",
            "给",
            "叫",
            "转",
            "转了5万",
            "转了5万,",
            '"',
            "'",
            "*",
            "A ",
            "Aa ",
        ),
        *(
            "前",
            "前八位是1234",
            "今天",
            "下午",
            "三点",
            "三点到",
            "不是",
            "不对,",
            "GB82 WEST ",
            "a@",
            "a.",
            "0x",
            "第一笔",
        ),
        *(
            "户名张三",
            "给张三转",
            "一块",
            "1,",
            "1.",
            "让我转5万",
            "我在",
            "省",
            "卡号6205",
            "半",
            "sent ",
            "the ",
            "twenty ",
        ),
        *(
            "又转了3万给李四,卡号4111111111111111。",
            "昨天",
            "分9笔各9万",
            "好",
            "\n",
            ";",
            "返",
            "(",
            "5块5",
            "尾号",
            "x" * 99,
        ),
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        begin = time.process_time()
        read(text)
        return time.process_time() - begin

    short = min(seconds(1_000) for _ in range(2))
    bound = max(0.4, 24 * short)  # 8 times as long; squared it would be 64 times
    assert any(seconds(8_000) < bound for _ in range(3))  # a busy machine may spoil one


def test_the_longest_report_takes_seconds() -> None:
    begin = time.process_time()
    report = read((S1 + "\n") * (MAX_CHARS // (len(S1) + 1)))
    assert time.process_time() - begin < 30
    assert report.transfers


def test_too_long_is_refused() -> None:
    with pytest.raises(UnreadableInput, match="report_too_large"):
        read("a" * (MAX_CHARS + 1))


def test_names_are_masked() -> None:
    shown = repr(read(S1))
    assert "陈志强" not in shown
    assert "林芳" not in shown


def test_every_code_has_its_texts() -> None:
    for golden in GOLDEN:
        report = golden.read()
        codes = [f"intake.say_{step}" for step in report.script]
        codes += [f"intake.warn_{w.code}" for w in report.warnings]
        codes += [f"intake.ask_{m.field}" for m in report.missing]
        codes += [f"intake.{r.code}" for c in report.candidates for r in c.reasons]
        assert [code for code in codes if not has(code)] == []


def test_every_signal_points_to_known_types() -> None:
    from fanzha.intake.report.rules import rules

    known = set(vocabulary("scam_type"))
    for name, signal in rules().signals.items():
        assert set(signal.points) <= known
        assert f"signal_{name}" in topic("intake")
    assert {code for s in rules().signals.values() for code in s.points} == known


def test_story_one_as_json() -> None:
    said = report_json(
        read_report(S1, received_at=datetime.fromisoformat("2024-05-14T14:18+08:00")), "zh-Hans"
    )
    transfer = said["transfers"][0]
    assert len(said["transfers"]) == 1
    assert (transfer["payee_name"], transfer["payee_acct"]) == ("陈志强", "6205500000000000004")
    assert (transfer["amount"], transfer["currency"]) == (30_000_000, "CNY")
    assert transfer["time"] == "2024-05-14T14:02+08:00"
    assert transfer["victim_bank"] == "工商银行"
    assert transfer["order_allowed"] is True
    assert said["inducements"] == [{"amount": 12_000, "currency": "CNY"}]
    assert said["net_loss"] == [{"amount": 29_988_000, "currency": "CNY"}]
    assert {c["code"] for c in said["candidates"]} == {
        "impersonating_authority",
        "customer_service",
        "task",
    }
    assert [m["field"] for m in said["missing"]] == ["payee_bank", "time_second", "victim_acct"]
    assert len({m["prompt"] for m in said["missing"]}) == 3
    assert (said["tier"], said["report_delay_seconds"]) == ("high", 960)
    assert said["script"][0].startswith("请马上挂断")
    assert said["caller"] == {"name": "林芳", "phone": "", "locality": "浦东"}


def test_the_luhn_trap_is_read_back_and_never_mended() -> None:
    report = read(S1.replace("0000 004", "0000 014"))
    (transfer,) = report.transfers
    assert transfer.payee_account == "6205500000000000014"
    assert transfer.order_allowed is False
    assert [(w.field, w.code, w.value) for w in report.warnings] == [
        ("payee_acct", "luhn", "6205500000000000014")
    ]
    assert "check_warnings" in report.script
    assert "stop_order" not in report.script


@pytest.mark.parametrize(
    ("hours", "tier"),
    [(1, "high"), (23, "high"), (25, "medium"), (24 * 29, "medium"), (24 * 40, "low")],
)
def test_urgency_falls_with_time(hours: int, tier: str) -> None:
    at = datetime.fromtimestamp(RECEIVED.timestamp() - hours * 3600, ZoneInfo("Asia/Shanghai"))
    text = f"我{at:%Y-%m-%d %H:%M}转了3万给张伟"
    assert read(text).tier == tier


def test_hanging_up_is_not_said_twice() -> None:
    assert read("他让我共享屏幕,现在还连着").script[0] == "disconnect"
    assert "disconnect" not in read("他让我共享屏幕,我转了3万给张伟后已经挂断了").script
