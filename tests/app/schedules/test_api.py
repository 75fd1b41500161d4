"""Schedules over HTTP: what is answered, to whom, and how bad requests end."""

import gzip
import json
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District, Target
from app.languages import said
from app.schedules import publishing
from app.schedules import service as schedules
from app.schedules.models import Schedule, Visit
from app.schedules.runs import record
from app.schedules.runs.checking import check_plan
from app.schedules.runs.problem import build_instance
from app.schedules.wish import MOST_TIME_LIMIT_SECONDS, Budget, KindRule, Wish
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district, plan_now

SCHEDULES = "/v1/districts/16.73/schedules"


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def viewer(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.VIEWER, "16.73")


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    refused: dict[str, Any] = answer.json()
    return refused


def test_request_is_accepted_with_its_location(client: TestClient, planner: dict[str, str]) -> None:
    body = {"period": "2023-11", "time_limit_seconds": 10, "seed": 1}
    answer = client.post(SCHEDULES, json=body, headers=planner)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/schedules/{answer.json()['id']}"
    shown = client.get(answer.headers["Location"], headers=planner).json()
    assert (shown["run_status"], shown["stage"], shown["result"], shown["progress"]) == ("queued", "run", None, None)
    assert shown["period"] == {"start": "2023-11-01", "end": "2023-11-30"}
    assert (shown["first_date"], shown["is_back_test"]) == ("2023-11-14", False)
    assert (shown["request"]["time_limit_seconds"], shown["request"]["seed"]) == (10, 1)


def test_a_plan_whose_bound_was_refused_is_kept_and_its_verdict_open(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    draft = make_draft(session, district)
    assert draft.instance_json is not None
    assert draft.plan_json is not None
    document = json.loads(gzip.decompress(draft.plan_json)) | {"bound_milli": None, "refused_bound_milli": -1}
    del document["activations_bound"]
    checked = check_plan(draft.instance_json, gzip.compress(json.dumps(document).encode()))
    request = Wish(period_start=draft.period_start, period_end=draft.period_end)
    schedule = schedules.request_schedule(session, district, request, actor=COMMAND_LINE, now=NOW)
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    result = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]
    assert result["expected_activations"] == checked.activations > 0
    assert (result["bound_milli"], result["upper_bound_activations"], result["verdict"]) == (None, None, "open")


