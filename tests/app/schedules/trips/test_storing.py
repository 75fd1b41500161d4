"""Nights and rides of a plan on their way into the database, with the ways between them and the visits."""

import gzip
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Update, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Visit
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.reading import trips_of
from app.travel.models import RoadLegs
from app.travel.roads import key_of
from solver.contract.instance import Point
from solver.contract.travel import driving_minutes, great_circle_metres
from tests.app.conftest import NOW
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    plan_upriver,
    published_upriver,
    ride,
    visits_of,
)

JAKARTA = ZoneInfo("Asia/Jakarta")


def minutes_between(district: District, origin: tuple[float, float], target: tuple[float, float]) -> int:
    ends = (Point(lat=lat, lon=lon) for lat, lon in (origin, target))
    return driving_minutes(great_circle_metres(*ends, detour=district.detour), kmh=district.kmh)


def test_a_trip_is_stored_with_the_names_places_and_prices_of_its_plan(session: Session, district: District) -> None:
    schedule = plan_upriver(session, district)
    (whole,) = trips_of(session, schedule)
    trip = whole.trip
    assert (trip.starts_on, trip.ends_on, trip.in_force) == (THURSDAY, MONDAY, False)
    assert (trip.shift_start, trip.shift_end) == (420, 1020)
    assert f"{trip.leaves_at.astimezone(JAKARTA):%d %H:%M}" == "16 07:00"
    first, second = whole.nights
    assert [(night.date, night.until, night.calendar_nights, night.cost) for night in whole.nights] == [
        (THURSDAY, FRIDAY, 1, 150_000),
        (FRIDAY, MONDAY, 3, 450_000),
    ]
    assert (first.lodging_code, first.lodging_name, first.lat, first.lon) == (
        "BALAI",
        "Balai Desa Hulu",
        -3.051,
        102.871,
    )
    up, down = whole.rides
    assert (up.connection_code, up.origin_name, up.target_name, up.fare) == (
        "NAIK",
        "Dermaga Hilir",
        "Dermaga Hulu",
        400_000,
    )
    assert [f"{moment.astimezone(JAKARTA):%H:%M}" for moment in (up.starts_at, up.ends_at)] == ["09:00", "11:00"]
    assert up.travel_minutes == minutes_between(district, (-3.263, 102.8751), (-3.262, 102.88))
    assert up.arrives_at == trip.leaves_at + timedelta(minutes=up.travel_minutes)
    assert down.travel_minutes == minutes_between(district, (-3.051, 102.871), (-3.05, 102.87))
    assert trip.back_travel_minutes == minutes_between(district, (-3.262, 102.88), (-3.263, 102.8751))
    assert trip.back_at == down.ends_at + timedelta(minutes=trip.back_travel_minutes)
    assert second.travel_minutes == minutes_between(district, (-3.05, 102.88), (-3.051, 102.871))
    assert second.travel_source == "great_circle"


def test_lodgings_and_jetties_lie_where_they_do_in_a_plan_that_goes_by_a_table_of_roads_too(
    session: Session, district: District
) -> None:
    base, site = key_of(-3.263, 102.8751), key_of(-3.28, 102.9)
    legs = {"legs": {site: [25, 9_000]}, "destinations": "", "asked_of": "osrm driving", "asked_at": NOW}
    session.add(RoadLegs(district_code=district.code, origin=base, **legs))
    session.flush()
    schedule = plan_upriver(session, district)
    instance, _ = schedules.with_files(session, schedule)
    assert "minutes" in json.loads(gzip.decompress(instance))["travel"]
    (whole,) = trips_of(session, schedule)
    assert {(night.lat, night.lon) for night in whole.nights} == {(-3.051, 102.871)}
    assert [(ride.origin_lat, ride.origin_lon, ride.target_lat, ride.target_lon) for ride in whole.rides] == [
        (-3.262, 102.88, -3.05, 102.87),
        (-3.05, 102.87, -3.262, 102.88),
    ]


def test_a_day_of_a_trip_begins_and_ends_where_the_team_sleeps(session: Session, district: District) -> None:
    schedule = plan_upriver(session, district)
    thursday, friday, _ = (row for row in visits_of(session, schedule) if row.team_id == trip_team(session))
    village, next_village, lodging = (-3.05, 102.86), (-3.05, 102.88), (-3.051, 102.871)
    assert thursday.travel_minutes == minutes_between(district, (-3.05, 102.87), village), "from where the boat lands"
    assert thursday.home_minutes == minutes_between(district, village, lodging)
    assert friday.travel_minutes == minutes_between(district, lodging, next_village)
    assert friday.home_minutes == minutes_between(district, next_village, lodging)


