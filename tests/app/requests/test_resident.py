"""The resident planning core answers a request, and what it offers can be booked at the price it said."""

import gzip
import json
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.models import Schedule
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft
from tests.factories import make_site


def price_of(schedule: Schedule) -> tuple[int, int]:
    """What the plan of a booking loses, and costs more, than the plan that stood before it."""
    assert schedule.instance_json is not None
    assert schedule.plan_json is not None
    instance = instance_from_json(json.loads(gzip.decompress(schedule.instance_json)))
    before = verify(instance, Plan(visits=instance.published))
    after = verify(instance, Plan.from_json(json.loads(gzip.decompress(schedule.plan_json))))
    assert after.violations == ()
    return before.activations - after.activations, after.cost - before.cost


def test_offers_of_the_planning_core_are_booked_at_their_price(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    # Two teams that go out twice a week: six agencies and what is asked for compete for four days.
    for number in range(3):
        make_site(session, code=f"N-{number}", lat=-3.29 + number / 300, headcount=150)
    publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    planner = bearer(Role.PLANNER, "16.73")
    kinds = set()
    for number in range(3):
        body: dict[str, Any] = {
            "site": {"name": f"Pabrik {number}", "kind": "agency", "area_code": "16.73.01"},
            "channel": "phone",
            "expected_people": 90,
            "wished_dates": ["2023-11-14", "2023-11-15"],
        }
        taken_up = client.post("/v1/districts/16.73/requests", json=body, headers=planner)
        assert taken_up.status_code == 201, taken_up.text
        request = taken_up.json()
        offers = request["offers"]
        assert len({(offer["team"], offer["date"]) for offer in offers}) == len(offers) > 0
        kinds |= {offer["kind"] for offer in offers}
        offer = offers[-1]
        path = f"/v1/requests/{request['id']}/accept"
        answer = client.post(path, json={"offer": offer["number"]}, headers=planner)
        assert answer.status_code == 200, answer.text
        schedule = session.scalars(select(Schedule).filter_by(id=answer.json()["booked"]["schedule_id"])).one()
        session.refresh(schedule, ["instance_json", "plan_json"])
        assert price_of(schedule) == (offer["price"]["lost_activations"], offer["price"]["extra_cost"])
    assert kinds & {"fits", "retimed"}
    late = {
        "site_code": "N-0",
        "channel": "phone",
        "wished_dates": ["2023-11-18"],
    }
    refused = client.post("/v1/districts/16.73/requests", json=late, headers=planner).json()
    assert (refused["offers"], refused["no_offer"]["rule"]) == ([], "team_off")
    assert refused["no_offer"]["nearest"]["date"] == "2023-11-17"
