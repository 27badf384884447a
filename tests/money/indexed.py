"""Small ledgers as an index, cut into segments anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from fanzha.model.payment import Account, Payment
from fanzha.money.follow import Facts, micros
from fanzha.money.index import Index, Totals, build_segment
from fanzha.money.movements import Known


class Names:
    """Ids of accounts, as a ledger gives them."""

    def __init__(self, payments: Sequence[Payment], more: Iterable[Account] = ()) -> None:
        ends = [a for p in payments for a in (p.debtor, p.creditor)]
        self.accounts = list(dict.fromkeys([*ends, *more]))
        self.number = {account: i for i, account in enumerate(self.accounts)}

    def __len__(self) -> int:
        return len(self.accounts)

    def named(self, ids: Iterable[int]) -> list[Account]:
        return [self.accounts[i] for i in ids]

    def ids(self, wanted: Iterable[Account]) -> dict[Account, int]:
        return {a: self.number[a] for a in wanted if a in self.number}

    def numbered(self, numbers: Iterable[str]) -> dict[Account, int]:
        asked = set(numbers)
        return {a: i for a, i in self.number.items() if a.number in asked}


def index_of(ordered: Sequence[Payment], names: Names, cuts: Iterable[int] = ()) -> Index:
    """An index over payments in order, with a new segment at each cut."""
    totals = Totals.nothing()
    edges = sorted({0, len(ordered), *(c for c in cuts if 0 < c < len(ordered))})
    segments = []
    for start, stop in pairwise(edges):
        part = ordered[start:stop]
        ids = names.number
        segments.append(
            build_segment(
                start,
                np.array([micros(p.booked_at) for p in part], np.int64),
                np.array([ids[p.debtor] for p in part], np.int32),
                np.array([ids[p.creditor] for p in part], np.int32),
                np.array([p.amount for p in part], np.int64),
                totals,
            )
        )
    return Index(segments, len(names))


def facts_of(names: Names, known: Known) -> Facts:
    """What is known, by id."""
    stated = {names.number[a]: amount for a, amount in known.openings.items()}
    return Facts.of(len(names), stated, [i for a, i in names.number.items() if known.terminal(a)])
