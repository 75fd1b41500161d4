"""Logging in by an identity provider that runs as a process of its own, and what people read when it goes wrong."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import users
from app.access.models import AuditEntry, User
from app.access.oidc_provider import provider_of
from app.access.service import COMMAND_LINE
from app.settings import Settings
from tests.app.conftest import NOW
from tests.app.pages.conftest import OWN, Browser, ours

SITI = {"sub": "p-1", "email": "siti@example.go.id", "email_verified": True, "role": "admin"}
UNVERIFIED = {"sub": "p-2", "email": "siti@example.go.id", "email_verified": False}
STRANGER = {"sub": "p-3", "email": "tamu@example.go.id", "email_verified": True}
HEIR = {"sub": "p-4", "email": "siti@example.go.id", "email_verified": True}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of a provider that knows four people."""
    port = _free_port()
    people = [part for one in (SITI, UNVERIFIED, STRANGER, HEIR) for part in ("--user-claims", json.dumps(one))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people],
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while not _answers(port):
            assert process.poll() is None, "the provider ended by itself"
            assert time.monotonic() < deadline, "the provider did not begin"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def with_sso(api: FastAPI, issuer: str) -> Iterator[FastAPI]:
    # The provider signs by its own clock.
    api.state.clock = lambda: datetime.now(UTC)
    api.state.provider = provider_of(
        Settings(oidc_issuer=issuer, oidc_client_id="jemput", oidc_client_secret="rahasia")
    )
    yield api
    api.state.provider = None


@pytest.fixture
def siti(planner: User, session: Session) -> User:
    """A planner whose login is the address that the provider knows."""
    planner.login = "siti@example.go.id"
    session.commit()
    return planner


