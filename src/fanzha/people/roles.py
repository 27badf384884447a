"""Roles and permissions: data that code only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import yaml

from fanzha.errors import VocabularyError
from fanzha.model.catalogue import LANGS, Lang

# What can be permitted. Reading a case is one, and each kind of decision is one of its own.
PERMISSIONS = (
    "account.own",  # one's own password, phone code and sessions
    "queue.read",
    "intake.take",
    "case.read",
    "case.note",
    "case.close",
    "case.restrict",  # say who alone may see a case
    "hold.draft",
    "hold.decide",
    "return.decide",
    "appeal.hear",
    "victim_page.make",
    "export.make",
    "watch.read",
    "watch.acknowledge",
    "call.read",
    "call.log",
    "search.read",
    "measures.read",
    "audit.read",  # who saw what
    "people.manage",
    "settings.manage",
)


@cache
def roles() -> Mapping[str, frozenset[str]]:
    """What each role may do.

    >>> "hold.decide" in roles()["analyst"], "hold.decide" in roles()["auditor"]
    (True, False)
    """
    return {code: frozenset(said["grants"]) for code, said in _read().items()}


def role_label(code: str, lang: Lang) -> str:
    """The name of a role.

    >>> role_label("auditor", "zh-Hans")
    '审计员'
    """
    return _read()[code]["label"][lang]


def granted(codes: Iterable[str]) -> frozenset[str]:
    """Everything that somebody with these roles may do."""
    return frozenset().union(*(roles()[code] for code in codes if code in roles()))


@cache
def _read() -> dict[str, dict[str, dict[str, str]]]:
    text = (files(__package__) / "roles.yaml").read_text("utf-8")
    said: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(text)
    for code, entry in said.items():
        unknown = set(entry["grants"]) - set(PERMISSIONS)
        if set(entry) != {"label", "grants"} or set(entry["label"]) != set(LANGS) or unknown:
            raise VocabularyError("roles_unreadable", role=code)
    return said
