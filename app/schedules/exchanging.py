"""Which visits a plan takes out of force and which it puts in, and the exchange of the two.

What has begun or was reported never moves. A visit that keeps team, date and site keeps its calendar identity; what
becomes of trips is said in `app.schedules.trips.exchanging`."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.districts.models import District
from app.errors import Conflict
from app.languages import said
from app.schedules.models import Schedule, Visit
from app.schedules.planned_with import planned_with
from app.schedules.promises import promised_among
from app.schedules.queries import visits_in_force
from app.schedules.standing_results import is_reported
from app.schedules.team_days import kinds_with
from app.schedules.trips.exchanging import TripExchange, exchange_trips, refuse_absent, withdraw_trips
from app.sites.kinds import kind_defaults
from app.sites.models import Site
from app.sites.session_places import place_on, places_of
from app.teams.models import Team
from app.words import said_moment

VisitKey = tuple[int, date, int]


class TeamBusy(Conflict):
    """A visit that may not move any more overlaps one of the plan."""


def frozen_until(schedule: Schedule, district: District, *, now: datetime) -> datetime:
    """Visits that begin before this moment stay as they are; a back-test replays its own first date."""
    first = datetime.combine(schedule.first_date, time(), ZoneInfo(district.time_zone))
    return first if schedule.is_back_test else max(first, now)


def visits_entering(session: Session, schedule: Schedule, *, since: datetime, trips: TripExchange) -> Sequence[Visit]:
    """The visits that publishing puts into force: none of before `since`, none that has happened already, none of a
    trip that comes too late."""
    happened = reported_keys(session, schedule)
    return [
        visit
        for visit in own_visits(session, schedule)
        if visit.starts_at >= since and key_of(visit) not in happened and not trips.is_too_late_for(visit)
    ]


def own_visits(session: Session, schedule: Schedule) -> Sequence[Visit]:
    """All visits of a schedule, in force or not."""
    return session.scalars(select(Visit).where(Visit.schedule_id == schedule.id).order_by(Visit.id)).all()


def replaceable(session: Session, schedule: Schedule, *, since: datetime, trips: TripExchange) -> Sequence[Visit]:
    """Visits in force that this schedule plans anew: same document, in its period, neither begun by then nor
    reported, nor of a trip that stays."""
    visits = session.scalars(
        _in_force_around(schedule).where(Visit.starts_at >= since, ~is_reported()).order_by(Visit.id)
    )
    return [visit for visit in visits if not trips.holds(visit)]


def reported_keys(session: Session, schedule: Schedule) -> set[VisitKey]:
    """Visits in force of which a result is known: no plan moves them, and none repeats them."""
    return {key_of(visit) for visit in session.scalars(_in_force_around(schedule).where(is_reported()))}


def _in_force_around(schedule: Schedule) -> Select[Visit]:
    return (
        visits_in_force(schedule.district_code)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .where(
            Schedule.document == schedule.document,
            Visit.date.between(schedule.first_date, schedule.period_end),
        )
    )


def keep_facts(session: Session, schedule: Schedule, entering: Sequence[Visit]) -> None:
    """Write down what each visit was planned with."""
    sites = {
        site.id: site
        for site in session.scalars(select(Site).where(Site.id.in_({visit.site_id for visit in entering})))
    }
    teams = {
        team.id: team
        for team in session.scalars(select(Team).where(Team.id.in_({visit.team_id for visit in entering})))
    }
    kinds = kind_defaults(session, schedule.district_code)
    places = places_of(session, schedule.district_code, sites.values())
    for visit in entering:
        team = teams[visit.team_id]
        kits = kinds_with(team.kits, visit.day_kits)
        site = sites[visit.site_id]
        place = place_on(site, visit.date, places)
        visit.planned_with = planned_with(site, team, kinds=kinds, kits=kits, place=place).to_json()


def exchange(
    session: Session,
    schedule: Schedule,
    leaving: Sequence[Visit],
    entering: Sequence[Visit],
    *,
    trips: TripExchange,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Take visits and trips out of force and put those of a schedule in, or neither; raises `TeamBusy`, `TeamAway`."""
    try:
        with session.begin_nested():
            _exchange(session, leaving, entering, trips=trips, zone=zone, now=now)
    except IntegrityError as error:
        raise TeamBusy(
            said(
                "Schedule {schedule} could not be published: another change put one of its teams to "
                "work at the same time. Try again.",
                "Jadwal {schedule} belum dapat diterbitkan: perubahan lain menugaskan salah satu "
                "timnya pada waktu yang sama. Coba lagi.",
                schedule=schedule.id,
            )
        ) from error


