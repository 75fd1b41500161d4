"""What results teach over HTTP: the prior, the results, what the next run uses, and the switch back to the given."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import AuditEntry, Role
from app.districts.models import District
from app.schedules.document_turn_out import ENOUGH_VISITS
from app.teams.models import Team
from tests.app.conftest import AsRole
from tests.factories import (
    make_district,
    make_issuing_figures,
    make_kind_figures,
    make_planning_figures,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
    make_walk_ins,
)

URL = "/v1/districts/16.73/estimates"
MORNING = datetime(2023, 11, 14, 1, tzinfo=UTC)


@pytest.fixture
def district(session: Session, api: FastAPI) -> District:
    """Eight agencies of 100 people in one area, and a school nobody has visited; it is the end of November."""
    district = make_district(session)
    make_target(session)
    make_site(session, kind="school", code="SCHOOL")
    api.state.clock = lambda: datetime(2023, 11, 30, 11, tzinfo=UTC)
    return district


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def visit_agencies(session: Session, *, served: int, count: int = 8, **site: Any) -> Team:
    """One visit to each of so many agencies, on one day after the other, to each of which so many people came."""
    schedule, team = make_schedule(session), make_team(session, code="TIM-1")
    for number in range(count):
        starts_at = MORNING + timedelta(days=number)
        place = make_site(session, headcount=100, **site)
        visit = make_visit(session, schedule, team, place, starts_at=starts_at)
        make_result(
            session,
            visit,
            served=served,
            activated=served - 2,
            other_district=2,
            phone_not_ready=5,
            turned_away=0,
            ran_out_of_time=False,
            started_at=starts_at,
            last_served_at=starts_at + timedelta(minutes=100),
            ended_at=starts_at + timedelta(minutes=150),
            signal_met=2,
        )
    session.commit()
    return team


def share(estimates: dict[str, Any], figure: str, kind: str) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in estimates["shares"] if (row["figure"], row["kind"]) == (figure, kind))
    return row


def test_nothing_is_measured_before_the_first_result(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_site(session)
    session.commit()
    estimates = client.get(URL, headers=planner).json()
    assert estimates["results"] == 0
    agency = share(estimates, "turn_out", "agency")
    assert (agency["prior"], agency["use"], agency["next_run"], agency["is_measured"]) == (0.75, "given", 0.75, False)
    assert agency["text"]["id"].startswith("diasumsikan 75 %; belum terukur di sini")
    assert estimates["walk_ins"]["next_run"] == 0


def test_results_move_the_share_and_tell_how_sure_it_is(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    visit_agencies(session, served=30)
    estimates = client.get(URL, headers=planner).json()
    agency = share(estimates, "turn_out", "agency")
    assert 0.33 < agency["learned"]["mean"] < 0.42
    assert agency["learned"]["low"] < 0.35 < agency["learned"]["high"]
    assert (agency["visits"], agency["people"], agency["ran_out_of_time"]) == (8, 800, 0)
    assert agency["next_run"] == agency["learned"]["mean"]
    assert agency["is_measured"]
    assert "→ terukur" in agency["text"]["id"]
    assert "8 kunjungan" in agency["text"]["id"]
    assert "8 visits lie far below" in agency["doubt"]["en"]
    assert share(estimates, "turn_out", "school")["is_measured"] is False
    assert estimates["loss"]["visits"] == 8
    assert estimates["signal_results"] == 8


def test_pace_is_learned_from_busy_minutes(client: TestClient, session: Session, planner: dict[str, str]) -> None:
    visit_agencies(session, served=30)
    (pace,) = client.get(URL, headers=planner).json()["pace"]
    # 30 people in 300 operator-minutes; at fair signal that would have been 16 % slower than undisturbed.
    assert (pace["given"], pace["visits"], pace["use"]) == (8, 8, "learned")
    assert 5 < pace["learned"]["mean"] < 8
    assert pace["next_run"] == round(pace["learned"]["mean"])


def test_minutes_of_a_further_document_are_told_beside_what_is_stated(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_target(session, document="kia")
    make_issuing_figures(session, "kia", minutes=6)
    schedule, team = make_schedule(session), make_team(session, kits=["card_printer"])

    def issuing(document: str = "kia") -> Any:
        answer = client.get(URL, params={"document": document}, headers=planner).json()
        return answer["pace"], answer["issuing"]

    teams, before = issuing()
    assert teams == []
    assert (before["stated"], before["stated_source"], before["visits"]) == (6, "given", 0)
    assert (before["learned"], before["use"], before["next_run"]) == (None, "given", 6)
    assert before["text"] == {
        "id": "diberikan 6 menit per orang; belum terukur",
        "en": "given 6 minutes a person; not measured yet",
    }
    for number in range(6):
        starts_at = MORNING + timedelta(days=number)
        place = make_site(session, connectivity=4)
        visit = make_visit(
            session, schedule, team, place, starts_at=starts_at, expected_activations=0, expected_further={"kia": 9}
        )
        # Four cards in two hours by one printer; in half of them one certificate, too.
        further = {"kia": 4} | ({"birth_certificate": 1} if number % 2 else {})
        make_result(
            session, visit, served=0, activated=0, served_further=further, started_at=starts_at,
            last_served_at=starts_at + timedelta(hours=2), ended_at=visit.ends_at, turned_away=0, signal_met=4,
        )  # fmt: skip
    _, after = issuing()
    assert (after["visits"], after["shared"], after["people"]) == (6, 3, 24)
    assert after["learned"]["low"] > 10
    assert after["next_run"] == round(after["learned"]["mean"])
    assert after["text"]["en"].endswith("from 6 visits, 3 of which brought other documents, too")
    assert after["text"]["id"].endswith("dari 6 kunjungan, 3 di antaranya membawa dokumen lain juga")
    # Of those that shared their minutes nobody knows whose were the slow ones.
    assert before["doubt"] is None
    assert after["doubt"]["id"].startswith(
        "3 kunjungan jauh lebih lambat dan 0 jauh lebih cepat daripada yang diberikan"
    )
    assert after["doubt"]["en"] == (
        "3 visits were far slower and 0 far faster than the 6 minutes a person that were given, of 3."
    )
    client.put(f"{URL}/pace/use", params={"document": "kia"}, json={"use": "given"}, headers=planner)
    assert (issuing()[1]["use"], issuing()[1]["next_run"]) == ("given", 6)
    assert issuing("ikd")[1] is None
    assert [row["given"] for row in issuing("ikd")[0]] == [8.0]


def test_who_comes_for_a_card_is_told_of_ikd_until_its_own_visits_are_enough(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_target(session, document="kia")
    team = visit_agencies(session, served=22)

    def shares() -> dict[str, Any]:
        answer = client.get(URL, params={"document": "kia"}, headers=planner).json()
        return {row["figure"]: row for row in answer["shares"] if row["kind"] == "agency"}

    before = shares()
    assert set(before) == {"turn_out", "resident"}
    assert (before["turn_out"]["learned_of"], before["turn_out"]["visits"]) == ("ikd", 8)
    schedule = make_schedule(session)
    for number in range(ENOUGH_VISITS):
        starts_at = MORNING + timedelta(days=number, hours=5)
        place = make_site(session, people_kia=100)
        visit = make_visit(
            session, schedule, team, place, starts_at=starts_at, expected_activations=0, expected_further={"kia": 50}
        )
        make_result(session, visit, served=0, activated=0, served_further={"kia": 60}, turned_away=0)
    after = shares()["turn_out"]
    assert (after["learned_of"], after["visits"], after["use"]) == ("kia", ENOUGH_VISITS, "learned")
    # What was stated is stated still, whatever the visits of IKD make of the beginning.
    assert after["prior"] == before["turn_out"]["prior"]
    assert after["next_run"] == after["learned"]["mean"] == pytest.approx(0.6, abs=0.05)
    assert shares()["resident"]["learned_of"] == "ikd"


def test_later_results_are_not_known_on_an_earlier_day(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    visit_agencies(session, served=30)
    early = client.get(f"{URL}?on=2023-11-15", headers=planner).json()
    assert (early["results"], share(early, "turn_out", "agency")["visits"]) == (2, 2)


def test_planner_overrules_a_figure_of_one_kind_and_takes_it_back(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    visit_agencies(session, served=30)
    path = f"{URL}/turn_out/use"
    overruled = client.put(path, json={"use": "given", "kind": "agency"}, headers=planner).json()
    assert (share(overruled, "turn_out", "agency")["use"], share(overruled, "turn_out", "agency")["next_run"]) == (
        "given",
        0.75,
    )
    assert share(overruled, "turn_out", "school")["use"] == "learned"
    again = client.put(path, json={"use": "learned", "kind": "agency"}, headers=planner).json()
    assert share(again, "turn_out", "agency")["use"] == "learned"
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "figure.use").order_by(AuditEntry.id))
    assert [(entry.subject, entry.details) for entry in trail] == [
        ("figure/16.73/ikd/turn_out", {"use": "given", "kind": "agency"}),
        ("figure/16.73/ikd/turn_out", {"use": "learned", "kind": "agency"}),
    ]


@pytest.mark.parametrize(
    ("figure", "body", "pointer"),
    [
        ("turn_out", {"use": "guessed"}, "/use"),
        ("turn_out", {}, "/use"),
        ("turn_out", {"use": "given", "kind": "castle"}, "/kind"),
        ("pace", {"use": "given", "kind": "agency"}, "/kind"),
        ("weather", {"use": "given"}, "path/figure"),
    ],
)
def test_use_that_cannot_be_is_refused(
    client: TestClient, planner: dict[str, str], figure: str, body: dict[str, Any], pointer: str
) -> None:
    answer = client.put(f"{URL}/{figure}/use", json=body, headers=planner)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_viewer_reads_and_does_not_overrule(client: TestClient, planner: dict[str, str], bearer: AsRole) -> None:
    viewer = bearer(Role.VIEWER, "16.73")
    assert client.get(URL, headers=viewer).status_code == 200
    assert client.put(f"{URL}/pace/use", json={"use": "given"}, headers=viewer).status_code == 403


def test_share_given_for_a_site_is_doubted_when_three_visits_contradict_it(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    schedule, team = make_schedule(session), make_team(session)
    site = make_site(session, headcount=300, turn_out_share="0.9", name="Dinas Sosial")
    for number in range(3):
        visit = make_visit(session, schedule, team, site, starts_at=MORNING + timedelta(days=number))
        make_result(session, visit, served=20, activated=20, ran_out_of_time=False)
    session.commit()
    (doubt,) = client.get(URL, headers=planner).json()["site_doubts"]
    assert (doubt["figure"], doubt["given"]) == ("turn_out", 0.9)
    assert doubt["text"]["en"] == "For Dinas Sosial 90 % was given, but its 3 visits say otherwise."


def test_pace_given_for_a_team_is_doubted_when_three_visits_contradict_it(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    schedule, team, other = make_schedule(session), make_team(session), make_team(session, code="TIM-9")
    for number in range(3):
        starts_at = MORNING + timedelta(days=number)
        visit = make_visit(session, schedule, team, make_site(session, headcount=300), starts_at=starts_at)
        last = visit.starts_at + timedelta(minutes=150)
        make_result(session, visit, served=4, activated=4, ran_out_of_time=True, last_served_at=last)
    session.commit()
    doubts = {pace["team_code"]: pace["doubt"] for pace in client.get(URL, headers=planner).json()["pace"]}
    assert doubts[other.code] is None
    assert doubts[team.code]["en"].startswith("3 visits were far slower and 0 far faster than the ")
    assert doubts[team.code]["id"].startswith("3 kunjungan jauh lebih lambat")


@pytest.mark.parametrize("day", [1, 14], ids=["long before the count", "on the day after it"])
def test_recount_teaches_the_rate_at_the_counters(
    client: TestClient, session: Session, planner: dict[str, str], day: int
) -> None:
    make_walk_ins(session, date(2023, 11, day), 60)
    path = "/v1/districts/16.73/targets/ikd"
    target = client.get(path, headers=planner)
    kept = ("target_percent", "eligible_people", "eligible_base", "deadline", "source")
    body = {name: target.json()[name] for name in kept}
    first = client.put(
        path,
        json=body | {"activated": 4_015, "as_of": "2023-11-13"},
        headers=planner | {"If-Match": target.headers["etag"]},
    )
    client.put(
        path,
        json=body | {"activated": 4_115, "as_of": "2023-11-20"},
        headers=planner | {"If-Match": first.headers["etag"]},
    )
    walk_ins = client.get(URL, headers=planner).json()["walk_ins"]
    # A hundred people in five working days.
    assert (walk_ins["given"], walk_ins["working_days"], walk_ins["activated"]) == (60, 5, 100)
    assert 20 < walk_ins["next_run"] < 30
    progress = client.get("/v1/districts/16.73/progress", headers=planner).json()
    assert progress["walk_ins_expected"] == int(walk_ins["next_run"] * progress["working_days_left"])


def test_prior_tells_whether_the_district_gave_it_or_it_was_assumed(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_kind_figures(session, "agency", turn_out_share=Decimal("0.4"), provenance={"turn_out_share": "measured"})
    make_kind_figures(session, "school", phone_ready_share=Decimal("0.6"))
    visit_agencies(session, served=30)
    estimates = client.get(URL, headers=planner).json()
    agency, school = share(estimates, "turn_out", "agency"), share(estimates, "phone_ready", "school")
    assert (agency["prior"], agency["prior_source"], agency["doubt"]) == (0.4, "measured", None)
    assert agency["text"]["id"].startswith("diukur sebelumnya 40 %")
    assert (school["prior"], school["prior_source"]) == (0.6, "given")
    assert school["text"]["en"].startswith("given 60 %")
    assert share(estimates, "phone_ready", "agency")["prior_source"] == "assumed"


def test_pace_is_told_by_signal_with_the_visits_that_met_it(
    client: TestClient, session: Session, planner: dict[str, str]
) -> None:
    make_planning_figures(session, throughput_percent=[0, 45, 50, 90, 100])
    visit_agencies(session, served=20)
    levels = client.get(URL, headers=planner).json()["pace_by_signal"]
    assert [level["visits"] for level in levels] == [0, 0, 8, 0, 0]
    assert [level["given"] for level in levels] == [0, 0.3375, 0.44, 0.855, 0.98]
    assert {level["given_source"] for level in levels} == {"assumed"}
    assert levels[0]["learned"] is None
    fair, good = levels[2]["learned"], levels[3]["learned"]
    assert fair["low"] < fair["mean"] < fair["high"]
    # Nobody worked at good signal: only what is assumed of it is known, and how little that is sure.
    assert good["mean"] == pytest.approx(0.855, rel=0.01)
    assert good["high"] - good["low"] > fair["high"] - fair["low"]
