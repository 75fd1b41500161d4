"""What teams have worked in the months before a plan, beside their shares: the past that a fair plan starts from.

By the measure of docs/planning-format.md (Fair work), on visits that were published or reported."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.districts import working_calendar
from app.districts.models import District
from app.schedules.models import Visit, VisitOutcome, VisitResult
from app.schedules.team_days import back_at
from app.schedules.trips.reading import trips_in_force, whole_trips
from app.teams import service as teams
from app.teams.models import Team

WEEKS = 13
MOST_HOURS = 40
"""The planning format knows no more: nobody pays for months for what is past."""
USUAL_DAY = (7 * 60, 17 * 60)
"""Minutes after midnight: office hours with the way there and back; a day outside them is the heavier."""
AN_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """A team's day, in minutes after midnight."""

    leaves: int
    back: int

    @property
    def load(self) -> int:
        odd = (self.leaves < USUAL_DAY[0]) + (self.back > USUAL_DAY[1])
        return self.back - self.leaves + AN_HOUR * odd


def hours_above_share(session: Session, district: District, *, before: date) -> dict[int, int]:
    """Hours that each team worked above its share in the 13 weeks before a date, or below it, by the team's id.

    A team counts from the week of its first visit; one that did not go out at all may be new and brings nothing along.
    """
    start = before - timedelta(weeks=WEEKS)
    days = _days(session, district, start=start, before=before)
    dates = working_calendar.dates_between(start, before - timedelta(days=1))
    off = working_calendar.days_off(session, district, dates[0], dates[-1])
    loads: dict[int, int] = {}
    available: dict[int, int] = {}
    for availability in teams.availability(session, district, dates, off):
        team = availability.team
        worked = days.get(team.id)
        if not worked:
            continue
        first = min(worked)
        since = first - timedelta(days=first.weekday())
        free = sum(works for day, works in zip(dates, availability.works_on, strict=True) if day >= since)
        loads[team.id] = sum(day.load for day in worked.values())
        available[team.id] = free * (team.shift_end - team.shift_start)
    total, everybody = sum(loads.values()), sum(available.values())
    if not everybody:
        return {}
    above = {team: load - available[team] * total // everybody for team, load in loads.items()}
    return {team: max(-MOST_HOURS, min(MOST_HOURS, int(minutes / AN_HOUR))) for team, minutes in above.items()}


def _days(session: Session, district: District, *, start: date, before: date) -> Mapping[int, Mapping[date, PastDay]]:
    """The days of each team, by its id and date; visits reported as not held are left out.

    The way out and home are those planned; where the end of a visit was reported, it is taken in place of the plan's.
    """
    zone = ZoneInfo(district.time_zone)
    carrier = aliased(Visit)
    reported = and_(
        VisitResult.district_code == Visit.district_code, VisitResult.visit_uid == Visit.uid, VisitResult.stands
    )
    rows = session.execute(
        select(
            *(Visit.team_id, Visit.date, Visit.arrives_at, Visit.travel_minutes, Visit.ends_at, Visit.home_minutes),
            Visit.day_breaks,
            *(VisitResult.ended_at, Team.shift_start),
        )
        .join(Team, Team.id == Visit.team_id)
        .outerjoin(VisitResult, reported)
        .where(
            Visit.district_code == district.code,
            Visit.date >= start,
            Visit.date < before,
            or_(
                Visit.in_force,
                and_(VisitResult.visit_id == Visit.id, ~exists().where(carrier.uid == Visit.uid, carrier.in_force)),
            ),
            or_(VisitResult.outcome.is_(None), VisitResult.outcome != VisitOutcome.NOT_HELD),
        )
        .order_by(Visit.team_id, Visit.date, Visit.starts_at, Visit.id)
    ).all()
    days: dict[int, dict[date, PastDay]] = defaultdict(dict)
    for row in rows:
        midnight = datetime.combine(row.date, time(), zone)
        leaves = _minutes(row.arrives_at - midnight) - row.travel_minutes
        ended_at = (row.ended_at or row.ends_at).astimezone(zone)
        back = _minutes(back_at(ended_at, row.home_minutes, row.day_breaks) - midnight)
        known = days[row.team_id].get(row.date)
        days[row.team_id][row.date] = PastDay(
            # A team leaves when its shift starts; before, where its shift was another one then.
            leaves=min(row.shift_start, leaves) if known is None else known.leaves,
            # The way home is that from the last stop.
            back=back,
        )
    last = before - timedelta(days=1)
    for whole in whole_trips(session, trips_in_force(district.code, first=start, last=last)):
        for day in whole.working_dates:
            end = whole.reaches_end_at(day)
            if start <= day < before and end is not None:
                midnight = datetime.combine(day, time(), zone)
                # A day of a trip ends where the team sleeps, with or without visits.
                days[whole.trip.team_id][day] = PastDay(leaves=whole.trip.shift_start, back=_minutes(end - midnight))
    return days


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60
