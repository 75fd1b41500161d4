"""The office's identity provider, asked over HTTP: its metadata and keys, kept for an hour, and who a code is of."""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpcore
import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from app.access.oidc import (
    STALE,
    Attempt,
    Client,
    Identity,
    SsoRefused,
    SsoUnavailable,
    verified_claims,
    verified_email,
)
from app.guarded_transport import Guard, GuardedTransport, HttpLimits, trusted_tls
from app.settings import Settings

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(hours=1)
LEAST_BETWEEN = timedelta(minutes=1)
"""Before keys are asked for again, however many unknown ones are named."""
_REST_AFTER_FAILURE = timedelta(seconds=5)
_LIMITS = HttpLimits(total_seconds=10, step_seconds=5, answer_bytes=500_000)
_MOST_KEYS = 50
_CURVES = {"EC": frozenset({"P-256"}), "OKP": frozenset({"Ed25519", "Ed448"})}
_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool
    """Whether the client's secret travels in a header; otherwise in the form."""
    names_itself: bool
    """Whether every answer bears `iss` (RFC 9207)."""


class Provider:
    """Asks one provider; may be used by several threads at once. `connect` gives a new way to it each time."""

    def __init__(self, client: Client, connect: Callable[[], httpx.BaseTransport]):
        self._client, self._connect = client, connect
        self._lock = threading.Lock()
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._rests_until: datetime | None = None

    def authorization_address(self, attempt: Attempt, *, back_to: str, now: datetime) -> str:
        """Where a browser goes to log in; raises `SsoUnavailable`. `back_to`: the address of ours that it comes to."""
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": back_to,
            "scope": "openid email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self._known(now).authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def identity(self, code: str, attempt: Attempt, *, issuer: str | None, back_to: str, now: datetime) -> Identity:
        """Whom a code stands for; raises `SsoRefused`, `SsoUnavailable`. `issuer`: what came with the code, if it did.

        Times are compared with `now`, give or take two minutes."""
        metadata = self._known(now)
        # Another provider's answer, mixed up with this one's (RFC 9207, 2.4).
        if issuer != metadata.issuer and (issuer is not None or metadata.names_itself):
            raise _unavailable("the answer is another issuer's")
        token = self._token(code, attempt, metadata, back_to=back_to)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise _unavailable("no id_token")
        claims = verified_claims(
            id_token,
            lambda kid: self._keys_with(kid, metadata, now),
            client=self._client,
            issuer=metadata.issuer,
            nonce=attempt.nonce,
            now=now,
        )
        subject = str(claims["sub"])
        said = claims if "email" in claims else self._more_of(subject, token, metadata)
        return Identity(issuer=metadata.issuer, subject=subject, email=verified_email(said))

    def _token(self, code: str, attempt: Attempt, metadata: Metadata, *, back_to: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back_to,
            "code_verifier": attempt.verifier,
        }
        headers = {}
        if metadata.takes_basic:
            # RFC 6749, 2.3.1: each part is encoded as in a form first.
            pair = f"{quote_plus(self._client.client_id)}:{quote_plus(self._client.secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client.client_id, "client_secret": self._client.secret}
        status, answer = self._ask("POST", metadata.token_endpoint, headers=headers, form=form)
        if status == 200:
            return answer
        error = answer.get("error")
        # The code was used, is too old, or somebody made it up; anything else is between the provider and us.
        if error == "invalid_grant":
            raise SsoRefused(STALE)
        raise _unavailable(f"token refused: {error if isinstance(error, str) and _WORD.fullmatch(error) else status}")

    def _more_of(self, subject: str, token: Mapping[str, Any], metadata: Metadata) -> Mapping[str, Any]:
        """What a provider that keeps ID tokens small tells of the person when asked; empty where it does not."""
        access_token = token.get("access_token")
        if metadata.userinfo_endpoint is None or not isinstance(access_token, str):
            return {}
        try:
            bearer = {"Authorization": f"Bearer {access_token}"}
            status, answer = self._ask("GET", metadata.userinfo_endpoint, headers=bearer)
        except SsoUnavailable:
            # Who logged in here before needs no address.
            return {}
        return answer if status == 200 and answer.get("sub") == subject else {}

    def _known(self, now: datetime) -> Metadata:
        with self._lock:
            if self._metadata is None or now >= self._metadata[0] + KEPT_FOR:
                self._metadata = (now, self._rested(now, self._ask_for_metadata))
            return self._metadata[1]

    def _keys_with(self, kid: str | None, metadata: Metadata, now: datetime) -> KeySet:
        """The provider's keys, asked for again where none has this name."""
        with self._lock:
            if self._keys is not None and now < self._keys[0] + KEPT_FOR:
                asked_at, keys = self._keys
                if kid is None or any(key.kid == kid for key in keys) or now < asked_at + LEAST_BETWEEN:
                    return keys
            self._keys = (now, self._rested(now, lambda: self._ask_for_keys(metadata.jwks_uri)))
            return self._keys[1]

    def _rested(self, now: datetime, ask: Callable[[], Any]) -> Any:
        # Everybody in line would wait as long as the first for a provider that is away.
        if self._rests_until is not None and now < self._rests_until:
            raise SsoUnavailable
        try:
            return ask()
        except SsoUnavailable:
            self._rests_until = now + _REST_AFTER_FAILURE
            raise

    def _ask_for_metadata(self) -> Metadata:
        configured = self._client.issuer
        status, said = self._ask("GET", f"{configured.rstrip('/')}/.well-known/openid-configuration")
        issuer = said.get("issuer")
        if status != 200 or not isinstance(issuer, str) or issuer.rstrip("/") != configured.rstrip("/"):
            raise _unavailable("no metadata of this issuer")
        addresses = {name: said.get(f"{name}_endpoint") for name in ("authorization", "token", "userinfo")}
        addresses["jwks"] = said.get("jwks_uri")
        if said.get("userinfo_endpoint") is None:
            addresses.pop("userinfo")
        for name, address in addresses.items():
            if not self._is_usable(address):
                raise _unavailable(f"its address of {name} is none")
        methods = said.get("token_endpoint_auth_methods_supported")
        return Metadata(
            issuer=issuer,
            authorization_endpoint=str(addresses["authorization"]),
            token_endpoint=str(addresses["token"]),
            jwks_uri=str(addresses["jwks"]),
            userinfo_endpoint=None if "userinfo" not in addresses else str(addresses["userinfo"]),
            takes_basic=not isinstance(methods, list)
            or "client_secret_post" not in methods
            or "client_secret_basic" in methods,
            names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        )

    def _is_usable(self, address: object) -> bool:
        """As secure as the issuer, and an address that a browser understands as we do."""
        if not isinstance(address, str) or not address.isascii() or not address.isprintable() or " " in address:
            return False
        try:
            parts = urlsplit(address)
            is_plain = parts.port != 0 and "@" not in parts.netloc and not parts.fragment
        except ValueError:
            return False
        schemes = {"https", urlsplit(self._client.issuer).scheme}
        return bool(parts.hostname) and is_plain and parts.scheme in schemes and "\\" not in address

    def _ask_for_keys(self, address: str) -> KeySet:
        status, said = self._ask("GET", address)
        listed = said.get("keys")
        if status != 200 or not isinstance(listed, list):
            raise _unavailable("no keys")
        keys = []
        for key in listed[:_MOST_KEYS]:
            if not isinstance(key, dict) or not _signs(key):
                continue
            try:
                keys.append(JWKRegistry.import_key(key))
            except (JoseError, ValueError, TypeError, KeyError):
                # One that is broken takes no others with it.
                continue
        if not keys:
            raise _unavailable("no key that signs")
        return KeySet(keys)

    def _ask(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of an answer; an error without one is an empty one. Raises `SsoUnavailable`."""
        try:
            with httpx.Client(
                transport=self._connect(),
                trust_env=False,
                follow_redirects=False,
                timeout=None,
                headers={"User-Agent": "jemput-bola", "Accept": "application/json", "Accept-Encoding": "identity"},
            ) as client:
                request = client.build_request(method, address, headers=headers, data=form)
                response = client.send(request, stream=True)
                body = _bounded(response)
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            httpx.HTTPError,
            httpx.InvalidURL,
            httpx.StreamError,
            # Certificates of the operator's that cannot be read are among these.
            OSError,
            ValueError,
        ) as error:
            raise _unavailable(type(error).__name__) from error
        try:
            said = json.loads(body)
        except (ValueError, RecursionError) as error:
            if response.status_code == 200:
                raise _unavailable("no JSON") from error
            said = {}
        if not isinstance(said, dict):
            raise _unavailable("no JSON object")
        return response.status_code, said


def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        # Not what was asked for, and small only until it is unpacked.
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ValueError("packed")
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LIMITS.answer_bytes:
                raise ValueError("too large")
    finally:
        response.close()
    return bytes(body)


def _signs(key: Mapping[str, Any]) -> bool:
    """Whether a key is a public one that may sign with one of the algorithms that are taken."""
    kind = key.get("kty")
    return key.get("use", "sig") == "sig" and (kind == "RSA" or key.get("crv") in _CURVES.get(str(kind), ()))


def _unavailable(why: str) -> SsoUnavailable:
    log.warning("identity provider of no use", why=why)
    return SsoUnavailable()


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the operator's settings name, if they do."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    parts = urlsplit(settings.oidc_issuer)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    # Whom the operator named may be inside the office's network.
    allowed = {*settings.allowed_hosts, f"{(parts.hostname or '').lower()}:{port}"}
    guard = Guard(allowed_hosts=frozenset(allowed))
    tls = None if settings.ca_file is None else str(settings.ca_file)
    return Provider(
        Client(issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, secret=settings.oidc_secret),
        lambda: GuardedTransport(guard, _LIMITS, tls=trusted_tls(tls)),
    )
