"""A small OpenID Connect provider for the tests: it believes everybody, and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "fanzha", "a secret of the tests"


@dataclass
class Provider:
    """What it will say about the next person, and what it was asked."""

    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})
    )
    signs_with: RSAKey | None = None  # another key: a forged statement
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    issuer: str = ""

    def discovery(self) -> dict[str, str]:
        """The well-known document."""
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
        found = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        return {**found, "issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to, with a code."""
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> dict[str, str] | None:
        """The signed statement for a code, if the verifier fits the challenge; once."""
        asked = self.codes.pop(sent.get("code", ""), None)
        hashed = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        key = self.signs_with or self.key
        signed = jwt.encode({"alg": "RS256", "kid": "k"}, claims, key)
        return {"access_token": "unused", "token_type": "Bearer", "id_token": signed}


@contextmanager
def running() -> Iterator[Provider]:
    """The provider on a port of its own."""
    provider = Provider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("location", provider.authorize(asked))
                self.end_headers()
            elif parts.path == "/keys":
                self.say(KeySet([provider.key]).as_dict(private=False))
            else:
                self.say(provider.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            said = provider.token({k: v[0] for k, v in parse_qs(body).items()})
            self.say(said or {"error": "invalid_grant"}, 200 if said else 400)

        def say(self, body: object, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
