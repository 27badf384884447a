"""The public notice before held money goes back: every rule beside the others, as a draft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.model.payment import Account
from fanzha.model.vocabulary import entry
from fanzha.money.returns import ReturnPlan
from fanzha.present.docx import Block, Heading, Line, Table, Title, as_docx, as_text
from fanzha.present.letterhead import LetterFacts, ending, method, signature
from fanzha.present.words import visible


def return_notice_text(plans: Sequence[ReturnPlan], facts: LetterFacts, lang: Lang) -> str:
    """The 30-day notice as text: accounts by their last digits, thefts by their ids, no names.

    It is a draft: publish it only when the money is frozen and a person has chosen the rule.
    """
    return as_text(_notice(plans, facts, lang), lang)


def return_notice_docx(plans: Sequence[ReturnPlan], facts: LetterFacts, lang: Lang) -> bytes:
    """The 30-day notice as DOCX."""
    return as_docx(_notice(plans, facts, lang), lang, facts.created_at)


def _notice(plans: Sequence[ReturnPlan], facts: LetterFacts, lang: Lang) -> list[Block]:
    by_account: dict[Account, list[ReturnPlan]] = {}
    for plan in plans:
        by_account.setdefault(plan.account, []).append(plan)
    blocks: list[Block] = [
        Title(say("letter.return_title", lang)),
        Line(say("letter.case", lang, case=visible(facts.case_id))),
        Line(say("letter.return_intro", lang)),
        Line(say("letter.return_check", lang), strong=True),
        Line(say("letter.return_method", lang, method=method(facts, lang))),
    ]
    for number, (account, beside) in enumerate(by_account.items(), 1):
        blocks += _account(number, account, beside, lang)
    blocks += [
        Heading(say("letter.return_terms", lang)),
        Line(say("letter.return_choice", lang), strong=True),
        Line(say("letter.return_source", lang, mark=_mark(plans, lang))),
        Line(say("letter.return_object", lang)),
        Line(say("letter.return_late", lang)),
        Line(say("letter.return_no_fee", lang), strong=True),
        Line(say("letter.contact", lang)),
        *signature(facts, lang),
    ]
    return blocks


def _account(
    number: int, account: Account, beside: Sequence[ReturnPlan], lang: Lang
) -> Iterator[Block]:
    yield Heading(
        say(
            "letter.return_account",
            lang,
            number=number,
            account=ending(account, lang),
            amount=show(beside[0].held, account.currency),
        )
    )
    header = ("rule", "rule_text", "shares", "undistributed")
    yield Table(
        tuple(say(f"letter.{name}", lang) for name in header),
        tuple(_row(plan, lang) for plan in beside),
    )


def _row(plan: ReturnPlan, lang: Lang) -> tuple[str, str, str, str]:
    rule, currency = entry("return_rule", plan.rule), plan.account.currency
    shares = [
        say("letter.share", lang, theft=visible(s.theft_id), amount=show(s.amount, currency))
        for s in plan.shares
    ]
    return (
        rule.label[lang],
        rule.rule[lang],
        "\n".join(shares) or show(0, currency),
        show(plan.undistributed, currency),
    )


def _mark(plans: Sequence[ReturnPlan], lang: Lang) -> str:
    verified = all(entry("return_rule", plan.rule).verified for plan in plans)
    return "" if verified else say("letter.unverified", lang)
