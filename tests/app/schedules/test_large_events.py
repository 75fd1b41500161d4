"""Events that need several teams at once, from the site to the plan, and to whoever reads a day of it."""

import csv
import gzip
import io
import json
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language
from app.letters.day_sheet import sheet_content
from app.letters.stops import stops_in_force
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance, refuse_unplannable
from app.schedules.wish import Wish
from app.sites.models import Site
from solver.contract.plan import in_format_of
from solver.contract.reading import instance_from_json
from solver.solve import solve
from solver.stopping import Limits
from tests.app.conftest import NOW, AsRole
from tests.factories import make_district, make_site, make_target, make_team

WISH = Wish(period_start=date(2023, 12, 4), period_end=date(2023, 12, 8), iterations=200)


@pytest.fixture
def district(session: Session, job_tables: None) -> District:
    district = make_district(session)
    make_target(session)
    for number in range(1, 4):
        make_team(session, code=f"TIM-{number}", name=f"Tim {number}", max_stops=1)
    for number in range(3):
        make_site(session, code=f"S-{number}", lat=-3.28 + number / 150, headcount=150, connectivity=3, max_teams=1)
    return district


def make_event(session: Session, **fields: Any) -> Site:
    """A mall, where by its kind fewer teams may come on a date than the event may need."""
    defaults: dict[str, Any] = {"code": "GEBYAR", "kind": "organisation", "headcount": 3_000, "connectivity": 4}
    return make_site(session, **(defaults | {"max_visit_dates": 1, "min_teams": 3} | fields))


def asked(session: Session, district: District) -> Schedule:
    schedule = schedules.request_schedule(session, district, WISH, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    return schedule


def instance_document(schedule: Schedule) -> dict[str, Any]:
    assert schedule.instance_json is not None
    document: dict[str, Any] = json.loads(gzip.decompress(schedule.instance_json))
    return document


def planned(session: Session, schedule: Schedule) -> dict[str, Any]:
    instance = instance_from_json(instance_document(schedule))
    plan = in_format_of(instance, solve(instance, Limits(iterations=200), seed=1).plan).to_json()
    checked = check_run(session, schedule, Solved(plan=gzip.compress(json.dumps(plan).encode()), spread=None))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    session.commit()
    return plan


def test_a_district_without_events_asks_for_the_format_of_before(session: Session, district: District) -> None:
    document = instance_document(asked(session, district))
    assert document["format"] == "outreach-1"
    assert "min_teams" not in json.dumps(document)


def test_an_event_on_other_dates_asks_nothing_of_the_plan(session: Session, district: District) -> None:
    make_event(session, readiness="agreed", readiness_from=date(2023, 12, 14), readiness_until=date(2023, 12, 15))
    assert instance_document(asked(session, district))["format"] == "outreach-1"


def test_teams_come_to_an_event_together_and_read_of_each_other(
    client: TestClient, session: Session, district: District, bearer: AsRole
) -> None:
    make_event(session)
    schedule = asked(session, district)
    document = instance_document(schedule)
    (event,) = [site for site in document["sites"] if site["id"] == "GEBYAR"]
    assert (document["format"], event["min_teams"], event["max_teams"]) == ("outreach-2", 3, 3)
    plan = planned(session, schedule)
    there = [row for row in plan["visits"] if row["site"] == "GEBYAR"]
    assert {row["team"] for row in there} == {"TIM-1", "TIM-2", "TIM-3"}
    assert len({row["date"] for row in there}) == 1
    planner = bearer(Role.PLANNER, district.code)
    text = client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=planner).text
    lines = {
        (line["team_code"], line["site_code"]): line["with_teams"]
        for line in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    }
    day = date.fromisoformat(there[0]["date"])
    letters = {
        (stop.team_code, stop.site_code): stop.with_teams or []
        for stop in stops_in_force(session, district, "ikd", first=day, last=day)
    }
    for team, others in (("TIM-1", ["TIM-2", "TIM-3"]), ("TIM-2", ["TIM-1", "TIM-3"])):
        params = {"date": day.isoformat(), "team": team, "district": district.code}
        (stop,) = client.get("/v1/assignments", params=params, headers=planner).json()["stops"]
        assert stop["with_teams"] == others
        span = client.get("/v1/assignments", params=params | {"days": "2"}, headers=planner).json()
        assert span["days"][0]["stops"][0]["with_teams"] == others
        (row,) = sheet_content(
            session,
            day,
            actor=COMMAND_LINE,
            team_code=team,
            district_code=district.code,
            language=Language.INDONESIAN,
        )["day"]["stops"]
        assert row["together"] == f"bersama {', '.join(others)}"
        assert lines[team, "GEBYAR"] == "; ".join(others)
        assert letters[team, "GEBYAR"] == others
    assert {said for (_, site), said in lines.items() if site != "GEBYAR"} <= {""}


def test_an_event_that_no_date_has_the_teams_for_is_told_before_anybody_waits(
    session: Session, district: District
) -> None:
    make_event(session, min_teams=4)
    schedule = schedules.request_schedule(session, district, WISH, actor=COMMAND_LINE, now=NOW)
    assert [(site["code"], site["reason"]) for site in schedule.unvisitable] == [("GEBYAR", "too_few_teams")]
    # Four teams are enough, but not where one of them is never there on the dates of the others.
    make_team(session, code="TIM-4", working_weekdays="0000011")
    assert [site.barrier for site in refuse_unplannable(session, schedule).unvisitable] == ["too_few_teams"]
    make_team(session, code="TIM-5")
    assert refuse_unplannable(session, schedule).unvisitable == ()


def test_a_visit_that_stays_at_an_event_of_several_teams_is_planned(session: Session, district: District) -> None:
    planned(session, asked(session, district))
    visit = session.scalars(select(Visit).where(Visit.in_force).order_by(Visit.id)).first()
    assert visit is not None
    visit.pinned = True
    site = session.get_one(Site, visit.site_id)
    site.max_teams, site.min_teams = None, 2
    session.flush()
    again = asked(session, district)
    (pin,) = instance_document(again)["pinned"]
    plan = planned(session, again)
    there = {row["team"] for row in plan["visits"] if (row["site"], row["date"]) == (pin["site"], pin["date"])}
    assert pin["team"] in there
    assert len(there) > 1


@pytest.mark.parametrize(
    ("fields", "status", "effective"),
    [({"min_teams": 3}, 200, 3), ({"min_teams": 3, "max_teams": 2}, 422, 0), ({"min_teams": 0}, 422, 0)],
)
def test_an_event_has_room_for_the_teams_that_it_needs(
    client: TestClient,
    session: Session,
    district: District,
    bearer: AsRole,
    fields: dict[str, Any],
    status: int,
    effective: int,
) -> None:
    site = make_event(session, min_teams=None)
    session.commit()
    headers = bearer(Role.PLANNER, "16.73") | {"If-Match": f'"{site.version}"'}
    answer = client.patch(f"/v1/sites/{site.id}", json=fields, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert (answer.json()["min_teams"], answer.json()["effective"]["max_teams"]["value"]) == (3, effective)
    else:
        assert [problem["pointer"] for problem in answer.json()["errors"]] == ["/min_teams"]
