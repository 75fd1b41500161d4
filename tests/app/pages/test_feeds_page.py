"""`/langganan`: an address for calendar programs is made, shown once, read, and ended."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, Token, User
from app.access.service import COMMAND_LINE
from app.access.token_rules import Opens, issue
from app.teams.models import Team
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user, invite, log_in
from tests.app.pages.sent_forms import key_of
from tests.factories import make_district, make_team


@pytest.fixture
def siti(browser: Browser, session: Session, planner: User) -> TestClient:
    make_team(session, code="T-1", name="Tim Satu")
    session.commit()
    siti = browser()
    assert log_in(siti) == 303
    return siti


def test_an_address_is_made_shown_once_read_and_ended(siti: TestClient) -> None:
    shown = siti.get("/langganan?tim=T-1").text
    assert "Belum ada alamat." in shown
    assert '<option value="T-1" selected>T-1 · Tim Satu</option>' in shown
    made = siti.post("/langganan", data={"team": "T-1", "label": "Ponsel Budi"})
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    address = re.search(r'value="http://testserver(/v1/feeds/[^"]+\.ics)"', made.text)
    assert address is not None
    assert f'href="webcal://testserver{address[1]}"' in made.text
    feed = siti.get(address[1], headers={"Cookie": ""})
    assert (feed.status_code, feed.text[:15]) == (200, "BEGIN:VCALENDAR")
    listed = siti.get("/langganan").text
    assert "Ponsel Budi" in listed
    assert address[1] not in listed
    end = re.search(r'action="(/langganan/\d+/cabut)"', listed)
    assert end is not None
    assert siti.post(end[1]).headers["location"] == "/langganan"
    assert siti.get(address[1]).status_code == 404
    assert "Ponsel Budi" not in siti.get("/langganan").text


def test_the_whole_district_has_an_address_and_an_unknown_team_none(siti: TestClient) -> None:
    made = siti.post("/langganan", data={"team": "", "label": ""}).text
    assert "Semua kunjungan Kota Lubuk Linggau." in made
    refused = siti.post("/langganan", data={"team": "T-9"})
    assert refused.status_code == 422
    assert "T-9" in refused.text


@pytest.mark.parametrize("label", ["Ponsel\0Budi", "P" * 201])
def test_a_label_that_cannot_be_is_told_at_its_field_and_makes_nothing(siti: TestClient, label: str) -> None:
    refused = siti.post("/langganan", data={"team": "T-1", "label": label})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert '<option value="T-1" selected>' in refused.text
    assert "Belum ada alamat." in siti.get("/langganan").text


ADDRESS = re.compile(r'value="http://testserver(/v1/feeds/[^"]+\.ics)"')


def address_in(page: str) -> str:
    address = ADDRESS.search(page)
    assert address is not None
    return address[1]


def test_a_double_click_makes_one_address_and_a_lost_one_is_replaced(siti: TestClient) -> None:
    sent = {"team": "T-1", "label": "Ponsel Budi"} | key_of(siti.get("/langganan").text, "/langganan")
    first = siti.post("/langganan", data=sent)
    second = siti.post("/langganan", data=sent)
    assert second.status_code == 303
    listed = siti.get(second.headers["location"]).text
    assert "sudah dibuat oleh kiriman pertama" in listed
    # Once in the list, once on the button that ends it, once on the one that replaces it.
    assert listed.count("Ponsel Budi") == 3
    old = address_in(first.text)
    assert old not in second.text + listed
    assert siti.get(old).status_code == 200
    renew = re.search(r'action="(/langganan/\d+/ganti)"', listed)
    assert renew is not None
    again = key_of(listed, renew[1])
    new = address_in(siti.post(renew[1], data=again).text)
    assert (siti.get(old).status_code, siti.get(new).status_code) == (404, 200)
    assert siti.post(renew[1], data=again).status_code == 303
    assert siti.get(new).status_code == 200


@pytest.fixture
def budi(browser: Browser, session: Session, coordinator: User) -> TestClient:
    make_team(session, code="T-2", name="Tim Dua")
    phone = browser()
    phone.post(invite(session, coordinator, sets_password=False))
    return phone


def feeds_of_district(session: Session) -> list[tuple[str | None, bool]]:
    """The team of each feed, and whether it still opens."""
    session.expire_all()
    rows = session.execute(
        select(Team.code, Token.revoked_at)
        .select_from(Token)
        .outerjoin(Team, Team.id == Token.team_id)
        .where(Token.role == Role.FEED)
        .order_by(Token.id)
    )
    return [(row.code, row.revoked_at is None) for row in rows]


def test_a_coordinator_makes_an_address_of_the_own_team_alone(budi: TestClient, session: Session) -> None:
    shown = budi.get("/langganan").text
    assert '<option value="T-1">' in shown
    assert "T-2" not in shown
    assert "seluruh daerah" not in shown
    address = address_in(budi.post("/langganan", data={"team": "T-1", "label": "Ponsel Budi"}).text)
    assert budi.get(address, headers={"Cookie": ""}).text.startswith("BEGIN:VCALENDAR")
    for team in ("T-2", "", "T-9"):
        refused = budi.post("/langganan", data={"team": team})
        assert refused.status_code == 403, team
        assert "timnya sendiri" in refused.text
    assert feeds_of_district(session) == [("T-1", True)]
    end = re.search(r'action="(/langganan/\d+/cabut)"', budi.get("/langganan").text)
    assert end is not None
    assert budi.post(end[1]).status_code == 303
    assert budi.get(address).status_code == 404


def test_a_coordinator_neither_sees_nor_ends_what_is_of_others(budi: TestClient, session: Session) -> None:
    other = [
        issue(
            session, role, district_code="16.73", opens=Opens(team=team), label="rahasia", actor=COMMAND_LINE, now=NOW
        )
        for role, team in ((Role.FEED, "T-2"), (Role.FEED, None), (Role.COORDINATOR, "T-1"), (Role.VIEWER, None))
    ]
    session.commit()
    assert "rahasia" not in budi.get("/langganan").text
    for named, _ in other:
        for deed in ("cabut", "ganti"):
            assert budi.post(f"/langganan/{named.token.id}/{deed}").status_code == 404, (named.token.role, deed)
    session.expire_all()
    assert [named.token.revoked_at for named, _ in other] == [None] * 4
    secret = other[2][1]
    wish = {"role": "feed", "district": "16.73", "team": "T-1"}
    # The API keeps tokens to planners.
    answer = budi.post("/v1/tokens", json=wish, headers={"Authorization": f"Bearer {secret}", "Cookie": ""})
    assert answer.status_code == 403


def test_the_page_is_found_from_a_team_and_belongs_to_planners_of_the_district(
    siti: TestClient, browser: Browser, session: Session, password_hash: str
) -> None:
    assert 'href="/langganan?tim=T-1"' in siti.get("/tim/T-1").text
    add_user(session, "wati", Role.VIEWER).password_hash = password_hash
    make_district(session, "16.74", name="Lain")
    session.commit()
    wati = browser()
    log_in(wati, "wati")
    assert wati.get("/langganan").status_code == 403
    assert wati.post("/langganan", data={"team": ""}).status_code == 403
    siti.post("/langganan", data={"team": "T-1", "label": "milik kita"})
    assert siti.get("/langganan?wilayah=16.74").status_code == 404
