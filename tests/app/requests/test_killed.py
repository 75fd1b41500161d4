"""A process that is killed while it accepts leaves nothing behind, or all of it."""

import os
import signal

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.calendars.models import OutboxEntry
from app.database import Base, make_sessions
from app.districts.models import District
from app.requests.models import RequestStatus, VisitRequest
from app.schedules.announcements.calendars import announce
from app.schedules.drafts.models import DraftVersion
from app.schedules.models import Schedule, Visit
from app.schedules.queries import visits_in_force
from app.sites.models import PROMISED, Readiness, Site, WantedDate
from tests.app.calendars.events import connect
from tests.app.conftest import NOW
from tests.app.requests.accept_pairs import offered, prepare_district
from tests.app.requests.accepting_process import STEPS
from tests.processes import Forked


def rows_of(session: Session) -> dict[str, str]:
    """A digest of each table."""
    return {
        table.name: session.scalars(
            text(f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table.name}\" t")
        ).one()
        for table in Base.metadata.sorted_tables
    }


def counts(session: Session) -> tuple[int, ...]:
    """Schedules, versions of drafts, visits in force, calendar entries to write."""
    published = select(Schedule.id).where(Schedule.superseded_at.is_(None), Schedule.published_at.is_not(None))
    queries = (published, select(DraftVersion.schedule_id), visits_in_force("16.73"), select(OutboxEntry.uid))
    return tuple(len(session.scalars(query).all()) for query in queries)


def test_process_killed_while_it_accepts_leaves_nothing_or_all(own_engine: Engine) -> None:
    sessions = make_sessions(own_engine)
    with sessions.begin() as session:
        prepare_district(session, "16.73")
        connect(session, session.get_one(District, "16.73"), "https://kalender.example/dav/", direction="out")
        announce(session, "16.73", now=NOW)
        request = offered(session, "16.73", "N-0", NOW.date().replace(day=21), now=NOW).id
    with sessions() as session:
        before, stood = rows_of(session), counts(session)
    address = own_engine.url.render_as_string(hide_password=False)
    process = Forked("tests.app.requests.accepting_process", address, str(request), "1", environment=os.environ)
    try:

        def ended_by(step: str) -> int:
            process.stdin.write(f"{step}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        for step in STEPS:
            assert ended_by(step) == signal.SIGKILL, step
            with sessions() as session:
                assert rows_of(session) == before, step
        assert ended_by("committed") == signal.SIGKILL
        with sessions() as session:
            after = rows_of(session)
            one_more = (stood[0], stood[1] + 1, stood[2] + 1, stood[3] + 1)
            assert counts(session) == one_more
            booked = session.get_one(VisitRequest, request)
            assert booked.status == RequestStatus.BOOKED
            site = session.get_one(Site, booked.site_id)
            promised = session.scalars(select(WantedDate).filter_by(site_id=site.id, counts_from=PROMISED)).one()
            visit = session.scalars(visits_in_force("16.73").where(Visit.site_id == site.id)).one()
            assert (visit.schedule_id, visit.date) == (booked.schedule_id, promised.date)
            assert (site.readiness, site.readiness_from) == (Readiness.AGREED, promised.date)
        # Whoever accepts again after that finds it done.
        assert ended_by("again") == 0
        with sessions() as session:
            assert rows_of(session) == after
    finally:
        process.communicate()
