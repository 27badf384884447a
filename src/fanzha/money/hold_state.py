"""The life of one hold: which step is allowed from where, and which clock runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.errors import NotAllowed
from fanzha.model.chain import Action
from fanzha.model.vocabulary import entry, vocabulary

IN_FORCE = ("active", "frozen", "partial_release")  # money is held; in all other states it is not
WAITING = frozenset({"drafted", "fields_ok", "sent", "ack", "rejected"})  # asked for, not there
FIRST = "drafted"  # where every hold of a plan begins; only people move it on


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a hold stands at an instant.

    `alert` is `expiring` within the warning time before `expires_at`, else empty. A hold whose
    time has run out stands as `expired` although nobody entered that: it never renews by itself.
    """

    state: str
    since: datetime | None
    expires_at: datetime | None
    alert: str
    next: tuple[str, ...]


def standing(history: Sequence[Action], now: datetime) -> Standing:
    """Where a hold with this history (oldest first) stands at `now`.

    >>> standing((), datetime.max).next
    ('drafted', 'fields_ok')
    """
    if not history:
        following = (FIRST, *entry("hold_state", FIRST).next)
        return Standing(state=FIRST, since=None, expires_at=None, alert="", next=following)
    last = history[-1]
    state = entry("hold_state", last.state)
    expires_at = last.expires_at
    if expires_at is not None and now >= expires_at:
        return Standing(state="expired", since=expires_at, expires_at=expires_at, alert="", next=())
    warn = timedelta(seconds=state.warn_before_seconds or 0)
    expiring = expires_at is not None and now >= expires_at - warn
    return Standing(
        state=last.state,
        since=last.at,
        expires_at=expires_at,
        alert="expiring" if expiring else "",
        next=state.next,
    )


def advance(history: Sequence[Action], step: Action) -> Action:
    """The step as it is to be recorded, with its expiry; `NotAllowed` says why it is not allowed.

    A step needs who, a legal basis where the state asks for one, and a state that may follow. A
    stop payment lasts 48 hours and is entered at most twice; a freeze takes the date in its order.
    """
    if step.state not in vocabulary("hold_state"):
        known = ", ".join(vocabulary("hold_state"))
        raise NotAllowed("hold_state_unknown", state=step.state, known=known)
    target = entry("hold_state", step.state)
    now = standing(history, step.at)
    if step.state not in now.next:
        options = ", ".join(now.next) or "-"
        raise NotAllowed("hold_step_refused", state=now.state, wanted=step.state, next=options)
    if not step.who.strip() or (target.needs_basis and not step.legal_basis.strip()):
        raise NotAllowed("hold_needs_basis", state=step.state)
    if history and step.at < history[-1].at:
        raise NotAllowed("hold_before_last", state=step.state)
    entered = sum(a.state == step.state for a in history)
    if target.max_times is not None and entered >= target.max_times:
        raise NotAllowed("hold_too_often", state=step.state, times=target.max_times)
    return _with_expiry(step, target.expiry, target.expires_after_seconds, now.expires_at)


def _with_expiry(step: Action, expiry: str, seconds: int | None, before: datetime | None) -> Action:
    if expiry == "fresh" and seconds is not None:
        return dataclasses.replace(step, expires_at=step.at + timedelta(seconds=seconds))
    if expiry == "kept":
        return dataclasses.replace(step, expires_at=before)
    if expiry == "ordered":
        return step
    return dataclasses.replace(step, expires_at=None)
