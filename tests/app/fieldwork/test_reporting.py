"""Reports of what happened at visits: each counts once, corrections keep their history, what cannot be is refused."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.schedules import publishing
from app.schedules.models import Schedule, Visit, VisitResult
from app.sites.models import Site
from app.teams.models import Team
from tests.app.conftest import AsRole
from tests.factories import make_district, make_result, make_schedule, make_site, make_target, make_team, make_visit

EVENING = datetime(2023, 11, 14, 11, tzinfo=UTC)
"""18:00 on the day of the visit."""
Report = Callable[..., dict[str, Any]]


@pytest.fixture
def visit(session: Session, api: FastAPI) -> Visit:
    """Three operators from 08:00 to 10:30 on 14 November; it is the evening of that day."""
    make_district(session)
    make_target(session)
    team, site = make_team(session, code="TIM-1"), make_site(session, code="OPD-01")
    made = make_visit(session, make_schedule(session), team, site)
    session.commit()
    api.state.clock = lambda: EVENING
    return made


def report(**said: Any) -> dict[str, Any]:
    """Forty people served, 36 of them counted."""
    defaults: dict[str, Any] = {
        "report_id": str(uuid.uuid4()),
        "outcome": "held",
        "served": 40,
        "activated": 36,
        "other_district": 3,
        "started_at": "2023-11-14T08:10:00+07:00",
        "ended_at": "2023-11-14T10:40:00+07:00",
        "signal_met": 2,
        "reported_at": "2023-11-14T17:55:00+07:00",
    }
    return {name: value for name, value in (defaults | said).items() if value is not None}


@pytest.fixture
def planner(bearer: AsRole, visit: Visit) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def state(client: TestClient, headers: dict[str, str], visit: Visit) -> str:
    said: str = client.get(f"/v1/visits/{visit.id}", headers=headers).json()["state"]
    return said


def test_visit_without_a_report_is_missed_and_one_with_it_is_done(
    client: TestClient, planner: dict[str, str], session: Session, visit: Visit
) -> None:
    visit.expected_further = {"kia": 11}
    session.commit()
    missing = client.get("/v1/districts/16.73/results/missing", headers=planner).json()["items"]
    names = ("visit_id", "days_ago", "document", "expected_activations", "expected")
    assert [tuple(line[name] for name in names) for line in missing] == [
        (visit.id, 0, "ikd", 42, {"ikd": 42, "kia": 11})
    ]
    assert state(client, planner, visit) == "missed"
    stored = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=report())
    assert stored.status_code == 201
    assert stored.json()["activated"] == 36
    assert stored.json()["turned_away"] is None
    assert state(client, planner, visit) == "done"
    assert client.get("/v1/districts/16.73/results/missing", headers=planner).json()["items"] == []


def test_visit_that_was_not_held_is_lost(client: TestClient, planner: dict[str, str], visit: Visit) -> None:
    body = report(
        outcome="not_held", served=None, activated=None, other_district=None, started_at=None, ended_at=None,
        signal_met=None, cause="site_closed",
    )  # fmt: skip
    assert client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=body).status_code == 201
    assert state(client, planner, visit) == "lost"


def test_visit_to_come_is_planned(client: TestClient, api: FastAPI, planner: dict[str, str], visit: Visit) -> None:
    api.state.clock = lambda: visit.starts_at - timedelta(hours=1)
    assert state(client, planner, visit) == "planned"


def test_same_report_again_counts_once(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    body = report()
    first = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=body)
    late = body | {"reported_at": "2023-11-14T17:59:00+07:00"}
    again = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=late)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert session.scalar(select(func.count(VisitResult.id))) == 1


def test_same_report_with_other_figures_is_refused_with_the_first(
    client: TestClient, planner: dict[str, str], visit: Visit
) -> None:
    body = report()
    first = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=body).json()
    other = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=body | {"activated": 30})
    assert other.status_code == 409
    assert other.json()["code"] == "ReportIdReused"
    assert other.json()["standing"] == first
    assert other.json()["errors"][0]["pointer"] == "/report_id"


def test_second_report_gets_the_standing_one_unless_it_corrects_it(
    client: TestClient, planner: dict[str, str], visit: Visit
) -> None:
    url = f"/v1/visits/{visit.id}/result"
    first = client.post(url, headers=planner, json=report()).json()
    refused = client.post(url, headers=planner, json=report(activated=35))
    assert refused.status_code == 409
    assert refused.json()["standing"] == first
    assert refused.json()["errors"][0]["mend"] == f'To correct it, send "corrects": {first["id"]}.'
    second = client.post(url, headers=planner, json=report(activated=35, corrects=first["id"]))
    assert second.status_code == 201
    assert client.post(url, headers=planner, json=report(corrects=first["id"])).status_code == 409
    history = client.get(url, headers=planner).json()
    assert [(result["activated"], result["stands"], result["corrects_id"]) for result in history["results"]] == [
        (36, False, None),
        (35, True, first["id"]),
    ]
    assert history["standing"]["id"] == second.json()["id"]


def test_report_may_name_the_report_that_it_corrects(client: TestClient, planner: dict[str, str], visit: Visit) -> None:
    url, first = f"/v1/visits/{visit.id}/result", report()
    correction = report(activated=35, corrects=first["report_id"])
    early = client.post(url, headers=planner, json=correction)
    assert early.status_code == 409
    assert "Send the report that it corrects first" in early.json()["detail"]
    assert client.post(url, headers=planner, json=first).status_code == 201
    assert client.post(url, headers=planner, json=correction).status_code == 201


def test_report_of_a_withdrawn_visit_is_a_fact(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    visit.in_force, visit.withdrawn_at = False, EVENING - timedelta(hours=12)
    session.commit()
    assert state(client, planner, visit) == "cancelled"
    assert client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=report()).status_code == 201
    assert state(client, planner, visit) == "done"


def test_report_holds_for_the_visit_in_whatever_plan_carries_it(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    first = report()
    client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=first)
    visit.in_force = False
    session.flush()
    team, site = session.get_one(Team, visit.team_id), session.get_one(Site, visit.site_id)
    carried = make_visit(session, make_schedule(session), team, site, uid=visit.uid)
    session.commit()
    assert state(client, planner, carried) == "done"
    assert client.post(f"/v1/visits/{carried.id}/result", headers=planner, json=first).status_code == 200
    assert client.post(f"/v1/visits/{carried.id}/result", headers=planner, json=report()).status_code == 409


def test_visit_of_a_draft_takes_no_report(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    visit.in_force, visit.published_at = False, None
    session.commit()
    answer = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=report())
    assert (answer.status_code, answer.json()["code"]) == (409, "NotPublished")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"served": 30, "activated": 36, "other_district": 0}, "activated"),
        ({"served": 38, "activated": 36, "other_district": 3}, "other_district"),
        ({"served": None}, "served"),
        ({"served": 451, "activated": 400}, "served"),
        ({"served": -1}, "served"),
        ({"signal_met": 5}, "signal_met"),
        ({"started_at": "2023-11-12T08:00:00+07:00"}, "started_at"),
        ({"started_at": "2023-11-14T08:00:00"}, "started_at"),
        ({"ended_at": "2023-11-14T23:00:00+07:00"}, "ended_at"),
        ({"started_at": "2023-11-14T11:00:00+07:00"}, "ended_at"),
        ({"last_served_at": "2023-11-14T08:00:00+07:00"}, "last_served_at"),
        ({"outcome": "not_held"}, "served"),
        ({"outcome": "done"}, "outcome"),
        ({"cause": "flood"}, "cause"),
        ({"note": "Siti, NIK 1673 0145 0690 0001"}, "note"),
        ({"reported_at": "2023-11-16T08:00:00+07:00"}, "reported_at"),
        ({"people": 4}, "people"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit, said: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=report() | said)
    assert answer.status_code == 422
    assert f"/{field}" in [problem["pointer"] for problem in answer.json()["errors"]]
    assert session.scalar(select(func.count(VisitResult.id))) == 0


def test_visit_of_tomorrow_takes_no_report(
    client: TestClient, api: FastAPI, planner: dict[str, str], visit: Visit
) -> None:
    api.state.clock = lambda: EVENING - timedelta(days=1)
    body = report(started_at=None, ended_at=None, reported_at="2023-11-13T17:00:00+07:00")
    answer = client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/visit_id"


def test_visit_later_today_may_be_called_off_but_not_held(
    client: TestClient, api: FastAPI, planner: dict[str, str], visit: Visit
) -> None:
    api.state.clock = lambda: visit.starts_at - timedelta(hours=1)
    held = report(started_at=None, ended_at=None, reported_at="2023-11-14T07:00:00+07:00")
    url = f"/v1/visits/{visit.id}/result"
    assert client.post(url, headers=planner, json=held).json()["errors"][0]["pointer"] == "/outcome"
    off = held | {"outcome": "not_held", "served": 0, "activated": 0, "other_district": 0, "cause": "weather"}
    assert client.post(url, headers=planner, json=off).status_code == 201


def test_coordinator_reports_for_the_own_team_only(
    client: TestClient, session: Session, bearer: AsRole, visit: Visit
) -> None:
    other = make_team(session)
    url = f"/v1/visits/{visit.id}/result"
    stranger = bearer(Role.COORDINATOR, "16.73", other.id)
    refused = client.post(url, headers=stranger, json=report())
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["pointer"] == "/visit_id"
    assert client.get(url, headers=stranger).status_code == 403
    own = bearer(Role.COORDINATOR, "16.73", visit.team_id)
    assert client.post(url, headers=own, json=report()).status_code == 201
    assert client.get(url, headers=own).json()["standing"]["activated"] == 36


@pytest.mark.parametrize(
    ("role", "district", "status"),
    [(Role.VIEWER, "16.73", 403), (Role.PLANNER, "16", 403), (Role.PLANNER, "17.71", 404), (Role.ADMIN, None, 201)],
)
def test_only_who_may_change_the_district_reports(
    client: TestClient, session: Session, bearer: AsRole, visit: Visit, role: Role, district: str | None, status: int
) -> None:
    if district in ("16", "17.71"):
        make_district(session, district)
    answer = client.post(f"/v1/visits/{visit.id}/result", headers=bearer(role, district), json=report())
    assert answer.status_code == status


def make_days(session: Session, visit: Visit, count: int) -> list[Visit]:
    """The visit, and as many more on the days before as are asked for."""
    schedule, team = session.get_one(Schedule, visit.schedule_id), session.get_one(Team, visit.team_id)
    earlier = [
        make_visit(session, schedule, team, make_site(session), starts_at=visit.starts_at - timedelta(days=number))
        for number in range(1, count)
    ]
    session.commit()
    return [visit, *earlier]


def lines_of(visits: list[Visit]) -> list[dict[str, Any]]:
    return [report(visit_id=visit.id, started_at=None, ended_at=None) for visit in visits]


def test_several_reports_are_all_taken_or_none(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    lines = lines_of(make_days(session, visit, 3))
    lines[1]["activated"] = 99
    lines[2]["served"] = "40"
    refused = client.post("/v1/districts/16.73/results", headers=planner, json={"results": lines})
    assert refused.status_code == 422
    assert [problem["pointer"] for problem in refused.json()["errors"]] == [
        "/results/1/activated",
        "/results/2/served",
    ]
    assert session.scalar(select(func.count(VisitResult.id))) == 0
    lines[1]["activated"], lines[2]["served"] = 30, 40
    taken = client.post("/v1/districts/16.73/results", headers=planner, json={"results": lines}).json()
    assert (taken["stored"], taken["known"], taken["refused"]) == (3, 0, 0)


def test_of_several_reports_each_is_answered_where_partial_is_asked_for(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    lines = lines_of(make_days(session, visit, 4))
    client.post(f"/v1/visits/{visit.id}/result", headers=planner, json=without_field(lines[0], "visit_id"))
    lines[1]["activated"] = 99
    lines[2]["visit_id"] = 2_000_000
    lines[3]["colour"] = "red"
    good = without_field(lines[3], "colour")
    correction = good | {"report_id": str(uuid.uuid4()), "corrects": good["report_id"], "activated": 20}
    body = {"partial": True, "results": [*lines, good, correction]}
    taken = client.post("/v1/districts/16.73/results", headers=planner, json=body).json()
    assert [result["status"] for result in taken["results"]] == [
        "known",
        "refused",
        "refused",
        "refused",
        "stored",
        "stored",
    ]
    assert [result["code"] for result in taken["results"][1:4]] == ["InvalidRequest", "NotFound", "InvalidRequest"]
    assert taken["results"][1]["errors"][0]["pointer"] == "/activated"
    assert session.scalar(select(func.count(VisitResult.id)).where(VisitResult.stands)) == 2


def without_field(line: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != name}


def test_thousand_reports_are_the_most_of_one_call(client: TestClient, planner: dict[str, str], visit: Visit) -> None:
    answer = client.post("/v1/districts/16.73/results", headers=planner, json={"results": lines_of([visit]) * 1001})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/results"


def test_coordinator_sees_results_and_missing_ones_of_the_own_team_only(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole, visit: Visit
) -> None:
    other = make_visit(session, session.get_one(Schedule, visit.schedule_id), make_team(session), make_site(session))
    session.commit()
    own = bearer(Role.COORDINATOR, "16.73", visit.team_id)
    missing = client.get("/v1/districts/16.73/results/missing", headers=own).json()["items"]
    assert [result["visit_id"] for result in missing] == [visit.id]
    for reported in (visit, other):
        client.post(f"/v1/visits/{reported.id}/result", headers=planner, json=report())
    assert [
        result["visit_id"] for result in client.get("/v1/districts/16.73/results", headers=own).json()["items"]
    ] == [visit.id]
    assert client.get(f"/v1/districts/16.73/results?team={other.team_id}", headers=own).status_code == 403


def test_reports_and_corrections_are_in_the_audit_trail(
    client: TestClient, session: Session, planner: dict[str, str], visit: Visit
) -> None:
    url = f"/v1/visits/{visit.id}/result"
    first = client.post(url, headers=planner, json=report()).json()
    client.post(url, headers=planner, json=report(activated=30, corrects=first["id"]))
    trail = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"visit/{visit.id}").order_by(AuditEntry.id))
    assert [(entry.action, entry.details["activated"]) for entry in trail] == [
        ("result.report", 36),
        ("result.correct", 30),
    ]


def test_no_plan_moves_a_reported_visit_or_repeats_it(session: Session, visit: Visit) -> None:
    later = make_visit(
        session,
        session.get_one(Schedule, visit.schedule_id),
        session.get_one(Team, visit.team_id),
        make_site(session),
        starts_at=visit.starts_at + timedelta(hours=4),
    )
    make_result(session, visit, outcome="not_held", served=0, activated=0)
    draft = make_schedule(session, published_at=None)
    make_visit(
        session, draft, session.get_one(Team, visit.team_id), session.get_one(Site, visit.site_id),
        in_force=False, published_at=None, starts_at=visit.starts_at + timedelta(minutes=15),
    )  # fmt: skip
    session.flush()
    changes = publishing.changes(session, draft, now=visit.starts_at - timedelta(hours=2))
    assert [gone.id for gone in changes.withdrawn] == [later.id]
    assert changes.added == changes.retimed == ()


def test_day_of_the_team_shows_what_was_reported(
    client: TestClient, session: Session, bearer: AsRole, visit: Visit
) -> None:
    own = bearer(Role.COORDINATOR, "16.73", visit.team_id)
    before = client.get("/v1/assignments?date=2023-11-14", headers=own)
    assert before.json()["stops"][0]["result"] is None
    stored = client.post(f"/v1/visits/{visit.id}/result", headers=own, json=report()).json()
    after = client.get("/v1/assignments?date=2023-11-14", headers=own | {"If-None-Match": before.headers["etag"]})
    assert after.json()["stops"][0]["result"] == {
        "id": stored["id"],
        "outcome": "held",
        "served": 40,
        "activated": 36,
        "served_further": {},
        "prepared": None,
    }
