"""A planner asks why a site is in the plan or not, and gets the solver's answer once, in two languages."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import service as access
from app.access.models import Role
from app.database import make_engine
from app.districts.models import District
from app.main import create_app
from app.schedules.models import Schedule, Visit
from app.schedules.questions import turns
from app.schedules.questions.explanations import solved_answer
from app.schedules.questions.turns import Asker, PlanFiles, Questions, Turns
from app.schedules.wish import KindRule
from app.settings import Settings
from app.sites.models import Readiness, Site, SiteException
from app.teams.models import Team
from app.worker import prepare_database
from solver.contract.plan import Plan
from solver.contract.reading import instance_from_json
from solver.questions.explain import Explainer
from solver.questions.possibility import Possibilities
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_schedule, make_site, make_visit
from tests.solver.questions.test_possible_trips import far_document

PLANNER = Asker(district_code="16.73", token_id=1)


def path(schedule: Schedule, site: Site) -> str:
    return f"/v1/schedules/{schedule.id}/sites/{site.id}/explanation"


def test_visited_site_is_scheduled_with_its_visits(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    visit, site = session.execute(
        select(Visit, Site).join(Site, Site.id == Visit.site_id).where(Visit.schedule_id == schedule.id).limit(1)
    ).one()
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 200
    explained = answer.json()
    assert (explained["standing"], explained["site"], explained["site_id"]) == ("scheduled", site.code, site.id)
    assert explained["visits"][0]["date"] == visit.date.isoformat()
    assert explained["visits"][0]["served"] == visit.expected_activations
    assert "dijadwalkan" in explained["sentence"]["id"]
    assert "is scheduled" in explained["sentence"]["en"]
    assert explained["forced"] is None


def test_site_without_signal_is_impossible_with_its_rule(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    # The double plans no fixed sessions.
    site = make_site(session, code="S-DARK", connectivity=0, fixed_minutes=60)
    schedule = make_draft(session, district)
    explained = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert (explained["standing"], explained["rule"], explained["team_days_possible"]) == ("impossible", "no_signal", 0)
    assert sum(explained["team_days_by_rule"].values()) == explained["team_days"]


def test_site_that_is_not_ready_needs_no_solver(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="S-LATER", readiness=Readiness.NOT_READY)
    schedule = make_draft(session, district)
    api.state.resident = Double(refuse)
    explained = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert explained["standing"] == "not_ready"
    assert "belum siap" in explained["sentence"]["id"]


def agencies(until: date | None = None) -> tuple[KindRule, ...]:
    return (KindRule(kinds=("agency",), end=until),)


def test_reasons_that_need_no_plan_are_told_as_they_are(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    sites = {
        "left_out": make_site(session, code="CLINIC", kind="clinic"),
        "done": make_site(session, code="DONE", readiness="done"),
        "not_ready": make_site(session, code="LATER", readiness="not_ready"),
        "closed": make_site(session, code="SHUT"),
        "fully_activated": make_site(session, code="ALL", headcount=120, already_activated=120),
    }
    for day in range(14, 31):
        session.add(SiteException(site_id=sites["closed"].id, date=date(2023, 11, day)))
    session.flush()
    schedule = make_draft(session, district, kinds=agencies())
    api.state.resident = Double(refuse)
    viewer = bearer(Role.VIEWER, "16.73")

    answers = {standing: client.get(path(schedule, site), headers=viewer).json() for standing, site in sites.items()}

    assert {standing: answer["standing"] for standing, answer in answers.items()} == {name: name for name in sites}
    words = {standing: (answer["sentence"]["id"], answer["sentence"]["en"]) for standing, answer in answers.items()}
    assert "tidak membolehkan jenis lokasi itu" in words["left_out"][0]
    assert "does not allow its kind of site between 14 November 2023 and 30 November 2023" in words["left_out"][1]
    assert "sudah ditandai selesai" in words["done"][0]
    assert "is closed on every date from 14 November 2023 to 30 November 2023" in words["closed"][1]
    assert "All 120 people" in words["fully_activated"][1]


def test_site_visited_lately_is_told_when_it_may_be_visited_again(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="LATELY", min_gap_days=60)
    team = session.scalars(select(Team).limit(1)).one()
    visited = datetime(2023, 11, 10, 1, tzinfo=UTC)
    make_visit(session, make_schedule(session), team, site, starts_at=visited)
    schedule = make_draft(session, district)
    explained = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert explained["standing"] == "too_soon"
    assert "the next visit is possible on 9 January 2024" in explained["sentence"]["en"]


def test_kind_left_out_on_some_dates_is_said_beside_the_solvers_answer(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="CLINIC", kind="clinic", connectivity=0, fixed_minutes=60)
    schedule = make_draft(session, district, kinds=agencies(until=date(2023, 11, 28)))
    api.state.resident = Double(answer_about)
    explained = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73")).json()
    assert explained["sentence"]["en"] == (
        "Impossible. The request of this plan allows its kind of site on 2 of 13 dates only."
    )


def test_site_is_named_by_its_code_as_well(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="10600101", readiness="done")
    schedule = make_draft(session, district)
    viewer = bearer(Role.VIEWER, "16.73")
    by_code = client.get(f"/v1/schedules/{schedule.id}/sites/10600101/explanation", headers=viewer)
    assert by_code.json() == client.get(path(schedule, site), headers=viewer).json()
    unknown = client.get(f"/v1/schedules/{schedule.id}/sites/NOWHERE/explanation", headers=viewer)
    assert (unknown.status_code, "NOWHERE" in unknown.json()["detail"]) == (404, True)


def refuse(site: str) -> dict[str, Any]:
    raise AssertionError("the solver was asked")


class Double:
    """The resident solver's, which answers about a site at once and keeps what it was asked about."""

    def __init__(self, answer: Callable[[str], dict[str, Any]]) -> None:
        self._answer = answer
        self.plans: list[bytes] = []

    async def explain(self, files: PlanFiles, *, asker: Asker, site: str) -> dict[str, Any]:
        self.plans.append(files.plan)
        return self._answer(site)

    def begin(self) -> None:
        pass

    def end(self) -> None:
        pass


