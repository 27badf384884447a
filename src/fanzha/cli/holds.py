"""The holds command: one question's files, or every open case of a casebook together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fanzha.cli import commands
from fanzha.cli.screen import DONE, Arguments, console, print_json, utc_now
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang

LANDS_AFTER = timedelta(minutes=5)  # as the main job plans
TOP = 20


def holds(arguments: Arguments, lang: Lang) -> int:
    """What may be held where, whom to ask first."""
    of_files = (arguments.payments, arguments.thefts, arguments.confirmed_at)
    if all((*of_files, arguments.hold_at)):
        return commands.holds(arguments, lang)
    tables = ("balances", "terminals", "carriers", "mapping", "institutions")
    if not arguments.casebook or any(of_files) or any(getattr(arguments, t) for t in tables):
        raise UsageError("holds_needs")
    return _open_cases(arguments, lang)


def _open_cases(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.ranking import print_ranking, ranking_json
    from fanzha.services.money_inputs import moment
    from fanzha.services.rerank import RerankRequest, rank_open

    if arguments.top is not None and arguments.top < 1:
        raise UsageError("top_unreadable", value=arguments.top)
    now = utc_now()
    said = moment(arguments.hold_at, ZoneInfo(arguments.tz or "UTC"))
    request = RerankRequest(
        casebook=Path(arguments.casebook),
        hold_at=said or now + LANDS_AFTER,
        method=arguments.method,
        weight=commands.weight_of(arguments.weight),
        minutes=tuple(arguments.minutes),
    )
    if arguments.json:
        print_json(ranking_json(rank_open(request, now, arguments.top)))
    else:
        print_ranking(console(), rank_open(request, now, arguments.top or TOP), lang)
    return DONE
