"""Rows with valid defaults: say only what the test is about."""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.area_tables import VOCABULARY
from app.districts.counters.models import CounterPlace
from app.districts.documents import load_district
from app.districts.imported import Load
from app.districts.models import (
    Area,
    District,
    HolidayOverride,
    OwnIssuingFigures,
    OwnPlanningFigures,
    ReportedFigure,
    Target,
    WalkInRate,
)
from app.schedules.models import Schedule, Visit, VisitResult
from app.schedules.planned_with import planned_with
from app.schedules.wish import Wish
from app.sites.kinds import kind_defaults
from app.sites.models import OwnKindFigures, Site, SiteWindow
from app.tables.formats import Format, read_table, write_table
from app.teams.models import Team

_number = itertools.count(1)


def make_district(session: Session, code: str = "16.73", **fields: Any) -> District:
    """A district with one area, `<code>.01`."""
    defaults: dict[str, Any] = {
        "name": "Kota Lubuk Linggau",
        "parent_code": code[:2] if len(code) > 2 else None,
        "time_zone": "Asia/Jakarta",
        "lat": -3.2630,
        "lon": 102.8751,
    }
    district = District(code=code, **(defaults | fields))
    session.add(district)
    session.flush()
    make_area(session, f"{code}.01", district_code=code)
    return district


def make_area(session: Session, code: str, **fields: Any) -> Area:
    defaults: dict[str, Any] = {"district_code": code.rpartition(".")[0], "name": code, "lat": -3.28, "lon": 102.90}
    area = Area(code=code, **(defaults | fields))
    session.add(area)
    session.flush()
    return area


def make_target(session: Session, district_code: str = "16.73", **fields: Any) -> Target:
    """Kota Lubuklinggau's IKD target of 2023."""
    defaults: dict[str, Any] = {
        "document": "ikd",
        "owner": "district",
        "target_percent": 25,
        "eligible_people": 168_015,
        "eligible_base": "wajib_ktp",
        "activated": 4_015,
        "as_of": date(2023, 11, 13),
        "deadline": date(2023, 12, 31),
        "source": "test",
    }
    target = Target(district_code=district_code, **(defaults | fields))
    session.add(target)
    session.flush()
    return target


def make_site(session: Session, district_code: str = "16.73", **fields: Any) -> Site:
    """An agency of 120 people with good signal, open on weekdays from 08:00 to 15:00."""
    defaults: dict[str, Any] = {
        "area_code": f"{district_code}.01",
        "code": f"S-{next(_number)}",
        "name": "Dinas Contoh",
        "kind": "agency",
        "lat": -3.2819,
        "lon": 102.9147,
        "headcount": 120,
        "connectivity": 3,
        "windows": [SiteWindow(weekdays="1111100", opens=480, closes=900)],
        "exceptions": [],
    }
    site = Site(district_code=district_code, **(defaults | fields))
    session.add(site)
    session.flush()
    return site


def make_planning_figures(session: Session, district_code: str = "16.73", **figures: Any) -> OwnPlanningFigures:
    """What a district says of slots and signal; whatever is not named is assumed."""
    given = dict.fromkeys(figures, "given")
    own = OwnPlanningFigures(district_code=district_code, **({"provenance": given} | figures))
    session.add(own)
    session.flush()
    return own


def make_kind_figures(session: Session, kind: str, district_code: str = "16.73", **figures: Any) -> OwnKindFigures:
    """What a district says of a kind of site; whatever is not named is assumed."""
    given = dict.fromkeys(figures, "given")
    own = OwnKindFigures(district_code=district_code, kind=kind, **({"provenance": given} | figures))
    session.add(own)
    session.flush()
    return own


def make_issuing_figures(
    session: Session, document: str, district_code: str = "16.73", **figures: Any
) -> OwnIssuingFigures:
    """What a district says of issuing a document; whatever is not named is assumed."""
    given = dict.fromkeys(figures, "given")
    own = OwnIssuingFigures(district_code=district_code, document=document, **({"provenance": given} | figures))
    session.add(own)
    session.flush()
    return own


def make_team(session: Session, district_code: str = "16.73", **fields: Any) -> Team:
    """Three operators at eight minutes an activation, 07:30 to 16:00."""
    number = next(_number)
    defaults: dict[str, Any] = {
        "code": f"T-{number}",
        "name": f"Tim {number}",
        "operators": 3,
        "minutes_per_activation": 8,
        "kits": [],
        "base_lat": -3.2630,
        "base_lon": 102.8751,
        "shift_start": 450,
        "shift_end": 960,
        "max_stops": 4,
        "leaves": [],
        "breaks": [],
    }
    team = Team(district_code=district_code, **(defaults | fields))
    session.add(team)
    session.flush()
    return team


