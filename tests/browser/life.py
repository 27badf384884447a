"""A small centre with life in it: something of everything that a page may have to show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.browser.test_workbench_intake import TABLE
from tests.web.case_stories import add_case, report_only, story
from tests.web.workbench import serving, session_of, workbench

from fanzha.intake.statement import SourceFile
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money.appeal import Claim, Frozen, appraise
from fanzha.money.holds import hold_id
from fanzha.people import roles
from fanzha.services.calls import all_calls
from fanzha.services.centre import Centre
from fanzha.services.desk.files import keep_files, look
from fanzha.services.public_check import PublicReport, send_report
from fanzha.services.restitution.victim_page import LinkRequest, make_victim_link
from fanzha.services.watch.hits import hit_fact

AT = datetime(2024, 5, 14, 6, 30, tzinfo=UTC)  # 14:30 in Shanghai
LATER = timedelta(days=3)
LONG = "阿依古丽·买买提江·艾合买提汗·" * 5
B2, B3 = (hold_id(Account(number, "CNY")) for number in ("B2", "B3"))
WAY = ("fields_ok", "sent", "ack", "active", "frozen")
SCAM = "我是市局张警官，你涉嫌洗钱案，把资金转到安全账户核查，不许告诉任何人。"


@dataclass(frozen=True)
class Site:
    """A running centre, whose sessions these are, and what stands in the addresses of its pages."""

    url: str
    sessions: dict[str, str]  # by how far signed in
    places: dict[str, str]


@contextmanager
def lively(folder: Path) -> Iterator[Site]:
    """The centre, its clock at `AT`, while it answers."""
    with workbench(folder, AT) as (centre, app), serving(app) as url:
        user = centre.people.users.by_login("analyst")
        assert user is not None
        centre.people.users.set_roles(user.user_id, list(roles()))
        _cases(centre)
        _people(centre, user.user_id)
        stages = ("full", "code", "enrol")
        sessions = {stage: session_of(centre, "analyst", AT, stage) for stage in stages}
        yield Site(url, sessions, _places(centre, user.user_id))


def _cases(centre: Centre) -> None:
    add_case(centre, "S2", story(), AT)
    add_case(centre, "S1", report_only(), AT)
    centre.casebook.append("S2", [*_steps(B2, 3_000_000), *_steps(B3, 9_330_000)], AT)
    claim = Claim(account=Account("B3", "CNY"), traced=4_980_000, method="fifo/1")
    held = Frozen(amount=9_330_000, since=AT - timedelta(days=9))
    centre.casebook.append("S2", [appraise(claim, held, [], AT)], AT)
    centre.cases.rework("S2", AT)
    centre.casebook.append("S2", [hit_fact(_hit(row), AT) for row in range(3)], AT)
    files = [SourceFile(name="流水.csv", content=TABLE.encode())]
    keep_files(centre, files, "S1", "analyst", AT)
    asked = PublicReport(
        text=SCAM, kind="message", level="high", contact="+1 202 555 0143", name=LONG, paid=True
    )
    send_report(centre, asked, AT)


def _steps(name: str, amount: int) -> list[Action]:
    """A hold from its draft to a freeze."""
    return [
        Action(
            kind="hold",
            on=name,
            who="analyst",
            at=AT - timedelta(minutes=9 - number),
            legal_basis="反电信网络诈骗法第二十条",
            state=state,
            amount=amount,
            currency="CNY",
            expires_at=AT + timedelta(hours=5) if state in ("active", "frozen") else None,
        )
        for number, state in enumerate(WAY)
    ]


def _hit(row: int) -> dict[str, object]:
    return {
        "part": 1, "row": row, "booked_at": "2024-05-14T14:29:00+08:00", "amount": 2_500_000,
        "debtor_account": "6205500000000000004", "creditor_account": ("CASH", "B1", "C2")[row],
        "debtor_agent": "示例银行" * 9, "creditor_agent": "", "channel": "", "currency": "CNY",
        "traced": [["V1", 2_000_000]], "method": "fifo", "path": ["V1", "620550", "B1"],
        "decision": ("hold_amount", "ask", "ask")[row], "hold": (2_000_000, 0, 0)[row],
        "leaving": row == 0,
        "reasons": [["carries", {"count": 1, "method": "fifo"}], ["to_cash", {"account": "CASH"}]],
    }  # fmt: skip


def _people(centre: Centre, user_id: int) -> None:
    people = centre.people
    long = people.users.add("l" * 40, LONG[:80], ["operator"], AT)
    people.tokens.make(user_id, LONG[:80], ["case.read", "watch.read"], AT, timedelta(days=9))
    people.access.restrict("S1", [user_id, long.user_id])
    people.access.saw("analyst", "GET /case/{case_id}/flow", ["S1", "S2"], AT)
    people.sessions.start(long.user_id, "full", AT, "2001:db8::ffff", "Mozilla/5.0 (示例)")


def _places(centre: Centre, user_id: int) -> dict[str, str]:
    people, call = centre.people, all_calls(centre.casebook, AT)[0]
    given = LinkRequest(case_id="S2", theft_id="V1", who="li", basis="b", days=9, now=AT)
    about = {"user_id": user_id}
    return {
        "case": "S2",
        "told": "S1",
        "hold": B2,
        "file": str(look(centre, "S1")[0].seq),
        "call": f"{call.case_id}/{call.call_id}",
        "user": str(user_id),
        "victim": make_victim_link(centre, given),
        "join": people.links.make("join", about, "x", AT, LATER),
        "first": people.links.make("first", {}, "x", AT, LATER),
    }
