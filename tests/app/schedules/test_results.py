"""What a person sees of a finished run: the period by the line, the target by its deadline, what is missed."""

from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role
from app.districts.models import Area, District, Target
from app.schedules.models import Schedule, Visit
from app.schedules.results import learned_out, of_document
from app.sites.models import Site
from tests.app.conftest import AsRole
from tests.app.schedules.conftest import make_draft, plan_now
from tests.factories import make_area, make_site, make_walk_ins

SCHEDULES = "/v1/districts/16.73/schedules"
MONDAY = date(2023, 11, 13)


@pytest.fixture
def planner(bearer: AsRole, district: District) -> dict[str, str]:
    return bearer(Role.PLANNER, "16.73")


def set_target(session: Session, **fields: Any) -> Target:
    target = session.scalars(select(Target)).one()
    for name, value in fields.items():
        setattr(target, name, value)
    session.flush()
    return target


def result_of(
    client: TestClient, planner: dict[str, str], session: Session, district: District, **request: Any
) -> dict[str, Any]:
    schedule = make_draft(session, district, **request)
    session.commit()
    result: dict[str, Any] = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]
    return result


def test_period_before_the_deadline_is_judged_by_the_line_of_the_progress_report(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    # 1,600 people in 32 working days: 50 a day, of which the counters alone bring 45.
    set_target(session, activated=42_004 - 1_600)
    result = result_of(client, planner, session, district)
    progress = client.get("/v1/districts/16.73/progress?on=2023-11-30", headers=planner).json()
    period = result["period"]
    assert (result["judged_by"], result["verdict"]) == ("period", "reachable")
    assert period["needed_by_end"] == progress["required_line"][0]["required_activated"] == 42_004 - 1_600 + 50 * 13
    assert (period["is_on_track"], period["behind_by"]) == (True, 0)
    assert period["expected_by_end"] == 42_004 - 1_600 + 585 + result["expected_activations"]
    assert "On track: " in result["verdict_text"]["en"]
    assert "Sesuai jalur: " in result["verdict_text"]["id"]
    target = result["target"]
    assert (target["deadline"], target["working_days_left"]) == ("2023-12-31", 19)
    assert target["remaining"] == result["remaining"] == 1_600 - 585 - result["expected_activations"]
    assert target["required_per_working_day"] == -(-target["remaining"] // 19)
    assert result["crosses_on"] is None


def test_period_behind_the_line_says_by_how_many(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    result = result_of(client, planner, session, district)
    period = result["period"]
    assert (result["verdict"], result["short_by"]) == ("unreachable", period["behind_by"])
    assert period["expected_by_end"] + period["behind_by"] == period["needed_by_end"] == 4_015 + 15_434
    assert f"{period['behind_by']:,} short" in result["verdict_text"]["en"]


def test_whole_time_to_the_deadline_is_judged_by_the_target(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    result = result_of(client, planner, session, district, period_end=date(2023, 12, 31))
    assert (result["judged_by"], result["period"]) == ("target", None)
    assert result["target"]["working_days_left"] == 0
    assert result["short_by"] == result["remaining"] == result["target"]["remaining"]
    assert "At the deadline, 31 December 2023" in result["target"]["text"]["en"]


def test_period_after_the_deadline_is_refused_before_anything_is_planned(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    answer = client.post(SCHEDULES, json={"period": "2024-01"}, headers=planner)
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert fault["pointer"] == "/period"
    assert "after the deadline of the target, 2023-12-31" in fault["detail"]
    assert "up to 2023-12-31" in fault["mend"]
    assert session.scalars(select(Schedule)).all() == []


def test_first_date_after_the_deadline_is_refused_too(client: TestClient, planner: dict[str, str]) -> None:
    body = {"period": "2023-12-01..2024-01-31", "first_date": "2024-01-02"}
    assert client.post(SCHEDULES, json=body, headers=planner).status_code == 422


def test_nothing_won_after_the_deadline_makes_a_target_reachable(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    # Three working days to the deadline; six agencies are visited in as many days of two teams.
    set_target(session, deadline=date(2023, 11, 15), activated=42_004 - 300)
    schedule = make_draft(session, district)
    session.commit()
    result = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]
    by_date = {visit.date: 0 for visit in session.scalars(select(Visit))}
    for visit in session.scalars(select(Visit)):
        by_date[visit.date] += visit.expected_activations
    late = sum(won for day, won in by_date.items() if day > date(2023, 11, 15))
    assert late > 0
    assert result["walk_ins"] == 2 * 45
    assert result["uncounted_activations"] == late
    assert result["expected_activations"] >= result["net_gap"] - late
    assert (result["verdict"], result["crosses_on"]) == ("open", None)
    assert result["short_by"] == 300 - 90 - (result["expected_activations"] - late)
    assert f"({late} activations) does not count" in result["verdict_text"]["en"]
    assert f"({late} aktivasi) tidak dihitung" in result["verdict_text"]["id"]


def test_crossing_comes_on_the_deadline_at_the_latest(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    set_target(session, deadline=date(2023, 11, 20), activated=42_004 - 45 * 5)
    assert result_of(client, planner, session, district)["crosses_on"] <= "2023-11-20"


def test_step_of_the_counters_counts_as_in_the_progress_report(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    make_walk_ins(session, date(2023, 12, 1), 20)
    result = result_of(client, planner, session, district, period_end=date(2023, 12, 31))
    progress = client.get("/v1/districts/16.73/progress?on=2023-11-13", headers=planner).json()
    assert result["walk_ins"] == progress["walk_ins_expected"] == 13 * 45 + 19 * 20
    assert result["net_gap"] == progress["outreach_gap"]


def test_must_visit_without_signal_is_named_before_it_is_planned(
    client: TestClient, planner: dict[str, str], session: Session
) -> None:
    make_site(session, code="HILL", name="Posyandu Bukit", must_visit=True, connectivity=0)
    session.commit()
    answer = client.post(SCHEDULES, json={"period": "2023-11"}, headers=planner)
    (site,) = answer.json()["unvisitable"]
    assert (site["site_code"], site["reason"]) == ("HILL", "no_signal")
    assert site["text"]["en"] == (
        "Posyandu Bukit (HILL) must be visited, but it has no signal and no team has a satellite kit."
    )
    schedule = plan_now(session, session.get_one(Schedule, answer.json()["id"]))
    shown = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()
    assert [site["site_code"] for site in shown["unvisitable"]] == ["HILL"]
    assert shown["result"]["missed"]["must_visits"] == []


def test_missed_floors_and_must_visits_are_listed_with_where_to_ask_for_their_price(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    session.get_one(Area, "16.73.01").min_activations = 5_000
    make_area(session, "16.73.02", name="Lubuk Linggau Timur", min_activations=10)
    # The double plans no visit of a fixed length.
    site = make_site(session, area_code="16.73.02", code="FIXED", must_visit=True, fixed_minutes=60)
    schedule = make_draft(session, district)
    session.commit()
    missed = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]["missed"]
    full, empty = missed["floors"]
    assert (full["area_code"], full["floor"], full["short_by"]) == ("16.73.01", 5_000, 5_000 - full["won"])
    assert full["won"] <= full["at_most"] < 5_000
    assert full["ask"] is None
    assert "No plan can keep this floor" in full["text"]["en"]
    assert (empty["area_name"], empty["floor"], empty["won"], empty["short_by"]) == ("Lubuk Linggau Timur", 10, 0, 10)
    assert empty["ask"] == "POST /v1/districts/16.73/schedules"
    assert "weights.area_shortfall above 200" in empty["text"]["en"]
    (owed,) = missed["must_visits"]
    assert owed["ask"] == f"GET /v1/schedules/{schedule.id}/sites/{site.id}/explanation"
    assert missed["pins"] == []


def test_must_visit_at_which_nobody_can_be_served_is_told_as_not_kept(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    schedule = make_draft(session, district)
    site = {"site_id": 7, "site_code": "DESA-7", "site_name": "Desa Tujuh"}
    kept = schedule.missed
    assert kept is not None
    schedule.missed = kept | {"must_visits": [site, site | {"is_visited": True}]}
    session.commit()
    result = client.get(f"/v1/schedules/{schedule.id}", headers=planner).json()["result"]
    absent, unserved = result["missed"]["must_visits"]
    assert (absent["is_visited"], unserved["is_visited"]) == (False, True)
    assert "is not in this plan" in absent["text"]["en"]
    assert "tidak ada yang dapat dilayani di sana" in unserved["text"]["id"]


def test_plan_that_keeps_everything_misses_nothing(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    session.scalars(select(Site).where(Site.code == "S-1")).one().must_visit = True
    result = result_of(client, planner, session, district)
    assert result["missed"] == {"floors": [], "must_visits": [], "pins": [], "trips": [], "promises": []}


def test_replay_of_a_time_before_the_count_has_a_line_of_its_own(
    client: TestClient, planner: dict[str, str], session: Session, district: District
) -> None:
    result = result_of(
        client, planner, session, district, period_start=date(2023, 10, 1), period_end=date(2023, 10, 31)
    )
    assert result["period"]["needed_by_end"] > 4_015
    assert result["walk_ins"] == 45 * len([day for day in _october() if day.weekday() < 5])


def _october() -> list[date]:
    return [date(2023, 10, 1) + timedelta(days=number) for number in range(31)]


@pytest.mark.parametrize(
    ("chosen", "said"), [("mean", "mean of every site"), ("q25", "more do in 75 of"), ("q85", "enough in 85 of")]
)
def test_which_plan_was_kept_is_said_with_its_reason(chosen: str, said: str) -> None:
    choice = {"chosen": chosen, "candidates": [{"people": chosen, "expected_activations": 9.96}]}
    learned = {"results": {}, "figures": {}, "kinds_as_given": [], "choice": choice}
    kept = learned_out(Schedule(learned=learned))
    assert kept is not None
    assert kept.text is not None
    assert said in kept.text.en
    assert "{" not in kept.text.id + kept.text.en


@pytest.mark.parametrize(
    ("expected", "at_most", "verdict", "proven"),
    [(40, None, "open", None), (40, 60, "open", None), (40, 55, "unreachable", 5), (60, 60, "reachable", None)],
)
def test_further_document_has_its_own_verdict(
    expected: int, at_most: int | None, verdict: str, proven: int | None
) -> None:
    row = {"document": "kia", "worth": 400, "target_count": 100, "activated": 10, "deadline": "2026-12-31", "gap": 90}
    row |= {"already_planned": 20, "walk_ins": 10, "net_gap": 60, "expected": expected}
    # Runs from before it was stored say nothing of it.
    kept = of_document(row if at_most is None else row | {"at_most": at_most})
    assert (kept.verdict, kept.at_most, kept.short_by_at_least) == (verdict, at_most, proven)
    assert kept.remaining == 60 - expected
    assert (
        ("by any plan at least 5" in kept.text.en) == (proven == 5) == ("rencana apa pun sedikitnya 5" in kept.text.id)
    )
