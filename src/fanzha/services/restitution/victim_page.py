"""Use case: a victim's own page, behind a link that ends: what became of their money, no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.casebook import Casebook
from fanzha.errors import UsageError
from fanzha.model.chain import Action
from fanzha.model.payment import Account
from fanzha.money.hold_state import standing
from fanzha.people import Link
from fanzha.services.centre import CASEBOOK_FILE, Centre
from fanzha.services.contents import HOLD
from fanzha.services.recorded import RecordedHold, recorded_holds
from fanzha.services.restitution import Desk
from fanzha.services.restitution.victim_statement import OwnPart, VictimStatement, victim_statement

LINK_KIND = "victim"
MOST_DAYS = 180
FATES = ("returned", "held", "asked", "in_reach", "gone", "disputed")
_FATE_OF = {
    **dict.fromkeys(("active", "frozen", "partial_release"), "held"),
    **dict.fromkeys(("sent", "ack"), "asked"),
}


@dataclass(frozen=True, slots=True)
class Hop:
    """The victim's own money in one account, which is not named: it is somebody else's."""

    amount: int
    fate: str  # held, asked, in_reach, gone
    seen: bool  # false: it arrived there, and no statement shows what came of it
    set_aside: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimPage:
    """What the page shows. Returned, held and asked for are three numbers and never one."""

    statement: VictimStatement
    hops: tuple[Hop, ...]
    expires_at: datetime

    def total(self, fate: str) -> int:
        """How much of the stolen money that is, in minor units."""
        if fate == "disputed":
            return self.statement.disputed
        if fate == "returned":
            return sum(hop.returned for hop in self.hops)
        return sum(hop.amount for hop in self.hops if hop.fate == fate)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """For which theft of which case, who gives it, on what basis and for how many days."""

    case_id: str
    theft_id: str
    who: str
    basis: str
    days: int
    now: datetime


def make_victim_link(centre: Centre, request: LinkRequest) -> str:
    """The secret of a new link to one victim's page, which is kept nowhere.

    That it was given is recorded in the casebook. Raises `UnknownRecord` where the case has no
    such theft, `UsageError` (`victim_days`, `basis_missing`).
    """
    if not 1 <= request.days <= MOST_DAYS:
        raise UsageError("victim_days", most=MOST_DAYS)
    if not request.basis.strip():
        raise UsageError("basis_missing")
    _statement(centre, request.case_id, request.theft_id, request.now)
    life = timedelta(days=request.days)
    given = Action(
        kind="share",
        on=request.theft_id,
        who=request.who,
        at=request.now,
        legal_basis=request.basis,
        expires_at=request.now + life,
        note="victim_page",
    )
    centre.casebook.append(request.case_id, [given], request.now)
    about = {"case_id": request.case_id, "theft_id": request.theft_id}
    return centre.people.links.make(LINK_KIND, about, request.who, request.now, life)


def victim_links(centre: Centre, case_id: str) -> list[Link]:
    """The links that were given for a case, newest first."""
    return [link for link in centre.people.links.of(LINK_KIND) if link.about["case_id"] == case_id]


def victim_page(centre: Centre, secret: str, now: datetime) -> VictimPage | None:
    """The page behind a link, from what is recorded now; None once the link has ended."""
    link = centre.people.links.find(secret, (LINK_KIND,), now)
    if link is None:
        return None
    case_id = link.about["case_id"]
    said = _statement(centre, case_id, link.about["theft_id"], now)
    holds = {h.account: h for h in recorded_holds(centre.casebook, case_id)}
    fates = {a: _fate(centre.casebook, case_id, hold, now) for a, hold in holds.items()}
    hops = tuple(_hop(part, fates, holds) for part in said.parts)
    return VictimPage(statement=said, hops=hops, expires_at=link.expires_at)


def _statement(centre: Centre, case_id: str, theft_id: str, now: datetime) -> VictimStatement:
    desk = Desk(case=case_id, now=now, casebook=centre.folder / CASEBOOK_FILE)
    return victim_statement(desk, theft_id, centre.tz.key)


def _fate(casebook: Casebook, case_id: str, hold: RecordedHold, now: datetime) -> tuple[str, int]:
    """What a hold's state means to a victim, and how much it holds or asks for."""
    history = casebook.actions_on(case_id, hold.hold_id, HOLD)
    stands = standing(history, now)
    amount = history[-1].amount if history else None
    return _FATE_OF.get(stands.state, "in_reach"), hold.cap if amount is None else amount


def _hop(
    part: OwnPart,
    fates: Mapping[Account, tuple[str, int]],
    holds: Mapping[Account, RecordedHold],
) -> Hop:
    """A part of a shared hold is the victim's in proportion, rounded down: nothing is promised."""
    left = max(0, part.traced - part.paid)
    fate, ordered = fates.get(part.account, ("in_reach", 0))
    if part.state == "terminal":
        fate = "gone"
    elif fate in ("held", "asked") and ordered < (traced := holds[part.account].traced):
        left = left * ordered // traced
    return Hop(left, fate, part.state != "last_seen", part.set_aside, part.paid)
