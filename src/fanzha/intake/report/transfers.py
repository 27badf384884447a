"""The transfers of a report, put together clause by clause from the things said in them.

A draft is filled until something comes up that it already has: another sum that was paid, another
payee account or name. Then the whole clause begins the next draft. A correction replaces the one
field it names and leaves everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from fanzha.intake.report.assembly import Assembly
from fanzha.intake.report.clauses import Clause
from fanzha.intake.report.draft import Draft
from fanzha.intake.report.finding import Inducement
from fanzha.intake.report.numerals import read_number
from fanzha.intake.report.owners import owns
from fanzha.intake.report.roles import in_several, payments_of
from fanzha.intake.report.timeline import fill_moment, put_moment, take_waiting
from fanzha.intake.report.times import reckon
from fanzha.intake.report.tokens import Token

_ALL = re.compile(r"(?i)都是|都转|全是|全部|全都|都给|都用|都从|\b(?:all|both)\b")
_LABELLED = re.compile(r"\s{0,3}(?:时间|户名|卡号|账号|金额|名字|银行|and|the)")
_RANK = re.compile(r"第([一二三四五六七八九十]|\d{1,2})")
_RANKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}
MOST_TRANSFERS = 500  # of one report; beyond this the text is no caller's


def assemble(
    text: str, folded: str, clauses: list[Clause], received_at: datetime, tz: ZoneInfo
) -> Assembly:
    """Put the transfers together; see `drafts`, `inducements` and `totals` of the result."""
    work = Assembly(text, folded, received_at, tz)
    for number, clause in enumerate(clauses):
        _clause(work, number, clause)
    return work


def _clause(work: Assembly, number: int, clause: Clause) -> None:
    fixed, plain = _corrections(work, clause)
    _money_back(work, plain, clause)
    fields = [] if _failed(clause) else [t for t in plain if _is_field(t)]
    if fields and _of_all(work, clause, fields):
        for draft in work.drafts:
            for token in fields:
                _fill(work, number, clause, draft, token, fields)
    else:
        for segment in _segments(fields):
            _place(work, number, clause, segment)
    target = _addressed(work, clause) if fixed else None
    for token in fixed:
        _correct(work, target or work.current, clause, token)
    if clause.has("paid") and not _failed(clause):
        work.current.paid = True


def _failed(clause: Clause) -> bool:
    """Whether a clause tells of a payment that did not happen, and of none that did."""
    roles = [t.role for t in clause.amounts()]
    return "denied" in roles and "transfer" not in roles


def _of_all(work: Assembly, clause: Clause, fields: list[Token]) -> bool:
    """Whether a clause speaks of all payments told so far: 都是上午转给罗杰的."""
    return (
        len(work.drafts) > 1
        and not any(t.kind == "amount" for t in fields)
        and _ALL.search(work.folded, clause.start, fields[-1].start) is not None
    )


def _is_field(token: Token) -> bool:
    if token.kind == "amount":
        return token.role == "transfer"
    if token.kind == "name":
        return token.role in ("payee", "weak", "mention")
    return token.kind in ("moment", "account", "bank", "sort_code", "reference", "channel", "tail")


def _corrections(work: Assembly, clause: Clause) -> tuple[list[Token], list[Token]]:
    """The clause's things as (corrected values, all others); what "it was not" is dropped."""
    fixes = [c for c in clause.cues if c.kind == "fix"]
    denied = {
        t.start: t.end
        for c in clause.cues
        if c.kind == "no"
        for t in clause.things
        if 0 <= t.start - c.end <= 6
    }
    carried = work.fixing and (bool(clause.things) or not clause.cues)
    labelled = _LABELLED.match(work.folded, clause.start, clause.end)
    carried = carried or (work.fixed and labelled is not None)
    begin = clause.start if carried else fixes[0].start if fixes else clause.end
    if denied and not any(t.start < min(denied) for t in clause.things):
        begin = min(begin, max(denied.values()))
    fixed = [t for t in clause.things if t.start >= begin and t.start not in denied]
    plain = [t for t in clause.things if t.start < begin and t.start not in denied]
    said = any(t.kind != "taken" for t in fixed)
    work.fixed = said
    work.fixing = not said and (bool(fixes) or bool(denied) or (work.fixing and not clause.things))
    return fixed, plain


