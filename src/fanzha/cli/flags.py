"""Every command and flag; help is in the language of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from fanzha import __version__
from fanzha.cli import commands, ledger, restitution, serve
from fanzha.cli.generate import generate
from fanzha.cli.holds import holds
from fanzha.cli.report import report
from fanzha.cli.watch import watch
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
    _add_generate(into, settings)
    _add_casebook(into, settings)
    _add_ledger(into, settings)
    _add_restitution(into, settings)
    _add_watch(into, settings)
    _add_report(into, settings)
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


def _money_flags(
    command: _Parser, methods: Sequence[str], default: str, *, required: bool = True
) -> None:
    command.say("--payments", nargs="+", required=required, metavar="FILE")
    command.say("--thefts", required=required, metavar="FILE")
    _table_flags(command, methods, default)


def _table_flags(command: _Parser, methods: Sequence[str], default: str) -> None:
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
    command = _command(into, settings, "trace", ledger.trace)
    where = command.add_mutually_exclusive_group(required=True)
    payments, folder = (say(f"cli.arg_{name}", settings.lang) for name in ("payments", "ledger"))
    where.add_argument("--payments", nargs="+", metavar="FILE", help=payments)
    where.add_argument("--ledger", metavar="LEDGER", help=folder)
    command.say("--thefts", metavar="FILE")
    _table_flags(command, (*METHODS, "all"), "all")
    command.say("--as-of", metavar="INSTANT")
    command.say("--backward", metavar="ACCOUNT")


def _add_holds(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "holds", holds)
    _money_flags(command, CLAIMS, "fifo", required=False)
    command.say("--confirmed-at", metavar="INSTANT")
    command.say("--hold-at", metavar="INSTANT")
    command.say("--institutions", metavar="FILE")
    command.say("--lambda", metavar="X", dest="weight", default="0.5")
    command.say("--minutes", nargs="+", metavar="NAME=MINUTES", default=[], action="extend")
    command.say("--casebook", key="own_holds", metavar="FILE")
    command.say("--top", type=int, metavar="N")


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
    command = _command(into, settings, "serve", serve.serve)
    command.say("--data", key="centre", metavar="DIR", default=str(settings.centre))
    command.say("--host", metavar="HOST", default="127.0.0.1")
    command.say("--port", metavar="PORT", type=int, default=8020)
    command.say("--demo", action="store_true")


def _add_train(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "train", commands.train)
    command.say("--data", metavar="DIR", required=True)
    command.say("--out", key="model_out", metavar="DIR", required=True)
    command.say("--seed", metavar="N", type=int, default=7)


def _add_generate(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "generate", generate)
    for name in ("payments", "thefts"):
        command.say(f"--{name}", key=f"{name}_made", type=int, required=True, metavar="N")
    command.say("--seed", key="seed_made", type=int, required=True, metavar="S")
    command.say("--out", key="made_out", required=True, metavar="FOLDER")
    for name, default in (("banks", 0), ("accounts", 0), ("days", 30)):
        command.say(f"--{name}", key=f"{name}_made", type=int, default=default, metavar="N")
    command.say("--start", metavar="I", default="2024-05-01T00:00:00+08:00")


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


def _add_ledger(into: Any, settings: Settings) -> None:
    top = _command(into, settings, "ledger", ledger.info)
    steps = top.add_subparsers(dest="step", required=True, metavar="STEP")

    def add(name: str, run: Callable[..., int]) -> _Parser:
        about = f"ledger_{name}"
        text = say(f"cli.{about}", settings.lang)
        step: _Parser = steps.add_parser(
            name, settings=settings, about=about, help=text, allow_abbrev=False
        )
        step.set_defaults(run=run)
        step.say("ledger", metavar="LEDGER")
        return step

    add("init", ledger.init).say("--balances", metavar="FILE")
    append = add("append", ledger.append)
    append.say("file", key="ledger_files", nargs="+", metavar="FILE")
    append.say("--mapping", metavar="FILE")
    append.say("--tz", metavar="ZONE")
    add("info", ledger.info).say("--json", action="store_true")
    add("verify", ledger.verify)
    drop = add("drop", ledger.drop)
    drop.say("--before", required=True, metavar="INSTANT")
    drop.say("--tz", metavar="ZONE")


def _add_restitution(into: Any, settings: Settings) -> None:
    top = _command(into, settings, "restitution", restitution.show)
    steps = top.add_subparsers(dest="step", required=True, metavar="STEP")

    def add(name: str, run: Callable[..., int], signed: bool = True) -> _Parser:
        about = f"restitution_{name}"
        text = say(f"cli.{about}", settings.lang)
        step: _Parser = steps.add_parser(
            name, settings=settings, about=about, help=text, allow_abbrev=False
        )
        step.set_defaults(run=run)
        step.say("case", metavar="CASE")
        for flag, metavar in (("by", "WHO"), ("basis", "TEXT")) if signed else ():
            step.say(f"--{flag}", required=name != "plan", metavar=metavar, default="")
        for flag, metavar in (("at", "I"), ("note", "TEXT")) if signed else (("at", "I"),):
            step.say(f"--{flag}", metavar=metavar, default=None if flag == "at" else "")
        step.say("--casebook", metavar="FILE")
        step.say("--json", action="store_true")
        return step

    plan = add("plan", restitution.plan)
    rules = ("all", "traced", "pro_rata_account", "pro_rata_loss")
    plan.say("--rule", choices=rules, default="all")
    plan.say("--method", choices=CLAIMS, default="fifo")
    held = {"metavar": "ACCOUNT=AMOUNT", "action": "extend", "default": []}
    plan.say("--held", key="held_now", nargs="+", **held)
    plan.say("--tz", metavar="ZONE")
    add("notice", restitution.act)
    for name in ("object", "pay", "release", "lapse"):
        step = add(name, restitution.act)
        if name in ("pay", "lapse"):
            optional = {"nargs": "?", "default": ""} if name == "pay" else {}
            step.say("theft_id", metavar="THEFT_ID", **optional)
        step.say("--account", required=name != "pay", default="", metavar="A")
        step.say("--amount", key="part", required=name == "release", metavar="X")
        if name == "object":
            step.say("--theft", metavar="THEFT_ID", dest="theft_id", default="")
            step.say("--dismiss", action="store_true")
        if name == "pay":
            step.say("--proof", metavar="FILE")
            step.say("--list", key="paid_list", metavar="FILE")
    add("claim", restitution.act).say("theft_id", metavar="THEFT_ID")
    add("show", restitution.show, signed=False)
    statement = add("statement", restitution.statement, signed=False)
    statement.say("theft_id", key="own_theft", nargs="?", default="", metavar="THEFT_ID")
    statement.say("--out", key="statement_out", required=True, metavar="FILE")
    statement.say("--tz", metavar="ZONE")


def _add_watch(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "watch", watch)
    command.say("input", key="watched", nargs="?", metavar="FILE", default="")
    command.say("--thefts", required=True, metavar="FILE")
    command.say("--ledger", metavar="LEDGER")
    command.say("--method", choices=METHODS, default="fifo")
    for name in ("balances", "terminals", "follow"):
        command.say(f"--{name}", metavar="FILE")
    for name, meaning in (("nats", "URL"), ("subject", "S"), ("kafka", "SERVERS"), ("topic", "T")):
        command.say(f"--{name}", metavar=meaning)
    command.say("--only-hits", action="store_true")
    command.say("--state", key="watch_state", metavar="FILE")
    command.say("--out", key="watch_out", metavar="FILE")
    command.say("--plan", key="watch_plan", metavar="FILE")
    command.say("--institutions", metavar="FILE")
    command.say("--minutes", nargs="+", metavar="NAME=MINUTES", default=[], action="extend")
    command.say("--casebook", key="landed", metavar="FILE")
    command.say("--tz", metavar="ZONE")


def _add_report(into: Any, settings: Settings) -> None:
    command = _command(into, settings, "report", report)
    command.say("--month", required=True, metavar="YYYY-MM")
    command.say("--casebook", metavar="FILE", default=str(settings.casebook))
    command.say("--out", key="report_out", metavar="DIR")
    command.say("--tz", metavar="ZONE", default="Asia/Shanghai")
    command.say("--json", action="store_true")
