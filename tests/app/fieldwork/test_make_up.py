"""A visit that failed is offered days on which it fits and moves nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.schedules.models import Schedule, Visit
from app.sites.models import Site
from app.teams.models import KitPool, Team, TeamBreak
from tests.app.conftest import AsRole
from tests.factories import (
    make_district,
    make_planning_figures,
    make_result,
    make_schedule,
    make_site,
    make_target,
    make_team,
    make_visit,
)

THURSDAY = datetime(2023, 11, 16, 11, tzinfo=UTC)


@pytest.fixture
def lost(session: Session, api: FastAPI) -> Visit:
    """Two hours of service on Tuesday, 14 November, to an agency of 120 people; nobody came. It is Thursday evening."""
    make_district(session)
    make_target(session)
    team, site = make_team(session, code="T-1"), make_site(session, code="OPD-01", fixed_minutes=None)
    made = make_visit(session, make_schedule(session), team, site)
    make_result(session, made, outcome="not_held", served=0, activated=0, cause="weather")
    session.commit()
    api.state.clock = lambda: THURSDAY
    return made


@pytest.fixture
def planner(bearer: AsRole, lost: Visit) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def offer(client: TestClient, headers: dict[str, str], visit: Visit) -> dict[str, Any]:
    answer = client.get(f"/v1/visits/{visit.id}/make-up", headers=headers)
    assert answer.status_code == 200
    offered: dict[str, Any] = answer.json()
    return offered


def fill(session: Session, lost: Visit, *, days: int, hours: tuple[int, int]) -> None:
    """The lost visit's team is at work elsewhere between these hours of Jakarta on each of so many days."""
    schedule, team = session.get_one(Schedule, lost.schedule_id), session.get_one(Team, lost.team_id)
    site = make_site(session, max_visit_dates=60, min_gap_days=1, lat=-3.27, lon=102.88)
    for number in range(1, days + 1):
        start = datetime(2023, 11, 16, hours[0] - 7, tzinfo=UTC) + timedelta(days=number)
        end = start + timedelta(hours=hours[1] - hours[0])
        make_visit(
            session, schedule, team, site, starts_at=start, ends_at=end,
            service_minutes=(hours[1] - hours[0]) * 60 - 30,
        )  # fmt: skip
    session.commit()


def test_lost_visit_is_offered_the_first_free_days(client: TestClient, planner: dict[str, str], lost: Visit) -> None:
    offered = offer(client, planner, lost)
    # 17 and 20 to 24 November are the working days of the next ten.
    assert [slot["date"] for slot in offered["slots"]] == [
        "2023-11-17",
        "2023-11-20",
        "2023-11-21",
        "2023-11-22",
        "2023-11-23",
    ]
    first = offered["slots"][0]
    assert (first["team"]["code"], first["starts_at"]) == ("T-1", "2023-11-17T08:00:00+07:00")
    assert (first["service_minutes"], first["expected_activations"]) == (120, 38)
    assert offered["people_left"] == 68
    assert offered["text"]["en"] == "Within 10 days there are 5 places that move no other visit."