def make_schedule(session: Session, district_code: str = "16.73", **fields: Any) -> Schedule:
    """November 2023, solved and published."""
    defaults: dict[str, Any] = {
        "period_start": date(2023, 11, 1),
        "period_end": date(2023, 11, 30),
        "first_date": date(2023, 11, 14),
        "request": Wish(period_start=date(2023, 11, 1), period_end=date(2023, 11, 30)).understood().to_json(),
        "time_limit_seconds": 10,
        "seed": 1,
        "requested_at": datetime(2023, 11, 13, 1, tzinfo=UTC),
        "requested_by": "test",
        "run_status": "succeeded",
        "plan_json": b"",
        "published_at": datetime(2023, 11, 13, 1, 30, tzinfo=UTC),
    }
    schedule = Schedule(district_code=district_code, **(defaults | fields))
    session.add(schedule)
    session.flush()
    return schedule


def make_visit(session: Session, schedule: Schedule, team: Team, site: Site, **fields: Any) -> Visit:
    """Two hours and a half from 08:00 in Jakarta on 14 November 2023, published; `starts_at` moves all of it."""
    starts_at = fields.pop("starts_at", datetime(2023, 11, 14, 1, tzinfo=UTC))
    defaults: dict[str, Any] = {
        "date": (starts_at + timedelta(hours=7)).date(),
        "stop_index": 0,
        "arrives_at": starts_at - timedelta(minutes=10),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=150),
        "setup_minutes": 30,
        "service_minutes": 120,
        "travel_minutes": 14,
        "travel_metres": 6_389,
        "home_minutes": 13,
        "home_metres": 6_345,
        "expected_activations": 42,
        "in_force": True,
        "published_at": schedule.published_at,
        "changed_at": datetime(2023, 11, 13, 1, 30, tzinfo=UTC),
        "planned_with": planned_with(site, team, kinds=kind_defaults(session, site.district_code)).to_json(),
    }
    visit = Visit(
        district_code=schedule.district_code,
        schedule_id=schedule.id,
        team_id=team.id,
        site_id=site.id,
        **(defaults | fields),
    )
    session.add(visit)
    session.flush()
    return visit


def make_result(session: Session, visit: Visit, **fields: Any) -> VisitResult:
    """Forty people served, 36 of them counted, reported when the visit was over."""
    defaults: dict[str, Any] = {
        "report_id": uuid.uuid4(),
        "outcome": "held",
        "served": 40,
        "activated": 36,
        "reported_at": visit.ends_at,
        "received_at": visit.ends_at,
        "reported_by": "test",
    }
    result = VisitResult(
        district_code=visit.district_code, visit_id=visit.id, visit_uid=visit.uid, **(defaults | fields)
    )
    session.add(result)
    session.flush()
    return result


def make_figure(session: Session, figure: str, value: str, **fields: Any) -> ReportedFigure:
    """A printed figure about Kota Lubuklinggau's IKD target."""
    defaults: dict[str, Any] = {"district_code": "16.73", "document": "ikd", "source": "test"}
    row = ReportedFigure(figure=figure, value=value, **(defaults | fields))
    session.add(row)
    session.flush()
    return row


def make_walk_ins(session: Session, starts_on: date, per_working_day: int, **fields: Any) -> WalkInRate:
    """A counter rate of Kota Lubuklinggau for IKD."""
    defaults: dict[str, Any] = {"district_code": "16.73", "document": "ikd"}
    row = WalkInRate(starts_on=starts_on, per_working_day=per_working_day, **(defaults | fields))
    session.add(row)
    session.flush()
    return row


def make_counter_place(session: Session, code: str, per_open_day: int | None = None, **fields: Any) -> CounterPlace:
    """A place with counters of Kota Lubuklinggau, with a rate for IKD from its first day on."""
    rates = [] if per_open_day is None else [{"document": "ikd", "starts_on": None, "per_open_day": per_open_day}]
    defaults: dict[str, Any] = {"district_code": "16.73", "name": f"Loket {code}", "kind": "sub_office", "rates": rates}
    row = CounterPlace(code=code, **(defaults | fields))
    session.add(row)
    session.flush()
    return row


def make_local_day(session: Session, day: date, *, is_working: bool, **fields: Any) -> HolidayOverride:
    """A date on which Kota Lubuklinggau differs from the national calendar."""
    defaults: dict[str, Any] = {"district_code": "16.73", "name": "Hari Jadi Kota"}
    row = HolidayOverride(date=day, is_working=is_working, **(defaults | fields))
    session.add(row)
    session.flush()
    return row


def load_document(
    session: Session, document: Mapping[str, Any], areas: Sequence[Mapping[str, Any]], *, overwrite: bool = True
) -> District:
    """A district from the `district.json` and the rows of `areas.csv` of a folder; by default the files win."""
    table = read_table(write_table(tuple(areas[0]), areas, Format.CSV), Format.CSV, VOCABULARY) if areas else None
    load = Load(session=session, actor=COMMAND_LINE, now=datetime(2023, 11, 13, 2, tzinfo=UTC), overwrite=overwrite)
    return load_district(load, document, table)[0]
