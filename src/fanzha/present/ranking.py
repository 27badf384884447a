"""All open cases as one ranking: a table for a desk, JSON for a machine."""

from __future__ import annotations

import dataclasses
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import iso
from fanzha.model.money import show
from fanzha.model.vocabulary import label
from fanzha.present.money_json import account_json
from fanzha.present.terminal import survival_line
from fanzha.services.rerank import Part, Ranked, Ranking

Json = dict[str, Any]


def ranking_json(ranking: Ranking) -> Json:
    """The object that `fanzha holds --casebook … --json` prints."""
    return {
        "hold_at": iso(ranking.hold_at),
        "seen_until": ranking.seen_until and iso(ranking.seen_until),
        "lambda": str(ranking.weight),
        "cases": ranking.cases,
        "held": ranking.held,
        "ranked": ranking.ranked,
        "holds": [_ranked_json(row) for row in ranking.rows],
    }


def _ranked_json(row: Ranked) -> Json:
    return {
        "rank": row.rank,
        "hold_id": row.hold_id,
        **account_json(row.account),
        "institution": row.institution,
        "cap": row.cap,
        "expected": row.expected,
        "net_expected": row.net_expected,
        "minutes": str(row.minutes),
        "per_minute": row.per_minute,
        "survival": dataclasses.asdict(row.survival),
        "acts_in_time": str(row.terms.acts_in_time),
        "good_faith": str(row.terms.good_faith),
        "states": dict(row.states),
        "parts": [_part_json(part) for part in row.parts],
    }


def _part_json(part: Part) -> Json:
    return {
        "cases": [{"case_id": case, "theft_id": theft} for case, theft in part.cases],
        "traced": part.traced,
        "cap": part.cap,
        "why": list(part.why),
    }


def print_ranking(console: Console, ranking: Ranking, lang: Lang) -> None:
    """The best accounts, who gave way in them, and what was taken for how long money stays."""
    if ranking.rows:
        console.print(_table(ranking, lang))
    else:
        console.print(say("ranking.nothing", lang, cases=ranking.cases), soft_wrap=True)
    for line in _lines(ranking, lang):
        console.print(Text(line), soft_wrap=True)


def _table(ranking: Ranking, lang: Lang) -> Table:
    table = Table(
        title=Text(
            say(
                "ranking.title",
                lang,
                cases=ranking.cases,
                at=iso(ranking.hold_at.replace(microsecond=0)),
            )
        ),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column(say("terminal.rank", lang), justify="right")
    for name in ("hold", "account", "institution"):
        table.add_column(say(f"terminal.{name}", lang), no_wrap=True)
    for name in ("cap", "net", "per_minute"):
        table.add_column(say(f"terminal.{name}", lang), justify="right", no_wrap=True)
    table.add_column(say("ranking.cases", lang))
    for row in ranking.rows:
        table.add_row(*_cells(row, lang))
    rest = ranking.ranked - len(ranking.rows)
    if rest > 0:
        table.caption = say("terminal.more_rows", lang, count=rest, where="--top, --json")
    return table


def _cells(row: Ranked, lang: Lang) -> list[str | Text]:
    currency = row.account.currency
    cases = (f"{case} ({label('hold_state', state, lang)})" for case, state in row.states.items())
    return [
        str(row.rank),
        row.hold_id,
        Text(row.account.number),
        Text(row.institution),
        *(Text(show(n, currency)) for n in (row.cap, row.net_expected, row.per_minute)),
        Text(", ".join(cases)),
    ]


def _lines(ranking: Ranking, lang: Lang) -> list[str]:
    """What the table cannot say: cut claims, good faith, own experience, what is left out."""
    lines = [
        say(
            "ranking.gave_way",
            lang,
            rank=row.rank,
            case=" = ".join(f"{case}/{theft}" for case, theft in part.cases),
            traced=show(part.traced, row.account.currency),
            cap=show(part.cap, row.account.currency),
            why=", ".join(say(f"ranking.{why}", lang) for why in part.why),
        )
        for row in ranking.rows
        for part in row.parts
        if part.why
    ]
    lines += [
        say("ranking.good_faith", lang, rank=row.rank, share=str(row.terms.good_faith))
        for row in ranking.rows
        if row.terms.good_faith
    ]
    best = {row.survival.rail: row.survival for row in reversed(ranking.rows)}
    lines += [survival_line(found, lang) for found in best.values()]
    if ranking.held:
        lines.append(say("ranking.held", lang, count=ranking.held))
    return lines
