"""The lines of trips: stop by stop as the team goes, boats told from roads, and each bed once for a stay."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.districts.models import District
from app.maps.schemas import MapLeg, MapPoint
from app.maps.service import district_map
from app.maps.trip_lines import trip_lines
from app.schedules.trips.models import Night, Trip
from app.sites.models import Site
from app.teams.models import Team
from app.travel.models import Way
from tests.app.conftest import NOW
from tests.app.schedules.conftest import job_tables as job_tables
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    make_district_upriver,
    plan_upriver,
)

DOWN, UP, BED = (
    MapPoint(lat=-3.262, lon=102.88),
    MapPoint(lat=-3.05, lon=102.87),
    MapPoint(lat=-3.051, lon=102.871),
)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    return make_district_upriver(session)


def point_of(session: Session, code: str) -> MapPoint:
    site = session.scalars(select(Site).where(Site.code == code)).one()
    return MapPoint(lat=site.lat, lon=site.lon)


def base_of(session: Session) -> MapPoint:
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    return MapPoint(lat=team.base_lat, lon=team.base_lon)


def ends(leg: MapLeg) -> tuple[MapPoint, MapPoint]:
    return leg.origin, leg.target


def test_a_trip_is_drawn_stop_by_stop_with_its_beds(session: Session, district: District) -> None:
    (line,) = trip_lines(session, plan_upriver(session, district))
    base, near, far = base_of(session), point_of(session, "H-0"), point_of(session, "H-1")
    assert (line.team, line.starts_on, line.ends_on) == ("T-1", THURSDAY, MONDAY)
    by_day = {day: [ends(leg) for leg in line.legs if leg.date == day] for day in (THURSDAY, FRIDAY, MONDAY)}
    assert by_day == {
        THURSDAY: [(base, DOWN), (DOWN, UP), (UP, near), (near, BED)],
        FRIDAY: [(BED, far), (far, BED)],
        MONDAY: [(BED, UP), (UP, DOWN), (DOWN, base)],
    }
    assert [(leg.date, leg.way) for leg in line.legs if leg.is_ride] == [(THURSDAY, Way.BOAT), (MONDAY, Way.BOAT)]
    assert [(night.name, night.place, night.first, night.until) for night in line.nights] == [
        ("Balai Desa Hulu", BED, THURSDAY, MONDAY)
    ]


def test_a_session_held_elsewhere_is_where_the_line_goes(session: Session, district: District) -> None:
    site = session.scalars(select(Site).where(Site.code == "H-0")).one()
    schedule = plan_upriver(session, district)
    site.session_at = "H-1"
    session.flush()
    (line,) = trip_lines(session, schedule)
    assert (UP, point_of(session, "H-1")) in [ends(leg) for leg in line.legs]


def test_a_place_that_nobody_knows_any_more_leaves_a_gap_and_no_line_elsewhere(
    session: Session, district: District
) -> None:
    schedule = plan_upriver(session, district)
    session.execute(update(Night).where(Night.date == THURSDAY).values(lat=None, lon=None))
    (line,) = trip_lines(session, schedule)
    assert [ends(leg) for leg in line.legs if leg.date == THURSDAY][-1] == (UP, point_of(session, "H-0"))
    assert [(night.place, night.until) for night in line.nights] == [(None, FRIDAY), (BED, MONDAY)]


def test_a_trip_that_was_called_off_is_not_drawn(session: Session, district: District) -> None:
    schedule = plan_upriver(session, district)
    session.execute(update(Trip).values(withdrawn_at=NOW))
    assert trip_lines(session, schedule) == []


def test_a_district_shows_where_teams_may_sleep_and_board(session: Session, district: District) -> None:
    drawn = district_map(session, district)
    assert [(lodging.code, lodging.name) for lodging in drawn.lodgings] == [("BALAI", "Balai Desa Hulu")]
    assert [(station.code, station.kind) for station in drawn.stations] == [("HILIR", "jetty"), ("HULU", "jetty")]
    assert drawn.frame.west < 102.87 < drawn.frame.east
    assert drawn.frame.south < min(BED.lat, UP.lat, DOWN.lat)
    assert drawn.frame.north > max(BED.lat, UP.lat, DOWN.lat)