def _money_back(work: Assembly, things: list[Token], clause: Clause) -> None:
    """Sums that came back, and sums of sums."""
    for token in things:
        if token.kind != "amount":
            continue
        if token.role == "refund":
            work.inducements.append(
                Inducement(token.value.minor, token.value.currency, work.found(token))
            )
            work.last_sum = "refund"
        elif token.role in ("total", "loss") or (token.role == "unknown" and clause.has("figure")):
            work.totals.append(token)


def _segments(tokens: list[Token]) -> Iterator[list[Token]]:
    """A clause's fields, cut where one of them comes a second time: each piece is one transfer."""
    segment: list[Token] = []
    seen: dict[str, object] = {}
    for token in tokens:
        kind = token.kind
        again = kind in ("amount", "name", "moment", "account") and kind in seen
        if again and seen[kind] != token.value and (kind != "moment" or "amount" in seen):
            yield segment
            segment, seen = [], {}
        segment.append(token)
        seen[kind] = token.value
    if segment:
        yield segment


def _place(work: Assembly, number: int, clause: Clause, segment: list[Token]) -> None:
    """Find the draft that a piece of a clause belongs to, and fill it."""
    target = _addressed(work, clause) if len(segment) < len(clause.things) + 1 else None
    if target is None:
        target = _by_name(work, segment) or _next(work, clause, segment)
    work.at = next(i for i, d in enumerate(work.drafts) if d is target)
    for token in segment:
        _fill(work, number, clause, target, token, segment)
    if any(t.kind == "amount" for t in segment):
        take_waiting(work, number, target)


def _addressed(work: Assembly, clause: Clause) -> Draft | None:
    """The draft that "the second one" names: an old one, or a new one in its turn."""
    rank = next((_rank(c.value) for c in clause.cues if c.kind == "ordinal" and _rank(c.value)), 0)
    if not rank or rank > MOST_TRANSFERS:
        return None
    if rank <= len(work.drafts):
        return work.drafts[rank - 1]
    if rank == len(work.drafts) + 1 and work.drafts[-1].has("amount"):
        return _open(work, follows=True)
    return None


def _rank(words: str) -> int:
    m = _RANK.search(words)
    if m:
        return int(read_number(m[1]) or 0)
    return next((n for word, n in _RANKS.items() if word in words.lower()), 0)


def _by_name(work: Assembly, segment: list[Token]) -> Draft | None:
    """An earlier draft for the payee named, when the piece adds to it and pays nothing new."""
    name = next((t.value for t in segment if t.kind == "name"), None)
    if name is None:
        return None
    sums = any(t.kind == "amount" for t in segment)
    for draft in reversed(work.drafts):
        if draft.values.get("payee_name") == name and not (sums and draft.has("amount")):
            return draft
    return None


def _next(work: Assembly, clause: Clause, segment: list[Token]) -> Draft:
    """The current draft, or a new one where the piece says something that it already has."""
    current = work.current
    if not _opens(work, clause, segment) or len(work.drafts) >= MOST_TRANSFERS:
        return current
    follows = clause.has("again", "ordinal") or any(t.kind == "amount" for t in segment)
    draft = _open(work, follows=follows)
    draft.follows = clause.has("again", "ordinal") or work.told is None
    draft.same = clause.has("same")
    return draft


def _open(work: Assembly, *, follows: bool) -> Draft:
    work.drafts.append(Draft(follows=follows))
    work.at = len(work.drafts) - 1
    return work.drafts[-1]


def _opens(work: Assembly, clause: Clause, segment: list[Token]) -> bool:
    current = work.current
    more = clause.has("again", "ordinal")
    for token in segment:
        if token.kind == "amount" and current.has("amount"):
            same = current.values["amount"] == token.value.minor
            if more or not same or _other_time(work, segment):
                return True
        elif token.kind == "account" and _is_payee(work, clause, token):
            if current.values.get("payee_acct", token.value) != token.value:
                return True
        elif token.kind == "name" and token.role != "weak":
            known = current.values.get("payee_name", token.value)
            if known != token.value and not current.weak_name:
                return True
    return False


