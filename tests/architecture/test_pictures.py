"""The pictures of the documents are there, small and in use; the tutorial says what is so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from fanzha.intake.report import read_report
from fanzha.services.case import Cases
from fanzha.services.centre import open_centre
from fanzha.services.check import check_text
from fanzha.services.demo import load_demo
from fanzha.services.result import CaseResult

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/pictures"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIAL = ROOT / "docs/tutorial/first-ten-minutes.md"
SHOWN = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
MOST, MOST_TOGETHER = 80_000, 1_000_000  # bytes
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NAMED = ("020", "052")  # the cases whose amounts the tutorial names
COUNT = max(map(int, NAMED))


def test_every_picture_is_shown_and_every_shown_one_is_there() -> None:
    shown = {
        (page.parent / path).resolve()
        for page in PAGES
        for _, path in SHOWN.findall(page.read_text("utf-8"))
    }
    assert shown == {path for path in FOLDER.iterdir() if path.suffix in (".webp", ".png")}
    taken = re.findall(r'Picture\("([\w-]+)"', (FOLDER / "take.py").read_text("utf-8"))
    assert {path.stem for path in shown} == set(taken)
    assert len(taken) == len(set(taken)) >= 8


def test_pictures_are_small_and_said_in_words() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.webp")}
    assert {name for name, size in sizes.items() if size > MOST} == set()
    assert 0 < sum(sizes.values()) <= MOST_TOGETHER
    for page in PAGES:
        for words, path in SHOWN.findall(page.read_text("utf-8")):
            assert len(words) > 10, path


def test_the_words_to_paste_are_read_as_the_tutorial_says() -> None:
    told, asked = re.findall(r"^```text\n(?!fanzha)(.+)\n```$", TUTORIAL.read_text("utf-8"), re.M)
    report = read_report(told, received_at=NOW)
    assert [transfer.order_allowed for transfer in report.transfers] == [True]
    assert report.transfers[0].amount == 300_000_00
    assert report.net_loss == {"CNY": 299_880_00}
    assert [gap.field for gap in report.missing] == ["payee_bank", "time_second", "victim_acct"]
    assert (report.tier, report.still_connected) == ("high", True)
    assert check_text(asked).verdict.level == "high"


def amounts(result: CaseResult) -> set[int]:
    """Every amount that the pages of a case show, in minor units."""
    found = {theft.amount for theft in result.movements.thefts.values()}
    for hold in result.plan.holds:
        found |= {hold.cap, hold.balance, hold.balance - hold.cap}
    for plan in result.returns:
        found |= {plan.held, *(share.amount for share in plan.shares)}
    for trace in result.traces.values():
        for account in {holding.account for holding in trace.holdings}:
            found.add(sum(h.amount for h in trace.holdings if h.account == account))
    return found


def test_the_amounts_of_the_tutorial_are_those_of_the_example(tmp_path: Path) -> None:
    with open_centre(tmp_path / "centre") as centre:
        load_demo(centre, NOW, count=COUNT)
        cases = Cases(centre.casebook)
        wanted = [case for case in centre.casebook.cases() if case.endswith(NAMED)]
        shown = set().union(*(amounts(cases.open(case, NOW)) for case in wanted))
    said = re.sub(r"^```.*?^```$", "", TUTORIAL.read_text("utf-8"), flags=re.M | re.S)
    _, _, from_the_cases_on = said.partition("## Minute 4")
    named = set(re.findall(r"[\d,]+\.\d\d\b", from_the_cases_on))
    assert len(named) >= 10
    assert {n for n in named if int(re.sub(r"\D", "", n)) not in shown} == set()
