"""A small district with four documents, from its request over the planning core to the progress of each document."""

import csv
import gzip
import io
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import Area, District, Document
from app.forecasts.service import forecast
from app.reports.coverage import coverage
from app.schedules import publishing
from app.schedules.announcements.entries import AREA_OF_PLACE, VISIT_COLUMNS, ShownVisit, visit_entry
from app.schedules.document_schemas import DocumentWishIn, asked_documents
from app.schedules.learning import learn_from_results, results_by_figure
from app.schedules.models import Schedule, Visit
from app.schedules.obstacles import judge_today
from app.schedules.runs import record
from app.schedules.runs.earlier_proof import check_run
from app.schedules.runs.outcomes import Solved
from app.schedules.runs.problem import build_instance
from app.schedules.standing_results import known_visits
from app.sites.models import Site
from app.sites.session_places import PLACE, is_held_at
from app.teams.models import Team
from tests.app.conftest import NOW, AsRole
from tests.app.schedules.conftest import make_draft, plan_now
from tests.factories import make_district, make_result, make_site, make_target, make_team

URL = "/v1/districts/16.73"
WORTHS: list[dict[str, Any]] = [
    {"document": "ktp_el", "worth": 900},
    {"document": "kia", "worth": 400},
    {"document": "birth_certificate", "worth": 1500},
]
FURTHER = ("ktp_el", "kia", "birth_certificate")


@pytest.fixture
def small(session: Session, job_tables: None) -> District:
    """Two teams, four sites; one team has the recorder and the printer, the other issues IKD and certificates."""
    district = make_district(session)
    make_target(session, target_percent=None, target_count=300, eligible_people=None, activated=0)
    for document in FURTHER:
        make_target(session, document=document, target_percent=None, target_count=60, eligible_people=None, activated=0)
    make_team(session, code="T-1", kits=["biometric", "card_printer"])
    make_team(session, code="T-2", documents=["ikd", "birth_certificate"])
    for number, kind in enumerate(("school", "village", "agency", "agency")):
        make_site(
            session,
            code=f"S-{number}",
            kind=kind,
            lat=-3.28 + number / 200,
            headcount=90,
            people_ktp_el=60 if kind == "school" else None,
            people_kia=120 if kind == "village" else None,
            people_birth_certificate=40 if kind != "school" else 0,
            turn_out_share="0.8",
        )
    session.flush()
    return district


@pytest.fixture
def planner(small: District, bearer: AsRole) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def asked_for(client: TestClient, planner: dict[str, str], **fields: Any) -> Any:
    body = {"period": "2023-11", "iterations": 300, "documents": WORTHS} | fields
    return client.post(f"{URL}/schedules", json=body, headers=planner)


def solved(session: Session, schedule: Schedule, folder: Path) -> Schedule:
    """What a worker does with a run, with the real planning core."""
    record.begin(session, schedule, build_instance(session, schedule), now=NOW)
    assert schedule.instance_json is not None
    (folder / "instance.json").write_bytes(gzip.decompress(schedule.instance_json))
    words = ["solve", str(folder / "instance.json"), "-o", str(folder / "plan.json"), "--iterations=300", "--seed=1"]
    subprocess.run([sys.executable, "-m", "solver", *words], check=True, capture_output=True)
    plan = gzip.compress((folder / "plan.json").read_bytes())
    checked = check_run(session, schedule, Solved(plan=plan))
    assert checked.violations == ()
    record.store_plan(session, schedule, checked, now=NOW)
    session.flush()
    return schedule


