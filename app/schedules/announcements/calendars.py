"""What calendars and invited people should be told of a district's published visits: notes it in the outbox, in the
transaction of publishing, or soon after a change that a trigger has marked."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, sessionmaker

from app.calendars.deliveries import mark_unannounced
from app.calendars.ics import write_object
from app.calendars.models import CalendarDelivery, CalendarSource, Direction, OutboxEntry, UnannouncedDistrict
from app.calendars.rounds import Fault, in_turns, wait_after
from app.calendars.writing import Rendered
from app.districts.models import Area, District
from app.districts.row_locks import take_turns
from app.schedules.announcements.entries import AREA_OF_PLACE, SHOW_CANCELLED, VISIT_COLUMNS, ShownVisit, visit_entry
from app.schedules.announcements.invitations import invite
from app.schedules.announcements.trip_entries import ShownTrip, shown_trips, trip_entry
from app.schedules.models import Schedule, Visit
from app.schedules.trips.models import Trip
from app.sites.models import Site
from app.sites.session_places import PLACE, is_held_at
from app.teams.models import Team

_FIRST_RETRY = timedelta(seconds=30)


def announce(session: Session, district_code: str, *, now: datetime) -> None:
    """Make the outbox say what is published, in the caller's transaction."""
    session.flush()
    take_turns(session, district_code)
    session.execute(delete(UnannouncedDistrict).where(UnannouncedDistrict.district_code == district_code))
    outgoing = session.scalars(
        select(CalendarSource.id)
        .where(CalendarSource.district_code == district_code, CalendarSource.direction != Direction.IN.value)
        .order_by(CalendarSource.id)
    ).all()
    if outgoing:
        session.execute(
            upsert(CalendarDelivery)
            .values([{"source_id": source_id, "next_try_at": now, "failures": 0} for source_id in outgoing])
            .on_conflict_do_nothing()
        )
        # Whoever writes entries of a calendar holds its delivery, and several in this order.
        session.execute(
            select(CalendarDelivery.source_id)
            .where(CalendarDelivery.source_id.in_(outgoing))
            .order_by(CalendarDelivery.source_id)
            .with_for_update()
        )
        _enqueue(session, district_code, now=now)
        _enqueue_removals(session, district_code, now=now)
    invite(session, district_code, now=now)


def announce_marked(sessions: sessionmaker[Session], now: datetime, *, random: Callable[[], float]) -> int:
    """Bring the outbox of districts with a marked change up to date; how many were due.

    To be called every few seconds by every worker; each district is taken by one of them."""
    with sessions() as session:
        marked = session.scalars(
            select(UnannouncedDistrict.district_code)
            .where(_is_due(now))
            .order_by(UnannouncedDistrict.next_try_at.nulls_first(), UnannouncedDistrict.district_code)
        ).all()
    in_turns(
        marked,
        partial(_announce_one, sessions, now=now),
        set_aside=partial(_set_aside, sessions, now=now, random=random),
    )
    return len(marked)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(UnannouncedDistrict.next_try_at.is_(None), UnannouncedDistrict.next_try_at <= now)


def _announce_one(sessions: sessionmaker[Session], code: str, *, now: datetime) -> None:
    with sessions.begin() as session:
        mine = session.scalar(
            select(UnannouncedDistrict.district_code)
            .where(UnannouncedDistrict.district_code == code, _is_due(now))
            .with_for_update(skip_locked=True)
        )
        if mine is not None:
            announce(session, code, now=now)


def _set_aside(
    sessions: sessionmaker[Session], code: str, fault: Fault, *, now: datetime, random: Callable[[], float]
) -> None:
    with sessions.begin() as session:
        mark = session.get(UnannouncedDistrict, code, with_for_update=True)
        if mark is not None:
            mark.failures, mark.trouble_about = mark.failures + 1, str(fault)
            mark.next_try_at = now + wait_after(mark.failures, first=_FIRST_RETRY, random=random)


def mark_outlived(session: Session, now: datetime) -> None:
    """Have called-off visits taken out of calendars once they have been told long enough."""
    outlived = (
        select(row.district_code)
        .join(OutboxEntry, OutboxEntry.uid == row.uid)
        .where(OutboxEntry.wanted_sequence.is_not(None), row.withdrawn_at < now - SHOW_CANCELLED)
        for row in (Visit, Trip)
    )
    codes = session.scalars(union(*outlived)).all()
    for code in codes:
        mark_unannounced(session, code)


def _in_scope() -> ColumnElement[bool]:
    return and_(
        or_(CalendarSource.team_id.is_(None), CalendarSource.team_id == Visit.team_id),
        or_(CalendarSource.site_id.is_(None), CalendarSource.site_id == Visit.site_id),
        or_(CalendarSource.area_code.is_(None), CalendarSource.area_code == Site.area_code),
    )


