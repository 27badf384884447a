"""The kernel with its tables: compiled where it was built, else the same file as plain Python."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from fanzha.recognise import scan as built
from fanzha.recognise.characters import characters
from fanzha.recognise.model import grams
from fanzha.recognise.rules import Rules, rules
from fanzha.recognise.tables import tables


def _kernel() -> ModuleType:
    """The compiled module, or its source when `FANZHA_PURE` asks for it."""
    if not os.environ.get("FANZHA_PURE"):
        return built
    spec = spec_from_file_location("fanzha.recognise.scan_source", source())
    if spec is None or spec.loader is None:
        return built
    plain = module_from_spec(spec)
    spec.loader.exec_module(plain)
    return plain


def source() -> Path:
    """The kernel as plain Python."""
    return Path(built.__file__ or "").with_name("scan.py")


def compiled() -> bool:
    """Whether the kernel in use came from a compiler."""
    return not os.environ.get("FANZHA_PURE") and not (built.__file__ or "").endswith(".py")


Scanner = _kernel().Scanner


@cache
def undoer() -> Any:
    """A kernel that only undoes evasion: it knows no rules and no weights."""
    return Scanner(tables(characters(), Rules((), ()), bytes(1 << 4), 60))


@cache
def scanner() -> Any:
    """The kernel with all rules and the shipped weights; built once, in about 0.2 s."""
    weights = grams()
    return Scanner(tables(characters(), rules(), weights.table, weights.shift))
