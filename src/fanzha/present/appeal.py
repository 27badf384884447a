"""The answer to somebody whose money is held: what was found, in plain words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import show
from fanzha.money.appeal import COMPARATOR, Appeal
from fanzha.present.docx import Block, Heading, Line, Title, as_docx, as_text
from fanzha.present.letterhead import LetterFacts, ending, method, minute, signature
from fanzha.present.words import visible

STOP_PAYMENT_DAYS = 4  # 48 hours, at most twice: afterwards only a freeze can hold money


def appeal_letter_text(appeal: Appeal, facts: LetterFacts, lang: Lang) -> str:
    """The letter to the account's holder, in plain words: a draft for the person who decides."""
    return as_text(list(_letter(appeal, facts, lang)), lang)


def appeal_letter_docx(appeal: Appeal, facts: LetterFacts, lang: Lang) -> bytes:
    """The same letter as DOCX."""
    return as_docx(list(_letter(appeal, facts, lang)), lang, facts.created_at)


def appeal_json(appeal: Appeal, facts: LetterFacts, lang: Lang) -> dict[str, Any]:
    """The appeal for a program: integer minor units, texts in `lang`, and no decision.

    `excess` and `release_now` are the same sum: what is held beyond the traced amount.
    """
    return {
        "account": appeal.account.number,
        "currency": appeal.account.currency,
        "at": iso(appeal.at, facts.tz),
        "frozen": appeal.frozen,
        "traced": appeal.traced,
        "excess": appeal.release_now,
        "release_now": appeal.release_now,
        "decide": appeal.decide,
        "days_held": appeal.days_held,
        "method": appeal.method,
        "checklist": [
            {"code": c.code, "text": say(f"appeal.check_{c.code}", lang), "evidence": [*c.evidence]}
            for c in appeal.checklist
        ],
        "clocks": list(_clocks(appeal, facts, lang)),
        "defects": [
            {"code": code, "text": say(f"appeal.defect_{code}", lang)} for code in appeal.defects
        ],
        "comparator": {"code": COMPARATOR, "text": say(f"appeal.comparator_{COMPARATOR}", lang)},
        "recommendation": _recommendation(appeal, lang),
        "letter": appeal_letter_text(appeal, facts, lang),
        "decision": None,
        "reasons": [
            {
                "code": reason.code,
                "refs": [{"source": ref.source, "row": ref.row} for ref in reason.refs],
                "values": dict(reason.values),
            }
            for reason in appeal.reasons
        ],
    }


def _clocks(appeal: Appeal, facts: LetterFacts, lang: Lang) -> Iterator[dict[str, Any]]:
    due = appeal.release_due_at
    yield {
        "code": "unrelated_release",
        "text": say("appeal.clock_unrelated_release", lang),
        "due_at": None if due is None else iso(due, facts.tz),
    }
    yield {"code": "notice", "text": say("appeal.clock_notice", lang), "due_at": None}
    if appeal.days_held is not None and appeal.days_held >= STOP_PAYMENT_DAYS:
        text = say("appeal.clock_stop_payment", lang, days=appeal.days_held)
        yield {"code": "stop_payment", "text": text, "due_at": None}


def _amounts(appeal: Appeal) -> dict[str, str]:
    currency = appeal.account.currency
    return {
        "frozen": show(appeal.frozen, currency),
        "traced": show(appeal.traced, currency),
        "release": show(appeal.release_now, currency),
        "decide": show(appeal.decide, currency),
    }


def _recommendation(appeal: Appeal, lang: Lang) -> str:
    if not appeal.release_now:
        return say("appeal.recommend_decide", lang, **_amounts(appeal))
    key = "both" if appeal.decide else "release"
    return say(f"appeal.recommend_{key}", lang, **_amounts(appeal))


def _letter(appeal: Appeal, facts: LetterFacts, lang: Lang) -> Iterator[Block]:
    amounts = _amounts(appeal)
    at = minute(appeal.at, facts.tz)
    yield Title(say("appeal.letter_title", lang))
    yield Line(say("appeal.letter_case", lang, case=visible(facts.case_id), at=at))
    yield Line(say("appeal.letter_greeting", lang, account=ending(appeal.account, lang)))
    held = "letter_held" if appeal.days_held is None else "letter_held_days"
    yield Line(say(f"appeal.{held}", lang, days=appeal.days_held, **amounts))
    yield Line(say("appeal.letter_traced", lang, method=method(facts, lang), **amounts))
    if appeal.release_now:
        yield Line(say("appeal.letter_release", lang, **amounts), strong=True)
    if appeal.decide:
        yield Line(say("appeal.letter_decide", lang, **amounts))
        for check in appeal.checklist:
            yield Line("- " + _paper(check.code, check.evidence, lang))
    yield Heading(say("appeal.letter_clocks", lang))
    yield from _limits(appeal, facts, lang)
    if appeal.defects:
        yield Heading(say("appeal.letter_defects", lang))
    for code in appeal.defects:
        yield Line("- " + say(f"appeal.defect_{code}", lang))
    yield Heading(say("appeal.letter_next", lang))
    yield Line(say("appeal.letter_decision", lang), strong=True)
    yield Line(say("appeal.letter_remedy", lang))
    yield Line(say("appeal.letter_contact", lang))
    yield from signature(facts, lang)


def _paper(code: str, evidence: tuple[str, ...], lang: Lang) -> str:
    text = say(f"appeal.check_{code}", lang)
    if not evidence:
        return say("appeal.letter_lack", lang, text=text)
    files = (", " if lang == "en" else "、").join(visible(name) for name in evidence)
    return say("appeal.letter_have", lang, text=text, files=files)


def _limits(appeal: Appeal, facts: LetterFacts, lang: Lang) -> Iterator[Line]:
    for clock in _clocks(appeal, facts, lang):
        text = clock["text"]
        if clock["due_at"] is not None and appeal.release_due_at is not None:
            due = minute(appeal.release_due_at, facts.tz)
            text = say("appeal.letter_due", lang, text=text, due=due)
        yield Line(f"- {text}")
    yield Line("- " + say(f"appeal.comparator_{COMPARATOR}", lang))
