"""What each command does: arguments to a service, its result to the screen or to JSON."""

from __future__ import annotations

import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from fanzha.cli.screen import (
    DONE,
    SOME_REFUSED,
    Arguments,
    console,
    make_folder,
    on_file,
    print_json,
    progress,
    refused,
    utc_now,
)
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say


def work(arguments: Arguments, lang: Lang) -> int:
    """The main job: a case folder in, report, tables and letters out."""
    from fanzha.present.case_files import case_json, write_case
    from fanzha.services import work as service

    started = time.perf_counter()
    out, now = Path(arguments.out), utc_now()
    if out.resolve() == Path(arguments.folder).resolve():
        raise UsageError("out_is_case", path=arguments.out)
    make_folder(out)
    request = service.WorkRequest(
        folder=arguments.folder,
        casebook=Path(arguments.casebook) if arguments.casebook else out / "casebook.db",
        now=now,
        as_of=arguments.as_of,
        confirmed_at=arguments.confirmed_at,
        hold_at=arguments.hold_at,
        weight=weight_of(arguments.weight),
        tz=arguments.tz,
    )
    with progress(lang) as tell:
        result = service.work(request, tell)
        tell("writing", {})
        written = write_case(result, out, lang, now)
    seconds = time.perf_counter() - started
    if arguments.json:
        print_json({**case_json(result, lang), "files": written.names, "seconds": seconds})
    else:
        from fanzha.present.terminal import print_case, print_refusals

        print_refusals(console(stderr=True), result.refusals, lang)
        print_case(console(), result, written, lang, seconds)
    return SOME_REFUSED if result.refusals else DONE


def check(arguments: Arguments, lang: Lang) -> int:
    """Whether a text, page, picture, advert or number is a scam."""
    from fanzha.cli.check import answer, stream

    if arguments.lines:
        return SOME_REFUSED if stream(arguments, lang, sys.stdin.buffer, sys.stdout) else DONE
    body, lines = answer(arguments, lang)
    if arguments.json:
        print_json(body)
    else:
        print("\n".join(lines))
    return DONE


def trace(arguments: Arguments, lang: Lang) -> int:
    """Where the stolen money is."""
    from fanzha.present.money_json import trace_json
    from fanzha.services.trace import trace_payments

    with progress(lang) as tell:
        result = trace_payments(_trace_request(arguments), on_file(tell))
    if arguments.json:
        print_json(trace_json(result, lang))
    else:
        from fanzha.present.terminal import print_trace

        print_trace(console(), result, lang)
    return refused(result, arguments, lang)


def holds(arguments: Arguments, lang: Lang) -> int:
    """What may be held where, whom to ask first."""
    from fanzha.present.money_json import holds_json
    from fanzha.services.holds import HoldsRequest, rank_holds

    request = HoldsRequest(
        trace=_trace_request(arguments),
        confirmed_at=arguments.confirmed_at,
        hold_at=arguments.hold_at,
        weight=weight_of(arguments.weight),
        casebook=Path(arguments.casebook) if arguments.casebook else None,
        minutes=tuple(arguments.minutes),
    )
    with progress(lang) as tell:
        result = rank_holds(request, on_file(tell))
    if arguments.json:
        print_json(holds_json(result, lang))
    else:
        from fanzha.present.terminal import print_holds

        print_holds(console(), result.plan, lang)
    return refused(result.traced, arguments, lang)


def split(arguments: Arguments, lang: Lang) -> int:
    """Who gets what back."""
    from fanzha.present.money_json import return_json
    from fanzha.services.returns import ReturnRequest, split_held

    request = ReturnRequest(
        trace=_trace_request(arguments), held=tuple(arguments.held), rule=arguments.rule
    )
    with progress(lang) as tell:
        result = split_held(request, on_file(tell))
    if arguments.json:
        print_json(return_json(result, lang))
    else:
        from fanzha.present.terminal import print_returns

        print_returns(console(), result.plans, lang)
    return refused(result.traced, arguments, lang)


