"""The OpenID Connect provider of a centre, as its folder names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from fanzha.errors import UsageError

FILE = "oidc.json"
LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where to ask, and as whom; `name` stands on the sign-in button."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "OpenID"


def read_provider(folder: Path) -> Provider | None:
    """What `oidc.json` in the centre's folder says; None where there is none.

    Raises `UsageError` (`oidc_unreadable`) for a file that does not say it all, or that names an
    issuer without https.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        provider = Provider(**orjson.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as broken:
        raise UsageError("oidc_unreadable", path=str(path)) from broken
    parts = urlsplit(provider.issuer)
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise UsageError("oidc_unreadable", path=str(path))
    return provider
