"""What the casebook holds of one case, read at once by whoever looks at many cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fanzha.casebook import Casebook, Record
from fanzha.casebook.record import load_action
from fanzha.model.chain import Action

HOLD = "hold"


class Contents:
    """The records of a case, oldest first; what was erased says nothing.

    Facts come without their bytes, which may be large, but for the kinds in `facts`.
    """

    def __init__(self, casebook: Casebook, case_id: str, facts: Sequence[str] = ()) -> None:
        self.rows = casebook.contents(case_id, facts)

    @property
    def records(self) -> list[Record]:
        """Every record, also those of what was erased."""
        return [record for record, _ in self.rows]

    def findings(self, kind: str) -> list[dict[str, Any]]:
        """Every finding of that kind as JSON types."""
        return [
            json.loads(payload)
            for record, payload in self.rows
            if record.type == "finding" and record.kind == kind and payload is not None
        ]

    def latest(self, kind: str) -> dict[str, Any] | None:
        """The newest finding of that kind; None where there is none or it was erased."""
        for record, payload in reversed(self.rows):
            if record.type == "finding" and record.kind == kind:
                return None if payload is None else json.loads(payload)
        return None

    @cached_property
    def decided(self) -> dict[int, Action]:
        """What people decided and did not take back, by the number of the record."""
        found = {
            record.seq: load_action(payload)
            for record, payload in self.rows
            if record.type == "action" and record.kind != "erase" and payload is not None
        }
        undone = {action.undoes for action in found.values()}
        return {seq: act for seq, act in found.items() if seq not in undone and act.undoes is None}

    @cached_property
    def steps(self) -> dict[str, tuple[Action, ...]]:
        """By hold: the steps that were taken, oldest first."""
        found: dict[str, list[Action]] = {}
        for act in self.decided.values():
            if act.kind == HOLD:
                found.setdefault(act.on, []).append(act)
        return {hold_id: tuple(acts) for hold_id, acts in found.items()}
