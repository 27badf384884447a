"""Who may see which case, and who did: the access log that nobody can edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from fanzha.people.border import Store, instant, stamp
from fanzha.people.schema import access, access_cases, access_sets, case_people, settings, users

MOST_ROWS = 500  # of the log on one page


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody opened a page that shows a case."""

    at: datetime
    who: str
    what: str
    case_id: str


class Access:
    """Cases that only named people may see, and the log of who saw what."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def saw(self, who: str, what: str, case_ids: Iterable[str], now: datetime) -> None:
        """Write down that somebody saw these cases on a page; on disk before the page is."""
        cases = sorted(set(case_ids))
        if cases:
            with self._store.write() as connection:
                row = {
                    "at": stamp(now),
                    "who": who,
                    "what": what,
                    "shown": _shown(connection, cases),
                }
                connection.execute(insert(access), row)

    def log(
        self, case_ids: Sequence[str] | None = None, who: str = "", skip: int = 0
    ) -> list[Seen]:
        """The newest rows of the log: all, of these cases, or of one person of the staff.

        `skip` so many of them for those that are older.
        """
        here = access.c.shown == access_cases.c.shown
        columns = (access.c.at, access.c.who, access.c.what, access_cases.c.case_id)
        query = select(*columns).join_from(access, access_cases, here)
        query = (
            query.order_by(access.c.seq.desc(), access_cases.c.case_id)
            .limit(MOST_ROWS)
            .offset(skip)
        )
        if case_ids is not None:
            query = query.where(access_cases.c.case_id.in_(case_ids))
        if who:
            query = query.where(access.c.who == who)
        with self._store.read() as connection:
            rows = connection.execute(query)
            return [Seen(instant(r.at), r.who, r.what, r.case_id) for r in rows]

    def restrict(self, case_id: str, user_ids: Sequence[int]) -> None:
        """Let only these users see the case; nobody named: everybody whose role permits it."""
        with self._store.write() as connection:
            connection.execute(delete(case_people).where(case_people.c.case_id == case_id))
            if user_ids:
                rows = [{"case_id": case_id, "user_id": u} for u in dict.fromkeys(user_ids)]
                connection.execute(insert(case_people), rows)

    def restricted(self) -> dict[str, list[str]]:
        """The restricted cases and the logins that may see each."""
        query = select(case_people.c.case_id, users.c.login).join(users).order_by(users.c.login)
        found: dict[str, list[str]] = {}
        with self._store.read() as connection:
            for case_id, login in connection.execute(query):
                found.setdefault(case_id, []).append(login)
        return found

    def hidden(self, user_id: int) -> frozenset[str]:
        """The cases that this user may not see although the role permits seeing cases."""
        with self._store.read() as connection:
            rows = connection.execute(select(case_people.c.case_id, case_people.c.user_id))
            named = [(case_id, user) for case_id, user in rows]
        mine = {case_id for case_id, user in named if user == user_id}
        return frozenset(case_id for case_id, _ in named if case_id not in mine)


def _shown(connection: Connection, cases: Sequence[str]) -> int:
    """The number of this set of cases, kept at its first showing."""
    mark = sha256("\n".join(cases).encode()).hexdigest()
    known = select(access_sets.c.shown).where(access_sets.c.digest == mark)
    shown: int | None = connection.scalar(known)
    if shown is None:
        connection.execute(insert(access_sets), {"digest": mark})
        shown = connection.scalars(known).one()
        rows = [{"case_id": case_id, "shown": shown} for case_id in cases]
        connection.execute(insert(access_cases), rows)
    return shown


class Preferences:
    """What an administrator set for the whole centre; read once, for every page asks for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, str] | None = None

    def get(self, key: str, default: str = "") -> str:
        """The value set, or the default."""
        if self._known is None:
            with self._store.read() as connection:
                rows = connection.execute(select(settings.c.key, settings.c.value))
                self._known = {row.key: row.value for row in rows}
        return self._known.get(key, default)

    def set(self, key: str, value: str) -> None:
        """Set a value; another process on the same file sees it after its next start."""
        with self._store.write() as connection:
            connection.execute(delete(settings).where(settings.c.key == key))
            connection.execute(insert(settings), {"key": key, "value": value})
        self._known = None
