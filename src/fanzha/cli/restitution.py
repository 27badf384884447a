"""The return of held money: pipes over services."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fanzha.cli.screen import DONE, Arguments, console, make_folder, print_json, utc_now
from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say

if TYPE_CHECKING:
    from fanzha.services.restitution import Desk, RestitutionResult


def plan(arguments: Arguments, lang: Lang) -> int:
    """Every rule side by side, or the shares of one."""
    from fanzha.services import restitution as service

    request = service.PlanRequest(
        desk=_desk(arguments),
        rule=arguments.rule,
        method=arguments.method,
        held=tuple(arguments.held),
        tz=arguments.tz,
    )
    return _say(service.plan(request), arguments, lang)


def act(arguments: Arguments, lang: Lang) -> int:
    """One step of the return."""
    from fanzha.services import restitution as service

    step = "dismiss" if getattr(arguments, "dismiss", False) else arguments.step
    request = service.StepRequest(
        desk=_desk(arguments),
        step=step,
        account=getattr(arguments, "account", ""),
        theft_id=getattr(arguments, "theft_id", ""),
        amount=getattr(arguments, "amount", None),
        proof=getattr(arguments, "proof", None),
        listed=getattr(arguments, "list", None),
    )
    return _say(service.act(request), arguments, lang)


def show(arguments: Arguments, lang: Lang) -> int:
    """The ledger as it stands."""
    from fanzha.services import restitution as service

    return _say(service.show(_desk(arguments)), arguments, lang)


def statement(arguments: Arguments, lang: Lang) -> int:
    """One victim's own page as HTML or PDF, or a folder with a page for every victim."""
    from fanzha.present.restitution_view import statement_json
    from fanzha.present.victim_statement import page_names, statement_html
    from fanzha.services.restitution import victim_statement as service

    out, desk = Path(arguments.out), _desk(arguments)
    if arguments.theft_id:
        if out.suffix.lower() not in (".html", ".pdf"):
            raise UsageError("statement_ending", path=arguments.out)
        found = [service.victim_statement(desk, arguments.theft_id, arguments.tz)]
        files = [out]
    else:
        found = list(service.victim_statements(desk, arguments.tz))
        make_folder(out)
        files = [out / name for name in page_names(found)]
    for one, file in zip(found, files, strict=True):
        _write(file, statement_html(one, lang))
    if arguments.json:
        said = [
            {**statement_json(one), "file": str(file)}
            for one, file in zip(found, files, strict=True)
        ]
        print_json(said[0] if arguments.theft_id else {"statements": said})
    else:
        print(say("restitution.written", lang, path=out))
    return DONE


def _write(file: Path, page: str) -> None:
    content = page.encode()
    if file.suffix.lower() == ".pdf":
        from fanzha.services.print_pdf import print_pdf

        content = print_pdf(page)
    try:
        file.write_bytes(content)
    except OSError as refused:
        raise UsageError("statement_unwritable", path=str(file), why=str(refused)) from refused


def _desk(arguments: Arguments) -> Desk:
    from fanzha.services.restitution import Desk

    return Desk(
        case=arguments.case,
        now=utc_now(),
        who=getattr(arguments, "by", ""),
        basis=getattr(arguments, "basis", ""),
        at=arguments.at,
        note=getattr(arguments, "note", ""),
        casebook=Path(arguments.casebook) if arguments.casebook else None,
    )


def _say(result: RestitutionResult, arguments: Arguments, lang: Lang) -> int:
    from fanzha.present.restitution_view import print_restitution, restitution_json

    if arguments.json:
        print_json(restitution_json(result))
    else:
        print_restitution(console(), result, lang)
    return DONE
