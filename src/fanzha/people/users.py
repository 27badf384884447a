"""Users: who may sign in, how they prove who they are, and when they must wait."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from fanzha.errors import UnknownRecord, UsageError
from fanzha.people.border import Store, instant, stamp
from fanzha.people.roles import granted, roles
from fanzha.people.schema import sessions, users
from fanzha.people.secrets import (
    digest,
    hash_password,
    new_totp,
    password_fits,
    recovery_codes,
    totp_step,
)

FREE_FAILURES = 4  # a person mistypes; the fifth failure in a row begins to cost time
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)  # doubled at each failure
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in. Names are of staff, never of people in cases."""

    user_id: int
    login: str
    name: str
    email: str = field(repr=False)
    roles: tuple[str, ...]
    has_password: bool
    has_totp: bool
    recovery_left: int
    locked_until: datetime | None
    closed: bool

    @property
    def permissions(self) -> frozenset[str]:
        """What the roles of this person permit together."""
        return granted(self.roles)


class Users:
    """The users in people.db."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, login: str, name: str, roles_: Sequence[str], now: datetime, email: str = ""
    ) -> User:
        """A new user without a password: they set one through a one-time link."""
        wanted = login.strip().lower()
        if not _LOGIN.fullmatch(wanted):
            raise UsageError("login_unfit", value=login[:40])
        _known_roles(roles_)
        if not name.strip():
            raise UsageError("name_missing")
        row = {
            "login": wanted,
            "name": name.strip()[:80],
            "email": email.strip().lower(),
            "roles": json.dumps(list(roles_)),
            "password": "",
            "totp": "",
            "totp_step": 0,
            "recovery": "[]",
            "subject": "",
            "failures": 0,
            "locked_until": 0,
            "closed": 0,
            "created_at": stamp(now),
        }
        with self._store.write() as connection:
            if connection.scalar(select(users.c.user_id).where(users.c.login == wanted)):
                raise UsageError("login_taken", value=wanted)
            connection.execute(insert(users), row)
        found = self.by_login(wanted)
        assert found is not None
        return found

    def all(self) -> list[User]:
        """Everybody, by login."""
        with self._store.read() as connection:
            rows = connection.execute(select(users).order_by(users.c.login))
            return [_user(row._asdict()) for row in rows]

    def by_login(self, login: str) -> User | None:
        """The user with that login, if any."""
        row = self._row(users.c.login == login.strip().lower())
        return _user(row) if row else None

    def by_id(self, user_id: int) -> User:
        """The user with that number; `UnknownRecord` where there is none."""
        row = self._row(users.c.user_id == user_id)
        if row is None:
            raise UnknownRecord("unknown_user", value=user_id)
        return _user(row)

    def set_roles(self, user_id: int, roles_: Sequence[str]) -> None:
        """Give exactly these roles. The last administrator cannot be taken away."""
        _known_roles(roles_)
        if "administrator" not in roles_:
            self._not_last(user_id)
        self._change(user_id, roles=json.dumps(list(roles_)))

    def set_email(self, user_id: int, email: str) -> None:
        """The address by which a provider knows this person; a binding made before is undone."""
        self._change(user_id, email=email.strip().lower(), subject="")

    def set_closed(self, user_id: int, closed: bool) -> None:
        """Close the account (its sessions end) or open it again."""
        if closed:
            self._not_last(user_id)
        self._change(user_id, closed=int(closed))
        if closed:
            with self._store.write() as connection:
                connection.execute(sessions.delete().where(sessions.c.user_id == user_id))

    def set_password(self, user_id: int, password: str) -> None:
        """A new password; every failure before it is forgotten."""
        kept = hash_password(password, self.by_id(user_id).login)
        self._change(user_id, password=kept, failures=0, locked_until=0)

    def password_is(self, user: User, password: str) -> bool:
        """Whether this is the user's password, for a change of it."""
        row = self._row(users.c.user_id == user.user_id)
        return password_fits(password, row["password"] if row else "")

    def start_totp(self, user_id: int) -> tuple[str, list[str]]:
        """A fresh secret and recovery codes to show once; nothing is kept before `keep_totp`."""
        self.by_id(user_id)
        return new_totp(), recovery_codes()

    def keep_totp(
        self, user_id: int, secret: str, codes: Sequence[str], code: str, now: datetime
    ) -> bool:
        """Keep the secret once the phone shows the right code for it."""
        step = totp_step(secret, code, now, 0)
        if step is None:
            return False
        kept = json.dumps([digest(c) for c in codes])
        self._change(user_id, totp=secret, totp_step=step, recovery=kept)
        return True

    def drop_totp(self, user_id: int) -> None:
        """Forget the phone, so that another is enrolled at the next sign-in."""
        self._change(user_id, totp="", totp_step=0, recovery="[]")

    def try_password(self, login: str, password: str, now: datetime) -> User:
        """The user whose login and password these are.

        Raises `UsageError`: `signin_wrong`, the same whether login or password is wrong, or
        `signin_locked` with the instant from which to try again.
        """
        row = self._row(users.c.login == login.strip().lower())
        if row and row["locked_until"] > stamp(now):
            raise UsageError("signin_locked", until=instant(row["locked_until"]))
        fits = password_fits(password, row["password"] if row else "")
        if row is None or row["closed"] or not fits:
            if row:
                self._failed(row, now)
            raise UsageError("signin_wrong")
        return _user(row)

    def try_code(self, user_id: int, code: str, now: datetime) -> None:
        """Accept a phone code or a recovery code, each once; failures count as for passwords."""
        with self._store.write() as connection:
            found = connection.execute(select(users).where(users.c.user_id == user_id)).one()
            row = found._asdict()
            if row["locked_until"] > stamp(now):
                raise UsageError("signin_locked", until=instant(row["locked_until"]))
            step = totp_step(row["totp"], code, now, row["totp_step"]) if row["totp"] else None
            left = json.loads(row["recovery"])
            spent = digest("".join(code.split()).lower())
            if step is not None or spent in left:
                kept = [c for c in left if c != spent]
                values = {"recovery": json.dumps(kept), "failures": 0, "locked_until": 0}
                if step is not None:
                    values["totp_step"] = step
                here = users.c.user_id == user_id
                connection.execute(update(users).where(here).values(**values))
                return
        self._failed(row, now)
        raise UsageError("code_wrong")

    def signed_in(self, user_id: int) -> None:
        """A sign-in that went through ends a row of failures."""
        self._change(user_id, failures=0, locked_until=0)

    def by_subject(self, subject: str, email: str) -> User | None:
        """Who a provider says this is: bound before, or by a verified address that is ours.

        The first sign-in binds the address's user to the provider's subject for good.
        """
        row = self._row(users.c.subject == subject) if subject else None
        if row is None and email:
            row = self._row((users.c.email == email.strip().lower()) & (users.c.subject == ""))
            if row:
                self._change(row["user_id"], subject=subject)
        return _user(row) if row and not row["closed"] else None

    def _failed(self, row: dict[str, Any], now: datetime) -> None:
        count = row["failures"] + 1
        until = 0
        if count > FREE_FAILURES:
            wait = min(FIRST_WAIT * 2 ** min(count - FREE_FAILURES - 1, 10), LONGEST_WAIT)
            until = stamp(now + wait)
        self._change(row["user_id"], failures=count, locked_until=until)

    def _not_last(self, user_id: int) -> None:
        others = [u for u in self.all() if "administrator" in u.roles and not u.closed]
        if [u.user_id for u in others] == [user_id]:
            raise UsageError("last_administrator")

    def _change(self, user_id: int, **values: object) -> None:
        with self._store.write() as connection:
            connection.execute(update(users).where(users.c.user_id == user_id).values(**values))

    def _row(self, where: Any) -> dict[str, Any] | None:
        with self._store.read() as connection:
            row = connection.execute(select(users).where(where)).first()
        return row._asdict() if row else None


def _known_roles(wanted: Sequence[str]) -> None:
    if not wanted or any(code not in roles() for code in wanted):
        raise UsageError("role_unknown", value=", ".join(wanted), known=", ".join(roles()))


def _user(row: dict[str, Any]) -> User:
    return User(
        user_id=row["user_id"],
        login=row["login"],
        name=row["name"],
        email=row["email"],
        roles=tuple(json.loads(row["roles"])),
        has_password=bool(row["password"]),
        has_totp=bool(row["totp"]),
        recovery_left=len(json.loads(row["recovery"])),
        locked_until=instant(row["locked_until"]) if row["locked_until"] else None,
        closed=bool(row["closed"]),
    )
