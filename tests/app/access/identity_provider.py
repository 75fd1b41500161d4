"""An identity provider inside the test, whose every answer can be made wrong; it knows one person."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc import jwk, jwt

from app.access.oidc import Attempt, Client, Identity
from app.access.oidc_provider import Provider

ISSUER = "https://login.example.go.id/realms/dinas"
CLIENT = Client(issuer=ISSUER, client_id="jemput", secret="s3 cr:et")
BACK_TO = "https://jemput.example.go.id/masuk/sso/kembali"
NOW = datetime(2023, 11, 13, 2, 0, tzinfo=UTC)
RSA, OTHER_RSA = (jwk.RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("a", "b"))


class IdentityProvider:
    """What a test changes before it is asked: `metadata`, `claims`, `keys`, `header`, `answers` by path."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
        }
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": "jemput",
            "sub": "u-1",
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 300,
            "email": "siti@example.go.id",
            "email_verified": True,
        }
        self.userinfo: dict[str, Any] = {}
        self.signs_with: Any = RSA
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "a"}
        self.published: list[Any] = [RSA]
        self.answers: dict[str, Callable[[], httpx.Response]] = {}
        self.asked: list[str] = []
        self.requests: list[httpx.Request] = []
        self.nonce = ""
        self.challenge = ""

    def provider(self) -> Provider:
        return Provider(CLIENT, lambda: httpx.MockTransport(self._answer))

    def log_in(self, provider: Provider, *, now: datetime = NOW, issuer: str | None = None) -> Identity:
        """A whole log-in, with a browser that does what it is told."""
        attempt = Attempt.new()
        address = provider.authorization_address(attempt, back_to=BACK_TO, now=now)
        query = dict(parse_qsl(urlsplit(address).query))
        self.nonce, self.challenge = query["nonce"], query["code_challenge"]
        return provider.identity("code", attempt, issuer=issuer, back_to=BACK_TO, now=now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/realms/dinas/")
        self.asked.append(name)
        self.requests.append(request)
        if name in self.answers:
            return self.answers[name]()
        match name:
            case ".well-known/openid-configuration":
                return httpx.Response(200, json=self.metadata)
            case "keys":
                return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
            case "userinfo":
                return httpx.Response(200, json=self.userinfo)
            case "token":
                return self._token(dict(parse_qsl(request.content.decode())))
        return httpx.Response(404)

    def _token(self, form: dict[str, str]) -> httpx.Response:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if urlsafe_b64encode(digest).decode().rstrip("=") != self.challenge or form["redirect_uri"] != BACK_TO:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"id_token": self.id_token(), "access_token": "at", "token_type": "Bearer"})

    def id_token(self) -> str:
        claims = {"nonce": self.nonce} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        algorithms = [self.header["alg"]]
        return jwt.encode(self.header, claims, self.signs_with, algorithms=algorithms)


def as_bytes(body: object) -> bytes:
    return json.dumps(body).encode()
