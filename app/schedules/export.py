"""The visits of a schedule as a file for spreadsheets and maps; no staff contacts, since such files travel."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from app.districts.models import Area, District, Document
from app.schedules.document_schemas import expected_of
from app.schedules.fellow_teams import fellows_in_plan
from app.schedules.models import Schedule, Visit
from app.schedules.team_days import drawn_text, spans_of
from app.schedules.trips.models import Night
from app.schedules.wish import Wish
from app.sites.models import Site
from app.sites.session_places import PLACE, held, is_held_at
from app.tables.fields import minute_text
from app.tables.formats import Format, write_table
from app.teams.models import Team

COLUMNS = (
    *("date", "team_code", "team_name", "stop", "arrives", "starts", "ends", "time_zone"),
    *("site_code", "site_name", "site_kind", "area_code", "area_name", "lat", "lon"),
    *("setup_minutes", "service_minutes", "travel_minutes", "travel_metres", "travel_source", "travel_way"),
    *("document", "expected_activations", "pinned", "in_force", "visit_id", "uid", "breaks", "kits", "with_teams"),
    *("begins_at", "sleeps_at", "session_at", "session_at_name", "stage", "prepared"),
    *(f"expected_{document.value}" for document in Document),
)
"""`stop` counts from 1; `arrives`, `starts` and `ends` are HH:MM on the clocks of `time_zone`, `breaks` of the team's
whole day HH:MM-HH:MM, `kits` the codes of pools that it draws from on that date, `with_teams` those of other teams at
the site that day. `begins_at` and `sleeps_at` name the lodgings at which its day begins and ends, empty where that is
the base. `session_at`: the site at which the session is held, empty where that is the site itself; `lat` and `lon` are
where it is held. `stage` is `preparation` or `follow_up` of people who are prepared first, `prepared` how many; empty
elsewhere. `expected_…`: people to be served with each document, empty where the plan does not serve it."""


def export_visits(session: Session, schedule: Schedule, file_format: Format) -> bytes:
    """All visits of a schedule, draft or published, by date, team and stop; a workbook has a sheet a team, too."""
    rows = _rows(session, schedule)
    return write_table(COLUMNS, rows, file_format, sheet_for_each="team_code")


_wakes, _sleeps = aliased(Night), aliased(Night)


def _of_its_plan(night: type[Night]) -> ColumnElement[bool]:
    """Whether a night is of the team and the plan of a visit."""
    return and_(night.schedule_id == Visit.schedule_id, night.team_id == Visit.team_id)


def _rows(session: Session, schedule: Schedule) -> list[dict[str, Any]]:
    """One row per visit, in the order of `COLUMNS`."""
    query = (
        select(
            *(Visit.date, Visit.arrives_at, Visit.starts_at, Visit.ends_at, Visit.stop_index),
            *(Visit.setup_minutes, Visit.service_minutes, Visit.travel_minutes, Visit.travel_metres),
            *(Visit.travel_source, Visit.travel_way),
            *(Visit.expected_activations, Visit.expected_further, Visit.pinned, Visit.in_force, Visit.id, Visit.uid),
            *(Visit.stage, Visit.prepared),
            *(Visit.day_breaks, Visit.day_kits, fellows_in_plan().label("with_teams")),
            *(_wakes.lodging_name.label("begins_at"), _sleeps.lodging_name.label("sleeps_at")),
            *(Team.code.label("team_code"), Team.name.label("team_name")),
            *(Site.code.label("site_code"), Site.name.label("site_name"), Site.kind),
            *(held("lat").label("lat"), held("lon").label("lon")),
            *(PLACE.code.label("session_at"), PLACE.name.label("session_at_name")),
            *(Area.code.label("area_code"), Area.name.label("area_name"), District.time_zone),
        )
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .join(Area, Area.code == Site.area_code)
        .join(District, District.code == Visit.district_code)
        .outerjoin(_wakes, and_(_of_its_plan(_wakes), _wakes.until == Visit.date))
        .outerjoin(_sleeps, and_(_of_its_plan(_sleeps), _sleeps.date == Visit.date))
        .where(Visit.schedule_id == schedule.id)
        .order_by(Visit.date, Team.code, Visit.starts_at, Visit.id)
    )
    wanted = {schedule.document: 0} | {row.document: 0 for row in Wish.from_json(schedule.request).further}
    return [
        _cells(
            row,
            schedule.document,
            wanted | expected_of(schedule.document, row.expected_activations, row.expected_further),
        )
        for row in session.execute(query)
    ]


def _cells(row: Any, document: str, expected: Mapping[str, int]) -> dict[str, Any]:
    """A visit by the names of the columns; `expected`: people by document."""
    zone = ZoneInfo(row.time_zone)
    return {
        "date": row.date,
        "team_code": row.team_code,
        "team_name": row.team_name,
        "stop": row.stop_index + 1,
        "arrives": f"{row.arrives_at.astimezone(zone):%H:%M}",
        "starts": f"{row.starts_at.astimezone(zone):%H:%M}",
        "ends": f"{row.ends_at.astimezone(zone):%H:%M}",
        "time_zone": row.time_zone,
        "site_code": row.site_code,
        "site_name": row.site_name,
        "site_kind": row.kind,
        "area_code": row.area_code,
        "area_name": row.area_name,
        "lat": row.lat,
        "lon": row.lon,
        "session_at": row.session_at,
        "session_at_name": row.session_at_name,
        "stage": row.stage,
        "prepared": row.prepared,
        "setup_minutes": row.setup_minutes,
        "service_minutes": row.service_minutes,
        "travel_minutes": row.travel_minutes,
        "travel_metres": row.travel_metres,
        "travel_source": row.travel_source,
        "travel_way": row.travel_way,
        "document": document,
        "expected_activations": row.expected_activations,
        "pinned": row.pinned,
        "in_force": row.in_force,
        "visit_id": row.id,
        "uid": str(row.uid),
        "kits": drawn_text(row.day_kits),
        "begins_at": row.begins_at,
        "sleeps_at": row.sleeps_at,
        "with_teams": "; ".join(row.with_teams or ()),
        "breaks": "; ".join(f"{minute_text(start)}-{minute_text(end)}" for start, end in spans_of(row.day_breaks)),
        **{f"expected_{each.value}": expected.get(each.value) for each in Document},
    }
