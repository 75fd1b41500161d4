"""The coordinator's day: a team's stops in order, and its trip, from the published plan. Asked for all day on poor
signal, so one prepared statement fetches the token with everything else."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, func, or_, outerjoin, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from app.access.models import Token
from app.access.service import TOKEN_COLUMNS, StoredToken
from app.database import PreparedRead
from app.districts.models import Area, District
from app.fieldwork.trips import end_of_day, next_date_on_trip, shown_trip, trip_on, trips_between
from app.schedules.document_schemas import expected_of, in_listed_order
from app.schedules.fellow_teams import fellows_in_force
from app.schedules.models import Schedule, Visit, VisitResult
from app.schedules.team_days import Breaks, back_at, kinds_with, of_day, shown_breaks
from app.sites.models import Site
from app.sites.preparations import VisitStage
from app.sites.session_places import PLACE, held, is_held_at, needed_at
from app.teams.models import Team

_NO_WAY_BACK = dict.fromkeys(
    ("back_at", "back_travel_minutes", "back_travel_metres", "back_travel_source", "back_travel_way")
)


class DayRow(NamedTuple):
    """One stop with its team, district and token; the visit's fields are null on a day without stops."""

    token_id: int
    prefix: str
    role: str
    token_district_code: str | None
    token_team_id: int | None
    expires_at: datetime | None
    revoked_at: datetime | None
    user_id: int | None
    idle_hours: int | None
    used_at: datetime
    district_code: str | None
    district_name: str
    time_zone: str
    team_id: int | None
    team_code: str
    team_name: str
    operators: int
    kits: list[str]
    base_name: str | None
    base_lat: float
    base_lon: float
    shift_start: int
    shift_end: int
    next_date: date | None
    trips: list[dict[str, Any]]
    """Those of the team that touch the dates asked for (`app.fieldwork.trips`)."""
    visit_id: int | None
    visit_uid: UUID
    sequence: int
    changed_at: datetime
    arrives_at: datetime
    starts_at: datetime
    ends_at: datetime
    setup_minutes: int
    service_minutes: int
    travel_minutes: int
    travel_metres: int
    home_minutes: int
    home_metres: int
    travel_source: str
    travel_way: str | None
    home_source: str
    home_way: str | None
    document: str
    expected_activations: int
    expected_further: dict[str, int]
    pinned: bool
    published_at: datetime | None
    day_breaks: list[dict[str, Any]]
    day_kits: list[dict[str, Any]]
    stage: str | None
    prepared: int | None
    result_id: int | None
    outcome: str
    served: int
    activated: int
    served_further: dict[str, int]
    were_prepared: int | None
    site_code: str
    site_name: str
    kind: str
    lat: float
    lon: float
    connectivity: int
    connectivity_measured_on: date | None
    headcount: int
    contact_name: str | None
    contact_phone: str | None
    area_code: str
    area_name: str
    with_teams: list[str] | None
    place_code: str | None
    """The site to which the session is moved, with what follows; null: it is held at the site itself."""
    place_name: str
    place_contact_name: str | None
    place_contact_phone: str | None
    needs_kits: list[str]
    place_needs_kits: list[str] | None

    def token(self) -> StoredToken:
        return StoredToken._make(self[: len(TOKEN_COLUMNS)])


_later = aliased(Visit)
_TEAM_CODE = bindparam("team", type_=Team.code.type)


