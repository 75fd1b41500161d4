import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwk

from app.access.oidc import Attempt, SsoRefused, SsoUnavailable
from app.access.oidc_provider import KEPT_FOR, LEAST_BETWEEN, Provider, provider_of
from app.settings import Settings
from tests.app.access.identity_provider import BACK_TO, CLIENT, ISSUER, NOW, OTHER_RSA, RSA, IdentityProvider, as_bytes

EC = jwk.ECKey.generate_key("P-256", {"kid": "a"})
ED = jwk.OKPKey.generate_key("Ed25519", {"kid": "a"})


def test_a_browser_is_sent_with_everything_that_ties_the_answer_to_it() -> None:
    attempt = Attempt.new()
    address = IdentityProvider().provider().authorization_address(attempt, back_to=BACK_TO, now=NOW)
    query = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{ISSUER}/auth?")
    assert query == {
        "response_type": "code",
        "client_id": "jemput",
        "redirect_uri": BACK_TO,
        "scope": "openid email",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": attempt.challenge,
        "code_challenge_method": "S256",
    }
    assert len({attempt.secret, attempt.state, attempt.nonce, attempt.verifier, attempt.challenge}) == 5
    assert attempt.verifier not in address
    assert attempt.secret not in address


def test_the_code_is_exchanged_with_secret_and_verifier_for_whom_it_stands() -> None:
    fake = IdentityProvider()
    identity = fake.log_in(fake.provider())
    assert (identity.issuer, identity.subject, identity.email) == (ISSUER, "u-1", "siti@example.go.id")
    [exchange] = [request for request in fake.requests if request.method == "POST"]
    scheme, _, pair = exchange.headers["authorization"].partition(" ")
    # RFC 6749, 2.3.1.
    assert (scheme, b64decode(pair)) == ("Basic", b"jemput:s3+cr%3Aet")
    assert CLIENT.secret not in repr(CLIENT)


def test_a_provider_that_takes_secrets_in_forms_alone_gets_it_there() -> None:
    fake = IdentityProvider()
    fake.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    fake.log_in(fake.provider())
    [exchange] = [request for request in fake.requests if request.method == "POST"]
    form = dict(parse_qsl(exchange.content.decode()))
    assert (form["client_id"], form["client_secret"]) == ("jemput", "s3 cr:et")
    assert "authorization" not in exchange.headers


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", RSA), ("PS256", RSA), ("ES256", EC), ("EdDSA", ED)],
    ids=lambda value: str(value)[:5],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_the_four_algorithms_are_taken(algorithm: str, key: Any) -> None:
    fake = IdentityProvider()
    fake.header["alg"], fake.signs_with, fake.published = algorithm, key, [key]
    assert fake.log_in(fake.provider()).subject == "u-1"


AFTER = int(NOW.timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"aud": ["jemput", "other"], "azp": "other"},
        {"exp": AFTER - 121},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": AFTER + 121},
        {"iat": None},
        {"nbf": AFTER + 121},
        {"nonce": "of another log-in"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "u\u00001"},
    ],
    ids=str,
)
def test_a_token_that_was_not_made_for_this_log_in_opens_nothing(claims: dict[str, Any]) -> None:
    fake = IdentityProvider()
    fake.claims |= claims
    if "nonce" in claims and claims["nonce"] is None:
        # What the fake adds by itself is taken away again.
        fake.claims["nonce"] = None
    with pytest.raises(SsoUnavailable):
        fake.log_in(fake.provider())
    assert fake.asked[-1] == "keys"


@pytest.mark.parametrize(
    "claims",
    [{"exp": AFTER - 119}, {"iat": AFTER + 119}, {"nbf": AFTER + 119}, {"aud": ["jemput", "other"], "azp": "jemput"}],
    ids=str,
)
def test_clocks_may_differ_by_two_minutes(claims: dict[str, Any]) -> None:
    fake = IdentityProvider()
    fake.claims |= claims
    assert fake.log_in(fake.provider()).subject == "u-1"


def test_a_signature_of_another_key_opens_nothing() -> None:
    fake = IdentityProvider()
    fake.signs_with = OTHER_RSA
    with pytest.raises(SsoUnavailable):
        fake.log_in(fake.provider())