def test_run_without_a_plan_is_a_conflict(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    site = make_site(session, code="S-NEW")
    schedule = make_schedule(session, run_status="queued")
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert (answer.status_code, answer.json()["code"]) == (409, "ScheduleNotFinished")


def test_site_that_the_run_did_not_know_is_not_found(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    site = make_site(session, code="S-NEW")
    answer = client.get(path(schedule, site), headers=bearer(Role.VIEWER, "16.73"))
    assert answer.status_code == 404
    assert "S-NEW" in answer.json()["detail"]


def test_site_of_another_district_is_not_found(
    client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    schedule = make_draft(session, district)
    make_plannable_district(session, "65.01", lat=3.0, lon=117.0)
    other = session.scalars(select(Site).where(Site.district_code == "65.01").limit(1)).one()
    assert client.get(path(schedule, other), headers=bearer(Role.ADMIN)).status_code == 404
    assert client.get(path(schedule, other), headers=bearer(Role.VIEWER, "65.01")).status_code == 404


def test_a_draft_is_explained_as_it_is_after_an_edit(
    api: FastAPI, client: TestClient, session: Session, bearer: AsRole, district: District
) -> None:
    api.state.resident = double = Double(answer_about)
    site = make_site(session, code="S-DARK", connectivity=0, fixed_minutes=60)
    planner = bearer(Role.PLANNER, "16.73")
    copied = client.post(f"/v1/schedules/{make_draft(session, district).id}/copy", headers=planner)
    draft = session.get_one(Schedule, copied.json()["id"])
    client.get(path(draft, site), headers=planner)
    visit = client.get(f"/v1/schedules/{draft.id}/visits", headers=planner).json()["items"][0]
    drop = {"op": "drop", "team": visit["team"]["code"], "date": visit["date"], "site": visit["site"]["code"]}
    etag = {"If-Match": copied.headers["ETag"]}
    edited = client.post(f"/v1/schedules/{draft.id}/edits", json={"edits": [drop]}, headers=planner | etag)
    assert edited.status_code == 200, edited.text
    client.get(path(draft, site), headers=planner)
    before, after = (len(json.loads(plan)["visits"]) for plan in double.plans)
    assert before == after + 1


def test_answer_is_asked_for_once_even_by_several_who_wait_for_their_turn() -> None:
    questions, turns = Questions(), Turns(at_once=1, wait_seconds=60)
    questions_put: list[str] = []

    def ask() -> dict[str, Any]:
        questions_put.append("again")
        return {"standing": "beaten"}

    async def ask_all() -> None:
        answers = [questions.answer(number, "why S-1", ask, turns=turns, asker=PLANNER) for number in "1112"]
        assert await asyncio.gather(*answers) == [{"standing": "beaten"}] * 4

    asyncio.run(ask_all())
    assert len(questions_put) == 2


def test_oldest_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_KEPT", 2)
    questions = Questions()
    questions_put: list[str] = []

    async def ask_in_order() -> None:
        for number in "121312":
            await questions.answer(
                number,
                "why S-1",
                lambda number=number: {"asked": questions_put.append(number)},  # type: ignore[misc]
                turns=questions.what_if,
                asker=PLANNER,
            )

    asyncio.run(ask_in_order())
    assert questions_put == ["1", "2", "3", "2"]


def test_questions_that_wait_keep_nobody_else_waiting(own_database: str) -> None:
    engine = make_engine(own_database)
    prepare_database(own_database)
    with Session(engine, expire_on_commit=False) as session:
        schedule = make_draft(session, make_plannable_district(session))
        sites = session.scalars(select(Site).where(Site.code.in_([f"S-{number}" for number in range(6)]))).all()
        _, secret = access.issue_token(session, Role.PLANNER, now=NOW, district_code="16.73")
        session.commit()
    go_on = asyncio.Event()

    class Slow:
        async def explain(self, files: PlanFiles, *, asker: Asker, site: str) -> dict[str, Any]:
            async with asyncio.timeout(60):
                await go_on.wait()
            return answer_about(site)

    async def ask_all() -> tuple[int, list[int]]:
        api = create_app(Settings(), engine)
        api.state.resident = Slow()
        transport = httpx.ASGITransport(app=api)
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            asking = [asyncio.create_task(client.get(path(schedule, site))) for site in sites for _ in range(10)]
            await asyncio.sleep(1)
            other = await asyncio.wait_for(client.get("/v1/districts/16.73"), 30)
            go_on.set()
            return other.status_code, [answer.status_code for answer in await asyncio.gather(*asking)]

    assert asyncio.run(ask_all()) == (200, [200] * 60)
    engine.dispose()


def answer_about(site: str) -> dict[str, Any]:
    return {
        "site": site,
        "name": site,
        "standing": "impossible",
        "sentence": {"id": "Mustahil.", "en": "Impossible."},
        "rule": "no_signal",
        "team_days": 1,
        "team_days_possible": 0,
        "team_days_by_rule": {"no_signal": 1},
        "visits": [],
        "forced": None,
    }


def test_answer_with_trips_is_shown_with_them() -> None:
    instance = instance_from_json(far_document())
    plan = Possibilities(instance).trip_to(instance.sites[1], instance.teams[0], day=instance.dates[1])
    assert plan is not None
    explainer = Explainer(instance, plan)
    shown = solved_answer(explainer.to_json(explainer.explain(instance.sites[1])), schedule_id=1, site_id=2)
    assert [(trip.team, trip.lodgings) for trip in shown.trips] == [("T1", ["Wisma Muara"])]
    without = Explainer(instance, Plan(visits=()))
    harbour = without.to_json(without.explain(instance.sites[0], iterations=0))
    assert solved_answer(harbour, schedule_id=1, site_id=1).trips == []
