"""Logging in by OpenID Connect: what one attempt bears, what goes wrong, and the claims that an answer must make.

Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9207 (`iss`), RFC 9700 (what of it to use)."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.errors import AppError, Forbidden
from app.languages import Said, said

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Of signatures, whatever a token says of itself: none with a shared secret among them, and none at all."""
_SKEW_SECONDS = 120
"""How far the provider's clock and ours may differ."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_LONGEST_SUBJECT = 255
"""OpenID Connect Core 1.0, 2."""


class SsoUnavailable(AppError):
    """The identity provider answers nothing, or nothing of use; what exactly, the log tells."""

    status_code = HTTPStatus.BAD_GATEWAY

    def __init__(self) -> None:
        super().__init__(
            said(
                "Your office's log-in service does not answer as it should. Try again in a minute, or log in with your "
                "password; if it stays so, tell your office's administrator.",
                "Layanan masuk (SSO) kantor Anda tidak menjawab sebagaimana mestinya. Coba lagi sebentar lagi, atau "
                "masuk dengan kata sandi; jika tetap begitu, beri tahu administrator kantor Anda.",
            )
        )


class SsoRefused(Forbidden):
    """The identity provider, or what it says of somebody, lets nobody in here."""


STALE = said(
    "This log-in was begun in another browser, or too long ago. Please begin again.",
    "Proses masuk ini dimulai di peramban lain, atau sudah terlalu lama. Silakan mulai lagi.",
)
CANCELLED = said(
    "Your office's log-in service did not let you in. You can try again, or log in with your password.",
    "Layanan masuk (SSO) kantor Anda tidak mengizinkan masuk. Coba lagi, atau masuk dengan kata sandi.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the provider knows this service by."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One log-in on its way: a secret that its browser alone holds, and what is derived from it.

    `state` and `nonce` travel through the provider and tell nothing of the secret, nor of `verifier`."""

    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> "Attempt":
        return cls(secrets.token_urlsafe(32))

    @classmethod
    def held(cls, secret: str) -> "Attempt | None":
        """The attempt of what a browser brought, if that can be one."""
        return cls(secret) if _SECRET.fullmatch(secret) else None

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    @property
    def challenge(self) -> str:
        """RFC 7636, 4.2: S256."""
        return _digest(self.verifier)

    def is_of_state(self, state: str) -> bool:
        return secrets.compare_digest(self.state.encode(), state.encode())

    def _derived(self, purpose: str) -> str:
        return _digest(f"{purpose}:{self.secret}")


def _digest(text: str) -> str:
    """43 characters of an address."""
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider says it is."""

    issuer: str
    subject: str
    email: str | None
    """An address that the provider says it verified."""


KeysOf = Callable[[str | None], KeySet]
"""The provider's keys, among them that of a name (`kid`) where it has it."""


def verified_claims(
    token: str, keys: KeysOf, *, client: Client, issuer: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of an ID token that was made for this client and attempt; raises `SsoUnavailable` for any other."""
    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    try:
        claims = jwt.decode(token, lambda signed: keys(_kid(signed.headers())), registry=registry).claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_SKEW_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    # Besides its own errors the library lets through those of what it reads: numbers, base64, keys.
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise SsoUnavailable from error
    # Of several audiences, one may be somebody who had the token made for themselves.
    if claims.get("azp", client.client_id) != client.client_id or not _is_subject(claims["sub"]):
        raise SsoUnavailable
    return claims


def _kid(header: Mapping[str, Any]) -> str | None:
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def _is_subject(text: object) -> bool:
    return isinstance(text, str) and 1 <= len(text) <= _LONGEST_SUBJECT and text.isascii() and text.isprintable()


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The e-mail address of claims that say that it was verified; some providers write that word as text."""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") in (True, "true") else None


def nobody_here(email: str | None) -> Said:
    """What somebody is told whom the provider knows and we do not, or not any more."""
    if email is None:
        return said(
            "There is no account here for you, and the log-in service does not say that it verified your e-mail "
            "address. Ask your office's administrator.",
            "Belum ada akun untuk Anda di sini, dan layanan masuk (SSO) tidak menyatakan surel Anda terverifikasi. "
            "Hubungi administrator kantor Anda.",
        )
    return said(
        "There is no open account here for {email}. Ask your office's administrator for one with this login.",
        "Tidak ada akun yang aktif di sini untuk {email}. Mintalah kepada administrator kantor Anda akun dengan nama "
        "masuk ini.",
        email=email[:200],
    )
