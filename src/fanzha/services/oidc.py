"""Use case: an OpenID Connect provider of the organisation says who somebody is.

The one module that knows Authlib. It asks the provider over the network: discovery, keys, token.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from fanzha.errors import UsageError
from fanzha.services.oidc_file import Provider

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # signatures by a key that we do not hold
TIMEOUT_SECONDS = 10
LEEWAY_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What has to be remembered between sending somebody away and their coming back."""

    url: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the provider says it is; `email` is empty unless the provider verified it."""

    subject: str
    email: str = field(repr=False)


def begin(provider: Provider, redirect: str) -> Begun:
    """Where to send the browser. Raises `UsageError` (`oidc_failed`) when the provider is away."""
    state, nonce, verifier = (secrets.token_urlsafe(32), generate_token(32), generate_token(48))
    with _client(provider, redirect) as client:
        try:
            url, _ = client.create_authorization_url(
                _discover(provider)["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        except _FOREIGN as refused:
            raise UsageError("oidc_failed") from refused
    return Begun(url=url, state=state, nonce=nonce, verifier=verifier)


def finish(provider: Provider, begun: Begun, code: str, state: str, redirect: str) -> Identity:
    """Change the code for a signed statement of who it is, and check all that it says.

    Raises `UsageError` (`oidc_failed`) for another state, issuer, audience, nonce, signature or
    time, and when the provider is away.
    """
    if not code or not secrets.compare_digest(state.encode(), begun.state.encode()):
        raise UsageError("oidc_failed")
    with _client(provider, redirect) as client:
        try:
            said = _discover(provider)
            token = client.fetch_token(
                said["token_endpoint"], code=code, code_verifier=begun.verifier
            )
            keys = KeySet.import_key_set(_get(said["jwks_uri"]))
            claims = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS).claims
            _claims(provider, begun).validate(claims)
        except _FOREIGN as refused:
            raise UsageError("oidc_failed") from refused
    email = str(claims.get("email", "")) if claims.get("email_verified") is True else ""
    return Identity(subject=f"{provider.issuer} {claims['sub']}", email=email)


_FOREIGN = (OAuthError, httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError)


def _client(provider: Provider, redirect: str) -> Any:
    return OAuth2Client(
        provider.client_id,
        provider.client_secret,
        scope="openid email",
        redirect_uri=redirect,
        code_challenge_method="S256",
        timeout=TIMEOUT_SECONDS,
    )


def _discover(provider: Provider) -> dict[str, Any]:
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    said: dict[str, Any] = _get(address)
    if said["issuer"] != provider.issuer:
        raise ValueError("issuer")
    return said


def _get(address: str) -> Any:
    answer = httpx2.get(address, timeout=TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _claims(provider: Provider, begun: Begun) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": True, "value": begun.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
