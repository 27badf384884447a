"""What each sum in a report is: a transfer, money that came back, or money merely spoken of."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace

from fanzha.intake.report.clauses import Clause
from fanzha.intake.report.numerals import read_english, read_number
from fanzha.intake.report.tokens import Token

_SPEAKING = ("fail", "deny", "refund", "other", "total", "loss", "ask", "paid", "pay", "figure")
_TO_ME = re.compile(
    r"(?:的)?(?:红包)?(?:给|到)我(?!妈|爸|老公|老婆|[^,。]{0,4}账)|\s(?:back )?to (?:me"
    r"|my (?:account|bank))\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?i)[\s、,和及跟]{0,3}(?:还有|and|然后)?\s?[^,。]{0,6}")
_NUMBER = (
    r"(?P<n>\d{1,2}|(?<!第)[两二三四五六七八九十]|two|three|four|five|six|seven|eight|nine|ten)"
)
_COUNT = re.compile(
    rf"(?i){_NUMBER}\s?(?:笔|次|回|单|payments?|transfers?|times|lots|instal?lments)"
    r"(?:[,\s:]{0,2}(?:of|(?:各|每|都是|均为|均)(?:一)?(?:笔|次)?(?:都)?(?:是|转了?|打了?)?))?\s?$"
)
_SEVERAL = re.compile(r"(?i)(?:分|in )(?:成)?[两二三四五六七八九十\d]{1,2}(?:笔|次)")
_EACH_BEHIND = re.compile(r"(?i)\s?(?:each|apiece|一笔|每笔)")
_COUNT_BEFORE = re.compile(rf"(?i){_NUMBER}\s?(?:笔|次|payments?|transfers?|times)")
MOST_PAYMENTS = 50  # "9,999 payments of five" is a slip or a prank, not a list of transfers


def assign(clauses: list[Clause], folded: str) -> None:
    """Give every sum its role, in place; `bare` is a figure that no word of paying governs."""
    for clause in clauses:
        _in_clause(clause, folded)
    _across(clauses)


def payments_of(token: Token, folded: str) -> int:
    """How many equal payments a sum stands for: 分三笔各五万 is three of five."""
    before, behind = (
        folded[max(0, token.start - 16) : token.start],
        folded[token.end : token.end + 8],
    )
    m = _COUNT.search(before)
    if not m and _EACH_BEHIND.match(behind):
        m = _COUNT_BEFORE.search(folded[max(0, token.start - 40) : token.start])
    if not m:
        return 1
    said = m["n"].lower()
    count = read_english(said) if said.isascii() and not said.isdigit() else read_number(said)
    return int(count) if count and 1 <= count <= MOST_PAYMENTS else 1


def in_several(token: Token, folded: str) -> bool:
    """Whether a sum was paid in several goes of which the single sums were not said."""
    before = folded[max(0, token.start - 12) : token.start]
    return payments_of(token, folded) == 1 and _SEVERAL.search(before) is not None


def _in_clause(clause: Clause, folded: str) -> None:
    amounts = clause.amounts()
    starts = [cue.start for cue in clause.cues]
    edge, last, roles = clause.start, "", {}
    for at, amount in enumerate(amounts):
        until = amounts[at + 1].start if at + 1 < len(amounts) else clause.end
        here, there = bisect_left(starts, amount.start), bisect_left(starts, until)
        before = clause.cues[bisect_left(starts, edge) : here]
        after = clause.cues[here:there]
        last = _role(amount, (before, after), last, folded, edge)
        roles[amount] = last
        edge = amount.end
    clause.things = [replace(t, role=roles[t]) if t in roles else t for t in clause.things]


def _role(
    amount: Token, around: tuple[list[Token], list[Token]], last: str, folded: str, edge: int
) -> str:
    """The role of one sum by the cues before and behind it, up to the sums beside it."""
    before, after = around
    kinds, behind = [c.kind for c in before], [c.kind for c in after]
    if amount.value.bare and not _governed(amount, before):
        return "bare"
    if "fail" in kinds + behind or ("deny" in kinds + behind and "paid" not in kinds):
        return "denied"
    if _TO_ME.match(folded, amount.end):
        return "refund"
    if "ordinal" in kinds:  # "three in all: the first 50,000" is no sum
        kinds = kinds[len(kinds) - kinds[::-1].index("ordinal") - 1 :]
    said = [k for k in kinds if k in _SPEAKING]
    if said:
        return _from_before(said, behind)
    return _from_behind(kinds, behind, last, folded[edge : amount.start])


def _governed(amount: Token, before: list[Token]) -> bool:
    """Whether a bare figure follows hard upon a word that wants a sum."""
    words = [
        c
        for c in before
        if c.kind in ("paid", "pay", "refund", "figure", "total", "ask", "loss", "each", "fix")
    ]
    return bool(words) and amount.start - words[-1].end <= 3


def _from_before(said: list[str], behind: list[str]) -> str:
    nearest = said[-1]
    if nearest == "refund":
        return "refund"
    if "total" in said or "loss" in said:
        return "total" if "total" in said else "loss"
    if "paid" in said and nearest in ("paid", "pay", "other", "figure"):
        return "transfer"
    if nearest == "paid":
        return "transfer"
    if "ask" in said:
        return "transfer" if "paid" in behind else "asked"
    if "other" in said:
        return "transfer" if "paid" in behind or nearest == "pay" else "other"
    return "transfer" if nearest in ("pay", "figure") else "unknown"


def _from_behind(kinds: list[str], behind: list[str], last: str, gap: str) -> str:
    said = [k for k in behind if k in _SPEAKING]
    if last and _LINK.fullmatch(gap) and "ordinal" not in kinds:
        return last
    if not said:
        return "transfer" if "ordinal" in kinds else "unknown"
    if said[0] == "refund":
        return "refund"
    if said[0] in ("total", "loss", "other"):
        return "transfer" if "paid" in said else said[0]
    if said[0] == "ask":
        return "transfer" if "paid" in said else "asked"
    return "transfer"


def _across(clauses: list[Clause]) -> None:
    """What the neighbouring clauses say of sums whose own clause leaves them open."""
    for at, clause in enumerate(clauses):
        for place, thing in enumerate(clause.things):
            if thing.kind == "amount":
                role = _settled(clauses, at, thing)
                clause.things[place] = replace(thing, role=role)


def _settled(clauses: list[Clause], at: int, amount: Token) -> str:
    ahead = clauses[at + 1 : at + 4]
    if amount.role in ("asked", "other"):
        return "transfer" if _then_paid(ahead, amount.role) else amount.role
    if amount.role == "transfer":
        return "denied" if ahead and _fails(ahead[0]) else "transfer"
    if amount.role == "unknown" and not clauses[at].cues:
        return _from_neighbours(clauses[max(0, at - 3) : at], ahead)
    return amount.role


def _from_neighbours(behind: list[Clause], ahead: list[Clause]) -> str:
    """A sum alone in its clause: what the nearest clauses that say anything make of it."""
    before = next((c for c in reversed(behind) if c.cues or c.amounts()), None)
    after = next((c for c in ahead if c.cues or c.amounts()), None)
    if before and not before.amounts() and _pays(before, last=True):
        return "transfer"
    if after and not after.amounts() and _pays(after, last=False):
        return "denied" if ahead[-1] is not after and _fails(ahead[-1]) else "transfer"
    if before and not before.amounts() and before.has("loss", "total"):
        return "loss"
    return "unknown"


def _fails(clause: Clause) -> bool:
    return clause.has("fail") and not clause.amounts() and not clause.has("ordinal")


def _then_paid(ahead: list[Clause], role: str) -> bool:
    """Whether the caller goes on to say that it was paid, before another sum comes up."""
    for clause in ahead[: 3 if role == "asked" else 1]:
        if clause.amounts() or clause.has("deny", "fail", "refund"):
            return False
        if clause.has("paid") and not clause.has("ask"):
            return True
    return False


def _pays(clause: Clause, *, last: bool) -> bool:
    said = [c.kind for c in clause.cues if c.kind in _SPEAKING]
    if not said or "deny" in said or "fail" in said:
        return False
    return (said[-1] if last else said[0]) in ("paid", "pay", "figure") and "ask" not in said
