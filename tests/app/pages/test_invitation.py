from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access import invitations, users
from app.access.models import AuditEntry, User, UserInvitation
from app.access.passwords import LEAST_CHARACTERS
from app.access.service import COMMAND_LINE
from tests.app.conftest import NOW
from tests.app.pages.conftest import PASSWORD, Browser, invite, log_in, ours

NEW = "gunung kertas sungai meja"


def test_a_phone_that_opens_a_coordinators_link_is_logged_in_and_sees_its_team(
    coordinator: User, browser: Browser, session: Session
) -> None:
    link = invite(session, coordinator, sets_password=False)
    phone = browser()
    shown = phone.get(link)
    assert (shown.status_code, "Selamat datang, Budi" in shown.text) == (200, True)
    answer = phone.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert f"Max-Age={180 * 86_400}" in answer.headers["set-cookie"]
    day = phone.get("/v1/assignments?date=2023-11-14")
    assert (day.status_code, day.json()["team"]["code"]) == (200, "T-1")
    assert phone.get("/v1/tokens").status_code == 403


def test_reading_the_link_as_a_chats_preview_does_uses_nothing_up(
    coordinator: User, browser: Browser, session: Session
) -> None:
    link = invite(session, coordinator, sets_password=False)
    for _ in range(3):
        assert browser().get(link).status_code == 200
    assert browser().post(link).status_code == 303


def test_a_link_opens_once_and_the_second_time_says_what_to_do(
    coordinator: User, browser: Browser, session: Session
) -> None:
    link = invite(session, coordinator, sets_password=False)
    assert browser().post(link).status_code == 303
    for again in (browser().get(link), browser().post(link)):
        assert again.status_code == 410
        assert "Mintalah tautan baru" in again.text
        assert "set-cookie" not in again.headers


def test_used_expired_withdrawn_and_unknown_links_are_told_apart_by_nobody(
    api: FastAPI, coordinator: User, browser: Browser, session: Session
) -> None:
    withdrawn = invite(session, coordinator, sets_password=False)
    expired = invite(session, coordinator, sets_password=False)
    api.state.clock = lambda: NOW + invitations.VALID_FOR
    told = {browser().get(link).text.replace(link, "") for link in (withdrawn, expired, "/undangan/unknown")}
    numbers_left_out = {text.partition('<p class="small">')[0] for text in told}
    assert len(numbers_left_out) == 1


def test_a_disabled_users_link_does_not_open(coordinator: User, browser: Browser, session: Session) -> None:
    link = invite(session, coordinator, sets_password=False)
    users.disable(session, users.find(session, "budi"), actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert browser().post(link).status_code == 410
    users.enable(session, users.find(session, "budi"), actor=COMMAND_LINE, now=NOW)
    session.commit()
    assert browser().post(link).status_code == 410


def test_a_link_sets_a_password_and_ends_older_sessions(planner: User, browser: Browser, session: Session) -> None:
    before = browser()
    log_in(before)
    link = invite(session, planner, sets_password=True)
    siti = browser()
    assert "siti" in siti.get(link).text
    assert siti.post(link, data={"password": NEW, "again": NEW}).status_code == 303
    assert siti.get("/akun").status_code == 200
    assert before.get("/v1/districts").status_code == 401
    assert log_in(browser(), password=PASSWORD) == 403
    assert log_in(browser(), password=NEW) == 303


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("x" * (LEAST_CHARACTERS - 1), None, "sampai 200 karakter"),
        ("", None, "sampai 200 karakter"),
        ("ab" * 10, None, "mudah ditebak"),
        (NEW, NEW + "!", "tidak sama"),
        (NEW, "", "tidak sama"),
    ],
)
def test_a_refused_password_uses_nothing_up_and_is_not_shown_again(
    planner: User, browser: Browser, session: Session, password: str, again: str | None, said: str
) -> None:
    link = invite(session, planner, sets_password=True)
    fields = {"password": password, "again": password if again is None else again}
    answer = browser().post(link, data=fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert not password or password not in answer.text
    assert log_in(browser()) == 303
    assert browser().get(link).status_code == 200


def test_a_link_that_sets_a_password_lets_nobody_in_without_one(
    planner: User, browser: Browser, session: Session
) -> None:
    link = invite(session, planner, sets_password=True)
    assert browser().post(link).status_code == 422


def test_only_the_newest_link_of_a_user_opens(planner: User, browser: Browser, session: Session) -> None:
    old, new = (invite(session, planner, sets_password=True) for _ in range(2))
    assert [browser().get(link).status_code for link in (old, new)] == [410, 200]


def test_a_link_is_stored_as_a_hash_and_every_step_is_in_the_trail(
    coordinator: User, browser: Browser, session: Session
) -> None:
    link = invite(session, coordinator, sets_password=False)
    browser().post(link)
    secret = link.rpartition("/")[2]
    stored = session.scalars(select(UserInvitation)).one()
    assert secret.encode() not in stored.secret_hash
    trail = session.execute(select(AuditEntry.action, AuditEntry.actor).order_by(AuditEntry.id)).all()
    assert [tuple(row) for row in trail] == [
        ("user.add", "command line"),
        ("invitation.issue", "command line"),
        ("invitation.accept", "user budi"),
        ("session.open", "user budi"),
    ]
    assert secret not in str(session.scalars(select(AuditEntry.details)).all())


def test_no_secret_of_a_link_reaches_the_log(
    coordinator: User, browser: Browser, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    link = invite(session, coordinator, sets_password=False)
    with caplog.at_level("DEBUG"):
        browser().get(link)
        browser().post(link)
        browser().post(link)
    told = ours(caplog)
    assert "/undangan/{secret}" in told
    assert link.rpartition("/")[2] not in told


def test_a_link_ends_the_session_that_the_browser_held(planner: User, browser: Browser, session: Session) -> None:
    siti = browser()
    log_in(siti)
    other = browser()
    other.cookies.set("jb", siti.cookies["jb"])
    link = invite(session, planner, sets_password=False)
    siti.post(link)
    assert other.get("/v1/districts").status_code == 401
    assert siti.get("/v1/districts").status_code == 200


def test_a_link_is_over_after_a_day(api: FastAPI, coordinator: User, browser: Browser, session: Session) -> None:
    link = invite(session, coordinator, sets_password=False)
    api.state.clock = lambda: NOW + timedelta(hours=23, minutes=59)
    assert browser().get(link).status_code == 200
    session.execute(update(UserInvitation).values(expires_at=NOW))
    session.commit()
    assert browser().get(link).status_code == 410
