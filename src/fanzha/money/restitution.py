"""The restitution ledger: where every unit of held money is, from hold to payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from fanzha.errors import NotAllowed, UsageError
from fanzha.model.payment import Account

# The boxes that money of a held account can lie in. OUTSIDE is where it came from, so that every
# entry adds up to nothing, as in any double-entry book; only it can be below zero.
OUTSIDE, POOL, DUE, ASIDE = "outside", "pool", "due", "set_aside"
RELEASED, PAID = "released", "paid"
HELD_BOXES = (POOL, DUE, ASIDE, RELEASED, PAID)

KINDS = (
    "held",  # money was secured for return: outside → pool
    "allotted",  # a person chose a rule, and the split gave shares: pool → due
    "noticed",  # the public notice began; nothing is paid before it has ended
    "objected",  # somebody disputes a share; the money follows in the next entry
    "set_aside",  # due → set aside, until a person decides the objection
    "dismissed",  # the objection failed: set aside → due
    "released",  # let go, wholly or in part: set aside or pool → released
    "paid",  # due → paid, with the hash of the proof
    "late_claim",  # a victim came forward after the split; nothing is paid until it is reopened
    "reopened",  # what is not paid goes back for a new split: due → pool
    "lapsed",  # nobody collected a share: due → pool
)


class Leg(NamedTuple):
    """An amount that enters (or, below zero, leaves) a box of a held account.

    `theft_id` is empty where the money is nobody's yet.
    """

    account: Account
    box: str
    theft_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: what was done, by whom, when, and on what legal basis.

    `until` is the end of a public notice, `proof` the SHA-256 of what proves a payment, `rule` and
    `method` those of the split that was chosen, `theft_id` whom an entry is about where its legs
    do not say so.
    """

    kind: str
    who: str
    at: datetime
    basis: str
    legs: tuple[Leg, ...] = ()
    theft_id: str = ""
    until: datetime | None = None
    proof: str = ""
    rule: str = ""
    method: str = ""
    note: str = ""

    @property
    def amount(self) -> int:
        """What the entry moves."""
        return sum(leg.amount for leg in self.legs if leg.amount > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of held money, of one account or of one victim's share.

    held = paid + released + set aside + undistributed, always; `allotted` is the part of the
    undistributed that is somebody's share already. Do not read `allotted` as paid: returned money
    is `paid` alone.
    """

    held: int = 0
    paid: int = 0
    released: int = 0
    set_aside: int = 0
    undistributed: int = 0
    allotted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger of a case at its last entry; made by `replay`, never edited.

    `late` are victims who came forward after the split, `notice_until` is None while no notice of
    the present split has begun, `rule` is empty while no split was chosen.
    """

    entries: tuple[Entry, ...] = ()
    boxes: Mapping[tuple[Account, str, str], int] = field(default_factory=dict, repr=False)
    rule: str = ""
    method: str = ""
    notice_until: datetime | None = None
    late: frozenset[str] = frozenset()

    def box(self, name: str, account: Account | None = None) -> dict[tuple[Account, str], int]:
        """What lies in one kind of box, by account and theft (of one account, or of all)."""
        return {
            (a, theft_id): amount
            for (a, box, theft_id), amount in self.boxes.items()
            if box == name and amount and account in (None, a)
        }

    def by_account(self) -> dict[Account, Tally]:
        """What became of the money of each held account."""
        found: dict[Account, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (account, box, _), amount in self.boxes.items():
            found[account][box] += amount
        return {account: _tally(sums) for account, sums in found.items()}

    def by_theft(self) -> dict[str, Tally]:
        """What became of each victim's share, over all accounts; `held` is the share itself."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for (_, box, theft_id), amount in self.boxes.items():
            if theft_id:
                found[theft_id][box] += amount
        return {theft_id: _tally(sums) for theft_id, sums in found.items()}


def replay(entries: Iterable[Entry], books: Books | None = None) -> Books:
    """The books after these entries (after `books`, where there are some already).

    Raises `UsageError` for an entry that does not add up or takes more from a box than is in it:
    such a ledger was not written by us. Raises `NotAllowed` for an entry before the last one.
    """
    books = books or Books()
    boxes = defaultdict(int, books.boxes)
    kept = list(books.entries)
    rule, method, until, late = books.rule, books.method, books.notice_until, set(books.late)
    for entry in entries:
        if kept and entry.at < kept[-1].at:
            raise NotAllowed("restitution_before_last", kind=entry.kind)
        _apply(boxes, entry)
        kept.append(entry)
        if entry.kind == "allotted":
            rule, method, until, late = entry.rule, entry.method, None, set()
        elif entry.kind == "noticed":
            until = entry.until
        elif entry.kind == "late_claim":
            late.add(entry.theft_id)
    return Books(
        entries=tuple(kept),
        boxes={place: amount for place, amount in boxes.items() if amount},
        rule=rule,
        method=method,
        notice_until=until,
        late=frozenset(late),
    )


def _apply(boxes: dict[tuple[Account, str, str], int], entry: Entry) -> None:
    sums: dict[Account, int] = defaultdict(int)
    for leg in entry.legs:
        place = (leg.account, leg.box, leg.theft_id)
        boxes[place] += leg.amount
        sums[leg.account] += leg.amount
    wrong = [leg for leg in _touched(entry) if boxes[leg.account, leg.box, leg.theft_id] < 0]
    if entry.kind not in KINDS or wrong or any(sums.values()):
        raise UsageError("restitution_unbalanced", kind=entry.kind)


def _touched(entry: Entry) -> Iterator[Leg]:
    return (leg for leg in entry.legs if leg.box != OUTSIDE)


def _tally(found: Mapping[str, int]) -> Tally:
    kept = {box: found.get(box, 0) for box in HELD_BOXES}
    return Tally(
        held=sum(kept.values()),
        paid=kept[PAID],
        released=kept[RELEASED],
        set_aside=kept[ASIDE],
        undistributed=kept[POOL] + kept[DUE],
        allotted=kept[DUE],
    )
