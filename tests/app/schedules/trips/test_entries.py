"""A trip in calendars: one block beside the entries of its visits, in feeds and in calendars that we write to."""

from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.calendars.ics import CalendarEntry, EntryStatus, read_calendar
from app.calendars.models import CalendarSource, OutboxEntry
from app.districts.models import District
from app.schedules.announcements.calendars import announce, render_entries
from app.schedules.publishing import publish
from app.schedules.trips.models import Trip
from app.sites.models import Site
from app.teams.models import Team
from tests.app.calendars.events import connect
from tests.app.conftest import NOW
from tests.app.schedules.trips.test_publishing import BACK_ON_FRIDAY, TOWN
from tests.app.schedules.trips.upriver import plan_upriver, published_upriver


def feed(session: Session, district: District, **scope: int | str) -> str:
    _, secret = access.issue_token(session, Role.FEED, now=NOW, district_code=district.code, **scope)  # type: ignore[arg-type]
    session.commit()
    return f"/v1/feeds/{secret}.ics"


def team_id(session: Session, code: str = "T-1") -> int:
    return session.scalars(select(Team.id).where(Team.code == code)).one()


def trips_in(client: TestClient, path: str) -> list[CalendarEntry]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert Calendar.from_ical(answer.content).walk("VEVENT") is not None
    return [entry for entry in read_calendar(answer.content).entries if "Perjalanan" in entry.categories]


def test_a_trip_is_one_block_with_its_lodgings_and_rides(
    client: TestClient, session: Session, district: District
) -> None:
    published_upriver(session, district)
    path = feed(session, district, team_id=team_id(session))
    (entry,) = trips_in(client, path)
    trip = session.scalars(select(Trip)).one()
    assert (entry.uid, entry.sequence, entry.status) == (f"{trip.uid}@jemput-bola", 0, EntryStatus.CONFIRMED)
    assert (entry.starts_at, entry.ends_at) == (trip.leaves_at, trip.back_at)
    assert (entry.summary, entry.location) == ("Perjalanan ke Balai Desa Hulu", "Balai Desa Hulu")
    assert entry.latitude_longitude == (-3.051, 102.871)
    indonesian, english = (entry.description or "").split("\n\n")
    assert indonesian.splitlines()[1:-2] == [
        "Kamis, 16 November 2023, 09.00–11.00: naik perahu dari Dermaga Hilir ke Dermaga Hulu",
        "Menginap di Balai Desa Hulu dari Kamis, 16 November 2023 sampai Jumat, 17 November 2023 (1 malam)",
        "Menginap di Balai Desa Hulu dari Jumat, 17 November 2023 sampai Senin, 20 November 2023 (3 malam)",
        "Senin, 20 November 2023, 10.30–12.30: naik perahu dari Dermaga Hulu ke Dermaga Hilir",
    ]
    assert "Sleeps at Balai Desa Hulu from Friday, 17 November 2023 to Monday, 20 November 2023 (3 nights)" in english
    assert "(1 night)" in english
    every = read_calendar(client.get(path).content).entries
    assert len(every) == 4, "the visits keep entries of their own"
    (named,) = trips_in(client, feed(session, district))
    assert named.summary == f"{session.get_one(Team, team_id(session)).name}: {entry.summary}"
    assert trips_in(client, feed(session, district, team_id=team_id(session, "T-2"))) == []
    assert trips_in(client, feed(session, district, area_code=f"{district.code}.01")) == []
    site = session.scalars(select(Site.id).where(Site.code == "H-0")).one()
    assert trips_in(client, feed(session, district, site_id=site)) == []


def test_a_changed_trip_counts_on_and_a_withdrawn_one_is_called_off(
    client: TestClient, session: Session, district: District
) -> None:
    published_upriver(session, district)
    path = feed(session, district, team_id=team_id(session))
    first = client.get(path)
    (before,) = trips_in(client, path)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    changed = plan_upriver(session, district, **BACK_ON_FRIDAY)
    publish(session, changed, actor=COMMAND_LINE, now=NOW + timedelta(hours=1))
    session.commit()
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    (after,) = trips_in(client, path)
    assert (after.uid, after.sequence, after.ends_at < before.ends_at) == (before.uid, 1, True)
    home = plan_upriver(session, district, visits=TOWN, nights=[], rides=[])
    publish(session, home, actor=COMMAND_LINE, now=NOW + timedelta(hours=2))
    session.commit()
    (gone,) = trips_in(client, path)
    assert (gone.uid, gone.sequence, gone.status) == (before.uid, 2, EntryStatus.CANCELLED)
    assert gone.summary == "BATAL: Perjalanan ke Balai Desa Hulu"
    assert (gone.description or "").startswith("DIBATALKAN")


@pytest.mark.parametrize(("field", "value"), [("name", "Tim Sungai"), ("base_name", "Kantor Dinas")])
def test_a_renamed_team_is_a_change_of_its_trip(
    client: TestClient, session: Session, district: District, field: str, value: str
) -> None:
    published_upriver(session, district)
    path = feed(session, district)
    setattr(session.get_one(Team, team_id(session)), field, value)
    session.commit()
    session.expire_all()
    (entry,) = trips_in(client, path)
    assert entry.sequence == 1
    assert value in entry.summary + (entry.description or "")


def outgoing(session: Session, district: District, **scope: str) -> CalendarSource:
    return connect(session, district, "http://127.0.0.1:1/kalender/", direction="out", **scope)


def test_the_outbox_writes_trips_where_their_team_or_district_looks(session: Session, district: District) -> None:
    of_team = outgoing(session, district, scope="team", scope_code="T-1")
    of_site = outgoing(session, district, scope="site", scope_code="H-0")
    published_upriver(session, district)
    trip = session.scalars(select(Trip)).one()
    announce(session, district.code, now=NOW)
    noted = {
        entry.source_id: entry for entry in session.scalars(select(OutboxEntry).where(OutboxEntry.uid == trip.uid))
    }
    assert set(noted) == {of_team.id}
    assert (noted[of_team.id].wanted_sequence, noted[of_team.id].in_force) == (0, True)
    assert len(session.scalars(select(OutboxEntry).where(OutboxEntry.source_id == of_site.id)).all()) == 1
    rendered = render_entries(session, of_team, [trip.uid])[trip.uid]
    assert b"Perjalanan ke Balai Desa Hulu" in rendered.content
    assert (rendered.is_cancelled, rendered.ends_at) == (False, trip.back_at)
    # Written, and then called off.
    noted[of_team.id].digests = ["written"]
    noted[of_team.id].sent_sequence = 0
    home = plan_upriver(session, district, visits=TOWN, nights=[], rides=[])
    publish(session, home, actor=COMMAND_LINE, now=NOW + timedelta(hours=1))
    session.refresh(noted[of_team.id])
    assert (noted[of_team.id].wanted_sequence, noted[of_team.id].in_force) == (1, False)
    assert render_entries(session, of_team, [trip.uid])[trip.uid].is_cancelled
    assert isinstance(trip.withdrawn_at, datetime)