def test_district_of_four_documents_from_the_request_to_the_progress(
    client: TestClient, session: Session, planner: dict[str, str], bearer: AsRole, tmp_path: Path
) -> None:
    answer = asked_for(client, planner)
    assert answer.status_code == 202, answer.text
    assert [row["document"] for row in answer.json()["request"]["documents"]] == ["ikd", *FURTHER]
    schedule = solved(session, session.get_one(Schedule, answer.json()["id"]), tmp_path)

    # The plan: every visit says whom it is to serve, the sums are those of the result.
    result = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]
    visits = client.get(f"/v1/schedules/{schedule.id}/visits", headers=planner).json()["items"]
    served: Counter[str] = Counter()
    for visit in visits:
        served.update(visit["expected"])
        assert visit["expected"]["ikd"] == visit["expected_activations"]
        if visit["team"]["code"] == "T-2":
            assert not {"ktp_el", "kia"} & set(visit["expected"])
    assert {row["document"]: row["expected"] for row in result["documents"]} == {name: served[name] for name in FURTHER}
    assert served["ikd"] == result["expected_activations"]
    assert all(served[name] > 0 for name in FURTHER)
    recording = next(row for row in result["documents"] if row["document"] == "ktp_el")
    assert (recording["net_gap"], recording["remaining"]) == (60, 60 - served["ktp_el"])
    for row in result["documents"]:
        proven = max(0, row["net_gap"] - row["at_most"])
        assert row["expected"] <= row["at_most"]
        assert row["short_by_at_least"] == (proven or None)
        is_left = "unreachable" if proven else "open"
        assert row["verdict"] == (is_left if row["remaining"] else "reachable")
        assert (f"any plan at least {proven}." in row["text"]["en"]) == (proven > 0)

    # Published, on file, in the coordinator's hand, in a calendar.
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    rows = list(
        csv.DictReader(io.StringIO(client.get(f"/v1/schedules/{schedule.id}/visits.csv", headers=planner).text))
    )
    for name in ("ikd", *FURTHER):
        assert sum(int(row[f"expected_{name}"]) for row in rows) == served[name]
    first = session.scalars(
        select(Visit).where(Visit.schedule_id == schedule.id, Visit.expected_further != {}).order_by(Visit.starts_at)
    ).first()
    assert first is not None
    team = session.get_one(Team, first.team_id)
    coordinator = bearer(Role.COORDINATOR, "16.73", team.id)
    day = client.get(f"/v1/assignments?date={first.date}", headers=coordinator).json()
    stop = next(stop for stop in day["stops"] if stop["visit_id"] == first.id)
    assert stop["expected"] == {"ikd": first.expected_activations, **first.expected_further}
    shown = session.execute(
        select(*VISIT_COLUMNS)
        .join(Schedule, Schedule.id == Visit.schedule_id)
        .join(Site, Site.id == Visit.site_id)
        .outerjoin(PLACE, is_held_at(Visit.date))
        .join(Area, AREA_OF_PLACE)
        .join(Team, Team.id == Visit.team_id)
        .join(District, District.code == Visit.district_code)
        .where(Visit.id == first.id)
    ).one()
    entry = visit_entry(ShownVisit._make(shown), names_team=False, names_contact=False)
    words = {"ktp_el": "perekaman KTP-el", "kia": "KIA", "birth_certificate": "akta kelahiran"}
    for name, people in first.expected_further.items():
        assert f"Perkiraan {words[name]}: {people} orang" in entry.description

    # What happened is told by document, and counts for its progress.
    name, people = next(iter(first.expected_further.items()))
    evening = datetime.combine(first.date, datetime.min.time(), ZoneInfo("Asia/Jakarta")) + timedelta(hours=20)
    before = {row.id: row for row in known_visits(session, "16.73", document=name, until=date.max, now=evening)}
    assert before[first.id].expected_activations == people
    make_result(session, first, served=10, activated=10, served_further={name: people - 1})
    after = {row.id: row for row in known_visits(session, "16.73", document=name, until=date.max, now=evening)}
    assert (after[first.id].won, after[first.id].is_reported) == (people - 1, True)
    progress = client.get(f"{URL}/progress?document={name}&on={first.date}", headers=planner).json()
    assert progress["estimated"]["activated"] >= people - 1
    areas = coverage(
        session,
        session.get_one(District, "16.73"),
        Document(name),
        since=first.date,
        until=date(2023, 11, 30),
        on=first.date,
    )
    assert sum(area.expected_activations for area in areas.areas) == sum(
        row["expected"].get(name, 0) for row in visits if row["date"] >= first.date.isoformat()
    )

    # It teaches nothing of the pace of IKD, which it shared its minutes with.
    learned = learn_from_results(session, session.get_one(District, "16.73"), "ikd")
    assert set(results_by_figure(learned).values()) == {0}

    # What is to come of each document is drawn around what the plan expects.
    for further in FURTHER:
        ahead = forecast(session, session.get_one(District, "16.73"), further, on=first.date).published.at_deadline
        of_plan = sum(row["expected"].get(further, 0) for row in visits if row["date"] >= first.date.isoformat())
        assert 0.5 * of_plan <= ahead.mean <= 1.3 * of_plan


