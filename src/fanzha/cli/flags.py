"""Every command and flag; help is in the language of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from fanzha import __version__
from fanzha.cli import commands
from fanzha.model.catalogue import LANGS, say
from fanzha.settings import Settings, read_settings

METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")
CLAIMS = METHODS[:-1]  # poison is an upper bound and makes no plan


def parser(settings: Settings | None = None) -> argparse.ArgumentParser:
    """Every command and flag; help is in the language of the settings."""
    settings = settings or read_settings()
    top = _Parser(settings)
    top.add_argument("--version", action="version", version=f"fanzha {__version__}")
    into = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_add_work, _add_check, _add_trace, _add_holds, _add_return, _add_intake, _add_hold):
        add(into, settings)
    _add_appeal(into, settings)
    _add_serve(into, settings)
    _add_train(into, settings)
    _add_casebook(into, settings)
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


def _command(into: Any, settings: Settings, name: str, run: Callable[..., int]) -> _Parser:
    command: _Parser = into.add_parser(
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


def _add_work(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "work", commands.work)
    command.say("folder", metavar="CASE_FOLDER")
    command.say("--out", required=True, metavar="OUT_FOLDER")
    for name in ("as-of", "confirmed-at", "hold-at"):
        command.say(f"--{name}", metavar="I")
    command.say("--lambda", metavar="X", dest="weight", default="0.5")
    command.say("--casebook", metavar="FILE")
    command.say("--tz", metavar="ZONE")
    command.say("--json", action="store_true")


def _add_check(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "check", commands.check)
    command.say("text", nargs="?", metavar="TEXT|FILE")
    what = command.add_mutually_exclusive_group()
    for name in ("picture", "page"):
        what.add_argument(f"--{name}", metavar="F", help=say(f"cli.arg_{name}", settings.lang))
    what.add_argument("--number", metavar="N", help=say("cli.arg_number", settings.lang))
    command.say("--advert", action="store_true")
    command.say("--trunk", choices=("intl", "domestic"), default="")
    command.say("--subscriber", metavar="S", default="")
    command.say("--country", metavar="CC", default="cn")
    command.say("--lines", action="store_true")
    command.say("--json", action="store_true")


def _add_trace(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "trace", commands.trace)
    _money_flags(command, (*METHODS, "all"), "all")
    command.say("--as-of", metavar="INSTANT")


def _add_holds(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "holds", commands.holds)
    _money_flags(command, CLAIMS, "fifo")
    command.say("--confirmed-at", required=True, metavar="INSTANT")
    command.say("--hold-at", required=True, metavar="INSTANT")
    command.say("--institutions", metavar="FILE")
    command.say("--lambda", metavar="X", dest="weight", default="0.5")


def _add_return(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "return", commands.split)
    _money_flags(command, CLAIMS, "fifo")
    command.say("--held", nargs="+", required=True, metavar="ACCOUNT=AMOUNT", action="extend")
    rules = ("all", "traced", "pro_rata_account", "pro_rata_loss")
    command.say("--rule", choices=rules, default="all")


def _add_intake(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "intake", commands.intake)
    command.say("file", metavar="FILE")
    command.say("--received-at", metavar="I")
    command.say("--tz", metavar="ZONE")
    command.say("--case", key="case_id", metavar="NUMBER")
    command.say("--casebook", metavar="FILE")
    command.say("--json", action="store_true")


def _add_hold(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "hold", commands.hold)
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


def _add_appeal(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "appeal", commands.appeal)
    command.say("--case", required=True, metavar="OUT")
    command.say("--account", required=True, metavar="A")
    command.say("--evidence", nargs="+", default=[], metavar="FILE", action="extend")
    command.say("--frozen", metavar="AMOUNT")
    command.say("--frozen-at", metavar="I")
    command.say("--noticed", choices=("yes", "no"))
    command.say("--at", metavar="I")
    command.say("--casebook", metavar="FILE")
    command.say("--json", action="store_true")


def _add_serve(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "serve", commands.serve)
    command.say("--host", metavar="HOST", default="127.0.0.1")
    command.say("--port", metavar="PORT", type=int, default=8020)


def _add_train(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "train", commands.train)
    command.say("--data", metavar="DIR", required=True)
    command.say("--out", key="model_out", metavar="DIR", required=True)
    command.say("--seed", metavar="N", type=int, default=7)


def _add_casebook(into: Any, settings: Settings) -> None:
    casebook = _command(into, settings, "casebook", commands.verify)
    steps = casebook.add_subparsers(dest="step", required=True, metavar="STEP")
    verify = _command(steps, settings, "verify", commands.verify)
    verify.say("--checkpoint", metavar="TEXT")
    listing = _command(steps, settings, "list", commands.listing)
    listing.say("case", nargs="?", metavar="CASE")
    erase = _command(steps, settings, "erase", commands.erase)
    erase.say("record", type=int, metavar="RECORD")
    erase.say("--by", required=True, metavar="WHO")
    erase.say("--basis", required=True, metavar="TEXT")
    for step in (
        verify,
        listing,
        erase,
        _command(steps, settings, "checkpoint", commands.checkpoint),
    ):
        step.say("--casebook", metavar="FILE", default=str(settings.casebook))
