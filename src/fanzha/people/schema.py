"""The tables of people.db: who may sign in, with what, and who saw which case."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

schema = MetaData()

users = Table(
    "users",
    schema,
    Column("user_id", Integer, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("roles", Text, nullable=False),  # JSON list of codes
    Column("password", Text, nullable=False),  # Argon2id, or empty
    Column("totp", Text, nullable=False),  # base32 secret, or empty
    Column("totp_step", Integer, nullable=False),  # the last step used: a code works once
    Column("recovery", Text, nullable=False),  # JSON list of SHA-256
    Column("subject", Text, nullable=False),  # issuer and subject at a provider, once bound
    Column("failures", Integer, nullable=False),
    Column("locked_until", Integer, nullable=False),  # microseconds since 1970
    Column("closed", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
)

sessions = Table(
    "sessions",
    schema,
    Column("digest", String(64), primary_key=True),  # SHA-256 of what the cookie holds
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("stage", Text, nullable=False),  # code, enrol, full
    Column("started_at", Integer, nullable=False),
    Column("seen_at", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("device", Text, nullable=False),
)

tokens = Table(
    "tokens",
    schema,
    Column("token_id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # JSON list of permissions
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("revoked_at", Integer, nullable=False),  # 0: in force
)

links = Table(
    "links",
    schema,
    Column("link_id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # first, join, reset, victim
    Column("about", Text, nullable=False),  # JSON: what it opens
    Column("made_by", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("expires_at", Integer, nullable=False),
    Column("ended_at", Integer, nullable=False),  # used or revoked; 0: in force
)

access = Table(
    "access",
    schema,
    Column("seq", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),  # method and path of the page
    Column("shown", Integer, nullable=False),  # which set of cases
    Index("access_of_shown", "shown", "seq"),
)

# A list shows the same cases again and again: each set is kept once, so that a page is one row.
access_cases = Table(
    "access_cases",
    schema,
    Column("case_id", Text, primary_key=True),
    Column("shown", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

access_sets = Table(
    "access_sets",
    schema,
    Column("shown", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of its cases in order
)

case_people = Table(
    "case_people",
    schema,
    Column("case_id", Text, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), primary_key=True),
)

settings = Table(
    "settings",
    schema,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

APPEND_ONLY = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END
"""
LOGS = (access, access_cases, access_sets)