def test_report_tells_whom_it_served_with_each_document(
    client: TestClient, session: Session, planner: dict[str, str], small: District
) -> None:
    wish = asked_documents([DocumentWishIn(**row) for row in WORTHS], own=Document.IKD, in_order=False)
    draft = make_draft(session, small, documents=wish)
    publishing.publish(session, draft, actor=COMMAND_LINE, now=NOW)
    visit = session.scalars(select(Visit).where(Visit.schedule_id == draft.id, Visit.expected_further != {})).first()
    assert visit is not None
    visit.date, visit.starts_at = date(2023, 11, 13), NOW - timedelta(hours=6)
    visit.ends_at, visit.arrives_at = NOW - timedelta(hours=2), NOW - timedelta(hours=7)
    session.flush()
    report = {
        "report_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "outcome": "held",
        "served": 5,
        "activated": 4,
        "served_further": {"kia": 3},
        "reported_at": NOW.isoformat(),
    }
    path = f"/v1/visits/{visit.id}/result"
    for wrong, pointer in (
        ({"served_further": {"ikd": 3}}, "/served_further/ikd"),
        ({"served_further": {"kia": -1}}, "/served_further/kia"),
        ({"outcome": "not_held", "served": 0, "activated": 0}, "/served_further/kia"),
        ({"served_further": {"kia": 400_000}}, "/served_further"),
    ):
        refused = client.post(path, json=report | wrong, headers=planner)
        assert refused.status_code == 422, refused.text
        assert pointer in {error["pointer"] for error in refused.json()["errors"]} | {
            error["pointer"].rpartition("/")[0] for error in refused.json()["errors"]
        }
    stored = client.post(path, json=report, headers=planner)
    assert stored.status_code == 201, stored.text
    assert stored.json()["served_further"] == {"kia": 3}
    assert client.post(path, json=report, headers=planner).json()["id"] == stored.json()["id"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"documents": ["kia", "kia"]}, "/documents"),
        ({"documents": ["passport"]}, "/documents/0/document"),
        ({"documents": [{"document": "kia", "worth": 0}]}, "/documents/0/worth"),
        ({"documents": [{"document": "ikd", "worth": 5}]}, "/documents"),
        ({"documents": [{"document": "kia", "price": 5}]}, "/documents/0/price"),
        ({"document": "kia", "documents": ["ktp_el"]}, "/documents"),
        ({"documents": ["kia", "ktp_el"], "in_order": True}, "/documents"),
        ({"documents": [{"document": "kia", "worth": 5}, "ikd"], "in_order": True}, "/documents"),
        ({"documents": None, "in_order": True}, "/documents"),
    ],
)
def test_documents_that_contradict_each_other_are_refused(
    client: TestClient, planner: dict[str, str], fields: dict[str, Any], pointer: str
) -> None:
    answer = asked_for(client, planner, **fields)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_strict_order_is_told_as_it_was_asked_for(client: TestClient, planner: dict[str, str]) -> None:
    answer = asked_for(client, planner, documents=["ktp_el", "ikd", "kia"], in_order=True)
    assert answer.status_code == 202, answer.text
    wish = answer.json()["request"]
    assert wish["in_order"] is True
    assert wish["documents"] == [{"document": name, "worth": None} for name in ("ktp_el", "ikd", "kia")]


def test_draft_of_several_documents_keeps_what_its_visits_do(
    client: TestClient, session: Session, planner: dict[str, str], small: District
) -> None:
    answer = asked_for(client, planner)
    base = session.get_one(Schedule, answer.json()["id"])
    plan_now(session, base)
    draft = client.post(f"/v1/schedules/{base.id}/copy", headers=planner).json()
    before = client.get(f"/v1/schedules/{draft['id']}/visits", headers=planner).json()["items"]
    base_visits = client.get(f"/v1/schedules/{base.id}/visits", headers=planner).json()["items"]
    assert [visit["expected"] for visit in before] == [visit["expected"] for visit in base_visits]
    gone = before[0]
    edit = {"op": "drop", "team": gone["team"]["code"], "date": gone["date"], "site": gone["site"]["code"]}
    edited = client.post(
        f"/v1/schedules/{draft['id']}/edits", json={"edits": [edit]}, headers=planner | {"If-Match": '"1"'}
    )
    assert edited.status_code == 200, edited.text
    after = client.get(f"/v1/schedules/{draft['id']}/visits", headers=planner).json()["items"]
    kept = {(visit["team"]["code"], visit["date"], visit["site"]["code"]): visit["expected"] for visit in after}
    assert len(after) == len(before) - 1
    for visit in before[1:]:
        if visit["site"]["code"] != gone["site"]["code"]:
            assert kept[visit["team"]["code"], visit["date"], visit["site"]["code"]] == visit["expected"]
    figures = client.get(f"/v1/schedules/{draft['id']}", headers=planner).json()["result"]["documents"]
    sums: Counter[str] = Counter()
    for visit in after:
        sums.update(visit["expected"])
    assert {row["document"]: row["expected"] for row in figures} == {name: sums[name] for name in FURTHER}