def _part(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


@pytest.mark.parametrize("secret", [None, RSA.as_pem(private=False)], ids=["unsigned", "public key as secret"])
def test_a_token_that_chooses_a_weaker_algorithm_opens_nothing(secret: bytes | None) -> None:
    fake = IdentityProvider()

    def signed_by_itself() -> httpx.Response:
        header = as_bytes({"alg": "none" if secret is None else "HS256", "kid": "a"})
        content = f"{_part(header)}.{_part(as_bytes(fake.claims | {'nonce': fake.nonce}))}"
        signature = b"" if secret is None else hmac.digest(secret, content.encode(), "sha256")
        return httpx.Response(200, json={"id_token": f"{content}.{_part(signature)}"})

    fake.answers["token"] = signed_by_itself
    with pytest.raises(SsoUnavailable):
        fake.log_in(fake.provider())
    assert fake.asked[-1] == "token"


def test_metadata_and_keys_are_kept_for_an_hour() -> None:
    fake = IdentityProvider()
    provider = fake.provider()
    for minutes in (0, 30, 59):
        fake.log_in(provider, now=NOW + timedelta(minutes=minutes)) if minutes == 0 else provider.authorization_address(
            Attempt.new(), back_to=BACK_TO, now=NOW + timedelta(minutes=minutes)
        )
    assert fake.asked.count(".well-known/openid-configuration") == 1
    provider.authorization_address(Attempt.new(), back_to=BACK_TO, now=NOW + KEPT_FOR)
    assert fake.asked.count(".well-known/openid-configuration") == 2


def test_a_new_key_is_asked_for_when_it_is_first_named() -> None:
    fake = IdentityProvider()
    provider = fake.provider()
    fake.log_in(provider)
    fake.signs_with, fake.header["kid"], fake.published = OTHER_RSA, "b", [OTHER_RSA]
    assert fake.log_in(provider, now=NOW + LEAST_BETWEEN).subject == "u-1"
    assert fake.asked.count("keys") == 2


def test_names_of_keys_that_are_not_there_do_not_make_us_ask_without_end() -> None:
    fake = IdentityProvider()
    provider = fake.provider()
    fake.log_in(provider)
    fake.header["kid"] = "nowhere"
    for seconds in range(0, 60, 10):
        with pytest.raises(SsoUnavailable):
            fake.log_in(provider, now=NOW + timedelta(seconds=seconds))
    assert fake.asked.count("keys") == 1


def test_a_key_that_is_broken_takes_no_others_with_it() -> None:
    fake = IdentityProvider()
    broken = [{"kty": "RSA", "n": "!", "e": "AQAB"}, {"kty": "EC", "crv": "P-256"}, {"kty": "new"}, "key", 7]
    fake.answers["keys"] = lambda: httpx.Response(200, json={"keys": [*broken, RSA.as_dict(private=False)]})
    assert fake.log_in(fake.provider()).subject == "u-1"


@pytest.mark.parametrize(
    ("claims", "userinfo", "email"),
    [
        ({"email_verified": False}, {}, None),
        ({"email_verified": None}, {}, None),
        ({"email_verified": "true"}, {}, "siti@example.go.id"),
        ({"email_verified": "false"}, {}, None),
        ({"email": 7}, {}, None),
        ({"email": None}, {"sub": "u-1", "email": "siti@x.id", "email_verified": True}, "siti@x.id"),
        ({"email": None}, {"sub": "u-1", "email": "siti@x.id"}, None),
        ({"email": None}, {"sub": "u-2", "email": "siti@x.id", "email_verified": True}, None),
    ],
    ids=str,
)
def test_an_address_counts_only_where_the_provider_verified_it(
    claims: dict[str, Any], userinfo: dict[str, Any], email: str | None
) -> None:
    fake = IdentityProvider()
    fake.claims |= claims
    fake.userinfo = userinfo
    assert fake.log_in(fake.provider()).email == email


def test_who_needs_no_address_logs_in_while_nobody_tells_it() -> None:
    fake = IdentityProvider()
    fake.claims["email"] = None
    fake.answers["userinfo"] = lambda: httpx.Response(500)
    assert fake.log_in(fake.provider()).email is None


@pytest.mark.parametrize(
    ("names_itself", "issuer", "opens"),
    [
        (False, None, True),
        (False, ISSUER, True),
        (True, ISSUER, True),
        (True, None, False),
        (False, "https://other.example", False),
    ],
)
def test_the_answer_of_another_issuer_is_refused(names_itself: bool, issuer: str | None, opens: bool) -> None:
    fake = IdentityProvider()
    fake.metadata["authorization_response_iss_parameter_supported"] = names_itself
    if opens:
        assert fake.log_in(fake.provider(), issuer=issuer).subject == "u-1"
    else:
        with pytest.raises(SsoUnavailable):
            fake.log_in(fake.provider(), issuer=issuer)
        assert "token" not in fake.asked


def test_a_code_that_was_used_means_beginning_again() -> None:
    fake = IdentityProvider()
    fake.answers["token"] = lambda: httpx.Response(400, json={"error": "invalid_grant"})
    with pytest.raises(SsoRefused, match="begin again"):
        fake.log_in(fake.provider())


def _never() -> httpx.Response:
    raise httpx.ReadTimeout("out of time")


NONSENSE: dict[str, Callable[[], httpx.Response]] = {
    "never": _never,
    "empty": lambda: httpx.Response(200),
    "half": lambda: httpx.Response(200, content=b'{"issuer": "https://log'),
    "html": lambda: httpx.Response(200, html="<h1>Selamat datang</h1>"),
    "list": lambda: httpx.Response(200, json=[]),
    "other": lambda: httpx.Response(200, json={"hello": "world"}),
    "deep": lambda: httpx.Response(200, content=b"[" * 200_000),
    "endless": lambda: httpx.Response(200, content=b" " * 600_000),
    "moved": lambda: httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    "failed": lambda: httpx.Response(500, text="oops"),
    "refused": lambda: httpx.Response(401, json={"error": "invalid_client"}),
    "wrong types": lambda: httpx.Response(200, json={"issuer": 1, "keys": {}, "id_token": {}, "error": []}),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("place", [".well-known/openid-configuration", "token", "keys"])
def test_an_answer_of_no_use_is_said_in_plain_words(place: str, nonsense: str) -> None:
    fake = IdentityProvider()
    fake.answers[place] = NONSENSE[nonsense]
    with pytest.raises(SsoUnavailable, match="log in with your password"):
        fake.log_in(fake.provider())


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("issuer", "https://other.example"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "http://login.example.go.id/auth"),
        ("authorization_endpoint", "https://user:word@login.example.go.id/auth"),
        ("authorization_endpoint", "https://login.example.go.id/auth\r\nSet-Cookie: a=b"),
        ("authorization_endpoint", "https://login.example.go.id\\@other.example"),
        ("token_endpoint", None),
        ("token_endpoint", "file:///etc/passwd"),
        ("token_endpoint", "https://[::1/token"),
        ("jwks_uri", 7),
        ("userinfo_endpoint", "https:///userinfo"),
    ],
)
def test_metadata_that_lead_astray_are_refused(name: str, address: Any) -> None:
    fake = IdentityProvider()
    fake.metadata[name] = address
    with pytest.raises(SsoUnavailable):
        fake.log_in(fake.provider())


def test_a_provider_that_is_away_is_left_alone_for_a_moment() -> None:
    fake = IdentityProvider()
    fake.answers[".well-known/openid-configuration"] = _never
    provider = fake.provider()
    for _ in range(5):
        with pytest.raises(SsoUnavailable):
            fake.log_in(provider)
    assert len(fake.asked) == 1
    fake.answers.clear()
    assert fake.log_in(provider, now=NOW + timedelta(seconds=5)).subject == "u-1"


def test_there_is_a_provider_where_settings_name_one() -> None:
    assert provider_of(Settings()) is None
    named = Settings(oidc_issuer="https://login.example.go.id", oidc_client_id="jemput", oidc_client_secret="s")
    assert isinstance(provider_of(named), Provider)
