"""Who works at the example centre: one person for each role, invited by one-time links."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from fanzha.people import User
from fanzha.services.centre import Centre

STAFF = (
    ("op.wang", "王示例", "operator"),
    ("an.zhao", "赵示例", "analyst"),
    ("inv.sun", "孙示例", "investigator"),
    ("li.lin", "林示例", "liaison"),
    ("au.zhou", "周示例", "auditor"),
    ("admin", "管理员示例", "administrator"),
)
LIFE = timedelta(days=1)


def invite(centre: Centre, now: datetime) -> Iterator[tuple[User, str]]:
    """Add everybody; gives each with the secret of the link by which they set a password.

    A phone is optional here, so that an example opens at once; a real centre requires one.
    """
    centre.people.preferences.set("second_step", "optional")
    for login, name, role in STAFF:
        user = centre.people.users.add(login, name, [role], now)
        about = {"user_id": user.user_id}
        yield user, centre.people.links.make("join", about, "serve", now, LIFE)
