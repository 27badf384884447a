"""Sessions, tokens and one-time links: secrets that stand for somebody for a while."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from fanzha.errors import UsageError
from fanzha.people.border import Store, instant, stamp
from fanzha.people.roles import PERMISSIONS
from fanzha.people.schema import links, sessions, tokens
from fanzha.people.secrets import digest, new_secret

IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)  # a shift, and a lunch break in it
SEEN_EVERY = timedelta(minutes=1)  # how exactly `seen_at` is kept
TOKEN_MARK = "fz_"  # so that leaked tokens are found by scanners
MOST_TOKEN_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser in which somebody is signed in, or half-way (`stage` is `code` or `enrol`)."""

    digest: str = field(repr=False)
    user_id: int
    csrf: str = field(repr=False)
    stage: str
    started_at: datetime
    seen_at: datetime
    address: str
    device: str


class Sessions:
    """Who is signed in where."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def start(
        self, user_id: int, stage: str, now: datetime, address: str = "", device: str = ""
    ) -> str:
        """A new session; gives the secret for its cookie, which is kept nowhere."""
        secret = new_secret()
        row = {
            "digest": digest(secret),
            "user_id": user_id,
            "csrf": new_secret(),
            "stage": stage,
            "started_at": stamp(now),
            "seen_at": stamp(now),
            "address": address[:60],
            "device": device[:200],
        }
        with self._store.write() as connection:
            connection.execute(insert(sessions), row)
        return secret

    def find(self, secret: str, now: datetime) -> Session | None:
        """The session of that cookie while it lasts; it ends after an idle hour or 12 in all."""
        kept = digest(secret)
        with self._store.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.digest == kept)).first()
        if row is None:
            return None
        session = _session(row._asdict())
        if now - session.seen_at > IDLE or now - session.started_at > LONGEST:
            self.end(kept)
            return None
        if now - session.seen_at > SEEN_EVERY:
            self._touch(kept, now)
        return session

    def advance(self, session: Session, stage: str, now: datetime) -> str:
        """The same browser one stage further, under a new secret; the old one is void."""
        self.end(session.digest)
        return self.start(session.user_id, stage, now, session.address, session.device)

    def of(self, user_id: int | None = None) -> list[Session]:
        """All sessions, or those of one user, newest first."""
        query = select(sessions).order_by(sessions.c.seen_at.desc())
        if user_id is not None:
            query = query.where(sessions.c.user_id == user_id)
        with self._store.read() as connection:
            return [_session(row._asdict()) for row in connection.execute(query)]

    def end(self, kept: str) -> None:
        """End one session by the digest of its secret."""
        with self._store.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == kept))

    def end_all(self, user_id: int, but: str = "") -> None:
        """End every session of a user, but perhaps one."""
        with self._store.write() as connection:
            mine = sessions.c.user_id == user_id
            connection.execute(delete(sessions).where(mine, sessions.c.digest != but))

    def _touch(self, kept: str, now: datetime) -> None:
        with self._store.write() as connection:
            here = sessions.c.digest == kept
            connection.execute(update(sessions).where(here).values(seen_at=stamp(now)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program may do in somebody's name; its secret was shown once."""

    token_id: int
    user_id: int
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked: bool


