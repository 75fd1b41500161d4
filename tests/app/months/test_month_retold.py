"""A month of each example district, retold day by day through HTTP alone; after every step all figures must hold.

Cut down: every n-th of the district's sites, so that about sixty are left, the areas they lie in, three of the teams at
most, two working weeks. Targets, counts, printed figures, rates, calendar and distances are the example's own. The
solver is the double of `tests/app/schedules/fake_solver.py`: one visit a team and date."""

import random
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.app.months.facts import (
    check_everything,
    check_plan_is_within_its_bound,
    check_planning_subtracts_what_happened,
    counted_up_to,
)
from tests.app.months.office import FOLDERS, Json, Office


@pytest.fixture
def admin(bearer: AsRole) -> dict[str, str]:
    return bearer(Role.ADMIN)


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    api: FastAPI,
    client: TestClient,
    session: Session,
    admin: dict[str, str],
    job_tables: None,
) -> Office:
    return Office(str(request.param), api=api, client=client, session=session, admin=admin)


@pytest.mark.parametrize("office", FOLDERS, indirect=True)
def test_month_retold_day_by_day_holds_after_every_step(office: Office) -> None:
    days = office.days
    plan_and_publish(office)
    check_everything(office)
    a_day_reported_on_time(office, 0)
    check_everything(office)
    a_day_nobody_reports(office, 1)
    check_everything(office)
    its_reports_come_late_and_backwards(office, 2)
    check_everything(office)
    a_day_without_network(office, 3)
    check_everything(office)
    corrections_come_in_any_order(office, 4)
    check_everything(office)
    a_recount_is_told(office, 5)
    check_everything(office)
    withdrawn = the_plan_is_changed(office, 5)
    check_everything(office)
    a_day_reported_on_time(office, 5)
    check_everything(office)
    late_results_teach_and_do_not_add(office, 6)
    check_everything(office)
    a_withdrawn_visit_took_place_all_the_same(office, withdrawn)
    check_everything(office)
    a_plan_of_the_morning_is_published_in_the_evening(office, 8)
    check_everything(office)
    the_same_number_is_told_again(office, 8)
    check_everything(office)
    a_day_reported_on_time(office, 9)
    check_everything(office)
    office.at(days[-1] + timedelta(days=3), 9)
    check_everything(office)


def plan_and_publish(office: Office) -> None:
    office.at(office.days[0] - timedelta(days=1), 14)
    schedule = office.make_plan()
    assert schedule["is_back_test"] is False
    check_plan_is_within_its_bound(schedule)
    check_planning_subtracts_what_happened(office, schedule)
    office.publish(schedule)
    assert len(office.plan) >= 2 * len(office.teams)


def a_day_reported_on_time(office: Office, number: int) -> None:
    """Every team reports in the evening; its first report is sent twice, for its answer was lost on the way."""
    office.at(office.days[number], 18)
    told = [(visit, office.report(visit)) for visit in office.on(office.days[number]) if not _is_known(office, visit)]
    assert told
    for visit, body in told:
        office.tell(visit, body)
    visit, body = told[0]
    again = office.tell(visit, body | {"reported_at": office.at(office.days[number], 19).isoformat()}, expects=200)
    assert again["activated"] == body["activated"]
    office.count_counters(office.days[number], 20 + office.chance.randrange(60))


def _is_known(office: Office, visit: Json) -> bool:
    return visit["uid"] in office.results


def a_day_nobody_reports(office: Office, number: int) -> None:
    office.at(office.days[number], 18)
    office.count_counters(office.days[number], 35)


def its_reports_come_late_and_backwards(office: Office, number: int) -> None:
    """In one batch, the last visit first. Of a batch with a report that cannot be, nothing is kept, or all but that."""
    office.at(office.days[number], 18)
    both = [*office.on(office.days[number - 1]), *office.on(office.days[number])]
    told = [(visit, office.report(visit)) for visit in reversed(both)]
    # One visit of each day stays unreported for now.
    told = told[1:-1]
    impossible = (told[0][0], told[0][1] | {"activated": told[0][1]["served"] + 1})
    refused = office.tell_all([impossible, *told[1:]], expects=422)
    assert [problem["pointer"] for problem in refused["errors"]] == ["/results/0/activated"]
    answer = office.tell_all([impossible, *told[1:]], partial=True, kept=range(1, len(told)))
    assert [line["status"] for line in answer["results"]] == ["refused", *["stored"] * (len(told) - 1)]
    answer = office.tell_all(told, kept=[0])
    assert [line["status"] for line in answer["results"]] == ["stored", *["known"] * (len(told) - 1)]
    # The counters of the day before were counted wrongly.
    office.count_counters(office.days[number - 1], 41)


def a_day_without_network(office: Office, number: int) -> None:
    office.at(office.days[number], 18)
    told = [(visit, office.lost(visit, "network_down")) for visit in office.on(office.days[number])]
    office.tell_all(told, kept=range(len(told)))


def corrections_come_in_any_order(office: Office, number: int) -> None:
    """A second report needs to name the first; one that comes before what it corrects waits for it."""
    office.at(office.days[number], 18)
    visit = office.on(office.days[0])[0]
    right = office.report(visit, served=30, activated=24, other_district=3, turned_away=0)
    refusal = office.tell(visit, right, expects=409)
    assert refusal["standing"]["activated"] == office.results[visit["uid"]]["activated"]
    office.tell(visit, right | {"corrects": refusal["standing"]["id"]})

    first, *others = office.on(office.days[number])
    body = office.report(first, outcome="cut_short", cause="server_down", ran_out_of_time=True)
    correction = office.report(first, corrects=body["report_id"])
    office.tell(first, correction, expects=409)
    office.tell_all([(first, body), (first, correction)], kept=[0, 1])
    # Of the day's other visits one is lost by itself, and the others are never reported.
    for visit in others[:1]:
        office.tell(visit, office.lost(visit, "team_absent"))


