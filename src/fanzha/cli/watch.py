"""The watch command: one input, one stream of answers, one state."""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say

if TYPE_CHECKING:
    from fanzha.present.watch_view import WatchView
    from fanzha.services.rerank import Ranking
    from fanzha.services.watch import Opened, WatchRequest
    from fanzha.services.watch.doors import Chunk, Out, Session, Stop
    from fanzha.services.watch.lines import Lines
    from fanzha.services.watch.plan_file import PlanFile
    from fanzha.services.watch.state import Keeper

DONE, SOME_REFUSED = 0, 3

Arguments = argparse.Namespace


def watch(arguments: Arguments, lang: Lang) -> int:
    """Answer each payment as it comes, until the input ends or somebody asks to stop."""
    from fanzha.present.watch_view import WatchView
    from fanzha.services.watch.doors import Out, Session, Stop

    source = _source(arguments)
    request = _request(arguments)
    view = WatchView(lang, only_hits=arguments.only_hits)
    keeper = _keeper(arguments, source)
    ended = False
    with contextlib.ExitStack() as stack:
        if keeper is not None:
            stack.callback(lambda: keeper.close(keep=bool(arguments.state) or not ended))
        stop = stack.enter_context(Stop())
        out = stack.enter_context(contextlib.closing(Out(arguments.out)))
        opened = _open(request, keeper, out, trailed=bool(arguments.plan))
        _tell(opened, keeper, lang)
        session = Session(opened.watch, keeper, out, stop)
        plan = _plan(arguments, opened)
        if plan is not None:
            session.after = stop.idle = plan.step
            plan.step()
        gc.freeze()  # what lives to the end need not be looked through again and again
        stack.callback(gc.unfreeze)
        _run(arguments, session, view, request.tz)
        ended = not stop.asked
        if plan is not None:
            plan.step(last=True)
        if keeper is not None:
            keeper.checkpoint(opened.watch)
    refused = opened.watch.refused
    print(say("watch.stopped", lang, row=opened.watch.row, refused=refused), file=sys.stderr)
    return SOME_REFUSED if refused and ended else DONE


def _source(arguments: Arguments) -> str:
    """What names the input in the state; `UsageError` unless there is exactly one."""
    from fanzha.services.sources import STDIN
    from fanzha.services.watch.doors import source_name

    pairs = bool(arguments.nats) == bool(arguments.subject)
    pairs = pairs and bool(arguments.kafka) == bool(arguments.topic)
    given = [arguments.input, arguments.follow, arguments.nats, arguments.kafka]
    if not pairs or sum(map(bool, given)) > 1:
        raise UsageError("watch_inputs")
    if arguments.nats:
        return f"nats:{arguments.subject}"
    if arguments.kafka:
        return f"kafka:{arguments.topic}"
    return source_name(arguments.follow or arguments.input or STDIN)


def _request(arguments: Arguments) -> WatchRequest:
    from fanzha.model.instant import zone
    from fanzha.services.sources import read_optional, read_source
    from fanzha.services.watch import WatchRequest

    return WatchRequest(
        thefts=read_source(arguments.thefts),
        ledger=Path(arguments.ledger) if arguments.ledger else None,
        balances=read_optional(arguments.balances),
        terminals=read_optional(arguments.terminals),
        method=arguments.method,
        tz=zone(arguments.tz) if arguments.tz else None,
    )


def _keeper(arguments: Arguments, source: str) -> Keeper | None:
    from fanzha.services.watch.state import Keeper

    if arguments.state:
        return Keeper(Path(arguments.state), source)
    if arguments.ledger:
        ledger = Path(arguments.ledger).resolve()
        return Keeper(ledger.with_name(f"{ledger.name}.watch"), source)
    return None


def _open(request: WatchRequest, keeper: Keeper | None, out: Out, *, trailed: bool) -> Opened:
    from fanzha.services.watch import open_watch
    from fanzha.services.watch.doors import NO_CUT

    if keeper is None:
        return open_watch(request)
    kept = keeper.resume(request.method, out.size if out.size >= 0 else NO_CUT)
    if kept is not None:
        out.cut(keeper.place.answered)
    opened = _on_ledger(request, kept, trailed)
    keeper.checkpoint(opened.watch)
    return opened


