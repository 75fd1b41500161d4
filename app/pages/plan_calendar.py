"""`/rencana/{id}/kalender`: a plan day by day for a phone, and month by month for a desk and for paper; its trips, and
their pins."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import Request, Response

from app.access.models import Role
from app.access.permissions import check_district
from app.access.token_rules import team_code_of
from app.database import SessionDep
from app.errors import NotFound
from app.http_conventions import NowDep
from app.languages import said
from app.pages.frame import Form, go_to, page, pages_router
from app.pages.plan_page import visits_of
from app.pages.plan_words import plan_at, standing_of
from app.pages.readers import AnyReader, PlannerReader
from app.pages.sent_once import once
from app.payloads import Id
from app.schedules.trips import pins
from app.schedules.trips.answers import ShownTrips
from app.schedules.trips.reading import WholeTrip, trips_of
from app.schedules.trips.schemas import RideOut, TripOut, TripTeamOut
from app.schedules.visit_schemas import VisitOut

router = pages_router()
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """What one team does on a date, and where it wakes up and sleeps if that is not its base."""

    team: TripTeamOut
    stops: Sequence[VisitOut | RideOut]
    """In the order of their hours; a ride has an `origin`, a visit a `site`."""
    begins_at: str | None = None
    """The lodging that it sets out from."""
    sleeps_at: str | None = None
    reaches_end_at: datetime | None = None
    """When a day of a trip ends, at the lodging or the base; None: no trip, or nobody moves that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One box of a month; `is_outside` of the weeks' ends that belong to other months or lie outside the plan."""

    date: date
    is_outside: bool
    doing: TeamDay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of one team: weeks from Monday to Sunday."""

    first: date
    weeks: Sequence[Sequence[Day]]


@router.get("/rencana/{schedule_id}/kalender")
def show_calendar(
    request: Request, session: SessionDep, schedule_id: Id, reader: AnyReader, tim: str | None = None
) -> Response:
    about, schedule, shown = plan_at(session, reader, schedule_id)
    own = None
    if about.actor.role is Role.COORDINATOR:
        if shown.stage != "published":
            raise NotFound(
                said("This plan is not published.", "Rencana ini belum atau tidak lagi terbit."),
            )
        own = team_code_of(session, about.actor.team_id)
    trips = [whole for whole in trips_of(session, schedule) if whole.trip.withdrawn_at is None]
    shown_trips = ShownTrips(session, schedule.district_code)
    visits = visits_of(session, schedule, about)
    doing = _team_days(shown_trips, trips, visits)
    teams = {done.team.code: done.team for done in doing.values() if own in (None, done.team.code)}
    chosen = tim if tim in teams else None
    shown_days = {key: done for key, done in doing.items() if key[0] in ({chosen} if chosen else teams)}
    return page(
        request,
        "plans/calendar.html",
        about,
        plan=shown,
        standing=standing_of(shown),
        teams=[teams[code] for code in sorted(teams)],
        chosen=chosen,
        days=_by_date(shown_days),
        months=list(_months_by_team(shown_days, first=shown.first_date, last=shown.period.end)),
        week=[date(2024, 1, 1) + timedelta(days=number) for number in range(7)],
        is_own=own is not None,
        trips=[trip for trip in map(shown_trips.trip, trips) if trip.team.code in ({chosen} if chosen else teams)],
        idle={trip.id for trip in map(shown_trips.trip, trips) if not _serves(trip, visits)},
        may_pin=about.may_write and shown.stage != "superseded",
    )


@router.post("/rencana/{schedule_id}/perjalanan/{trip_id}/sematan")
@once
def pin_trip(
    session: SessionDep, schedule_id: Id, trip_id: Id, reader: PlannerReader, form: Form, now: NowDep
) -> Response:
    about, schedule, _ = plan_at(session, reader, schedule_id)
    check_district(about.actor, schedule.district_code, write=True)
    whole = pins.trip_to_pin(session, trip_id, actor=about.actor)
    if whole.trip.schedule_id != schedule.id:
        raise NotFound(said("This plan has no such trip.", "Rencana ini tidak punya perjalanan itu."))
    pins.set_pinned(session, whole, pinned=form.get("sematkan") == "ya", actor=about.actor, now=now)
    return go_to(f"/rencana/{schedule_id}/kalender")


def _serves(trip: TripOut, visits: Sequence[VisitOut]) -> bool:
    return any(visit.team.code == trip.team.code and trip.starts_on <= visit.date <= trip.ends_on for visit in visits)


def _team_days(
    shown: ShownTrips, trips: Sequence[WholeTrip], visits: Sequence[VisitOut]
) -> Mapping[tuple[str, date], TeamDay]:
    """By the team's code and date: every day with a visit, and every day of a trip, one off at a lodging too."""
    by_day: dict[tuple[str, date], list[VisitOut]] = defaultdict(list)
    for visit in visits:
        by_day[visit.team.code, visit.date].append(visit)
    days = {
        key: TeamDay(team=TripTeamOut(code=key[0], name=stops[0].team.name), stops=stops)
        for key, stops in by_day.items()
    }
    for whole in trips:
        team = shown.team(whole)
        for number in range((whole.trip.ends_on - whole.trip.starts_on).days + 1):
            day = whole.trip.starts_on + timedelta(days=number)
            days[team.code, day] = _on_trip(whole, day, team, by_day.get((team.code, day), ()), shown)
    return dict(sorted(days.items()))


def _on_trip(whole: WholeTrip, day: date, team: TripTeamOut, visits: Sequence[VisitOut], shown: ShownTrips) -> TeamDay:
    before, after = whole.night_before(day), whole.night_after(day)
    rides = [shown.ride(ride) for ride in whole.rides_on(day)]
    end = whole.reaches_end_at(day)
    return TeamDay(
        team=team,
        stops=sorted((*visits, *rides), key=lambda stop: stop.starts_at),
        # Whoever has the day off does not set out.
        begins_at=before.lodging_name if before is not None and end is not None else None,
        sleeps_at=None if after is None else after.lodging_name,
        reaches_end_at=None if end is None else shown.local(end),
    )


def _by_date(days: Mapping[tuple[str, date], TeamDay]) -> list[tuple[date, list[TeamDay]]]:
    by_date: dict[date, list[TeamDay]] = defaultdict(list)
    for (_, day), doing in days.items():
        by_date[day].append(doing)
    return sorted(by_date.items())


def _months_by_team(
    days: Mapping[tuple[str, date], TeamDay], *, first: date, last: date
) -> Iterator[tuple[TripTeamOut, Sequence[Month]]]:
    by_team: dict[str, dict[date, TeamDay]] = defaultdict(dict)
    for (code, day), doing in days.items():
        by_team[code][day] = doing
    for by_day in by_team.values():
        yield next(iter(by_day.values())).team, list(_months(by_day, first=first, last=last))


def _months(by_day: Mapping[date, TeamDay], *, first: date, last: date) -> Iterator[Month]:
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=31)).replace(day=1)
        begins, ends = max(month, first), min(following - timedelta(days=1), last)
        monday = begins - timedelta(days=begins.weekday())
        weeks = []
        while monday <= ends:
            days = [monday + timedelta(days=number) for number in range(7)]
            weeks.append([Day(date=day, is_outside=not begins <= day <= ends, doing=by_day.get(day)) for day in days])
            monday += _WEEK
        yield Month(first=month, weeks=weeks)
        month = following
