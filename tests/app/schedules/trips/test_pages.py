"""A trip on the pages: the board, and what publishing will change."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import sessions
from app.access.models import Role
from app.districts.models import District
from app.schedules.models import Schedule
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW
from tests.app.pages.conftest import Browser, add_user
from tests.app.pages.conftest import browser as browser
from tests.app.schedules.trips.upriver import MONDAY, plan_upriver, published_upriver


@pytest.fixture
def siti(session: Session, district: District, browser: Browser) -> TestClient:
    """A planner of the district, without the cost of a password."""
    user = add_user(session, "siti", Role.PLANNER)
    opened = sessions.open_session(session, user, device="Browser", earlier_secret=None, now=NOW)
    session.commit()
    client = browser()
    client.cookies.set("jb", opened.secret)
    return client


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)).split())


def cell(client: TestClient, schedule: Schedule, day: str, team: str = "T-1") -> str:
    answer = client.get(f"/rencana/{schedule.id}/papan")
    assert answer.status_code == 200, answer.text
    inside = re.search(rf'<td data-team="{team}" data-date="{day}">(.*?)</td>', answer.text, flags=re.DOTALL)
    assert inside is not None
    return words_of(inside[1])


def test_the_board_shows_boats_and_where_a_team_sleeps(session: Session, district: District, siti: TestClient) -> None:
    schedule = published_upriver(session, district)
    thursday = cell(siti, schedule, "2023-11-16")
    assert "09.00–11.00 perahu: Dermaga Hilir → Dermaga Hulu" in thursday
    assert re.search(r"Menginap di Balai Desa Hulu, tiba \d\d\.\d\d", thursday)
    assert "kembali" not in thursday
    friday = cell(siti, schedule, "2023-11-17")
    assert friday.startswith("Mulai dari Balai Desa Hulu")
    monday = cell(siti, schedule, "2023-11-20")
    assert "10.30–12.30 perahu: Dermaga Hulu → Dermaga Hilir" in monday
    assert "kembali 12." in monday
    assert "Menginap" not in cell(siti, schedule, "2023-11-21")


def test_publishing_shows_trips_and_what_stands_in_their_way(
    session: Session, district: District, siti: TestClient
) -> None:
    draft = plan_upriver(session, district)
    session.commit()
    path = f"/rencana/{draft.id}/terbitkan"
    shown = words_of(siti.get(path).text)
    assert "Perjalanan baru:" in shown
    assert "Balai Desa Hulu" in shown
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    session.add(TeamLeave(team_id=team.id, starts_on=MONDAY, ends_on=MONDAY))
    session.commit()
    html = siti.get(path).text
    assert 'name="despite.team_on_leave"' in html
    assert "Perjalanan yang tidak dapat lagi dilaksanakan apa adanya" in html
    assert siti.post(path).status_code == 409
    assert siti.post(path, data={"despite.team_on_leave": "1"}).status_code == 303
    session.expire_all()
    assert draft.published_at == NOW
