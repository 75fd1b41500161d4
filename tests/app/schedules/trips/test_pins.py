"""A pinned trip: set and taken back over HTTP, whole in every plan to come, and named when it cannot be kept."""

import gzip
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.drafts import copies
from app.schedules.drafts.edits import EditOp
from app.schedules.drafts.improving import Effort, improve
from app.schedules.models import Schedule
from app.schedules.results import result_out
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.planned_trips import PinnedTripBroken
from app.schedules.runs.problem import build_instance
from app.schedules.runs.published_visits import PinnedVisitBroken
from app.schedules.trips import pins
from app.schedules.trips.models import Trip
from app.schedules.trips.reading import trips_of
from app.schedules.wish import Budget, Wish
from app.sites.models import Site
from app.travel.models import Connection, Lodging
from solver.contract.instance import Instance
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.trips.test_drafts import edit
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    NOVEMBER,
    THURSDAY,
    VISITS,
    packed,
    plan_upriver,
    published_upriver,
    visits_of,
)
from tests.factories import make_district

LATER = NOW + timedelta(hours=1)


def pinned(session: Session, schedule: Schedule) -> Trip:
    (whole,) = trips_of(session, schedule)
    pins.set_pinned(session, whole, pinned=True, actor=COMMAND_LINE, now=NOW)
    return whole.trip


def asked(session: Session, district: District, wish: Wish = NOVEMBER) -> tuple[Schedule, Instance]:
    """A new run, from nothing, and the problem that it is given."""
    schedule = schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    built = build_instance(session, schedule)
    record.begin(session, schedule, built, now=NOW)
    return schedule, instance_from_json(json.loads(gzip.decompress(built.content)))


def rows_of(instance: Instance) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    return (
        [(night.team, night.date, night.lodging) for night in instance.pinned_nights],
        [(ride.team, ride.date, ride.connection) for ride in instance.pinned_rides],
    )


WHOLE = (
    [("T-1", THURSDAY, "lodging:BALAI"), ("T-1", FRIDAY, "lodging:BALAI")],
    [("T-1", THURSDAY, "connection:NAIK"), ("T-1", MONDAY, "connection:TURUN")],
)


def test_a_planner_pins_a_trip_and_takes_the_pin_back(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    schedule = published_upriver(session, district)
    planner, viewer = bearer(Role.PLANNER, district.code), bearer(Role.VIEWER, district.code)
    (row,) = client.get(f"/v1/schedules/{schedule.id}/trips", headers=viewer).json()["items"]
    path = f"/v1/trips/{row['id']}"
    read = client.get(path, headers=viewer)
    assert (read.json(), row["pinned"]) == (row, False)
    set_pin = client.patch(path, json={"pinned": True}, headers=planner | {"If-Match": read.headers["ETag"]})
    assert (set_pin.status_code, set_pin.json()) == (200, row | {"pinned": True}), set_pin.text
    stale = client.patch(path, json={"pinned": False}, headers=planner | {"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412
    back = client.patch(path, json={"pinned": False}, headers=planner | {"If-Match": set_pin.headers["ETag"]})
    assert back.json()["pinned"] is False, back.text
    trail = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"trip/{row['id']}"))
    assert list(trail) == ["trip.pin", "trip.unpin"]
    assert client.patch(path, json={"pinned": True}, headers=viewer).status_code == 403
    assert client.patch(path, json={"pinned": "ya"}, headers=planner).status_code == 422
    assert client.patch(path, json={}, headers=planner).json()["errors"][0]["pointer"] == "/pinned"
    make_district(session, code="99.01")
    assert client.patch(path, json={"pinned": True}, headers=bearer(Role.PLANNER, "99.01")).status_code == 404
    assert client.get("/v1/trips/999999", headers=planner).status_code == 404


def test_a_trip_that_left_the_plan_is_not_pinned(session: Session, district: District) -> None:
    (gone,) = trips_of(session, published_upriver(session, district))
    home = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    publishing.publish(session, home, actor=COMMAND_LINE, now=LATER)
    with pytest.raises(pins.TripNotInPlan):
        pins.set_pinned(session, gone, pinned=True, actor=COMMAND_LINE, now=LATER)


def test_a_run_is_asked_for_the_nights_rides_and_visits_of_a_pinned_trip(session: Session, district: District) -> None:
    published = published_upriver(session, district)
    assert rows_of(asked(session, district)[1]) == ([], [])
    trip = pinned(session, published)
    _, instance = asked(session, district)
    assert rows_of(instance) == WHOLE
    assert {(visit.date, visit.site) for visit in instance.pinned} == {(THURSDAY, "H-0"), (FRIDAY, "H-1")}
    trip.pinned = False
    assert rows_of(asked(session, district)[1]) == ([], [])


def test_a_plan_from_nothing_keeps_a_pinned_trip_whole(session: Session, district: District) -> None:
    published = published_upriver(session, district)
    before = pinned(session, published)
    for village in session.scalars(select(Site).where(Site.code.like("H-%"))):
        # Nobody would go up the river for one person.
        village.headcount, village.max_visit_dates = 10, 1
    schedule, instance = asked(session, district)
    plan = in_format_of(instance, solve(instance, Limits(iterations=300), seed=1).plan)
    checked = check_run(session, schedule, Solved(plan=packed(plan.to_json()), spread=None))
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    kept = next(whole for whole in trips_of(session, schedule) if whole.trip.starts_on == THURSDAY)
    assert [(night.date, night.lodging_code) for night in kept.nights] == [(THURSDAY, "BALAI"), (FRIDAY, "BALAI")]
    assert [ride.connection_code for ride in kept.rides] == ["NAIK", "TURUN"]
    assert kept.trip.pinned
    on_trip = [visit for visit in visits_of(session, schedule) if kept.covers(visit.team_id, visit.date)]
    assert [visit.date for visit in on_trip] == [THURSDAY, FRIDAY]
    assert not any(visit.pinned for visit in on_trip), "they are let go with their trip"
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=LATER)
    assert (kept.trip.in_force, kept.trip.uid) == (True, before.uid)