def test_ways_to_fill_a_cell_cost_what_was_said_of_all_documents(
    client: TestClient, session: Session, planner: dict[str, str], small: District
) -> None:
    # What fairness costs is left out of cells, and not of the ways to fill one.
    wanted = asked_for(client, planner, weights={"fairness": 0}).json()
    schedule = plan_now(session, session.get_one(Schedule, wanted["id"]))
    draft = client.post(f"/v1/schedules/{schedule.id}/copy", headers=planner).json()
    visit = client.get(f"/v1/schedules/{draft['id']}/visits", headers=planner).json()["items"][0]
    wish = {"op": "place", "team": visit["team"]["code"], "date": visit["date"], "site": visit["site"]["code"]}

    def send(edits: list[dict[str, Any]]) -> Any:
        answer = client.post(
            f"/v1/schedules/{draft['id']}/edits",
            json={"edits": edits, "dry_run": True},
            headers=planner | {"If-Match": '"1"'},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    cells = [cell for cell in send([wish])["cells"] if cell["kind"] is not None]
    assert cells
    for cell in cells[::3]:
        answer = send([wish | {"to_team": cell["team"], "to_date": cell["date"]}])
        assert answer["options"][0]["change"] == cell["change"]
        for option in answer["options"]:
            made = send(option["edits"])
            assert made["broken_by_edit"] == []
            assert made["change"] == option["change"]


def test_offer_says_whom_it_serves_with_each_document_and_is_booked_so(
    client: TestClient, session: Session, planner: dict[str, str], small: District
) -> None:
    schedule = plan_now(session, session.get_one(Schedule, asked_for(client, planner).json()["id"]))
    publishing.publish(session, schedule, actor=COMMAND_LINE, now=NOW)
    make_site(session, code="S-NEW", lat=-3.29, headcount=60, people_kia=50, people_birth_certificate=30)
    session.commit()
    body = {"site_code": "S-NEW", "channel": "phone", "wished_dates": ["2023-11-15", "2023-11-16"]}
    request = client.post(f"{URL}/requests", json=body, headers=planner).json()
    assert request["offers"], request
    assert any(set(offer["expected"]) > {"ikd"} for offer in request["offers"])
    offer = request["offers"][0]
    path = f"/v1/requests/{request['id']}/accept"
    answer = client.post(path, json={"offer": offer["number"]}, headers=planner)
    assert answer.status_code == 200, answer.text
    after = answer.json()["booked"]["schedule_id"]
    visits = client.get(f"/v1/schedules/{after}/visits", headers=planner).json()["items"]
    (visit,) = [visit for visit in visits if visit["site"]["code"] == "S-NEW"]
    assert visit["expected"] == offer["expected"]
    assert (visit["team"]["code"], visit["date"]) == (offer["team"], offer["date"])


def test_team_that_lost_its_recorder_is_told_before_publishing(
    session: Session, client: TestClient, planner: dict[str, str], small: District
) -> None:
    schedule = plan_now(session, session.get_one(Schedule, asked_for(client, planner).json()["id"]))
    visits = session.scalars(select(Visit).where(Visit.schedule_id == schedule.id)).all()
    assert not any(judged.obstacles for judged in judge_today(session, small, visits))
    session.scalars(select(Team).filter_by(code="T-1")).one().kits = ["card_printer"]
    session.flush()
    told_of = {
        judged.visit.id: [obstacle.code for obstacle in judged.obstacles]
        for judged in judge_today(session, small, visits)
    }
    assert told_of == {visit.id: ["not_issued"] if "ktp_el" in visit.expected_further else [] for visit in visits}
    assert any(told_of.values())
