"""Decisions of the watch as JSON lines: one for each row, in the order of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from fanzha.errors import UnreadableInput
from fanzha.model.catalogue import Lang, say
from fanzha.model.payment import Refusal
from fanzha.services.watch.live import Answer
from fanzha.services.watch.rules import HOLD, RELEASE, Decision

Json = dict[str, Any]
_CLEAN = (
    b'{"row":%%d,"decision":"%s","traced":[],"leaving":false,"reasons":[]}\n' % RELEASE.encode()
)


class WatchView:
    """Answers as lines. With `only_hits`, rows that carry nothing are left out."""

    def __init__(self, lang: Lang, *, only_hits: bool = False) -> None:
        self.lang = lang
        self.only_hits = only_hits

    def __call__(self, answers: Sequence[Answer]) -> bytes:
        """One line for each answer."""
        if self.only_hits:
            answers = [answer for answer in answers if answer[1] is not None]
        return b"".join(
            [_CLEAN % row if said is None else self._line(row, said) for row, said in answers]
        )

    def between(self, hits: Sequence[Answer], first: int, last: int) -> bytes:
        """The same for the rows from `first` to `last`, of which only the hits are given."""
        return b"".join(self._between(hits, first, last))

    def _between(self, hits: Sequence[Answer], first: int, last: int) -> Iterator[bytes]:
        for row, said in hits:
            if not self.only_hits:
                yield from map(_CLEAN.__mod__, range(first, row))
            if said is not None:
                yield self._line(row, said)
            first = row + 1
        if not self.only_hits:
            yield from map(_CLEAN.__mod__, range(first, last + 1))

    def _line(self, row: int, said: Decision | UnreadableInput) -> bytes:
        body = (
            decision_json(said, self.lang)
            if isinstance(said, Decision)
            else refused_json(row, said, self.lang)
        )
        return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)


def decision_json(said: Decision, lang: Lang) -> Json:
    """One decision; amounts are in minor units, `amount` is there only where one is to be held."""
    return {
        "row": said.row,
        **({"part": said.part} if said.part > 1 else {}),
        "decision": said.decision,
        **({"amount": said.amount} if said.decision == HOLD else {}),
        "traced": [{"theft_id": theft, "amount": amount} for theft, amount in said.traced],
        "leaving": said.leaving,
        "account": said.account.number,
        "to": said.to.number,
        "currency": said.to.currency,
        "method": said.method,
        "reasons": [
            {"code": g.code, "text": say(f"watch.{g.code}", lang, **g.values)} for g in said.grounds
        ],
    }


def refused_json(row: int, bad: UnreadableInput, lang: Lang) -> Json:
    """A row that was not taken: why, and what to do now."""
    from fanzha.present.money_json import refusal_text  # lazily: it pulls in the casebook

    values = dict(bad.values)
    where, value = str(values.pop("field", "")), str(values.pop("value", ""))
    refusal = Refusal(file="", row=row, field=where, value=value, code=bad.code, values=values)
    return {
        "row": row,
        "error": {
            "code": bad.code,
            "field": where,
            "value": value[:80],
            "reason": refusal_text("refusal", refusal, lang),
            "remedy": refusal_text("remedy", refusal, lang),
        },
    }
