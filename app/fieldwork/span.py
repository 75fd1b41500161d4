"""Several dates of a team at once, for a phone that will be without signal: stops, and what left the plan."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, exists, literal_column, select, true, union_all
from sqlalchemy.orm import Session, aliased, sessionmaker

from app.access.models import Token
from app.database import PreparedRead
from app.districts.models import Area
from app.fieldwork.day import FROM_TOKEN, STANDING_RESULT, DayRow, day_columns, one_day, storable, whose
from app.schedules.models import Schedule, Visit, VisitResult
from app.sites.models import Site
from app.sites.session_places import PLACE, is_held_at
from app.teams.models import Team
from app.words import Text, in_both

MAX_DAYS = 14
_DAY_FIELDS = len(DayRow._fields)


class Fate(NamedTuple):
    """Whether a visit stands, and if it does not, what stands in its place; null on dates without visits."""

    on: date
    in_force: bool
    withdrawn_at: datetime | None
    instead_id: int | None
    instead_uid: UUID
    instead_date: date
    instead_starts_at: datetime
    instead_team_id: int
    instead_team_code: str
    instead_team_name: str


class SpanRow(NamedTuple):
    """One visit of the dates asked for, in the plan or withdrawn from it; its day's `visit_id` is null without any."""

    day: DayRow
    standing: Fate


_in_place, _new, _earlier, _new_team = aliased(Visit), aliased(Visit), aliased(Visit), aliased(Team)
_ASKED = and_(Visit.team_id == Team.id, Visit.date.between(bindparam("date"), bindparam("until")))
# Two arms, since each has an index of its own.
_shown = union_all(
    select(Visit.id).where(_ASKED, Visit.in_force).correlate(Team),
    select(Visit.id)
    .where(
        _ASKED,
        Visit.district_code == Team.district_code,
        Visit.withdrawn_at.is_not(None),
        ~exists().where(
            _in_place.team_id == Visit.team_id,
            _in_place.date == Visit.date,
            _in_place.site_id == Visit.site_id,
            _in_place.in_force,
        ),
    )
    .correlate(Team),
).lateral("shown")
_instead = (
    select(_new.id, _new.uid, _new.date, _new.starts_at, _new.team_id, _new_team.code, _new_team.name)
    .join(_new_team, _new_team.id == _new.team_id)
    .where(
        ~Visit.in_force,
        _new.in_force,
        _new.site_id == Visit.site_id,
        ~exists()
        .where(
            _earlier.uid == _new.uid,
            _earlier.site_id == _new.site_id,
            _earlier.published_at < Visit.withdrawn_at,
        )
        .correlate(_new, Visit),
    )
    .order_by(_new.starts_at, _new.id)
    .limit(literal_column("1"))
    .correlate(Visit)
    .lateral("instead")
)
_SPAN = PreparedRead(
    select(*day_columns("until"), Visit.date, Visit.in_force, Visit.withdrawn_at, *_instead.c)
    .select_from(FROM_TOKEN)
    .outerjoin(_shown, true())
    .outerjoin(Visit, Visit.id == _shown.c.id)
    .outerjoin(_instead, true())
    .outerjoin(Schedule, Schedule.id == Visit.schedule_id)
    .outerjoin(VisitResult, STANDING_RESULT)
    .outerjoin(Site, Site.id == Visit.site_id)
    .outerjoin(PLACE, is_held_at(Visit.date))
    .outerjoin(Area, Area.code == Site.area_code)
    .where(Token.secret_hash == bindparam("secret_hash"))
    # Of two that were withdrawn from one place in turn, the later counts.
    .order_by(Visit.starts_at, Visit.withdrawn_at, Visit.id)
)


async def read_span(
    sessions: sessionmaker[Session],
    *,
    secret_hash: bytes,
    first: date,
    days: int,
    team_code: str | None,
    district_code: str | None,
) -> Sequence[SpanRow]:
    """As `read_day`, of so many dates."""
    rows = await _SPAN.rows_in_loop(
        sessions,
        {
            "secret_hash": secret_hash,
            "date": first,
            "until": first + timedelta(days=days - 1),
            "team": storable(team_code),
            "district": storable(district_code),
        },
    )
    return [SpanRow(DayRow._make(row[:_DAY_FIELDS]), Fate._make(row[_DAY_FIELDS:])) for row in rows]


def span_shown(rows: Sequence[SpanRow], first: date, days: int, *, shows_contacts: bool) -> dict[str, Any]:
    """The answer, in the shape of `AssignedDays`."""
    team = rows[0].day
    visits = [row for row in rows if row.day.visit_id is not None]
    dates = [first + timedelta(days=number) for number in range(days)]
    stops = {day: [row.day for row in visits if row.standing.in_force and row.standing.on == day] for day in dates}
    gone = {(row.standing.on, row.day.site_code): row for row in visits if not row.standing.in_force}
    return {
        **whose(team),
        "days": [one_day(team, stops[day], day, shows_contacts=shows_contacts) for day in dates],
        "withdrawn": [_withdrawn(row) for row in gone.values()],
        "next_date_with_stops": team.next_date,
    }


def _withdrawn(row: SpanRow) -> dict[str, Any]:
    day, standing = row
    zone = ZoneInfo(day.time_zone)
    assert standing.withdrawn_at is not None
    reason, message = _reason(day, standing, zone)
    return {
        "visit_id": day.visit_id,
        "uid": day.visit_uid,
        "date": standing.on,
        "starts_at": day.starts_at.astimezone(zone),
        "sequence": day.sequence,
        "withdrawn_at": standing.withdrawn_at.astimezone(zone),
        "site_code": day.site_code,
        "site_name": day.site_name,
        "reason": reason,
        "message": message,
        "instead": {
            "visit_id": standing.instead_id,
            "uid": standing.instead_uid,
            "date": standing.instead_date,
            "starts_at": standing.instead_starts_at.astimezone(zone),
            "team_code": standing.instead_team_code,
            "team_name": standing.instead_team_name,
        }
        if standing.instead_id is not None
        else None,
    }


def _reason(day: DayRow, standing: Fate, zone: ZoneInfo) -> tuple[str, Text]:
    if standing.instead_id is None:
        return "left_out", in_both(
            "{site} tidak ada lagi dalam rencana yang diterbitkan.",
            "{site} is no longer in the published plan.",
            site=day.site_name,
        )
    when = standing.instead_date
    if standing.instead_team_id == day.team_id:
        return "other_time", in_both(
            "{site} dipindahkan ke {when}.", "{site} was moved to {when}.", site=day.site_name, when=when
        )
    return "other_team", in_both(
        "{site} dikunjungi {team} pada {when}.",
        "{site} is visited by {team} on {when}.",
        site=day.site_name,
        team=standing.instead_team_name,
        when=when,
    )
