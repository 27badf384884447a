"""The case report: its figures, its words, and that nothing in a case can break out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import html as parser
from tests.present.stories import V1, V2, at, moves, payments, result, theft

import fanzha
from fanzha.intake.report import Found, Report, ReportedTransfer
from fanzha.model.catalogue import LANGS, Lang, topic
from fanzha.model.chain import Reason
from fanzha.model.payment import Account, Payment, Refusal, Sighting
from fanzha.money.hold_state import Standing
from fanzha.money.movements import Known, gather
from fanzha.money.returns import plan_return
from fanzha.money.trace import trace
from fanzha.present import words
from fanzha.present.case_page import MAX_REFUSALS, render_case
from fanzha.present.page import csp_hash
from fanzha.services.result import CaseResult, Gap

METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")
S2 = {  # story S2, theft V1
    "fifo": "A1 200 B1 34000 B2 30000 B3 49800 B4 1000 C1 45000 C2 70000 C3 25000 C4 1000 "
    "CASH 44000",
    "pro_rata": "B1 29526.32 B2 20000 B3 34856.26 C1 52105.26 C2 80000 CASH 41368.42 "
    "SUPPLIER 14943.74",
    "libr": "B1 34000 B2 20000 B3 49800 C1 45000 C2 80000",
}


@pytest.fixture(scope="module")
def page() -> parser.HtmlElement:
    return read(result())


def read(case: CaseResult) -> parser.HtmlElement:
    return parser.document_fromstring(render_case(case, "en").encode())


def text(element: parser.HtmlElement, lang: str = "en") -> str:
    """What a reader of one language sees."""
    copy = parser.fromstring(parser.tostring(element))
    for other in copy.xpath("//*[contains(concat(' ', @class, ' '), ' L ')]"):
        if other.get("lang") != lang:
            other.drop_tree()
    return " ".join(" ".join(copy.itertext()).split())


@pytest.mark.parametrize("method", S2)
def test_the_table_says_what_story_s2_says(page: parser.HtmlElement, method: str) -> None:
    listed = S2[method].split()
    for account, amount in zip(listed[::2], listed[1::2], strict=True):
        (cell,) = page.xpath(
            f"//tbody[@data-id='V1']/tr[@data-account='{account}']"
            f"/td[contains(@class, 'c-{method}')]"
        )
        assert text(cell) == f"{float(amount):,.2f}"


def test_each_method_s_sum_is_the_theft_and_poison_has_none(page: parser.HtmlElement) -> None:
    cells = page.xpath("//tbody[@data-id='V1']/tr[contains(@class, 'sum')]/td")
    assert [text(c) for c in cells] == ["300,000.00"] * 4 + ["no sum"]


def test_a_hold_shows_its_cap_and_what_may_never_be_held(page: parser.HtmlElement) -> None:
    (row,) = page.xpath("//section[@id='holds']//tr[th//span[text()='B3']]")
    assert [text(c) for c in row.xpath("td")][2:7] == [
        "49,800.00",
        "49,800.00 CNY",
        "43,500.00",
        "41,022.72",
        "23,592.72",
    ]
    assert "verify before holding" in text(row)
    assert "institution not known" in text(row)


def test_a_hold_without_its_match_fields_is_not_drafted(page: parser.HtmlElement) -> None:
    (row,) = page.xpath("//section[@id='holds']//tr[th//span[text()='B2']]")
    assert text(row).endswith("missing: payee name not drafted")


def test_all_rules_of_return_stand_side_by_side_as_in_story_s4() -> None:
    movements = moves()
    held = {Account("B2", "CNY"): 3_000_000}
    returns = plan_return(trace(movements, "fifo"), (V2, V1), held)
    page = read(result(movements, returns=returns, returns_basis="held", reopened=("V2",)))
    (body,) = page.xpath("//tbody[starts-with(@id, 'return-')]")
    rows = [[text(c) for c in tr.xpath("td")][-4:] for tr in body.xpath("tr")]
    assert sorted(rows) == [
        ["V1", "30,000.00", "20,000.00", "25,714.29"],
        ["V2", "0.00", "10,000.00", "4,285.71"],
    ]
    said = text(page.get_element_by_id("returns"))
    assert "none is chosen here" in said
    assert "Late victims reopen the split: V2" in said


def test_summary_names_what_is_where(page: parser.HtmlElement) -> None:
    said = text(page.get_element_by_id("summary"))
    assert "350,000.00 CNY" in said
    assert "306,000.00 CNY" in said
    assert "Held (stop payment or freeze in force) nothing yet" in said
    (row,) = page.xpath("//table[@class='thefts']//tr[th/b='V1']")
    assert text(row).startswith("V1 林* 2024-05-14 14:02:10 300,000.00 CNY 256,000.00 CNY")
    assert "44,000.00 CNY taken as cash" in text(row)


def test_a_hold_in_force_shows_its_clock_and_counts_as_held() -> None:
    case = result()
    first = case.plan.holds[0]
    running = Standing(
        state="active",
        since=at("14:20:00"),
        expires_at=at("14:20:00") + timedelta(hours=48),
        alert="expiring",
        next=(),
    )
    page = read(replace(case, standings={**case.standings, first.hold_id: running}))
    row = text(page.get_element_by_id(first.hold_id))
    assert "stop payment in force until 2024-05-16 14:20:00 expires soon" in row
    assert "120,000.00 CNY holds in force: 1" in text(page.get_element_by_id("summary"))


def test_every_sentence_is_there_in_three_languages(page: parser.HtmlElement) -> None:
    for lang in LANGS:
        assert page.xpath(f"//*[@class='L' and @lang='{lang}']")
        headings = [text(h, lang) for h in page.xpath("//h2")]
        assert all(headings)
        assert len(set(headings)) == len(headings)
    counts = {lang: len(page.xpath(f"//*[@class='L' and @lang='{lang}']")) for lang in LANGS}
    assert len(set(counts.values())) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_it_opens_in_the_language_asked_for(lang: Lang) -> None:
    page = parser.document_fromstring(render_case(result(), lang).encode())
    assert (page.get("lang"), page.get("data-lang"), page.get("data-method")) == (
        lang,
        lang,
        "fifo",
    )


HOSTILE = (
    "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>"
    "\u202e\u2066=HYPERLINK(1)"
)


def hostile() -> CaseResult:
    bad = HOSTILE
    paid = [
        replace(
            p,
            creditor_name=f"<script>{p.creditor_account}</script>" + "长" * 300,
            debtor_name=bad,
            note=bad * 3,
            creditor_agent=bad,
            sightings=(Sighting(file=bad, row=2),),
        )
        for p in payments()
    ]
    paid.append(replace(paid[2], creditor_account=bad, amount=1, sightings=()))
    odd = replace(V2, theft_id=bad)
    case = result(
        gather(paid, [odd, V1]),
        case_id=bad * 4,
        refusals=tuple(
            Refusal(file=bad, row=i, field=bad, value=bad, code="no_such_code") for i in range(60)
        ),
        notes=(Reason("no_such_code", (), {"x": bad}),),
        gaps=(Gap(code="no_such_code", values={"account": bad}),),
        reports=(
            Report(
                method="report/1",
                source=bad,
                received_at=at("14:18:00"),
                caller_name=bad,
                locality=bad,
                transfers=(
                    ReportedTransfer(payee_name=bad, words={"payee_name": Found(bad, 0, 9)}),
                ),
            ),
        ),
        checkpoint=bad,
        reopened=(bad,),
    )
    return replace(case, sources=(replace(case.sources[0], name=bad, shape=bad, sha256=bad),))


def test_nothing_in_a_case_can_break_out_of_the_page() -> None:
    raw = render_case(hostile(), "zh-Hans")
    page = parser.document_fromstring(raw.encode())
    assert len(page.xpath("//script")) == 2
    assert len(page.xpath("//style")) == 1
    assert not page.xpath("//img | //iframe | //object | //link | //base | //form")
    assert not page.xpath("//@*[starts-with(name(), 'on')] | //@style")
    assert "\u202e" not in raw
    assert "\u2066" not in raw
    assert "长" not in raw
    assert "no_such_code" in raw


def test_names_are_masked_and_accounts_are_whole() -> None:
    paid = [
        replace(p, creditor_account="6205500000000000004", creditor_name="欧阳建国")
        if p.creditor_account == "B4"
        else replace(p, debtor_account="6205500000000000004")
        if p.debtor_account == "B4"
        else p
        for p in payments()
    ]
    raw = render_case(result(gather(paid, (V2, V1))), "en")
    assert "欧阳" not in raw
    assert "欧***" in raw
    assert "6205500000000000004" in raw


def test_the_page_asks_for_nothing_from_outside() -> None:
    raw = render_case(result(), "en")
    page = parser.document_fromstring(raw.encode())
    links = page.xpath("//@href | //@src | //@action | //@xlink:href", namespaces={"xlink": "x"})
    assert links
    assert all(link.startswith("#") for link in links)
    assert all(u.startswith("#") for u in re.findall(r"url\(([^)]*)\)", raw))
    assert "@import" not in raw


def test_the_policy_admits_the_page_s_own_style_and_script_and_no_other() -> None:
    page = read(result())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    style = page.xpath("//style")[0].text
    script = page.xpath("//script[not(@type)]")[0].text
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src {csp_hash(style)};" in policy
    assert f"script-src {csp_hash(script)};" in policy
    assert "unsafe" not in policy


def test_long_lists_say_what_is_left_out_and_where_it_stands() -> None:
    page = read(hostile())
    assert f"{60 - MAX_REFUSALS} more row(s) are left out here; all stand in refused.csv" in text(
        page.get_element_by_id("refusals")
    )


def test_a_crowd_stays_small_and_says_what_it_leaves_out() -> None:
    paid = [pay(1, "V", "M", 90_000_000)]
    paid += [pay(2 + i, "M", f"P{i:04}", 40_000 + i) for i in range(1500)]
    paid += [pay(2000 + i, f"P{i:04}", f"Q{i:04}", 15_000 + i) for i in range(1500)]
    stolen = replace(theft("V", "M", 90_000_000, "10:00:01"), theft_id="T")
    raw = render_case(result(gather(paid, [stolen]), carriers=()), "en")
    page = parser.document_fromstring(raw.encode())
    assert len(raw.encode()) < 3_000_000
    said = text(page.get_element_by_id("side_by_side"))
    assert re.search(r"\d+ more account\(s\) are left out here, .* together [\d,.]+ CNY", said)
    assert "900,000.00" in said
    assert "smaller accounts are drawn together" in text(page.get_element_by_id("flow"))


def pay(second: int, debtor: str, creditor: str, amount: int) -> Payment:
    return Payment(
        booked_at=at("10:00:00") + timedelta(seconds=second),
        debtor_account=debtor,
        creditor_account=creditor,
        amount=amount,
        currency="CNY",
        sightings=(Sighting(file="p.csv", row=second),),
    )


def test_terminals_disputes_and_ties_are_told_apart_in_words() -> None:
    paid = [
        pay(1, "V", "A", 1000),
        pay(2, "A", "HK", 300),
        pay(3, "A", "X", 200),
        pay(3, "A", "Y", 200),
        pay(4, "A", "B", 300),
    ]
    first = replace(theft("V", "A", 1000, "10:00:01"), theft_id="T1", refunded=120)
    second = replace(theft("A", "B", 300, "10:00:04"), theft_id="T2")
    seen = {Account(a, "CNY") for a in "VA"}
    known = Known(terminals={"HK": "abroad"}, seen=seen)
    page = read(result(gather(paid, [first, second], known), carriers=()))
    said = text(page.get_element_by_id("summary"))
    assert "3.00 CNY left the country" in said
    assert "1.20 CNY came back from the scammers before" in said
    side = text(page.get_element_by_id("side_by_side"))
    assert "taken along by T2, counted there" in side
    assert "last seen here, statement needed" in side
    assert "disputed" in text(page.get_element_by_id("flow"))


def test_a_case_without_thefts_says_so() -> None:
    page = read(result(gather(payments(), []), carriers=()))
    assert "No theft was found" in text(page.get_element_by_id("summary"))
    assert "Nothing to draw" in text(page.get_element_by_id("flow"))
    assert "No account holds traced money" in text(page.get_element_by_id("holds"))


GAPS = (
    Gap(code="statement_missing", values={"account": "X"}, amount=100, currency="CNY"),
    Gap(code="payee_name_missing", values={"account": "X", "hold_id": "H"}),
    Gap(code="time_missing", values={"account": "X"}),
    Gap(code="report_missing_field", values={"field": "time_second"}, amount=1, currency="CNY"),
    Gap(code="rows_missing", values={"account": "X", "difference": -300}, currency="CNY"),
    Gap(code="no_addressee", values={"account": "X"}),
    Gap(code="unknown_own_funds", values={"account": "X"}, amount=300, currency="CNY"),
    Gap(code="tie", values={"count": 2, "holdings": 3}, amount=300, currency="CNY"),
    Gap(code="disputed", values={"theft_id": "T", "by": "U"}, amount=300, currency="CNY"),
    Gap(code="leaves_country", values={"account": "X"}, amount=300, currency="CNY"),
    Gap(code="zone_assumed", values={"source": "bank.csv", "count": 7}),
    Gap(code="reported_not_found", values={"count": 1}),
)


@pytest.mark.parametrize("lang", LANGS)
def test_every_gap_is_a_sentence(lang: Lang) -> None:
    assert {g.code for g in GAPS} == set(topic("gap"))
    for gap in GAPS:
        said = words.gap_text(gap, lang)
        assert gap.code not in said
        assert "{" not in said
        if gap.amount > 1 and gap.code != "unknown":
            assert f"{gap.amount / 100:.2f} CNY" in said


def test_every_reason_of_the_money_kernels_has_a_sentence() -> None:
    known = topic("reason").keys() | topic("reading").keys()
    for source in sources("money", "services"):
        for code in re.findall(r'(?:Reason|_about)\(\s*"(\w+)"', source):
            assert code in known or code == "read_from", code


def sources(*folders: str) -> Iterator[str]:
    root = Path(fanzha.__file__).parent
    for folder in folders:
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".html", ".js"):
                yield path.read_text("utf-8")


PUT_TOGETHER = ("fate_", "rule_", "kind_", "note_", "unit_", "short_", "field_", *METHODS)


def test_no_word_of_the_page_is_dead() -> None:
    used = "\n".join(sources("present"))
    dead = [
        key
        for key in topic("page")
        if not re.search(rf"\b{key}\b", used) and not key.startswith(PUT_TOGETHER)
    ]
    assert dead == []
