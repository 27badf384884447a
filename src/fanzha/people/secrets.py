"""Secrets that are shown once and kept only as hashes, passwords, and the codes of a phone app."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from functools import cache
from urllib.parse import quote

from pwdlib import PasswordHash

from fanzha.errors import UsageError

SECRET_BYTES = 32
STEP_SECONDS = 30  # RFC 6238
DIGITS = 6
DRIFT = 1  # steps that a phone's clock may be off
LEAST_PASSWORD, MOST_PASSWORD = 12, 256  # NIST SP 800-63B: length counts, not kinds of characters
RECOVERY_CODES = 10


def new_secret() -> str:
    """256 bits of randomness, fit for a cookie or an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is kept of a secret that has its own randomness: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "backslashreplace")).hexdigest()


def hash_password(password: str, login: str) -> str:
    """The Argon2id hash to keep; `UsageError` says why a password is refused."""
    if len(password) < LEAST_PASSWORD:
        raise UsageError("password_short", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        raise UsageError("password_long", most=MOST_PASSWORD)
    if login.casefold() in password.casefold() or len(set(password)) < 5:
        raise UsageError("password_guessable")
    return _hasher().hash(password)


def password_fits(password: str, kept: str) -> bool:
    """Whether this is the password; takes as long where nothing is kept as where it is wrong."""
    if len(password) > MOST_PASSWORD:
        return False
    fits = _hasher().verify(password, kept or _nobody())
    return fits and bool(kept)


def new_totp() -> str:
    """A secret for a phone app, in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_code(secret: str, step: int) -> str:
    """The six digits of one step (RFC 6238, SHA-1).

    >>> totp_code(base64.b32encode(b"12345678901234567890").decode(), 59 // STEP_SECONDS)
    '287082'
    """
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def totp_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The step that `code` belongs to, if it is a fresh one; None for any other code."""
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit()):
        return None
    middle = int(now.timestamp()) // STEP_SECONDS
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if step > after and hmac.compare_digest(totp_code(secret, step), given):
            return step
    return None


def totp_uri(secret: str, login: str, issuer: str) -> str:
    """What the picture to be photographed says."""
    name = quote(f"{issuer}:{login}", safe="")
    return f"otpauth://totp/{name}?secret={secret}&issuer={quote(issuer, safe='')}"


def recovery_codes() -> list[str]:
    """Codes for the day on which the phone is lost; each works once."""
    return [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return _hasher().hash(new_secret())
