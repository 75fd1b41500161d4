"""A village up the river asks for a visit: it is offered a place on the trip that goes there, and books it."""

from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.trips.models import Trip
from app.teams.models import Team
from app.travel.models import Connection
from solver.contract.verify import verify
from tests.app.conftest import AsRole
from tests.app.requests.test_breaks_and_kits import asked, booked, files_of
from tests.app.schedules.trips.board_resident import BoardResident
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    VISITS,
    make_district_upriver,
    make_village,
    published_upriver,
    visit,
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


WEDNESDAY = date(2023, 11, 22)


def test_village_that_only_a_new_trip_reaches_is_offered_it_at_its_price_and_books_it(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    schedule = published_upriver(session, district)
    (before,) = session.scalars(select(Trip).where(Trip.in_force))
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "H-2", WEDNESDAY)
    assert request["no_offer"] is None
    assert {offer["kind"] for offer in request["offers"]} == {"sends"}
    offer = request["offers"][0]
    trip = offer["trip"]
    assert trip["starts_on"] <= offer["date"] == WEDNESDAY.isoformat() <= trip["ends_on"]
    assert {night["lodging"] for night in trip["nights"]} == {"BALAI"}
    assert [ride["connection"] for ride in trip["rides"]] == ["NAIK", "TURUN"]
    assert "menginap di Balai Desa Hulu" in trip["text"]["id"]
    was = verify(*files_of(session, schedule.id))
    instance, plan = files_of(session, booked(client, planner, request, offer))
    now = verify(instance, plan)
    assert now.violations == ()
    assert now.activations - was.activations == -offer["price"]["lost_activations"]
    assert now.cost - was.cost == offer["price"]["extra_cost"] > 2 * 400_000
    session.expire_all()
    in_force = session.scalars(select(Trip).where(Trip.in_force).order_by(Trip.starts_on)).all()
    assert before.uid in {row.uid for row in in_force}, "the announced trip stays"
    assert trip["starts_on"] in {row.starts_on.isoformat() for row in in_force}
    assert len(in_force) == 2


def test_what_an_offered_trip_takes_is_told_and_held(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    make_village(session, 3)
    published_upriver(session, district, visits=[*VISITS, visit(WEDNESDAY, "S-2", 540, minutes=240)])
    planner = bearer(Role.PLANNER, "16.73")
    first, second = asked(client, planner, "H-2", WEDNESDAY)["offers"]
    assert (first["team"], first["price"]["changed_visits"]) == ("T-2", []), "who loses least for it comes first"
    (shorter,) = second["price"]["changed_visits"]
    assert (second["team"], shorter["change"], shorter["before"]["site"]) == ("T-1", "retimed", "S-2")
    assert second["price"]["lost_activations"] > 0
    other = asked(client, planner, "H-3", WEDNESDAY)
    assert (other["offers"], other["no_offer"]["rule"]) == ([], "held"), "both teams are, for ten minutes"


def test_offer_of_a_trip_falls_away_when_a_boat_goes_no_more(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    published_upriver(session, district)
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "H-2", WEDNESDAY)
    offer = request["offers"][0]
    session.execute(update(Connection).where(Connection.code == "NAIK").values(fare=900_000))
    session.commit()
    refused = client.post(f"/v1/requests/{request['id']}/accept", json={"offer": offer["number"]}, headers=planner)
    assert refused.status_code == 409
    assert refused.json()["code"] == "OfferGone"
    assert len(session.scalars(select(Trip).where(Trip.in_force)).all()) == 1


def test_team_that_rests_after_its_trip_is_not_sent_on_another(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    published_upriver(session, district)
    session.execute(update(Team).values(rest_days=30))
    session.commit()
    request = asked(client, bearer(Role.PLANNER, "16.73"), "H-2", WEDNESDAY)
    assert all(offer["team"] != "T-1" for offer in request["offers"]), "it rests after its trip"
