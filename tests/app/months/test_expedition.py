"""A month of Kabupaten Tana Tidung with its boats to the island of Tana Lia: a night added by hand, a boat that does
not go, a trip that the weather holds up, a visit made up. After every step everybody reads what the plan states."""

from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from tests.app.months.lived import LivedMonth
from tests.app.months.stated import Stated

FIRST, LAST = date(2024, 7, 1), date(2024, 7, 31)
ONE_DAY, SATURDAY = timedelta(days=1), 5
ISLAND = ("65.04.03.2001", "65.04.03.2002", "65.04.03.2003", "65.04.03.2004")
"""Villages of Tana Lia that the office promised to visit this month."""


@pytest.fixture
def office(api: FastAPI, client: TestClient, session: Session, job_tables: None) -> LivedMonth:
    begins = datetime(2024, 6, 27, 2, tzinfo=UTC)
    return LivedMonth("65.04-kabupaten-tana-tidung", api=api, client=client, session=session, begins=begins)


def test_month_with_an_expedition_is_read_alike_by_everybody_after_every_step(office: LivedMonth) -> None:
    for code in ISLAND:
        office.change("sites", code, must_visit=True)
    office.change("teams", "TIM-1", max_nights=3)
    office.looked_at(FIRST, LAST)
    office.put_letterhead()
    office.publish(office.make_plan(period="2024-07")["id"])
    stated = office.agree()
    an_expedition_is_ordered(office, stated, number="090/1")
    stated = a_night_is_added_by_hand(office, stated)
    an_expedition_is_ordered(office, stated, number="090/2")

    office.at(date(2024, 6, 28), 15)
    stated = a_boat_does_not_go(office, stated)
    stated = the_boat_home_does_not_go(office, stated)
    stated = what_was_lost_is_made_up(office, stated)

    office.at(LAST, 18)
    for row in stated.visits:
        if row.result is None and row.visit.date.day % 3:
            office.report(row)
    office.agree()


def the_boat_home_does_not_go(office: LivedMonth, stated: Stated) -> Stated:
    """The weather keeps a team on the island: whoever waits on the other side is not visited that day."""
    whole = next(whole for whole in stated.trips if whole.nights)
    last = whole.trip.ends_on
    office.at(last - ONE_DAY, 18)
    for row in stated.visits:
        if row.visit.ends_at <= office.now:
            office.report(row)
    office.agree()
    office.at(last, 7)
    office.change("connections", "TLA-TDP", dates_without=[last.isoformat()])
    # It has left: no plan calls it home, and everybody goes on reading what was announced.
    stated = office.agree()
    assert {row.trip.uid for row in stated.trips} >= {whole.trip.uid}
    office.at(last, 17)
    for row in stated.visits:
        if row.visit.date == last:
            office.lose(row, "weather")
    stated = office.agree()
    assert "lost" in {row.state_at(office.now) for row in stated.visits}
    return stated


def what_was_lost_is_made_up(office: LivedMonth, stated: Stated) -> Stated:
    """No day has room for the village that was not reached, so it phones, and the office makes room."""
    lost = next(row for row in stated.visits if row.state_at(office.now) == "lost" and row.site.zone)
    made_up = office.read(f"visits/{lost.visit.id}/make-up")
    assert (made_up["people_left"] > 0, made_up["slots"]) == (True, [])
    days = [lost.visit.date + number * ONE_DAY for number in range(4, 18)]
    offer = office.book(lost.site.code, [day for day in days if day.weekday() < SATURDAY])
    stated = office.agree()
    again = [row for row in stated.visits if row.site.code == lost.site.code and row.visit.date > lost.visit.date]
    assert [row.visit.date.isoformat() for row in again] == [offer["date"]]
    (made,) = again
    whole = stated.day(made.team, made.visit.date).whole
    assert whole is not None
    assert {ride.connection_code for ride in whole.rides} == {"TDP-TLA", "TLA-TDP"}
    return stated


def a_night_is_added_by_hand(office: LivedMonth, stated: Stated) -> Stated:
    whole = stated.trips[0]
    longer, rests = whole.trip.ends_on + ONE_DAY, whole.trip.ends_on + 2 * ONE_DAY
    named = {"team": "TIM-1"}
    free = [
        {"op": "drop", **named, "date": row.visit.date.isoformat(), "site": row.site.code}
        for row in stated.visits
        if row.visit.date in (longer, rests)
    ]
    lengthens = {"op": "change_trip", **named, "date": whole.trip.starts_on.isoformat(), "until": longer.isoformat()}
    goes_on = {"op": "add", **named, "date": longer.isoformat(), "site": "65.04.03.2005"}
    draft = office.edited(*free, lengthens, goes_on)
    assert draft["broken_by_edit"] == []
    assert len(draft["trips"][0]["after"]["nights"]) == len(draft["trips"][0]["before"]["nights"]) + 1
    office.publish(draft["id"])
    behind = office.read(office.here("letters"), outdated=True)["items"]
    assert [(row["number"], row["outdated"]) for row in behind] == [("090/1", True)]
    assert {row["what"] for row in behind[0]["trip_differences"]} >= {"night"}
    return office.agree()


def a_boat_does_not_go(office: LivedMonth, stated: Stated) -> Stated:
    whole = stated.trips[0]
    office.change("connections", "TDP-TLA", dates_without=[whole.trip.starts_on.isoformat()])
    (conflict,) = office.read(office.here("trip-conflicts"))["items"]
    assert conflict["trip"]["uid"] == str(whole.trip.uid)
    assert [obstacle["code"] for obstacle in conflict["causes"]] == ["connection_changed"]
    # What is announced stays until another plan is published.
    assert office.agree().trips[0].trip.uid == whole.trip.uid
    office.publish(office.make_plan(period="2024-07", first_date="2024-07-01", replan={})["id"])
    stated = office.agree()
    assert whole.trip.uid not in {other.trip.uid for other in stated.trips}
    assert office.read(office.here("trip-conflicts"))["items"] == []
    return stated


def an_expedition_is_ordered(office: LivedMonth, stated: Stated, *, number: str) -> None:
    """The letter of the week in which the team leaves tells its boats and its beds."""
    whole = stated.trips[0]
    _, text = office.issue_letter("TIM-1", week=whole.trip.starts_on, number=number)
    for night in whole.nights:
        assert squeezed(f"Menginap di {night.lodging_name}") in text
    for ride in whole.rides:
        assert squeezed(f"{ride.origin_name} ke {ride.target_name}") in text
    assert office.read(office.here("letters"), outdated=True)["items"] == []


def squeezed(text: str) -> str:
    return "".join(text.split())
