"""What the gate reads out of a verified plan."""

import gzip
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.districts.models import District
from app.schedules import service as schedules
from app.schedules.models import Visit
from app.schedules.runs.checking import check_plan
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.schedules.conftest import make_draft


def test_way_home_is_that_of_the_instance_whatever_a_great_circle_says(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    instance = document(schedules.contract_file(session, schedule, "instance"))
    plan = document(schedules.contract_file(session, schedule, "plan"))
    first = plan["visits"][0]
    way = {"between": [first["team"], first["site"]], "minutes": 7, "metres": 1_234}
    instance["travel"]["overrides"] = [way]

    checked = check_plan(packed(instance), packed(plan))

    visit = next(known for known in checked.visits if (known.team, known.site) == (first["team"], first["site"]))
    assert (visit.home_minutes, visit.home_metres) == (7, 1_234)


def test_stored_way_home_of_the_last_stop_is_what_the_verifier_counts(session: Session, district: District) -> None:
    schedule = make_draft(session, district)
    instance = instance_from_json(document(schedules.contract_file(session, schedule, "instance")))
    plan = Plan.from_json(document(schedules.contract_file(session, schedule, "plan")))
    ways = sorted((way.date, way.travel_minutes, way.travel_metres) for way in verify(instance, plan).ways_home)
    # The double sends a team to one site a day.
    visits = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id))
    assert sorted((visit.date, visit.home_minutes, visit.home_metres) for visit in visits) == ways != []


def document(content: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(gzip.decompress(content))
    return parsed


def packed(document: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(document).encode())