def day_columns(last: str) -> tuple[Any, ...]:
    """The columns of `DayRow`, of the dates from the parameter `date` to that named `last`; `next_date` comes later."""
    return (
        *TOKEN_COLUMNS,
        *(District.code, District.name, District.time_zone),
        *(Team.id, Team.code, Team.name, Team.operators, Team.kits),
        *(Team.base_name, Team.base_lat, Team.base_lon, Team.shift_start, Team.shift_end),
        func.least(
            select(func.min(_later.date))
            .where(_later.team_id == Team.id, _later.in_force, _later.date > bindparam(last))
            .scalar_subquery(),
            next_date_on_trip(last),
        ),
        trips_between("date", last),
        *(Visit.id, Visit.uid, Visit.sequence, Visit.changed_at),
        *(Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.setup_minutes, Visit.service_minutes),
        *(Visit.travel_minutes, Visit.travel_metres, Visit.home_minutes, Visit.home_metres),
        *(Visit.travel_source, Visit.travel_way, Visit.home_source, Visit.home_way),
        *(Schedule.document, Visit.expected_activations, Visit.expected_further, Visit.pinned),
        *(Visit.published_at, Visit.day_breaks, Visit.day_kits, Visit.stage, Visit.prepared),
        *(VisitResult.id, VisitResult.outcome, VisitResult.served, VisitResult.activated, VisitResult.served_further),
        VisitResult.prepared,
        *(Site.code, Site.name, Site.kind, held("lat"), held("lon")),
        *(held("connectivity"), held("connectivity_measured_on")),
        *(Site.headcount, Site.contact_name, Site.contact_phone, Area.code, Area.name, fellows_in_force()),
        *(PLACE.code, PLACE.name, PLACE.contact_name, PLACE.contact_phone, Site.needs_kits, PLACE.needs_kits),
    )


FROM_TOKEN = (
    outerjoin(
        Token,
        District,
        District.code == func.coalesce(bindparam("district", type_=District.code.type), Token.district_code),
    )
).outerjoin(
    Team,
    and_(
        Team.district_code == District.code,
        or_(Team.code == _TEAM_CODE, and_(_TEAM_CODE.is_(None), Team.id == Token.team_id)),
    ),
)
"""A token with the district and the team that are asked for, or that are its own."""
STANDING_RESULT = and_(
    VisitResult.district_code == Visit.district_code, VisitResult.visit_uid == Visit.uid, VisitResult.stands
)
_DAY = PreparedRead(
    select(*day_columns("date"))
    .select_from(FROM_TOKEN)
    .outerjoin(Visit, and_(Visit.team_id == Team.id, Visit.date == bindparam("date"), Visit.in_force))
    .outerjoin(Schedule, Schedule.id == Visit.schedule_id)
    .outerjoin(VisitResult, STANDING_RESULT)
    .outerjoin(Site, Site.id == Visit.site_id)
    .outerjoin(PLACE, is_held_at(Visit.date))
    .outerjoin(Area, Area.code == Site.area_code)
    .where(Token.secret_hash == bindparam("secret_hash"))
    .order_by(Visit.starts_at, Visit.id)
)


async def read_day(
    sessions: sessionmaker[Session], *, secret_hash: bytes, day: date, team_code: str | None, district_code: str | None
) -> Sequence[DayRow]:
    """The rows of a day by their start, none if no token has this hash; nothing named: the token's own team, district.

    Whether the token is valid, and may see this, is for the caller to check, by the first row."""
    rows = await _DAY.rows_in_loop(
        sessions,
        {
            "secret_hash": secret_hash,
            "date": day,
            "team": storable(team_code),
            "district": storable(district_code),
        },
    )
    return [DayRow._make(row) for row in rows]


def storable(text: str | None) -> str | None:
    """The text as PostgreSQL can compare it: it holds no NUL, so one with a NUL names nothing."""
    return text if text is None or "\0" not in text else ""


def day_shown(rows: Sequence[DayRow], day: date, *, shows_contacts: bool) -> dict[str, Any]:
    """The answer, in the shape of `AssignmentsOut`."""
    stops = [row for row in rows if row.visit_id is not None]
    return {
        **whose(rows[0]),
        **one_day(rows[0], stops, day, shows_contacts=shows_contacts),
        "next_date_with_stops": rows[0].next_date,
    }


def whose(row: DayRow) -> dict[str, Any]:
    """District and team of an answer."""
    return {
        "district": {"code": row.district_code, "name": row.district_name},
        "time_zone": row.time_zone,
        "team": {
            "code": row.team_code,
            "name": row.team_name,
            "operators": row.operators,
            "kits": row.kits,
            "base": {"name": row.base_name, "lat": row.base_lat, "lon": row.base_lon},
        },
    }