def test_publishing_hands_the_pin_on_to_the_same_trip(session: Session, district: District) -> None:
    published = published_upriver(session, district)
    draft = plan_upriver(session, district)
    pinned(session, published)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=LATER)
    assert [trip.pinned for trip in session.scalars(select(Trip).where(Trip.in_force))] == [True]


def test_a_draft_keeps_the_pins_of_its_trips_through_edits(session: Session, district: District) -> None:
    pinned(session, published_upriver(session, district))
    base = session.scalars(select(Schedule)).one()
    draft = copies.copy(session, base, actor=COMMAND_LINE, now=NOW)
    assert [whole.trip.pinned for whole in trips_of(session, draft)] == [True]
    edit(session, draft, op=EditOp.DROP, team="T-1", day=date(2023, 11, 21), site="S-0")
    (whole,) = trips_of(session, draft)
    assert whole.trip.pinned
    pins.set_pinned(session, whole, pinned=False, actor=COMMAND_LINE, now=NOW)
    edit(session, draft, op=EditOp.DROP, team="T-2", day=THURSDAY, site="S-1")
    assert [whole.trip.pinned for whole in trips_of(session, draft)] == [False]


def test_a_run_that_goes_on_from_a_draft_keeps_its_pinned_trip(session: Session, district: District) -> None:
    draft = copies.copy(session, plan_upriver(session, district), actor=COMMAND_LINE, now=NOW)
    pinned(session, draft)
    run = improve(session, draft, Effort(), actor=COMMAND_LINE, now=NOW)
    instance = instance_from_json(json.loads(gzip.decompress(build_instance(session, run).content)))
    assert rows_of(instance) == WHOLE
    assert {(visit.date, visit.site) for visit in instance.pinned} == {(THURSDAY, "H-0"), (FRIDAY, "H-1")}


def words_of_refusal(session: Session, district: District, error: type[Exception] = PinnedTripBroken) -> str:
    with pytest.raises(error) as refused:
        schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)
    assert refused.value.problems[0].mend
    return str(refused.value)


def test_a_pinned_trip_without_its_lodging_or_boat_is_refused_by_name(session: Session, district: District) -> None:
    trip = pinned(session, published_upriver(session, district))
    session.delete(session.scalars(select(Connection).where(Connection.code == "TURUN")).one())
    session.flush()
    assert "Dermaga Hulu – Dermaga Hilir" in words_of_refusal(session, district)
    session.delete(session.scalars(select(Lodging)).one())
    session.flush()
    assert "Balai Desa Hulu" in words_of_refusal(session, district)
    trip.pinned = False
    assert schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)


def test_a_pinned_trip_whose_lodging_is_shut_that_night_is_refused(session: Session, district: District) -> None:
    pinned(session, published_upriver(session, district))
    lodging = session.scalars(select(Lodging)).one()
    lodging.weekdays = "1110111"
    session.flush()
    assert "pinned trips" in words_of_refusal(session, district)


def test_pinned_visits_dearer_than_the_budget_are_refused(session: Session, district: District) -> None:
    district.cost_per_team_day = 150_000
    schedule = published_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    for visit in visits_of(session, schedule):
        visit.pinned = True
    # Where nobody may sleep away or take a boat, what is pinned can be added up.
    session.execute(delete(Connection))
    session.execute(delete(Lodging))
    wish = replace(NOVEMBER, budget=Budget(rupiah=1_000))
    with pytest.raises(PinnedVisitBroken, match="budget") as refused:
        schedules.request_schedule(session, district, wish, actor=COMMAND_LINE, now=NOW)
    assert [problem.pointer for problem in refused.value.problems] == ["/budget"]


def test_a_visit_of_a_pinned_trip_at_a_site_that_is_done_is_refused(session: Session, district: District) -> None:
    pinned(session, published_upriver(session, district))
    site = session.scalars(select(Site).where(Site.code == "H-1")).one()
    site.readiness = "done"
    session.flush()
    with pytest.raises(PinnedVisitBroken, match="its trip"):
        schedules.request_schedule(session, district, NOVEMBER, actor=COMMAND_LINE, now=NOW)


def test_what_a_plan_leaves_out_of_a_pinned_trip_is_told(session: Session, district: District) -> None:
    pinned(session, published_upriver(session, district))
    schedule, _ = asked(session, district)
    plan = {"format": "outreach-plan-2", "visits": list(VISITS[2:]), "nights": [], "rides": []}
    checked = check_run(session, schedule, Solved(plan=packed(plan), spread=None))
    record.store_plan(session, schedule, checked, now=NOW)
    result = result_out(schedule)
    assert result is not None
    assert result.missed is not None
    told_rows = [(row.date, row.lodging, row.connection) for row in result.missed.trips]
    assert told_rows == [
        (THURSDAY, "BALAI", None),
        (FRIDAY, "BALAI", None),
        (THURSDAY, None, "NAIK"),
        (MONDAY, None, "TURUN"),
    ]
    assert "menginap di BALAI" in result.missed.trips[0].text.id
