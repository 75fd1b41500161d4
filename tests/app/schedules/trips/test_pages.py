"""A trip on the pages: the board, and what publishing will change."""

import json
import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import sessions
from app.access.models import Role
from app.districts.models import District
from app.schedules.models import Schedule, Visit
from app.schedules.trips.models import Trip
from app.teams.models import Team, TeamLeave
from tests.app.conftest import NOW, AsRole
from tests.app.pages.conftest import Browser, add_user
from tests.app.pages.conftest import browser as browser
from tests.app.pages.sent_forms import key_of
from tests.app.schedules.trips.upriver import MONDAY, VISITS, plan_upriver, published_upriver
from tests.factories import make_district


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


def test_the_page_of_a_days_sheet_tells_boats_and_where_a_team_wakes_up_and_sleeps(
    session: Session, district: District, siti: TestClient
) -> None:
    published_upriver(session, district)

    def sheet(day: int) -> str:
        answer = siti.get(f"/cetak/T-1/2023-11-{day}")
        assert answer.status_code == 200, answer.text
        return words_of(answer.text)

    thursday = sheet(16)
    assert "09.00–11.00 di sana pukul" in thursday
    assert "Dermaga Hilir → Dermaga Hulu NAIK" in thursday
    assert thursday.count("Dilayani") == 1, "nobody is served on a boat"
    assert "Menginap di Balai Desa Hulu, tiba pukul" in thursday
    assert "Mulai dari: Balai Desa Hulu" not in thursday
    assert "Mulai dari: Balai Desa Hulu" in sheet(17)
    saturday = sheet(18)
    assert "Menginap di Balai Desa Hulu." in saturday
    assert "Tidak ada kunjungan" not in saturday


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


def calendar_of(client: TestClient, schedule: Schedule, query: str = "") -> str:
    answer = client.get(f"/rencana/{schedule.id}/kalender{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_calendar_shows_nights_and_boats_day_by_day_and_in_the_months(
    session: Session, district: District, siti: TestClient
) -> None:
    schedule = published_upriver(session, district)
    html = calendar_of(siti, schedule)
    days = {words_of(part).split("Jam")[0][:30]: words_of(part) for part in html.split('<section aria-labelledby="h')}
    thursday, friday, saturday, monday = (
        next(text for text in days.values() if day in text[:60] and "<table" not in text)
        for day in ("16 November", "17 November", "18 November", "20 November")
    )
    boat, village = thursday.index("perahu: Dermaga Hilir → Dermaga Hulu"), thursday.index("Desa Hulu 1")
    assert boat < village < thursday.index("Menginap di Balai Desa Hulu, tiba ")
    assert friday.index("Mulai dari Balai Desa Hulu") < friday.index("Desa Hulu 2")
    assert "Menginap di Balai Desa Hulu T-1" in saturday, "a day off at the lodging is told, without an hour"
    assert "Mulai dari" not in saturday
    assert "10.30–12.30 perahu: Dermaga Hulu → Dermaga Hilir" in monday
    assert "kembali 12." in monday
    boxes = [words_of(box) for box in re.findall(r"<td>(.*?)</td>", html, flags=re.DOTALL)]
    (box,) = (box for box in boxes if box.startswith("16 ") and "perahu" in box)
    assert "09.00–11.00 perahu: Dermaga Hilir → Dermaga Hulu" in box
    assert "Menginap di Balai Desa Hulu, tiba" in box
    assert [box for box in boxes if box == "18 Menginap di Balai Desa Hulu"]
    assert "Menginap" not in words_of(calendar_of(siti, schedule, "?tim=T-2")), "of another team"


def test_a_team_that_only_rides_is_in_the_calendar_too(session: Session, district: District, siti: TestClient) -> None:
    schedule = published_upriver(session, district)
    assert "tanpa kunjungan" not in words_of(calendar_of(siti, schedule))
    for visit in session.scalars(select(Visit).where(Visit.team_id == team_of(session))):
        session.delete(visit)
    session.commit()
    told_now = words_of(calendar_of(siti, schedule, "?tim=T-1"))
    assert "Menginap di Balai Desa Hulu" in told_now
    assert "T-1 · 4 malam · tanpa kunjungan: tambahkan kunjungan" in told_now


def team_of(session: Session, code: str = "T-1") -> int:
    return session.scalars(select(Team.id).where(Team.code == code)).one()


def drawn_on(client: TestClient, schedule: Schedule) -> list[dict[str, Any]]:
    html = client.get(f"/rencana/{schedule.id}").text
    given = re.search(r'<script type="application/json" id="trips"[^>]*>(.*?)</script>', html, flags=re.DOTALL)
    assert given is not None
    trips: list[dict[str, Any]] = json.loads(given[1])
    return trips


def test_the_map_draws_what_the_api_says_of_trips(
    client: TestClient, session: Session, district: District, siti: TestClient, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    path = f"/v1/schedules/{schedule.id}/map"
    answer = client.get(path, headers=bearer(Role.VIEWER, district.code))
    assert answer.status_code == 200, answer.text
    assert answer.json()["trips"] == drawn_on(siti, schedule)
    make_district(session, code="99.01")
    assert client.get(path, headers=bearer(Role.VIEWER, "99.01")).status_code == 404
    home = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    session.commit()
    assert drawn_on(siti, home) == []


def test_a_planner_pins_a_trip_from_the_calendar(
    session: Session, district: District, siti: TestClient, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    html = calendar_of(siti, schedule)
    assert "Kamis, 16 November 2023 – Senin, 20 November 2023: Balai Desa Hulu T-1 · 4 malam" in words_of(html)
    trip = session.scalars(select(Trip)).one()
    path = f"/rencana/{schedule.id}/perjalanan/{trip.id}/sematan"
    assert siti.post(path, data=key_of(html, path) | {"sematkan": "ya"}).status_code == 303
    session.expire_all()
    assert trip.pinned
    html = calendar_of(siti, schedule)
    assert "disematkan" in words_of(html)
    assert siti.post(path, data=key_of(html, path) | {"sematkan": "tidak"}).status_code == 303
    session.expire_all()
    assert not trip.pinned
    other = plan_upriver(session, district)
    session.commit()
    assert siti.post(f"/rencana/{other.id}/perjalanan/{trip.id}/sematan", data={"sematkan": "ya"}).status_code == 404