class Tokens:
    """The tokens of programs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self, user_id: int, label: str, scopes: Sequence[str], now: datetime, life: timedelta
    ) -> str:
        """A new token; gives the secret, which is kept nowhere."""
        if not scopes or any(scope not in PERMISSIONS for scope in scopes):
            raise UsageError("scope_unknown", known=", ".join(PERMISSIONS))
        if not label.strip():
            raise UsageError("name_missing")
        secret = TOKEN_MARK + new_secret()
        row = {
            "digest": digest(secret),
            "user_id": user_id,
            "label": label.strip()[:80],
            "scopes": json.dumps(list(scopes)),
            "created_at": stamp(now),
            "revoked_at": 0,
            "expires_at": stamp(now + min(life, MOST_TOKEN_LIFE)),
        }
        with self._store.write() as connection:
            connection.execute(insert(tokens), row)
        return secret

    def find(self, secret: str, now: datetime) -> Token | None:
        """The token in force with that secret."""
        with self._store.read() as connection:
            here = tokens.c.digest == digest(secret)
            row = connection.execute(select(tokens).where(here)).first()
        token = _token(row._asdict()) if row else None
        return token if token and not token.revoked and now < token.expires_at else None

    def all(self) -> list[Token]:
        """Every token ever made, newest first."""
        with self._store.read() as connection:
            rows = connection.execute(select(tokens).order_by(tokens.c.token_id.desc()))
            return [_token(row._asdict()) for row in rows]

    def revoke(self, token_id: int, now: datetime) -> None:
        """Make a token void at once."""
        with self._store.write() as connection:
            here = tokens.c.token_id == token_id
            connection.execute(update(tokens).where(here).values(revoked_at=stamp(now)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that opens something until it ends: a first start, an invitation, a victim's page.

    `about` says what it opens; `ended` that it was used up or revoked.
    """

    link_id: int
    kind: str
    about: Mapping[str, Any] = field(repr=False)
    made_by: str
    created_at: datetime
    expires_at: datetime
    ended: bool


class Links:
    """One-time links and links to victims' pages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(
        self,
        kind: str,
        about: Mapping[str, Any],
        made_by: str,
        now: datetime,
        life: timedelta,
    ) -> str:
        """A new link; gives its secret, which is kept nowhere."""
        secret = new_secret()
        row = {
            "digest": digest(secret),
            "kind": kind,
            "about": json.dumps(dict(about)),
            "made_by": made_by,
            "created_at": stamp(now),
            "ended_at": 0,
            "expires_at": stamp(now + life),
        }
        with self._store.write() as connection:
            connection.execute(insert(links), row)
        return secret

    def find(self, secret: str, kinds: Sequence[str], now: datetime) -> Link | None:
        """The link in force with that secret, if it is of one of these kinds."""
        with self._store.read() as connection:
            here = links.c.digest == digest(secret)
            row = connection.execute(select(links).where(here)).first()
        link = _link(row._asdict()) if row else None
        good = link and link.kind in kinds and not link.ended and now < link.expires_at
        return link if good else None

    def of(self, kind: str) -> list[Link]:
        """Every link of a kind, newest first."""
        query = select(links).where(links.c.kind == kind).order_by(links.c.link_id.desc())
        with self._store.read() as connection:
            return [_link(row._asdict()) for row in connection.execute(query)]

    def end(self, link_id: int, now: datetime) -> bool:
        """Use up or revoke a link; False where it had ended before."""
        with self._store.write() as connection:
            here = (links.c.link_id == link_id) & (links.c.ended_at == 0)
            done = connection.execute(update(links).where(here).values(ended_at=stamp(now)))
            return done.rowcount == 1

    def end_kind(self, kind: str, now: datetime) -> None:
        """Revoke every link of a kind that is in force."""
        with self._store.write() as connection:
            here = (links.c.kind == kind) & (links.c.ended_at == 0)
            connection.execute(update(links).where(here).values(ended_at=stamp(now)))


def _session(row: dict[str, Any]) -> Session:
    started_at, seen_at = instant(row.pop("started_at")), instant(row.pop("seen_at"))
    return Session(started_at=started_at, seen_at=seen_at, **row)


def _token(row: dict[str, Any]) -> Token:
    return Token(
        token_id=row["token_id"],
        user_id=row["user_id"],
        label=row["label"],
        scopes=tuple(json.loads(row["scopes"])),
        created_at=instant(row["created_at"]),
        expires_at=instant(row["expires_at"]),
        revoked=bool(row["revoked_at"]),
    )


def _link(row: dict[str, Any]) -> Link:
    return Link(
        link_id=row["link_id"],
        kind=row["kind"],
        about=json.loads(row["about"]),
        made_by=row["made_by"],
        created_at=instant(row["created_at"]),
        expires_at=instant(row["expires_at"]),
        ended=bool(row["ended_at"]),
    )
