from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.access import users
from app.access.log_in import FREE_OF_AN_ACCOUNT, FREE_OF_AN_ADDRESS, LONGEST_WAIT, forget_old_failures
from app.access.models import AuditEntry, IdempotencyRecord, LogInWait, Role, Token, User
from app.access.service import COMMAND_LINE
from app.pages.frame import own_path
from app.settings import Settings
from tests.app.conftest import NOW, AsRole
from tests.app.pages.conftest import OWN, PASSWORD, Browser, log_in, ours


def test_who_knows_the_password_is_let_in_and_sent_where_they_wanted_to_go(planner: User, browser: Browser) -> None:
    siti = browser()
    away = siti.get("/akun")
    assert (away.status_code, away.headers["location"]) == (303, "/masuk?ke=/akun")
    answer = siti.post("/masuk", data={"login": " SITI ", "password": PASSWORD, "ke": "/docs"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    home = siti.get("/akun")
    assert home.status_code == 200
    assert "Siti" in home.text
    assert "perencana" in home.text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "", None]
)
def test_a_wish_to_go_elsewhere_leads_home(elsewhere: str | None) -> None:
    assert own_path(elsewhere) == "/"


def test_logging_in_leads_nowhere_else(planner: User, browser: Browser) -> None:
    answer = browser().post("/masuk", data={"login": "siti", "password": PASSWORD, "ke": "//evil.example"})
    assert answer.headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(planner: User, browser: Browser) -> None:
    answer = browser().post("/masuk", data={"login": "siti", "password": PASSWORD})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("jb="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_of_this_host_alone(api: FastAPI, planner: User, browser: Browser) -> None:
    api.state.settings = Settings(public_url="https://jemput.example.go.id")
    headers = {"Origin": "https://jemput.example.go.id"}
    answer = browser().post("/masuk", data={"login": "siti", "password": PASSWORD}, headers=headers)
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-jb="))
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    plain = TestClient(api, headers=OWN, cookies={"jb": cookie.partition("=")[2].partition(";")[0]})
    assert plain.get("/v1/districts").status_code == 401


def test_logging_in_gives_a_new_secret_and_ends_the_one_before(planner: User, browser: Browser) -> None:
    siti = browser()
    log_in(siti)
    first = siti.cookies["jb"]
    log_in(siti)
    assert siti.cookies["jb"] != first
    thief = browser()
    thief.cookies.set("jb", first)
    assert thief.get("/v1/districts/16.73").status_code == 401
    assert siti.get("/v1/districts/16.73").status_code == 200


def test_a_cookie_that_somebody_planted_is_not_taken_over(planner: User, browser: Browser) -> None:
    siti = browser()
    siti.cookies.set("jb", "planted")
    answer = siti.post("/masuk", data={"login": "siti", "password": PASSWORD})
    assert "jb=planted" not in str(answer.headers)
    thief = browser()
    thief.cookies.set("jb", "planted")
    assert thief.get("/v1/districts").status_code == 401


def test_a_secret_is_stored_nowhere(planner: User, browser: Browser, session: Session) -> None:
    siti = browser()
    log_in(siti)
    token = session.scalars(select(Token).where(Token.user_id == planner.id)).one()
    assert siti.cookies["jb"].encode() not in token.secret_hash
    assert (token.prefix, token.label) == ("user siti", "Browser, ?")
    assert siti.cookies["jb"] not in str(session.scalars(select(AuditEntry.details)).all())


def test_neither_kind_of_secret_opens_as_the_other(
    planner: User, browser: Browser, client: TestClient, bearer: AsRole
) -> None:
    siti = browser()
    log_in(siti)
    as_bearer = {"Authorization": f"Bearer {siti.cookies['jb']}"}
    assert client.get("/v1/districts", headers=as_bearer).status_code == 401
    token = bearer(Role.PLANNER, "16.73")["Authorization"].removeprefix("Bearer ")
    program = browser()
    program.cookies.set("jb", token)
    assert program.get("/v1/districts").status_code == 401


def test_a_stranger_an_unknown_login_and_a_disabled_user_are_told_the_same(
    planner: User, browser: Browser, session: Session
) -> None:
    users.add(
        session,
        login="tanpa",
        name="Tanpa sandi",
        role=Role.VIEWER,
        district_code="16.73",
        team_code=None,
        actor=COMMAND_LINE,
        now=NOW,
    )
    session.commit()
    told = []
    for login in ("siti", "nobody", "tanpa", "x\0y", "'; --", "ŝ"):
        answer = browser().post("/masuk", data={"login": login, "password": "wrong wrong wrong"})
        told.append((answer.status_code, answer.text.count("tidak cocok"), answer.headers.get("retry-after")))
    users.disable(session, users.find(session, "siti"), actor=COMMAND_LINE, now=NOW)
    session.commit()
    answer = browser().post("/masuk", data={"login": "siti", "password": PASSWORD})
    told.append((answer.status_code, answer.text.count("tidak cocok"), answer.headers.get("retry-after")))
    assert set(told) == {(403, 1, None)}


def test_an_unknown_login_costs_the_same_hash(planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.access import log_in as module

    seen = []
    monkeypatch.setattr(module, "verify_password", lambda _, stored: (seen.append(stored), (False, None))[1])
    for login in ("siti", "nobody"):
        log_in(browser(), login)
    assert [stored.rsplit("$", 2)[0] for stored in seen] == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def guess(browser: Browser, monkeypatch: pytest.MonkeyPatch, times: int, login: str = "siti") -> list[int]:
    """Guesses whose hashes nobody works out, since their number is what counts."""
    from app.access import log_in as module

    with monkeypatch.context() as patched:
        patched.setattr(module, "verify_password", lambda *_: (False, None))
        return [log_in(browser(), login) for _ in range(times)]


@pytest.mark.parametrize("login", ["siti", "nobody"])
def test_after_some_failures_an_account_waits_even_for_the_right_password(
    api: FastAPI, planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    assert guess(browser, monkeypatch, FREE_OF_AN_ACCOUNT + 1, login) == [403] * FREE_OF_AN_ACCOUNT + [429]
    answer = browser().post("/masuk", data={"login": login, "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert "5 detik" in answer.text
    api.state.clock = lambda: NOW + timedelta(seconds=6)
    assert log_in(browser(), login) == (303 if login == "siti" else 403)


def test_waits_grow_to_a_quarter_of_an_hour_and_are_forgotten_after_a_day(
    api: FastAPI, planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    guess(browser, monkeypatch, 1)
    session.execute(update(LogInWait).values(failures=49))
    session.commit()
    guess(browser, monkeypatch, 1)
    assert session.scalar(select(func.max(LogInWait.waits_until))) == NOW + LONGEST_WAIT
    api.state.clock = lambda: NOW + timedelta(days=1, minutes=16)
    assert guess(browser, monkeypatch, 1) == [403]
    assert set(session.scalars(select(LogInWait.failures))) == {1}


def test_an_address_that_guesses_at_many_accounts_waits_too(
    planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    guess(browser, monkeypatch, 1, "a1")
    session.execute(update(LogInWait).values(failures=FREE_OF_AN_ADDRESS - 1).where(LogInWait.failures == 1))
    session.commit()
    assert guess(browser, monkeypatch, 1, "b2") == [403]
    assert log_in(browser()) == 429


def test_behind_a_proxy_whose_address_everybody_has_only_accounts_wait(
    api: FastAPI, planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    api.state.settings = Settings(connections_per_address=0)
    guess(browser, monkeypatch, 2, "a1")
    assert session.scalars(select(LogInWait.failures)).all() == [2]


def test_who_logs_in_forgets_the_failures_of_the_account_and_not_those_of_the_address(
    planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    guess(browser, monkeypatch, 3)
    log_in(browser())
    assert sorted(session.scalars(select(LogInWait.failures))) == [0, 3]


def test_failures_of_more_than_a_day_ago_are_forgotten(
    planner: User, browser: Browser, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    guess(browser, monkeypatch, 1)
    forget_old_failures(session, now=NOW + timedelta(days=1))
    assert len(session.scalars(select(LogInWait)).all()) == 2
    forget_old_failures(session, now=NOW + timedelta(days=1, seconds=1))
    assert session.scalars(select(LogInWait)).all() == []


def test_a_session_ends_when_it_is_not_used_and_at_last_in_any_case(
    api: FastAPI, planner: User, browser: Browser, session: Session
) -> None:
    siti = browser()
    log_in(siti)
    api.state.clock = lambda: NOW + timedelta(hours=11)
    assert siti.get("/v1/districts/16.73").status_code == 200
    api.state.clock = lambda: NOW + timedelta(hours=12)
    assert siti.get("/v1/districts/16.73").status_code == 401
    session.execute(update(Token).values(last_used_at=NOW + timedelta(hours=11)))
    session.commit()
    assert siti.get("/v1/districts/16.73").status_code == 200
    session.execute(update(Token).values(last_used_at=NOW + timedelta(days=14)))
    session.commit()
    api.state.clock = lambda: NOW + timedelta(days=14)
    assert siti.get("/v1/districts/16.73").status_code == 401


def test_logging_out_ends_the_session_and_takes_the_cookie_back(planner: User, browser: Browser) -> None:
    siti, thief = browser(), browser()
    log_in(siti)
    thief.cookies.set("jb", siti.cookies["jb"])
    assert siti.get("/keluar").status_code == 200
    answer = siti.post("/keluar")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")
    assert 'jb=""' in answer.headers["set-cookie"]
    assert thief.get("/v1/districts").status_code == 401


def test_devices_are_listed_and_one_is_logged_out(planner: User, browser: Browser, session: Session) -> None:
    desk, phone = browser(), browser()
    phone.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
    log_in(desk)
    log_in(phone)
    assert "Chrome, Android" in desk.get("/akun").text
    device = session.scalars(select(Token.id).where(Token.label == "Chrome, Android")).one()
    assert desk.post(f"/perangkat/{device}/keluar").headers["location"] == "/akun"
    assert phone.get("/v1/districts").status_code == 401
    assert "Chrome, Android" not in desk.get("/akun").text


def test_the_home_page_says_what_the_account_opens(
    planner: User, browser: Browser, session: Session, password_hash: str
) -> None:
    session.add(
        User(login="rina", name="Rina", role="admin", language="id", created_at=NOW, password_hash=password_hash)
    )
    session.commit()
    rina, siti = browser(), browser()
    log_in(rina, "rina")
    log_in(siti)
    assert "semua daerah" in rina.get("/akun").text
    assert "(16.73)" in siti.get("/akun").text
    assert rina.get("/v1/districts/16.73").status_code == 200


def test_nobody_logs_out_somebody_elses_device(
    planner: User, browser: Browser, session: Session, password_hash: str
) -> None:
    other = User(login="rina", name="Rina", role="viewer", district_code="16.73", language="id", created_at=NOW)
    other.password_hash = password_hash
    session.add(other)
    session.commit()
    siti, rina = browser(), browser()
    log_in(siti)
    log_in(rina, "rina")
    device = session.scalars(select(Token.id).where(Token.user_id == planner.id)).one()
    assert rina.post(f"/perangkat/{device}/keluar").status_code == 404
    assert siti.get("/v1/districts").status_code == 200


def test_logging_out_everywhere_ends_every_session(planner: User, browser: Browser) -> None:
    desk, phone = browser(), browser()
    log_in(desk)
    log_in(phone)
    assert desk.post("/perangkat/keluar").headers["location"] == "/masuk"
    assert [one.get("/v1/districts").status_code for one in (desk, phone)] == [401, 401]


def test_disabling_a_user_ends_their_sessions(planner: User, browser: Browser, session: Session) -> None:
    siti = browser()
    log_in(siti)
    assert users.disable(session, users.find(session, "siti"), actor=COMMAND_LINE, now=NOW) == 1
    session.commit()
    assert siti.get("/v1/districts").status_code == 401
    assert log_in(browser()) == 403


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    {"Origin": ""},
]


def test_a_change_from_another_sites_page_is_refused(planner: User, browser: Browser, session: Session) -> None:
    siti = browser()
    log_in(siti)
    json = {"role": "viewer", "district": "16.73"}
    for headers in FOREIGN:
        assert siti.post("/v1/tokens", json=json, headers=headers).status_code == 403, headers
        for path in ("/masuk", "/keluar", "/bahasa", "/perangkat/keluar", "/undangan/x"):
            assert siti.post(path, headers=headers).status_code == 403, path
            fields = {"login": "siti", "password": PASSWORD}
            assert siti.post(path, headers=headers, data=fields).status_code == 403, path
        assert siti.get("/v1/districts", headers=headers).status_code == 200
    assert session.scalars(select(Token.role)).all() == ["planner"]


def test_a_program_with_a_token_needs_no_origin(planner: User, client: TestClient, bearer: AsRole) -> None:
    headers = bearer(Role.PLANNER, "16.73") | {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post("/v1/tokens", json={"role": "viewer", "district": "16.73"}, headers=headers)
    assert answer.status_code == 201


def test_a_session_has_the_rights_of_its_user_and_repeats_are_done_once(
    planner: User, browser: Browser, session: Session
) -> None:
    siti = browser()
    log_in(siti)
    headers = {"Idempotency-Key": "k", "Sec-Fetch-Site": "same-origin"}
    body = {"role": "viewer", "district": "16.73"}
    answers = [siti.post("/v1/tokens", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len(session.scalars(select(IdempotencyRecord)).all()) == 1
    assert (
        siti.post("/v1/tokens", json={"role": "admin"}, headers=headers | {"Idempotency-Key": "l"}).status_code == 403
    )
    assert siti.get("/v1/districts/17.71").status_code == 404
    assert set(session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "token.issue"))) == {"user siti"}


def test_a_session_is_no_token_that_could_be_rotated_into_one_that_outlives_it(
    planner: User, browser: Browser, session: Session
) -> None:
    siti = browser()
    log_in(siti)
    own = session.scalars(select(Token.id).where(Token.user_id == planner.id)).one()
    assert siti.get("/v1/tokens").json()["items"] == []
    assert siti.post(f"/v1/tokens/{own}/rotate").status_code == 404
    assert siti.delete(f"/v1/tokens/{own}").status_code == 404


def test_no_secret_and_no_login_reaches_the_log(
    planner: User, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    siti = browser()
    with caplog.at_level("DEBUG"):
        log_in(siti)
        cookie = siti.cookies["jb"]
        log_in(browser(), "siti", "a wrong password")
        siti.post("/keluar")
    told = ours(caplog)
    assert "/masuk" in told
    assert [secret for secret in (cookie, PASSWORD, "a wrong password", "argon2", "siti") if secret in told] == []


def test_a_form_is_small(planner: User, browser: Browser) -> None:
    answer = browser().post("/masuk", data={"login": "siti", "password": "x" * 20_001})
    assert answer.status_code == 413
