"""Drafts over HTTP: two planners, refusals with their places, and what is broken in words."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.schedules import publishing
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import Team
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_result


@pytest.fixture
def planner(bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def draft(client: TestClient, session: Session, district: District, planner: dict[str, str]) -> int:
    base = make_draft(session, district)
    session.commit()
    answer = client.post(f"/v1/schedules/{base.id}/copy", headers=planner)
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["draft"] == {"version": 1, "copied_from": base.id, "copied_version": None}
    number: int = answer.json()["id"]
    return number


def first_visit(session: Session, schedule_id: int) -> dict[str, str]:
    row = session.execute(
        select(Team.code, Visit.date, Site.code)
        .join(Team, Team.id == Visit.team_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Visit.schedule_id == schedule_id)
        .order_by(Visit.id)
    ).first()
    assert row is not None
    return {"team": row[0], "date": row[1].isoformat(), "site": row[2]}


def edit(
    client: TestClient, draft: int, headers: dict[str, str], *edits: dict[str, Any], etag: str = '"1"', **more: Any
) -> Any:
    return client.post(
        f"/v1/schedules/{draft}/edits", json={"edits": edits, **more}, headers=headers | {"If-Match": etag}
    )


def test_dropped_visit_is_gone_and_undo_brings_it_back(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    before = client.get(f"/v1/schedules/{draft}/plan", headers=planner).content
    answer = edit(client, draft, planner, {"op": "drop", **first_visit(session, draft)})
    assert answer.status_code == 200, answer.text
    answered = answer.json()
    assert (answer.headers["ETag"], answered["version"], answered["broken_by_edit"]) == ('"2"', 2, [])
    assert answered["change"]["activations"] < 0
    assert client.get(f"/v1/schedules/{draft}/plan", headers=planner).content != before
    undone = client.post(f"/v1/schedules/{draft}/undo", headers=planner | {"If-Match": '"2"'})
    assert undone.headers["ETag"] == '"3"'
    assert undone.json()["change"]["activations"] == -answered["change"]["activations"]
    assert client.get(f"/v1/schedules/{draft}/plan", headers=planner).content == before
    redone = client.post(f"/v1/schedules/{draft}/redo", headers=planner | {"If-Match": '"3"'})
    assert redone.json()["change"] == answered["change"]
    listed = client.get(f"/v1/schedules/{draft}/versions", headers=planner).json()["items"]
    assert [(entry["version"], entry["op"], entry["shows"]) for entry in listed] == [
        (4, "redo", 2),
        (3, "undo", 1),
        (2, "edit", 2),
        (1, "copy", 1),
    ]
    assert listed[2]["edits"][0]["op"] == "drop"


def test_who_comes_second_gets_412_and_loses_nothing(
    client: TestClient, session: Session, draft: int, planner: dict[str, str], bearer: AsRole
) -> None:
    visit = first_visit(session, draft)
    assert edit(client, draft, planner, {"op": "pin", **visit}).status_code == 200
    late = edit(client, draft, bearer(Role.PLANNER, "16.73"), {"op": "drop", **visit})
    assert late.status_code == 412
    assert edit(client, draft, planner, {"op": "unpin", **visit}, etag='"2"').status_code == 200


def test_edit_names_the_version_it_was_made_on(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    body = {"edits": [{"op": "drop", **first_visit(session, draft)}]}
    assert client.post(f"/v1/schedules/{draft}/edits", json=body, headers=planner).status_code == 428
    dry = client.post(f"/v1/schedules/{draft}/edits", json=body | {"dry_run": True}, headers=planner)
    assert dry.status_code == 200
    assert dry.json()["version"] == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"team": "T-9"}, "/edits/0/team"),
        ({"site": "S-99"}, "/edits/0/site"),
        ({"date": "2024-03-01"}, "/edits/0/date"),
        ({"op": "place", "to_team": "T-9"}, "/edits/0/to_team"),
        ({"op": "place", "to_date": "2023-11-19"}, "/edits/0/to_date"),
        ({"op": "place"}, "/edits/0/to_date"),
        ({"op": "retime"}, "/edits/0/starts_at"),
    ],
)
def test_what_the_plan_does_not_know_is_refused_with_its_place(
    client: TestClient, session: Session, draft: int, planner: dict[str, str], change: dict[str, str], pointer: str
) -> None:
    answer = edit(client, draft, planner, {"op": "drop", **first_visit(session, draft), **change})
    assert answer.status_code == 422, answer.text
    problem = answer.json()["errors"][0]
    assert problem["pointer"] == pointer
    assert problem["mend"]


def test_site_of_another_district_is_unknown(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    make_plannable_district(session, "17.71")
    session.scalars(select(Site).filter_by(district_code="17.71", code="S-0")).one().code = "ELSEWHERE"
    session.commit()
    answer = edit(client, draft, planner, {"op": "add", **first_visit(session, draft), "site": "ELSEWHERE"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/edits/0/site")


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([{"op": "pin"}, {"op": "drop"}], "pinned"),
        ([{"op": "drop"}, {"op": "drop"}], "no visit"),
        ([{"op": "pin"}, {"op": "add"}], "already"),
        ([{"op": "unpin"}, {"op": "unpin"}], "not pinned"),
    ],
)
def test_all_edits_are_made_or_none(
    client: TestClient,
    session: Session,
    draft: int,
    planner: dict[str, str],
    edits: list[dict[str, str]],
    words: str,
) -> None:
    visit = first_visit(session, draft)
    answer = edit(client, draft, planner, *({**wanted, **visit} for wanted in edits))
    assert answer.status_code == 409, answer.text
    assert words in answer.json()["errors"][0]["detail"]
    assert client.get(f"/v1/schedules/{draft}", headers=planner).json()["draft"]["version"] == 1


def test_reported_visit_is_not_edited(
    client: TestClient, session: Session, district: District, planner: dict[str, str]
) -> None:
    base = publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    visit = session.scalars(select(Visit).filter_by(schedule_id=base.id).order_by(Visit.id)).first()
    assert visit is not None
    make_result(session, visit)
    session.commit()
    draft = client.post(f"/v1/schedules/{base.id}/copy", headers=planner).json()["id"]
    answer = edit(client, draft, planner, {"op": "drop", **first_visit(session, draft)})
    assert answer.status_code == 409
    assert "result" in answer.json()["errors"][0]["detail"]


def test_visit_of_the_past_is_not_edited(
    api: Any, client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    api.state.clock = lambda: NOW.replace(day=20)
    answer = edit(client, draft, planner, {"op": "drop", **visit})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/edits/0/date")


def test_broken_rule_is_told_with_its_mend_kept_and_not_published(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    answered = edit(client, draft, planner, {"op": "retime", **visit, "starts_at": "05:00"}).json()
    assert {rule["rule"] for rule in answered["broken_by_edit"]} == {"outside_window", "arrives_late"}
    assert all(rule["text"]["id"] != rule["text"]["en"] for rule in answered["broken_by_edit"])
    refusal = client.post(f"/v1/schedules/{draft}/publish", headers=planner)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "PlanRefused")
    assert "05:00" in refusal.text
    again = edit(client, draft, planner, {"op": "pin", **visit}, {"op": "unpin", **visit}, etag='"2"').json()
    assert (again["broken_by_edit"], len(again["broken_before"])) == ([], 2)
    mended = edit(client, draft, planner, *_sent(answered["mend"]["edits"]), etag='"3"').json()
    assert len(mended["mended"]) == 2
    assert client.post(f"/v1/schedules/{draft}/publish", headers=planner).status_code == 200


def _sent(edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in step.items() if value is not None} for step in edits]


def test_plan_of_a_run_and_a_published_one_are_copied_first(
    client: TestClient, session: Session, district: District, planner: dict[str, str], draft: int
) -> None:
    visit = first_visit(session, draft)
    assert client.post(f"/v1/schedules/{draft}/publish", headers=planner).status_code == 200
    base = session.scalars(select(Schedule.id).where(Schedule.draft_version.is_(None))).one()
    for number in (draft, base):
        answer = edit(client, number, planner, {"op": "drop", **visit})
        assert (answer.status_code, answer.json()["code"]) == (409, "NotADraft")
        assert "copy" in answer.json()["detail"]


def test_draft_whose_site_has_another_code_now_is_not_edited(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    session.scalars(select(Site).filter_by(code=visit["site"])).one().code = "OTHER"
    session.commit()
    answer = edit(client, draft, planner, {"op": "drop", **visit})
    assert (answer.status_code, answer.json()["code"]) == (409, "PlanUsesTheRemoved")


def test_pin_over_a_visit_of_a_draft_is_a_version_of_it(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = client.get(f"/v1/schedules/{draft}/visits", headers=planner).json()["items"][0]["id"]
    etag = client.get(f"/v1/visits/{visit}", headers=planner).headers["ETag"]
    answer = client.patch(f"/v1/visits/{visit}", json={"pinned": True}, headers=planner | {"If-Match": etag})
    assert answer.json()["pinned"] is True
    assert client.get(f"/v1/schedules/{draft}", headers=planner).json()["draft"]["version"] == 2


def test_viewer_sees_versions_and_edits_nothing(
    client: TestClient, draft: int, bearer: AsRole, session: Session
) -> None:
    viewer = bearer(Role.VIEWER, "16.73")
    assert len(client.get(f"/v1/schedules/{draft}/versions", headers=viewer).json()["items"]) == 1
    assert edit(client, draft, viewer, {"op": "drop", **first_visit(session, draft)}).status_code == 403


def test_placed_visit_goes_to_another_team_and_day(
    client: TestClient, session: Session, draft: int, planner: dict[str, str]
) -> None:
    visit = first_visit(session, draft)
    other = "T-2" if visit["team"] == "T-1" else "T-1"
    wish = {"op": "place", **visit, "to_team": other, "to_date": date(2023, 11, 30).isoformat()}
    answered = edit(client, draft, planner, wish).json()
    assert answered["changed"][0]["after"]["team"] == other
    assert answered["broken_by_edit"] == []
