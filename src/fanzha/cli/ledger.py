"""The ledger's commands, and the trace that works on a ledger: pipes over services."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from fanzha.cli.commands import trace as trace_files
from fanzha.cli.screen import (
    DONE,
    SOME_REFUSED,
    Arguments,
    console,
    print_json,
    progress,
    refused,
)
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say

Command = Callable[[Arguments, Lang], int]


def _on_ledger(run: Command) -> Command:
    """Say what to install where the extra is missing."""

    @functools.wraps(run)
    def guarded(arguments: Arguments, lang: Lang) -> int:
        try:
            import fanzha.ledger  # noqa: F401 its libraries come with the extra
        except ImportError as missing:
            raise UsageError("ledger_extra") from missing
        return run(arguments, lang)

    return guarded


@_on_ledger
def init(arguments: Arguments, lang: Lang) -> int:
    """Make an empty ledger."""
    from fanzha.services import ledger as service

    refusals = service.init(arguments.ledger, arguments.balances)
    print(say("ledger.made", lang, path=arguments.ledger))
    return _refused(refusals, lang)


@_on_ledger
def append(arguments: Arguments, lang: Lang) -> int:
    """Add files."""
    from fanzha.services import ledger as service

    request = service.AppendRequest(
        ledger=arguments.ledger,
        files=tuple(arguments.file),
        mapping=arguments.mapping,
        tz=arguments.tz,
    )
    with progress(lang) as tell:
        result = service.append(request, tell)
    for file, known in result.again:
        print(say("ledger.again", lang, file=file, known=known))
    done = result.appended
    if result.sources:
        print(
            say(
                "ledger.appended",
                lang,
                rows=f"{done.rows:,}",
                joined=f"{done.joined:,}",
                payments=f"{done.payments:,}",
                segments=done.segments,
            )
        )
    return _refused(result.said.refusals, lang)


@_on_ledger
def info(arguments: Arguments, lang: Lang) -> int:
    """What the ledger holds."""
    from fanzha.model.instant import iso
    from fanzha.services import ledger as service

    found = service.info(arguments.ledger)
    body: dict[str, Any] = {
        "payments": found.payments,
        "accounts": found.accounts,
        "begins": found.begins and iso(found.begins),
        "ends": found.ends and iso(found.ends),
        "segments": found.segments,
        "currencies": list(found.currencies),
        "hot": round(found.hot, 1),
        "disk": round(found.disk, 1),
        "dropped_rows": found.dropped,
        "dropped_before": found.dropped_before and iso(found.dropped_before),
    }
    if arguments.json:
        files = [
            {"name": s.name, "sha256": s.sha256, "shape": s.shape, "taken": s.taken,
             "refused": s.refused}
            for s in found.sources
        ]  # fmt: skip
        print_json({**body, "files": files})
        return DONE
    for key, value in {**body, "files": len(found.sources)}.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        shown = ", ".join(value) if isinstance(value, list) else shown
        if value not in (None, []):
            print(say(f"ledger.{key}", lang), shown, sep="\t")
    return DONE


@_on_ledger
def verify(arguments: Arguments, lang: Lang) -> int:
    """Check every file and the index."""
    from fanzha.ledger.verify import verify as check

    with progress(lang) as tell:
        found = check(arguments.ledger, lambda name: tell("ledger_checking", {"file": name}))
    print(
        say(
            "ledger.verified",
            lang,
            payments=f"{found.payments:,}",
            accounts=f"{found.accounts:,}",
            files=found.files,
        )
    )
    return DONE


@_on_ledger
def drop(arguments: Arguments, lang: Lang) -> int:
    """Drop old payments."""
    from fanzha.ledger.retain import drop as drop_before
    from fanzha.model.instant import iso, zone
    from fanzha.services.money_inputs import moment

    before = moment(arguments.before, zone(arguments.tz or "UTC"))
    found = drop_before(arguments.ledger, before)
    if not found.segments or found.before is None:
        print(say("ledger.dropped_nothing", lang))
        return DONE
    values = {"payments": f"{found.payments:,}", "segments": found.segments}
    print(say("ledger.dropped", lang, before=iso(found.before), **values))
    return DONE


def trace(arguments: Arguments, lang: Lang) -> int:
    """Where the stolen money is, from files or from a ledger; or who fed an account."""
    if arguments.backward and not arguments.ledger:
        raise UsageError("backward_needs_ledger")
    if not arguments.thefts and not arguments.backward:
        raise UsageError("trace_needs_thefts")
    return _trace_ledger(arguments, lang) if arguments.ledger else trace_files(arguments, lang)


def _refused(refusals: Any, lang: Lang) -> int:
    if refusals:
        from fanzha.present.terminal import print_refusals

        print_refusals(console(stderr=True), refusals, lang)
    return SOME_REFUSED if refusals else DONE


@_on_ledger
def _trace_ledger(arguments: Arguments, lang: Lang) -> int:
    from fanzha.services.ledger_trace import trace_back, trace_ledger

    request = _request(arguments)
    if arguments.backward:
        from fanzha.present.backward import backward_json, backward_lines

        found = trace_back(request, arguments.backward)
        if arguments.json:
            print_json(backward_json(found))
        else:
            print("\n".join(backward_lines(found, lang)))
        return DONE
    result = trace_ledger(request)
    if arguments.json:
        from fanzha.present.money_json import trace_json

        print_json(trace_json(result, lang))
    else:
        from fanzha.present.terminal import print_trace

        print_trace(console(), result, lang)
    return refused(result, arguments, lang)


def _request(arguments: Arguments) -> Any:
    from fanzha.model.instant import zone
    from fanzha.services.ledger_trace import LedgerTraceRequest
    from fanzha.services.money_inputs import MoneySources
    from fanzha.services.sources import read_optional

    sources = MoneySources(
        payments=(),
        thefts=read_optional(arguments.thefts),
        balances=read_optional(arguments.balances),
        terminals=read_optional(arguments.terminals),
        carriers=read_optional(arguments.carriers),
        tz=zone(arguments.tz) if arguments.tz else None,
    )
    return LedgerTraceRequest(
        ledger=arguments.ledger, sources=sources, method=arguments.method, as_of=arguments.as_of
    )
