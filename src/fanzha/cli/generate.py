"""`fanzha generate`: made-up payments with thefts in them."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC
from pathlib import Path

from fanzha.cli.screen import DONE
from fanzha.errors import UnreadableInput, UsageError
from fanzha.model.catalogue import Lang, say
from fanzha.model.instant import parse_instant


def generate(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write the folder, and name what was written."""
    from fanzha.services import generate as service

    try:
        start = parse_instant(arguments.start, UTC).at
    except UnreadableInput as garbled:
        raise UsageError("time_unreadable", value=arguments.start) from garbled
    request = service.GenerateRequest(
        payments=arguments.payments,
        thefts=arguments.thefts,
        seed=arguments.seed,
        out=Path(arguments.out),
        start=start,
        days=arguments.days,
        accounts=arguments.accounts,
        banks=arguments.banks,
    )
    try:
        made = service.generate(request)
    except ImportError as missing:
        raise UsageError("generate_missing") from missing
    text = say(
        "generate.done",
        lang,
        payments=request.payments,
        thefts=request.thefts,
        accounts=made.accounts,
        carrying=made.carrying,
        seed=request.seed,
    )
    print(text, file=sys.stderr)
    print(*made.files, sep="\n")
    return DONE
