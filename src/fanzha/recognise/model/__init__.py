"""The learned weights as shipped: one signed byte for each place of the n-gram table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BITS = 20


@dataclass(frozen=True, slots=True)
class Grams:
    """`table` holds a weight in steps of `step`; a run's place is its hash shifted by `shift`."""

    table: bytes
    step: float

    @property
    def shift(self) -> int:
        return 64 - (len(self.table).bit_length() - 1)


@cache
def grams() -> Grams:
    """The shipped weights; without the file, none: the rules then speak alone."""
    file = files(__package__) / "weights.bin"
    if not file.is_file():
        return Grams(bytes(1 << BITS), 0.0)
    content = file.read_bytes()
    step = int.from_bytes(content[:8], "big") / 1e9
    return Grams(content[8:], step)
