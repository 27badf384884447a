"""The page that one victim gets: what was found, held and returned of theirs, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from fanzha.model.catalogue import Lang, say
from fanzha.model.money import show
from fanzha.model.payment import Account
from fanzha.model.vocabulary import entry
from fanzha.present.letterhead import ending
from fanzha.present.page import asset, csp_hash, template
from fanzha.present.words import money, visible
from fanzha.services.restitution.victim_statement import OwnPart, VictimStatement

MAX_NAME = 40  # characters of a theft's id in a file name
_SAFE = re.compile(r"[^\w.-]+")
DATE = {"en": "{:%Y-%m-%d}", "zh-Hans": "{0.year}年{0.month}月{0.day}日"}
DATE["zh-Hant"] = DATE["zh-Hans"]


@dataclass(frozen=True, slots=True)
class Step:
    """A dated line of what was done."""

    on: str
    words: str


def statement_html(statement: VictimStatement, lang: Lang) -> str:
    """The page in one language: complete in itself, no script, no network, made for A4 paper.

    It names the victim's own figures alone. Of accounts only the last digits are shown, because
    they belong to others, who may have done nothing wrong.
    """
    style = asset("victim_statement.css")
    return template("victim_statement.html").render(
        s=statement,
        lang=lang,
        style=Markup(style),
        csp=statement_policy(),
        say=lambda key, **values: say(f"victim_statement.{key}", lang, **values),
        amount=lambda minor: show(minor, statement.theft.currency),
        figure=lambda minor: money(minor, statement.theft.currency),
        on=lambda at: _on(at, statement, lang),
        places=_places(statement, lang),
        where=lambda part: say(f"victim_statement.state_{_state(part)}", lang),
        rule=entry("return_rule", statement.rule) if statement.rule else None,
        events=list(_events(statement, lang)),
        next=list(_next(statement, lang)),
        visible=visible,
    )


def statement_policy() -> str:
    """What the page may load: its own style, and nothing from anywhere."""
    style = csp_hash(asset("victim_statement.css"))
    return f"default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'"


def page_names(statements: Sequence[VictimStatement]) -> list[str]:
    """A safe file name for each page: its number, and what of the theft's id a file may bear."""
    digits = len(str(len(statements)))
    safe = (_SAFE.sub("-", s.theft.theft_id)[:MAX_NAME].strip("-.") for s in statements)
    return [f"{n:0{digits}d}-{name or 'theft'}.html" for n, name in enumerate(safe, 1)]


def _on(at: datetime, statement: VictimStatement, lang: Lang) -> str:
    return DATE[lang].format(at.astimezone(statement.tz))


def _places(statement: VictimStatement, lang: Lang) -> dict[Account, str]:
    """What an account is called here: by number in the order of the page, and its last digits."""
    return {
        part.account: say(
            "victim_statement.place",
            lang,
            number=number,
            ending=visible(ending(part.account, lang)),
        )
        for number, part in enumerate(statement.parts, 1)
    }


def _state(part: OwnPart) -> str:
    return "stopped" if part.stopped and part.state == "resting" else part.state or "none"


def _events(statement: VictimStatement, lang: Lang) -> Iterator[Step]:
    for event in statement.events:
        amount = show(event.amount, statement.theft.currency)
        words = say(f"victim_statement.did_{event.kind}", lang, amount=amount)
        yield Step(_on(event.at, statement, lang), words)


def _next(statement: VictimStatement, lang: Lang) -> Iterator[str]:
    """What happens now, and why nothing more has come back yet."""
    for key in _next_keys(statement):
        until = _on(statement.notice_until, statement, lang) if statement.notice_until else ""
        yield say(
            f"victim_statement.next_{key}",
            lang,
            until=until,
            due=show(statement.total("due"), statement.theft.currency),
            aside=show(statement.total("set_aside"), statement.theft.currency),
        )


def _next_keys(statement: VictimStatement) -> Iterator[str]:
    if not statement.rule:
        yield "no_split" if statement.in_reach else "nothing_in_reach"
        return
    if statement.reopened:
        yield "reopened"
    elif statement.total("due"):
        if statement.notice_until is None:
            yield "no_notice"
        elif statement.made_at < statement.notice_until:
            yield "notice_runs"
        else:
            yield "payable"
    if statement.total("set_aside"):
        yield "set_aside"
    if statement.total("paid") and statement.total("paid") == statement.total("share"):
        yield "all_paid"
    if not statement.total("share"):
        yield "no_share"
    if statement.total("share") < statement.net:
        yield "rest"
