"""A village up the river asks for a visit: it is offered a place on the trip that goes there, and books it."""

import gzip
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.trips.models import Trip
from solver.contract.json_fields import read_visit
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from solver.questions.placing import Board, Posed
from solver.terminal.resident import answer_of
from tests.app.conftest import AsRole
from tests.app.requests.test_breaks_and_kits import asked, booked, files_of
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    make_district_upriver,
    make_village,
    published_upriver,
)


class BoardResident:
    """The resident planning core, answering in this process."""

    def __init__(self) -> None:
        self.board: Board | None = None

    async def offers(self, files: Any, *, fixed: Sequence[Any], first_date: date | None = None, **asked: Any) -> Any:
        instance = instance_from_json(json.loads(gzip.decompress(files.instance)))
        plan = Plan.from_json(json.loads(files.plan))
        held = [visit for visit in (read_visit(entry, "") for entry in fixed) if not isinstance(visit, list)]
        self.board = Board(Posed(instance), plan.visits, rows=plan.rows, fixed=held, first_date=first_date)
        team_days = [(team, day.isoformat()) for team, day in asked.pop("team_days")]
        asked.pop("asker", None)
        return json.loads(json.dumps(answer_of(self.board, {"question": "offers", "team_days": team_days} | asked)))

    def end(self) -> None:
        pass


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


def test_village_that_only_another_trip_would_reach_is_told_to_plan_anew(
    client: TestClient, session: Session, bearer: AsRole, district: District, resident: BoardResident
) -> None:
    make_village(session, 2)
    published_upriver(session, district)
    request = asked(client, bearer(Role.PLANNER, "16.73"), "H-2", date(2023, 11, 22))
    assert request["offers"] == []
    refusal = request["no_offer"]
    assert refusal["rule"] in ("needs_nights", "needs_ride")
    assert "rencanakan ulang" in refusal["text"]["id"]
    assert refusal["nearest"]["date"] in {day.isoformat() for day in (THURSDAY, FRIDAY, MONDAY, TUESDAY)}