def _shown(district_code: str, *, now: datetime) -> CTE:
    """By calendar: the visits and trips that should stand in it, of several rows with one identity the one in force."""
    visits = (
        select(
            CalendarSource.id.label("source_id"),
            *(Visit.uid, Visit.sequence, Visit.in_force, Visit.starts_at, Visit.ends_at),
        )
        .join(Visit, Visit.district_code == CalendarSource.district_code)
        .join(Site, Site.id == Visit.site_id)
        .where(
            CalendarSource.district_code == district_code,
            CalendarSource.direction != Direction.IN.value,
            or_(Visit.in_force, Visit.withdrawn_at >= now - SHOW_CANCELLED),
            _in_scope(),
        )
        .order_by(CalendarSource.id, Visit.uid, Visit.in_force.desc(), Visit.id.desc())
        .ext(distinct_on(CalendarSource.id, Visit.uid))
    )
    trips = (
        select(
            CalendarSource.id.label("source_id"),
            *(Trip.uid, Trip.sequence, Trip.in_force, Trip.leaves_at, Trip.back_at),
        )
        .join(Trip, Trip.district_code == CalendarSource.district_code)
        .where(
            CalendarSource.district_code == district_code,
            CalendarSource.direction != Direction.IN.value,
            or_(Trip.in_force, Trip.withdrawn_at >= now - SHOW_CANCELLED),
            # Sites and areas learn of their visits alone.
            or_(CalendarSource.team_id.is_(None), CalendarSource.team_id == Trip.team_id),
            func.num_nonnulls(CalendarSource.site_id, CalendarSource.area_code) == 0,
        )
        .order_by(CalendarSource.id, Trip.uid, Trip.in_force.desc(), Trip.id.desc())
        .ext(distinct_on(CalendarSource.id, Trip.uid))
    )
    return union_all(select(visits.subquery()), select(trips.subquery())).cte("shown")


def _enqueue(session: Session, district_code: str, *, now: datetime) -> None:
    """Note every visit and trip that a calendar does not know in its latest version.

    What is over is no news, nor what was called off before anything of it was written."""
    shown = _shown(district_code, now=now)
    known = OutboxEntry
    is_new = or_(known.uid.is_(None), known.absent_since.is_not(None))
    rows = (
        select(
            *(shown.c.source_id, shown.c.uid, shown.c.sequence, shown.c.in_force, shown.c.starts_at),
            *(literal(now, CalendarDelivery.next_try_at.type), literal(now, CalendarDelivery.next_try_at.type)),
            *(literal([], OutboxEntry.digests.type), literal(0)),
        )
        .outerjoin(known, and_(known.source_id == shown.c.source_id, known.uid == shown.c.uid))
        .where(
            or_(
                and_(is_new, shown.c.in_force, shown.c.ends_at > now),
                and_(
                    ~is_new,
                    known.wanted_sequence.is_distinct_from(shown.c.sequence),
                    or_(shown.c.in_force, _may_be_written()),
                ),
            )
        )
    )
    wanted = ("wanted_sequence", "in_force", "starts_at")
    statement = upsert(OutboxEntry).from_select(
        ("source_id", "uid", *wanted, "enqueued_at", "next_try_at", "digests", "failures"), rows
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[OutboxEntry.source_id, OutboxEntry.uid],
            set_=_renewed(now) | {name: statement.excluded[name] for name in wanted} | {"absent_since": null()},
        )
    )


def _enqueue_removals(session: Session, district_code: str, *, now: datetime) -> None:
    """Note every entry that should not stand in its calendar any more: told long enough, of another area now, or called
    off before it was written."""
    shown = _shown(district_code, now=now)
    is_shown = select(shown.c.uid).where(
        shown.c.source_id == OutboxEntry.source_id,
        shown.c.uid == OutboxEntry.uid,
        or_(shown.c.in_force, _may_be_written()),
    )
    session.execute(
        update(OutboxEntry)
        .where(
            OutboxEntry.source_id == CalendarSource.id,
            CalendarSource.district_code == district_code,
            OutboxEntry.wanted_sequence.is_not(None),
            ~is_shown.exists(),
        )
        .values(_renewed(now) | {"wanted_sequence": null(), "in_force": False})
        .execution_options(synchronize_session=False)
    )
    # What was never written need not be taken away.
    session.execute(
        delete(OutboxEntry)
        .where(
            OutboxEntry.source_id.in_(select(CalendarSource.id).where(CalendarSource.district_code == district_code)),
            OutboxEntry.wanted_sequence.is_(None),
            ~_may_be_written(),
        )
        .execution_options(synchronize_session=False)
    )


def _may_be_written() -> ColumnElement[bool]:
    """Whether the calendar may have seen the entry: what is about to be written is noted before."""
    return func.cardinality(OutboxEntry.digests) > 0


def _renewed(now: datetime) -> dict[str, object]:
    """The change is due at once, and as old as the oldest that still waits."""
    return {
        "enqueued_at": case((OutboxEntry.is_pending(), OutboxEntry.enqueued_at), else_=now),
        "next_try_at": now,
        "failures": 0,
    }


def render_entries(session: Session, source: CalendarSource, uids: Collection[UUID]) -> Mapping[UUID, Rendered]:
    """How the entries of visits and trips look in a calendar that we write to."""
    rows = session.execute(
        select(*VISIT_COLUMNS)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .join(Area, AREA_OF_PLACE)
        .join(Team, Team.id == Visit.team_id)
        .join(District, District.code == Visit.district_code)
        .where(Visit.uid.in_(uids), or_(Visit.in_force, Visit.withdrawn_at.is_not(None)))
        # Of two rows with one identity the later one is kept: the one in force.
        .order_by(Visit.in_force, Visit.id)
    )
    is_teams = source.team_id is not None
    trips = map(ShownTrip._make, session.execute(shown_trips().where(Trip.uid.in_(uids))))
    of_trips = {
        row.uid: Rendered(
            sequence=row.sequence,
            content=write_object(trip_entry(row, names_team=not is_teams), row.time_zone),
            is_cancelled=not row.in_force,
            ends_at=row.ends_at,
        )
        for row in trips
    }
    return of_trips | {
        row.uid: Rendered(
            sequence=row.sequence,
            content=write_object(visit_entry(row, names_team=not is_teams, names_contact=is_teams), row.time_zone),
            is_cancelled=not row.in_force,
            ends_at=row.ends_at,
        )
        for row in map(ShownVisit._make, rows)
    }
