"""What every command shares: exit codes, the screen, progress on standard error, JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fanzha.errors import UsageError
from fanzha.model.catalogue import Lang, say

if TYPE_CHECKING:
    from fanzha.services.trace import TraceResult

DONE, SOME_REFUSED, BROKEN = 0, 3, 4
PIPE_WIDTH = 160
QUIET_SECONDS = 1  # shorter work says nothing

Arguments = argparse.Namespace
Tell = Callable[[str, Mapping[str, object]], None]


def console(*, stderr: bool = False) -> Any:
    """The screen: as wide as the terminal, or wide enough for a table in a pipe or file."""
    from rich.console import Console

    wide = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(stderr=stderr, width=wide, highlight=False, markup=False)


@contextlib.contextmanager
def progress(lang: Lang) -> Iterator[Tell]:
    """What is being done now, on stderr: one changing line for a person, lines for a log."""
    screen = console(stderr=True)
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        status = stack.enter_context(screen.status("…")) if screen.is_terminal else None

        def tell(stage: str, values: Mapping[str, object]) -> None:
            line = say(f"terminal.stage_{stage}", lang, **values)
            if status is not None:
                status.update(line)
            elif time.monotonic() - started > QUIET_SECONDS:
                print(line, file=sys.stderr, flush=True)

        yield tell


def on_file(tell: Callable[[str, Mapping[str, object]], None]) -> Callable[[str, int], None]:
    """Tell of each file that was read."""
    return lambda name, rows: tell("read", {"file": name, "count": rows})


def print_json(value: Any) -> None:
    """A result for machines, on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def refused(traced: TraceResult, arguments: Arguments, lang: Lang) -> int:
    """The exit code; what was refused is said to a person, and stands in the JSON anyway."""
    refusals = (*traced.read.refusals, *traced.movements.refusals)
    if refusals and not arguments.json:
        from fanzha.present.terminal import print_refusals

        print_refusals(console(stderr=True), refusals, lang)
    return SOME_REFUSED if refusals else DONE


def make_folder(out: Path) -> None:
    """A folder to write to; `UsageError` where it cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError("folder_unwritable", path=str(out), why=str(refused)) from refused


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)
