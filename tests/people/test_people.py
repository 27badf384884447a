"""Who may sign in, for how long, and what the access log remembers."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.errors import UsageError
from fanzha.people import People, User, granted, open_people, roles
from fanzha.people.secrets import STEP_SECONDS, new_totp, totp_code, totp_step
from fanzha.people.sessions import IDLE, LONGEST
from fanzha.people.users import FREE_FAILURES

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    opened = open_people(tmp_path / "people.db")
    yield opened
    opened.close()


@pytest.fixture
def li(people: People) -> User:
    return people.users.add("Li.Na", "Li Na", ["analyst"], NOW, "li@centre.example")


def refusal(error: pytest.ExceptionInfo[UsageError]) -> str:
    return error.value.code


def test_the_file_is_for_its_owner_alone(people: People, tmp_path: Path) -> None:
    assert people.users.all() == []
    assert stat.S_IMODE((tmp_path / "people.db").stat().st_mode) == 0o600


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(UsageError) as error:
        open_people(other)
    assert refusal(error) == "people_unusable"


def test_a_user_is_known_by_login_and_masked(people: People, li: User) -> None:
    assert people.users.by_login(" LI.NA ") == li
    assert "centre.example" not in repr(li)
    for login, code in (("li.na", "login_taken"), ("Li Na", "login_unfit"), ("x", "login_unfit")):
        with pytest.raises(UsageError) as error:
            people.users.add(login, "X", ["analyst"], NOW)
        assert refusal(error) == code
    with pytest.raises(UsageError) as error:
        people.users.add("other", "X", ["king"], NOW)
    assert refusal(error) == "role_unknown"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x" * 300, "password_long"),
        ("aaaaaaaaaaaaaaaa", "password_guessable"),
        ("my li.na password", "password_guessable"),
    ],
)
def test_a_weak_password_is_refused(people: People, li: User, password: str, code: str) -> None:
    with pytest.raises(UsageError) as error:
        people.users.set_password(li.user_id, password)
    assert refusal(error) == code


def test_failures_cost_time_and_a_right_password_is_refused_meanwhile(
    people: People, li: User
) -> None:
    people.users.set_password(li.user_id, PASSWORD)
    for _ in range(FREE_FAILURES + 1):
        with pytest.raises(UsageError) as error:
            people.users.try_password("li.na", "wrong wrong wrong", NOW)
        assert refusal(error) == "signin_wrong"
    with pytest.raises(UsageError) as error:
        people.users.try_password("li.na", PASSWORD, NOW)
    assert refusal(error) == "signin_locked"
    assert error.value.values["until"] == NOW + MINUTE
    assert people.users.try_password("li.na", PASSWORD, NOW + MINUTE).login == "li.na"
    with pytest.raises(UsageError):
        people.users.try_password("li.na", "wrong wrong wrong", NOW + MINUTE)
    with pytest.raises(UsageError) as error:
        people.users.try_password("li.na", PASSWORD, NOW + 2 * MINUTE)
    assert error.value.values["until"] == NOW + 3 * MINUTE  # the wait doubles


def test_an_unknown_or_closed_user_is_told_nothing_else(people: People, li: User) -> None:
    people.users.set_password(li.user_id, PASSWORD)
    people.users.set_closed(li.user_id, True)
    for login in ("li.na", "nobody"):
        with pytest.raises(UsageError) as error:
            people.users.try_password(login, PASSWORD, NOW)
        assert refusal(error) == "signin_wrong"


def test_a_code_works_once_and_a_recovery_code_too(people: People, li: User) -> None:
    secret, codes = people.users.start_totp(li.user_id)
    step = int(NOW.timestamp()) // STEP_SECONDS
    assert not people.users.keep_totp(li.user_id, secret, codes, "000000", NOW)
    assert people.users.keep_totp(li.user_id, secret, codes, totp_code(secret, step), NOW)
    for used in (totp_code(secret, step), "", "abc", "٣٣٣٣٣٣"):
        with pytest.raises(UsageError) as error:
            people.users.try_code(li.user_id, used, NOW)
        assert refusal(error) == "code_wrong"
    people.users.try_code(li.user_id, totp_code(secret, step + 1), NOW)
    people.users.try_code(li.user_id, f" {codes[0].upper()} ", NOW)
    with pytest.raises(UsageError):
        people.users.try_code(li.user_id, codes[0], NOW)
    assert people.users.by_id(li.user_id).recovery_left == len(codes) - 1


@given(drift=st.integers(-4, 4))
def test_a_phone_may_be_one_step_off(drift: int) -> None:
    secret, step = new_totp(), int(NOW.timestamp()) // STEP_SECONDS
    found = totp_step(secret, totp_code(secret, step + drift), NOW, 0)
    assert (found == step + drift) == (abs(drift) <= 1)


def test_the_last_administrator_stays(people: People, li: User) -> None:
    boss = people.users.add("boss", "Boss", ["administrator"], NOW)
    with pytest.raises(UsageError) as error:
        people.users.set_roles(boss.user_id, ["analyst"])
    assert refusal(error) == "last_administrator"
    with pytest.raises(UsageError) as error:
        people.users.set_closed(boss.user_id, True)
    assert refusal(error) == "last_administrator"
    people.users.set_roles(li.user_id, ["administrator"])
    people.users.set_closed(boss.user_id, True)
    assert people.users.by_id(boss.user_id).closed


def test_a_session_ends_when_idle_or_old_and_rotates(people: People, li: User) -> None:
    secret = people.sessions.start(li.user_id, "code", NOW, "192.0.2.1", "Browser")
    session = people.sessions.find(secret, NOW + MINUTE)
    assert session is not None
    assert secret not in repr(session)
    fresh = people.sessions.advance(session, "full", NOW + MINUTE)
    assert people.sessions.find(secret, NOW + MINUTE) is None
    assert people.sessions.find(fresh, NOW + IDLE) is not None  # seen: the idle time begins anew
    assert people.sessions.find(fresh, NOW + 3 * IDLE) is None
    old, at = people.sessions.start(li.user_id, "full", NOW), NOW
    while at < NOW + LONGEST:
        assert people.sessions.find(old, at) is not None
        at += IDLE / 2
    assert people.sessions.find(old, NOW + LONGEST + MINUTE) is None


def test_closing_an_account_ends_its_sessions(people: People, li: User) -> None:
    secret = people.sessions.start(li.user_id, "full", NOW)
    people.users.set_closed(li.user_id, True)
    assert people.sessions.find(secret, NOW) is None


def test_a_token_is_hashed_scoped_and_revocable(people: People, li: User, tmp_path: Path) -> None:
    day = timedelta(days=1)
    secret = people.tokens.make(li.user_id, "nightly", ["case.read"], NOW, day)
    found = people.tokens.find(secret, NOW)
    assert found is not None
    assert found.scopes == ("case.read",)
    assert people.tokens.find(secret, NOW + day) is None
    people.tokens.revoke(found.token_id, NOW)
    assert people.tokens.find(secret, NOW) is None
    people.close()
    assert secret.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    with pytest.raises(UsageError) as error:
        people.tokens.make(li.user_id, "x", ["everything"], NOW, day)
    assert refusal(error) == "scope_unknown"


def test_a_link_opens_its_kind_until_it_ends(people: People) -> None:
    secret = people.links.make("join", {"user_id": 1}, "boss", NOW, MINUTE)
    assert people.links.find(secret, ("victim",), NOW) is None
    link = people.links.find(secret, ("join",), NOW)
    assert link is not None
    assert link.about == {"user_id": 1}
    assert people.links.end(link.link_id, NOW)
    assert not people.links.end(link.link_id, NOW)  # only one of two who come together wins
    assert people.links.find(secret, ("join",), NOW) is None
    late = people.links.make("join", {}, "boss", NOW, MINUTE)
    assert people.links.find(late, ("join",), NOW + MINUTE) is None


def test_nobody_can_edit_the_access_log(people: People) -> None:
    people.access.saw("li", "case", ["A", "A", "B"], NOW)
    assert [(s.who, s.case_id) for s in people.access.log(["A"])] == [("li", "A")]
    for statement in ("DELETE FROM access", "UPDATE access SET who = 'x'"):
        with pytest.raises(UsageError), people.store.write() as connection:
            connection.exec_driver_sql(statement)
    assert len(people.access.log()) == 2


def test_a_restricted_case_is_hidden_from_others(people: People, li: User) -> None:
    wu = people.users.add("wu", "Wu", ["analyst"], NOW)
    people.access.restrict("A", [li.user_id])
    assert people.access.hidden(wu.user_id) == {"A"}
    assert people.access.hidden(li.user_id) == frozenset()
    assert people.access.restricted() == {"A": ["li.na"]}
    people.access.restrict("A", [])
    assert people.access.hidden(wu.user_id) == frozenset()


def test_a_provider_binds_an_address_once(people: People, li: User) -> None:
    assert people.users.by_subject("s1", "") is None
    assert people.users.by_subject("s1", "LI@centre.example") == li
    assert people.users.by_subject("s1", "") == li
    assert people.users.by_subject("s2", "li@centre.example") is None


def test_nobody_decides_and_audits_alone() -> None:
    assert not granted(["auditor"]) & {"hold.decide", "return.decide", "case.note"}
    assert "case.read" not in granted(["administrator"])
    assert all("account.own" in grants for grants in roles().values())
