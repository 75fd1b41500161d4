"""A village up the river asks for a visit: it is offered a place on the trip that goes there, and books it."""

from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.trips.models import Trip
from solver.contract.verify import verify
from tests.app.conftest import AsRole
from tests.app.requests.test_breaks_and_kits import asked, booked, files_of
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    make_district_upriver,
    make_village,
    published_upriver,
)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    return make_district_upriver(session)


@pytest.fixture
def resident(api: FastAPI) -> BoardResident:
    double = BoardResident()
    api.state.resident = double
    return double


def test_village_on_the_way_of_a_trip_is_offered_and_booked_at_the_price_of_two_verifications(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    schedule = published_upriver(session, district)
    (before,) = session.scalars(select(Trip).where(Trip.in_force))
    uid, days = before.uid, (before.starts_on, before.ends_on)
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "H-2", FRIDAY)
    assert request["no_offer"] is None
    (offer,) = request["offers"]
    assert (offer["team"], offer["date"], offer["kind"]) == ("T-1", FRIDAY.isoformat(), "fits")
    assert offer["price"]["changed_visits"] == []
    was = verify(*files_of(session, schedule.id))
    instance, plan = files_of(session, booked(client, planner, request, offer))
    now = verify(instance, plan)
    assert now.violations == ()
    assert now.activations - was.activations == -offer["price"]["lost_activations"]
    assert now.cost - was.cost == offer["price"]["extra_cost"]
    session.expire_all()
    (after,) = session.scalars(select(Trip).where(Trip.in_force))
    assert (after.uid, (after.starts_on, after.ends_on)) == (uid, days), "the trip is the same one"
    # What is promised there moves for nobody else.
    other = asked(client, planner, "H-1", FRIDAY)
    assert all(offer["date"] != FRIDAY.isoformat() or offer["kind"] != "pushes_out" for offer in other["offers"])


def test_village_that_only_another_trip_would_reach_is_told_to_send_the_team(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    published_upriver(session, district)
    request = asked(client, bearer(Role.PLANNER, "16.73"), "H-2", date(2023, 11, 22))
    assert request["offers"] == []
    refusal = request["no_offer"]
    assert refusal["rule"] in ("needs_nights", "needs_ride")
    assert "berangkatkan tim dalam draf" in refusal["text"]["id"]
    assert refusal["nearest"]["date"] in {day.isoformat() for day in (THURSDAY, FRIDAY, MONDAY, TUESDAY)}
