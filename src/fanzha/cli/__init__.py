"""The command line: pipes over services. No rules of its own."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, cast

from fanzha import __version__
from fanzha.cli.flags import parser
from fanzha.cli.screen import BROKEN, DONE, console
from fanzha.errors import CasebookBroken, FanzhaError, LedgerBroken, NothingUsable
from fanzha.model.catalogue import Lang, explain, say
from fanzha.model.payment import Refusal
from fanzha.settings import read_settings

OUR_FAULT, USAGE = 1, 2
INTERRUPTED = 130
GC_THRESHOLD = 100_000  # a case is many small objects that all live to its end

__all__ = ["main", "parser", "run"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see `fanzha --help`. Exit codes: 0 done, 1 our fault, 2 usage, 3 done but
    some input was refused, 4 verification failed."""
    gc.set_threshold(GC_THRESHOLD)
    settings = read_settings()
    arguments = parser(settings).parse_args(argv)
    lang = cast(Lang, arguments.lang)
    try:
        run: Callable[[argparse.Namespace, Lang], int] = arguments.run
        code = run(arguments, lang)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except FanzhaError as error:
        return _explain(error, arguments, lang)
    except Exception:
        return _our_fault(lang)


def _explain(error: FanzhaError, arguments: argparse.Namespace, lang: Lang) -> int:
    """Say what went wrong and what to do; the list of refusals too, where there is one."""
    refusals: tuple[Refusal, ...] = ()
    if isinstance(error, NothingUsable):
        refusals = cast("tuple[Refusal, ...]", error.values.get("refusals", ()))
    if refusals:
        from fanzha.present.terminal import print_refusals

        print_refusals(console(stderr=True), refusals, lang)
    if refusals and getattr(arguments, "out", None):
        from fanzha.present.case_files import write_refused

        write_refused(refusals, Path(arguments.out), lang)
    text = explain(error, lang)
    if not text:
        return _our_fault(lang)
    print(text, file=sys.stderr)
    return BROKEN if isinstance(error, CasebookBroken | LedgerBroken) else USAGE


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
