"""The command line: pipes over services. No rules of its own."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn, cast

from fanzha import __version__
from fanzha.errors import CasebookBroken, FanzhaError, NothingUsable, UsageError, VocabularyError
from fanzha.model.catalogue import LANGS, Lang, has, say
from fanzha.model.payment import Refusal
from fanzha.settings import Settings, read_settings

DONE, OUR_FAULT, USAGE, SOME_REFUSED, BROKEN = 0, 1, 2, 3, 4
METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")
QUIET_SECONDS = 1  # shorter work says nothing
CLAIMS = METHODS[:-1]  # poison is an upper bound and makes no plan

Arguments = argparse.Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see `fanzha --help`. Exit codes: 0 done, 1 our fault, 2 usage, 3 done but
    some input was refused, 4 verification failed."""
    settings = read_settings()
    arguments = parser(settings).parse_args(argv)
    lang = cast(Lang, arguments.lang)
    try:
        run: Callable[[Arguments, Lang], int] = arguments.run
        code = run(arguments, lang)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return 130
    except FanzhaError as error:
        return _explain(error, arguments, lang)
    except Exception:
        return _our_fault(lang)


def parser(settings: Settings | None = None) -> argparse.ArgumentParser:
    """Every command and flag; help is in the language of the settings."""
    settings = settings or read_settings()
    top = _Parser(settings)
    top.add_argument("--version", action="version", version=f"fanzha {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_work, _add_trace, _add_holds, _add_return, _add_intake, _add_hold):
        add(commands, settings)
    _add_appeal(commands, settings)
    _add_casebook(commands, settings)
    return top


class _Parser(argparse.ArgumentParser):
    """argparse, with help from the catalogue and the flags that every command has."""

    def __init__(self, settings: Settings, about: str = "about", **more: Any) -> None:
        self.settings = settings
        super().__init__(description=say(f"cli.{about}", settings.lang), **more)
        if more:
            self.say("--lang", choices=LANGS, default=settings.lang)

    def say(self, name: str, *, key: str = "", **more: Any) -> None:
        """Add a flag or argument whose help is the catalogue's `cli.arg_…`."""
        word = key or name.lstrip("-").replace("-", "_")
        self.add_argument(name, help=say(f"cli.arg_{word}", self.settings.lang), **more)


def _command(commands: Any, settings: Settings, name: str, run: Callable[..., int]) -> _Parser:
    command: _Parser = commands.add_parser(
        name,
        settings=settings,
        about=name,
        help=say(f"cli.{name}", settings.lang),
        allow_abbrev=False,
    )
    command.set_defaults(run=run)
    return command


def _money_flags(command: _Parser, methods: Sequence[str], default: str) -> None:
    command.say("--payments", nargs="+", required=True, metavar="FILE")
    command.say("--thefts", required=True, metavar="FILE")
    for name in ("balances", "terminals", "carriers", "mapping"):
        command.say(f"--{name}", metavar="FILE")
    command.say("--method", choices=methods, default=default)
    command.say("--tz", metavar="ZONE")
    command.say("--json", action="store_true")


def _add_work(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "work", _work)
    command.say("folder", metavar="CASE_FOLDER")
    command.say("--out", required=True, metavar="OUT_FOLDER")
    for name in ("as-of", "confirmed-at", "hold-at"):
        command.say(f"--{name}", metavar="I")
    command.say("--lambda", metavar="X", dest="weight", default="0.5")
    command.say("--casebook", metavar="FILE")
    command.say("--tz", metavar="ZONE")
    command.say("--json", action="store_true")


def _add_trace(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "trace", _trace)
    _money_flags(command, (*METHODS, "all"), "all")
    command.say("--as-of", metavar="INSTANT")


def _add_holds(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "holds", _holds)
    _money_flags(command, CLAIMS, "fifo")
    command.say("--confirmed-at", required=True, metavar="INSTANT")
    command.say("--hold-at", required=True, metavar="INSTANT")
    command.say("--institutions", metavar="FILE")
    command.say("--lambda", metavar="X", dest="weight", default="0.5")


def _add_return(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "return", _return)
    _money_flags(command, CLAIMS, "fifo")
    command.say("--held", nargs="+", required=True, metavar="ACCOUNT=AMOUNT", action="extend")
    rules = ("all", "traced", "pro_rata_account", "pro_rata_loss")
    command.say("--rule", choices=rules, default="all")


def _add_intake(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "intake", _intake)
    command.say("file", metavar="FILE")
    command.say("--received-at", metavar="I")
    command.say("--tz", metavar="ZONE")
    command.say("--case", key="case_id", metavar="NUMBER")
    command.say("--casebook", metavar="FILE")
    command.say("--json", action="store_true")


def _add_hold(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "hold", _hold)
    command.say("case", metavar="CASE")
    command.say("hold_id", metavar="HOLD_ID")
    command.say("state", metavar="STATE")
    command.say("--by", required=True, metavar="WHO")
    command.say("--basis", required=True, metavar="TEXT")
    for name in ("at", "expires-at"):
        command.say(f"--{name}", metavar="I")
    command.say("--amount", metavar="X")
    command.say("--note", metavar="TEXT", default="")
    command.say("--casebook", metavar="FILE")
    command.say("--json", action="store_true")


def _add_appeal(commands: Any, settings: Settings) -> None:
    command = _command(commands, settings, "appeal", _appeal)
    command.say("--case", required=True, metavar="OUT")
    command.say("--account", required=True, metavar="A")
    command.say("--evidence", nargs="+", default=[], metavar="FILE", action="extend")
    command.say("--frozen", metavar="AMOUNT")
    command.say("--frozen-at", metavar="I")
    command.say("--noticed", choices=("yes", "no"))
    command.say("--at", metavar="I")
    command.say("--casebook", metavar="FILE")
    command.say("--json", action="store_true")


def _add_casebook(commands: Any, settings: Settings) -> None:
    casebook = _command(commands, settings, "casebook", _verify)
    steps = casebook.add_subparsers(dest="step", required=True, metavar="STEP")
    verify = _command(steps, settings, "verify", _verify)
    verify.say("--checkpoint", metavar="TEXT")
    listing = _command(steps, settings, "list", _list)
    listing.say("case", nargs="?", metavar="CASE")
    erase = _command(steps, settings, "erase", _erase)
    erase.say("record", type=int, metavar="RECORD")
    erase.say("--by", required=True, metavar="WHO")
    erase.say("--basis", required=True, metavar="TEXT")
    for step in (verify, listing, erase, _command(steps, settings, "checkpoint", _checkpoint)):
        step.say("--casebook", metavar="FILE", default=str(settings.casebook))


def _work(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.case_files import case_json, write_case
    from fanzha.services.work import WorkRequest, work

    started = time.perf_counter()
    out, now = Path(arguments.out), _now()
    if out.resolve() == Path(arguments.folder).resolve():
        raise UsageError("out_is_case", path=arguments.out)
    _make_folder(out)
    request = WorkRequest(
        folder=arguments.folder,
        casebook=Path(arguments.casebook) if arguments.casebook else out / "casebook.db",
        now=now,
        as_of=arguments.as_of,
        confirmed_at=arguments.confirmed_at,
        hold_at=arguments.hold_at,
        weight=_weight(arguments.weight),
        tz=arguments.tz,
    )
    with _progress(lang) as tell:
        result = work(request, tell)
        tell("writing", {})
        written = write_case(result, out, lang, now)
    seconds = time.perf_counter() - started
    if arguments.json:
        _print_json({**case_json(result, lang), "files": written.names, "seconds": seconds})
    else:
        from fanzha.present.terminal import print_case, print_refusals

        console = _console()
        print_refusals(_console(stderr=True), result.refusals, lang)
        print_case(console, result, written, lang, seconds)
    return SOME_REFUSED if result.refusals else DONE


def _trace(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.money_json import trace_json
    from fanzha.services.trace import trace_payments

    with _progress(lang) as tell:
        result = trace_payments(_trace_request(arguments), _on_file(tell))
    if arguments.json:
        _print_json(trace_json(result, lang))
    else:
        from fanzha.present.terminal import print_trace

        print_trace(_console(), result, lang)
    return _code(result.read.refusals, result.movements.refusals)


def _holds(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.money_json import holds_json
    from fanzha.services.holds import HoldsRequest, rank_holds

    request = HoldsRequest(
        trace=_trace_request(arguments),
        confirmed_at=arguments.confirmed_at,
        hold_at=arguments.hold_at,
        weight=_weight(arguments.weight),
    )
    with _progress(lang) as tell:
        result = rank_holds(request, _on_file(tell))
    if arguments.json:
        _print_json(holds_json(result, lang))
    else:
        from fanzha.present.terminal import print_holds

        print_holds(_console(), result.plan, lang)
    return _code(result.traced.read.refusals, result.traced.movements.refusals)


def _return(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.money_json import return_json
    from fanzha.services.returns import ReturnRequest, split_held

    request = ReturnRequest(
        trace=_trace_request(arguments), held=tuple(arguments.held), rule=arguments.rule
    )
    with _progress(lang) as tell:
        result = split_held(request, _on_file(tell))
    if arguments.json:
        _print_json(return_json(result, lang))
    else:
        from fanzha.present.terminal import print_returns

        print_returns(_console(), result.plans, lang)
    return _code(result.traced.read.refusals, result.traced.movements.refusals)


def _intake(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.report_view import report_json, report_lines
    from fanzha.services.intake import IntakeRequest, take_report

    result = take_report(
        IntakeRequest(
            file=arguments.file,
            now=_now(),
            received_at=arguments.received_at,
            tz=arguments.tz,
            case_id=arguments.case,
            casebook=Path(arguments.casebook) if arguments.casebook else None,
        )
    )
    if arguments.json:
        kept = {"case_id": result.case_id, "record": result.record} if result.record else {}
        _print_json({**report_json(result.report, lang), **kept})
    else:
        print("\n".join(report_lines(result.report, lang)))
    return DONE


def _hold(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.money_json import hold_json
    from fanzha.services.hold import HoldRequest, move_hold

    result = move_hold(
        HoldRequest(
            case=arguments.case,
            hold_id=arguments.hold_id,
            state=arguments.state,
            who=arguments.by,
            basis=arguments.basis,
            now=_now(),
            at=arguments.at,
            expires_at=arguments.expires_at,
            amount=arguments.amount,
            note=arguments.note,
            casebook=Path(arguments.casebook) if arguments.casebook else None,
        )
    )
    if arguments.json:
        _print_json(hold_json(result))
    else:
        from fanzha.present.terminal import print_hold

        print_hold(_console(), result, lang)
    return DONE


def _appeal(arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.appeal import appeal_json, appeal_letter_text
    from fanzha.present.letters import LetterFacts
    from fanzha.services.appeal import AppealRequest, hear_appeal

    result = hear_appeal(
        AppealRequest(
            case=arguments.case,
            account=arguments.account,
            now=_now(),
            evidence=tuple(arguments.evidence),
            frozen=arguments.frozen,
            since=arguments.frozen_at,
            noticed=None if arguments.noticed is None else arguments.noticed == "yes",
            at=arguments.at,
            casebook=Path(arguments.casebook) if arguments.casebook else None,
        )
    )
    facts = LetterFacts(
        case_id=result.case_id,
        tz=result.tz,
        as_of=result.appeal.at,
        method=result.appeal.method,
        created_at=result.appeal.at,
    )
    if arguments.json:
        body = appeal_json(result.appeal, facts, lang)
        _print_json({"case_id": result.case_id, "record": result.record, **body})
    else:
        print(appeal_letter_text(result.appeal, facts, lang))
    return DONE


def _verify(arguments: Arguments, lang: Lang) -> int:
    from fanzha.casebook import open_casebook

    with open_casebook(arguments.casebook, create=False) as casebook:
        verified = casebook.verify(arguments.checkpoint)
    print(say("terminal.verified", lang, size=verified.size), file=sys.stderr)
    print(verified.checkpoint)
    return DONE


def _checkpoint(arguments: Arguments, _: Lang) -> int:
    from fanzha.casebook import open_casebook

    with open_casebook(arguments.casebook, create=False) as casebook:
        print(casebook.checkpoint())
    return DONE


def _list(arguments: Arguments, _: Lang) -> int:
    from fanzha.casebook import open_casebook

    with open_casebook(arguments.casebook, create=False) as casebook:
        if arguments.case is None:
            print("\n".join(casebook.cases()))
            return DONE
        view = casebook.case(arguments.case)
    for record in sorted((*view.facts, *view.findings, *view.actions), key=lambda r: r.seq):
        about = record.metadata.get("source") or record.metadata.get("on") or ""
        print(record.seq, record.recorded_at.isoformat(), record.type, record.kind, about, sep="\t")
    return DONE


def _erase(arguments: Arguments, lang: Lang) -> int:
    from fanzha.casebook import open_casebook
    from fanzha.model.chain import Action

    now = _now()
    with open_casebook(arguments.casebook, create=False) as casebook:
        record = casebook.erase(
            arguments.record,
            Action(
                kind="erase",
                on=str(arguments.record),
                who=arguments.by,
                at=now,
                legal_basis=arguments.basis,
            ),
            now,
        )
    print(say("terminal.erased", lang, record=arguments.record, erasure=record.seq))
    return DONE


def _trace_request(arguments: Arguments) -> Any:
    from fanzha.model.instant import zone
    from fanzha.services.money_inputs import MoneySources
    from fanzha.services.sources import read_optional, read_sources
    from fanzha.services.trace import TraceRequest

    sources = MoneySources(
        payments=read_sources(arguments.payments),
        thefts=read_optional(arguments.thefts),
        balances=read_optional(arguments.balances),
        terminals=read_optional(arguments.terminals),
        institutions=read_optional(getattr(arguments, "institutions", None)),
        carriers=read_optional(arguments.carriers),
        mapping=read_optional(arguments.mapping),
        tz=zone(arguments.tz) if arguments.tz else None,
    )
    as_of = getattr(arguments, "as_of", None)
    return TraceRequest(sources=sources, method=arguments.method, as_of=as_of)


def _weight(text: str) -> Decimal:
    try:
        weight = Decimal(text)
    except InvalidOperation as unreadable:
        raise UsageError("lambda_unreadable", value=text) from unreadable
    if not weight.is_finite() or weight < 0:
        raise UsageError("lambda_unreadable", value=text)
    return weight


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError("folder_unwritable", path=str(out), why=str(refused)) from refused


def _code(*refusals: Sequence[Refusal]) -> int:
    return SOME_REFUSED if any(refusals) else DONE


def _now() -> datetime:
    return datetime.now(UTC)


def _console(*, stderr: bool = False) -> Any:
    from rich.console import Console

    wide = None if sys.stdout.isatty() else 160  # into a pipe or file: no narrow guess
    return Console(stderr=stderr, width=wide, highlight=False, markup=False)


def _on_file(tell: Callable[[str, Mapping[str, object]], None]) -> Callable[[str, int], None]:
    return lambda name, rows: tell("read", {"file": name, "count": rows})


@contextlib.contextmanager
def _progress(lang: Lang) -> Any:
    """What is being done now, on stderr: one changing line for a person, lines for a log."""
    console = _console(stderr=True)
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        status = stack.enter_context(console.status("…")) if console.is_terminal else None

        def tell(stage: str, values: Mapping[str, object]) -> None:
            line = say(f"terminal.stage_{stage}", lang, **values)
            if status is not None:
                status.update(line)
            elif time.monotonic() - started > QUIET_SECONDS:
                print(line, file=sys.stderr, flush=True)

        yield tell


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _explain(error: FanzhaError, arguments: Arguments, lang: Lang) -> int:
    """Say what went wrong and what to do; the list of refusals too, where there is one."""
    refusals: tuple[Refusal, ...] = ()
    if isinstance(error, NothingUsable):
        refusals = cast("tuple[Refusal, ...]", error.values.get("refusals", ()))
    if refusals:
        from fanzha.present.terminal import print_refusals

        print_refusals(_console(stderr=True), refusals, lang)
    if refusals and getattr(arguments, "out", None):
        from fanzha.present.case_files import write_refused

        write_refused(refusals, Path(arguments.out), lang)
    key = f"error.{error.code}"
    values = {k: v for k, v in error.values.items() if k != "refusals"}
    if isinstance(error, VocabularyError) and not has(key):
        return _our_fault(lang)
    print(say(key, lang, **values) if has(key) else str(error), file=sys.stderr)
    return BROKEN if isinstance(error, CasebookBroken) else USAGE


def _our_fault(lang: Lang) -> int:
    """Keep the details in a file of the user's own and name it."""
    handle, log = tempfile.mkstemp(prefix="fanzha-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"fanzha {__version__}, python {sys.version}\n{traceback.format_exc()}")
    print(say("error.internal", lang, log=log), file=sys.stderr)
    return OUR_FAULT


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    run()
