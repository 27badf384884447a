"""Compiled modules, or their own sources as plain Python where `FANZHA_PURE` asks for that."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
PACKAGE = __name__.rpartition(".")[0]

_plain: dict[str, ModuleType] = {}


def kernel(built: ModuleType) -> ModuleType:
    """The module as it was built, or its source: the same results, many times slower.

    A kernel is a module of this folder with its C types beside it in a `.pxd`; the kernels that a
    source builds on are then plain too.
    """
    if not os.environ.get("FANZHA_PURE") or not compiled(built):
        return built
    if built.__name__ not in _plain:
        _load(built.__name__)
    return _plain[built.__name__]


def compiled(built: ModuleType) -> bool:
    """Whether a module came from a compiler."""
    return not (built.__file__ or "").endswith(".py")


def _load(name: str) -> None:
    """Import a kernel while sources go before what was built; then put everything back."""
    before = _kernels()
    for other in before:
        del sys.modules[other]
    sys.modules.update(_plain)
    sys.meta_path.insert(0, _Sources)
    try:
        import_module(name)
    finally:
        sys.meta_path.remove(_Sources)
        _plain.update(_kernels())
        for other in _kernels():
            del sys.modules[other]
        sys.modules.update(before)
        for other, module in before.items():
            setattr(sys.modules[PACKAGE], other.rpartition(".")[2], module)


def _kernels() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if _source(name)}


def _source(name: str) -> Path | None:
    folder, _, short = name.rpartition(".")
    found = folder == PACKAGE and (HERE / f"{short}.pxd").exists()
    return HERE / f"{short}.py" if found else None


class _Sources:
    @staticmethod
    def find_spec(name: str, *_: Any) -> ModuleSpec | None:
        source = _source(name)
        return spec_from_file_location(name, source) if source else None
