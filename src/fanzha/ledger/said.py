"""What was said when files were appended: notes and refusals, kept with the ledger."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from fanzha.model.chain import Reason, Ref
from fanzha.model.payment import Refusal


@dataclass(frozen=True, slots=True)
class Said:
    """Notes on how files were read, and every row that was refused."""

    notes: tuple[Reason, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def to_bytes(self) -> bytes:
        """As JSON."""
        body = {
            "notes": [dataclasses.asdict(note) for note in self.notes],
            "refusals": [dataclasses.asdict(refusal) for refusal in self.refusals],
        }
        return json.dumps(body, ensure_ascii=False, default=str).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Said:
        """The same again."""
        body = json.loads(content)
        notes = (
            Reason(n["code"], tuple(Ref(**ref) for ref in n["refs"]), n["values"])
            for n in body["notes"]
        )
        return cls(tuple(notes), tuple(Refusal(**r) for r in body["refusals"]))
