"""What the centre's watch has hit, as the casebook keeps it, and who has seen to each hit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from fanzha.casebook import Casebook, Record
from fanzha.casebook.record import load_action
from fanzha.errors import NotAllowed, UnknownRecord
from fanzha.model.chain import Action, Fact
from fanzha.model.payment import Account
from fanzha.services.watch.rules import Ground

WATCH_HIT = "watch_hit"  # a fact: a payment that carries stolen money, seen while it was made
WATCH_ACK = "watch_ack"  # an action on it: a person has seen to it
SOURCE = "watch:"  # before the key of a hit, in the name that its record keeps for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Acked:
    """Who has seen to a hit, and when."""

    who: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHit:
    """A payment with stolen money of one case; amounts in minor units of the accounts' currency.

    `traced` is the money of this case in it by theft, `hold` what was advised to be held of that,
    `path` the accounts it went through, the victim's first. It is advice on a payment: whoever
    holds the account need not know whose money it is.
    """

    seq: int
    case_id: str
    booked_at: datetime
    recorded_at: datetime
    account: Account
    to: Account
    agents: tuple[str, str]  # the banks of the two
    amount: int
    traced: tuple[tuple[str, int], ...]
    method: str
    path: tuple[str, ...]
    decision: str
    hold: int
    leaving: bool
    grounds: tuple[Ground, ...]
    acked: Acked | None = None

    @property
    def carried(self) -> int:
        """How much of the payment is stolen money of this case."""
        return sum(amount for _, amount in self.traced)


def hit_fact(said: Mapping[str, Any], at: datetime) -> Fact:
    """A hit as a fact; its name holds the payment's row and hash, by which it is kept once."""
    payload = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    key = hit_key(said)
    return Fact(
        kind=WATCH_HIT,
        source=SOURCE + key,
        received_at=at,
        payload=payload,
        media_type="application/json",
        reliability="A2",
    )


def hit_key(said: Mapping[str, Any]) -> str:
    """The row and a hash of what was paid when from where to where."""
    fields = ("part", "booked_at", "debtor_account", "creditor_account", "amount", "currency")
    what = "|".join(str(said[name]) for name in fields)
    return f"{said['row']}-{hashlib.sha256(what.encode()).hexdigest()[:16]}"


def known_keys(casebook: Casebook, case_id: str) -> set[str]:
    """The keys of the hits that a case has already, erased ones too."""
    return {
        str(record.metadata["source"]).removeprefix(SOURCE)
        for record in casebook.case(case_id).facts
        if record.kind == WATCH_HIT
    }


class HitBook:
    """The hits of a casebook; only what was recorded since the last look is read."""

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook
        self._cases: dict[str, tuple[int, dict[int, WatchHit]]] = {}
        self._lock = Lock()

    def all(self, hidden: Collection[str] = ()) -> list[WatchHit]:
        """Every hit of cases that are not `hidden`, the newest first."""
        found: list[WatchHit] = []
        with self._lock:
            for case_id, tip in self._casebook.tips().items():
                if case_id not in hidden:
                    found += self._of(case_id, tip).values()
        return sorted(found, key=lambda hit: -hit.seq)

    def find(self, case_id: str, seq: int) -> WatchHit:
        """One hit; `UnknownRecord` where the case has no such hit."""
        with self._lock:
            tip = self._casebook.tips().get(case_id, 0)
            found = self._of(case_id, tip).get(seq) if tip else None
        if found is None:
            raise UnknownRecord("unknown_record", record=seq)
        return found

    def acknowledge(self, case_id: str, seq: int, who: str, now: datetime, note: str = "") -> None:
        """Record that a person has seen to a hit; `acked_already` the second time."""
        hit = self.find(case_id, seq)
        if hit.acked is not None:
            raise NotAllowed("acked_already", who=hit.acked.who)
        done = Action(kind=WATCH_ACK, on=_name(seq), who=who, at=now, legal_basis="", note=note)
        self._casebook.append(case_id, [done], now)

    def _of(self, case_id: str, tip: int) -> dict[int, WatchHit]:
        known, hits = self._cases.get(case_id, (0, {}))
        if known != tip:
            hits = self._read(case_id, hits)
            self._cases[case_id] = (tip, hits)
        return hits

    def _read(self, case_id: str, known: Mapping[int, WatchHit]) -> dict[int, WatchHit]:
        case = self._casebook.case(case_id)
        facts = [record for record in case.facts if record.kind == WATCH_HIT]
        if not facts:
            return {}
        acts = {r.seq: r for r in case.actions if r.kind in (WATCH_ACK, "erase")}
        erased = {str(r.metadata["on"]) for r in acts.values() if r.kind == "erase"}
        acked = dict(self._acked(r for r in acts.values() if r.kind == WATCH_ACK))
        found = {}
        for record in facts:
            if str(record.seq) in erased:
                continue
            hit = known.get(record.seq) or self._hit(case_id, record)
            if hit is not None:
                found[record.seq] = replace(hit, acked=acked.get(_name(record.seq)))
        return found

    def _acked(self, records: Iterator[Record]) -> Iterator[tuple[str, Acked]]:
        for record in records:
            payload = self._casebook.payload(record.seq)
            if payload is not None:
                done = load_action(payload)
                yield done.on, Acked(who=done.who, at=done.at, note=done.note)

    def _hit(self, case_id: str, record: Record) -> WatchHit | None:
        payload = self._casebook.payload(record.seq)
        if payload is None:
            return None
        said = json.loads(payload)
        currency = said["currency"]
        return WatchHit(
            seq=record.seq,
            case_id=case_id,
            booked_at=datetime.fromisoformat(said["booked_at"]),
            recorded_at=record.recorded_at,
            account=Account(said["debtor_account"], currency),
            to=Account(said["creditor_account"], currency),
            agents=(said["debtor_agent"], said["creditor_agent"]),
            amount=said["amount"],
            traced=tuple((theft, amount) for theft, amount in said["traced"]),
            method=said["method"],
            path=tuple(said["path"]),
            decision=said["decision"],
            hold=said["hold"],
            leaving=said["leaving"],
            grounds=tuple(Ground(code, values) for code, values in said["reasons"]),
        )


def _name(seq: int) -> str:
    return f"hit-{seq}"
