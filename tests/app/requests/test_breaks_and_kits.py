"""A site asks for a visit of teams that take breaks or share kits: what it is offered and books keeps both true."""

import gzip
import json
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.sites.models import Site
from app.teams.models import Team
from solver.contract.instance import Instance
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.contract.verify import verify
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.runs.test_breaks_and_kits import (
    FRIDAY,
    LUNCH,
    give_breaks,
    give_set,
    local,
    planned,
    planned_with_set,
    without_signal,
)
from tests.factories import make_site

TUESDAY, A_FRIDAY = date(2023, 11, 14), date(2023, 11, 17)


def asked(client: TestClient, planner: dict[str, str], site: str, day: date) -> Any:
    body = {"site_code": site, "channel": "phone", "wished_dates": [day.isoformat()]}
    answer = client.post("/v1/districts/16.73/requests", json=body, headers=planner)
    assert answer.status_code == 201, answer.text
    return answer.json()


def booked(client: TestClient, planner: dict[str, str], request: Any, offer: Any) -> int:
    path = f"/v1/requests/{request['id']}/accept"
    answer = client.post(path, json={"offer": offer["number"]}, headers=planner)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["booked"]["schedule_id"])


def files_of(session: Session, schedule_id: int) -> tuple[Instance, Plan]:
    schedule = session.get_one(Schedule, schedule_id)
    session.refresh(schedule, ["instance_json", "plan_json"])
    assert schedule.instance_json is not None
    assert schedule.plan_json is not None
    instance, plan = (json.loads(gzip.decompress(part)) for part in (schedule.instance_json, schedule.plan_json))
    return instance_from_json(instance), Plan.from_json(plan)


def in_force(session: Session, team: Team, day: date) -> list[Visit]:
    query = select(Visit).where(Visit.team_id == team.id, Visit.date == day, Visit.in_force)
    return list(session.scalars(query.order_by(Visit.starts_at)))


@pytest.mark.parametrize("day", [TUESDAY, A_FRIDAY])
def test_offer_of_a_team_with_lunch_and_friday_prayer_is_booked_as_a_day_with_its_break(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District, day: date
) -> None:
    for code in ("T-1", "T-2"):
        give_breaks(session, LUNCH, FRIDAY, code=code)
    publishing.publish(session, planned(session, district), actor=COMMAND_LINE, now=NOW)
    before = {visit.id: (visit.starts_at, visit.ends_at) for visit in session.scalars(select(Visit))}
    make_site(session, code="S-NEW", lat=-3.29, headcount=160)
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "S-NEW", day)
    assert request["no_offer"] is None
    offer = request["offers"][0]
    assert offer["expected"] == {"ikd": offer["expected_activations"]}
    schedule_id = booked(client, planner, request, offer)
    instance, plan = files_of(session, schedule_id)
    after = verify(instance, plan)
    assert after.violations == ()
    # Every day on which somebody goes has its break, in the rule's hours.
    assert {(pause.team, pause.date) for pause in plan.rows.breaks} == {(v.team, v.date) for v in plan.visits}
    team = session.scalars(select(Team).where(Team.code == offer["team"])).one()
    visits = in_force(session, team, day)
    (new,) = [visit for visit in visits if session.get_one(Site, visit.site_id).code == "S-NEW"]
    assert (new.starts_at.isoformat(), new.ends_at.isoformat()) == (
        new.starts_at.fromisoformat(offer["starts_at"]).astimezone(new.starts_at.tzinfo).isoformat(),
        new.ends_at.fromisoformat(offer["ends_at"]).astimezone(new.ends_at.tzinfo).isoformat(),
    )
    rule = FRIDAY if day == A_FRIDAY else LUNCH
    for visit in visits:
        (pause,) = visit.day_breaks
        assert pause == visits[0].day_breaks[0]
        assert pause["ends"] - pause["starts"] == rule.minutes
        assert rule.earliest_start <= pause["starts"] <= pause["ends"] <= rule.latest_end
        inside = local(visit.starts_at) <= pause["starts"] and pause["ends"] <= local(visit.ends_at)
        length = visit.setup_minutes + visit.service_minutes + (rule.minutes if inside else 0)
        assert local(visit.ends_at) - local(visit.starts_at) == length
    assert not [judged for judged in judge_today(session, district, visits) if judged.obstacles]
    # The phone and the board tell the same.
    coordinator = bearer(Role.COORDINATOR, "16.73", team.id)
    shown = client.get(f"/v1/assignments?date={day}", headers=coordinator).json()
    (told,) = shown["breaks"]
    assert [stop["site"]["code"] for stop in shown["stops"]].count("S-NEW") == 1
    on_board = client.get(f"/v1/schedules/{schedule_id}/visits", headers=planner).json()["items"]
    (row,) = [visit for visit in on_board if visit["site"]["code"] == "S-NEW"]
    assert [pause["starts_at"] for pause in row["breaks"]] == [told["starts_at"]]
    # What the offer did not name stays when it was announced.
    changed = {(change["before"]["team"], change["before"]["date"]) for change in offer["price"]["changed_visits"]}
    for visit in session.scalars(select(Visit).where(Visit.in_force)):
        if visit.id in before and (session.get_one(Team, visit.team_id).code, visit.date.isoformat()) not in changed:
            assert (visit.starts_at, visit.ends_at) == before[visit.id]


def test_break_that_came_after_the_plan_is_found_its_place_in_what_is_booked(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    publishing.publish(session, planned(session, district), actor=COMMAND_LINE, now=NOW)
    for code in ("T-1", "T-2"):
        give_breaks(session, LUNCH, FRIDAY, code=code)
    make_site(session, code="S-NEW", lat=-3.29, headcount=160)
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "S-NEW", TUESDAY)
    offer = request["offers"][0]
    instance, plan = files_of(session, booked(client, planner, request, offer))
    assert verify(instance, plan).violations == ()
    assert (offer["team"], TUESDAY) in {(pause.team, pause.date) for pause in plan.rows.breaks}


def test_visit_that_needs_the_shared_set_is_offered_and_booked_with_it(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    without_signal(session)
    give_set(session, district)
    publishing.publish(session, planned_with_set(session, district), actor=COMMAND_LINE, now=NOW)
    make_site(session, code="S-NEW", lat=-3.29, headcount=160, connectivity=0)
    session.commit()
    planner = bearer(Role.PLANNER, "16.73")
    request = asked(client, planner, "S-NEW", TUESDAY)
    assert request["no_offer"] is None, request["no_offer"]
    carried = [{"code": "SATELIT", "name": "Set satelit", "kind": "satellite", "count": 1}]
    for offer in request["offers"]:
        assert offer["carried"] == carried
        assert offer["expected_activations"] > 0
    offer = request["offers"][-1]
    instance, plan = files_of(session, booked(client, planner, request, offer))
    assert verify(instance, plan).violations == ()
    team = session.scalars(select(Team).where(Team.code == offer["team"])).one()
    visits = in_force(session, team, TUESDAY)
    assert visits
    assert all(visit.day_kits == carried for visit in visits)
    coordinator = bearer(Role.COORDINATOR, "16.73", team.id)
    assert client.get(f"/v1/assignments?date={TUESDAY}", headers=coordinator).json()["carried"] == carried
