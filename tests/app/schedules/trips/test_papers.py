"""A trip on paper and on the board: the day sheet, one letter and one SPD for a trip, the past of teams."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.access.models import Role
from app.access.service import COMMAND_LINE
from app.districts.models import District
from app.languages import Language
from app.letters import issuing
from app.letters import service as letters_service
from app.letters.contents import Issue, letter_content
from app.letters.day_sheet import sheet_content
from app.letters.issuing import WantedLetter, issue_letters
from app.letters.models import IssuedLetter, Letterhead, Staff
from app.letters.rendering import set_pdf
from app.letters.schemas import LetterheadIn
from app.letters.stops import TeamWeek, monday_of, stops_in_force, stops_of_draft, team_weeks
from app.letters.trips_left_behind import journeys_of, trip_differences
from app.schedules import service as schedules
from app.schedules.comparing import compare
from app.schedules.loads.past import hours_above_share
from app.schedules.models import Schedule, Visit
from app.schedules.runs.checking import check_plan
from app.schedules.trips.models import Night, Ride, Trip
from app.schedules.trips.reading import whole_trips
from tests.app.conftest import NOW, AsRole
from tests.app.letters.conftest import letterhead_words
from tests.app.schedules.trips.upriver import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    VISITS,
    plan_upriver,
    published_upriver,
)

SATURDAY = date(2023, 11, 18)


def sheet(session: Session, district: District, day: date, language: Language = Language.INDONESIAN) -> dict[str, Any]:
    return sheet_content(
        session, day, actor=COMMAND_LINE, team_code="T-1", district_code=district.code, language=language
    )


def test_the_day_sheet_tells_rides_and_where_the_team_sleeps(session: Session, district: District) -> None:
    published_upriver(session, district)
    thursday = sheet(session, district, THURSDAY)["day"]
    assert [(stop["site"], stop["is_ride"]) for stop in thursday["stops"]] == [
        ("Dermaga Hilir → Dermaga Hulu", True),
        ("Desa Hulu 1", False),
    ]
    assert (thursday["begins"], thursday["shift"]) == (None, "07.00–17.00")
    assert thursday["back"].startswith("Menginap di Balai Desa Hulu, tiba pukul ")
    friday = sheet(session, district, FRIDAY)["day"]
    assert friday["begins"] == "Balai Desa Hulu"
    saturday = sheet(session, district, SATURDAY)["day"]
    assert (saturday["stops"], saturday["back"]) == ([], "Menginap di Balai Desa Hulu.")
    monday = sheet(session, district, MONDAY, Language.ENGLISH)["day"]
    assert [stop["hours"] for stop in monday["stops"]] == ["10:30–12:30"]
    assert monday["back"].startswith("Back at the base at 12:")
    tuesday = sheet(session, district, TUESDAY)["day"]
    assert (tuesday["begins"], tuesday["shift"]) == (None, "07.30–16.00")


@pytest.mark.parametrize("day", [THURSDAY, SATURDAY, MONDAY, TUESDAY])
def test_the_day_sheet_of_a_trip_can_be_set(session: Session, district: District, day: date) -> None:
    published_upriver(session, district)
    assert set_pdf("day.typ", sheet(session, district, day), day=day)[:5] == b"%PDF-"


def letters(session: Session, district: District) -> list[TeamWeek]:
    stops = stops_in_force(session, district, "ikd", first=date(2023, 11, 13), last=date(2023, 11, 26))
    return team_weeks(stops)


def content_of(about: TeamWeek, *, with_trips: bool = True) -> dict[str, Any]:
    person = Staff(name="Petugas Contoh", status="non_asn", post="Operator", nip=None, rank=None)
    words = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    return letter_content(words, about, [person], document="ikd", issue=Issue(), with_trips=with_trips)


def test_one_letter_and_one_spd_for_a_trip_of_two_weeks(session: Session, district: District) -> None:
    published_upriver(session, district)
    first, second = (about for about in letters(session, district) if about.stops[0].team_code == "T-1")
    assert (first.week, first.first_date, first.last_date) == (monday_of(THURSDAY), THURSDAY, MONDAY)
    assert [stop.site_code for stop in first.stops] == ["H-0", "H-1"]
    assert (second.week, second.first_date, second.last_date) == (MONDAY, TUESDAY, TUESDAY)
    letter = content_of(first)
    assert [row["site"] for row in letter["stops"]] == [
        "Dermaga Hilir ke Dermaga Hulu",
        "Desa Hulu 1",
        "Menginap di Balai Desa Hulu",
        "Desa Hulu 2",
        "Menginap di Balai Desa Hulu",
        "Dermaga Hulu ke Dermaga Hilir",
    ]
    assert [row["hours"] for row in letter["stops"] if row["site"].startswith("Menginap")] == ["1 malam", "3 malam"]
    (spd,) = letter["trips"]
    assert (spd["lasts"], spd["day"], spd["until"]) == ("5 (lima) hari", "16 November 2023", "20 November 2023")
    assert [stage["place"] for stage in spd["stages"]] == [
        "Desa Hulu 1",
        "Balai Desa Hulu",
        "Desa Hulu 2",
        "Balai Desa Hulu",
    ]
    assert spd["stages"][1]["leaves"] == "17 November 2023 pukul 07.00"
    assert spd["returns"].startswith("20 November 2023 pukul 12.")
    assert content_of(second)["trips"][0]["lasts"] == "1 (satu) hari"


def test_a_draft_prints_the_trip_of_its_own(session: Session, district: District) -> None:
    published_upriver(session, district)
    draft = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    stops = stops_of_draft(session, district, draft, first=date(2023, 11, 13), last=date(2023, 11, 26), team_ids=None)
    assert [stop.trip for stop in stops] == [None, None]


def test_what_teams_worked_counts_the_days_of_a_trip(session: Session, district: District) -> None:
    published_upriver(session, district)
    before = date(2023, 12, 1)
    with_trip = hours_above_share(session, district, before=before)
    trip = session.scalars(select(Trip)).one()
    session.delete(trip)
    session.flush()
    without = hours_above_share(session, district, before=before)
    assert with_trip[trip.team_id] > without[trip.team_id]


def test_two_plans_side_by_side_count_nights_fares_and_days_away(session: Session, district: District) -> None:
    district.cost_per_km, district.cost_per_team_day = 2_500, 150_000
    before = published_upriver(session, district)
    after = plan_upriver(session, district, visits=VISITS[2:], nights=[], rides=[])
    shown = compare(session, after, before, now=NOW)
    assert shown.before.team_days == 5, "Thursday, Friday, Monday and Tuesday of one team, Thursday of the other"
    assert shown.after.team_days == 2
    for figures, schedule in ((shown.before, before), (shown.after, after)):
        assert figures.cost == check_plan(*schedules.with_files(session, schedule)).cost


def issued(session: Session, district: District, schedule: Schedule, *, again: bool = False) -> IssuedLetter:
    wanted = [WantedLetter(team_code="T-1", week=THURSDAY, number=None)]
    (letter,) = issue_letters(
        session, schedule, wanted, day=THURSDAY, with_trips=False, again=again, actor=COMMAND_LINE, now=NOW
    )
    return letter


def left_behind(session: Session, district: District, letter: IssuedLetter) -> list[tuple[str, str, date, str]]:
    stops = letters_service.stops_now(session, district, [letter])
    now = letters_service.journeys_now(session, district, [letter], stops)
    return [
        (row.what, row.change, row.date, row.text["id"]) for row in trip_differences(letter.journeys, now[letter.id])
    ]


def test_an_issued_letter_tells_what_has_changed_about_nights_and_boats(
    client: TestClient, session: Session, district: District, bearer: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "set_pdfs", lambda *_, **__: [b"%PDF-"])
    letterhead = LetterheadIn.model_validate(letterhead_words()).model_dump(mode="json")
    session.add(Letterhead(district_code=district.code, words=letterhead))
    schedule = published_upriver(session, district)
    team_id = session.scalars(select(Trip.team_id)).one()
    person = {"name": "Petugas Contoh", "status": "non_asn", "post": "Operator"}
    session.add(Staff(district_code=district.code, team_id=team_id, **person))
    session.flush()
    letter = issued(session, district, schedule)
    assert left_behind(session, district, letter) == []
    session.execute(update(Night).where(Night.date == FRIDAY).values(lodging_code="LOSMEN", lodging_name="Losmen"))
    hour = timedelta(hours=1)
    session.execute(update(Ride).where(Ride.date == MONDAY).values(ends_at=Ride.ends_at + hour))
    assert left_behind(session, district, letter) == [
        (
            "night",
            "elsewhere",
            FRIDAY,
            "Sesudah 17 November 2023 tim sekarang menginap di Losmen, di surat di Balai Desa Hulu.",
        ),
        (
            "ride",
            "retimed",
            MONDAY,
            "Dermaga Hulu – Dermaga Hilir pada 20 November 2023 sekarang pukul 10.30–13.30, di surat 10.30–12.30.",
        ),
    ]
    session.commit()
    listed = client.get(
        f"/v1/districts/{district.code}/letters?outdated=true", headers=bearer(Role.PLANNER, district.code)
    ).json()["items"]
    assert [(row["id"], len(row["differences"]), len(row["trip_differences"])) for row in listed] == [(letter.id, 0, 2)]
    assert left_behind(session, district, issued(session, district, schedule)) == []


def test_a_trip_that_left_the_plan_is_told_to_its_letter(session: Session, district: District) -> None:
    (trip,) = whole_trips(session, select(Trip).where(Trip.schedule_id == published_upriver(session, district).id))
    printed = journeys_of([trip], ZoneInfo(district.time_zone))
    gone = [(row.what, row.change, row.date) for row in trip_differences(printed, [])]
    assert gone == [
        ("night", "dropped", THURSDAY),
        ("ride", "dropped", THURSDAY),
        ("night", "dropped", FRIDAY),
        ("ride", "dropped", MONDAY),
    ]
    assert {row.change for row in trip_differences([], printed)} == {"added"}
    assert trip_differences(None, printed) == (), "an older letter kept nothing of its nights"
    longer = [row | ({"until": "2023-11-21"} if row["date"] == "2023-11-17" else {}) for row in printed]
    (stay,) = trip_differences(printed, longer)
    assert stay.text["en"].startswith("The stay at Balai Desa Hulu after 17 November 2023 now lasts until 21 November")


def test_a_trip_without_visits_left_is_no_difference_of_its_nights(session: Session, district: District) -> None:
    schedule = published_upriver(session, district)
    letter = IssuedLetter(
        id=1,
        document="ikd",
        week=monday_of(THURSDAY),
        team_id=session.scalars(select(Trip.team_id)).one(),
        journeys=journeys_of(
            whole_trips(session, select(Trip).where(Trip.schedule_id == schedule.id)), ZoneInfo(district.time_zone)
        ),
    )
    session.execute(delete(Visit).where(Visit.team_id == letter.team_id))
    now = letters_service.journeys_now(session, district, [letter], {1: []})
    assert trip_differences(letter.journeys, now[1]) == (), "the visits are told, and the team still goes"
