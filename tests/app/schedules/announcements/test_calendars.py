"""What is published is noted for every calendar that should show it, and so is every change of what it shows."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session, sessionmaker

from app.access.service import COMMAND_LINE
from app.calendars import service as calendars
from app.calendars.credentials import load_key
from app.calendars.ics import read_calendar
from app.calendars.models import CalendarSource, OutboxEntry, UnannouncedDistrict
from app.calendars.outbox import deliver
from app.calendars.service import SealingContext
from app.calendars.writing import WritingContext
from app.database import make_engine
from app.districts.models import Area, District
from app.schedules.announcements import calendars as announcing
from app.schedules.announcements.calendars import announce, announce_marked, mark_outlived, render_entries
from app.schedules.announcements.entries import SHOW_CANCELLED
from app.schedules.models import Visit
from app.settings import Settings
from app.sites import service as sites
from app.tables.formats import Format, read_table
from app.teams.models import Team
from app.worker import Timing, running_worker
from tests.app.calendars.conftest import radicale as radicale
from tests.app.calendars.events import THIS_MACHINE, connect, desk
from tests.app.calendars.real_servers import RealServer
from tests.app.conftest import NOW
from tests.factories import make_area, make_district, make_schedule, make_site, make_team, make_visit

EIGHT = datetime(2023, 11, 14, 1, tzinfo=UTC)
BASE = "https://jemput.example.id"


def outgoing(session: Session, district: District, **fields: Any) -> CalendarSource:
    return connect(session, district, "http://127.0.0.1:1/kalender/", direction="out", **fields)


def noted(session: Session, source: CalendarSource) -> dict[Any, int | None]:
    """By UID: the version that should stand in the calendar."""
    rows = session.execute(
        select(OutboxEntry.uid, OutboxEntry.wanted_sequence).where(OutboxEntry.source_id == source.id)
    )
    return {row.uid: row.wanted_sequence for row in rows}


def fresh(session: Session, visit: Visit) -> Visit:
    session.refresh(visit)
    return visit


def test_calendar_is_told_the_visits_of_whom_it_is_for(session: Session) -> None:
    district = make_district(session)
    make_area(session, "16.73.02")
    first, second = make_team(session, code="T-1"), make_team(session, code="T-2")
    here, there = make_site(session, code="S-1"), make_site(session, code="S-2", area_code="16.73.02")
    schedule = make_schedule(session)
    at_one = make_visit(session, schedule, first, here)
    at_two = make_visit(session, schedule, second, there)
    everybody = outgoing(session, district)
    of_team = outgoing(session, district, scope="team", scope_code="T-1")
    of_site = outgoing(session, district, scope="site", scope_code="S-2")
    of_area = outgoing(session, district, scope="area", scope_code="16.73.02")
    only_read = connect(session, district, "http://127.0.0.1:1/lain/")

    announce(session, "16.73", now=NOW)

    assert noted(session, everybody) == {at_one.uid: 0, at_two.uid: 0}
    assert noted(session, of_team) == {at_one.uid: 0}
    assert noted(session, of_site) == noted(session, of_area) == {at_two.uid: 0}
    assert noted(session, only_read) == {}


def test_new_calendar_is_told_what_is_to_come_and_not_what_is_over_or_off(session: Session) -> None:
    district = make_district(session)
    team, site, schedule = make_team(session), make_site(session), make_schedule(session)
    to_come = make_visit(session, schedule, team, site)
    make_visit(session, schedule, team, site, starts_at=NOW - timedelta(days=3))
    make_visit(
        session,
        schedule,
        team,
        site,
        starts_at=EIGHT + timedelta(days=1),
        in_force=False,
        withdrawn_at=NOW - timedelta(hours=1),
    )
    make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=2), in_force=False)
    source = outgoing(session, district)
    announce(session, "16.73", now=NOW)
    assert noted(session, source) == {to_come.uid: 0}


def test_visit_that_is_called_off_is_told_and_taken_out_after_ninety_days(session: Session) -> None:
    district = make_district(session)
    visit = make_visit(session, make_schedule(session), make_team(session), make_site(session))
    source = outgoing(session, district)
    announce(session, "16.73", now=NOW)
    sent(session, source)
    visit.in_force, visit.withdrawn_at, visit.sequence = False, NOW, 1
    announce(session, "16.73", now=NOW)
    assert noted(session, source) == {visit.uid: 1}

    sent(session, source)
    mark_outlived(session, NOW + SHOW_CANCELLED)
    assert marked(session) == []
    later = NOW + SHOW_CANCELLED + timedelta(minutes=1)
    mark_outlived(session, later)
    assert marked(session) == ["16.73"]
    announce(session, "16.73", now=later)
    assert noted(session, source) == {visit.uid: None}


def sent(session: Session, source: CalendarSource) -> None:
    for entry in session.scalars(select(OutboxEntry).where(OutboxEntry.source_id == source.id)):
        entry.sent_sequence, entry.digests = entry.wanted_sequence, ["x"]
    session.flush()


def marked(session: Session) -> Sequence[str]:
    return session.scalars(select(UnannouncedDistrict.district_code)).all()


def test_visit_called_off_before_it_was_written_is_forgotten(session: Session) -> None:
    district = make_district(session)
    visit = make_visit(session, make_schedule(session), make_team(session), make_site(session))
    source = outgoing(session, district)
    announce(session, "16.73", now=NOW)
    session.delete(visit)
    announce(session, "16.73", now=NOW)
    assert noted(session, source) == {}


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("site", {"name": "Dinas Lain"}),
        ("site", {"lat": -3.29}),
        ("site", {"connectivity": 1}),
        ("site", {"contact_phone": "0812"}),
        ("team", {"name": "Tim Lain"}),
        ("team", {"kits": ["satellite"]}),
        ("area", {"name": "Kecamatan Lain"}),
        ("district", {"time_zone": "Asia/Makassar"}),
    ],
)
def test_change_of_what_an_entry_shows_is_a_change_of_the_visit(
    session: Session, table: str, changes: dict[str, Any]
) -> None:
    district = make_district(session)
    team, site, schedule = make_team(session), make_site(session), make_schedule(session)
    in_force = make_visit(session, schedule, team, site, sequence=3)
    off = make_visit(
        session, schedule, team, site, starts_at=EIGHT + timedelta(days=1), in_force=False, withdrawn_at=NOW
    )
    draft = make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=2), in_force=False)
    before = in_force.changed_at
    assert marked(session) == []

    rows: dict[str, Any] = {
        "site": site,
        "team": team,
        "district": district,
        "area": session.get_one(Area, "16.73.01"),
    }
    row = rows[table]
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()

    assert (fresh(session, in_force).sequence, fresh(session, off).sequence) == (4, 1)
    assert in_force.changed_at > before
    assert fresh(session, draft).sequence == 0
    assert marked(session) == ["16.73"]


def test_change_of_what_no_entry_shows_is_none(session: Session) -> None:
    make_district(session)
    team, site = make_team(session), make_site(session)
    visit = make_visit(session, make_schedule(session), team, site)
    site.headcount, site.readiness, team.operators = 500, "asked", 5
    site.name = str(site.name)
    session.flush()
    assert fresh(session, visit).sequence == 0
    assert marked(session) == []


def test_import_that_renames_sites_counts_too(session: Session) -> None:
    make_district(session)
    site = make_site(session, code="S-1")
    other = make_site(session, code="S-2")
    team, schedule = make_team(session), make_schedule(session)
    renamed = make_visit(session, schedule, team, site)
    left = make_visit(session, schedule, team, other, starts_at=EIGHT + timedelta(hours=4))
    table = read_table(b"code,name,headcount\nS-1,Dinas Baru,120\nS-2,Dinas Contoh,130\n", Format.CSV)
    sites.import_sites(session, "16.73", table, actor=COMMAND_LINE, now=NOW)

    assert fresh(session, renamed).sequence == 1
    assert fresh(session, left).sequence == 0


def test_marked_district_is_announced_once(session: Session, connection: Connection) -> None:
    district = make_district(session)
    site = make_site(session)
    visit = make_visit(session, make_schedule(session), make_team(session), site)
    source = outgoing(session, district)
    sessions = sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    session.commit()

    assert marked(session) == ["16.73"]
    assert announce_marked(sessions, NOW, random=lambda: 0.5) == 1
    assert noted(session, source) == {visit.uid: 0}
    site.name = "Dinas Lain"
    session.commit()
    assert announce_marked(sessions, NOW, random=lambda: 0.5) == 1
    assert noted(session, source) == {visit.uid: 1}
    assert announce_marked(sessions, NOW, random=lambda: 0.5) == 0


def test_site_that_moves_to_another_area_leaves_the_calendar_of_the_old_one(session: Session) -> None:
    district = make_district(session)
    make_area(session, "16.73.02")
    site = make_site(session)
    visit = make_visit(session, make_schedule(session), make_team(session), site)
    old = outgoing(session, district, scope="area", scope_code="16.73.01")
    new = outgoing(session, district, scope="area", scope_code="16.73.02")
    announce(session, "16.73", now=NOW)
    sent(session, old)
    site.area_code = "16.73.02"
    announce(session, "16.73", now=NOW)
    assert (noted(session, old), noted(session, new)) == ({visit.uid: None}, {visit.uid: 1})


@pytest.mark.parametrize("is_called_off", [False, True])
def test_site_that_moves_back_is_told_again_unless_the_visit_was_called_off(
    session: Session, is_called_off: bool
) -> None:
    district = make_district(session)
    make_area(session, "16.73.02")
    site = make_site(session)
    visit = make_visit(session, make_schedule(session), make_team(session), site)
    source = outgoing(session, district, scope="area", scope_code="16.73.01")
    announce(session, "16.73", now=NOW)
    sent(session, source)
    site.area_code = "16.73.02"
    announce(session, "16.73", now=NOW)
    entry = session.get_one(OutboxEntry, (source.id, visit.uid), populate_existing=True)
    entry.sent_sequence, entry.absent_since = None, NOW
    if is_called_off:
        visit.in_force, visit.withdrawn_at = False, NOW
    site.area_code = "16.73.01"
    announce(session, "16.73", now=NOW)

    session.refresh(entry)
    state = (entry.wanted_sequence is not None, entry.absent_since)
    assert state == ((False, NOW) if is_called_off else (True, None))


def test_change_that_waits_keeps_its_age(session: Session) -> None:
    district = make_district(session)
    visit = make_visit(session, make_schedule(session), make_team(session), make_site(session))
    source = outgoing(session, district)
    announce(session, "16.73", now=NOW)
    visit.sequence = 1
    announce(session, "16.73", now=NOW + timedelta(days=2))
    entry = session.get_one(OutboxEntry, (source.id, visit.uid), populate_existing=True)
    assert (entry.enqueued_at, entry.next_try_at) == (NOW, NOW + timedelta(days=2))
    sent(session, source)
    visit.sequence = 2
    announce(session, "16.73", now=NOW + timedelta(days=3))
    session.refresh(entry)
    assert entry.enqueued_at == NOW + timedelta(days=3)


def test_what_stands_in_the_calendar_is_what_the_feed_shows(own_database: str, radicale: RealServer) -> None:
    engine: Engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    remote = radicale.new_calendar()
    with sessions.begin() as session:
        district = make_district(session)
        team, site, schedule = make_team(session, code="T-1"), make_site(session), make_schedule(session)
        visits = [make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=day)) for day in range(3)]

        source = connect(
            session,
            district,
            remote.address,
            direction="both",
            username=radicale.username,
            password=SecretStr(radicale.password),
        )
    context = WritingContext(desk=desk(), render=render_entries)
    announce_marked(sessions, NOW, random=lambda: 0.5)
    deliver(sessions, source.id, now=NOW, context=context)

    entries = {entry.uid: entry for content in remote.contents() for entry in read_calendar(content).entries}
    assert set(entries) == {f"{visit.uid}@jemput-bola" for visit in visits}
    first = entries[f"{visits[0].uid}@jemput-bola"]
    assert (first.starts_at, first.sequence) == (EIGHT, 0)
    assert first.url is None

    with sessions.begin() as session:
        visit = session.get_one(Visit, visits[0].id)
        visit.in_force, visit.withdrawn_at, visit.sequence = False, NOW, 1
        session.get_one(Team, team.id).name = "Tim Baru"
        announce(session, "16.73", now=NOW)
    deliver(sessions, source.id, now=NOW, context=context)
    entries = {entry.uid: entry for content in remote.contents() for entry in read_calendar(content).entries}
    assert sorted(entry.summary for entry in entries.values()) == [
        f"BATAL: Tim Baru: {site.name}",
        f"Tim Baru: {site.name}",
        f"Tim Baru: {site.name}",
    ]
    with sessions() as session:
        state = calendars.list_connected(session, "16.73")[0].delivery
        assert state is not None
        assert (state.pending, state.delivered, state.conflicts) == (0, 3, 0)
    engine.dispose()


def test_worker_writes_calendars_and_sends_invitations_by_itself(
    own_database: str, radicale: RealServer, tmp_path: Path
) -> None:
    settings = Settings(
        secret_key=SecretStr("s" * 32), data_dir=tmp_path, allowed_hosts=("127.0.0.1",), public_url=BASE
    )
    engine = make_engine(own_database)
    remote = radicale.new_calendar()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with Session(engine) as session, session.begin():
        district = make_district(session)
        site = make_site(session, contact_email="tu@sekolah.example.id")
        make_visit(session, make_schedule(session), make_team(session), site, starts_at=tomorrow)
        connect(
            session,
            district,
            remote.address,
            sealing=SealingContext(key=load_key(settings), guard=THIS_MACHINE),
            direction="out",
            username=radicale.username,
            password=SecretStr(radicale.password),
        )
    with running_worker(settings, own_database, timing=Timing(calendars=0.05)):
        deadline = time.monotonic() + 60
        while not (remote.contents() and list(tmp_path.glob("outbox/*.ics"))):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert len(remote.contents()) == 1
    assert len(list(tmp_path.glob("outbox/*.ics"))) == 1
    engine.dispose()


def test_visit_called_off_before_its_calendar_saw_it_is_not_told(session: Session) -> None:
    """Publishing again and again between two rounds leaves no cancellations of what nobody saw."""
    district = make_district(session)
    team, site, schedule = make_team(session), make_site(session), make_schedule(session)
    seen, unseen = (
        make_visit(session, schedule, team, site, starts_at=EIGHT + timedelta(days=day)) for day in range(2)
    )
    source = outgoing(session, district)
    announce(session, "16.73", now=NOW)
    session.get_one(OutboxEntry, (source.id, seen.uid)).digests = ["x"]
    for visit in (seen, unseen):
        visit.in_force, visit.withdrawn_at, visit.sequence = False, NOW, 1
    announce(session, "16.73", now=NOW)
    assert noted(session, source) == {seen.uid: 1}
    entry = session.get_one(OutboxEntry, (source.id, seen.uid), populate_existing=True)
    assert (entry.in_force, entry.starts_at) == (False, EIGHT)


def test_district_that_raises_anything_is_set_aside_and_the_others_are_announced(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Engine = make_engine(own_database)
    sessions = sessionmaker(engine, expire_on_commit=False)
    codes = ["16.73", "17.71", "32.71"]
    with sessions.begin() as session:
        for code in codes:
            make_district(session, code)
            session.add(UnannouncedDistrict(district_code=code))
    original = announcing.announce

    def announces(session: Session, code: str, *, now: datetime) -> None:
        if code == codes[1]:
            raise RecursionError
        original(session, code, now=now)

    with monkeypatch.context() as patched:
        patched.setattr(announcing, "announce", announces)
        assert announce_marked(sessions, NOW, random=lambda: 0.5) == 3
    with sessions() as session:
        assert marked(session) == [codes[1]]
        mark = session.get_one(UnannouncedDistrict, codes[1])
        assert (mark.failures, mark.next_try_at) == (1, NOW + timedelta(seconds=30))
        assert str(mark.trouble_about).startswith("RecursionError, test_calendars.py:")
    assert announce_marked(sessions, NOW, random=lambda: 0.5) == 0
    assert announce_marked(sessions, NOW + timedelta(minutes=1), random=lambda: 0.5) == 1
    with sessions() as session:
        assert marked(session) == []
    engine.dispose()
