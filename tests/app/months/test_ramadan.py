"""March 2024 in Kota Lubuklinggau: from the 12th on it is Ramadan, with other hours; two teams share a set."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.app.months.lived import LivedMonth
from tests.app.months.stated import Stated

FIRST, LAST = date(2024, 3, 4), date(2024, 3, 28)
RAMADAN = (date(2024, 3, 12), date(2024, 4, 9))
FRIDAY = 4
LUNCH = {
    "minutes": 60,
    "earliest_start": "12:00",
    "latest_end": "13:30",
    "weekdays": "mon-thu",
    "name": "Istirahat siang",
}
PRAYER = {"minutes": 90, "earliest_start": "11:30", "latest_end": "13:00", "weekdays": "fri", "name": "Salat Jumat"}
NOON = {"minutes": 30, "earliest_start": "12:00", "latest_end": "12:45", "weekdays": "mon-thu", "name": "Salat zuhur"}


@pytest.fixture
def office(api: FastAPI, client: TestClient, session: Session, job_tables: None) -> LivedMonth:
    begins = datetime(2024, 2, 29, 2, tzinfo=UTC)
    return LivedMonth("16.73-kota-lubuklinggau", api=api, client=client, session=session, begins=begins)


def test_month_with_ramadan_in_it_is_read_alike_by_everybody_after_every_step(office: LivedMonth) -> None:
    teams = [row["id"] for row in office.read(office.here("teams"))["items"]]
    before, during = RAMADAN[0].replace(day=11).isoformat(), [day.isoformat() for day in RAMADAN]
    for number in teams:
        for rule in (
            LUNCH | {"ends_on": before},
            NOON | {"starts_on": during[0], "ends_on": during[1]},
            PRAYER,
        ):
            office.ask("POST", f"teams/{number}/breaks", expects=201, json=rule)
    office.set_target(target_percent=30, as_of="2024-02-28", deadline="2024-12-31")
    silence_some_sites(office)
    office.looked_at(FIRST, LAST)
    kinds = [{"kinds": ["agency", "area_office", "clinic"]}]
    office.publish(office.make_plan(period="2024-03", first_date=FIRST.isoformat(), kinds=kinds)["id"])
    stated = office.agree()
    check_hours(stated)
    check_one_set(stated)

    # A break that comes later changes nothing that is announced.
    office.at(date(2024, 3, 7), 17)
    for row in stated.visits:
        if row.visit.ends_at <= office.now:
            office.report(row)
    third = {
        "minutes": 10,
        "earliest_start": "14:30",
        "latest_end": "15:30",
        "starts_on": "2024-03-18",
        "name": "Salat asar",
    }
    office.ask("POST", f"teams/{teams[0]}/breaks", expects=201, json=third)
    check_hours(office.agree())

    office.at(date(2024, 3, 14), 16)
    office.disrupt(team="TIM-1", **{"from": "2024-03-18", "until": "2024-03-20", "reason": "sakit"})
    stated = office.agree()
    ill = {date(2024, 3, day) for day in (18, 19, 20)}
    assert not [row for row in stated.visits if row.team.code == "TIM-1" and row.visit.date in ill]
    taken = Counter(pause["name"] for row in stated.visits for pause in row.visit.day_breaks)
    assert taken["Salat asar"] > 0, "the plan made since has it"
    check_one_set(stated)


def silence_some_sites(office: LivedMonth) -> None:
    """Eight agencies have no signal; the office has one set for both teams."""
    agencies = [row for row in office.read(office.here("sites"), limit=500)["items"] if row["kind"] == "agency"]
    for row in sorted(agencies, key=lambda row: -row["headcount"])[:8]:
        office.change_by_id("sites", row["id"], connectivity=0)
    pool = {"code": "SATELIT", "name": "Set satelit kantor", "kind": "satellite", "count": 1}
    office.ask("POST", office.here("kit-pools"), expects=201, json=pool)


def check_hours(stated: Stated) -> None:
    """Lunch until the 11th, noon prayer in Ramadan, Friday prayer as ever."""
    taken = set()
    for doing in stated.days(FIRST, LAST):
        names = {pause["name"]: pause["ends"] - pause["starts"] for pause in doing.breaks}
        if not doing.visits:
            continue
        rule = PRAYER if doing.date.weekday() == FRIDAY else NOON if doing.date >= RAMADAN[0] else LUNCH
        assert names == {rule["name"]: rule["minutes"]}, doing.date
        taken.add(rule["name"])
    assert taken == {"Istirahat siang", "Salat zuhur", "Salat Jumat"}


def check_one_set(stated: Stated) -> None:
    out = Counter(doing.date for doing in stated.days(FIRST, LAST) if doing.carried)
    assert out
    assert max(out.values()) == 1, "one set is with one team a date"
    served = {row.team.code for row in stated.visits if row.site.connectivity == 0}
    assert served, "it goes where there is no signal"
