"""July in Kabupaten Serang: four teams, 17 sub-offices whose counters win people too, and one satellite set for any
team that needs it that day. A visit fails for want of equipment, and the set breaks for a day."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.app.months.lived import LivedMonth
from tests.app.months.stated import Stated, StatedVisit

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 31)
ONE_DAY = timedelta(days=1)
COUNTED = [FIRST + timedelta(days=number) for number in range(3)]
PERIOD = {"period": "2024-07", "kinds": [{"kinds": ["village"]}], "iterations": 60}
TEAMS = {"TIM-1", "TIM-2", "TIM-3", "TIM-4"}
SILENT_AROUND_EACH = 2


@pytest.fixture
def office(api: FastAPI, client: TestClient, session: Session, job_tables: None) -> LivedMonth:
    begins = datetime(2024, 6, 28, 2, tzinfo=UTC)
    return LivedMonth("36.04-kabupaten-serang", api=api, client=client, session=session, begins=begins)


def test_month_of_four_teams_with_one_set_is_read_alike_by_everybody_after_every_step(office: LivedMonth) -> None:
    silent = the_nearest_villages_ask_for_the_set(office)
    office.looked_at(FIRST, LAST)
    plan = office.make_plan(first_date=FIRST.isoformat(), **PERIOD)
    office.publish(plan["id"])
    stated = office.agree()
    assert {row.team.code for row in stated.visits} == TEAMS
    served = {row.site.code for row in stated.visits if row.visit.expected_activations}
    unserved = {row["site_code"] for row in plan["result"]["missed"]["must_visits"]}
    assert unserved == silent - served, "where the set does not come nobody is served, and that is said"
    check_one_set(stated, silent)
    assert len({row.team.code for row in with_set(stated)}) > 2, "it goes from team to team"

    before = estimated(office, COUNTED[-1])
    assert before["walk_ins_counted"] == 0
    assert before["walk_ins_expected"] > 0
    failed = serving(stated, silent)[0]
    evening = max(failed.visit.date, COUNTED[-1])
    office.at(evening, 18)
    the_counters_are_counted(office)
    for row in stated.visits:
        if row.visit.ends_at <= office.now and row.team.code != "TIM-4" and row is not failed:
            office.report(row)
    office.lose(failed, "equipment")
    stated = office.agree()
    check_counts(office, stated, before)

    made_up = office.read(f"visits/{failed.visit.id}/make-up")
    assert made_up["people_left"] > 0
    assert all(slot["carried"] for slot in made_up["slots"]), "nobody is sent there again without the set"
    stated = the_set_breaks_for_a_day(office, stated, silent, since=evening)

    office.at(LAST, 18)
    for row in stated.visits:
        if row.result is None and row.visit.date.day % 3:
            office.report(row)
    check_one_set(office.agree(), silent)


def the_nearest_villages_ask_for_the_set(office: LivedMonth) -> set[str]:
    """The two nearest to the base of each team have no signal, and are promised a visit; the office has one set."""
    villages = office.read(office.here("sites"), kind="village", limit=500)["items"]
    chosen: dict[str, int] = {}
    for team in office.read(office.here("teams"))["items"]:
        base = team["base_lat"], team["base_lon"]
        villages.sort(key=lambda row: (math.dist(base, (row["lat"], row["lon"])), row["code"]))
        chosen |= {row["code"]: row["id"] for row in villages[:SILENT_AROUND_EACH]}
    for number in chosen.values():
        office.change_by_id("sites", number, connectivity=0, needs_kits=["satellite"], must_visit=True)
    pool(office, "SATELIT")
    return set(chosen)


def pool(office: LivedMonth, code: str, **dates: str) -> None:
    body = {"code": code, "name": "Set satelit kantor", "kind": "satellite", "count": 1} | dates
    office.ask("POST", office.here("kit-pools"), expects=201, json=body)


def with_set(stated: Stated) -> list[StatedVisit]:
    return [row for row in stated.visits if row.visit.day_kits]


def serving(stated: Stated, silent: set[str]) -> list[StatedVisit]:
    return [row for row in stated.visits if row.site.code in silent and row.visit.expected_activations]


def check_one_set(stated: Stated, silent: set[str]) -> None:
    """It is with one team a date, and with every team that serves anybody where it is asked for."""
    out = Counter(doing.date for doing in stated.days(FIRST, LAST) if doing.carried)
    assert max(out.values()) == 1
    carrying = {(row.team.code, row.visit.date) for row in with_set(stated)}
    assert {(row.team.code, row.visit.date) for row in serving(stated, silent)} <= carrying


def the_set_breaks_for_a_day(office: LivedMonth, stated: Stated, silent: set[str], *, since: date) -> Stated:
    """What is announced stays until the plan is changed; on that date nobody has the set then."""
    broken = min(row.visit.date for row in serving(stated, silent) if row.visit.date > since)
    office.at(broken - ONE_DAY, 18)
    office.change("kit-pools", "SATELIT", ends_on=(broken - ONE_DAY).isoformat())
    pool(office, "SATELIT-2", starts_on=(broken + ONE_DAY).isoformat())
    office.publish(office.make_plan(**PERIOD | {"first_date": broken.isoformat(), "replan": {}, "iterations": 5})["id"])
    stated = office.agree()
    check_one_set(stated, silent)
    assert not [row for row in with_set(stated) if row.visit.date == broken]
    drawn = {kit["code"] for row in with_set(stated) if row.visit.date > broken for kit in row.visit.day_kits}
    assert drawn == {"SATELIT-2"}
    return stated


def the_counters_are_counted(office: LivedMonth) -> None:
    places = office.read(office.here("counter-places"), limit=100)["items"]
    subs = [place for place in places if place["kind"] == "sub_office"]
    assert len(subs) == 17
    for day in COUNTED:
        for number, place in enumerate(subs):
            path = f"counter-places/{place['id']}/counts/ikd/{day}"
            office.ask("PUT", path, expects=201, json={"activated": number})


def check_counts(office: LivedMonth, stated: Stated, before: dict[str, int]) -> None:
    after = estimated(office, COUNTED[-1])
    assert after["walk_ins_counted"] == len(COUNTED) * sum(range(17))
    assert 0 < after["walk_ins_expected"] < before["walk_ins_expected"], "the office itself was not counted"
    reported = [row.result.activated for row in stated.visits if row.result and row.visit.date <= COUNTED[-1]]
    assert (after["reported_visits"], after["results"]) == (len(reported), sum(reported))
    assert after["activated"] == after["counted"] + after["results"] + after["unreported_expected"] + (
        after["walk_ins_counted"] + after["walk_ins_expected"]
    )


def estimated(office: LivedMonth, day: date) -> dict[str, int]:
    parts: dict[str, int] = office.read(office.here("progress"), on=day.isoformat())["estimated"]
    return parts