def trip_team(session: Session) -> int:
    return session.scalars(select(Trip.team_id)).first() or 0


def test_costs_of_a_plan_count_nights_and_fares(session: Session, district: District) -> None:
    with_trip = check_plan(*schedules.with_files(session, plan_upriver(session, district)))
    (trip,) = with_trip.trips
    bare = plan_upriver(session, district, visits=[], nights=[], rides=[])
    assert check_plan(*schedules.with_files(session, bare)).trips == ()
    assert (
        with_trip.cost == sum(night.cost for night in trip.nights) + sum(ride.fare for ride in trip.rides) == 1_400_000
    )


def test_a_day_trip_by_boat_is_a_trip_without_nights(session: Session, district: District) -> None:
    schedule = plan_upriver(
        session, district, visits=[], nights=[], rides=[ride(THURSDAY, "NAIK", 540), ride(THURSDAY, "TURUN", 660)]
    )
    (whole,) = trips_of(session, schedule)
    assert (whole.trip.starts_on, whole.trip.ends_on, whole.nights, len(whole.rides)) == (THURSDAY, THURSDAY, (), 2)
    assert whole.trip.shift_start == 450, "at home the usual hours hold"


def test_the_database_keeps_nights_and_rides_in_force_with_their_trip(session: Session, district: District) -> None:
    published_upriver(session, district)
    trip = session.scalars(select(Trip)).one()
    assert [session.scalars(select(model.in_force)).all() for model in (Trip, Night, Ride)] == [
        [True],
        [True, True],
        [True, True],
    ]
    trip.in_force = False
    session.flush()
    assert set(session.scalars(select(Night.in_force))) | set(session.scalars(select(Ride.in_force))) == {False}


def refused(session: Session, statement: Update, by: str) -> None:
    with pytest.raises(IntegrityError, match=by), session.begin_nested():
        session.execute(statement)


def test_the_database_refuses_two_trips_of_a_team_at_once(session: Session, district: District) -> None:
    published_upriver(session, district)
    other = plan_upriver(
        session, district, visits=[], nights=[], rides=[ride(TUESDAY, "NAIK", 540), ride(TUESDAY, "TURUN", 660)]
    )
    again = update(Trip).where(Trip.schedule_id == other.id)
    refused(session, again.values(starts_on=MONDAY, in_force=True), "ex_trips_team_overlap")
    session.execute(update(Visit).values(in_force=False))
    session.execute(again.values(in_force=True))


def test_the_database_refuses_a_ride_during_a_visit_and_a_visit_during_a_ride(
    session: Session, district: District
) -> None:
    published_upriver(session, district)
    up = session.scalars(select(Ride).order_by(Ride.starts_at)).first()
    visit = session.scalars(select(Visit).where(Visit.team_id == trip_team(session)).order_by(Visit.date)).first()
    assert up is not None
    assert visit is not None
    late = {"arrives_at": visit.starts_at, "starts_at": visit.starts_at, "ends_at": visit.ends_at}
    refused(session, update(Ride).where(Ride.id == up.id).values(**late), "a ride and a visit of team")
    early = {"arrives_at": up.starts_at, "starts_at": up.starts_at, "ends_at": up.ends_at}
    refused(session, update(Visit).where(Visit.id == visit.id).values(**early), "a ride and a visit of team")
    touching = {"arrives_at": up.ends_at, "starts_at": up.ends_at, "ends_at": visit.ends_at}
    session.execute(update(Visit).where(Visit.id == visit.id).values(**touching))
    draft = {**early, "in_force": False}
    session.execute(update(Visit).where(Visit.id == visit.id).values(**draft))


def test_one_night_a_team_and_date(session: Session, district: District) -> None:
    published_upriver(session, district)
    night = session.scalars(select(Night).order_by(Night.date)).first()
    assert night is not None
    columns = {column.name: getattr(night, column.name) for column in Night.__table__.columns if column.name != "id"}
    with pytest.raises(IntegrityError, match="uq_nights"), session.begin_nested():
        session.execute(insert(Night), [columns])


def test_a_plan_that_leaves_a_team_upriver_is_refused(session: Session, district: District) -> None:
    schedule = plan_upriver(session, district)
    instance, plan = schedules.with_files(session, schedule)
    document = json.loads(gzip.decompress(plan))
    broken = check_plan(instance, gzip.compress(json.dumps(document | {"rides": document["rides"][:1]}).encode()))
    assert {rule.rule for rule in broken.broken} == {"no_way"}
    schedule.plan_json = gzip.compress(json.dumps(document | {"rides": document["rides"][:1]}).encode())
    session.flush()
    with pytest.raises(publishing.PlanRefused):
        publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