def a_recount_is_told(office: Office, number: int) -> None:
    """It counts up to the last working day, and finds more than the office expected."""
    office.at(office.days[number], 9)
    estimated = office.read(f"districts/{office.code}/progress", on=office.days[number - 1])["estimated"]
    office.count_officially(office.days[number - 1], estimated["activated"] + 37)
    assert counted_up_to(office) == office.days[number - 1]


def the_plan_is_changed(office: Office, number: int) -> Json:
    """From tomorrow on, since a team has other duties on the day after tomorrow; returns the visit that it loses."""
    office.at(office.days[number], 11)
    busy = office.days[number + 2]
    lost = office.on(busy)[0]
    office.give_leave(lost["team"]["code"], busy)
    schedule = office.make_plan(first_date=office.days[number + 1].isoformat(), replan={})
    check_plan_is_within_its_bound(schedule)
    check_planning_subtracts_what_happened(office, schedule)
    assert schedule["learned"]["results"]["turn_out"] > 0
    office.publish(schedule)
    assert lost["uid"] in office.withdrawn
    assert office.ask("POST", f"schedules/{schedule['id']}/publish").json()["published_at"] is not None
    return lost


def late_results_teach_and_do_not_add(office: Office, number: int) -> None:
    """A visit before the recount is reported after it: the recount holds its people already."""
    office.at(office.days[number], 18)
    here = f"districts/{office.code}"
    late = next(visit for visit in office.on(office.days[1]) if not _is_known(office, visit))
    before = office.read(f"{here}/progress"), office.read(f"{here}/estimates")
    office.tell(late, office.report(late, served=20, activated=19, other_district=0))
    after = office.read(f"{here}/progress"), office.read(f"{here}/estimates")
    # What is thought of visits that nobody reported may change with it.
    for part in ("counted", "counted_up_to", "results", "reported_visits", "unreported_visits", "walk_ins_counted"):
        assert after[0]["estimated"][part] == before[0]["estimated"][part]
    assert after[1]["results"] == before[1]["results"] + 1
    told = [(visit, office.report(visit)) for visit in office.on(office.days[number])]
    office.tell_all(told, kept=range(len(told)))


def a_withdrawn_visit_took_place_all_the_same(office: Office, visit: Json) -> None:
    """Nobody had told the team; its people count."""
    office.at(office.days[7], 18)
    before = office.read(f"districts/{office.code}/progress")["estimated"]["results"]
    office.tell(visit, office.report(visit, served=12, activated=11, other_district=1))
    assert office.read(f"districts/{office.code}/progress")["estimated"]["results"] == before + 11
    others = [(other, office.report(other)) for other in office.on(office.days[7])]
    office.tell_all(others, kept=range(len(others)))


def a_plan_of_the_morning_is_published_in_the_evening(office: Office, number: int) -> None:
    """It keeps the visit that began early and is reported; the visits of the day have taken place before it is out."""
    office.at(office.days[number], 7)
    early = office.on(office.days[number])[-1]
    hours = {name: office.at(office.days[number], 6, minute) for name, minute in (("started_at", 5), ("ended_at", 50))}
    office.at(office.days[number], 7)
    said = {name: moment.isoformat() for name, moment in hours.items()}
    office.tell(early, office.report(early, served=4, activated=4, other_district=0, last_served_at=None, **said))
    schedule = office.make_plan(first_date=office.days[number].isoformat(), replan={})
    check_planning_subtracts_what_happened(office, schedule)
    assert (early["team"]["code"], early["site"]["code"], early["date"]) in {
        (visit["team"]["code"], visit["site"]["code"], visit["date"]) for visit in office.visits_of(schedule["id"])
    }
    office.at(office.days[number], 17, 30)
    office.publish(schedule)


def the_same_number_is_told_again(office: Office, number: int) -> None:
    """Nobody counted again: what happened since the first day of the number is in none of the two."""
    office.at(office.days[number], 18)
    before = office.read(f"districts/{office.code}/progress")["estimated"]
    recount = office.counts[-1]
    office.count_officially(office.days[number], recount[1])
    assert office.read(f"districts/{office.code}/progress")["estimated"] == before
    assert counted_up_to(office) == recount[0]
    told = [(visit, office.report(visit)) for visit in office.on(office.days[number]) if not _is_known(office, visit)]
    office.tell_all(told, kept=range(len(told)))


@pytest.mark.parametrize("office", ["36.04-kabupaten-serang", "65.71-kota-tarakan"], indirect=True)
def test_estimates_and_counts_are_the_same_in_whatever_order_reports_come(
    office: Office, connection: Connection
) -> None:
    plan_and_publish(office)
    office.at(office.days[5], 18)
    visits = [visit for day in office.days[:5] for visit in office.on(day)]
    reports = [(visit, office.report(visit)) for visit in visits]
    reports[3] = (visits[3], office.lost(visits[3], "site_closed"))
    correction = (visits[0], office.report(visits[0], corrects=reports[0][1]["report_id"]))
    answers = []
    for order in (1, 2):
        before = connection.begin_nested()
        told = list(reports)
        if order == 2:
            random.Random(7).shuffle(told)
        for pair in told:
            office.tell_all([pair])
        office.tell_all([correction])
        answers.append([office.read(f"districts/{office.code}/{name}") for name in ("estimates", "progress")])
        before.rollback()
    assert answers[0] == answers[1]
