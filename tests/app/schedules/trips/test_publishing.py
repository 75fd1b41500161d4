"""Trips enter force and leave it whole, in the transaction of their visits, and keep their calendar identity."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import service as schedules
from app.schedules.before_publishing import objections
from app.schedules.models import Schedule
from app.schedules.obstacle_words import ObstacleCode
from app.schedules.obstacles import judge_today
from app.schedules.overtaken import PlanOvertaken
from app.schedules.publishing import changes, publish
from app.schedules.runs.basis import gather
from app.schedules.trips.exchanging import TeamAway
from app.schedules.trips.judging import judge_trips
from app.schedules.trips.models import Night, Trip
from app.schedules.trips.reading import trips_of
from app.teams import service as teams
from app.teams.leave import Leave
from app.teams.models import Team, TeamLeave
from app.travel.models import Connection, Lodging
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    NIGHTS,
    NOVEMBER,
    RIDES,
    THURSDAY,
    TUESDAY,
    VISITS,
    night,
    plan_upriver,
    published_upriver,
    ride,
    visit,
    visits_of,
)
from tests.factories import make_district

ON_FRIDAY = datetime.fromisoformat("2023-11-17T06:00:00+07:00")
TOWN = [visit(THURSDAY, "S-1", 540, team="T-2"), visit(TUESDAY, "S-0", 540)]
BACK_ON_FRIDAY: dict[str, Any] = {
    "visits": [VISITS[0], *VISITS[2:]],
    "nights": NIGHTS[:1],
    "rides": [RIDES[0], ride(FRIDAY, "TURUN", 630)],
}


def one_trip(session: Session, schedule: Schedule) -> Trip:
    (whole,) = trips_of(session, schedule)
    return whole.trip


def test_a_plan_that_keeps_the_trip_keeps_its_identity(session: Session, district: District) -> None:
    first = published_upriver(session, district)
    before = one_trip(session, first)
    second = published_upriver(session, district)
    after = one_trip(session, second)
    assert (after.uid, after.sequence, after.changed_at) == (before.uid, 0, before.changed_at)
    assert (before.in_force, before.withdrawn_at, after.in_force) == (False, None, True)
    shown = changes(session, second, now=NOW).trips
    assert (shown.added, shown.withdrawn, shown.changed, shown.unchanged) == ((), (), (), 1)


def test_another_way_back_is_a_change_of_the_same_trip(session: Session, district: District) -> None:
    before = one_trip(session, published_upriver(session, district))
    draft = plan_upriver(session, district, **BACK_ON_FRIDAY)
    announced = changes(session, draft, now=NOW).trips
    assert [(was.trip.id, becomes.trip.ends_on) for was, becomes in announced.changed] == [(before.id, FRIDAY)]
    publish(session, draft, actor=COMMAND_LINE, now=NOW)
    after = one_trip(session, draft)
    assert (after.uid, after.sequence, after.changed_at) == (before.uid, 1, NOW)
    made = changes(session, draft, now=NOW).trips
    assert [(was.trip.id, becomes.trip.id) for was, becomes in made.changed] == [(before.id, after.id)]


def test_a_plan_without_the_trip_withdraws_it_with_its_visits(session: Session, district: District) -> None:
    first = published_upriver(session, district)
    later = NOW + timedelta(hours=1)
    second = plan_upriver(session, district, visits=TOWN, nights=[], rides=[])
    publish(session, second, actor=COMMAND_LINE, now=later)
    trip = one_trip(session, first)
    assert (trip.in_force, trip.withdrawn_at, trip.sequence, trip.changed_at) == (False, later, 1, later)
    assert set(session.scalars(select(Night.in_force))) == {False}
    assert [whole.trip.id for whole in changes(session, second, now=later).trips.withdrawn] == [trip.id]
    # And comes back as another one.
    third = published_upriver(session, district)
    assert one_trip(session, third).uid != trip.uid
    assert len(changes(session, third, now=NOW).trips.added) == 1


def test_a_team_that_has_left_is_not_called_home(session: Session, district: District) -> None:
    first = published_upriver(session, district)
    home = plan_upriver(
        session,
        district,
        visits=[visit(FRIDAY, "S-2", 540, team="T-2"), visit(TUESDAY, "S-3", 540)],
        nights=[],
        rides=[],
    )
    publish(session, home, actor=COMMAND_LINE, now=ON_FRIDAY)
    assert one_trip(session, first).in_force
    in_force = {row.date for row in visits_of(session, first) if row.in_force}
    assert FRIDAY in in_force, "what the team is to do upriver stays, although it lies in the future"
    assert TUESDAY not in in_force


def test_a_plan_that_needs_the_team_elsewhere_meanwhile_is_refused(session: Session, district: District) -> None:
    published_upriver(session, district)
    elsewhere = plan_upriver(session, district, visits=[visit(MONDAY, "S-3", 540)], nights=[], rides=[])
    with pytest.raises(TeamAway) as refused:
        publish(session, elsewhere, actor=COMMAND_LINE, now=ON_FRIDAY)
    assert "T-1" in str(refused.value)
    assert session.scalars(select(Trip.in_force).where(Trip.in_force)).all() == [True]
    other = plan_upriver(
        session,
        district,
        visits=[visit(TUESDAY, "S-3", 540, team="T-2")],
        nights=[night(MONDAY)],
        rides=[ride(MONDAY, "NAIK", 540), ride(TUESDAY, "TURUN", 660)],
    )
    with pytest.raises(TeamAway):
        publish(session, other, actor=COMMAND_LINE, now=ON_FRIDAY)


def test_a_trip_that_should_have_begun_does_not_enter(session: Session, district: District) -> None:
    late = plan_upriver(session, district)
    publish(session, late, actor=COMMAND_LINE, now=ON_FRIDAY)
    assert not one_trip(session, late).in_force
    assert [row.date for row in visits_of(session, late) if row.in_force] == [TUESDAY], "nobody is upriver on Friday"


def test_a_run_leaves_a_team_that_is_away_alone(session: Session, district: District) -> None:
    published_upriver(session, district)
    anew = schedules.request_schedule(
        session, district, replace(NOVEMBER, first_date=FRIDAY), actor=COMMAND_LINE, now=NOW
    )
    basis = gather(session, anew)
    works = {team.team.code: dict(zip(basis.dates, team.works_on, strict=True)) for team in basis.teams}
    assert (works["T-1"][FRIDAY], works["T-1"][MONDAY], works["T-1"][TUESDAY]) == (False, False, True)
    assert works["T-2"][FRIDAY]


def test_leave_on_a_day_without_visits_stands_in_the_way_of_the_trip(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    draft = plan_upriver(session, district)
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    team = teams.read_team(session, team.id, actor=COMMAND_LINE)
    teams.add_leave(session, team, Leave(MONDAY, MONDAY, None), actor=COMMAND_LINE, now=NOW)
    (judged,) = objections(session, draft, now=NOW).trips
    assert [obstacle.code for obstacle in judged.obstacles] == [ObstacleCode.TEAM_ON_LEAVE]
    assert "perjalanan" in judged.obstacles[0].message["id"]
    with pytest.raises(PlanOvertaken) as refused:
        publish(session, draft, actor=COMMAND_LINE, now=NOW)
    trip = one_trip(session, draft)
    assert [problem.pointer for problem in refused.value.problems] == [f"/trips/{trip.id}"]
    session.commit()
    answer = client.post(
        f"/v1/schedules/{draft.id}/publish",
        json={"despite": ["team_on_leave"]},
        headers=bearer(Role.PLANNER, district.code),
    )
    assert answer.status_code == 200, answer.text


def test_a_visit_upriver_is_judged_from_where_the_team_sleeps(session: Session, district: District) -> None:
    schedule = published_upriver(session, district)
    visits = visits_of(session, schedule)
    assert [judged.obstacles for judged in judge_today(session, district, visits) if judged.obstacles] == []
    # From the base nobody is there at nine by road: the same visit without its trip is refused.
    friday = next(row for row in visits if row.date == FRIDAY)
    friday.arrives_at, friday.starts_at = friday.starts_at, friday.starts_at - timedelta(minutes=100)
    friday.ends_at -= timedelta(minutes=100)
    friday.arrives_at = friday.starts_at
    session.flush()
    (late,) = [judged for judged in judge_today(session, district, [friday]) if judged.obstacles]
    assert ObstacleCode.ARRIVES_LATE not in {obstacle.code for obstacle in late.obstacles}
    for trip in session.scalars(select(Trip)):
        session.delete(trip)
    session.flush()
    (alone,) = [judged for judged in judge_today(session, district, [friday]) if judged.obstacles]
    assert ObstacleCode.ARRIVES_LATE in {obstacle.code for obstacle in alone.obstacles}


def test_publishing_is_audited_with_its_trips(session: Session, district: District) -> None:
    schedule = published_upriver(session, district)
    entry = session.scalars(
        select(AuditEntry).where(
            AuditEntry.action == "schedule.publish", AuditEntry.subject == f"schedule/{schedule.id}"
        )
    ).one()
    assert entry.details["trips"] == 1


def test_a_trip_in_force_that_cannot_be_is_told(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    published_upriver(session, district)
    viewer, path = bearer(Role.VIEWER, district.code), f"/v1/districts/{district.code}/trip-conflicts"
    assert client.get(path, headers=viewer).json()["items"] == []
    team = session.scalars(select(Team).where(Team.code == "T-1")).one()
    session.add(TeamLeave(team_id=team.id, starts_on=THURSDAY, ends_on=MONDAY))
    session.commit()
    (conflict,) = client.get(path, headers=viewer).json()["items"]
    assert conflict["trip"]["starts_on"] == THURSDAY.isoformat()
    (cause,) = conflict["causes"]
    assert cause["code"] == "team_on_leave"
    assert "20 November 2023" in cause["message"]["id"], "the dates with visits are told of these"
    make_district(session, "16.71", name="Kabupaten Lain")
    assert client.get(path, headers=bearer(Role.PLANNER, "16.71")).status_code == 404


def test_lodgings_and_connections_that_have_changed_stand_in_the_way(session: Session, district: District) -> None:
    (whole,) = trips_of(session, published_upriver(session, district))
    lodging = session.scalars(select(Lodging)).one()
    up, down = (session.scalars(select(Connection).where(Connection.code == code)).one() for code in ("NAIK", "TURUN"))

    def obstacles_when(row: Lodging | Connection, **fields: Any) -> list[ObstacleCode]:
        before = {name: getattr(row, name) for name in fields}
        for values in (fields, before):
            for name, value in values.items():
                setattr(row, name, value)
            session.flush()
            if values is fields:
                (judged,) = judge_trips(session, district, [whole], visited=())
        return [obstacle.code for obstacle in judged.obstacles]

    assert obstacles_when(lodging, name="Balai Desa Hulu Baru", cost_per_night=1) == []
    assert obstacles_when(lodging, code="LAIN") == [ObstacleCode.LODGING_GONE] * 2
    assert obstacles_when(lodging, ends_on=THURSDAY) == [ObstacleCode.LODGING_CLOSED]
    assert obstacles_when(down, code="LAIN") == [ObstacleCode.CONNECTION_GONE]
    for fields in ({"departs_latest": 615}, {"minutes": 150}, {"dates_without": [MONDAY]}, {"weekdays": "0111111"}):
        assert obstacles_when(down, **fields) == [ObstacleCode.CONNECTION_CHANGED]
    assert obstacles_when(up, fare=1, minutes=90) == [], "whoever is there sooner waits"