def _other_time(work: Assembly, segment: list[Token]) -> bool:
    moment = next((t for t in segment if t.kind == "moment"), None)
    if moment is None or work.current.at is None:
        return False
    before, told = work.told or (None, None)
    return reckon(moment.value, work.received_at, work.tz, before, told).at != work.current.at


def _is_payee(work: Assembly, clause: Clause, token: Token) -> bool:
    return owns(token, clause, work.folded) == "payee"


def _fill(
    work: Assembly, number: int, clause: Clause, draft: Draft, token: Token, segment: list[Token]
) -> None:
    """Put one thing into its field, unless the field was said before."""
    match token.kind:
        case "amount":
            if not draft.has("amount"):
                _put_amount(work, draft, token)
        case "moment":
            fill_moment(work, number, clause, draft, token, segment)
        case "name":
            if not draft.has("payee_name") or (draft.weak_name and token.role == "payee"):
                _put_name(work, draft, token)
        case "tail":
            account = str(draft.values.get("payee_acct", ""))
            if account and not account.endswith(token.value):
                draft.remark("payee_acct", "tail_differs")
        case _:
            name = _field_of(work, clause, token)
            if name == "payee_bank" and token.kind == "bank" and draft.has("sort_code"):
                draft.values.pop("sort_code")
                _put(work, draft, name, token)
            elif name and not draft.has(name):
                _put(work, draft, name, token)


def _field_of(work: Assembly, clause: Clause, token: Token) -> str:
    if token.kind == "reference":
        return "reference"
    if token.kind == "channel":
        return "channel" if clause.has("paid", "pay") else ""
    if token.kind == "sort_code":
        return "payee_bank"
    if token.kind == "account":
        work.owner = owns(token, clause, work.folded)
        return f"{work.owner}_acct"
    return f"{owns(token, clause, work.folded) or work.owner or 'payee'}_bank"


def _put(work: Assembly, draft: Draft, name: str, token: Token) -> None:
    draft.put(name, token.value, work.found(token))
    if token.kind == "sort_code":
        draft.values["sort_code"] = True
    if name == "payee_acct":
        draft.by_card = token.role == "card"


def _put_amount(work: Assembly, draft: Draft, token: Token) -> None:
    words = work.found(token)
    draft.put("amount", token.value.minor, words)
    draft.put("currency", token.value.currency, words)
    draft.count = payments_of(token, work.folded)
    draft.paid = True
    if in_several(token, work.folded):
        draft.remark("amount", "total_only")
    work.last_sum = "transfer"
    if token.value.rough:
        draft.remark("amount", "amount_rough")
    if token.value.assumed:
        draft.remark("currency", "currency_assumed")


def _put_name(work: Assembly, draft: Draft, token: Token) -> None:
    words = work.found(token)
    draft.put("payee_name", words.value, words)
    draft.weak_name = token.role == "weak"
    if "*" in words.value:
        draft.remark("payee_name", "name_masked")


def _correct(work: Assembly, draft: Draft, clause: Clause, token: Token) -> None:
    """Replace the one field that a correction names."""
    match token.kind:
        case "amount" if token.role == "refund" or (
            work.last_sum == "refund" and token.role in ("unknown", "bare")
        ):
            fixed = Inducement(token.value.minor, token.value.currency, work.found(token))
            work.inducements[-1:] = [fixed]
        case "amount" if token.role in ("transfer", "unknown", "bare", "other"):
            draft.settle("amount")
            _put_amount(work, draft, token)
        case "moment":
            put_moment(work, draft, token)
        case "name" if token.role in ("payee", "weak", "mention"):
            draft.settle("payee_name")
            _put_name(work, draft, token)
        case "account" | "bank" | "reference" | "sort_code":
            name = _field_of(work, clause, token)
            draft.settle(name)
            _put(work, draft, name, token)