def at_provider(address: str, sub: str | None) -> str:
    """Where the provider sends a browser in which this person logs in; None: somebody who does not want to."""
    form = {"action": "deny"} if sub is None else {"sub": sub}
    answer = httpx.post(address, data=form, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"].removeprefix("http://testserver")


def come_back(browser: TestClient, sub: str | None = "p-1", path: str = "/masuk/sso") -> httpx.Response:
    began = browser.get(path)
    assert began.status_code == 303, began.text
    return browser.get(at_provider(began.headers["location"], sub))


def test_the_link_is_there_where_a_provider_is_named(browser: Browser, api: FastAPI, with_sso: FastAPI) -> None:
    shown = browser().get("/masuk", params={"ke": "/kemajuan"}).text
    assert re.search(r'<a class="button" href="/masuk/sso\?ke=/kemajuan">Masuk dengan SSO</a>', shown)
    api.state.provider = None
    assert "SSO" not in browser().get("/masuk").text
    assert browser().get("/masuk/sso").status_code == 404
    assert browser().get("/masuk/sso/kembali").status_code == 404


def test_a_prepared_user_is_logged_in_with_the_role_that_we_gave(
    browser: Browser, with_sso: FastAPI, siti: User, session: Session
) -> None:
    reader = browser()
    answer = come_back(reader, path="/masuk/sso?ke=/kemajuan")
    assert (answer.status_code, answer.headers["location"]) == (303, "/kemajuan")
    assert "jb-sso" not in reader.cookies
    assert reader.get("/v1/districts").status_code == 200
    # The provider calls her an administrator.
    assert reader.get("/v1/users").status_code == 403
    session.refresh(siti)
    assert siti.oidc_subject == "p-1"
    trail = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert list(trail) == ["user.add", "user.link_sso", "session.open"]


def test_the_second_time_counts_who_it_is_and_not_the_address(
    browser: Browser, with_sso: FastAPI, siti: User, session: Session
) -> None:
    assert come_back(browser()).status_code == 303
    # The office gave the address to somebody else, who is another person at the provider.
    refused = come_back(browser(), "p-4")
    assert (refused.status_code, "siti@example.go.id" in refused.text) == (403, True)
    assert come_back(browser()).status_code == 303
    # Enabled again, an account belongs to whoever has the address now.
    session.refresh(siti)
    users.disable(session, siti, actor=COMMAND_LINE, now=NOW)
    users.enable(session, siti, actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert come_back(browser(), "p-4").status_code == 303


@pytest.mark.parametrize(
    ("sub", "said"),
    [
        ("p-2", "tidak menyatakan surel Anda terverifikasi"),
        ("p-3", "Tidak ada akun yang aktif di sini untuk tamu@example.go.id"),
        # The provider of these tests leaves the state out when somebody turns back.
        (None, "Silakan mulai lagi"),
    ],
)
def test_who_is_not_prepared_is_told_what_to_do(
    browser: Browser, with_sso: FastAPI, siti: User, session: Session, sub: str | None, said: str
) -> None:
    reader = browser()
    answer = come_back(reader, sub)
    assert (answer.status_code, said in answer.text) == (403, True)
    assert "Masuk dengan SSO" in answer.text
    assert "jb" not in reader.cookies
    session.refresh(siti)
    assert siti.oidc_subject is None


def test_who_turns_back_at_the_provider_may_try_again(browser: Browser, with_sso: FastAPI) -> None:
    reader = browser()
    state = parse_qs(urlsplit(reader.get("/masuk/sso").headers["location"]).query)["state"][0]
    answer = reader.get("/masuk/sso/kembali", params={"error": "access_denied", "state": state})
    assert (answer.status_code, "tidak mengizinkan masuk" in answer.text) == (403, True)
    assert "access_denied" not in answer.text


def test_a_disabled_user_is_let_in_by_nobody(browser: Browser, with_sso: FastAPI, siti: User, session: Session) -> None:
    come_back(browser())
    session.refresh(siti)
    users.disable(session, siti, actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert come_back(browser()).status_code == 403


def test_an_answer_opens_in_the_browser_that_asked_and_once(browser: Browser, with_sso: FastAPI, siti: User) -> None:
    asked = browser()
    way_back = at_provider(asked.get("/masuk/sso").headers["location"], "p-1")
    # Somebody is sent the way back of an attacker's log-in, or has begun one of their own.
    for other in (browser(), browser()):
        if other is not asked:
            other.get("/masuk/sso")
        refused = other.get(way_back)
        assert (refused.status_code, "Silakan mulai lagi" in refused.text) == (403, True)
        assert "jb" not in other.cookies
    assert browser().get(way_back).status_code == 403
    assert asked.get(way_back).status_code == 303
    assert asked.get(way_back).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=x",
        "?state=x",
        "?state=x&code=y",
        "?error=server_error",
        "?state=%00&code=%00",
        "?code=" + "x" * 4_001,
    ],
)
def test_a_way_back_that_nobody_began_is_said_in_plain_words(
    browser: Browser, with_sso: FastAPI, siti: User, query: str
) -> None:
    reader = browser()
    reader.cookies.set("jb-sso", "x.y")
    answer = reader.get(f"/masuk/sso/kembali{query}")
    assert answer.status_code == (422 if len(query) > 4_000 else 403)
    assert "/masuk" in answer.text


def test_no_place_of_others_is_gone_to_after_logging_in(browser: Browser, with_sso: FastAPI, siti: User) -> None:
    answer = come_back(browser(), path="/masuk/sso?ke=https://other.example/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_provider_that_is_away_leaves_the_password(browser: Browser, api: FastAPI, siti: User) -> None:
    nobody = f"http://127.0.0.1:{_free_port()}"
    api.state.provider = provider_of(
        Settings(oidc_issuer=nobody, oidc_client_id="jemput", oidc_client_secret="rahasia")
    )
    answer = browser().get("/masuk/sso?ke=/kemajuan")
    api.state.provider = None
    assert (answer.status_code, "masuk dengan kata sandi" in answer.text) == (502, True)
    assert '<input type="hidden" name="ke" value="/kemajuan">' in answer.text


def test_neither_code_nor_state_nor_secret_reaches_the_log(
    browser: Browser, with_sso: FastAPI, siti: User, caplog: pytest.LogCaptureFixture
) -> None:
    reader = browser()
    with caplog.at_level("INFO"):
        began = reader.get("/masuk/sso")
        way_back = at_provider(began.headers["location"], "p-1")
        attempt = reader.cookies["jb-sso"].strip('"').partition(".")[0]
        reader.get(way_back)
    told = ours(caplog)
    secrets = [part.partition("=")[2] for part in way_back.partition("?")[2].split("&")]
    assert "/masuk/sso/kembali" in told
    assert len(secrets) == 2
    assert [secret for secret in (*secrets, attempt, "rahasia") if secret in told] == []


def test_behind_https_the_attempt_is_kept_as_sessions_are(browser: Browser, with_sso: FastAPI) -> None:
    with_sso.state.settings = Settings(public_url="https://jemput.example.go.id")
    began = browser().get("/masuk/sso", headers=OWN)
    cookie = began.headers["set-cookie"]
    assert cookie.startswith("__Host-jb-sso=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"))
    assert "redirect_uri=https%3A%2F%2Fjemput.example.go.id%2Fmasuk%2Fsso%2Fkembali" in began.headers["location"]
