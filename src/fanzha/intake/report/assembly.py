"""What is known while the transfers of a report are put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.intake.report.draft import Draft
from fanzha.intake.report.finding import Found, Inducement
from fanzha.intake.report.times import Moment
from fanzha.intake.report.tokens import Token


@dataclass(slots=True)
class Assembly:
    """The drafts so far, and what the next clause must know of the ones before."""

    text: str
    folded: str
    received_at: datetime
    tz: ZoneInfo
    drafts: list[Draft] = field(default_factory=lambda: [Draft()])
    at: int = 0  # the draft that is being filled
    inducements: list[Inducement] = field(default_factory=list)
    totals: list[Token] = field(default_factory=list)
    owner: str = ""  # whose account was named last
    last_sum: str = ""  # where the last sum went: transfer or refund
    fixing: bool = False  # a correction was announced, its value is still to come
    fixed: bool = False  # the clause before was a correction
    waiting: tuple[int, Token] | None = None  # a time said in a clause of its own
    told: tuple[Moment, datetime] | None = None

    @property
    def current(self) -> Draft:
        """The draft that is being filled."""
        return self.drafts[self.at]

    def found(self, token: Token) -> Found:
        """The words of a token."""
        return Found(self.text[token.start : token.end], token.start, token.end)