def _on_ledger(request: WatchRequest, kept: Any, trailed: bool) -> Opened:
    from fanzha.services.watch import open_watch

    try:
        return open_watch(request, kept, trailed=trailed)
    except ImportError as missing:
        raise UsageError("ledger_extra") from missing


def _plan(arguments: Arguments, opened: Opened) -> PlanFile | None:
    """The file of the ranking, where one is wanted."""
    if not arguments.plan:
        if arguments.institutions or arguments.casebook or arguments.minutes:
            raise UsageError("watch_plan_flags")
        return None
    import orjson

    from fanzha.present.ranking import ranking_json
    from fanzha.services.sources import read_optional
    from fanzha.services.watch import PlanRequest, open_plan

    def render(ranking: Ranking, row: int) -> bytes:
        return orjson.dumps({"row": row, **ranking_json(ranking)}, option=orjson.OPT_APPEND_NEWLINE)

    request = PlanRequest(
        path=Path(arguments.plan),
        institutions=read_optional(arguments.institutions),
        casebook=Path(arguments.casebook) if arguments.casebook else None,
        minutes=tuple(arguments.minutes),
    )
    return open_plan(opened, request, render)


def _tell(opened: Opened, keeper: Keeper | None, lang: Lang) -> None:
    """What it watches for, and from where on, to whoever started it."""
    watched, lines = opened.watch, []
    if opened.refusals:
        from fanzha.cli.screen import console
        from fanzha.present.terminal import print_refusals

        print_refusals(console(stderr=True), opened.refusals, lang)
    values = {"thefts": len(watched.thefts), "waiting": watched.waiting, "method": watched.method}
    lines.append(say("watch.begins", lang, **values))
    if keeper is not None and keeper.resumed:
        row = watched.row
        lines.append(say("watch.goes_on", lang, state=keeper.path, row=row, next=row + 1))
        if opened.new:
            lines.append(say("watch.more_thefts", lang, count=len(opened.new)))
    print("\n".join(lines), file=sys.stderr, flush=True)


def _run(arguments: Arguments, session: Session, view: WatchView, tz: ZoneInfo | None) -> None:
    from fanzha.services.watch.lines import Lines

    path = Path(arguments.input) if arguments.input not in ("", "-") else None
    if path is not None and _columns(session, path, view, tz):
        return
    if path is not None and _message(session, path, view, tz):
        return
    lines = Lines(tz)
    stream = bool(arguments.nats or arguments.kafka)
    session.run(_door(arguments, session, lines), lines, view, durable=stream)


def _columns(session: Session, path: Path, view: WatchView, tz: ZoneInfo | None) -> bool:
    try:
        from fanzha.services.watch.columns import is_columns, take_columns
    except ImportError:
        return False  # without the extra a Parquet file is no payment lines, and is refused as such
    if not is_columns(path):
        return False
    take_columns(session, path, tz, view.between)
    return True


def _message(session: Session, path: Path, view: WatchView, tz: ZoneInfo | None) -> bool:
    from fanzha.services.watch.doors import is_message, take_message

    if not is_message(path):
        return False
    take_message(session, str(path), tz, view)
    return True


def _door(arguments: Arguments, session: Session, lines: Lines) -> Iterator[Chunk]:
    from fanzha.services.watch.doors import file_lines, stream_lines

    keeper, row = session.keeper, session.watch.row
    if arguments.nats or arguments.kafka:
        return _broker(arguments, row, session.stop)
    position = keeper.place.position if keeper is not None else 0
    if arguments.follow:
        return file_lines(Path(arguments.follow), session.stop, lines, position, follow=True)
    if arguments.input in ("", "-"):
        return stream_lines(sys.stdin.fileno(), session.stop, lines, row)
    return file_lines(Path(arguments.input), session.stop, lines, position, follow=False)


def _broker(arguments: Arguments, row: int, stop: Stop) -> Iterator[Chunk]:
    try:
        if arguments.nats:
            from fanzha.services.watch.nats import NatsDoor

            return iter(NatsDoor(arguments.nats, arguments.subject, row, stop))
        from fanzha.services.watch.kafka import kafka_lines
    except ImportError as missing:
        raise UsageError("stream_extra") from missing
    return kafka_lines(arguments.kafka, arguments.topic, row, stop)
