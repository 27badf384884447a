"""Retention: what may no longer be kept leaves the ledger; balances stay right."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from fanzha.ledger.append import Append
from fanzha.ledger.rows import instant, micros
from fanzha.ledger.store import totals_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What left the ledger, and the instant before which nothing can be traced or added now."""

    payments: int
    segments: int
    before: datetime | None


def drop(path: Path | str, before: datetime) -> Dropped:
    """Drop every segment whose last payment lies before an instant; whole segments only.

    What each account had got and paid by then is carried on, so that balances and later traces
    stay right. A theft among dropped payments can no longer be traced, and money that such a theft
    had brought to an account counts as the account's own: trace first, then drop.
    The files leave the disk at the next append or drop.
    """
    with Append(path) as writer:
        old = writer.manifest
        gone = sum(1 for stretch in old.segments if stretch.ends < micros(before))
        rows = sum(stretch.rows for stretch in old.segments[:gone])
        if gone:
            ledger = writer.ledger
            totals = totals_after(ledger.segments[:gone], ledger.carried, len(ledger.accounts))
            touched = np.flatnonzero((totals.total_in != 0) | (totals.total_out != 0))
            carried = (totals.total_in, totals.total_out, totals.lowest)
            kept = np.stack([touched, *(array[touched] for array in carried)], axis=1)
            writer.swap(
                dataclasses.replace(
                    old,
                    segments=old.segments[gone:],
                    carried=writer.save_state(kept, len(kept)),
                    dropped_rows=old.dropped_rows + rows,
                    dropped_before=old.segments[gone - 1].ends + 1,
                )
            )
        limit = old.segments[gone - 1].ends + 1 if gone else old.dropped_before
    return Dropped(payments=rows, segments=gone, before=None if limit is None else instant(limit))
