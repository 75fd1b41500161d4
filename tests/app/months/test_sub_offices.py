"""Two weeks of Kabupaten Serang: four teams from four places, and 17 sub-offices whose counters win people too."""

from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.app.months.lived import LivedMonth

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 12)
COUNTED = [FIRST + timedelta(days=number) for number in range(3)]


@pytest.fixture
def office(api: FastAPI, client: TestClient, session: Session, job_tables: None) -> LivedMonth:
    begins = datetime(2024, 6, 28, 2, tzinfo=UTC)
    return LivedMonth("36.04-kabupaten-serang", api=api, client=client, session=session, begins=begins)


def test_weeks_of_a_district_with_seventeen_sub_offices_are_read_alike_by_everybody(office: LivedMonth) -> None:
    places = office.read(office.here("counter-places"), limit=100)["items"]
    subs = [place for place in places if place["kind"] == "sub_office"]
    assert len(subs) == 17
    office.looked_at(FIRST, LAST)
    kinds = [{"kinds": ["area_office", "clinic"]}]
    plan = office.make_plan(period=f"{FIRST}..{LAST}", kinds=kinds, iterations=60)
    office.publish(plan["id"])
    stated = office.agree(progress_each_day=True)
    assert {row.team.code for row in stated.visits} == {"TIM-1", "TIM-2", "TIM-3", "TIM-4"}

    before = estimated(office, COUNTED[-1])
    assert before["walk_ins_counted"] == 0
    assert before["walk_ins_expected"] > 0
    office.at(COUNTED[-1], 18)
    for day in COUNTED:
        for number, place in enumerate(subs):
            path = f"counter-places/{place['id']}/counts/ikd/{day}"
            office.ask("PUT", path, expects=201, json={"activated": number})
    for row in stated.visits:
        if row.visit.ends_at <= office.now and row.team.code != "TIM-4":
            office.report(row)
    stated = office.agree()
    after = estimated(office, COUNTED[-1])
    assert after["walk_ins_counted"] == len(COUNTED) * sum(range(17))
    assert 0 < after["walk_ins_expected"] < before["walk_ins_expected"], "the office itself was not counted"
    reported = [row.result.activated for row in stated.visits if row.result is not None]
    assert (after["reported_visits"], after["results"]) == (len(reported), sum(reported))
    assert after["activated"] == after["counted"] + after["results"] + after["unreported_expected"] + (
        after["walk_ins_counted"] + after["walk_ins_expected"]
    )


def estimated(office: LivedMonth, day: date) -> dict[str, int]:
    parts: dict[str, int] = office.read(office.here("progress"), on=day.isoformat())["estimated"]
    return parts
