"""The things a report names, each with its place in the text: what the assembly works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """One thing said: `start:end` in the text, what kind it is, and what it says.

    Kinds: `moment`, `amount`, `account`, `tail`, `phone`, `sort_code`, `reference`, `bank`, `name`,
    `taken` (figures that are none of these) and the classes of cues.yaml. `role` is a kind's own
    remark: a name's strength, an account's owner.
    """

    kind: str
    start: int
    end: int
    value: Any = None
    role: str = ""


class Claims:
    """Which characters of a text are spoken for, so that no figure is read twice."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def take(self, start: int, end: int) -> bool:
        """Claim `start:end`, or say that some of it is spoken for."""
        if not self.free(start, end):
            return False
        self._taken[start:end] = b"\x01" * (end - start)
        return True

    def free(self, start: int, end: int) -> bool:
        """Whether nobody claimed any of it."""
        return self._taken.find(1, start, end) < 0

    def edge(self, start: int, end: int) -> int:
        """How far from `start` nobody claimed anything, at most `end`."""
        taken = self._taken.find(1, start, end)
        return end if taken < 0 else taken
