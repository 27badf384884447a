"""Letters: what an institution, the public and an account's holder are told, and what not."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from datetime import timedelta
from importlib.resources import files
from typing import Any

import docx
import pytest
import xmlschema
from docx.oxml.ns import qn
from docx.shared import Mm
from tests.present.stories import V1, V2, ZONE, at, moves, result

from fanzha.exchange.camt056 import WRITTEN, read_camt056
from fanzha.model.catalogue import LANGS, Lang, say, topic
from fanzha.model.payment import Account, Identifiers
from fanzha.money.appeal import Appeal, Claim, Frozen, appraise
from fanzha.money.holds import Hold, HoldPlan
from fanzha.money.returns import ReturnPlan, plan_return
from fanzha.present.appeal import appeal_json, appeal_letter_text
from fanzha.present.docx import MARGINS_MM, PAGE_MM, Block, Line, Table, Title, as_docx, as_text
from fanzha.present.letterhead import LetterFacts
from fanzha.present.letters import (
    hold_letter_docx,
    hold_letter_text,
    letters,
    refused,
)
from fanzha.present.return_notice import return_notice_docx, return_notice_text

FACTS = LetterFacts(
    case_id="S2-2024-05-14",
    tz=ZONE,
    as_of=at("14:16:00"),
    method="fifo/1",
    created_at=at("14:25:00"),
    office="示例市反诈中心",
)
KNOWN = Identifiers(
    message_id="MSG-1",
    message_name="pacs.008.001.08",
    end_to_end_id="E-1",
    transaction_id="T-1",
    settlement_date="2024-05-14",
    settlement_amount="120000.00",
)


@pytest.fixture(scope="module")
def plan() -> HoldPlan:
    return result().plan


def hold_on(plan: HoldPlan, account: str) -> Hold:
    return next(h for h in plan.holds if h.account.number == account)


def complete(plan: HoldPlan, **changed: Any) -> HoldPlan:
    """The plan as if every match field had been stated."""
    named = {"missing": (), "payee_name": "某某", **changed}
    return dataclasses.replace(
        plan, holds=tuple(dataclasses.replace(h, **named) for h in plan.holds)
    )


def with_identifiers(plan: HoldPlan) -> HoldPlan:
    return dataclasses.replace(
        plan,
        holds=tuple(
            dataclasses.replace(
                h, credits=tuple(dataclasses.replace(p, identifiers=KNOWN) for p in h.credits)
            )
            for h in plan.holds
        ),
    )


def document_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_a_letter_asks_for_the_traced_amount_and_names_the_excess(plan: HoldPlan) -> None:
    text = hold_letter_text(hold_on(plan, "B3"), FACTS, "zh-Hans")
    assert text.startswith("止付请求书（草稿）\n")
    assert "不是冻结账户" in text
    assert "请求止付金额（上限）：49,800.00 CNY" in text
    assert "93,300.00 CNY。其中 43,500.00 CNY 未追踪到与本案有关，不得止付" in text
    assert (
        "收款账号：B3；收款户名：赵明；金额：49,800.00 CNY；交易时间：2024-05-14 14:04 +08:00"
        in text
    )
    assert "先核实" in text
    assert "先进先出法" in text
    assert "ledger_s2.csv 第 6 行" in text
    assert "48 小时" in text
    assert "第三十二条" in text


def test_every_language_has_the_same_figures_and_no_other_victims(plan: HoldPlan) -> None:
    figures = set()
    for lang in LANGS:
        text = hold_letter_text(hold_on(plan, "C2"), FACTS, lang)
        figures.add(tuple(re.findall(r"[\d,]+\.\d\d CNY", text)))
        assert "林芳" not in text
        assert "陈志强" not in text
        assert "V1" not in text
    assert len(figures) == 1


def test_laws_that_nobody_checked_are_marked(plan: HoldPlan) -> None:
    for lang in LANGS:
        text = hold_letter_text(hold_on(plan, "B3"), FACTS, lang)
        assert text.count(say("letter.unverified", lang)) == 2


def test_one_letter_for_each_institution_in_the_order_of_the_plan(plan: HoldPlan) -> None:
    drafted = letters(complete(plan), FACTS, "zh-Hans")
    assert drafted[0].institution == "工商银行"
    known = [h for h in plan.holds if h.institution]
    assert drafted[0].holds == tuple(h.hold_id for h in known)
    unknown = [letter for letter in drafted if not letter.institution]
    assert [len(letter.holds) for letter in unknown] == [1] * (len(plan.holds) - len(known))
    assert all("收件机构不明" in letter.text for letter in unknown)
    assert all(letter.camt056 is None for letter in drafted)


def test_spelling_of_an_institution_does_not_split_its_letter(plan: HoldPlan) -> None:
    names = iter(["Example  Bank", "ＥＸＡＭＰＬＥ bank", *["example bank "] * 20])
    named = [dataclasses.replace(h, institution=next(names)) for h in complete(plan).holds]
    (letter,) = letters(dataclasses.replace(plan, holds=tuple(named)), FACTS, "en")
    assert letter.institution == "Example Bank"


def test_a_hold_without_its_match_fields_is_refused_with_the_remedy(plan: HoldPlan) -> None:
    lacking = {h.hold_id for h in plan.holds if h.missing}
    assert lacking
    drafted = letters(plan, FACTS, "en")
    assert lacking.isdisjoint(i for letter in drafted for i in letter.holds)
    for lang in LANGS:
        assert {r.hold_id for r in refused(plan, lang)} == lacking
    assert "payee name" in refused(plan, "en")[0].sentence
    assert "complete them" in refused(plan, "en")[0].sentence


def test_nothing_to_hold_is_no_letter(plan: HoldPlan) -> None:
    empty = complete(plan, cap=0)
    assert letters(empty, FACTS, "en") == ()
    assert {r.missing for r in refused(empty, "en")} == {("amount",)}


@pytest.mark.parametrize("lang", LANGS)
def test_a_payment_with_its_identifiers_gets_a_camt056(plan: HoldPlan, lang: Lang) -> None:
    schema = xmlschema.XMLSchema(
        str(files("camt_exceptions") / "templates" / WRITTEN / f"{WRITTEN}.xsd")
    )
    letter = letters(with_identifiers(complete(plan)), FACTS, lang)[0]
    assert letter.camt056 is not None
    assert letter.camt_missing == ()
    schema.validate(letter.camt056)
    message = read_camt056(letter.camt056)
    assert message.assignee == "工商银行"
    holds = [hold_on(plan, h.account.number) for h in plan.holds if h.institution]
    assert len(message.cancellations) == sum(len(h.credits) for h in holds)
    assert "E-1" in letter.text


def test_missing_identifiers_are_named_in_the_letter(plan: HoldPlan) -> None:
    letter = letters(complete(plan), FACTS, "en")[0]
    assert letter.camt_missing == (
        "message_id", "message_name", "end_to_end_id", "uetr", "settlement_date",
        "settlement_amount",
    )  # fmt: skip
    assert "Missing for an ISO 20022 cancellation request (camt.056): message id" in letter.text


def test_a_bank_with_a_latin_name_is_asked_in_english(plan: HoldPlan) -> None:
    named = complete(with_identifiers(plan), institution="Example Bank")
    (letter,) = letters(named, FACTS, "zh-Hans")
    assert letter.camt056 is not None
    assert b"Hold this amount only, not the account" in letter.camt056


HOSTILE = ["../../etc/passwd", "..", "C:\\x\0y", "con", "=cmd|' /C calc'!A0", "\u202egnp.exe", " "]


def test_file_names_are_safe_and_unique(plan: HoldPlan) -> None:
    names = iter(HOSTILE * 3)
    holds = [dataclasses.replace(h, institution=next(names)) for h in complete(plan).holds]
    drafted = letters(dataclasses.replace(plan, holds=tuple(holds)), FACTS, "en")
    stems = [letter.stem for letter in drafted]
    assert len({s.casefold() for s in stems}) == len(stems)
    assert all(re.fullmatch(r"hold-[\w-]+", s) for s in stems)
    for letter in drafted:
        assert docx.Document(io.BytesIO(letter.docx))
        assert "\u202e" not in letter.text
        assert "\0" not in letter.text


def test_two_names_that_look_alike_as_files_stay_apart(plan: HoldPlan) -> None:
    names = iter(["Bank A/B", "Bank A-B", *["Bank A B"] * 20])
    holds = [dataclasses.replace(h, institution=next(names)) for h in complete(plan).holds]
    drafted = letters(dataclasses.replace(plan, holds=tuple(holds)), FACTS, "en")
    assert [d.stem for d in drafted] == ["hold-Bank-A-B", "hold-Bank-A-B-2", "hold-Bank-A-B-3"]


def test_a_last_seen_account_has_no_balance_to_state(plan: HoldPlan) -> None:
    hold = dataclasses.replace(hold_on(plan, "B3"), flags=("last_seen",))
    text = hold_letter_text(hold, FACTS, "en")
    assert "Balance: not known" in text
    assert "93,300.00" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_the_docx_says_what_the_text_says_on_a4(plan: HoldPlan, lang: Lang) -> None:
    hold = hold_on(plan, "B3")
    content = hold_letter_docx(hold, FACTS, lang)
    words = document_text(content)
    for amount in ("49,800.00 CNY", "93,300.00 CNY", "43,500.00 CNY", "赵明", "2024-05-14 14:04"):
        assert amount in words
    document = docx.Document(io.BytesIO(content))
    section = document.sections[0]
    sizes = (section.page_width, section.page_height, section.top_margin)
    for size, wanted in zip(sizes, (*PAGE_MM, MARGINS_MM[0]), strict=True):
        assert size is not None
        assert abs(size - Mm(wanted)) < Mm(0.1)
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == ("新細明體" if lang == "zh-Hant" else "宋体")


def test_the_same_letter_is_the_same_bytes(plan: HoldPlan) -> None:
    hold = hold_on(plan, "B3")
    first = hold_letter_docx(hold, FACTS, "en")
    assert first == hold_letter_docx(hold, FACTS, "en")
    later = dataclasses.replace(FACTS, created_at=FACTS.created_at + timedelta(hours=1))
    assert first != hold_letter_docx(hold, later, "en")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
        assert b"2024-05-14T06:25:00Z" in archive.read("docProps/core.xml")


def test_what_xml_cannot_carry_does_not_break_a_docx() -> None:
    blocks: list[Block] = [
        Title("T\0\ufffe"),
        Line("\x0b\ud800"),
        Table(("a",), (("\x1f\n中文",),)),
    ]
    assert "中文" in document_text(as_docx(blocks, "en", FACTS.created_at))
    assert as_text(blocks, "en")


@pytest.fixture(scope="module")
def returns() -> tuple[ReturnPlan, ...]:
    held = {Account("B2", "CNY"): 3_000_000, Account("6205500000000000004", "CNY"): 0}
    return plan_return(result(moves()).traces["fifo"], [V1, V2], held)


def test_the_return_notice_shows_every_rule_and_chooses_none(
    returns: tuple[ReturnPlan, ...],
) -> None:
    text = return_notice_text(returns, FACTS, "zh-Hans")
    assert "公告期为三十日" in text
    for share in (
        "V1：30,000.00",
        "V1：20,000.00",
        "V2：10,000.00",
        "V1：25,714.29",
        "V2：4,285.71",
    ):
        assert share in text
    assert "未作选择" in text
    assert "重新计算" in text
    assert "不收取任何费用" in text
    assert "林芳" not in text


def test_the_return_notice_hides_all_but_the_last_digits(returns: tuple[ReturnPlan, ...]) -> None:
    for lang in LANGS:
        text = return_notice_text(returns, FACTS, lang)
        assert "6205500000000000004" not in text
        assert "0004" in text
        assert "B2" not in text
    words = document_text(return_notice_docx(returns, FACTS, "en"))
    assert "25,714.29 CNY" in words
    assert "6205500000000000004" not in words


def appeal(frozen: int = 9_330_000, traced: int = 4_980_000, **more: Any) -> Appeal:
    claim = Claim(account=Account("B3", "CNY"), traced=traced, method="fifo/1")
    stated = {"since": at("14:30:00"), "noticed": None} | more
    evidence = ["order.pdf", "聊天记录.png", "courier.jpg"]
    return appraise(
        claim, Frozen(amount=frozen, **stated), evidence, at("14:30:00") + timedelta(days=9)
    )


def test_the_answer_to_an_appeal_in_plain_chinese() -> None:
    text = appeal_letter_text(appeal(), FACTS, "zh-Hans")
    assert "93,300.00 CNY，至今已是第 9 天" in text
    assert "其中 43,500.00 CNY 超出了追踪金额，我们建议现在就解除限制" in text
    assert "其余 49,800.00 CNY 还需作出决定" in text
    assert "已收到：order.pdf" in text
    assert "尚未收到" in text
    assert "三日以内" in text
    assert "最迟：2024-05-26 14:30 +08:00" in text
    assert "程序瑕疵" in text
    assert "五个工作日" in text
    assert "并不表示您有过错" in text
    assert "最终由工作人员作出决定" in text


def test_the_appeal_as_json_leaves_the_decision_open() -> None:
    said = appeal_json(appeal(), FACTS, "en")
    assert (said["frozen"], said["traced"]) == (9_330_000, 4_980_000)
    assert said["excess"] == said["release_now"] == 4_350_000
    assert (said["decide"], said["days_held"], said["decision"]) == (4_980_000, 9, None)
    assert said["at"] == "2024-05-23T14:30:00+08:00"
    assert said["clocks"][0]["due_at"] == "2024-05-26T14:30:00+08:00"
    assert [c["code"] for c in said["clocks"]] == ["unrelated_release", "notice", "stop_payment"]
    assert [c["code"] for c in said["checklist"]] == [
        "sale_price", "delivery_proof", "prior_trade", "account_age",
    ]  # fmt: skip
    assert [d["code"] for d in said["defects"]] == ["notice_missing"]
    assert said["comparator"]["code"] == "kr_five_business_days"
    assert said["recommendation"].startswith("Release 43,500.00 CNY now")


def test_recommendations_when_all_or_nothing_was_traced() -> None:
    assert appeal_json(appeal(traced=0), FACTS, "en")["recommendation"].startswith("Release all")
    nothing = appeal_json(appeal(frozen=4_980_000, noticed=True, since=None), FACTS, "en")
    assert nothing["recommendation"].startswith("Nothing is held beyond")
    assert nothing["clocks"][0]["due_at"] is None
    assert nothing["defects"] == []
    assert "day" not in appeal_letter_text(appeal(since=None), FACTS, "en").split("\n")[4]


def test_chinese_letters_have_no_english_but_codes(returns: tuple[ReturnPlan, ...]) -> None:
    codes = r"ISO|camt|UETR|CNY|Fanzha"
    for name in ("letter", "appeal", "hold_flag"):
        for key, texts in topic(name).items():
            for lang in ("zh-Hans", "zh-Hant"):
                plain = re.sub(r"\{\w+\}", "", texts[lang])
                assert not re.search(r"[A-Za-z]{2,}", re.sub(codes, "", plain)), key
    text = return_notice_text(returns, FACTS, "zh-Hant")
    assert not re.search(r"[A-Za-z]{3,}", re.sub(f"{codes}|S2", "", text))
