"""A planner asks what other teams, days or people would bring, and how many it takes; bad wishes are refused."""

import gzip
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import District
from app.schedules.models import Schedule
from app.schedules.questions import trials, turns
from app.schedules.questions.turns import SolverBusy, Turns
from app.schedules.runs.process import SolverCommand
from app.sites.models import Site
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft, make_plannable_district
from tests.factories import make_kind_figures, make_schedule, make_site

TRIAL = {
    "scenario": "as it is",
    "teams": 2,
    "days": 13,
    "ends_on": "2023-11-30",
    "gap": 37_404,
    "activations": 300,
    "bound": 400,
    "shortfall": 37_104,
    "verdict": "unreachable",
    "judged_by": "period",
    "crosses_on": None,
    "cost": 1_000_000,
    "team_days": 5,
    "value_milli": 300_000,
    "price_of_one_more": None,
    "within_noise": False,
}


class Double:
    """Answers in the solver's place, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.plans: list[bytes | None] = []

    def __call__(
        self, command: SolverCommand, instance: bytes, words: Sequence[str], *, seconds: float, plan: bytes | None
    ) -> dict[str, Any]:
        self.asked.append(list(words))
        self.plans.append(plan)
        text = {"id": "Cukup.", "en": "Enough."}
        least = {
            "present": 2,
            "enough": None,
            "until": None,
            "too_few": -1,
            "never": 300,
            "judged_by": "period",
            "sentence": text,
            "trials": [TRIAL],
        }
        return {"trials": [TRIAL], "least": least, "assumptions": [text]}


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Double:
    double = Double()
    monkeypatch.setattr(trials, "ask_what_if", double)
    return double


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


@pytest.fixture
def schedule(session: Session, district: District) -> Schedule:
    return make_draft(session, district)


def test_scenarios_reach_the_solver_and_its_trials_the_planner(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double
) -> None:
    body = {
        "scenarios": [{"teams": 2, "days": -1}, {"until": "2023-12-22", "yield_percent": 10}, {"kit": 1, "gap": -50}],
        "team": "best",
        "seconds": 3,
    }
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200
    assert double.asked == [
        [
            "--change=teams=+2,days=-1",
            "--change=until=2023-12-22,yield=+10%",
            "--change=kit=+1,gap=-50",
            "--team=best",
            "--seconds=3",
            "--seed=1",
        ]
    ]
    [trial] = answer.json()["trials"]
    assert (trial["expected_activations"], trial["upper_bound_activations"], trial["verdict"]) == (
        300,
        400,
        "unreachable",
    )
    assert answer.json()["assumptions"] == [{"id": "Cukup.", "en": "Enough."}]
    assert schedule.plan_json is not None
    assert double.plans == [gzip.decompress(schedule.plan_json)]
    assert trial["within_noise"] is False


def test_sessions_that_are_moved_reach_the_solver(
    client: TestClient, session: Session, planner: dict[str, str], district: District, double: Double
) -> None:
    make_site(session, code="A>1", connectivity=0)
    schedule = make_draft(session, district)
    moved = [{"site": "A>1", "at": "S-2"}, {"site": "S-1", "at": "S-3", "turn_out_percent": 80}]
    body = {"scenarios": [{"teams": 1, "sessions": moved}], "seconds": 3}
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200, answer.text
    assert double.asked[0][0] == "--change=session=A%3E1>S-2:50,session=S-1>S-3:80,teams=+1"


def test_preparations_reach_the_solver_and_what_came_of_them_the_planner(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {
        "site": "S-1",
        "by": "2023-11-20",
        "minutes": 210,
        "prepared": 50,
        "returning": 20,
        "prepared_on": "2023-11-16",
        "prepared_by_team": "TIM-1",
        "activated_on": ["2023-11-22"],
        "activated": 20,
        "sentence": {"id": "Ya.", "en": "Yes."},
    }
    monkeypatch.setitem(TRIAL, "preparations", [row])
    prepared = {"site": "S-1", "by": "2023-11-20"}
    measured = {"site": "S-3", "by": "2023-11-17", "at": "S-2", "turn_out_percent": 35, "minutes": 90}
    measured |= {"preparing_percent": 60, "activating_percent": 30, "returning_percent": 95}
    body = {"scenarios": [{"preparations": [prepared, measured], "days": 1}], "seconds": 3}
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200, answer.text
    first = "prepare=S-1:2023-11-20;preparing=70;activating=40;returning=80"
    second = "prepare=S-3:2023-11-17;at=S-2:35;minutes=90;preparing=60;activating=30;returning=95"
    assert double.asked[0][0] == f"--change=days=+1,{first},{second}"
    assert answer.json()["trials"][0]["preparations"] == [row]


def test_a_preparation_that_says_no_terms_has_those_in_force_at_its_site(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double, session: Session
) -> None:
    site = session.scalars(select(Site).filter_by(code="S-1")).one()
    make_kind_figures(session, site.kind, preparing_percent=55, returning_percent=0)
    site.preparation_until, site.activating_percent = date(2023, 11, 20), 30
    session.commit()
    prepared = [{"site": "S-1", "by": "2023-11-20"}, {"site": "S-1", "by": "2023-11-20", "preparing_percent": 90}]
    body = {"scenarios": [{"preparations": [row]} for row in prepared], "seconds": 3}
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200, answer.text
    assert double.asked[0][:2] == [
        "--change=prepare=S-1:2023-11-20;preparing=55;activating=30;returning=0",
        "--change=prepare=S-1:2023-11-20;preparing=90;activating=30;returning=0",
    ]


def test_the_solver_itself_prepares(client: TestClient, planner: dict[str, str], schedule: Schedule) -> None:
    body = {"scenarios": [{"preparations": [{"site": "S-1", "by": "2023-11-20"}]}], "seconds": 1}
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200, answer.text
    usual, trial = answer.json()["trials"]
    (row,) = trial["preparations"]
    assert (row["site"], row["by"], usual["preparations"]) == ("S-1", "2023-11-20", [])
    assert row["prepared_on"] <= "2023-11-20" < row["activated_on"][0]
    assert 0 < row["activated"] <= row["returning"] <= row["prepared"]
    assert trial["expected_activations"] <= trial["upper_bound_activations"]
    assert any("persiapan" in text["id"].lower() for text in answer.json()["assumptions"])


def test_same_question_is_asked_once(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double
) -> None:
    for teams in (1, 1, 2):
        body = {"scenarios": [{"teams": teams}]}
        assert client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner).status_code == 200
    assert len(double.asked) == 2


def test_what_would_be_enough_is_told_with_what_is_not_proven(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double
) -> None:
    answer = client.post(f"/v1/schedules/{schedule.id}/enough", json={"of": "days"}, headers=planner)
    assert answer.status_code == 200
    enough = answer.json()
    assert (enough["of"], enough["present"], enough["enough"], enough["too_few"]) == ("days", 2, None, None)
    assert enough["people_within_reach"] == 300
    assert double.asked == [
        ["--least=days", "--team=average", "--seconds=5", "--total-seconds=60", "--seed=1"],
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/scenarios"),
        ({"scenarios": []}, "/scenarios"),
        ({"scenarios": [{}]}, "/scenarios/0"),
        ({"scenarios": [{"teams": 1}, {"days": 5, "until": "2023-12-22"}]}, "/scenarios/1"),
        ({"scenarios": [{"teams": 1000}]}, "/scenarios/0/teams"),
        ({"scenarios": [{"teams": "many"}]}, "/scenarios/0/teams"),
        ({"scenarios": [{"operators": 1}]}, "/scenarios/0/operators"),
        ({"scenarios": [{"teams": 1}] * 10, "seconds": 60}, "/"),
        ({"scenarios": [{"teams": 1}], "seconds": 0}, "/seconds"),
        ({"scenarios": [{"teams": 1}], "team": "T-9"}, "/team"),
        ({"scenarios": [{"teams": 1}, {"teams": -3}]}, "/scenarios/1/teams"),
        ({"scenarios": [{"kit": 3}]}, "/scenarios/0/kit"),
        ({"scenarios": [{"walk_ins": -46}]}, "/scenarios/0/walk_ins"),
        ({"scenarios": [{"sessions": []}]}, "/scenarios/0/sessions"),
        ({"scenarios": [{"preparations": []}]}, "/scenarios/0/preparations"),
        *(
            ({"scenarios": [{"preparations": [{"site": "S-1", "by": "2023-11-20"} | wrong]}]}, f"/scenarios/0/{where}")
            for wrong, where in [
                ({"by": None}, "preparations/0/by"),
                ({"by": "soon"}, "preparations/0/by"),
                ({"site": 7}, "preparations/0/site"),
                ({"minutes": 0}, "preparations/0/minutes"),
                ({"minutes": 1441}, "preparations/0/minutes"),
                ({"turn_out_percent": 101}, "preparations/0/turn_out_percent"),
                ({"preparing_percent": 0}, "preparations/0/preparing_percent"),
                ({"activating_percent": 301}, "preparations/0/activating_percent"),
                ({"returning_percent": 80.5}, "preparations/0/returning_percent"),
                ({"share": 1}, "preparations/0/share"),
                ({"site": "S-9"}, "preparations/0"),
                ({"at": "S-9"}, "preparations/0"),
                ({"at": "S-1"}, "preparations/0"),
                ({"by": "2023-11-01"}, "preparations/0"),
                ({"by": "2023-11-30"}, "preparations/0"),
                ({"minutes": 1440}, "preparations/0"),
            ]
        ),
        (
            {"scenarios": [{"preparations": [{"site": "S-1", "by": "2023-11-20"}]}] * 5, "seconds": 11},
            "/",
        ),
        (
            {"scenarios": [{"sessions": [{"site": "S-1", "at": "S-2"}, {"site": "S-3", "at": "S-9"}]}]},
            "/scenarios/0/sessions/1",
        ),
        ({"scenarios": [{"sessions": [{"site": "S-1", "at": "S-1"}]}]}, "/scenarios/0/sessions/0"),
        (
            {"scenarios": [{"sessions": [{"site": "S-1", "at": "S-2", "turn_out_percent": 101}]}]},
            "/scenarios/0/sessions/0/turn_out_percent",
        ),
    ],
)
def test_wish_that_cannot_be_is_refused_with_its_place(
    client: TestClient,
    planner: dict[str, str],
    schedule: Schedule,
    double: Double,
    body: dict[str, Any],
    pointer: str,
) -> None:
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert double.asked == []


def test_refusal_names_the_value_and_what_would_do(
    client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double
) -> None:
    body = {"scenarios": [{"teams": -3}]}
    [error] = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner).json()["errors"]
    assert (error["value"], error["detail"]) == ("-3", "3 teams cannot leave: there are 2.")
    assert error["mend"] == "Change less, or leave it out."


def test_run_that_has_not_begun_is_a_conflict(
    client: TestClient, planner: dict[str, str], session: Session, double: Double
) -> None:
    schedule = make_schedule(session, run_status="queued")
    answer = client.post(f"/v1/schedules/{schedule.id}/enough", json={"of": "teams"}, headers=planner)
    assert (answer.status_code, answer.json()["code"]) == (409, "ScheduleNotFinished")


def test_schedule_of_another_district_is_not_found(
    client: TestClient, session: Session, bearer: AsRole, schedule: Schedule, double: Double
) -> None:
    make_plannable_district(session, "65.01", lat=3.0, lon=117.0)
    path, body = f"/v1/schedules/{schedule.id}/enough", {"of": "teams"}
    assert client.post(path, json=body, headers=bearer(Role.PLANNER, "65.01")).status_code == 404
    assert client.post(path, json=body, headers=bearer(Role.VIEWER, "16.73")).status_code == 403
    assert double.asked == []


def test_trial_that_gets_no_turn_is_refused_with_a_time_to_ask_again(
    api: FastAPI, client: TestClient, planner: dict[str, str], schedule: Schedule, double: Double
) -> None:
    api.state.questions.what_if = Turns(at_once=0, wait_seconds=0.01)
    answer = client.post(f"/v1/schedules/{schedule.id}/enough", json={"of": "teams"}, headers=planner)
    assert (answer.status_code, answer.json()["code"]) == (503, "SolverBusy")
    assert answer.headers["retry-after"] == "10"
    assert double.asked == []


def test_question_under_way_ends_with_the_server(tmp_path: Path) -> None:
    sleeper = SolverCommand(argv=(sys.executable, "-c", "import time; time.sleep(600)"), scratch_dir=tmp_path)
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(turns.ask_what_if, sleeper, b"", [], seconds=600)
        while not turns._children:
            time.sleep(0.01)
        turns.end_questions()
        with pytest.raises(SolverBusy, match="being stopped"):
            under_way.result(timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_the_solver_itself_tries_and_proves(client: TestClient, planner: dict[str, str], schedule: Schedule) -> None:
    body = {"scenarios": [{"gap": -37_000}], "seconds": 1}
    answer = client.post(f"/v1/schedules/{schedule.id}/what-if", json=body, headers=planner)
    assert answer.status_code == 200, answer.text
    trials = answer.json()["trials"]
    assert [trial["scenario"] for trial in trials] == ["as it is", "gap=-37000"]
    # Of the gap, 13 of the 32 working days are due, less 585 walk-ins.
    assert (trials[0]["net_gap"], trials[1]["net_gap"]) == (15_434 - 585, 0)
    assert [trial["judged_by"] for trial in trials] == ["period", "period"]
    assert all(trial["expected_activations"] <= trial["upper_bound_activations"] for trial in trials)
    assert trials[0]["upper_bound_activations"] <= (schedule.upper_bound_activations or 0)
    enough = client.post(f"/v1/schedules/{schedule.id}/enough", json={"of": "teams"}, headers=planner).json()
    # Six agencies hold fewer people than the gap.
    assert (enough["enough"], enough["judged_by"]) == (None, "period")
    assert 0 < enough["people_within_reach"] < 37_404
    assert "No number of teams" in enough["sentence"]["en"]
