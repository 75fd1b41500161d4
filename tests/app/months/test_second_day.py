"""The month of each example district goes on: a phone request, a sick team, a closed school, edits by hand, letters
before and after. After every step all figures must hold, as in `test_month_retold`."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.models import Role
from tests.app.conftest import AsRole
from tests.app.months import hand
from tests.app.months.facts import check_everything
from tests.app.months.office import FOLDERS, Office


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    api: FastAPI,
    client: TestClient,
    session: Session,
    bearer: AsRole,
    job_tables: None,
) -> Office:
    return Office(str(request.param), api=api, client=client, session=session, admin=bearer(Role.ADMIN))


@pytest.mark.parametrize("office", FOLDERS, indirect=True)
def test_second_day_in_the_field_holds_after_every_step(office: Office, session: Session) -> None:
    days = office.days
    office.at(days[0] - timedelta(days=1), 14)
    office.publish(office.make_plan())
    hand.put_letterhead(office)
    team, letter = a_letter_tells_the_plan(office)
    check_everything(office)

    office.at(days[0], 10)
    a_phone_request_is_booked(office)
    check_everything(office)

    office.at(days[1], 16)
    a_sick_team_stays_at_home(office, session, team)
    check_everything(office)
    the_letter_left_behind_is_listed_and_changed(office, letter)

    office.at(days[2], 16)
    a_closed_site_is_visited_by_nobody(office, session)
    check_everything(office)

    office.at(days[3], 16)
    the_planner_edits_by_hand(office)
    check_everything(office)
    an_unmet_request_is_demand(office)
    check_everything(office)


def a_letter_tells_the_plan(office: Office) -> tuple[str, dict[str, object]]:
    team = sorted(office.teams)[0]
    week = office.days[1]
    issued = hand.letters_of(office, week=week, number="1/2023")["items"][0]
    said = hand.sites_in_letter(office, issued)
    monday = week - timedelta(days=week.weekday())
    in_week = {(monday + timedelta(days=number)).isoformat() for number in range(7)}
    for visit in office.plan.values():
        is_told = visit["team"]["code"] == team and visit["date"] in in_week
        assert ("".join(visit["site"]["name"].split()) in said) >= is_told
    return team, issued


def a_phone_request_is_booked(office: Office) -> None:
    asked = hand.wish_of_a_site(office, office.days[4:7])
    offers = asked["offers"]
    assert offers, asked["no_offer"]
    assert len({(offer["team"], offer["date"]) for offer in offers}) == len(offers) <= 3
    assert {offer["date"] for offer in offers} <= {day.isoformat() for day in office.days[4:7]}
    hand.accept(office, asked, offers[0]["number"])
    # Accepting twice is accepting once.
    again = office.ask("POST", f"requests/{asked['id']}/accept", json={"offer": offers[0]["number"]}).json()
    assert again["booked"]["schedule_id"] == office.schedules[-1]


def a_sick_team_stays_at_home(office: Office, session: Session, team: str) -> None:
    day = office.days[3]
    hand.disrupt(office, session, team=team, **{"from": day.isoformat(), "reason": "sakit"})
    assert team not in {visit["team"]["code"] for visit in office.on(day)}


def the_letter_left_behind_is_listed_and_changed(office: Office, letter: dict[str, object]) -> None:
    here = f"districts/{office.code}/letters"
    behind = office.pages(here, outdated=True)
    if office.days[3].isocalendar()[:2] != office.days[1].isocalendar()[:2]:
        # The team was ill in another week than that of the letter.
        assert behind == []
        return
    assert [one["id"] for one in behind] == [letter["id"]]
    assert behind[0]["differences"]
    issued = hand.letters_of(office, week=office.days[1], number="2/2023")["items"][0]
    assert issued["changes"]["number"] == "1/2023"
    assert "1/2023" in hand.sites_in_letter(office, issued)
    assert office.pages(here, outdated=True) == []


def a_closed_site_is_visited_by_nobody(office: Office, session: Session) -> None:
    visit = office.on(office.days[5])[-1]
    site = visit["site"]["code"]
    hand.disrupt(office, session, site=site, **{"from": visit["date"], "reason": "ujian"})
    assert site not in {one["site"]["code"] for one in office.on(office.days[5])}


def the_planner_edits_by_hand(office: Office) -> None:
    draft = hand.edit_by_hand(office, office.schedules[-1])
    compared = office.read(f"schedules/{draft['id']}/changes", against=office.schedules[-1])
    assert [compared[name] for name in ("moved", "retimed", "added", "dropped")] == [[]] * 4
    office.publish(draft)


def an_unmet_request_is_demand(office: Office) -> None:
    asked = hand.wish_of_a_site(office, office.days[8:9])
    declined = office.ask("POST", f"requests/{asked['id']}/decline", json={"reason": "no_room"}).json()
    assert declined["status"] == "declined"
    told = office.pages(f"districts/{office.code}/requests", status="declined")
    assert [one["id"] for one in told] == [asked["id"]]