def test_finished_run_shows_figures_bound_and_verdict(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    shown = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()
    assert (shown["run_status"], shown["stage"]) == ("succeeded", "draft")
    assert shown["links"]["what_if"] == f"/v1/schedules/{schedule.id}/what-if"
    result = shown["result"]
    assert (result["gap"], result["walk_ins"], result["net_gap"]) == (37_989, 585, 37_404)
    assert result["improvable_activations"] == result["upper_bound_activations"] - result["expected_activations"]
    assert result["remaining"] == 37_404 - result["expected_activations"]
    # The line needs 15,434 of the gap in these 13 of 32 working days, 585 of them at the counters.
    assert result["short_by_at_least"] == 15_434 - 585 - result["upper_bound_activations"]
    assert result["verdict"] == "unreachable"
    assert "30 November 2023" in result["verdict_text"]["en"]
    assert "30 November 2023" in result["verdict_text"]["id"]
    assert (result["stop_reason"], result["seed"], result["solver_version"]) == ("iteration_limit", 1, "double")


def test_same_idempotency_key_makes_one_run(client: TestClient, planner: dict[str, str], session: Session) -> None:
    headers = planner | {"Idempotency-Key": "november"}
    answers = [client.post(SCHEDULES, json={"period": "2023-11"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert session.scalar(select(func.count()).select_from(Schedule)) == 1


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/period"),
        ({"period": "November"}, 422, "/period"),
        ({"period": "2023-13"}, 422, "/period"),
        ({"period": "2023-02-01..2023-02-30"}, 422, "/period"),
        ({"period": "2023-11-30..2023-11-14"}, 422, "/period"),
        ({"period": "2023-11-18..2023-11-19"}, 422, "/period"),
        ({"period": "2023-01-01..2024-12-31"}, 422, "/period"),
        ({"period": "1923-11"}, 422, "/period"),
        ({"period": 202311}, 422, "/period"),
        ({"period": "2023-11", "time_limit_seconds": 0}, 422, "/time_limit_seconds"),
        ({"period": "2023-11", "time_limit_seconds": 10**9}, 422, "/time_limit_seconds"),
        ({"period": "2023-11", "seed": -1}, 422, "/seed"),
        ({"period": "2023-11", "seed": 2**40}, 422, "/seed"),
        ({"period": "2023-11", "first_date": "2023-12-05"}, 422, "/first_date"),
        ({"period": "2023-11", "first_date": "2023-11-06"}, 422, "/first_date"),
        ({"period": "2023-11", "first_date": "9999-12-31"}, 422, "/first_date"),
        ({"period": "2023-11", "kinds": ["palace"]}, 422, "/kinds/0/kinds/0"),
        ({"period": "2023-11", "kinds": [{"kinds": []}]}, 422, "/kinds/0/kinds"),
        ({"period": "2023-11", "kinds": [{"from": "2023-11-20", "until": "2023-11-01"}]}, 422, "/kinds/0"),
        ({"period": "2023-11", "weights": {"must": -1}}, 422, "/weights/must"),
        ({"period": "2023-11", "weights": {"beauty": 1}}, 422, "/weights/beauty"),
        ({"period": "2023-11", "budget": -5}, 422, "/budget"),
        ({"period": "2023-11", "document": "passport"}, 422, "/document"),
        ({"period": "2023-11", "colour": "red"}, 422, "/colour"),
        ({"period": "2023-11", "replan": {"most_moved": -1}}, 422, "/replan/most_moved"),
        ({"period": "2023-11", "replan": {"budget": 5}}, 422, "/replan/budget"),
        ({"period": "2023-11", "replan": {}}, 409, "/replan"),
        ({"period": "2023-11", "iterations": 0}, 422, "/iterations"),
        ({"period": "2023-11", "iterations": 9, "time_limit_seconds": 9}, 422, "/iterations"),
        ({"period": "2023-11", "kinds": ["mall"]}, 409, "/sites"),
    ],
)
def test_bad_request_is_refused_with_its_place(
    client: TestClient, planner: dict[str, str], session: Session, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = client.post(SCHEDULES, json=body, headers=planner)
    assert answer.status_code == status
    assert problem(answer)["errors"][0]["pointer"] == pointer
    assert session.scalar(select(func.count()).select_from(Schedule)) == 0


def test_plan_in_force_is_changed_within_a_budget(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    publishing.publish(session, make_draft(session, district), actor=COMMAND_LINE, now=NOW)
    body = {"period": "2023-11", "replan": {"most_moved": 2}}
    answer = client.post(SCHEDULES, json=body, headers=planner)
    assert answer.status_code == 202
    request = answer.json()["request"]
    assert (request["replan"], request["time_limit_seconds"]) == ({"most_moved": 2}, 1)
    without = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["request"]
    assert (without["replan"], without["time_limit_seconds"]) == (None, 60)


def test_replanning_keeps_the_request_it_grew_from_unless_told_otherwise(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    rules = (KindRule(kinds=("agency",), end=date(2023, 11, 28)),)
    first = make_draft(session, district, kinds=rules, weights={"late": 9}, budget=Budget(rupiah=5_000_000_000))
    publishing.publish(session, first, actor=COMMAND_LINE, now=NOW)
    body = {"period": "2023-11", "replan": {}}

    kept = client.post(SCHEDULES, json=body, headers=planner).json()["request"]

    assert kept["kinds"] == [{"kinds": ["agency"], "from": None, "until": "2023-11-28"}]
    assert (kept["weights"]["late"], kept["budget"]) == (9, 5_000_000_000)
    assert kept["kept"] == {"schedule_id": first.id, "fields": ["budget", "kinds", "weights/late"]}
    changed = body | {"kinds": [], "weights": {"late": 1}, "budget": None}
    request = client.post(SCHEDULES, json=changed, headers=planner).json()["request"]
    assert (request["kinds"], request["weights"]["late"], request["budget"]) == ([], 1, None)
    assert request["kept"] == {"schedule_id": first.id, "fields": []}
    anew = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["request"]
    assert (anew["kinds"], anew["weights"]["late"], anew["kept"]) == ([], 2, None)


def test_iterations_stand_in_for_a_time_limit(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    shown = client.post(SCHEDULES, json={"period": "2023-11", "iterations": 5_000}, headers=planner).json()
    assert (shown["request"]["iterations"], shown["request"]["time_limit_seconds"]) == (5_000, None)
    stored = session.get_one(Schedule, shown["id"])
    assert (stored.time_limit_seconds, stored.request["iterations"]) == (MOST_TIME_LIMIT_SECONDS, 5_000)


def test_target_that_is_missing_is_not_found(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(SCHEDULES, json={"period": "2023-11", "document": "kia"}, headers=planner)
    assert (answer.status_code, problem(answer)["code"]) == (404, "NotFound")


def test_plain_list_of_kinds_holds_for_the_whole_period(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(SCHEDULES, json={"period": "2023-11", "kinds": ["school", "agency"]}, headers=planner)
    assert answer.json()["request"]["kinds"] == [{"kinds": ["agency", "school"], "from": None, "until": None}]


def test_no_limit_replaces_the_budget_of_the_district(client: TestClient, planner: dict[str, str]) -> None:
    answer = client.post(SCHEDULES, json={"period": "2023-11", "budget": None}, headers=planner)
    assert answer.status_code == 202
    assert answer.json()["request"]["budget"] is None


def test_list_is_newest_first_and_paged(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    ids = [client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["id"] for _ in range(3)]
    first = client.get(SCHEDULES, params={"limit": 2}, headers=planner).json()
    rest = client.get(SCHEDULES, params={"limit": 2, "cursor": first["next_cursor"]}, headers=planner).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_viewer_reads_but_does_not_plan(
    client: TestClient, viewer: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    assert client.get(f"/v1/schedules/{schedule.id}", headers=viewer).status_code == 200
    for call in (SCHEDULES, f"/v1/schedules/{schedule.id}/cancel", f"/v1/schedules/{schedule.id}/publish"):
        assert client.post(call, json={"period": "2023-11"}, headers=viewer).status_code == 403


def test_stranger_cannot_tell_a_schedule_from_none(
    client: TestClient, bearer: AsRole, session: Session, district: District
) -> None:
    make_plannable_district(session, "18.09")
    stranger = bearer(Role.PLANNER, "18.09")
    schedule = make_draft(session, district)
    visit = session.scalars(select(Visit)).first()
    assert visit is not None
    paths = ("", "/events", "/visits", "/changes", "/instance", "/plan")
    for path in paths:
        known = client.get(f"/v1/schedules/{schedule.id}{path}", headers=stranger)
        unknown = client.get(f"/v1/schedules/999999{path}", headers=stranger)
        assert (known.status_code, unknown.status_code) == (404, 404)
        assert problem(known)["detail"].replace(str(schedule.id), "999999") == problem(unknown)["detail"]
    for action in ("cancel", "publish"):
        assert client.post(f"/v1/schedules/{schedule.id}/{action}", headers=stranger).status_code == 404
    assert client.get(SCHEDULES, headers=stranger).status_code == 404
    assert client.post(SCHEDULES, json={"period": "2023-11"}, headers=stranger).status_code == 404
    assert client.get(f"/v1/visits/{visit.id}", headers=stranger).status_code == 404
    body = {"pinned": True}
    assert client.patch(f"/v1/visits/{visit.id}", json=body, headers=stranger | {"If-Match": "*"}).status_code == 404


def test_province_reads_its_districts_and_changes_nothing(
    client: TestClient, bearer: AsRole, session: Session, district: District
) -> None:
    make_plannable_district(session, "16")
    province = bearer(Role.PLANNER, "16")
    schedule = make_draft(session, district)
    assert client.get(f"/v1/schedules/{schedule.id}", headers=province).status_code == 200
    assert client.post(f"/v1/schedules/{schedule.id}/publish", headers=province).status_code == 403


def test_request_without_token_is_refused(client: TestClient, district: District) -> None:
    assert client.post(SCHEDULES, json={"period": "2023-11"}).status_code == 401
    assert client.get("/v1/schedules/1/events").status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x"])
def test_number_that_is_no_id_is_refused(client: TestClient, planner: dict[str, str], number: str) -> None:
    assert client.get(f"/v1/schedules/{number}", headers=planner).status_code == 422
    assert client.get(f"/v1/visits/{number}", headers=planner).status_code == 422


def test_queued_run_is_cancelled_once(client: TestClient, planner: dict[str, str]) -> None:
    link = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["links"]["cancel"]
    for _ in range(2):
        answer = client.post(link, headers=planner)
        assert (answer.status_code, answer.json()["run_status"]) == (202, "cancelled")


def test_finished_run_cannot_be_cancelled(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    answer = client.post(f"/v1/schedules/{make_draft(session, district).id}/cancel", headers=planner)
    assert (answer.status_code, problem(answer)["code"]) == (409, "RunEnded")


def test_published_schedule_says_so_and_again_the_same(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    link = f"/v1/schedules/{make_draft(session, district).id}/publish"
    answers = [client.post(link, headers=planner) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["stage"] == "published"


def test_unfinished_run_cannot_be_published(client: TestClient, planner: dict[str, str]) -> None:
    link = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["links"]["publish"]
    answer = client.post(link, headers=planner)
    assert (answer.status_code, problem(answer)["code"]) == (409, "ScheduleNotFinished")


def test_failed_run_shows_its_reason_and_cannot_be_published(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    number = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["id"]
    reason = said("The solver was killed.", "Inti perencanaan dihentikan.")
    record.fail(session, session.get_one(Schedule, number), reason=reason, now=NOW)
    session.commit()
    shown = client.get(f"/v1/schedules/{number}", headers=planner).json()
    assert (shown["run_status"], shown["failure_reason"]) == ("failed", "The solver was killed.")
    assert shown["failure_text"] == {"en": "The solver was killed.", "id": "Inti perencanaan dihentikan."}
    events = client.get(f"/v1/schedules/{number}/events", headers=planner).text
    assert json.loads(events.partition("data: ")[2].splitlines()[0])["failure_text"] == shown["failure_text"]
    answer = client.post(f"/v1/schedules/{number}/publish", headers=planner)
    assert "The solver was killed." in problem(answer)["detail"]


@pytest.mark.parametrize("name", ["instance", "plan"])
def test_contract_file_is_the_same_compressed_and_plain(
    client: TestClient, planner: dict[str, str], session: Session, district: District, name: str
) -> None:
    schedule = make_draft(session, district)
    stored = json.loads(gzip.decompress(schedules.contract_file(session, schedule, name)))
    for encoding, sent in (("gzip", "gzip"), ("identity", None), ("br, gzip;q=0.5", "gzip"), ("gzip;q=0", None)):
        answer = client.get(f"/v1/schedules/{schedule.id}/{name}", headers=planner | {"Accept-Encoding": encoding})
        assert (answer.json(), answer.headers.get("Content-Encoding")) == (stored, sent)
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_queued_run_has_no_contract_files(client: TestClient, planner: dict[str, str]) -> None:
    links = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["links"]
    for name in ("instance", "plan"):
        answer = client.get(links[name], headers=planner)
        assert answer.status_code == 404
        assert "queued" in problem(answer)["detail"]


def test_visits_are_paged_with_local_times(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    link = f"/v1/schedules/{make_draft(session, district).id}/visits"
    first = client.get(link, params={"limit": 4}, headers=planner).json()
    rest = client.get(link, params={"limit": 4, "cursor": first["next_cursor"]}, headers=planner).json()
    visits = first["items"] + rest["items"]
    assert (len(visits), rest["next_cursor"]) == (6, None)
    assert visits[0]["starts_at"] == "2023-11-14T08:00:00+07:00"
    assert (visits[0]["site"]["kind"], visits[0]["in_force"]) == ("agency", False)


def test_changes_tell_what_publishing_would_do(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    changes = client.get(f"/v1/schedules/{schedule.id}/changes", headers=planner).json()
    assert (len(changes["added"]), changes["withdrawn"], changes["retimed"], changes["unchanged"]) == (6, [], [], 0)


def test_visit_is_pinned_by_whoever_saw_its_version(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    number = client.get(f"/v1/schedules/{schedule.id}/visits", headers=planner).json()["items"][0]["id"]
    seen = client.get(f"/v1/visits/{number}", headers=planner)
    link, body = f"/v1/visits/{number}", {"pinned": True}
    assert client.patch(link, json=body, headers=planner).status_code == 428
    pinned = client.patch(link, json=body, headers=planner | {"If-Match": seen.headers["ETag"]})
    assert (pinned.status_code, pinned.json()["pinned"]) == (200, True)
    assert client.patch(link, json=body, headers=planner | {"If-Match": seen.headers["ETag"]}).status_code == 412


def test_finished_run_streams_its_end_and_closes(
    client: TestClient, viewer: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    answer = client.get(f"/v1/schedules/{schedule.id}/events", headers=viewer)
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = dict(line.split(": ", 1) for line in answer.text.splitlines() if ": " in line)
    assert lines["event"] == "done"
    assert json.loads(lines["data"])["run_status"] == "succeeded"
    again = client.get(f"/v1/schedules/{schedule.id}/events", headers=viewer | {"Last-Event-ID": lines["id"]})
    assert (again.status_code, again.text) == (200, "")


def test_gap_that_is_closed_crosses_on_a_date(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    number = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner).json()["id"]
    # 600 people are missing. Six days bring 45 walk-ins and 38 people visited each, then 45 a day do.
    session.scalars(select(Target)).one().activated = 42_004 - 600
    plan_now(session, session.get_one(Schedule, number))
    session.commit()
    result = client.get(f"/v1/schedules/{number}", headers=planner).json()["result"]
    assert (result["verdict"], result["remaining"], result["crosses_on"]) == ("reachable", 0, "2023-11-24")
    assert "24 November 2023" in result["verdict_text"]["en"]
