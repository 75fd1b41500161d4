"""What independent calendar programs show of feeds and written calendars is what we published."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from app.access import service as access
from app.access.models import Role
from app.calendars.outbox import deliver
from app.calendars.writing import WritingContext
from app.database import make_engine
from app.http_conventions import current_time
from app.main import create_app
from app.schedules.announcements.calendars import announce, render_entries
from app.schedules.models import Visit
from app.settings import Settings
from app.sites.models import Site
from tests.app.calendars.conftest import radicale as radicale
from tests.app.calendars.events import connect, desk
from tests.app.calendars.other_programs import OtherPrograms
from tests.app.calendars.real_servers import RealServer, RemoteCalendar
from tests.app.calendars.scripted_server import ScriptedServer, answer, scripted_server
from tests.app.conftest import NOW
from tests.factories import make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
NOVEMBER = {"start": "2023-11-01", "end": "2023-12-01"}


class Office:
    """A published plan, shown in a feed and in a calendar that we write to."""

    def __init__(self, engine: Engine, remote: RemoteCalendar, place: ScriptedServer):
        self.sessions = sessionmaker(engine, expire_on_commit=False)
        self._place = place
        with self.sessions.begin() as session:
            district = make_district(session)
            team, schedule = make_team(session, name="Tim 1"), make_schedule(session)
            for day, name in enumerate(("Dinas Pendidikan; Kota", 'SMA "Négeri" 2, Timur', "Desa Petanang")):
                site = make_site(session, name=name)
                make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=day))
            _, secret = access.issue_token(session, Role.FEED, now=NOW, district_code="16.73", team_id=team.id)
            server = remote.server
            self._source_id = connect(
                session,
                district,
                remote.address,
                direction="out",
                scope="team",
                scope_code=team.code,
                username=server.username,
                password=SecretStr(server.password),
            ).id
        self._api = create_app(Settings(), engine)
        self._api.dependency_overrides[current_time] = lambda: NOW
        self._feed = f"/v1/feeds/{secret}.ics"

    def tell(self) -> None:
        """Bring the feed and the written calendar up to date."""
        with self.sessions.begin() as session:
            announce(session, "16.73", now=NOW)
        context = WritingContext(desk=desk(), render=render_entries)
        deliver(self.sessions, self._source_id, now=NOW, context=context)
        with TestClient(self._api) as client:
            content = client.get(self._feed).content
        self._place.scripts["/feed.ics"] = answer(content, Content_Type="text/calendar")

    def visits(self, session: Session) -> list[Visit]:
        return list(session.scalars(select(Visit).order_by(Visit.id)))


@pytest.fixture
def engine(own_database: str) -> Iterator[Engine]:
    engine = make_engine(own_database)
    yield engine
    engine.dispose()


def test_vdirsyncer_copies_and_khal_shows_what_was_published_and_what_changed(
    engine: Engine, radicale: RealServer, tmp_path: Path
) -> None:
    remote = radicale.new_calendar()
    with scripted_server() as place:
        office = Office(engine, remote, place)
        office.tell()
        programs = OtherPrograms(tmp_path, feed=f"http://127.0.0.1:{place.port}/feed.ics", calendar=remote)
        programs.copy()
        published = [
            "2023-11-14 08:00 10:30 Dinas Pendidikan; Kota",
            '2023-11-15 08:00 10:30 SMA "Négeri" 2, Timur',
            "2023-11-16 08:00 10:30 Desa Petanang",
        ]
        assert programs.shown("feed", **NOVEMBER) == published
        assert programs.shown("written", **NOVEMBER) == published

        with office.sessions.begin() as session:
            moved, off, renamed = office.visits(session)
            moved.starts_at, moved.ends_at = EIGHT + timedelta(days=6, hours=1), EIGHT + timedelta(days=6, hours=3)
            moved.sequence, moved.changed_at = 1, NOW
            off.in_force, off.withdrawn_at, off.sequence, off.changed_at = False, NOW, 1, NOW
            session.get_one(Site, renamed.site_id).name = "Kantor Desa Petanang"
        office.tell()
        programs.copy()
        changed = [
            '2023-11-15 08:00 10:30 BATAL: SMA "Négeri" 2, Timur',
            "2023-11-16 08:00 10:30 Kantor Desa Petanang",
            "2023-11-20 09:00 11:00 Dinas Pendidikan; Kota",
        ]
        assert programs.shown("feed", **NOVEMBER) == changed
        assert programs.shown("written", **NOVEMBER) == changed