def intake(arguments: Arguments, lang: Lang) -> int:
    """A caller's words, understood."""
    from fanzha.present.report_view import report_json, report_lines
    from fanzha.services.intake import IntakeRequest, take_report

    result = take_report(
        IntakeRequest(
            file=arguments.file,
            now=utc_now(),
            received_at=arguments.received_at,
            tz=arguments.tz,
            case_id=arguments.case,
            casebook=Path(arguments.casebook) if arguments.casebook else None,
        )
    )
    if arguments.json:
        kept = {"case_id": result.case_id, "record": result.record} if result.record else {}
        print_json({**report_json(result.report, lang), **kept})
    else:
        print("\n".join(report_lines(result.report, lang)))
    return DONE


def hold(arguments: Arguments, lang: Lang) -> int:
    """Move one hold to its next state."""
    from fanzha.present.money_json import hold_json
    from fanzha.services.hold import HoldRequest, move_hold

    result = move_hold(
        HoldRequest(
            case=arguments.case,
            hold_id=arguments.hold_id,
            state=arguments.state,
            who=arguments.by,
            basis=arguments.basis,
            now=utc_now(),
            at=arguments.at,
            expires_at=arguments.expires_at,
            amount=arguments.amount,
            note=arguments.note,
            casebook=Path(arguments.casebook) if arguments.casebook else None,
        )
    )
    if arguments.json:
        print_json(hold_json(result))
    else:
        from fanzha.present.terminal import print_hold

        print_hold(console(), result, lang)
    return DONE


def appeal(arguments: Arguments, lang: Lang) -> int:
    """Compare what is held with what was traced."""
    from fanzha.present.appeal import appeal_json, appeal_letter_text
    from fanzha.present.letters import LetterFacts
    from fanzha.services.appeal import AppealRequest, hear_appeal

    result = hear_appeal(
        AppealRequest(
            case=arguments.case,
            account=arguments.account,
            now=utc_now(),
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
        print_json({"case_id": result.case_id, "record": result.record, **body})
    else:
        print(appeal_letter_text(result.appeal, facts, lang))
    return DONE


def train(arguments: Arguments, _: Lang) -> int:
    """Train the learned weights of the text check, and name what was written."""
    from fanzha.services import train as service

    try:
        request = service.TrainRequest(
            data=Path(arguments.data),
            out=Path(arguments.out),
            on=utc_now().date(),
            seed=arguments.seed,
        )
        result = service.train(request)
    except ImportError as missing:
        raise UsageError("learn_missing") from missing
    print(result.weights, result.calibration, result.card, sep="\n")
    return DONE


def verify(arguments: Arguments, lang: Lang) -> int:
    """Check the whole chain."""
    from fanzha.casebook import open_casebook

    with open_casebook(arguments.casebook, create=False) as casebook:
        verified = casebook.verify(arguments.checkpoint)
    print(say("terminal.verified", lang, size=verified.size), file=sys.stderr)
    print(verified.checkpoint)
    return DONE


def checkpoint(arguments: Arguments, _: Lang) -> int:
    """Print a checkpoint to keep elsewhere."""
    from fanzha.casebook import open_casebook

    with open_casebook(arguments.casebook, create=False) as casebook:
        print(casebook.checkpoint())
    return DONE


def listing(arguments: Arguments, _: Lang) -> int:
    """List the cases, or the records of one."""
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


def erase(arguments: Arguments, lang: Lang) -> int:
    """Remove a record's content lawfully."""
    from fanzha.casebook import open_casebook
    from fanzha.model.chain import Action

    now = utc_now()
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


def weight_of(text: str) -> Decimal:
    """λ as a user wrote it."""
    try:
        weight = Decimal(text)
    except InvalidOperation as unreadable:
        raise UsageError("lambda_unreadable", value=text) from unreadable
    if not weight.is_finite() or weight < 0:
        raise UsageError("lambda_unreadable", value=text)
    return weight
