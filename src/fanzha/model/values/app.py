"""Identifiers of mobile apps: what links reports about one fake app."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from fanzha.model.values.cleaning import cleaned, refused

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*(\.[A-Za-z][A-Za-z0-9_\-]*)+")
_STORE_ID = re.compile(r"(?:id)?([0-9]{6,12})", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
MAX_PACKAGE_CHARS = 255


@dataclass(frozen=True, slots=True)
class AppId:
    """An app's package name, its number in Apple's store, or the hash of the key that signed it.

    A package name is whatever its maker typed, and iOS bundles look the same; a store number is one
    app; a signing certificate links all apps of one maker, or of one signing service.

    >>> AppId.read("com.example.wallet").kind, AppId.read("id1234567890").kind
    ('package', 'app_store')
    >>> AppId.read(":".join(["AB"] * 32)).kind
    'cert_sha256'
    """

    kind: str  # package, app_store, cert_sha256
    id: str

    @classmethod
    def read(cls, text: str) -> Self:
        """From a package name, `id` and digits, or 64 hexadecimal digits with or without colons."""
        clean = cleaned(text, "app_id_unreadable")
        if _PACKAGE.fullmatch(clean) and len(clean) <= MAX_PACKAGE_CHARS:
            return cls("package", clean)
        if number := _STORE_ID.fullmatch(clean):
            return cls("app_store", f"id{number[1]}")
        if _SHA256.fullmatch(fingerprint := clean.replace(":", "").replace(" ", "").lower()):
            return cls("cert_sha256", fingerprint)
        raise refused("app_id_unreadable", text)

    def caption(self) -> str:
        """The identifier; of a certificate the first sixteen digits, which people compare."""
        return f"{self.id[:16]}…" if self.kind == "cert_sha256" else self.id

    def __str__(self) -> str:
        return self.id