def one_day(team: DayRow, stops: Sequence[DayRow], day: date, *, shows_contacts: bool) -> dict[str, Any]:
    """One date of a team: its shift, its stops in order, its breaks, its way back."""
    zone = ZoneInfo(team.time_zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    breaks = of_day([(row.published_at, row.day_breaks) for row in stops])
    away = trip_on(team.trips, day)
    shift = (team.shift_start, team.shift_end) if away is None else (away["shift_start"], away["shift_end"])
    end = _NO_WAY_BACK if away is None else end_of_day(away, day, zone)
    if away is None and stops:
        end = _way_back(stops[-1], breaks, zone)
    return {
        "date": day,
        "shift": {
            "starts_at": midnight + timedelta(minutes=shift[0]),
            "ends_at": midnight + timedelta(minutes=shift[1]),
        },
        **shown_trip(away, day, zone),
        "stops": [_stop(row, zone, shows_contacts=shows_contacts) for row in stops],
        "breaks": shown_breaks(breaks, day, zone),
        "carried": list(of_day([(row.published_at, row.day_kits) for row in stops])),
        **end,
    }


def _stop(row: DayRow, zone: ZoneInfo, *, shows_contacts: bool) -> dict[str, Any]:
    return {
        "visit_id": row.visit_id,
        "uid": row.visit_uid,
        "sequence": row.sequence,
        "changed_at": row.changed_at.astimezone(zone),
        "site": {
            "code": row.site_code,
            "name": row.site_name,
            "kind": row.kind,
            "area": {"code": row.area_code, "name": row.area_name},
            "lat": row.lat,
            "lon": row.lon,
            "connectivity": row.connectivity,
            "connectivity_measured_on": row.connectivity_measured_on,
            "headcount": row.headcount,
            "needs_kits": ()
            if row.stage == VisitStage.PREPARATION
            else needed_at(row.needs_kits, row.needs_kits if row.place_code is None else row.place_needs_kits or ()),
            "contact": {"name": row.contact_name, "phone": row.contact_phone} if shows_contacts else None,
            "session_at": None
            if row.place_code is None
            else {
                "code": row.place_code,
                "name": row.place_name,
                "contact": {"name": row.place_contact_name, "phone": row.place_contact_phone}
                if shows_contacts
                else None,
            },
        },
        "arrives_at": row.arrives_at.astimezone(zone),
        "starts_at": row.starts_at.astimezone(zone),
        "ends_at": row.ends_at.astimezone(zone),
        "setup_minutes": row.setup_minutes,
        "service_minutes": row.service_minutes,
        "travel_minutes": row.travel_minutes,
        "travel_metres": row.travel_metres,
        "travel_source": row.travel_source,
        "travel_way": row.travel_way,
        "document": row.document,
        "expected_activations": row.expected_activations,
        "expected": {
            document.value: people
            for document, people in expected_of(row.document, row.expected_activations, row.expected_further).items()
        },
        "stage": row.stage,
        "prepared": row.prepared,
        "kits": kinds_with(row.kits, row.day_kits),
        "with_teams": row.with_teams or [],
        "pinned": row.pinned,
        "result": None
        if row.result_id is None
        else {"id": row.result_id, "outcome": row.outcome, "served": row.served, "activated": row.activated}
        | {"served_further": in_listed_order(row.served_further), "prepared": row.were_prepared},
    }


def _way_back(row: DayRow, breaks: Breaks, zone: ZoneInfo) -> dict[str, Any]:
    """From the stop of this row to the base, as the plan drives it."""
    return {
        "back_at": back_at(row.ends_at.astimezone(zone), row.home_minutes, breaks),
        "back_travel_minutes": row.home_minutes,
        "back_travel_metres": row.home_metres,
        "back_travel_source": row.home_source,
        "back_travel_way": row.home_way,
    }