def _exchange(
    session: Session,
    leaving: Sequence[Visit],
    entering: Sequence[Visit],
    *,
    trips: TripExchange,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    before = {key_of(visit): visit for visit in leaving}
    promised = promised_among(session, entering)
    kept = {key_of(visit) for visit in entering}
    for visit in leaving:
        visit.in_force = False
        if key_of(visit) not in kept:
            visit.withdrawn_at = visit.changed_at = now
            visit.sequence += 1
    # The constraints look at every row as it is written, so those that leave go first.
    withdraw_trips(session, trips, now=now)
    _refuse_overlaps(session, entering, zone=zone)
    refuse_absent(session, trips, entering)
    meetings = _Meetings(leaving, entering)
    _retell_staying(session, meetings, now=now)
    for visit in entering:
        visit.in_force = True
        visit.published_at = visit.changed_at = now
        earlier = before.get(key_of(visit))
        if visit.id in promised:
            # The promise keeps it in place, and ends with it; a pin would outlast a new wish of the site.
            visit.pinned = False
        if earlier is not None:
            is_same = _shown(visit) == _shown(earlier) and not meetings.differ_for(visit)
            visit.uid = earlier.uid
            visit.sequence = earlier.sequence + (0 if is_same else 1)
            visit.changed_at = earlier.changed_at if is_same else now
            visit.pinned = visit.pinned or earlier.pinned
    session.flush()
    exchange_trips(session, trips, now=now)


class _Meetings:
    """Which teams come to a site on a date before and after an exchange; those of visits that stay are in both."""

    def __init__(self, leaving: Iterable[Visit], entering: Iterable[Visit]) -> None:
        self._was, self._becomes = _teams_by_place(leaving), _teams_by_place(entering)

    @property
    def changed(self) -> list[tuple[int, date]]:
        """The sites and dates to which other teams come."""
        places = self._was.keys() | self._becomes.keys()
        return sorted(place for place in places if self._was.get(place) != self._becomes.get(place))

    def differ_for(self, visit: Visit) -> bool:
        """Whether the team of a visit meets others than before."""
        place, own = (visit.site_id, visit.date), {visit.team_id}
        return self._was.get(place, set()) - own != self._becomes.get(place, set()) - own


def _teams_by_place(visits: Iterable[Visit]) -> dict[tuple[int, date], set[int]]:
    teams: dict[tuple[int, date], set[int]] = {}
    for visit in visits:
        teams.setdefault((visit.site_id, visit.date), set()).add(visit.team_id)
    return teams


def _retell_staying(session: Session, meetings: _Meetings, *, now: datetime) -> None:
    """Count it as a change of visits that stay when other teams come there; what enters is not in force yet."""
    if not (places := meetings.changed):
        return
    staying = select(Visit).where(Visit.in_force, tuple_(Visit.site_id, Visit.date).in_(places)).order_by(Visit.id)
    for visit in session.scalars(staying):
        if meetings.differ_for(visit):
            visit.sequence += 1
            visit.changed_at = now


def _refuse_overlaps(session: Session, entering: Sequence[Visit], *, zone: ZoneInfo) -> None:
    """Raise `TeamBusy` if a visit that stays in force takes a team at the time of a new one."""
    new = aliased(Visit)
    overlap = session.execute(
        select(Visit, new)
        .join(new, new.team_id == Visit.team_id)
        .where(
            Visit.in_force,
            new.id.in_([visit.id for visit in entering]),
            func.tstzrange(Visit.starts_at, Visit.ends_at).op("&&")(func.tstzrange(new.starts_at, new.ends_at)),
        )
        .order_by(new.starts_at)
        .limit(1)
    ).first()
    if overlap is not None:
        staying, planned = overlap
        raise TeamBusy(
            said(
                "Visit {visit} keeps its team until {until} and cannot move any more, but the plan "
                "has the team elsewhere from {since}. Plan again from a later first_date.",
                "Kunjungan {visit} memakai timnya sampai {until} dan tidak dapat dipindah lagi, "
                "padahal rencana ini menugaskan tim itu di tempat lain sejak {since}. Susun ulang "
                "dengan first_date yang lebih akhir.",
                visit=staying.id,
                until=said_moment(staying.ends_at, zone),
                since=said_moment(planned.starts_at, zone),
            )
        )


def key_of(visit: Visit) -> VisitKey:
    """What makes two visits the same one in two plans."""
    return (visit.team_id, visit.date, visit.site_id)


def _shown(visit: Visit) -> tuple[object, ...]:
    """Everything of a visit itself that its calendar entry tells (`app.schedules.announcements.entries`); whom its team
    meets is told of both plans (`_Meetings`)."""
    return (
        *times_of(visit),
        *(visit.arrives_at, visit.service_minutes, visit.expected_activations, visit.expected_further),
        *(visit.travel_minutes, visit.travel_metres, visit.travel_way),
        *(visit.day_breaks, visit.day_kits, visit.stage, visit.prepared),
    )


def times_of(visit: Visit) -> tuple[datetime, datetime, int]:
    """What a retimed visit changes."""
    return (visit.starts_at, visit.ends_at, visit.setup_minutes)
