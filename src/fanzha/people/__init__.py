"""Floor 3: who works at the centre, what they may do, and who saw whose data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fanzha.people.access import Access, Preferences, Seen
from fanzha.people.border import Store
from fanzha.people.roles import PERMISSIONS, granted, role_label, roles
from fanzha.people.sessions import Link, Links, Session, Sessions, Token, Tokens
from fanzha.people.users import User, Users

__all__ = [
    "PERMISSIONS",
    "Link",
    "People",
    "Seen",
    "Session",
    "Token",
    "User",
    "granted",
    "open_people",
    "role_label",
    "roles",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The open people.db, by concern; several processes may use one file."""

    users: Users
    sessions: Sessions
    tokens: Tokens
    links: Links
    access: Access
    preferences: Preferences
    store: Store

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()


def open_people(path: str | Path) -> People:
    """Open people.db at `path`, made where there is none, readable by its owner alone."""
    store = Store(Path(path))
    try:
        store.lay_out()
    except BaseException:
        store.close()
        raise
    return People(
        users=Users(store),
        sessions=Sessions(store),
        tokens=Tokens(store),
        links=Links(store),
        access=Access(store),
        preferences=Preferences(store),
        store=store,
    )