def test_place_is_found_after_the_visits_of_a_day(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    fill(session, lost, days=10, hours=(8, 12))
    for slot in offer(client, planner, lost)["slots"]:
        assert slot["starts_at"][11:16] >= "12:05"
        assert slot["ends_at"][11:16] <= "15:00"


def test_shorter_visit_is_offered_where_the_whole_does_not_fit(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    fill(session, lost, days=10, hours=(8, 13))
    slots = offer(client, planner, lost)["slots"]
    assert {slot["service_minutes"] for slot in slots} == {75}


def test_full_team_gives_way_to_another_and_full_teams_to_a_new_plan(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    fill(session, lost, days=10, hours=(8, 15))
    assert offer(client, planner, lost)["slots"] == []
    assert "plan again" in offer(client, planner, lost)["text"]["en"]
    make_team(session, code="T-2")
    session.commit()
    assert {slot["team"]["code"] for slot in offer(client, planner, lost)["slots"]} == {"T-2"}


def test_rule_of_the_district_says_how_far_to_look_and_whether_at_all(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    path, etag = "/v1/districts/16.73", client.get("/v1/districts/16.73", headers=planner).headers["etag"]
    changed = client.patch(path, json={"make_up_days": 2}, headers=planner | {"If-Match": etag})
    assert changed.json()["make_up_days"] == 2
    assert [slot["date"] for slot in offer(client, planner, lost)["slots"]] == ["2023-11-17"]
    client.patch(path, json={"make_up_days": None}, headers=planner | {"If-Match": changed.headers["etag"]})
    offered = offer(client, planner, lost)
    assert (offered["within_days"], offered["slots"]) == (None, [])
    refused = client.patch(path, json={"make_up_days": 0}, headers=planner | {"If-Match": "*"})
    assert refused.json()["errors"][0]["pointer"] == "/make_up_days"


def test_visit_cut_short_is_offered_for_the_people_left(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    other = make_visit(
        session, session.get_one(Schedule, lost.schedule_id), session.get_one(Team, lost.team_id),
        make_site(session, code="OPD-02"), starts_at=datetime(2023, 11, 15, 1, tzinfo=UTC),
    )  # fmt: skip
    make_result(session, other, outcome="cut_short", served=30, activated=30, cause="network_down")
    session.commit()
    offered = offer(client, planner, other)
    assert offered["people_left"] == 68 - 30
    assert offered["slots"][0]["expected_activations"] == 38


@pytest.mark.parametrize("outcome", ["held", None])
def test_visit_that_did_not_fail_is_offered_nothing(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit, outcome: str | None
) -> None:
    other = make_visit(
        session, session.get_one(Schedule, lost.schedule_id), session.get_one(Team, lost.team_id),
        make_site(session), starts_at=datetime(2023, 11, 15, 1, tzinfo=UTC),
    )  # fmt: skip
    if outcome is not None:
        make_result(session, other, outcome=outcome)
    session.commit()
    answer = client.get(f"/v1/visits/{other.id}/make-up", headers=planner)
    assert (answer.status_code, answer.json()["code"]) == (409, "NothingToMakeUp")


def test_coordinator_sees_offers_for_the_own_team_only(
    client: TestClient, session: Session, bearer: AsRole, lost: Visit
) -> None:
    own, other = (bearer(Role.COORDINATOR, "16.73", team) for team in (lost.team_id, make_team(session).id))
    assert client.get(f"/v1/visits/{lost.id}/make-up", headers=own).status_code == 200
    assert client.get(f"/v1/visits/{lost.id}/make-up", headers=other).status_code == 403


def test_site_visited_meanwhile_keeps_its_spacing(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    schedule, team = session.get_one(Schedule, lost.schedule_id), make_team(session)
    site = session.get_one(Site, lost.site_id)
    make_visit(session, schedule, team, site, starts_at=datetime(2023, 11, 22, 1, tzinfo=UTC), expected_activations=10)
    session.commit()
    # Agencies keep five days between visits and take two teams at once: the 17th is far enough from the 22nd.
    assert {slot["date"] for slot in offer(client, planner, lost)["slots"]} == {"2023-11-17", "2023-11-22"}


def test_visits_of_an_earlier_slot_do_not_keep_a_lost_one_from_its_place(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    fill(session, lost, days=10, hours=(8, 12))
    before = offer(client, planner, lost)["slots"]
    make_planning_figures(session, slot_minutes=50)
    session.commit()
    after = offer(client, planner, lost)["slots"]
    assert [slot["date"] for slot in after] == [slot["date"] for slot in before] != []
    assert {slot["service_minutes"] % 50 for slot in after} <= {0, lost.service_minutes % 50}


def at_noon(session: Session, lost: Visit) -> None:
    """The lost visit's team pauses for an hour between 11:00 and 13:00 each day."""
    rule = {"minutes": 60, "earliest_start": 660, "latest_end": 780, "weekdays": "1111111"}
    session.add(TeamBreak(team_id=lost.team_id, **rule))
    session.commit()


def test_slot_ends_so_much_later_as_a_break_within_it_takes(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    at_noon(session, lost)
    first = offer(client, planner, lost)["slots"][0]
    # Set up at 08:00, served from 08:30 to 10:30: the break comes after it.
    assert (first["starts_at"][11:16], first["ends_at"][11:16]) == ("08:00", "10:30")
    fill(session, lost, days=10, hours=(8, 10))
    later = offer(client, planner, lost)["slots"][0]
    assert later["starts_at"][11:16] == "10:15"
    assert (later["service_minutes"], later["ends_at"][11:16]) == (120, "13:45")


def test_slot_keeps_the_break_that_was_told(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    at_noon(session, lost)
    fill(session, lost, days=10, hours=(8, 11))
    for visit in session.scalars(select(Visit).where(Visit.id != lost.id)):
        visit.day_breaks = [{"starts": 720, "ends": 780, "name": None}]
    session.commit()
    slot = offer(client, planner, lost)["slots"][0]
    # From 11:15 on, with the hour from 12:00 inside it.
    assert (slot["starts_at"][11:16], slot["ends_at"][11:16], slot["service_minutes"]) == ("11:15", "14:45", 120)


def test_day_whose_break_has_no_place_is_left_to_a_new_plan(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    at_noon(session, lost)
    fill(session, lost, days=10, hours=(8, 13))
    assert offer(client, planner, lost)["slots"] == []


def pool(session: Session, **fields: Any) -> KitPool:
    row = KitPool(district_code="16.73", **({"code": "SAT", "name": "Set", "kind": "satellite", "count": 1} | fields))
    session.add(row)
    session.commit()
    return row


def test_site_without_signal_is_offered_with_a_set_that_is_left(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    session.get_one(Site, lost.site_id).connectivity = 0
    session.commit()
    assert offer(client, planner, lost)["slots"] == []
    pool(session)
    slot = offer(client, planner, lost)["slots"][0]
    assert slot["carried"] == [{"code": "SAT", "name": "Set", "kind": "satellite", "count": 1}]
    # On the 17th another team has it.
    other = make_team(session, code="T-9", base_lat=-3.6)
    schedule = session.get_one(Schedule, lost.schedule_id)
    start = datetime(2023, 11, 17, 1, tzinfo=UTC)
    make_visit(session, schedule, other, make_site(session), starts_at=start, day_kits=slot["carried"])
    session.commit()
    after = offer(client, planner, lost)["slots"]
    assert next(one["date"] for one in after if one["team"]["code"] == "T-1") == "2023-11-20"
    assert all(one["team"]["code"] == "T-9" for one in after if one["date"] == "2023-11-17")


def test_site_that_needs_a_machine_is_offered_to_whoever_brings_it(
    client: TestClient, session: Session, planner: dict[str, str], lost: Visit
) -> None:
    session.get_one(Site, lost.site_id).needs_kits = ["biometric"]
    session.commit()
    assert offer(client, planner, lost)["slots"] == []
    row = pool(session, code="REK", kind="biometric", team_ids=[])
    assert offer(client, planner, lost)["slots"] == []
    row.team_ids = None
    session.commit()
    assert [kit["code"] for kit in offer(client, planner, lost)["slots"][0]["carried"]] == ["REK"]
    session.get_one(Team, lost.team_id).kits = ["biometric"]
    session.commit()
    assert offer(client, planner, lost)["slots"][0]["carried"] == []
